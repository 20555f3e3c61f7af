"""
Real installations, made by the real commands in processes of their own: the command line is tested as people use it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PASSWORD = "a-long-password-31"
PROGRAM = str(Path(sys.executable).with_name("tongdian"))


def environment_of(data, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TONGDIAN_", "DJANGO_"))}
    return {**kept, "TONGDIAN_LANGUAGE": "en", "TONGDIAN_DATA_DIR": str(data), **more}


@pytest.fixture
def tongdian(tmp_path):
    """Run `tongdian`; the data folder is the test's own unless it says otherwise."""

    def run(*words, data=None, stdin=None, cwd=None, **more):
        return subprocess.run(
            [PROGRAM, *map(str, words)],
            env=environment_of(data or tmp_path / "var", **more),
            input=stdin or "",
            cwd=cwd or tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def python(tmp_path):
    """Run some lines of Python with the program's packages, on a data folder."""

    def run(code, data):
        return subprocess.run(
            [sys.executable, "-c", code], env=environment_of(data), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )

    return run


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "utility"
    (folder.parent / "password").write_text(PASSWORD + "\n")
    words = [PROGRAM, "init", str(folder), "--title", "城东供电", "--password-file", str(folder.parent / "password")]
    environment = environment_of("unused")
    del environment["TONGDIAN_DATA_DIR"]
    done = subprocess.run(words, env=environment, cwd=folder.parent, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def said_by_init(_made):
    return _made[1]


@pytest.fixture
def utility(_made, tmp_path):
    """The folder of an installation as `tongdian init` made it, with one file of evidence; a copy for each test."""
    folder = tmp_path / "utility"
    shutil.copytree(_made[0], folder)
    settings = folder / "tongdian.env"
    settings.write_text(settings.read_text().replace(str(_made[0]), str(folder)))
    evidence = folder / "data" / "files" / "ab" / "abcdef"
    evidence.parent.mkdir(parents=True)
    evidence.write_bytes(b"a photo")
    return folder


@pytest.fixture
def data(utility):
    return utility / "data"
