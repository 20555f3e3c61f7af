"""
Who may import whom stands in .importlinter; here it is run, and shown to notice a violation.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VIOLATIONS = {
    "kit/refused.py": "import django",
    "engines/grid/_values.py": "import tongdian.apps",
    "interfaces/commands/_words.py": "import tongdian.server.settings",
}


def lint(folder, config):
    program = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [program, "--config", config, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_contract_is_kept(root):
    done = lint(root / "src", root / ".importlinter")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", VIOLATIONS)
def test_a_forbidden_import_is_noticed(root, tmp_path, file):
    shutil.copytree(
        root / "src" / "tongdian", tmp_path / "tongdian", ignore=shutil.ignore_patterns("data", "static", "locale", "__pycache__")
    )
    with (tmp_path / "tongdian" / file).open("a") as source:
        source.write(f"\n{VIOLATIONS[file]}\n")
    done = lint(tmp_path, root / ".importlinter")
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout
