"""
From an application to ranked options: the composition of all the steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tongdian.engines.grid import Limits, Network
from tongdian.engines.supply._answer import Outs, find_options, find_outs, find_rejected, with_ways
from tongdian.engines.supply._applied import applied_by, planned_supply, required_documents
from tongdian.engines.supply._candidates import (
    check_network,
    check_site,
    connection_points,
    distances_m,
    find_candidates,
    low_voltage_kv,
    straight_ties,
)
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._compare import compare
from tongdian.engines.supply._demand import HIGH, Request, understand
from tongdian.engines.supply._evaluate import Setting, set_up
from tongdian.engines.supply._medium.opening import open_medium_search
from tongdian.engines.supply._medium.ways_out import MediumOuts, find_medium_outs
from tongdian.engines.supply._search import Search
from tongdian.engines.supply._sizing import find_cables
from tongdian.engines.supply._values import Application, Option, Rejected, Reservation, SupplyPlan
from tongdian.engines.supply._way.corridors import Corridors, find_corridors, find_route
from tongdian.engines.supply._way.red_line import cut_at_red_line
from tongdian.engines.supply._way.streets import Streets, check_street

LOAD_SHAPE = "flat"  # the applied load runs at full coincident power at every step: the safe side


def _search(setting: Setting, free_kw: Mapping[int, float], streets: Streets | None) -> tuple[Search, Corridors]:
    """
    Return the search with every considered connection point routed, sized and priced.
    """
    network, catalogue, application = setting.network, setting.catalogue, setting.request.application
    site = (application.site_lon, application.site_lat)
    points, distance = connection_points(network, setting.areas), distances_m(network, site)
    check_site(points, distance, catalogue, reference=application.reference)
    ties = straight_ties(points, distance, catalogue)
    at_streets = np.flatnonzero(points & (distance <= catalogue.rules["route_max_m"])).astype(np.int64)
    corridors = find_corridors(network, setting.courses, site, ties, catalogue, streets=streets, street_buses=at_streets)
    search = Search(setting=setting, free_kw=free_kw)
    for order, candidate in enumerate(
        find_candidates(network, setting.areas, corridors, distance, catalogue, reference=application.reference)
    ):
        route = cut_at_red_line(find_route(corridors, candidate.bus, catalogue), application.red_line)
        search.add(order, candidate, route, find_cables(setting.request, route, catalogue))
    return search, corridors


def propose(
    application: Application,
    network: Network,
    reservations: Sequence[Reservation],
    *,
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
    free_kw: Mapping[int, float] | None = None,
    corridors: Network | None = None,
    streets: Streets | None = None,
    shown: int | None = None,
    ways_out: bool = True,
) -> SupplyPlan:
    """
    Return the supply plan of one application: up to three connection points that hold all year, by cost, or why none does.

    Every option shown as feasible was confirmed by AC power flow at every step of the network's year, with the applied load at
    full coincident power all year and every reservation counted; at 10 kV also with every single section of the ring out.

    :param network: with its yearly profiles; for an application at 10 kV (see :func:`voltage_of`) the network of that level
    :param catalogue: tables of cables, prices, rules; the shipped ones by default
    :param limits: voltage at low voltage and loadings; those of the catalogue's rules by default
    :param free_kw: year-exact free capacity in kW by bus identifier; where given it replaces the low-voltage screening at the worst steps
    :param corridors: a network along whose lines a 10 kV cable can be laid too, such as the low-voltage one; by default the low-voltage
        level of the network itself
    :param streets: streets along which a cable can be laid, beside the lines that stand
    :param shown: how many options to show; by default the rule ``shown_options``
    :param ways_out: whether to look for what would make a point hold that does not
    :raises Refused: if the application, the network or a reservation cannot be planned with; the text says what to do
    """
    tables = catalogue or shipped_catalogue()
    request = understand(application, tables)
    count = shown or int(tables.rules["shown_options"])
    check_street(application, streets)
    if request.voltage == HIGH:
        asked = (corridors, streets)
        return _propose_at_medium_voltage(request, network, tuple(reservations), (tables, limits), asked, count=count, ways_out=ways_out)
    check_network(network)
    setting = set_up(request, network, tuple(reservations), tables, limits)
    search, ground = _search(setting, free_kw or {}, streets)
    considered = len(search.waiting)
    search.run(count)
    options = find_options(search)
    outs = find_outs(search, options, ground) if ways_out else Outs(by_bus={})
    plan = _plan(setting, with_ways(options, outs), find_rejected(search, outs.by_bus), considered, low_voltage_kv(network))
    return replace(plan, ways_out=() if plan.feasible else outs.ranked(), fits_kw=outs.fits_kw)


def _propose_at_medium_voltage(
    request: Request,
    network: Network,
    reservations: tuple[Reservation, ...],
    given: tuple[Catalogue, Limits | None],
    ground: tuple[Network | None, Streets | None],
    *,
    count: int,
    ways_out: bool,
) -> SupplyPlan:
    search = open_medium_search(request, network, reservations, given, ground)
    search.run(count)
    setting = search.setting
    nominal_kv = float(setting.network.buses.nominal_kv[search.ways[0].candidate.bus])
    options = search.options()
    outs = find_medium_outs(search) if ways_out else MediumOuts(by_bus={})
    plan = _plan(setting, options, search.rejected(outs.by_bus), len(search.ways), nominal_kv)
    return replace(plan, ways_out=outs.ranked(), fits_kw=outs.fits_kw, network_fingerprint=network.fingerprint())


def _plan(setting: Setting, options: tuple[Option, ...], rejected: tuple[Rejected, ...], considered: int, nominal_kv: float) -> SupplyPlan:
    request, network, feasible = setting.request, setting.network, any(option.feasible for option in options)
    assert network.profiles is not None
    compared = compare(options, setting.catalogue)
    application = request.application
    return SupplyPlan(
        application=application,
        options=compared.options,
        recommended=0 if feasible else None,
        feasible=feasible,
        applied_kw=request.applied_kw,
        applied_kva=request.applied_kva,
        demands=request.demands,
        reserve_kw=round(request.load.p_kw, 6),
        reserve_kvar=round(request.load.q_kvar, 6),
        load_shape=LOAD_SHAPE,
        rejected=rejected,
        considered=considered,
        network_source=network.source,
        network_fingerprint=setting.study.fingerprint,
        year_label=network.profiles.label,
        limits=setting.limits,
        transformer_planning=setting.catalogue.rules["transformer_planning"],
        voltage=request.voltage,
        nominal_kv=nominal_kv,
        comparison=compared.rows,
        turns=compared.turns,
        applied_by=applied_by(request.demands, (request.applied_kw, request.applied_kva), setting.catalogue),
        documents=required_documents(application, request.voltage, setting.catalogue),
        supply=planned_supply(application, setting.catalogue),
    )
