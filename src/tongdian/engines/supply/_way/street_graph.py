"""
Streets woven into the graph of corridors: their points are nodes, buses and the site are tied to the nearest of them, barriers cost extra.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Bools, Floats, Ints
from tongdian.engines.supply._catalogue import Catalogue, MissingRow
from tongdian.engines.supply._tables import StreetLaying
from tongdian.engines.supply._values import Place
from tongdian.engines.supply._way.plane import to_plane
from tongdian.engines.supply._way.streets import Streets
from tongdian.kit.refused import N_

DECIMALS = 7  # of a degree: points this near are one
AT_END = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """
    A stretch of street between two nodes of its own numbering, with what it crosses.
    """

    ends: tuple[int, int]
    street: str
    laying: StreetLaying
    crossings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Woven:
    """
    Streets near a site: places [nodes, 2], pieces, and for each place to be tied the nodes it is tied to.
    """

    places: Floats
    pieces: tuple[Piece, ...]
    ties: tuple[tuple[int, ...], ...]
    barriers: "Barriers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """
    What cannot be crossed for nothing, as segments [count, 2]; ``owner`` is the position of each segment's barrier in ``kinds``.
    """

    kinds: tuple[str, ...]
    first: Floats
    last: Floats
    owner: Ints

    def crossings(self, one: Floats, other: Floats) -> tuple[str, ...]:
        """
        Return what a straight line crosses, each barrier once.
        """
        if not len(self.first):
            return ()
        crossed = _crossed(one, other, self.first, self.last)
        return tuple(self.kinds[at] for at in np.unique(self.owner[crossed]).tolist())


def _barriers(streets: Streets) -> Barriers:
    empty = np.empty((0, 2))
    sizes = [len(barrier.path) - 1 for barrier in streets.barriers]
    return Barriers(
        kinds=tuple(barrier.kind for barrier in streets.barriers),
        first=np.concatenate([empty, *(barrier.path[:-1] for barrier in streets.barriers)]),
        last=np.concatenate([empty, *(barrier.path[1:] for barrier in streets.barriers)]),
        owner=np.repeat(np.arange(len(sizes)), sizes).astype(np.int64),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segments:
    first: Floats
    last: Floats
    owner: Ints


def weave(streets: Streets, site: Place, wanted: Floats, reach_m: float, catalogue: Catalogue, *, tie_m: float) -> Woven:
    """
    Return the streets within reach of a site as a graph.

    :param wanted: places [count, 2] to be tied to their nearest street, the site first; farther than ``tie_m`` they stay apart
    :raises MissingRow: if no row says how a cable is laid along a kind of street
    """
    rows = {row.kind: row for row in catalogue.streets}
    segments = _near_segments(streets, site, reach_m)
    splits: dict[int, list[float]] = {}
    spots = []
    for place in wanted:
        spot = _nearest(segments, place, tie_m)
        spots.append(spot)
        if spot is not None:
            splits.setdefault(spot[0], []).append(spot[1])
    numbers: dict[tuple[float, float], int] = {}

    def number(place: Floats) -> int:
        return numbers.setdefault((round(float(place[0]), DECIMALS), round(float(place[1]), DECIMALS)), len(numbers))

    barriers = _barriers(streets)
    pieces = []
    for at in range(len(segments.first)):
        street = streets.streets[int(segments.owner[at])]
        if street.kind not in rows and "road" not in rows:
            raise MissingRow(N_("No row says how a cable is laid along “%(kind)s”. Add one to the table of streets."), kind=street.kind)
        marks = [0.0, *sorted({fraction for fraction in splits.get(at, ()) if AT_END < fraction < 1 - AT_END}), 1.0]
        points = [segments.first[at] + mark * (segments.last[at] - segments.first[at]) for mark in marks]
        for one, other in itertools.pairwise(points):
            crossed = barriers.crossings(one, other)
            laying = rows.get(street.kind) or rows["road"]
            pieces.append(Piece(ends=(number(one), number(other)), street=street.name, laying=laying, crossings=crossed))
    ties = tuple(() if spot is None else (number(_point(segments, spot)),) for spot in spots)
    return Woven(places=np.array(list(numbers), dtype=np.float64).reshape(-1, 2), pieces=tuple(pieces), ties=ties, barriers=barriers)


def _point(segments: _Segments, spot: tuple[int, float]) -> Floats:
    at, fraction = spot
    bounded = 0.0 if fraction <= AT_END else 1.0 if fraction >= 1 - AT_END else fraction
    return np.asarray(segments.first[at] + bounded * (segments.last[at] - segments.first[at]))


def _near_segments(streets: Streets, site: Place, reach_m: float) -> _Segments:
    def every() -> Iterator[tuple[int, Floats, Floats]]:
        for owner, street in enumerate(streets.streets):
            plane = to_plane(street.path, site)
            near: Bools = np.hypot(*plane.T) <= reach_m
            for at in np.flatnonzero(near[:-1] | near[1:]).tolist():
                yield owner, street.path[at], street.path[at + 1]

    found = list(every())
    empty = np.empty((0, 2))
    return _Segments(
        first=np.array([first for _, first, _ in found]) if found else empty,
        last=np.array([last for _, _, last in found]) if found else empty,
        owner=np.array([owner for owner, _, _ in found], dtype=np.int64),
    )


def _nearest(segments: _Segments, place: Floats, tie_m: float) -> tuple[int, float] | None:
    if not len(segments.first):
        return None
    origin = (float(place[0]), float(place[1]))
    first, last = to_plane(segments.first, origin), to_plane(segments.last, origin)
    along = last - first
    fraction = np.clip(-(first * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12), 0.0, 1.0)
    distance = np.hypot(*(first + fraction[:, None] * along).T)
    at = int(distance.argmin())
    return (at, float(fraction[at])) if distance[at] <= tie_m else None


def _crossed(one: Floats, other: Floats, first: Floats, last: Floats) -> Bools:
    """
    Return for each of some segments whether the line between two places crosses it (by the signs of four areas).
    """

    def side(p: Floats, q: Floats, r: Floats) -> Floats:
        return np.asarray((q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0]))

    return np.asarray((side(one, other, first) * side(one, other, last) < 0) & (side(first, last, one) * side(first, last, other) < 0))
