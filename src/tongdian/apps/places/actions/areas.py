"""
Bringing in boundaries from GeoJSON: cities and counties, grid cells with their managers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.people.rules import Role
from tongdian.apps.places import events, mapping
from tongdian.apps.places.models import Building, Cell, Region
from tongdian.kit.refused import N_, Refused


class NoCollection(Refused):
    """
    The document is no GeoJSON collection of features.
    """


class UnusableArea(Refused):
    """
    A feature lacks what an area needs.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedFeature:
    """
    A feature that did not land: its position in the collection, counted from 1, and why.
    """

    position: int
    reason: Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class AreasReport:
    """
    What became of every feature.
    """

    landed: int
    returned: tuple[ReturnedFeature, ...]


@transaction.atomic
def import_regions(*, actor: Actor, collection: Mapping[str, Any], now: datetime) -> AreasReport:
    """
    Bring in cities and counties: properties ``code`` (or ``adcode``), ``name`` and, for a county, ``parent``. A known code is replaced.

    :raises NoCollection: if the document is no GeoJSON collection
    """
    people.require(actor, "import_areas")

    def land(feature: Mapping[str, Any]) -> None:
        given = feature.get("properties") or {}
        code, name = str(given.get("code") or given.get("adcode") or ""), str(given.get("name") or "").strip()
        if not code or not name:
            raise UnusableArea(N_("The feature has no code or no name."))
        parent = Region.objects.filter(pk=str(given.get("parent") or "")).first()
        Region.objects.update_or_create(pk=code, defaults={"name": name[:64], "parent": parent, **mapping.read_boundary(feature)})

    report = _land_all(collection, land)
    if report.landed and (first := Region.objects.first()) is not None:
        journal.record(actor=actor, kind=events.REGIONS_IMPORTED, subject=first, now=now, values={"count": report.landed})
    return report


@transaction.atomic
def import_cells(*, actor: Actor, collection: Mapping[str, Any], now: datetime) -> AreasReport:
    """
    Bring in grid cells: properties ``code``, ``name``, ``manager`` (login name of a cell manager, may be empty) and ``region``.

    A known code is replaced; every building then belongs to the cell it stands in.

    :raises NoCollection: if the document is no GeoJSON collection
    """
    people.require(actor, "import_areas")
    landed: list[Cell] = []

    def land(feature: Mapping[str, Any]) -> None:
        given = feature.get("properties") or {}
        code, name = str(given.get("code") or "").strip(), str(given.get("name") or "").strip()
        if not code or not name:
            raise UnusableArea(N_("The feature has no code or no name."))
        region = Region.objects.filter(pk=str(given.get("region") or "")).first()
        values = {"name": name[:80], "region": region, "manager": _manager(given), **mapping.read_boundary(feature)}
        landed.append(Cell.objects.update_or_create(code=code[:32], defaults=values)[0])

    report = _land_all(collection, land)
    _assign_buildings()
    for cell in landed:
        values = {"cell": cell.code, "buildings": cell.buildings.count(), "manager": str(cell.manager_id or "")}
        journal.record(actor=actor, kind=events.CELL_IMPORTED, subject=cell, now=now, values=values)
    return report


def _land_all(collection: Mapping[str, Any], land: Callable[[Mapping[str, Any]], None]) -> AreasReport:
    landed, returned = 0, list[ReturnedFeature]()
    for position, feature in enumerate(_features(collection), start=1):
        try:
            with transaction.atomic():
                land(feature)
            landed += 1
        except Refused as reason:
            returned.append(ReturnedFeature(position=position, reason=reason))
    return AreasReport(landed=landed, returned=tuple(returned))


def _features(collection: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list) or not all(isinstance(feature, Mapping) for feature in features):
        raise NoCollection(N_("The file is no GeoJSON collection of features."))
    yield from features


def _manager(given: Mapping[str, Any]) -> User | None:
    username = str(given.get("manager") or "").strip()
    if not username:
        return None
    user = User.objects.filter(username=username, role=Role.CELL_MANAGER).first()
    if user is None:
        raise UnusableArea(N_("There is no cell manager with the login name %(username)s."), username=username)
    return user


def _assign_buildings() -> None:
    for building in Building.objects.all():
        boxes = Cell.objects.filter(west__lte=building.lon, east__gte=building.lon, south__lte=building.lat, north__gte=building.lat)
        found = mapping.find_containing(boxes.values_list("pk", "boundary"), lon=building.lon, lat=building.lat)
        if building.cell_id != found:
            building.cell_id = found
            building.save(update_fields=["cell"])
