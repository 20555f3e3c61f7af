"""
From an application to ranked options: the composition of all the steps.
"""

import heapq
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from tongdian.engines.grid import Limits, Network, NoPowerFlow
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._candidates import (
    Candidate,
    check_network,
    check_site,
    connection_points,
    distances_m,
    find_candidates,
    low_voltage_kv,
    straight_ties,
)
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._checks import fails_at_site_only, find_binding, is_feasible, single_check
from tongdian.engines.supply._corridors import find_corridors, find_route
from tongdian.engines.supply._demand import HIGH, Request, understand
from tongdian.engines.supply._describe import MAP_M, find_feed, lines_near, map_loadings
from tongdian.engines.supply._evaluate import Evaluation, Setting, cable_checks, collapse, confirm, glance, is_clearly_broken, screen
from tongdian.engines.supply._facts import Check, Cost, Material
from tongdian.engines.supply._fold import fold, fold_reservations
from tongdian.engines.supply._materials import find_policy, list_materials, sum_cost
from tongdian.engines.supply._medium import MediumSearch
from tongdian.engines.supply._medium_points import check_medium_network
from tongdian.engines.supply._medium_station import choose_station, seen_from_medium_voltage
from tongdian.engines.supply._plane import find_courses
from tongdian.engines.supply._sizing import find_cables
from tongdian.engines.supply._study import Study
from tongdian.engines.supply._values import Application, Cable, Option, Rejected, Reservation, Route, SupplyPlan

LOAD_SHAPE = "flat"  # the applied load runs at full coincident power at every step: the safe side


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    A connection point with its route and one of the cables that hold, priced; ``stronger`` are the next ones.
    """

    candidate: Candidate
    route: Route
    cable: Cable
    stronger: tuple[Cable, ...]
    materials: tuple[Material, ...]
    cost: Cost


@dataclass(slots=True, kw_only=True)
class _Search:
    """
    Offers by cost; what was found to hold, and what was not and why.
    """

    setting: Setting
    free_kw: Mapping[int, float]
    waiting: list[tuple[object, int, Offer]] = field(default_factory=list)
    found: list[tuple[Offer, Evaluation]] = field(default_factory=list)
    failed: list[tuple[Offer, tuple[Check, ...]]] = field(default_factory=list)

    def add(self, order: int, candidate: Candidate, route: Route, cables: tuple[Cable, ...]) -> None:
        """
        Price a connection point with the first of its cables and put it in the queue.
        """
        request, catalogue = self.setting.request, self.setting.catalogue
        materials = list_materials(request, route, cables[0], candidate.kind, catalogue)
        cost = sum_cost(materials, find_policy(request, catalogue))
        offer = Offer(candidate=candidate, route=route, cable=cables[0], stronger=cables[1:], materials=materials, cost=cost)
        heapq.heappush(self.waiting, (cost.total_yuan, order, offer))

    def run(self, wanted: int) -> None:
        """
        Take offers by cost until enough hold: first one of each group (feeder, terminal), then whatever is next.
        """
        put_off: list[tuple[object, int, Offer]] = []
        while self.waiting and len(self.found) < wanted:
            entry = heapq.heappop(self.waiting)
            if entry[2].candidate.group in {offer.candidate.group for offer, _ in self.found}:
                put_off.append(entry)
            else:
                self._try(entry[1], entry[2])
        self.waiting = put_off
        heapq.heapify(self.waiting)
        while self.waiting and len(self.found) < wanted:
            _, order, offer = heapq.heappop(self.waiting)
            self._try(order, offer)
        self.found.sort(key=lambda pair: (pair[0].cost.total_yuan, pair[0].candidate.bus))

    def _try(self, order: int, offer: Offer) -> None:
        try:
            checks = self._first_look(offer)
            if is_feasible(checks):
                evaluation = confirm(self.setting, offer.candidate.bus, offer.cable)
                checks = evaluation.checks
                if is_feasible(checks):
                    self.found.append((offer, evaluation))
                    return
        except NoPowerFlow:
            checks = (collapse(self.setting, offer.candidate.bus),)
        if fails_at_site_only(checks) and (stronger := _stronger(offer)):
            self.add(order, offer.candidate, offer.route, stronger)
        else:
            self.failed.append((offer, checks))

    def _first_look(self, offer: Offer) -> tuple[Check, ...]:
        checks = cable_checks(self.setting, offer.cable)
        identifier = int(self.setting.network.buses.id[offer.candidate.bus])
        if identifier in self.free_kw:
            name = self.setting.network.buses.name[offer.candidate.bus]
            load, free = self.setting.request.load.p_kw, self.free_kw[identifier]
            room = single_check("free_capacity", ("bus", identifier, name), load, free, sign=1, span=max(free, load), unit="kW")
            return (*checks, room)
        if not is_feasible(checks):
            return checks
        seen = glance(self.setting, offer.candidate.bus, offer.cable)
        return seen if is_clearly_broken(self.setting, seen) else screen(self.setting, offer.candidate.bus, offer.cable)


def _stronger(offer: Offer) -> tuple[Cable, ...]:
    """
    Return the remaining cables that have less resistance: a dearer but weaker one would not help.
    """
    ohm = offer.cable.r_ohm_per_km / offer.cable.parallel
    return tuple(cable for cable in offer.stronger if cable.r_ohm_per_km / cable.parallel < ohm)


def _option(setting: Setting, rank: int, offer: Offer, evaluation: Evaluation, extra: tuple[Check, ...] = ()) -> Option:
    network, areas, bus = setting.network, setting.areas, offer.candidate.bus
    transformer = int(areas.transformer[bus])
    checks = (*extra, *evaluation.checks)
    near = lines_near(setting.courses, offer.route, MAP_M)
    return Option(
        rank=rank,
        feasible=is_feasible(checks),
        bus_id=int(network.buses.id[bus]),
        bus_name=network.buses.name[bus],
        bus_lon=float(network.buses.lon[bus]),
        bus_lat=float(network.buses.lat[bus]),
        point_kind=offer.candidate.kind,
        transformer_id=int(network.transformers.id[transformer]),
        transformer_name=network.transformers.name[transformer],
        transformer_kva=float(network.transformers.rated_kva[transformer]),
        reserved_kw=round(evaluation.island.reserved_kw, 6),
        route=offer.route,
        cable=offer.cable,
        materials=offer.materials,
        cost=offer.cost,
        checks=checks,
        binding=find_binding(checks),
        heavily_loaded=any(check.kind == "transformer_planning" and not check.passed for check in checks),
        start=evaluation.start,
        before=evaluation.before,
        after=evaluation.after,
        feed=find_feed(network, areas, bus, evaluation.island, evaluation.year),
        line_loadings=map_loadings(network, near, evaluation.island, evaluation.year, setting.study.studied()),
    )


def _options(search: _Search) -> tuple[Option, ...]:
    """
    Return what holds, by cost; if nothing holds, the point nearest to holding, over the whole year.

    Nothing is returned where the power flow has no solution at any point: the reasons then stand with the rejected ones.
    """
    setting = search.setting
    if search.found:
        return tuple(_option(setting, rank, offer, evaluation) for rank, (offer, evaluation) in enumerate(search.found, start=1))
    nearest = sorted(search.failed, key=lambda pair: (-find_binding(pair[1]).margin, pair[0].candidate.bus))
    for offer, checks in nearest:
        room = tuple(check for check in checks if check.kind == "free_capacity")
        with suppress(NoPowerFlow):
            return (_option(setting, 1, offer, confirm(setting, offer.candidate.bus, offer.cable), room),)
    return ()


def _rejected(search: _Search) -> tuple[Rejected, ...]:
    network, areas = search.setting.network, search.setting.areas
    ordered = sorted(search.failed, key=lambda pair: (pair[0].cost.total_yuan, pair[0].candidate.bus))
    return tuple(
        Rejected(
            bus_id=int(network.buses.id[offer.candidate.bus]),
            bus_name=network.buses.name[offer.candidate.bus],
            transformer_name=network.transformers.name[int(areas.transformer[offer.candidate.bus])],
            route_m=offer.route.length_m,
            cost_yuan=offer.cost.total_yuan,
            binding=find_binding(checks),
        )
        for offer, checks in ordered
    )


def _search(setting: Setting, free_kw: Mapping[int, float]) -> _Search:
    """
    Return the search with every considered connection point routed, sized and priced.
    """
    network, catalogue, application = setting.network, setting.catalogue, setting.request.application
    site = (application.site_lon, application.site_lat)
    points, distance = connection_points(network, setting.areas), distances_m(network, site)
    check_site(points, distance, catalogue, application.reference)
    corridors = find_corridors(network, setting.courses, site, straight_ties(points, distance, catalogue), catalogue)
    search = _Search(setting=setting, free_kw=free_kw)
    for order, candidate in enumerate(find_candidates(network, setting.areas, corridors, distance, catalogue)):
        route = find_route(corridors, candidate.bus, catalogue)
        search.add(order, candidate, route, find_cables(setting.request, route, catalogue))
    return search


def propose(
    application: Application,
    network: Network,
    reservations: Sequence[Reservation],
    *,
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
    free_kw: Mapping[int, float] | None = None,
    corridors: Network | None = None,
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
    :raises Refused: if the application, the network or a reservation cannot be planned with; the text says what to do
    """
    tables = catalogue or shipped_catalogue()
    request = understand(application, tables)
    if request.voltage == HIGH:
        return _propose_at_medium_voltage(request, network, tuple(reservations), (tables, limits), corridors)
    check_network(network)
    setting = _setting(request, network, tuple(reservations), tables, limits or tables.limits(low_voltage_kv(network)))
    search = _search(setting, free_kw or {})
    considered = len(search.waiting)
    search.run(int(tables.rules["shown_options"]))
    return _plan(setting, _options(search), _rejected(search), considered, low_voltage_kv(network))


def _propose_at_medium_voltage(
    request: Request,
    network: Network,
    reservations: tuple[Reservation, ...],
    given: tuple[Catalogue, Limits | None],
    corridors: Network | None,
) -> SupplyPlan:
    check_medium_network(network, request)
    view = given[0].at_medium_voltage()
    station, power = choose_station(request, view)
    limits = given[1] or view.limits(view.rules["customer_nominal_kv"])
    level, held = fold(network), fold_reservations(network, reservations)
    setting = _setting(seen_from_medium_voltage(request, power), level.network, held, view, limits)
    search = MediumSearch(setting, station, corridors or level.low, held)
    search.run(int(view.rules["shown_options"]))
    nominal_kv = float(level.network.buses.nominal_kv[search.ways[0].candidate.bus])
    plan = _plan(setting, search.options(), search.rejected(), len(search.ways), nominal_kv)
    return plan if level.low is None else replace(plan, network_fingerprint=network.fingerprint())


def _setting(request: Request, network: Network, reservations: tuple[Reservation, ...], tables: Catalogue, limits: Limits) -> Setting:
    areas = find_areas(network)
    return Setting(
        network=network,
        areas=areas,
        courses=find_courses(network),
        request=request,
        catalogue=tables,
        limits=limits,
        study=Study(network, areas, reservations, request),
    )


def _plan(setting: Setting, options: tuple[Option, ...], rejected: tuple[Rejected, ...], considered: int, nominal_kv: float) -> SupplyPlan:
    request, network, feasible = setting.request, setting.network, any(option.feasible for option in options)
    assert network.profiles is not None
    return SupplyPlan(
        application=request.application,
        options=options,
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
    )
