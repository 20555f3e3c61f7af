import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "engines" / "text.md"


def test_the_documented_example_runs_with_the_shipped_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(program, str(PAGE), "exec"), {})
    assert not list(tmp_path.rglob("*.npz"))  # the shipped model is that of the shipped corpus: nothing was trained
