"""
`tongdian init`: an empty installation of one's own.
"""

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

import click

from tongdian.interfaces.commands._group import SETTINGS_FILE, set_up_django
from tongdian.interfaces.commands._words import get_language, translate
from tongdian.kit.refused import N_, Refused

DATA = "data"
TEMPLATES = "templates"


class FolderNotEmpty(Refused):
    """
    The folder holds something already.
    """


class NoPassword(Refused):
    """
    Nobody said the administrator's password, and there is nobody to ask.
    """


class WeakPassword(Refused):
    """
    The password does not pass the installation's own rules.
    """


@click.command(help="Make an empty installation: data folder, settings, database, an administrator, Excel templates to fill.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--title", help="Name of the utility, shown on every page [default: asked for].")
@click.option("--administrator", default="admin", show_default=True, help="Login name of the administrator.")
@click.option("--password-file", type=click.File(), help="File whose first line is the administrator's password; - reads standard input.")
@click.option("--hosts", default="127.0.0.1,localhost", show_default=True, help="Names under which the console will be reached.")
def init(folder: Path, title: str | None, administrator: str, password_file: IO[str] | None, hosts: str) -> None:
    """
    Build everything beside the folder and rename it at the end: killed half-way, there is no installation.
    """
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(N_("%(folder)s is not empty. Nothing was changed; give a new folder."), folder=folder)
    title = title or _ask(translate(N_("Name of the utility")), default="通电")
    password = _read_password(password_file)
    staging = folder.with_name(f".{folder.name}.being-made")
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    (staging / DATA).mkdir(parents=True, mode=0o700)
    try:
        _write_settings(staging / SETTINGS_FILE, folder=folder, hosts=hosts)
        _fill_database(staging / DATA, title=title, administrator=administrator, password=password)
        _write_templates(staging / TEMPLATES)
        if folder.exists():
            folder.rmdir()  # empty
        staging.replace(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    click.echo(translate(N_("An empty installation stands in %(folder)s.")) % {"folder": folder})
    click.echo(translate(N_("Next: cd %(folder)s, fill %(templates)s, then:")) % {"folder": folder, "templates": TEMPLATES})
    for command in _next_commands(administrator):
        click.echo(f"  tongdian {command}")


def _next_commands(administrator: str) -> list[str]:
    by = f"--as {administrator}"
    return [
        f"register people templates/people.xlsx {by}",
        f"register buildings templates/buildings.xlsx {by}",
        f"intake templates/demands.xlsx {by}",
        "serve",
    ]


def _ask(question: str, *, default: str) -> str:
    return str(click.prompt(question, default=default)) if os.isatty(0) else default


def _read_password(file: IO[str] | None) -> str:
    if file is not None:
        return str(next(iter(file), "")).rstrip("\r\n")
    if not os.isatty(0):
        raise NoPassword(N_("Nobody can be asked for the administrator's password here. Give it by --password-file."))
    return str(click.prompt(translate(N_("Password of the administrator")), hide_input=True, confirmation_prompt=True))


def _write_settings(path: Path, *, folder: Path, hosts: str) -> None:
    language = "en" if get_language() == "en" else "zh"
    lines = [
        "# Settings of this installation; docs/guide/administrator.md explains each. Read by `tongdian` in this folder.",
        f"TONGDIAN_DATA_DIR={folder / DATA}",
        f"TONGDIAN_HOSTS={hosts}",
        f"TONGDIAN_LANGUAGE={language}",
        "# TONGDIAN_HTTPS=1",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _fill_database(data: Path, *, title: str, administrator: str, password: str) -> None:
    os.environ["TONGDIAN_DATA_DIR"] = str(data)
    os.environ.pop("TONGDIAN_DEBUG", None)
    set_up_django()
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.management import call_command
    from django.db import connections
    from django.utils import timezone

    try:
        validate_password(password)
    except ValidationError as error:
        raise WeakPassword(N_("The password will not do: %(reasons)s"), reasons=" ".join(error.messages)) from error
    call_command("migrate", verbosity=0, interactive=False)
    _found(title=title, administrator=administrator, password=password, now=timezone.now())
    connections.close_all()


def _found(*, title: str, administrator: str, password: str, now: datetime) -> None:
    from tongdian.apps.journal.events import SYSTEM_ACTOR
    from tongdian.apps.people import actions as people

    people.set_installation(actor=SYSTEM_ACTOR, title=title, is_demo=False, moment=None, now=now)
    people.register_user(
        actor=SYSTEM_ACTOR, username=administrator, display_name=administrator, role="administrator", password=password, now=now
    )


def _write_templates(folder: Path) -> None:
    from tongdian.interfaces.commands._templates import TEMPLATES as SHEETS
    from tongdian.interfaces.commands._templates import write_template

    folder.mkdir()
    for sheet in SHEETS:
        write_template(folder / f"{sheet.name}.xlsx", sheet)
