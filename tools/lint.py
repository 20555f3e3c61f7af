"""
Run every check and say at the end which of them found something. Called by `make lint`.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "--no-error-summary"],
    "import contracts": ["lint-imports"],
    "translations": ["python", "tools/messages.py", "--check"],
}


def main() -> int:
    """
    Run all checks, also after one has failed.
    """
    failed = []
    for name, (program, *options) in CHECKS.items():
        begun = time.monotonic()
        done = subprocess.run(
            [str(BIN / program), *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        if done.returncode:
            failed.append(name)
            sys.stdout.buffer.write(done.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
