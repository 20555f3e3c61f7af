"""
What can be chosen by hand for an application: connection points, lines to go over, ways of laying.
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Floats, Network
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV, Areas
from tongdian.engines.supply._candidates import (
    DEAD_END,
    check_network,
    check_site,
    connection_points,
    distances_m,
    straight_ties,
)
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._demand import Request
from tongdian.engines.supply._json import Value
from tongdian.engines.supply._known import know
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Place
from tongdian.engines.supply._way.corridors import Corridors, find_corridors
from tongdian.engines.supply._way.plane import course, to_plane
from tongdian.kit.refused import N_, Refused

AT_HAND = 3  # so many times as many lines are measured as are listed
LAYINGS = ("buried", "duct", "wall", "overhead")


class UnusableByHand(Refused):
    """
    What was chosen by hand cannot be built; the text names it. Nothing of it is changed or lost.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HandPoint(Value):
    """
    A connection point that can be chosen by hand, with the length of the cheapest way to it. ``kind``: as of an option's ``point_kind``.
    """

    bus_id: int
    bus_name: str
    bus_lon: float
    bus_lat: float
    kind: str
    transformer_name: str
    route_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLine(Value):
    """
    A line whose corridor a way can be led over, or that can be renewed: how it is laid, its length, and how far its middle is from the
    site, in metres.
    """

    line_id: int
    line_name: str
    type_name: str
    method: str
    length_m: float
    away_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandGround:
    """
    The site in its network: what can be reached from it, and how.
    """

    request: Request
    network: Network
    areas: Areas
    corridors: Corridors
    distance: Floats
    catalogue: Catalogue

    def kind(self, bus: int) -> str:
        """
        Return what the connection point at a bus (position) is.
        """
        areas = self.areas
        if areas.busbar[bus]:
            return "busbar"
        return "terminal" if areas.degree[bus] == DEAD_END and areas.loaded[bus] else "line"

    def serves(self, bus: int) -> bool:
        """
        Return whether a bus may serve this site: a customer's own terminal serves others only at hand.
        """
        return self.kind(bus) != "terminal" or bool(self.distance[bus] <= self.catalogue.rules["terminal_radius_m"])


def find_ground(request: Request, network: Network, catalogue: Catalogue) -> HandGround:
    """
    Return the site of an application at low voltage in its network.

    :raises Refused: if the application or the network cannot be planned with by hand
    """
    check_network(network)
    application = request.application
    known, site = know(network), (application.site_lon, application.site_lat)
    points, distance = connection_points(network, known.areas), distances_m(network, site)
    check_site(points, distance, catalogue, reference=application.reference)
    corridors = find_corridors(network, known.courses, site, straight_ties(points, distance, catalogue), catalogue)
    return HandGround(request=request, network=network, areas=known.areas, corridors=corridors, distance=distance, catalogue=catalogue)


def low_points_by_hand(ground: HandGround) -> tuple[HandPoint, ...]:
    """
    Return every connection point at low voltage that can be chosen by hand, the cheapest way first.
    """
    network = ground.network
    buses, areas, cost = network.buses, ground.areas, ground.corridors.ways.cost[: len(network.buses)]
    limit = ground.catalogue.rules["route_max_m"]
    usable = connection_points(network, areas) & np.isfinite(cost) & (ground.distance <= limit)
    found = []
    for bus in np.argsort(cost, kind="stable").tolist():
        if not usable[bus] or not ground.serves(bus):
            continue
        route_m = ground.corridors.length_to(bus)
        if route_m <= limit:
            point = HandPoint(
                bus_id=int(buses.id[bus]),
                bus_name=buses.name[bus],
                bus_lon=float(buses.lon[bus]),
                bus_lat=float(buses.lat[bus]),
                kind=ground.kind(bus),
                transformer_name=network.transformers.name[int(areas.transformer[bus])],
                route_m=round(route_m, 2),
            )
            found.append(point)
    return tuple(found)


def lines_by_hand(site: Place, network: Network, *, most: int = 60, catalogue: Catalogue | None = None) -> tuple[HandLine, ...]:
    """
    Return the low-voltage lines with a known course nearest to a site (lon, lat).
    """
    tables = catalogue or shipped_catalogue()
    rows, found = network.lines, []
    away = np.minimum(*(distances_m(network, site)[ends] for ends in (rows.from_bus, rows.to_bus)))
    low = network.buses.nominal_kv[rows.from_bus] < LOW_VOLTAGE_KV
    for line in [line for line in np.argsort(away, kind="stable").tolist() if low[line]][: AT_HAND * most]:
        if course(network, line) is not None:
            middle = float(np.hypot(*to_plane(np.array([_middle(network, line)]), site)[0]))
            found.append(
                HandLine(
                    line_id=int(rows.id[line]),
                    line_name=rows.name[line],
                    type_name=rows.type_name[line],
                    method=tables.corridor_method(rows.type_name[line]),
                    length_m=round(float(rows.length_m[line]), 2),
                    away_m=round(middle, 1),
                )
            )
    return tuple(sorted(found, key=lambda one: (one.away_m, one.line_id))[:most])


def place_on_line(network: Network, line_id: int) -> Place:
    """
    Return the middle of a line's course (lon, lat), for the ``via`` of :func:`evaluate_by_hand`.

    :raises UnusableByHand: if the network has no such line, or nobody knows its course
    """
    if line_id not in set(network.lines.id.tolist()):
        raise UnusableByHand(N_("The network has no line %(line)s. Choose one of the list."), line=line_id)
    line = position(network.lines, line_id)
    if course(network, line) is None:
        raise UnusableByHand(N_("Nobody knows the course of the line %(line)s. Choose another."), line=network.lines.name[line])
    return _middle(network, line)


def _middle(network: Network, line: int) -> Place:
    places = course(network, line)
    assert places is not None
    metres = np.append(0.0, np.cumsum(np.hypot(*np.diff(to_plane(places, (places[0, 0], places[0, 1])), axis=0).T)))
    half = metres[-1] / 2
    return float(np.interp(half, metres, places[:, 0])), float(np.interp(half, metres, places[:, 1]))
