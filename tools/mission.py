"""
Write docs/mission.md: every sentence of the mission with its screen, its command and its journey test. Made from the tests' own marks
(`@pytest.mark.sentence(number, screens=…, commands=…)`), so that it says what is tested and what is missing. Run by `make mission` and
checked by tests/house/test_mission.py.
"""

import ast
import csv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/mission.md"
SENTENCES = ROOT / "docs/mission.csv"
JOURNEYS = ROOT / "tests/journeys"
HEAD = """# What works, sentence by sentence

What this software is for, as the facts of one utility's half-year, and what of it works today. This page is written by `tools/mission.py`
from the journey tests; a sentence without a test is missing, whatever else may exist of it.

| | sentence | | screen | command | journey |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """
    A journey test and what it goes through.
    """

    test: str
    screens: tuple[str, ...]
    commands: tuple[str, ...]


def find_proofs() -> dict[int, list[Proof]]:
    """
    Return the marked journey tests of each sentence.
    """
    found: dict[int, list[Proof]] = {}
    for path in sorted(JOURNEYS.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.sentence":
                    told = {keyword.arg: ast.literal_eval(keyword.value) for keyword in mark.keywords}
                    proof = Proof(
                        test=f"{path.relative_to(ROOT).as_posix()}::{node.name}",
                        screens=tuple(told.get("screens", ())),
                        commands=tuple(told.get("commands", ())),
                    )
                    for number in mark.args:
                        found.setdefault(ast.literal_eval(number), []).append(proof)
    return found


def write_page() -> str:
    """
    Return the page.
    """
    proofs = find_proofs()
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = []
    for row in rows:
        given = proofs.get(int(row["number"]), [])
        screens = ", ".join(dict.fromkeys(f"`{screen}`" for proof in given for screen in proof.screens))
        commands = ", ".join(dict.fromkeys(f"`{command}`" for proof in given for command in proof.commands))
        tests = "<br>".join(f"[{proof.test.split('::')[1]}](../{proof.test.split('::')[0]})" for proof in given)
        state = "works" if given else "**missing**"
        lines.append(f"| {row['number']} | {row['en']}<br>{row['zh']} | {state} | {screens} | {commands} | {tests} |")
    works = sum(1 for row in rows if int(row["number"]) in proofs)
    return f"{HEAD}{chr(10).join(lines)}\n\n{works} of {len(rows)} sentences work.\n"


def main() -> int:
    """
    Write the page.
    """
    PAGE.write_text(write_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
