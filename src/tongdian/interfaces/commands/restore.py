"""
`tongdian restore`: an installation from a snapshot.
"""

import os
import shutil
from datetime import datetime
from pathlib import Path

import click

from tongdian.interfaces.commands import _snapshot as snapshot
from tongdian.interfaces.commands.backup import require_sqlite
from tongdian.kit.refused import N_, Refused

KEY = "secret.key"


class FolderTaken(Refused):
    """
    There is an installation already, and nobody said that it may go.
    """


class InstallationInUse(Refused):
    """
    Somebody has the database open.
    """


class NewerSnapshot(Refused):
    """
    The snapshot's database was changed by a newer program.
    """


class CannotMove(Refused):
    """
    The data folder cannot be renamed.
    """


@click.command(help="Bring a snapshot back. Refuses a damaged or foreign file; what was there is kept aside.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Put it in the place of an installation that is there; that one is kept aside.")
def restore(file: Path, force: bool) -> None:
    """
    Unpack and check beside the data folder, then change places by renaming.
    """
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone
    from django.utils.translation import gettext as _

    folder = Path(settings.DATA_DIR)
    database = require_sqlite()
    connections.close_all()
    if has_installation(folder):
        if not force:
            raise FolderTaken(
                N_("%(folder)s holds an installation. To put the snapshot in its place: --force (it is kept aside)."), folder=folder
            )
        require_unused(folder, database)
    manifest, aside = bring_back(file, folder, now=timezone.localtime())
    journal = manifest.looked.get("journal", {"entries": 0})
    click.echo(
        _("Restored to %(folder)s: %(files)s files, %(entries)s journal entries, as of %(moment)s.")
        % {"folder": folder, "files": len(manifest.items), "entries": journal["entries"], "moment": manifest.created_at}
    )
    if aside is not None:
        click.echo(_("What was there is kept in %(aside)s.") % {"aside": aside})


def has_installation(folder: Path) -> bool:
    """
    Return whether a data folder holds more than the key that every start makes.
    """
    return folder.is_dir() and any(path.name != KEY for path in folder.iterdir())


def require_unused(folder: Path, database: Path) -> None:
    """
    Check that nobody serves the folder and no other process has the database open.

    :raises InstallationInUse: if somebody does
    """
    import sqlite3  # tongdian/__init__.py has put pysqlite3 here

    from tongdian.interfaces.commands import _serving

    if _serving.is_served(folder):
        raise InstallationInUse(N_("The installation is in use. Stop it first (Ctrl-C where tongdian serve runs)."))
    if not database.exists():
        return
    connection = sqlite3.connect(database, timeout=1, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # before the first access: then any other connection is in its way
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise InstallationInUse(N_("The database is open elsewhere: %(reason)s. End that program first."), reason=error) from error
    except sqlite3.DatabaseError:
        return  # damaged: one more reason to put a snapshot in its place
    finally:
        connection.close()


def bring_back(file: Path, folder: Path, *, now: datetime) -> tuple[snapshot.Manifest, Path | None]:
    """
    Put a snapshot in the place of a data folder and return its manifest and where the old folder went.

    Killed before the two renames, the old installation stands untouched; between them, it lies aside and the command can be repeated.

    :raises NewerSnapshot: if this program is older than the snapshot's database
    :raises CannotMove: if the data folder is a mount point, for example
    """
    staging = folder.with_name(f".{folder.name}.restoring")
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    staging.mkdir(parents=True, mode=0o700)
    try:
        manifest = snapshot.read_tar(file, staging)
        looked = snapshot.look_at(staging)
        if looked["unknown_migrations"]:
            raise NewerSnapshot(
                N_("The snapshot needs a newer program (%(names)s). Install it first."), names=", ".join(looked["unknown_migrations"])
            )
        if looked.get("journal") != manifest.looked.get("journal"):
            raise snapshot.DamagedSnapshot(N_("The journal in %(file)s is not the one its manifest names."), file=file)
        for leftover in (staging / f"{snapshot.DATABASE}{end}" for end in ("-wal", "-shm")):
            leftover.unlink(missing_ok=True)  # empty: the process that looked has closed the database
        aside = _move_aside(folder, now)
        staging.replace(folder)
        snapshot.sync_folder(folder.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest, aside


def _move_aside(folder: Path, now: datetime) -> Path | None:
    if not folder.exists():
        return None
    if not has_installation(folder):
        shutil.rmtree(folder)  # at most a key that nothing was signed with yet
        return None
    aside = folder.with_name(f"{folder.name}.before-{now:%Y%m%d-%H%M%S}")
    try:
        os.rename(folder, aside)  # noqa: PTH104 - refuses an existing folder that is not empty
    except OSError as error:
        raise CannotMove(
            N_("%(folder)s cannot be renamed (%(reason)s). If it is a mount point, set TONGDIAN_DATA_DIR to a folder inside it."),
            folder=folder,
            reason=error.strerror,
        ) from error
    return aside
