"""
Reading places.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from tongdian.apps.places import mapping
from tongdian.apps.places.models import Building, Cell, Region, UsagePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """
    A grid cell as lists and maps show it.
    """

    code: str
    name: str
    region: str
    manager: str
    buildings: int
    boundary: dict[str, Any]


def get_building(*, building_id: int) -> Building:
    """
    Return a building with its community.
    """
    return Building.objects.select_related("community").get(pk=building_id)


def list_building_names() -> tuple[tuple[int, str], ...]:
    """
    Return all buildings as (identifier, name with its community).
    """
    found = Building.objects.select_related("community").order_by("community__city", "community__county", "community__name", "name")
    return tuple((building.pk, str(building)) for building in found)


def count_energised() -> int:
    """
    Return at how many usage points power is on.
    """
    return UsagePoint.objects.filter(energised_at__isnull=False).count()


def find_cell(*, lon: float, lat: float) -> Cell | None:
    """
    Return the grid cell in which a place lies, None where there is none.
    """
    boxes = Cell.objects.filter(west__lte=lon, east__gte=lon, south__lte=lat, north__gte=lat)
    found = mapping.find_containing(boxes.values_list("pk", "boundary"), lon=lon, lat=lat)
    return None if found is None else Cell.objects.get(pk=found)


def find_region(*, lon: float, lat: float) -> Region | None:
    """
    Return the smallest city or county in which a place lies, None where there is none.
    """
    boxes = Region.objects.filter(west__lte=lon, east__gte=lon, south__lte=lat, north__gte=lat)
    areas = sorted(boxes, key=lambda region: (region.east - region.west) * (region.north - region.south))
    found = mapping.find_containing(enumerate(region.boundary for region in areas), lon=lon, lat=lat)
    return None if found is None else areas[found]


def list_cells() -> tuple[CellLine, ...]:
    """
    Return all grid cells with their managers and the number of their buildings.
    """
    return tuple(
        CellLine(
            code=cell.code,
            name=cell.name,
            region=cell.region.name if cell.region else "",
            manager=cell.manager.display_name if cell.manager else "",
            buildings=cell.count,
            boundary=json.loads(cell.boundary),
        )
        for cell in Cell.objects.select_related("region", "manager").annotate(count=Count("buildings")).order_by("code")
    )


def list_regions() -> dict[str, tuple[str, ...]]:
    """
    Return the names of all cities with those of their counties.
    """
    names: dict[str, list[str]] = {region.name: [] for region in Region.objects.filter(parent__isnull=True)}
    for region in Region.objects.filter(parent__isnull=False).select_related("parent"):
        assert region.parent is not None
        names.setdefault(region.parent.name, []).append(region.name)
    return {city: tuple(counties) for city, counties in names.items()}
