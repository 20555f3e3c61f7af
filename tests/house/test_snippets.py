"""
What the documents show as Python runs.
"""

import re

import pytest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["grid", "measure", "tariff"])
def test_the_examples_of_the_engines_run(root, name, capsys):
    blocks = BLOCK.findall((root / "docs" / "engines" / f"{name}.md").read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, f"docs/engines/{name}.md", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out.strip()
