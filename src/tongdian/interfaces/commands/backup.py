"""
`tongdian backup`: one consistent snapshot of an installation in use, read back before it is called one.
"""

import os
import shutil
import tempfile
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from tongdian.interfaces.commands import _snapshot as snapshot
from tongdian.kit.refused import N_, Refused

SCRATCH = ".tongdian-backup-"
OLD_S = 86_400


class OtherDatabase(Refused):
    """
    The installation does not keep its data in SQLite.
    """


class NothingToBackUp(Refused):
    """
    There is no database yet.
    """


class TargetTaken(Refused):
    """
    The target exists already.
    """


class TargetInside(Refused):
    """
    The target lies in the folder that is saved.
    """


@click.command(help="Write one consistent, verified snapshot (.tar), also while the installation is in use. TARGET: a file or a folder.")
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """
    Write the snapshot and say what it holds; a journal that does not hold together is backed up, but with exit code 1.
    """
    from django.conf import settings
    from django.utils import timezone
    from django.utils.translation import gettext as _

    database = require_sqlite()
    if not database.exists():
        raise NothingToBackUp(N_("There is no database at %(path)s, so there is nothing to back up."), path=database)
    now = timezone.localtime()
    path = target / f"tongdian-{now:%Y%m%d-%H%M%S}.tar" if target.is_dir() else target
    if path.exists():
        raise TargetTaken(N_("%(path)s exists already. Choose another name."), path=path)
    folder = Path(settings.DATA_DIR)
    if path.resolve().is_relative_to(folder):
        raise TargetInside(
            N_("%(path)s lies in the data folder, and would go with it. Choose another folder, best another machine's."), path=path
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    manifest = write_snapshot(path, folder=folder, database=database, now=now)
    journal = manifest.looked.get("journal", {"entries": 0, "breaks": []})
    size = f"{path.stat().st_size / 1e6:.1f}"
    click.echo(
        _("%(path)s: %(files)s files, %(size)s MB, %(entries)s journal entries; read back and whole.")
        % {"path": path, "files": len(manifest.items), "size": size, "entries": journal["entries"]}
    )
    if journal["breaks"]:
        click.echo(
            _("But the journal was changed at entry %(entry)s: run tongdian journal verify.") % {"entry": journal["breaks"][0]}, err=True
        )
        raise SystemExit(1)


def require_sqlite() -> Path:
    """
    Return the path of the database.

    :raises OtherDatabase: if the installation keeps its data elsewhere
    """
    from tongdian.interfaces.commands._checks import find_database

    if (database := find_database()) is None:
        raise OtherDatabase(
            N_("Backup serves SQLite only. Save this database by its own tool (pg_dump), and the folder %(folder)s as files."),
            folder=os.environ.get("TONGDIAN_DATA_DIR", "var"),
        )
    return database


def write_snapshot(path: Path, *, folder: Path, database: Path, now: datetime) -> snapshot.Manifest:
    """
    Write a snapshot and read it back; the name ``path`` appears only when all of it was found whole.

    The database is copied before the files: a file is written before the row that names it, so no row lacks its file.
    """
    partial = path.with_name(path.name + ".partial")
    _clear_leftovers(path.parent)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=path.parent) as scratch:
        copy = Path(scratch) / "copy" / snapshot.DATABASE
        copy.parent.mkdir()
        snapshot.copy_database(database, copy)
        sources = {snapshot.DATABASE: copy}
        sources |= {file.relative_to(folder).as_posix(): file for file in snapshot.list_files(folder, database)}
        manifest = snapshot.Manifest(
            created_at=now.isoformat(timespec="seconds"),
            program=version("tongdian"),
            looked=snapshot.look_at(copy.parent),  # before its sum is taken: opening a database writes to it
            items=snapshot.measure(sources),
        )
        try:
            snapshot.write_tar(partial, manifest, sources)
            _read_back(partial, Path(scratch) / "back", manifest.looked)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        snapshot.sync_folder(path.parent)
    return manifest


def _read_back(partial: Path, into: Path, looked: dict[str, Any]) -> None:
    into.mkdir()
    snapshot.read_tar(partial, into)
    if snapshot.look_at(into) != looked:
        raise snapshot.DamagedSnapshot(
            N_("%(file)s reads back otherwise than it was written: the disk is not to be trusted."), file=partial
        )
    shutil.rmtree(into)


def _clear_leftovers(folder: Path) -> None:
    """
    Delete what killed runs left behind, once it is old enough that no run can still be writing it.
    """
    for left in [*folder.glob(f"{SCRATCH}*"), *folder.glob("tongdian-*.tar.partial")]:
        if time.time() - left.stat().st_mtime < OLD_S:
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
