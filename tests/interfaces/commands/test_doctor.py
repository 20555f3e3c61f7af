"""
The doctor says what is wrong and what to do; each check is shown something ill.
"""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from tongdian.interfaces.commands import _checks as checks
from tongdian.interfaces.commands._checks import Level


def levels(findings):
    return [finding.level for finding in findings]


def test_a_whole_installation_passes(tongdian, data):
    done = tongdian("doctor", data=data)
    lines = {line[:4].strip() for line in done.stdout.splitlines() if line[:4] in {"ok  ", "warn", "fail"} and "assets" not in line}
    assert lines <= {"ok", "warn"}, done.stdout + done.stderr
    assert "In force: journal_mode=wal, synchronous=2, foreign_keys=1" in done.stdout


def test_a_missing_database_fails_and_is_not_created(tongdian, tmp_path):
    done = tongdian("doctor")
    assert done.returncode == 1
    assert "make demo" in done.stdout
    assert not (tmp_path / "var" / "tongdian.sqlite3").exists()


def test_an_open_key_fails(tongdian, data):
    (data / "secret.key").chmod(0o644)
    done = tongdian("doctor", data=data)
    assert done.returncode == 1
    assert f"chmod 600 {data}/secret.key" in done.stdout


def test_debug_is_warned_of(tongdian, data):
    assert "warn DEBUG is on" in tongdian("doctor", data=data, TONGDIAN_DEBUG="1").stdout


def test_a_setting_that_cannot_be_is_refused_at_the_start(tongdian, data):
    done = tongdian("doctor", data=data, TONGDIAN_API_RATE="often")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Write a number, a slash and s, m, h or d, such as 600/m." in done.stderr


def test_pending_migrations_fail(tongdian, python, data):
    back = "import django; django.setup(); from django.core.management import call_command; call_command('migrate', 'sessions', 'zero')"
    done = python(f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tongdian.server.settings'; {back}", data)
    assert done.returncode == 0, done.stderr
    assert "fail 1 migrations are pending" in tongdian("doctor", data=data).stdout
    assert "1 migrations applied" in tongdian("migrate", data=data).stdout
    assert "0 migrations applied" in tongdian("migrate", data=data).stdout


def test_an_old_python_fails():
    assert levels(checks.check_python((3, 10))) == [Level.FAIL]


def test_linux_on_arm_is_warned_of():
    assert levels(checks.check_python((3, 11), machine="aarch64", system="linux")) == [Level.OK, Level.WARN]
    assert levels(checks.check_python((3, 11), machine="arm64", system="darwin")) == [Level.OK]


def test_an_old_sqlite_library_fails():
    assert checks.judge_library((3, 40, 1)).level == Level.FAIL
    assert checks.judge_library((3, 51, 3)).level == Level.OK


@pytest.mark.parametrize("ill", [{"journal_mode": "delete"}, {"synchronous": 1}, {"foreign_keys": 0}])
def test_a_database_that_could_lose_a_change_fails(ill):
    assert checks.judge_pragmas({"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, **ill}).level == Level.FAIL


def test_little_room_is_warned_of(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert levels(checks.check_folder(enough=2**60)) == [Level.WARN]


def test_leftovers_are_named(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    (tmp_path / ".data.restoring").mkdir()
    assert levels(checks.check_folder(enough=0)) == [Level.OK, Level.WARN]


@pytest.mark.parametrize(
    ("today", "known_until", "expected"),
    [
        (date(2026, 10, 31), 2026, Level.OK),
        (date(2026, 11, 1), 2026, Level.WARN),
        (date(2026, 11, 1), 2027, Level.OK),
        (date(2027, 1, 2), 2026, Level.FAIL),
    ],
)
def test_unknown_working_days_are_told_from_november_on(today, known_until, expected):
    (finding,) = checks.check_calendar(today, lambda day: day.year > known_until)
    assert finding.level == expected


def test_a_clock_before_the_program_was_written_fails():
    assert levels(checks.check_zone(datetime(2001, 1, 1, tzinfo=UTC))) == [Level.FAIL]
    assert levels(checks.check_zone()) == [Level.OK]


def test_a_check_that_breaks_is_a_failure():
    from tongdian.interfaces.commands.doctor import _guarded

    def check_moon():
        raise OSError("no moon")
        yield

    (finding,) = _guarded(check_moon)
    assert finding.level == Level.FAIL
    assert finding.values["name"] == "moon"


def test_every_finding_can_be_shown(tongdian, data):
    for language in ("en", "zh"):
        done = tongdian("doctor", data=data, TONGDIAN_LANGUAGE=language)
        assert "%(" not in done.stdout


def test_warming_compiles_the_kernels_in_processes_of_their_own(monkeypatch):
    from tongdian.interfaces.commands.doctor import _warm

    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")
    assert _warm().startswith("Kernels compiled in")


def test_another_database_is_only_named(monkeypatch):
    from django import db

    monkeypatch.setattr(db, "connection", SimpleNamespace(vendor="postgresql"))
    assert [finding.values for finding in checks.check_sqlite()] == [{"vendor": "postgresql"}]
