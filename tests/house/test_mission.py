"""
The page of the mission says what the journey tests show, and nothing it names is invented.
"""

import importlib.util

import pytest
from django.urls import resolve

from tongdian.interfaces.commands import main


@pytest.fixture(scope="module")
def mission(request):
    root = request.config.rootpath
    spec = importlib.util.spec_from_file_location("mission", root / "tools/mission.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_tests_say(mission):
    assert mission.PAGE.read_text(encoding="utf-8") == mission.write_page(), "run python tools/mission.py"


def test_every_screen_and_command_exists(mission):
    proofs = [proof for given in mission.find_proofs().values() for proof in given]
    assert proofs
    for proof in proofs:
        assert proof.screens or proof.commands, proof.test
        for screen in proof.screens:
            filled = screen.replace("{id}", "00000000-0000-0000-0000-000000000000")
            assert resolve(filled).url_name
        for command in proof.commands:
            assert command.split()[1] in main.list_commands(None), command


def test_a_sentence_without_a_test_is_called_missing(mission, monkeypatch):
    monkeypatch.setattr(mission, "find_proofs", dict)
    assert mission.write_page().count("**missing**") == 23
