"""
The group behind `tongdian`: loads a command when it is called, sets Django up for it, and says what went wrong in one place.
"""

import functools
import importlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from tongdian.interfaces.commands._words import get_language, translate
from tongdian.kit.refused import N_, Refused

ROOM = "tongdian.interfaces.commands"
SETTINGS_FILE = "tongdian.env"
REFUSED, BROKEN = 2, 1
OLDEST_SQLITE = (3, 51, 3)  # the WAL-reset race is fixed there


class OldDatabaseLibrary(Refused):
    """
    The SQLite library in use can damage the database.
    """


class UnreadableSettings(Refused):
    """
    A line of the settings file is not NAME=value.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    One command of the table: where it stands, what it does in a few words, and whether it works on the installation's database.
    """

    module: str
    does: str
    name: str = ""
    needs_django: bool = True


COMMANDS = {
    "init": Line(module="init", does=N_("An empty installation of your own, with Excel templates to fill."), needs_django=False),
    "demo": Line(module="demo", does=N_("The demo county: its half-year, every demand on its way.")),
    "serve": Line(module="serve", does=N_("The console on 127.0.0.1:8000.")),
    "intake": Line(module="intake", does=N_("Bring in a table of demands; rows that cannot land come back with their reason.")),
    "understand": Line(module="understand", does=N_("Read what people say: category, urgency, topics."), needs_django=False),
    "tariff": Line(module="tariff", does=N_("Check what resold electricity may cost."), needs_django=False),
    "advice": Line(module="advice", does=N_("What a load curve says about a bill, in yuan a year."), needs_django=False),
    "plan": Line(module="plan", does=N_("Make supply plans from files, without an installation."), needs_django=False),
    "register": Line(module="register", does=N_("Bring in people, teams and places.")),
    "token": Line(module="token", does=N_("Tokens for programs that use the API.")),
    "network": Line(module="network", does=N_("The network that plans are made on.")),
    "grid": Line(module="grid", does=N_("Networks in files: read, check, and what every bus can still carry."), needs_django=False),
    "work": Line(module="work", does=N_("Do background jobs: imports, nightly runs.")),
    "remind": Line(module="remind", does=N_("Tell everybody what waits for him, on his page and by mail; a worker does it every day.")),
    "expire": Line(module="expire", does=N_("Mark supply plans whose last day has passed; run it once a day.")),
    "journal": Line(module="journal", does=N_("Prove that no entry was changed, removed or reordered.")),
    "doctor": Line(module="doctor", does=N_("Check the installation and say what to do."), needs_django=False),
    "migrate": Line(module="migrate", does=N_("Bring the database up to this version of the program.")),
    "backup": Line(module="backup", does=N_("Write one consistent, verified snapshot.")),
    "restore": Line(module="restore", does=N_("Bring a snapshot back; what was there is kept aside.")),
}


class Shown(click.ClickException):
    """
    A refusal or a bug as the terminal shows it.
    """

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click documents it so

    def show(self, file: Any = None) -> None:  # noqa: ANN401 - click's signature
        """
        Print the sentence alone: it says what to do, so no usage line is needed.
        """
        click.echo(self.message, file=file, err=file is None)


class LazyGroup(click.Group):
    """
    A group that knows its commands by a table and imports one only when it is called.
    """

    table = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        """
        Return the names in the order of the table: as a newcomer meets them.
        """
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Import a command; one that works on the database sets Django up when its body begins, not when its help is shown.
        """
        del ctx
        line = self.table.get(cmd_name)
        if line is None:
            return None
        command = getattr(importlib.import_module(f"{ROOM}.{line.module}"), line.name or cmd_name)
        speak(command)
        if line.needs_django:
            _set_up_first(command)
        return command  # type: ignore[no-any-return]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        Write the group's own help in the language of the command line.
        """
        speak(self)
        super().format_help(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        List the commands by their table, importing none.
        """
        del ctx
        with formatter.section(translate(N_("Commands"))):
            formatter.write_dl([(name, translate(line.does)) for name, line in self.table.items()])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """
        Run a command. A refusal is shown with exit code 2; anything else is a bug, logged with exit code 1.
        """
        try:
            return super().invoke(ctx)
        except Refused as refused:
            raise Shown(tell(refused), exit_code=REFUSED) from refused
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            logging.getLogger("tongdian").exception("tongdian %s", ctx.invoked_subcommand)
            text = N_("This is a fault of the program, not yours. Please report it with the lines above.")
            raise Shown(translate(text), exit_code=BROKEN) from error


def tell(refused: Refused) -> str:
    """
    Return a refusal's sentence in the language of the command line, its places filled.
    """
    text = translate(refused.text)
    return text % refused.values if refused.values else text


def speak(command: click.Command) -> None:
    """
    Translate what a command says of itself and of its options.
    """
    command.help = translate(command.help) if command.help else command.help
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = translate(option.help)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        speak(below)


def set_up_django() -> None:
    """
    Set Django up once, in the language of the command line.

    :raises OldDatabaseLibrary: if Django would use an SQLite library with the WAL-reset race
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.server.settings")
    import django
    from django.utils import translation

    django.setup()
    translation.activate(get_language())

    from django.db import connection

    if connection.vendor == "sqlite":
        refuse_old_library(cast("Any", connection).Database.sqlite_version_info)


def refuse_old_library(version: tuple[int, int, int]) -> None:
    """
    Refuse an SQLite library in which a checkpoint can lose committed transactions.

    :raises OldDatabaseLibrary: if it is older than 3.51.3
    """
    if version < OLDEST_SQLITE:
        raise OldDatabaseLibrary(
            N_("The SQLite library %(version)s can lose data; 3.51.3 or newer is needed. Run: make setup"),
            version=".".join(map(str, version)),
        )


def read_settings_file() -> click.Option:
    """
    Return the option that names the installation's settings file; by default the one in the current folder, if there is one.
    """
    return click.Option(
        ["--settings", "path"],
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_load_settings,
        help="File with TONGDIAN_* settings, as `tongdian init` writes it [default: tongdian.env here, if there].",
    )


def parse_settings(text: str, *, source: str) -> dict[str, str]:
    """
    Return the settings of a file of NAME=value lines; empty lines and lines beginning with # say nothing.

    :raises UnreadableSettings: if a line is anything else
    """
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if not equals or not name.startswith("TONGDIAN_"):
            raise UnreadableSettings(N_("%(file)s, line %(line)s: write TONGDIAN_NAME=value."), file=source, line=number)
        found[name] = value.strip("\"'")
    return found


def _load_settings(ctx: click.Context, option: click.Parameter, path: Path | None) -> None:
    del ctx, option
    here = Path(SETTINGS_FILE)
    if path is None and not here.is_file():
        return
    source = path or here
    try:
        found = parse_settings(source.read_text(encoding="utf-8"), source=str(source))
    except Refused as refused:
        raise Shown(tell(refused), exit_code=REFUSED) from refused
    for name, value in found.items():
        os.environ.setdefault(name, value)  # what the environment says goes first


def _set_up_first(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _set_up_first(below)
    elif command.callback is not None and not getattr(command.callback, "sets_up_django", False):
        command.callback = _after_set_up(command.callback)


def _after_set_up(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run(*args: Any, **values: Any) -> Any:  # noqa: ANN401 - whatever the command takes
        set_up_django()
        return callback(*args, **values)

    run.sets_up_django = True  # type: ignore[attr-defined]
    return run
