"""
A route cut where it enters the customer's plot: the red line decides who pays.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tongdian.engines.grid import Floats
from tongdian.engines.supply._values import Place, Route, Segment
from tongdian.engines.supply._way.plane import length_m
from tongdian.kit.refused import N_, Refused

LEAST_CORNERS = 3


class UnusableRedLine(Refused):
    """
    The red line is no outline of a plot.
    """


def cut_at_red_line(route: Route, red_line: tuple[Place, ...]) -> Route:
    """
    Return a route whose segments say whether they lie within a red line (corners in lon, lat; closed by itself); lengths add up as before.

    :raises UnusableRedLine: for fewer than three different corners
    """
    if not red_line:
        return route
    corners = np.array(red_line, dtype=np.float64)
    if len({tuple(corner) for corner in corners.tolist()}) < LEAST_CORNERS or not np.isfinite(corners).all():
        raise UnusableRedLine(N_("The red line has fewer than three corners. Draw the outline of the plot."))
    return replace(route, segments=tuple(piece for segment in route.segments for piece in _pieces(segment, corners)))


def _pieces(segment: Segment, corners: Floats) -> Iterator[Segment]:
    path = np.array(segment.path, dtype=np.float64)
    points, sides = [path[0]], []
    for one, other in itertools.pairwise(path):
        marks = [0.0, *_cuts(one, other, corners), 1.0]
        for low, high in itertools.pairwise(marks):
            points.append(one + high * (other - one))
            sides.append(_is_inside(one + (low + high) / 2 * (other - one), corners))
    whole = max(length_m(path), 1e-9)
    begin = 0
    for at in range(1, len(sides) + 1):
        if at < len(sides) and sides[at] == sides[begin]:
            continue
        part = np.array(points[begin : at + 1])
        share = length_m(part) / whole if len(path) > 1 else 1.0
        places = tuple((round(float(lon), 8), round(float(lat), 8)) for lon, lat in part)
        yield replace(segment, length_m=round(segment.length_m * share, 2), path=places, on_plot=sides[begin])
        begin = at


def _cuts(one: Floats, other: Floats, corners: Floats) -> list[float]:
    """
    Return the fractions of a line at which it crosses the outline.
    """
    ends = np.roll(corners, -1, axis=0)
    way, edge = other - one, ends - corners
    across = way[0] * edge[:, 1] - way[1] * edge[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = corners - one
        along = (offset[:, 0] * edge[:, 1] - offset[:, 1] * edge[:, 0]) / across
        on_edge = (offset[:, 0] * way[1] - offset[:, 1] * way[0]) / across
    hit = (np.abs(across) > 0) & (along > 0) & (along < 1) & (on_edge >= 0) & (on_edge < 1)
    return sorted(set(np.round(along[hit], 9).tolist()))


def _is_inside(place: Floats, corners: Floats) -> bool:
    """
    Return whether a place lies within an outline, by the number of edges to its east.
    """
    ends = np.roll(corners, -1, axis=0)
    spans = (corners[:, 1] > place[1]) != (ends[:, 1] > place[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = corners[:, 0] + (place[1] - corners[:, 1]) / (ends[:, 1] - corners[:, 1]) * (ends[:, 0] - corners[:, 0])
    return bool(np.count_nonzero(spans & (cross > place[0])) % 2)
