"""
A small map around an option: nearby lines with their greatest loading of the year, buses, the new route.
"""

import math
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Network
from tongdian.engines.supply._describe import MAP_M, lines_near
from tongdian.engines.supply._json import Value
from tongdian.engines.supply._values import Option, Place
from tongdian.engines.supply._way.plane import METRES_PER_DEGREE, course, find_courses


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLine(Value):
    """
    An existing line near the route; loadings are None where its island was not part of the plan. ``feeds``: it carries the option.
    """

    line_id: int
    name: str
    type_name: str
    path: tuple[Place, ...]
    in_service: bool
    feeds: bool
    loading_before: float | None
    loading_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearBus(Value):
    """
    A bus near the route: ``connection``, ``busbar`` or ``node``.
    """

    bus_id: int
    name: str
    lon: float
    lat: float
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood(Value):
    """
    What a small map shows. ``west``, ``south``, ``east``, ``north``: its bounds in degrees; the route is the option's.
    """

    lines: tuple[NearLine, ...]
    buses: tuple[NearBus, ...]
    west: float
    south: float
    east: float
    north: float


def _near_line(network: Network, line: int, option: Option) -> NearLine:
    places = course(network, line)
    assert places is not None
    identifier = int(network.lines.id[line])
    loading = {row.line_id: row for row in option.line_loadings}.get(identifier)
    return NearLine(
        line_id=identifier,
        name=network.lines.name[line],
        type_name=network.lines.type_name[line],
        path=tuple((round(float(lon), 7), round(float(lat), 7)) for lon, lat in places),
        in_service=bool(network.lines.in_service[line]),
        feeds=any(element.kind == "line" and element.id == identifier for element in option.feed),
        loading_before=loading.before if loading else None,
        loading_after=loading.after if loading else None,
    )


def neighbourhood(network: Network, option: Option, radius_m: float = 150.0) -> Neighbourhood:
    """
    Return the surroundings of an option's route for a small map.

    :param radius_m: how far around the route; at most the 200 m for which a plan keeps loadings
    """
    places = [place for segment in option.route.segments for place in segment.path]
    site = places[-1]
    near = lines_near(find_courses(network), option.route, min(radius_m, MAP_M))
    lon, lat = np.array(places).T
    north = radius_m / METRES_PER_DEGREE
    east = north / math.cos(math.radians(site[1]))
    west, south, right, top = lon.min() - east, lat.min() - north, lon.max() + east, lat.max() + north
    buses = network.buses
    inside = (buses.lon >= west) & (buses.lon <= right) & (buses.lat >= south) & (buses.lat <= top)
    busbars = {int(bus) for bus in network.transformers.lv_bus}
    return Neighbourhood(
        lines=tuple(_near_line(network, line, option) for line in near),
        buses=tuple(
            NearBus(
                bus_id=int(buses.id[bus]),
                name=buses.name[bus],
                lon=float(buses.lon[bus]),
                lat=float(buses.lat[bus]),
                role="connection" if buses.id[bus] == option.bus_id else "busbar" if bus in busbars else "node",
            )
            for bus in np.flatnonzero(inside).tolist()
        ),
        west=float(west),
        south=float(south),
        east=float(right),
        north=float(top),
    )
