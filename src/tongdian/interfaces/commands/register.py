"""
`tongdian register`: people, teams and places from tables and GeoJSON.
"""

import gzip
import json
import secrets
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from tongdian.kit.refused import N_, Refused

PASSWORD_BYTES = 9


class NoDocument(Refused):
    """
    The file is no JSON.
    """


class NoNumber(Refused):
    """
    A coordinate is not a number.
    """


@click.group(help="Bring in people, teams and places, from the tables of `tongdian init` or GeoJSON. What is known stays as it is.")
def register() -> None:
    """
    Group of the tables.
    """


def _table(function: Callable[..., None]) -> Callable[..., None]:
    named = "Login name of the person who registers; by default the only administrator."
    function = click.option("--as", "username", default="", help=named)(function)
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


@register.command(help="Form teams; members are people who are registered.")
@_table
def teams(table: Path, username: str) -> None:
    """
    Form a team for every row.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import queries
    from tongdian.apps.people.actions import form_team
    from tongdian.interfaces.commands._templates import TEAMS

    actor = queries.get_actor(username=username)
    now = queries.get_now(now=timezone.now())

    def land(row: Mapping[str, str]) -> None:
        members = [name.strip() for name in row.get("members", "").replace("，", ",").split(",") if name.strip()]
        form_team(actor=actor, title=row["team"], kind=row["kind"], members=members, now=now)

    landed, refused = _land_all(_read(table, TEAMS), land, may_be_empty={"members"})
    click.echo(_("%(landed)s teams are formed, %(refused)s rows refused.") % {"landed": landed, "refused": refused})
    if refused:
        raise SystemExit(1)


@register.command("usage-points", help="Bring in metered points with their buildings (WGS84).")
@_table
def usage_points(table: Path, username: str) -> None:
    """
    Register every row.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import queries
    from tongdian.apps.places.actions import register_building, register_usage_point
    from tongdian.interfaces.commands._templates import POINTS

    actor = queries.get_actor(username=username)
    now = queries.get_now(now=timezone.now())

    def land(row: Mapping[str, str]) -> None:
        place = {name: row[name] for name in ("city", "county", "community", "building")}
        building = register_building(actor=actor, **place, lon=_number(row["lon"]), lat=_number(row["lat"]), now=now)
        meter = row.get("meter_number", "")
        register_usage_point(actor=actor, building=building, consumer_number=row["consumer_number"], meter_number=meter, now=now)

    landed, refused = _land_all(_read(table, POINTS), land, may_be_empty={"meter_number"})
    click.echo(_("%(landed)s usage points are registered, %(refused)s rows refused.") % {"landed": landed, "refused": refused})
    if refused:
        raise SystemExit(1)


@register.command(help="Bring in cities and counties from GeoJSON (WGS84); without a file, those of Jiangsu.")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", default="", help="Login name of the person who registers; by default the only administrator.")
def regions(file: Path | None, username: str) -> None:
    """
    Register every feature.
    """
    from tongdian.apps.places.actions import import_regions
    from tongdian.kit.tables import data_file

    shipped = data_file("places/jiangsu.geojson.gz")
    content = file.read_bytes() if file else gzip.decompress(shipped.read_bytes())
    _import_areas(content, import_regions, username=username)


@register.command(help="Bring in grid cells from GeoJSON (WGS84): code, name, manager (login name), region (code).")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", default="", help="Login name of the person who registers; by default the only administrator.")
def cells(file: Path, username: str) -> None:
    """
    Register every feature; buildings then belong to the cell they stand in.
    """
    from tongdian.apps.places.actions import import_cells

    _import_areas(file.read_bytes(), import_cells, username=username)


def _import_areas(content: bytes, land: Callable[..., Any], *, username: str) -> None:
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import queries

    try:
        collection = json.loads(content)
    except ValueError as error:
        raise NoDocument(N_("The file is no JSON: %(reason)s."), reason=str(error)) from error
    report = land(actor=queries.get_actor(username=username), collection=collection, now=queries.get_now(now=timezone.now()))
    for returned in report.returned:
        reason = _(returned.reason.text) % returned.reason.values
        click.echo(_("Feature %(position)s: ") % {"position": returned.position} + reason, err=True)
    click.echo(_("%(landed)s areas landed, %(refused)s were refused.") % {"landed": report.landed, "refused": len(report.returned)})
    if report.returned:
        raise SystemExit(1)


def _read(table: Path, template: object) -> Iterable[tuple[int, Mapping[str, str]]]:
    from tongdian.interfaces.commands._templates import Template, read_rows
    from tongdian.kit.sheets import read_sheet

    assert isinstance(template, Template)
    sheet = read_sheet(table.read_bytes(), filename=table.name)
    return read_rows(template, sheet.header, sheet.rows)


def _land_all(
    rows: Iterable[tuple[int, Mapping[str, str]]], land: Callable[[Mapping[str, str]], None], *, may_be_empty: Container[str] = ()
) -> tuple[int, int]:
    from django.utils.translation import gettext as _

    landed = refused = 0
    for number, row in rows:
        try:
            if empty := [name for name, cell in row.items() if not cell and name not in may_be_empty]:
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
