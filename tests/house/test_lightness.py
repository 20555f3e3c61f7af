"""
The command line and the web process start without the heavy libraries: each is imported by the action that needs it.
"""

import json
import os
import subprocess
import sys

import pytest

HEAVY = {
    "sklearn",
    "scipy",
    "numba",
    "pandas",
    "rustworkx",
    "shapely",
    "power_grid_model",
    "pyvrp",
    "duckdb",
    "pyarrow",
    "dask",
    "distributed",
}
STARTS = {
    "the command line's help": "from click.testing import CliRunner; from tongdian.interfaces.commands import main; "
    "assert CliRunner().invoke(main, ['--help']).exit_code == 0",
    "Django and every app": "import django; django.setup()",
    "the grid engine": "from tongdian.engines import grid",
}


def heavy_after(code, folder):
    report = f"{code}; import sys, json; print(json.dumps(sorted(set(sys.modules) & {HEAVY!r})))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tongdian.server.settings", "TONGDIAN_DATA_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", report], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", STARTS)
def test_nothing_heavy_is_imported_by(what, tmp_path):
    assert heavy_after(STARTS[what], tmp_path) == []


def test_a_heavy_import_is_noticed(tmp_path):
    assert heavy_after("import rustworkx", tmp_path) == ["rustworkx"]


def test_help_imports_no_command(tmp_path):
    code = STARTS["the command line's help"] + "; import sys; assert not {'tongdian.interfaces.commands.demo', 'django'} & set(sys.modules)"
    assert heavy_after(code, tmp_path) == []
