"""
Between stored boundaries and shapes. The only file of this app that imports shapely, late.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tongdian.kit.refused import N_, Refused


class UnusableBoundary(Refused):
    """
    A feature has no boundary that encloses an area on Earth.
    """


def read_boundary(feature: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the columns of an area from a GeoJSON feature (RFC 7946, WGS84): boundary and bounding box.

    :raises UnusableBoundary: if it is no polygon, crosses itself, or lies off the Earth
    """
    from shapely.geometry import shape
    from shapely.validation import explain_validity

    geometry = feature.get("geometry") or {}
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise UnusableBoundary(N_("The boundary is no polygon but: %(kind)s."), kind=str(geometry.get("type")))
    try:
        polygon = shape(geometry)
    except Exception as error:  # shapely has no common class for what it cannot read
        raise UnusableBoundary(N_("The boundary cannot be read: %(reason)s."), reason=str(error)) from error
    if polygon.is_empty or not polygon.is_valid:
        raise UnusableBoundary(N_("The boundary cannot be read: %(reason)s."), reason=explain_validity(polygon))
    west, south, east, north = polygon.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:  # noqa: PLR2004 - degrees
        raise UnusableBoundary(N_("The boundary is not in WGS84 degrees of longitude and latitude."))
    return {"boundary": json.dumps(geometry), "west": west, "south": south, "east": east, "north": north}


def find_containing(areas: Iterable[tuple[int, str]], *, lon: float, lat: float) -> int | None:
    """
    Return the key of the first area, given as (key, boundary), that contains a place or has it on its border.
    """
    from shapely.geometry import Point

    place = Point(lon, lat)
    return next((key for key, boundary in areas if _shape(boundary).covers(place)), None)


@lru_cache(maxsize=512)
def _shape(boundary: str) -> Any:  # noqa: ANN401 - a shapely geometry
    from shapely.geometry import shape
    from shapely.prepared import prep

    return prep(shape(json.loads(boundary)))
