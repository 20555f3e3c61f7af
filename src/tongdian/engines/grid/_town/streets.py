"""
Streets of a made-up town, and where a 10 kV feeder, its stations and their low-voltage feeders run along them.

Every substation has a square of its own and eight rings; a ring's two feeders leave it side by side, each up its own main street:

      ┄┄┄┄┄┄ open point ┄┄┄┄┄┄
      │ S3 ○─┬─┬─ cross street   │ ○ S3          main streets north and south of the substation, 600 m apart,
      │ S2 ○─┴─┴─               │ ○ S2          cross streets to both sides, services to both sides of them
      └───────┬ substation ┬────┘
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._values import Floats, Ints

FEEDERS_PER_SUBSTATION = 16
SQUARE_M, STRIP_M, STATION_M, FIRST_M = 4800.0, 600.0, 220.0, 150.0
SQUARES_PER_ROW = 16
CORNER_LON, CORNER_LAT = 119.0, 32.0  # the made-up town lies nowhere in particular in a hot-summer province
METRES_PER_DEGREE = 111_195.08
SIDE_STREET_M, LONGEST_SPAN_M, SHORTEST_SPAN_M = 270.0, 45.0, 12.0
PER_COURSE, COURSES = 18, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """
    One low-voltage feeder. ``trunk``: the way [points, 2] into every joint from the one before it (the first from the station);
    ``services``: the joint of every connection and the way from it to the connection.
    """

    trunk: tuple[Floats, ...]
    services: tuple[tuple[int, Floats], ...]
    overhead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """
    A station: the way of the 10 kV cable into it and its low-voltage feeders. Places in metres east and north of the town's corner.
    """

    approach: Floats
    courses: tuple[Course, ...]

    @property
    def counts(self) -> list[int]:
        """
        How many connections each low-voltage feeder has.
        """
        return [len(course.services) for course in self.courses]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """
    Where a feeder lies: substation, main street (its x at any y), direction, and the way of the tie to its sister feeder.
    """

    substation: tuple[float, float]
    street_x: float
    direction: float
    phase: float

    def main(self, y: float) -> tuple[float, float]:
        """
        Return the place on the main street at a distance from the substation.
        """
        return self.street_x + 12.0 * float(np.sin(y / 180.0 + self.phase)), self.substation[1] + self.direction * y


def place_strip(index: int, random: np.random.Generator) -> Strip:
    """
    Return where feeder ``index`` of the town lies; depends on nothing but the index and the generator.
    """
    square, own = divmod(index, FEEDERS_PER_SUBSTATION)
    ring, side = divmod(own, 2)
    column, southward = ring % 4, ring // 4
    x = (square % SQUARES_PER_ROW + 0.5) * SQUARE_M
    y = (square // SQUARES_PER_ROW + 0.5) * SQUARE_M
    street_x = x + (column - 1.5) * 2 * STRIP_M + (side - 0.5) * STRIP_M
    phase = float(random.uniform(0, 2 * np.pi))
    return Strip(substation=(x, y), street_x=street_x, direction=-1.0 if southward else 1.0, phase=phase)


def lay_area(strip: Strip, number: int, connections: int, random: np.random.Generator, *, overhead: bool) -> Area:
    """
    Return station ``number`` (0 nearest the substation) with its streets and connections.
    """
    y = FIRST_M + (number + 0.5) * STATION_M
    courses = int(np.clip(round(connections / PER_COURSE), 1, min(COURSES, connections)))
    counts = 1 + random.multinomial(connections - courses, np.full(courses, 1 / courses))
    streets = random.permutation(COURSES)[:courses].tolist()
    laid = (_lay_course(strip, y, street, int(count), random, overhead=overhead) for street, count in zip(streets, counts, strict=True))
    return Area(approach=_approach(strip, number, y), courses=tuple(laid))


def tie_course(strip: Strip, stations: int) -> Floats:
    """
    Return the way from a feeder's last station across to its sister's.
    """
    y = FIRST_M + (stations - 0.5) * STATION_M
    x, north = strip.main(y)
    return np.array([[x, north], [x, north + strip.direction * 60], [x + STRIP_M, north + strip.direction * 60], [x + STRIP_M, north]])


def lengths_of(paths: Sequence[Floats]) -> Floats:
    """
    Return the length of every way in metres, to the centimetre.
    """
    pieces = np.hypot(*np.diff(np.concatenate(paths), axis=0).T)
    ends = np.cumsum([len(path) for path in paths])
    pieces[ends[:-1] - 1] = 0.0  # from the end of a way to the beginning of the next
    starts = np.concatenate([[0], ends[:-1]])
    return np.array([round(length, 2) for length in np.add.reduceat(pieces, starts).tolist()])


def to_degrees(path: Floats) -> Floats:
    """
    Return a way [points, 2] in WGS84 degrees (lon, lat), to about a centimetre.
    """
    lat = CORNER_LAT + path[:, 1] / METRES_PER_DEGREE
    lon = CORNER_LON + path[:, 0] / (METRES_PER_DEGREE * np.cos(np.deg2rad(CORNER_LAT)))
    return np.round(np.stack([lon, lat], axis=1), 7)


def split_connections(total: int, stations: int, random: np.random.Generator) -> Ints:
    """
    Return how many connections each station has, unequal, together exactly ``total``.
    """
    least = min(5, total // stations)
    weights = random.dirichlet(np.full(stations, 12.0))
    counts: Ints = least + random.multinomial(total - least * stations, weights)
    return counts


def _approach(strip: Strip, number: int, y: float) -> Floats:
    if number:
        stretch = np.linspace(y - STATION_M, y, 5)
        return np.array([strip.main(float(at)) for at in stretch])
    x0, y0 = strip.substation
    along = y0 + strip.direction * 40.0
    return np.array([[x0, y0], [x0, along], [strip.main(40.0)[0], along], *(strip.main(float(at)) for at in np.linspace(100.0, y, 3))])


def _lay_course(strip: Strip, y: float, street: int, count: int, random: np.random.Generator, *, overhead: bool) -> Course:
    """
    Lay a feeder up or down the main street to its cross street and along it; ``street`` 0–5: three cross streets to two sides.
    """
    row, side = street // 2 - 1, street % 2 * 2 - 1
    corner_y = y + row * STATION_M / 3
    corner = np.array(strip.main(corner_y))
    per_joint = int(random.integers(2, 4)) if overhead else int(random.integers(3, 5))
    joints = -(-count // per_joint)
    span = float(np.clip(SIDE_STREET_M / joints, SHORTEST_SPAN_M, LONGEST_SPAN_M)) * float(random.uniform(0.85, 1.0))
    bend = float(random.uniform(0, 2 * np.pi))

    def at(distance: float) -> Floats:
        place: Floats = corner + np.array([side * distance, 5.0 * float(np.sin(distance / 90.0 + bend)) - 5.0 * float(np.sin(bend))])
        return place

    trunk, services = [], []
    for joint in range(joints):
        reached = 15.0 + joint * span
        before = reached - span
        start = [np.array(strip.main(y)), *([corner] if row else [])] if joint == 0 else [at(before), at(before + span / 2)]
        trunk.append(np.array([*start, at(reached)]))
        for place in range(min(per_joint, count - joint * per_joint)):
            across = (1 if place % 2 else -1) * float(random.uniform(8.0, 22.0))
            house = at(reached) + np.array([side * (place // 2) * 7.0, across])
            services.append((joint, np.array([at(reached), house])))
    return Course(trunk=tuple(trunk), services=tuple(services), overhead=overhead)
