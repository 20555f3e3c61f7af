"""
The map of what every bus can still carry, and its legend that counts.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tongdian.apps.network.queries import BusRoom, NearbyNetwork
from tongdian.interfaces.console.network_map import Frame, path_of
from tongdian.interfaces.console.words import say_number

BOUNDS_KW = (7, 21, 60, 85)  # one slow charger; an elevator; a row of chargers; a small workshop
DIGITS = 6  # of a degree: a decimetre


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """
    One class of the legend: its style, words, how many buses it has and its part of the bar in per cent.
    """

    style: str
    label: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityMap:
    """
    The drawing (courses of lines, points by class) and the same as numbers for the map that can be moved.
    """

    lines: str
    points: tuple[tuple[str, str], ...]
    chosen: tuple[float, float] | None
    said: str
    layers: dict[str, Any]


def class_of(kw: float | None) -> int:
    """
    Return the class of a capacity, 0 to 4; what nothing limits is in the last.
    """
    return len(BOUNDS_KW) if kw is None else sum(kw >= bound for bound in BOUNDS_KW)


def count_classes(rooms: Iterable[BusRoom]) -> tuple[Share, ...]:
    """
    Return the legend: every class with its count.
    """
    counts = [0] * (len(BOUNDS_KW) + 1)
    for room in rooms:
        counts[class_of(room.kw)] += 1
    labels = [
        gettext("under %(kw)s kW") % {"kw": BOUNDS_KW[0]},
        *(f"{low}–{high} kW" for low, high in itertools.pairwise(BOUNDS_KW)),
        gettext("%(kw)s kW and more") % {"kw": BOUNDS_KW[-1]},
    ]
    total, reached, shares = max(sum(counts), 1), 0.0, []
    for at, (label, count) in enumerate(zip(labels, counts, strict=True)):
        width = 100 * count / total
        shares.append(Share(style=f"cap-{at}", label=label, count=count, x=round(reached, 3), width=round(width, 3)))
        reached += width
    return tuple(shares)


def draw_capacity(
    rooms: Sequence[BusRoom], nearby: NearbyNetwork, frame: Frame, *, chosen: int | None, view: Sequence[float] | None = None
) -> CapacityMap:
    """
    Draw the network and every bus in the colour of its class, the small capacities on top.

    :param chosen: the bus that is explained beside the map
    :param view: west, south, east, north to begin with; all of the frame by default
    """
    by_class: list[list[str]] = [[] for _ in range(len(BOUNDS_KW) + 1)]
    for room in rooms:
        x, y = frame.place(room.place)
        by_class[class_of(room.kw)].append(f"M{x:.1f} {y:.1f}h0")
    points = tuple((f"cap-{at}", "".join(by_class[at])) for at in reversed(range(len(by_class))))
    picked = next((room for room in rooms if room.bus_id == chosen), None)
    buses = [[*_round(room.place), class_of(room.kw), room.bus_id] for room in rooms]
    layers = {
        "bounds": list(view or frame.box()),
        "lines": [[_round(place) for place in path] for _, path in nearby.lines],
        "buses": buses,
        "stations": [{"label": name, "place": _round(place)} for name, place in nearby.stations],
        "chosen": _round(picked.place) if picked else None,
    }
    said = gettext("Map of %(count)s connection points, coloured by the kW each can still carry; the table below says the same.")
    return CapacityMap(
        lines="".join(path_of(path, frame) for _, path in nearby.lines),
        points=points,
        chosen=frame.place(picked.place) if picked else None,
        said=said % {"count": say_number(len(rooms), 0)},
        layers=layers,
    )


def _round(place: Sequence[float]) -> list[float]:
    return [round(place[0], DIGITS), round(place[1], DIGITS)]
