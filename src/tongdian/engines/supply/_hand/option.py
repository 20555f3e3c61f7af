"""
An option made by hand: the planner chooses the connection point, corridors to go over, cable and laying; the engine routes, prices and
checks it over every step of the year, as it does its own.

A way over chosen corridors is the cheapest that goes over them in their order and passes no place twice.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Limits, Network
from tongdian.engines.supply._answer import to_option
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV
from tongdian.engines.supply._candidates import Candidate
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._compare import ENOUGH, compare
from tongdian.engines.supply._demand import HIGH, Request, understand
from tongdian.engines.supply._evaluate import confirm, set_up
from tongdian.engines.supply._hand.choices import HandGround, HandPoint, UnusableByHand, find_ground, low_points_by_hand
from tongdian.engines.supply._hand.medium import evaluate_medium_by_hand, medium_points_by_hand
from tongdian.engines.supply._hand.way import Terrain, find_kind, find_way, lay
from tongdian.engines.supply._medium.opening import open_medium_search
from tongdian.engines.supply._search import Search
from tongdian.engines.supply._sizing import find_cables
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Application, Cable, Option, Place, Reservation, Route, SupplyPlan
from tongdian.engines.supply._way.red_line import cut_at_red_line
from tongdian.kit.refused import N_

BY_HAND = "by_hand"  # the label of such an option


def points_by_hand(
    application: Application,
    network: Network,
    *,
    reservations: Sequence[Reservation] = (),
    corridors: Network | None = None,
    catalogue: Catalogue | None = None,
) -> tuple[HandPoint, ...]:
    """
    Return every connection point that can be chosen by hand, the cheapest way first.

    :param reservations: they take ways of ring-main units; at low voltage they do not matter
    :param corridors: as :func:`propose` takes them
    :raises Refused: if the application or the network cannot be planned with
    """
    tables = catalogue or shipped_catalogue()
    request = understand(application, tables)
    if request.voltage == HIGH:
        search = open_medium_search(request, network, tuple(reservations), (tables, None), (corridors, None))
        return medium_points_by_hand(search)
    return low_points_by_hand(find_ground(request, network, tables))


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
    corridors: Network | None = None,
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
    :param corridors: at 10 kV, a network along whose lines the cable can be laid too, as :func:`propose` takes it
    :param catalogue: tables of cables, prices, rules; the shipped ones by default
    :param limits: voltage and loadings; those of the catalogue's rules by default
    :raises UnusableByHand: if the point, the way, the cable or the laying cannot be used; the text names which and why
    """
    tables = catalogue or shipped_catalogue()
    request = understand(application, tables)
    try:
        if request.voltage == HIGH:
            search = open_medium_search(request, network, tuple(reservations), (tables, limits), (corridors, None))
            option = evaluate_medium_by_hand(search, bus_id, via, cable=cable, parallel=parallel, laying=laying)
        else:
            ground = find_ground(request, network, tables)
            option = _evaluate_low(ground, tuple(reservations), limits, bus_id, via, wanted=(cable, parallel, laying))
    except grid.NoPowerFlow as none:
        text = N_("At %(point)s the network collapses under this load: the power flow has no solution. Choose another point.")
        raise UnusableByHand(text, point=network.buses.name[position(network.buses, bus_id)]) from none
    return replace(option, labels=(BY_HAND,))


def _evaluate_low(
    ground: HandGround,
    reservations: tuple[Reservation, ...],
    limits: Limits | None,
    bus_id: int,
    via: Sequence[Place],
    *,
    wanted: tuple[str, int, str],
) -> Option:
    request, tables, (cable, parallel, laying) = ground.request, ground.catalogue, wanted
    application = request.application
    bus = _find_bus(ground, bus_id)
    site = (application.site_lon, application.site_lat)
    route, _ = find_way(Terrain(network=ground.network, site=site, corridors=ground.corridors, catalogue=tables), bus, via)
    route = cut_at_red_line(lay(route, laying, tables), application.red_line)
    cables = _find_cable(request, route, tables, (cable, parallel))
    setting = set_up(request, ground.network, reservations, tables, limits)
    offer = Search(setting=setting, free_kw={}).price(Candidate(bus=bus, kind=ground.kind(bus), group=(0, 0, False)), route, cables)
    return to_option(setting, 1, offer, confirm(setting, bus, offer.cable))


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


def _find_cable(request: Request, route: Route, catalogue: Catalogue, wanted: tuple[str, int]) -> tuple[Cable, ...]:
    """
    Return the cable that was chosen, or those that hold where none was.

    :raises UnusableByHand: if the table has no such cable, or its ampacity is below its breaker
    """
    code, parallel = wanted
    if not code:
        return find_cables(request, route, catalogue)
    kind = find_kind(catalogue, code, parallel)
    alone = replace(catalogue, cables=(kind,), rules=catalogue.rules | {"parallel_max": parallel, "service_drop": 1.0})
    cable = next((one for one in find_cables(request, route, alone) if one.parallel == parallel), None)
    if cable is None or cable.ampacity_a * parallel < cable.breaker_a:
        least = find_cables(request, route, catalogue)[0]
        text = N_("%(count)s × %(cable)s is too small here: the breaker of %(breaker)s A needs more than it carries. %(least)s holds.")
        values = {"count": parallel, "cable": code, "breaker": f"{least.breaker_a:g}", "least": f"{least.parallel} × {least.code}"}
        raise UnusableByHand(text, **values)
    return (cable,)
