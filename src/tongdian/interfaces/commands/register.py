"""
`tongdian register`: people and buildings from tables.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from tongdian.kit.refused import N_, Refused

PASSWORD_BYTES = 9


class NoNumber(Refused):
    """
    A coordinate is not a number.
    """


@click.group(help="Bring in tables of people and buildings, as `tongdian init` writes them. What is known already stays as it is.")
def register() -> None:
    """
    Group of the tables.
    """


def _table(function: Callable[..., None]) -> Callable[..., None]:
    function = click.option("--as", "username", default="admin", show_default=True, help="Login name of the person who registers.")(
        function
    )
    return click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))(function)


@register.command(help="Bring in people; each new one gets a first password, printed once.")
@_table
def people(table: Path, username: str) -> None:
    """
    Register every row.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import queries
    from tongdian.apps.people.actions import register_user
    from tongdian.interfaces.commands._templates import PEOPLE

    actor = queries.get_actor(username=username)
    now = queries.get_now(now=timezone.now())

    def land(row: Mapping[str, str]) -> None:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        user = register_user(
            actor=actor, username=row["username"], display_name=row["display_name"], role=row["role"], password=password, now=now
        )
        if user.check_password(password):
            click.echo(f"  {user.username:<20} {password}")

    landed, refused = _land_all(_read(table, PEOPLE), land)
    click.echo(_("%(landed)s people are registered, %(refused)s rows refused.") % {"landed": landed, "refused": refused})
    if refused:
        raise SystemExit(1)


@register.command(help="Bring in buildings with their place (WGS84).")
@_table
def buildings(table: Path, username: str) -> None:
    """
    Register every row.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import queries
    from tongdian.apps.places.actions import register_building
    from tongdian.interfaces.commands._templates import BUILDINGS

    actor = queries.get_actor(username=username)
    now = queries.get_now(now=timezone.now())

    def land(row: Mapping[str, str]) -> None:
        register_building(
            actor=actor,
            city=row["city"],
            county=row["county"],
            community=row["community"],
            building=row["building"],
            lon=_number(row["lon"]),
            lat=_number(row["lat"]),
            now=now,
        )

    landed, refused = _land_all(_read(table, BUILDINGS), land)
    click.echo(_("%(landed)s buildings are registered, %(refused)s rows refused.") % {"landed": landed, "refused": refused})
    if refused:
        raise SystemExit(1)


def _read(table: Path, template: object) -> Iterable[tuple[int, Mapping[str, str]]]:
    from tongdian.interfaces.commands._templates import Template, read_rows
    from tongdian.kit.sheets import read_sheet

    assert isinstance(template, Template)
    sheet = read_sheet(table.read_bytes(), filename=table.name)
    return read_rows(template, sheet.header, sheet.rows)


def _land_all(rows: Iterable[tuple[int, Mapping[str, str]]], land: Callable[[Mapping[str, str]], None]) -> tuple[int, int]:
    from django.utils.translation import gettext as _

    landed = refused = 0
    for number, row in rows:
        try:
            if empty := [name for name, cell in row.items() if not cell]:
                raise NoNumber(N_("The cell “%(column)s” is empty."), column=empty[0])
            land(row)
            landed += 1
        except Refused as reason:
            refused += 1
            click.echo(_("Row %(row)s: ") % {"row": number} + _(reason.text) % reason.values, err=True)
    return landed, refused


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise NoNumber(N_("“%(cell)s” is no number."), cell=cell) from None
