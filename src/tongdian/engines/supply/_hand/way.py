"""
A way as a planner chose it, at low voltage and at 10 kV: the cheapest one over the corridors chosen, laid as chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid import Floats, Network
from tongdian.engines.supply._catalogue import CableType, Catalogue
from tongdian.engines.supply._hand.choices import LAYINGS, UnusableByHand
from tongdian.engines.supply._values import Place, Route
from tongdian.engines.supply._way.corridors import Builder, Corridors, find_route
from tongdian.engines.supply._way.graph import Ways, cheapest_ways
from tongdian.engines.supply._way.plane import Courses
from tongdian.kit.refused import N_

MOST_VIA = 3  # corridors that a way can be led over
VIA_REACH_M = 40.0  # how far from a corridor a place may lie that chooses it
ROAD = "road"  # an opened road stays one, whatever else is chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """
    Where ways are sought: the network whose lines are the corridors, these with the site (lon, lat) in them, and the tables.
    """

    network: Network
    site: Place
    corridors: Corridors
    catalogue: Catalogue


def find_way(ground: Terrain, bus: int, via: Sequence[Place]) -> tuple[Route, list[int]]:
    """
    Return the cheapest way to a bus (position) over the corridors at some places, and the edges it goes over.

    :raises UnusableByHand: if there is none, or it is longer than the rule ``route_max_m``
    """
    corridors, name = ground.corridors, ground.network.buses.name[bus]
    if len(via) > MOST_VIA:
        raise UnusableByHand(N_("A way can be led over %(most)s corridors at most. Leave some out."), most=MOST_VIA)
    if via:
        chosen = tuple(dict.fromkeys(_corridor_at(corridors, place) for place in via))
        nodes, edges, weights = _weights(ground)
        found = min(_legs(nodes, edges, weights, (corridors.ways.origin, bus), chosen), default=None)
        if found is None:
            text = N_("No way over the chosen corridors leads to %(point)s without going back on itself. Choose other corridors.")
            raise UnusableByHand(text, point=name)
        best = corridors.ways.best | {(min(edges[edge]), max(edges[edge])): edge for edge in chosen}
        ways = Ways(cost=corridors.ways.cost, origin=corridors.ways.origin, paths={bus: found[1]}, best=best)
        corridors = replace(corridors, ways=ways)
    route = find_route(corridors, bus, ground.catalogue)
    limit = ground.catalogue.rules["route_max_m"]
    if route.length_m > limit:
        text = N_("The way to %(point)s is %(length)s m long, the limit is %(limit)s m. Choose a nearer point or a shorter way.")
        raise UnusableByHand(text, point=name, length=f"{route.length_m:.0f}", limit=f"{limit:g}")
    return route, corridors.ways.to(bus)[1]


def _weights(ground: Terrain) -> tuple[int, list[tuple[int, int]], Floats]:
    """
    Return how many nodes the graph has, its edges, and what each costs.
    """
    corridors = ground.corridors
    builder = Builder(ground.network, ground.site, ground.catalogue)
    nodes = max(*(max(pair) for pair in corridors.edges), corridors.ways.origin) + 1
    return nodes, corridors.edges, np.array([builder.weight(stretch) for stretch in corridors.stretches])


def _legs(
    nodes: int, edges: list[tuple[int, int]], weights: Floats, ends: tuple[int, int], chosen: tuple[int, ...]
) -> Iterator[tuple[float, list[int]]]:
    """
    Yield cost and nodes of ways between two ends over chosen edges in their order, each in both directions; no node is passed twice.
    """
    here, there = ends
    barred = weights.copy()
    barred[list(chosen)] = np.inf  # a chosen corridor is gone over in its turn only
    ways = cheapest_ways(nodes, edges, barred.tolist(), here)
    if not chosen:
        if np.isfinite(ways.cost[there]):
            yield float(ways.cost[there]), ways.to(there)[0]
        return
    first, *later = chosen
    if not np.isfinite(weights[first]):
        return
    for enter, leave in (edges[first], edges[first][::-1]):
        if not np.isfinite(ways.cost[enter]):
            continue
        before = ways.to(enter)[0]
        if leave in before:
            continue
        after = weights.copy()
        ends_of = np.array(edges)
        after[np.isin(ends_of, before).any(axis=1)] = np.inf
        for cost, rest in _legs(nodes, edges, after, (leave, there), tuple(later)):
            yield float(ways.cost[enter] + weights[first]) + cost, [*before, *rest]


def _corridor_at(corridors: Corridors, place: Place) -> int:
    """
    Return the edge whose course lies nearest to a place.

    :raises UnusableByHand: if none lies within reach
    """
    known = [at for at, stretch in enumerate(corridors.stretches) if stretch.on_corridor and len(stretch.course) > 1]
    places = tuple(corridors.stretches[at].course for at in known)
    sizes = np.array([len(each) - 1 for each in places], dtype=np.int64)
    courses = Courses(
        lines=tuple(known),
        places=places,
        first=np.concatenate([each[:-1] for each in places]),
        last=np.concatenate([each[1:] for each in places]),
        starts=(np.cumsum(sizes) - sizes).astype(np.int64),
        owner=np.repeat(np.arange(len(places)), sizes),
    )
    away = courses.nearest(place)[0]
    nearest = int(np.argmin(away))
    if away[nearest] > VIA_REACH_M:
        text = N_("No corridor lies within %(reach)s m of the place chosen (%(lon)s, %(lat)s). Choose a place on a line.")
        raise UnusableByHand(text, reach=f"{VIA_REACH_M:g}", lon=f"{place[0]:.5f}", lat=f"{place[1]:.5f}")
    return known[nearest]


def lay(route: Route, laying: str, catalogue: Catalogue) -> Route:
    """
    Return a route laid in another way.

    :raises UnusableByHand: if that way of laying is unknown
    """
    if not laying:
        return route
    if laying not in LAYINGS or laying not in catalogue.laying:
        raise UnusableByHand(N_("There is no laying “%(laying)s”. Choose one of the list."), laying=laying)
    row = catalogue.laying[laying]
    segments = tuple(
        one if one.method == ROAD else replace(one, method=laying, name_zh=row.name_zh, name_en=row.name_en) for one in route.segments
    )
    return replace(route, segments=segments)


def find_kind(catalogue: Catalogue, code: str, parallel: int) -> CableType:
    """
    Return a cable of the table that a planner chose, some of it beside each other.

    :raises UnusableByHand: if the table has no such cable, or so many are not foreseen
    """
    kind = next((kind for kind in catalogue.cables if kind.code == code), None)
    most = int(catalogue.rules["parallel_max"])
    if kind is None:
        raise UnusableByHand(N_("The table has no cable “%(cable)s”. Choose one of the list."), cable=code)
    if not 1 <= parallel <= most:
        raise UnusableByHand(N_("%(count)s cables beside each other are not foreseen: 1 to %(most)s."), count=parallel, most=most)
    return kind
