"""
Distances on the ground between WGS84 places, in metres.

Haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984) on a sphere of the Earth's mean radius
R1 = (2a + b) / 3 of GRS 80 (H. Moritz, Geodetic Reference System 1980). Against the ellipsoid the error stays below 0.6 %.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

EARTH_RADIUS_M = 6_371_008.8
LonLat = tuple[float, float]


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """
    Return the great-circle distance in metres between two places given in degrees.
    """
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_lat, half_lon = (phi2 - phi1) / 2, math.radians(lon2 - lon1) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def length_m(path: Iterable[LonLat]) -> float:
    """
    Return the length in metres of a path of (lon, lat) places in degrees; 0 with fewer than two.
    """
    return math.fsum(distance_m(*start, *end) for start, end in pairwise(path))


def bounding_box(places: Iterable[LonLat]) -> tuple[float, float, float, float]:
    """
    Return (west, south, east, north) in degrees of places that do not span the 180th meridian.

    :raises ValueError: without any place
    """
    lons, lats = zip(*places, strict=True)
    return min(lons), min(lats), max(lons), max(lats)
