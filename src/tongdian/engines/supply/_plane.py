"""
Distances on the ground, near a site: an equirectangular plane in metres, good to a few centimetres over some kilometres.
"""

import math

import numpy as np

from tongdian.engines.grid import Floats, Ints, Network

METRES_PER_DEGREE = math.pi * 6_371_008.8 / 180  # mean radius of the Earth, IUGG


def to_plane(places: Floats, origin: tuple[float, float]) -> Floats:
    """
    Return places [n, 2] of lon, lat as metres east and north of an origin.
    """
    scale = np.array([METRES_PER_DEGREE * math.cos(math.radians(origin[1])), METRES_PER_DEGREE])
    return np.asarray((places - np.array(origin)) * scale, dtype=np.float64)


def length_m(places: Floats) -> float:
    """
    Return the length of a course [n, 2] of lon, lat in metres.
    """
    plane = to_plane(places, (float(places[0, 0]), float(places[0, 1])))
    return float(np.hypot(*np.diff(plane, axis=0).T).sum())


def course(network: Network, line: int) -> Floats | None:
    """
    Return the course of a line [points, 2] of lon, lat: its path, else the straight way between its buses; None if unknown.
    """
    path = network.lines.path[line]
    if path is not None and len(path) > 1:
        return path
    ends = [network.lines.from_bus[line], network.lines.to_bus[line]]
    places = np.column_stack([network.buses.lon[ends], network.buses.lat[ends]])
    return places if np.isfinite(places).all() else None


def nearest_on(courses: list[Floats], origin: tuple[float, float]) -> tuple[Floats, Floats, Ints]:
    """
    Return for each course its distance from the origin in metres, and where: fraction of a segment, and the segment's number.
    """
    sizes = np.array([len(places) - 1 for places in courses])
    first = np.concatenate([to_plane(places[:-1], origin) for places in courses])
    last = np.concatenate([to_plane(places[1:], origin) for places in courses])
    along = last - first
    square = np.maximum((along**2).sum(axis=1), 1e-12)
    fraction = np.clip(-(first * along).sum(axis=1) / square, 0.0, 1.0)
    distance = np.hypot(*(first + fraction[:, None] * along).T)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(courses)), sizes)
    order = np.lexsort((np.arange(len(distance)), distance, owner))
    best = order[starts]
    return distance[best], fraction[best], best - starts


def cut(places: Floats, segment: int, fraction: float) -> tuple[Floats, Floats]:
    """
    Return the two parts of a course that is cut at a fraction of one of its segments.
    """
    point = places[segment] + fraction * (places[segment + 1] - places[segment])
    return np.vstack([places[: segment + 1], point]), np.vstack([point, places[segment + 1 :]])
