"""
Distances on the ground, near a site: an equirectangular plane in metres, good to a few centimetres over some kilometres.
"""

import math
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """
    The courses of all lines that have one, as segments: ``first`` and ``last`` [segments, 2], ``starts`` of each line's segments.
    """

    lines: tuple[int, ...]
    places: tuple[Floats, ...]
    first: Floats
    last: Floats
    starts: Ints
    owner: Ints

    def nearest(self, origin: tuple[float, float]) -> tuple[Floats, Ints, Floats]:
        """
        Return for each line its distance from the origin in metres, and where: the number of its segment, the fraction of it.
        """
        first, last = to_plane(self.first, origin), to_plane(self.last, origin)
        along = last - first
        square = np.maximum((along**2).sum(axis=1), 1e-12)
        fraction = np.clip(-(first * along).sum(axis=1) / square, 0.0, 1.0)
        distance = np.hypot(*(first + fraction[:, None] * along).T)
        least = np.minimum.reduceat(distance, self.starts) if len(distance) else distance
        best = np.flatnonzero(distance == least[self.owner])
        where = best[np.unique(self.owner[best], return_index=True)[1]]
        return least, where - self.starts, fraction[where]


def find_courses(network: Network) -> Courses:
    """
    Return the courses of all lines of a network that have one.
    """
    known = [(line, found) for line in range(len(network.lines)) if (found := course(network, line)) is not None]
    places = tuple(found for _, found in known)
    sizes = np.array([len(each) - 1 for each in places], dtype=np.int64)
    nothing = np.empty((0, 2))
    return Courses(
        lines=tuple(line for line, _ in known),
        places=places,
        first=np.concatenate([nothing, *(each[:-1] for each in places)]),
        last=np.concatenate([nothing, *(each[1:] for each in places)]),
        starts=(np.cumsum(sizes) - sizes).astype(np.int64),
        owner=np.repeat(np.arange(len(places)), sizes),
    )


def cut(places: Floats, segment: int, fraction: float) -> tuple[Floats, Floats]:
    """
    Return the two parts of a course that is cut at a fraction of one of its segments.
    """
    point = places[segment] + fraction * (places[segment + 1] - places[segment])
    return np.vstack([places[: segment + 1], point]), np.vstack([point, places[segment + 1 :]])
