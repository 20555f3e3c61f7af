"""
An option made by hand: the planner chooses the connection point, corridors to go over, cable and laying; the engine routes, prices and
checks it over every step of the year, as it does its own.

A way over chosen corridors is the cheapest that goes over them in their order and passes no place twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Floats, Limits, Network
from tongdian.engines.supply._answer import to_option
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV
from tongdian.engines.supply._candidates import (
    Candidate,
)
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._compare import ENOUGH, compare
from tongdian.engines.supply._corridors import Builder, Corridors, find_route
from tongdian.engines.supply._demand import Request
from tongdian.engines.supply._evaluate import confirm, set_up
from tongdian.engines.supply._graph import Ways, cheapest_ways
from tongdian.engines.supply._hand_choices import LAYINGS, HandGround, UnusableByHand, find_ground
from tongdian.engines.supply._plane import Courses
from tongdian.engines.supply._red_line import cut_at_red_line
from tongdian.engines.supply._search import Search
from tongdian.engines.supply._sizing import find_cables
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Application, Cable, Option, Place, Reservation, Route, SupplyPlan
from tongdian.kit.refused import N_

BY_HAND = "by_hand"  # the label of such an option
MOST_VIA = 3  # corridors that a way can be led over
VIA_REACH_M = 40.0  # how far from a corridor a place may lie that chooses it
ROAD = "road"  # an opened road stays one, whatever else is chosen


def evaluate_by_hand(
    application: Application,
    network: Network,
    reservations: Sequence[Reservation],
    *,
    bus_id: int,
    via: Sequence[Place] = (),
    cable: str = "",
    parallel: int = 1,
    laying: str = "",
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
) -> Option:
    """
    Return one option as it was chosen by hand, checked over every step of the year; it may be infeasible, and then says what binds.

    :param bus_id: the connection point, an identifier of the network's source
    :param via: places (lon, lat), each on a corridor that the cable goes over, in the order from the site to the connection point
    :param cable: code of a cable type; empty: the cheapest that holds on this way
    :param parallel: how many of that cable beside each other
    :param laying: a way of laying for the whole route, opened roads apart; empty: as the corridors are
    :param catalogue: tables of cables, prices, rules; the shipped ones by default
    :param limits: voltage and loadings; those of the catalogue's rules by default
    :raises UnusableByHand: if the point, the way, the cable or the laying cannot be used; the text names which and why
    """
    tables = catalogue or shipped_catalogue()
    ground = find_ground(application, network, tables)
    bus = _find_bus(ground, bus_id)
    route = _lay(_find_way(ground, bus, via), laying, tables)
    cables = _find_cable(ground.request, cut_at_red_line(route, application.red_line), tables, (cable, parallel))
    setting = set_up(ground.request, network, tuple(reservations), tables, limits)
    candidate = Candidate(bus=bus, kind=ground.kind(bus), group=(0, 0, False))
    offer = Search(setting=setting, free_kw={}).price(candidate, cut_at_red_line(route, application.red_line), cables)
    try:
        evaluation = confirm(setting, bus, offer.cable)
    except grid.NoPowerFlow as none:
        text = N_("At %(point)s the network collapses under this load: the power flow has no solution. Choose another point.")
        raise UnusableByHand(text, point=network.buses.name[bus]) from none
    return replace(to_option(setting, 1, offer, evaluation), labels=(BY_HAND,))


def keep_by_hand(plan: SupplyPlan, option: Option, *, beside: bool = True, catalogue: Catalogue | None = None) -> SupplyPlan:
    """
    Return a plan with an option made by hand in it, recommended, ranked by cost among the others.

    :param beside: whether the plan's own options stay beside it
    :raises UnusableByHand: if the option does not hold, or is in the plan already
    """
    if not option.feasible:
        text = N_("This way does not hold: %(element)s binds. Change it until it holds, then keep it.")
        raise UnusableByHand(text, element=option.binding.element_name)
    if any(_alike(one, option) for one in plan.options):
        raise UnusableByHand(N_("This is an option of the plan already: same point, same way, same cable."))
    others = tuple(one for one in plan.options if one.feasible) if beside else ()
    tables = catalogue or shipped_catalogue()
    compared = compare((*others, option), tables)
    if not any(_alike(one, option) for one in compared.options):  # beaten, but chosen
        compared = compare((*others[: ENOUGH - 1], option), tables)
    at = next(at for at, one in enumerate(compared.options) if _alike(one, option))
    options = tuple(replace(one, labels=(*one.labels, BY_HAND)) if i == at else one for i, one in enumerate(compared.options))
    return replace(plan, options=options, recommended=at, feasible=True, comparison=compared.rows, turns=compared.turns, ways_out=())


def _alike(one: Option, other: Option) -> bool:
    return (one.bus_id, one.route, one.cable) == (other.bus_id, other.route, other.cable)


def _find_bus(ground: HandGround, bus_id: int) -> int:
    """
    Return where a chosen connection point stands.

    :raises UnusableByHand: if the site cannot be connected there
    """
    network, areas = ground.network, ground.areas
    if bus_id not in set(network.buses.id.tolist()):
        raise UnusableByHand(N_("The network has no connection point %(bus)s. Choose one of the list."), bus=bus_id)
    bus = position(network.buses, bus_id)
    name = network.buses.name[bus]
    if network.buses.nominal_kv[bus] >= LOW_VOLTAGE_KV:
        raise UnusableByHand(N_("%(point)s is not at low voltage. Choose a point at low voltage."), point=name)
    if not areas.live[bus] or areas.transformer[bus] < 0:
        text = N_("%(point)s lies in a part of the network that no transformer feeds. Choose a point that is live.")
        raise UnusableByHand(text, point=name)
    if not ground.serves(bus):
        text = N_("%(point)s is another customer's own terminal, %(distance)s m from the site; it serves others only within %(limit)s m.")
        limit = ground.catalogue.rules["terminal_radius_m"]
        raise UnusableByHand(text, point=name, distance=f"{ground.distance[bus]:.0f}", limit=f"{limit:g}")
    if not np.isfinite(ground.corridors.ways.cost[bus]):
        raise UnusableByHand(N_("No corridor leads from the site to %(point)s. Choose a point that a line reaches."), point=name)
    return bus


def _find_way(ground: HandGround, bus: int, via: Sequence[Place]) -> Route:
    """
    Return the cheapest way to a bus over the corridors at some places.

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
    return route


def _weights(ground: HandGround) -> tuple[int, list[tuple[int, int]], Floats]:
    """
    Return how many nodes the graph has, its edges, and what each costs.
    """
    application, corridors = ground.request.application, ground.corridors
    builder = Builder(ground.network, (application.site_lon, application.site_lat), ground.catalogue)
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


def _lay(route: Route, laying: str, catalogue: Catalogue) -> Route:
    """
    Return a route laid in another way.

    :raises UnusableByHand: if that way of laying is unknown
    """
    if not laying:
        return route
    if laying not in LAYINGS:
        raise UnusableByHand(N_("There is no laying “%(laying)s”. Choose one of the list."), laying=laying)
    row = catalogue.laying[laying]
    segments = tuple(
        one if one.method == ROAD else replace(one, method=laying, name_zh=row.name_zh, name_en=row.name_en) for one in route.segments
    )
    return replace(route, segments=segments)


def _find_cable(request: Request, route: Route, catalogue: Catalogue, wanted: tuple[str, int]) -> tuple[Cable, ...]:
    """
    Return the cable that was chosen, or those that hold where none was.

    :raises UnusableByHand: if the table has no such cable, or its ampacity is below its breaker
    """
    code, parallel = wanted
    if not code:
        return find_cables(request, route, catalogue)
    kind = next((kind for kind in catalogue.cables if kind.code == code), None)
    most = int(catalogue.rules["parallel_max"])
    if kind is None:
        raise UnusableByHand(N_("The table has no cable “%(cable)s”. Choose one of the list."), cable=code)
    if not 1 <= parallel <= most:
        raise UnusableByHand(N_("%(count)s cables beside each other are not foreseen: 1 to %(most)s."), count=parallel, most=most)
    alone = replace(catalogue, cables=(kind,), rules=catalogue.rules | {"parallel_max": parallel, "service_drop": 1.0})
    cable = next((one for one in find_cables(request, route, alone) if one.parallel == parallel), None)
    if cable is None or cable.ampacity_a * parallel < cable.breaker_a:
        least = find_cables(request, route, catalogue)[0]
        text = N_("%(count)s × %(cable)s is too small here: the breaker of %(breaker)s A needs more than it carries. %(least)s holds.")
        values = {"count": parallel, "cable": code, "breaker": f"{least.breaker_a:g}", "least": f"{least.parallel} × {least.code}"}
        raise UnusableByHand(text, **values)
    return (cable,)
