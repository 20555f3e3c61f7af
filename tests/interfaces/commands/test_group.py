"""
The one place that finds commands, sets Django up and says what went wrong.
"""

import os

import click
import pytest
from click.testing import CliRunner

from tongdian.interfaces.commands import _group, _words, main
from tongdian.interfaces.commands._group import LazyGroup, OldDatabaseLibrary, UnreadableSettings, parse_settings, refuse_old_library
from tongdian.kit.refused import N_, Refused


class Shut(Refused):
    """The door is shut."""


@pytest.fixture
def door(monkeypatch):
    """A group with one command whose body each test gives."""

    def make(body):
        command = click.Command("door", callback=body)
        group = LazyGroup(name="house")
        monkeypatch.setattr(group, "get_command", lambda _, name: command if name == "door" else None)
        return lambda: CliRunner().invoke(group, ["door"])

    return make


def fall(error):
    raise error


def test_a_refusal_is_told_on_stderr_with_exit_code_2(door, monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")
    done = door(lambda: fall(Shut(N_("The door %(name)s is shut. Knock."), name="north")))()
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", "The door north is shut. Knock.\n")


def test_a_refusal_is_told_in_chinese_unless_english_is_asked_for(door, monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "zh")
    monkeypatch.setattr(
        _words, "_catalogue", lambda: type("Words", (), {"gettext": staticmethod({"Shut at %(hour)s.": "%(hour)s 点关门。"}.get)})
    )
    assert door(lambda: fall(Shut("Shut at %(hour)s.", hour=8)))().stderr == "8 点关门。\n"


def test_a_bug_is_logged_with_its_traceback_and_exit_code_1(door, caplog, monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")
    done = door(lambda: fall(ZeroDivisionError("by zero")))()
    assert done.exit_code == 1
    assert "fault of the program" in done.stderr
    assert "ZeroDivisionError" in caplog.text
    assert "Traceback" in caplog.text


def test_an_exit_code_of_a_command_stays(door):
    assert door(lambda: fall(SystemExit(7)))().exit_code == 7


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh-hans"),
        ({"LANG": "C.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8", "TONGDIAN_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_language_is_chinese_unless_somebody_says_english(environment, language):
    assert _words.get_language(environment) == language


def test_every_command_of_the_table_is_there():
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.name in {name, name.rstrip("_")}
        assert command.help


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2


def test_help_of_a_command_touches_nothing(tongdian, tmp_path):
    done = tongdian("journal", "verify", "--help")
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
def test_an_sqlite_library_that_can_lose_data_is_refused(version):
    with pytest.raises(OldDatabaseLibrary, match="make setup"):
        refuse_old_library(version)


def test_the_sqlite_library_that_django_uses_is_a_safe_one():
    from django.db import connection

    refuse_old_library(connection.Database.sqlite_version_info)
    assert connection.Database.__name__.startswith("pysqlite3")


def test_a_settings_file_is_read():
    text = "# ours\n\nTONGDIAN_HOSTS = a.example,b.example\nTONGDIAN_DEBUG='0'\n"
    assert parse_settings(text, source="x") == {"TONGDIAN_HOSTS": "a.example,b.example", "TONGDIAN_DEBUG": "0"}


@pytest.mark.parametrize("line", ["TONGDIAN_HOSTS", "PATH=/bin", "export TONGDIAN_DEBUG=1"])
def test_a_settings_file_with_anything_else_is_refused(line):
    with pytest.raises(UnreadableSettings, match="x, line 2"):
        parse_settings(f"\n{line}\n", source="x")


def test_the_environment_goes_before_the_settings_file(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ, TONGDIAN_HOSTS="mine"))
    path = tmp_path / "tongdian.env"
    path.write_text("TONGDIAN_HOSTS=file\nTONGDIAN_NEW=1\n")
    _group._load_settings(None, None, path)
    assert (os.environ["TONGDIAN_HOSTS"], os.environ["TONGDIAN_NEW"]) == ("mine", "1")


def test_a_command_speaks_of_itself_in_chinese(tongdian):
    assert "--warm" in tongdian("doctor", "--help", TONGDIAN_LANGUAGE="zh").stdout
    assert "体检" in tongdian("doctor", "--help", TONGDIAN_LANGUAGE="zh").stdout
    assert "Check the installation" in tongdian("doctor", "--help").stdout
