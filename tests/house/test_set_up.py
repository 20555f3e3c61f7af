"""
What a fresh machine may lack is said in one line with its cure, and a second run finds nothing to do.
"""

import shutil
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="module")
def setup(tool):
    return tool("setup")


def nothing(_):
    return None


def anything(_):
    return SimpleNamespace()


PYTHONS = {
    "old": ({"version": (3, 9), "find": anything}, "python3.11"),
    "without venv": (
        {"version": (3, 11), "find": lambda name: None if name == "ensurepip" else anything(name)},
        "apt-get install python3.11-venv",
    ),
    "without ssl": ({"version": (3, 12), "find": lambda name: None if name == "ssl" else anything(name)}, "complete Python"),
}
FINE = {"system": "linux", "libc": ("glibc", "2.36"), "machine": "x86_64", "free": 2**40, "has": nothing}
MACHINES = {
    "old glibc": ({"libc": ("glibc", "2.17")}, "glibc 2.28"),
    "musl": ({"libc": ("", "")}, "another C library"),
    "ARM without a compiler": ({"machine": "aarch64"}, "apt-get install gcc"),
    "full disk": ({"free": 2**30}, "1.0 GiB free"),
}


@pytest.mark.parametrize("case", PYTHONS)
def test_a_python_that_will_not_do_is_named_with_its_cure(setup, case):
    given, cure = PYTHONS[case]
    with pytest.raises(setup.Missing, match=cure) as refused:
        setup.check_python(**given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("case", MACHINES)
def test_a_machine_that_will_not_do_is_named_with_its_cure(setup, case):
    given, cure = MACHINES[case]
    with pytest.raises(setup.Missing, match=cure) as refused:
        setup.check_machine(**{**FINE, **given})
    assert "\n" not in str(refused.value)


def test_a_usual_machine_will_do(setup):
    setup.check_python(version=(3, 13), find=anything)
    setup.check_machine(**FINE)
    setup.check_machine(**{**FINE, "machine": "aarch64", "has": shutil.which})


def test_uv_looks_where_pip_looks(setup):
    told = setup.uv_environment({"index-url": "A", "extra-index-url": "B C", "find-links": "D E", "cert": "F"}, {"PATH": "P"})
    assert told | {"UV_DEFAULT_INDEX": "A", "UV_INDEX": "B C", "UV_FIND_LINKS": "D,E", "SSL_CERT_FILE": "F", "PATH": "P"} == told


def test_what_uv_was_told_itself_goes_first(setup):
    assert setup.uv_environment({"index-url": "A"}, {"UV_DEFAULT_INDEX": "mine"})["UV_DEFAULT_INDEX"] == "mine"


def test_another_environment_does_not_leak_in(setup):
    assert {"VIRTUAL_ENV", "PYTHONPATH"}.isdisjoint(setup.uv_environment({}, {"VIRTUAL_ENV": "x", "PYTHONPATH": "y"}))


def test_npm_trusts_what_pip_trusts_and_finds_its_node(setup, tmp_path):
    told = setup.node_environment(tmp_path, {"cert": "C"}, {"PATH": "P"})
    assert (told["NODE_EXTRA_CA_CERTS"], told["PATH"].split(":")) == ("C", [str(tmp_path), "P"])
    assert setup.node_environment(tmp_path, {"cert": "C"}, {"NODE_EXTRA_CA_CERTS": "mine"})["NODE_EXTRA_CA_CERTS"] == "mine"


def test_a_step_is_done_only_for_the_same_inputs(setup, tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    (tmp_path / "lock").write_text("a==1")
    before = setup.digest([tmp_path / "lock"])
    setup.finish("packages", before)
    assert setup.is_done("packages", before)
    (tmp_path / "lock").write_text("a==2")
    assert not setup.is_done("packages", setup.digest([tmp_path / "lock"]))


def test_a_file_that_is_missing_counts(setup, tmp_path):
    absent = setup.digest([tmp_path / "lock"])
    (tmp_path / "lock").write_text("")
    assert setup.digest([tmp_path / "lock"]) != absent


def test_closing_lines_of_two_runs_are_added(tool):
    count = tool("test").count_outcomes
    assert count("===== 3 failed, 210 passed, 2 skipped in 12.30s =====") == {"failed": 3, "passed": 210, "skipped": 2}
    assert count("1 error, 1 warning in 0.10s") == {"errors": 1, "warnings": 1}
    assert count("no tests ran in 0.01s") == {}


def test_a_browser_is_looked_for_by_its_names(tool):
    has_browser = tool("test").has_browser
    assert has_browser({"google-chrome": "/usr/bin/google-chrome"}.get)
    assert not has_browser({}.get)
