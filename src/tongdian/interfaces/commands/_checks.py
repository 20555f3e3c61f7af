"""
What `tongdian doctor` looks at. Every check says what it saw and, if that is not well, what to do.
"""

import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from tongdian.interfaces.commands._group import OLDEST_SQLITE
from tongdian.kit.refused import N_

OLDEST_PYTHON = (3, 11)
ENOUGH_BYTES = 2 * 2**30  # a backup and a year of evidence of one county
LEAST_BYTES = 200 * 2**20
NOTICE_MONTH = 11  # the State Council publishes the next year's holidays in November as a rule
FULL = 2  # PRAGMA synchronous


class Level(StrEnum):
    """
    How bad it is.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One line of the doctor: ``text`` and ``cure`` are msgids to be filled with ``values``.
    """

    level: Level
    text: str
    cure: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def check_python(version: tuple[int, int] = sys.version_info[:2], machine: str = "", system: str = sys.platform) -> Iterator[Finding]:
    """
    Look at the interpreter and at whether its platform has wheels of everything.
    """
    values = {"version": ".".join(map(str, version)), "platform": sysconfig.get_platform()}
    if version < OLDEST_PYTHON:
        yield Finding(
            level=Level.FAIL, text=N_("Python %(version)s"), cure=N_("Install Python 3.11 or newer, then: make setup"), values=values
        )
        return
    yield Finding(level=Level.OK, text=N_("Python %(version)s on %(platform)s"), values=values)
    if system == "linux" and (machine or platform.machine()) in {"aarch64", "arm64"}:
        yield Finding(
            level=Level.WARN,
            text=N_("Linux on ARM: pysqlite3 has no wheel here and was built from source."),
            cure=N_("Make sure that the line on the SQLite library below says 3.51.3 or newer."),
        )


def check_sqlite() -> Iterator[Finding]:
    """
    Look at the SQLite library as Django sees it, and at what is in force on an open connection.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        yield Finding(level=Level.OK, text=N_("Database: %(vendor)s"), values={"vendor": connection.vendor})
        return
    yield judge_library(cast("Any", connection).Database.sqlite_version_info)
    path = find_database()
    if path is None or not path.exists():
        yield _lack_of_database(path)
        return
    with connection.cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    yield judge_pragmas(found)


def _lack_of_database(path: Path | None) -> Finding:
    aside = sorted(path.parent.parent.glob(f"{path.parent.name}.before-*")) if path else []
    cure = N_("Run: make demo, or tongdian init FOLDER")
    if aside:  # a restore was killed between its two renames
        cure = N_("A restore did not end: run tongdian restore FILE again. What was there lies in %(aside)s.")
    values = {"path": path, "aside": aside[-1] if aside else ""}
    return Finding(level=Level.FAIL, text=N_("No database at %(path)s"), cure=cure, values=values)


def judge_library(version: tuple[int, ...]) -> Finding:
    """
    Judge the version of the SQLite library.
    """
    values = {"version": ".".join(map(str, version))}
    if version < OLDEST_SQLITE:
        return Finding(
            level=Level.FAIL,
            text=N_("SQLite %(version)s as Django uses it can lose data when several processes write"),
            cure=N_("Install pysqlite3 0.6.1 or newer: make setup"),
            values=values,
        )
    return Finding(level=Level.OK, text=N_("SQLite %(version)s as Django uses it"), values=values)


def judge_pragmas(found: dict[str, Any]) -> Finding:
    """
    Judge what is in force on a connection: WAL, synchronous=FULL, foreign keys.
    """
    values = {"found": ", ".join(f"{name}={value}" for name, value in found.items())}
    if (found["journal_mode"], found["synchronous"], found["foreign_keys"]) == ("wal", FULL, 1):
        return Finding(level=Level.OK, text=N_("In force: %(found)s"), values=values)
    return Finding(
        level=Level.FAIL,
        text=N_("In force: %(found)s; an acknowledged change might not survive a power cut"),
        cure=N_("Keep the data folder on a local disk (no network share) and restore init_command in server/settings.py."),
        values=values,
    )


def check_migrations() -> Iterator[Finding]:
    """
    Look for migrations that are not applied, and for ones that this program does not know.
    """
    path = find_database()
    if path is not None and not path.exists():
        return  # said already
    if pending := list_pending_migrations():
        yield Finding(
            level=Level.FAIL,
            text=N_("%(count)s migrations are pending"),
            cure=N_("Run: tongdian backup FILE, then tongdian migrate"),
            values={"count": len(pending)},
        )
    elif unknown := list_unknown_migrations():
        yield Finding(
            level=Level.FAIL,
            text=N_("The database was changed by a newer program: %(names)s"),
            cure=N_("Install that version of the program, or restore a backup made by this one."),
            values={"names": ", ".join(unknown)},
        )
    else:
        yield Finding(level=Level.OK, text=N_("No migration is pending"))


def check_folder(enough: int = ENOUGH_BYTES) -> Iterator[Finding]:
    """
    Look at the data folder: writable, with room, and closed to others where the key lies.
    """
    from django.conf import settings

    folder = Path(settings.DATA_DIR)
    if not os.access(folder, os.W_OK):
        cure = N_("Give the folder to the user who runs Tongdian: chown -R USER %(path)s")
        yield Finding(level=Level.FAIL, text=N_("The data folder %(path)s cannot be written"), cure=cure, values={"path": folder})
        return
    free = shutil.disk_usage(folder).free
    values = {"path": folder, "free": f"{free / 2**30:.1f}"}
    if free < enough:
        level = Level.FAIL if free < LEAST_BYTES else Level.WARN
        cure = N_("Free some space, or move the folder and set TONGDIAN_DATA_DIR.")
        yield Finding(level=level, text=N_("Data folder %(path)s has only %(free)s GiB left"), cure=cure, values=values)
    else:
        yield Finding(level=Level.OK, text=N_("Data folder %(path)s, %(free)s GiB free"), values=values)
    interrupted = [*folder.parent.glob(f".{folder.name}.restoring"), *folder.glob("*.partial")]
    for left in interrupted:
        yield Finding(
            level=Level.WARN,
            text=N_("%(path)s was left by an interrupted backup or restore"),
            cure=N_("Run the command again, or delete it."),
            values={"path": left},
        )


def check_secret(path: Path | None = None) -> Iterator[Finding]:
    """
    Look at the secret key's file and at DEBUG.
    """
    from django.conf import settings

    path = path or Path(settings.DATA_DIR) / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding(
            level=Level.FAIL,
            text=N_("Others can read the key %(path)s"),
            cure=N_("Run: chmod 600 %(path)s"),
            values={"path": path},
        )
    else:
        yield Finding(level=Level.OK, text=N_("The secret key is readable by its owner only"))
    if settings.DEBUG:
        yield Finding(
            level=Level.WARN,
            text=N_("DEBUG is on: the demo's logins work and errors show the program's inside"),
            cure=N_("Leave TONGDIAN_DEBUG unset wherever others can reach the console."),
        )
    else:
        yield Finding(level=Level.OK, text=N_("DEBUG is off"))


def check_assets() -> Iterator[Finding]:
    """
    Look whether the console's assets are built and the translations compiled and complete.
    """
    package = Path(__file__).resolve().parents[2]
    dist = package / "interfaces" / "console" / "static" / "console" / "dist"
    if dist.is_dir() and any(dist.glob("*.css")):
        yield Finding(level=Level.OK, text=N_("The console's assets are built"))
    else:
        yield Finding(level=Level.FAIL, text=N_("The console's assets are not built"), cure=N_("Run: make setup"))
    source = package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    compiled = source.with_suffix(".mo")
    if not compiled.exists():
        yield Finding(level=Level.FAIL, text=N_("The translations are not compiled"), cure=N_("Run: make setup"))
    elif source.exists() and source.stat().st_mtime > compiled.stat().st_mtime:
        yield Finding(level=Level.WARN, text=N_("The translations are older than their source"), cure=N_("Run: make setup"))
    else:
        yield Finding(level=Level.OK, text=N_("The translations are compiled"))


def check_calendar(today: date, is_provisional: Callable[[date], bool] | None = None) -> Iterator[Finding]:
    """
    Look whether the working days that due dates reach are published: from November on the next year's too.
    """
    if is_provisional is None:
        from tongdian.kit.calendar import national_calendar

        is_provisional = national_calendar().is_provisional
    cure = N_("Add data/calendar/%(year)s.csv from the State Council's notice: columns date, is_working_day.")
    for year in (today.year, today.year + 1):
        if not is_provisional(date(year, 7, 1)):
            continue
        if year == today.year:
            text = N_("Working days of %(year)s are not known: due dates are provisional")
            yield Finding(level=Level.FAIL, text=text, cure=cure, values={"year": year})
            return
        if today.month >= NOTICE_MONTH:
            text = N_("Working days of %(year)s are not known yet: due dates in it are provisional")
            yield Finding(level=Level.WARN, text=text, cure=cure, values={"year": year})
            return
    yield Finding(level=Level.OK, text=N_("Working days are known as far as due dates reach"))


def check_zone(now: Any = None) -> Iterator[Finding]:  # noqa: ANN401 - Django's now, or a test's
    """
    Look at the time zone, and whether the machine's clock can be right.
    """
    from django.conf import settings
    from django.utils import timezone

    now = now or timezone.now()
    offset = timezone.localtime(now).utcoffset() or timedelta()
    built = date.fromtimestamp(Path(__file__).stat().st_mtime)  # noqa: DTZ012 - a day more or less does not matter here
    values = {
        "zone": settings.TIME_ZONE,
        "offset": f"{offset.total_seconds() / 3600:+.0f}",
        "now": f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
    }
    if now.date() < built - timedelta(days=1):
        cure = N_("Set the machine's clock: every time limit is counted by it.")
        yield Finding(level=Level.FAIL, text=N_("The clock says %(now)s, before this program was written"), cure=cure, values=values)
    else:
        yield Finding(level=Level.OK, text=N_("Time zone %(zone)s (UTC%(offset)s), it is %(now)s"), values=values)


def find_database() -> Path | None:
    """
    Return the path of the SQLite database, or None where the database is another one.
    """
    from django.db import connection

    return Path(str(connection.settings_dict["NAME"])) if connection.vendor == "sqlite" else None


def list_pending_migrations() -> list[str]:
    """
    Return the migrations that this program has and the database has not.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return [f"{migration.app_label}.{migration.name}" for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def list_unknown_migrations() -> list[str]:
    """
    Return the migrations that the database has and this program has not.
    """
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations if (app, name) not in loader.disk_migrations)
