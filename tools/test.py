"""
Run every test: first those without a browser, on all cores, then those with one. Called by `make test`.

The last line counts both, in the words of pytest's own closing line.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code where nothing was selected
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)")

PLURALS = {"error": "errors", "warning": "warnings"}


def main(jobs: str) -> int:
    """
    Run both parts, also after the first has failed.
    """
    begun = time.monotonic()
    counted: Counter[str] = Counter()
    worst = 0
    parts = [["-m", "not browser", "-n", jobs]]
    if has_browser(shutil.which) or os.environ.get("CI"):
        parts.append(["-m", "browser", "-p", "no:xdist"])
    else:
        print("Left out: the tests that need a browser. To run them too: make browser", flush=True)
    for options in parts:
        code, closing = _run(options)
        counted.update(count_outcomes(closing))
        worst = worst or (0 if code == NO_TESTS else code)
    said = ", ".join(f"{number} {name}" for name, number in counted.items() if name != "deselected")
    print(f"===== {said or 'no tests'} in {time.monotonic() - begun:.2f}s =====")
    return worst


def has_browser(find: Callable[[str], str | None]) -> bool:
    """
    Return whether there is a browser that the tests can drive.
    """
    return any(find(name) for name in ("chromium", "google-chrome"))


def count_outcomes(closing: str) -> dict[str, int]:
    """
    Return the figures of pytest's closing line.
    """
    return {PLURALS.get(name, name): int(number) for number, name in COUNT.findall(closing)}


def _run(options: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", *options]
    closing = ""
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            closing = line if COUNT.search(line) and " in " in line else closing
    return running.returncode, closing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "auto"))
