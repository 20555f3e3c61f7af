import re
from pathlib import Path

from tongdian.engines import supply
from tongdian.engines.supply._catalogue import TABLES

PAGE = (Path(__file__).parents[3] / "docs" / "engines" / "supply.md").read_text(encoding="utf-8")


def test_the_examples_run(capsys, monkeypatch):
    from tongdian.engines import grid

    whole = grid.synthetic_year
    monkeypatch.setattr(grid, "synthetic_year", lambda network, seed, step_minutes=60: whole(network, seed=seed, step_minutes=step_minutes))
    low, high = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(low, {})
    assert capsys.readouterr().out.startswith("True ")
    exec(high, {})
    assert capsys.readouterr().out.startswith("high ring_")


def test_every_table_check_and_refusal_is_described():
    assert [name for name in TABLES.values() if f"`{name}`" not in PAGE] == []
    assert [kind for kind in supply.LABELS if f"`{kind}`" not in PAGE] == []
    refusals = [name for name in supply.__all__ if isinstance(getattr(supply, name), type) and issubclass(getattr(supply, name), Exception)]
    assert [name for name in refusals if f"`{name}`" not in PAGE] == []


def test_every_rule_named_on_the_page_exists():
    named = set(
        re.findall(r"`([a-z]+(?:_[a-z]+)*_(?:m|kw|max|drop|pu|loading|a|c|often|rare|points|areas|lines|options|dip|planning))`", PAGE)
    )
    assert named - {"free_kw", "fits_kw", "shared_route_m", *supply.LABELS} <= set(supply.shipped_catalogue().rules)
