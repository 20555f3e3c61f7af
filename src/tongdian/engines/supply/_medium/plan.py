"""
From an application at 10 kV to ranked options: points of the ring, ways, cables, outages, bill, choice.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid import Bools, Ints, Network, NoPowerFlow
from tongdian.engines.supply._candidates import Candidate, check_site, distances_m
from tongdian.engines.supply._catalogue import CableType
from tongdian.engines.supply._checks import Case, fails_at_site_only, find_binding, is_feasible, network_checks
from tongdian.engines.supply._days import expected_days
from tongdian.engines.supply._describe import MAP_M, describe_state, find_feed, lines_near, map_loadings
from tongdian.engines.supply._evaluate import Setting, collapse
from tongdian.engines.supply._facts import Check, Cost, Material, WayOut
from tongdian.engines.supply._materials import find_policy, list_items, sum_cost
from tongdian.engines.supply._medium.materials import connection_items, station_items
from tongdian.engines.supply._medium.points import (
    Units,
    find_medium_candidates,
    find_units,
    further_candidates,
    medium_points,
    with_corridors,
)
from tongdian.engines.supply._medium.sizing import Need, as_laid, find_medium_cables, short_circuit_ka, strength_checks
from tongdian.engines.supply._medium.station import design_current_a
from tongdian.engines.supply._medium.study import Link, RingStudy, Year
from tongdian.engines.supply._metering import find_metering
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Cable, CustomerStation, Option, Rejected, Reservation, Route, SecondSupply
from tongdian.engines.supply._way.corridors import Corridors, find_corridors, find_route
from tongdian.engines.supply._way.plane import find_courses
from tongdian.engines.supply._way.red_line import cut_at_red_line
from tongdian.engines.supply._way.streets import Streets
from tongdian.kit.refused import N_, Refused

AT_SUBSTATION = "substation_way"
INDEPENDENCE = {
    "bus_section": N_("two bus sections of one substation, each behind its own transformer"),
    "substation": N_("two substations"),
}


class NoSecondSupply(Refused):
    """
    The network has no second feeder for a dual supply.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """
    A connection point with its route, the cables that hold on it and its short-circuit current.
    """

    candidate: Candidate
    route: Route
    edges: tuple[int, ...]
    cables: tuple[Cable, ...]
    fault_ka: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    One or two ways, priced with the cables chosen so far.
    """

    ways: tuple[Way, ...]
    cables: tuple[Cable, ...]
    materials: tuple[Material, ...]
    cost: Cost

    def links(self) -> tuple[Link, ...]:
        """
        Return the new connections.
        """
        return tuple(Link(bus=way.candidate.bus, cable=cable) for way, cable in zip(self.ways, self.cables, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    An offer over the whole year.
    """

    offer: Offer
    checks: tuple[Check, ...]
    year: Year


class MediumSearch:
    """
    Tries the points of the ring for one application, cheapest first.
    """

    def __init__(
        self,
        setting: Setting,
        station: CustomerStation,
        corridors: Network | None,
        reservations: Sequence[Reservation],
        streets: Streets | None = None,
    ) -> None:
        self.setting, self.station = setting, station
        self.ring = RingStudy(setting)
        self.found: list[Found] = []
        self.failed: list[tuple[Offer, tuple[Check, ...]]] = []
        self.map: Corridors
        self.ground: Network
        self.points: Bools
        self.units: Units
        self.further: tuple[Candidate, ...]
        self.ways = self._find_ways(corridors, reservations, streets)

    def run(self, wanted: int) -> None:
        """
        Find up to a number of offers that hold: first one of each feeder and kind of point, then whatever is next in cost.
        """
        offers = sorted(
            (self.offer(way, way.cables[0]) for way in self.ways), key=lambda offer: (offer.cost.total_yuan, offer.ways[0].candidate.bus)
        )
        taken: set[tuple[int, int, bool]] = set()
        for first in (True, False):
            for offer in tuple(offers):
                group = offer.ways[0].candidate.group
                if len(self.found) >= wanted or (first and group in taken):
                    continue
                offers.remove(offer)
                if self._try(offer):
                    taken.add(group)
        if not self.found:
            self._try_further()
        self.found.sort(key=lambda found: (found.offer.cost.total_yuan, found.offer.ways[0].candidate.bus))

    def _try_further(self) -> None:
        """
        Try points beyond the nearest, cheapest first, until one holds.
        """
        ways = tuple(self.way(candidate) for candidate in self.further)
        self.ways += ways
        offers = [self.offer(way, way.cables[0]) for way in ways]
        for offer in sorted(offers, key=lambda offer: (offer.cost.total_yuan, offer.ways[0].candidate.bus)):
            if self._try(offer):
                return

    def options(self) -> tuple[Option, ...]:
        """
        Return what holds, by cost; if nothing does, the offer nearest to holding over the whole year.
        """
        if self.found:
            return tuple(self.option(rank, found) for rank, found in enumerate(self.found, start=1))
        for offer, _ in sorted(self.failed, key=lambda pair: (-find_binding(pair[1]).margin, pair[0].ways[0].candidate.bus)):
            with suppress(NoPowerFlow):
                return (self.option(1, self.look(offer)),)
        return ()

    def rejected(self, outs: Mapping[int, tuple[WayOut, ...]]) -> tuple[Rejected, ...]:
        """
        Return what was tried and does not hold, by cost, with the ways out by point.
        """
        network, areas = self.setting.network, self.setting.areas
        return tuple(
            Rejected(
                bus_id=int(network.buses.id[offer.ways[0].candidate.bus]),
                bus_name=network.buses.name[offer.ways[0].candidate.bus],
                transformer_name=network.transformers.name[int(areas.transformer[offer.ways[0].candidate.bus])],
                route_m=offer.ways[0].route.length_m,
                cost_yuan=offer.cost.total_yuan,
                binding=find_binding(checks),
                ways_out=outs.get(offer.ways[0].candidate.bus, ()),
            )
            for offer, checks in sorted(self.failed, key=lambda pair: (pair[0].cost.total_yuan, pair[0].ways[0].candidate.bus))
        )

    def _find_ways(self, corridors: Network | None, reservations: Sequence[Reservation], streets: Streets | None) -> tuple[Way, ...]:
        """
        Find the map of ways to all points, and return the ways to the points that are tried first.
        """
        setting = self.setting
        network, view, application = setting.network, setting.catalogue, setting.request.application
        site = (application.site_lon, application.site_lat)
        points, distance = medium_points(network, setting.areas), distances_m(network, site)
        self.points = points
        check_site(points, distance, view, application.reference)
        near = np.flatnonzero(points & (distance <= view.rules["terminal_radius_m"])).astype(np.int64)
        self.ground = ground = with_corridors(network, corridors, view)
        at_streets = np.flatnonzero(points & (distance <= view.rules["route_max_m"])).astype(np.int64)
        found = find_corridors(ground, find_courses(ground), site, near, view, streets=streets, street_buses=at_streets)
        self.units = units = find_units(network, reservations, view)
        candidates = find_medium_candidates(setting, found, points, units)
        self.further = further_candidates(setting, found, points, units, candidates)
        self.map = found
        return tuple(self.way(candidate) for candidate in candidates)

    def way(self, candidate: Candidate) -> Way:
        """
        Return a connection point with the cheapest way to it and the cables.
        """
        return self.along(candidate, find_route(self.map, candidate.bus, self.setting.catalogue), self.map.ways.to(candidate.bus)[1])

    def along(self, candidate: Candidate, route: Route, edges: Sequence[int]) -> Way:
        """
        Return a connection point with a way to it over some edges of the map, and the cables.
        """
        setting = self.setting
        route = cut_at_red_line(route, setting.request.application.red_line)
        need = self._need(candidate.bus)
        return Way(
            candidate=candidate,
            route=route,
            edges=tuple(edges),
            cables=find_medium_cables(setting.request, route, need, setting.catalogue),
            fault_ka=need.fault_ka,
        )

    def _need(self, bus: int) -> Need:
        setting = self.setting
        nominal_kv = float(setting.network.buses.nominal_kv[bus])
        return Need(
            current_a=design_current_a(self.station, setting.request.load, nominal_kv),
            fault_ka=short_circuit_ka(setting.network, bus, setting.catalogue),
            nominal_kv=nominal_kv,
        )

    def cable(self, way: Way, kind: CableType, parallel: int) -> Cable:
        """
        Return a cable of the table on a way, whether it holds or not.
        """
        return as_laid(self.setting.request, way.route, self.setting.catalogue, (kind, parallel), self._need(way.candidate.bus))

    def offer(self, way: Way, cable: Cable) -> Offer:
        """
        Return what is offered at a point, priced: a way with its cable; for a dual supply also the cheapest second of another feeder.

        :raises NoSecondSupply: if a dual supply finds no other feeder
        """
        if self.setting.request.application.supply != "dual":
            return self.price((way,), (cable,))
        others = [other for other in self.ways if other.candidate.group[0] != way.candidate.group[0]]
        if not others:
            text = N_("Only one feeder is within reach of %(reference)s. A dual supply needs two: choose single supply or another site.")
            raise NoSecondSupply(text, reference=self.setting.request.application.reference)
        offers = [self.price((way, other), (cable, other.cables[0])) for other in others]
        return min(offers, key=lambda offer: (offer.cost.total_yuan, offer.ways[1].candidate.bus))

    def price(self, ways: tuple[Way, ...], cables: tuple[Cable, ...]) -> Offer:
        """
        Return an offer of one or two ways with the chosen cables, priced.
        """
        setting = self.setting
        ring_mm2 = setting.catalogue.rules["ring_mm2"]
        items = [
            item
            for way, cable in zip(ways, cables, strict=True)
            for item in connection_items(way.candidate.kind, way.route, cable, ring_mm2, setting.catalogue)
        ]
        items += station_items(self.station, len(ways), cables[0].design_current_a, setting.catalogue)
        policy = find_policy(setting.request, setting.catalogue)
        materials = list_items(items, policy, setting.catalogue)
        return Offer(ways=ways, cables=cables, materials=materials, cost=sum_cost(materials, policy))

    def _try(self, offer: Offer) -> bool:
        """
        Look at the worst steps first, then at the whole year, with the next stronger cable where only that could help.
        """
        island = self.setting.study.island(offer.ways[0].candidate.bus)
        steps = self.ring.worst_steps(island, offer.ways[0].candidate.bus)
        for cable in offer.ways[0].cables:
            chosen = offer if cable == offer.cables[0] else self.price(offer.ways, (cable, *offer.cables[1:]))
            try:
                checks = self.look(chosen, steps).checks
                if is_feasible(checks):
                    found = self.look(chosen)
                    checks = found.checks
                    if is_feasible(checks):
                        self.found.append(found)
                        return True
            except NoPowerFlow:
                checks = (collapse(self.setting, chosen.ways[0].candidate.bus),)
            if not fails_at_site_only(checks):
                break
        self.failed.append((chosen, checks))
        return False

    def look(self, offer: Offer, steps: Ints | None = None, *, network: Network | None = None, around: int | None = None) -> Found:
        """
        Return an offer over the whole year, or over some steps of it.

        :param network: the island's network with something changed
        :param around: the bus whose feeder's outages are run, where it is not the offer's own
        """
        setting, links = self.setting, offer.links()
        island = setting.study.island(links[0].bus)
        year = self.ring.run(island if network is None else replace(island, network=network), links, steps, around=around)
        case = Case(
            network=year.network,
            points=island.points,
            before=island.before,
            after=year.normal,
            limits=setting.limits,
            catalogue=setting.catalogue,
            moment=setting.study.moment,
        )
        strength = [
            check
            for way, link in zip(offer.ways, links, strict=True)
            for check in strength_checks(setting.network, link.bus, link.cable, way.fault_ka, setting.catalogue)
            if check.kind != "unit_way" or way.candidate.kind != AT_SUBSTATION  # a substation's way is built for the feeder
        ]
        checks = (*strength, *network_checks(case), *self.ring.checks(island, links, year, around=around))
        return Found(offer=offer, checks=checks, year=year)

    def option(self, rank: int, found: Found) -> Option:
        """
        Return an offer over the whole year as an option of a plan.
        """
        setting, offer, year = self.setting, found.offer, found.year
        network, areas, way = setting.network, setting.areas, offer.ways[0]
        bus = way.candidate.bus
        island, transformer = setting.study.island(bus), int(areas.transformer[bus])
        at = position(island.network.buses, int(network.buses.id[bus]))
        near = lines_near(setting.courses, way.route, MAP_M)
        return Option(
            rank=rank,
            feasible=is_feasible(found.checks),
            bus_id=int(network.buses.id[bus]),
            bus_name=network.buses.name[bus],
            bus_lon=float(network.buses.lon[bus]),
            bus_lat=float(network.buses.lat[bus]),
            point_kind=way.candidate.kind,
            transformer_id=int(network.transformers.id[transformer]),
            transformer_name=network.transformers.name[transformer],
            transformer_kva=float(network.transformers.rated_kva[transformer]),
            reserved_kw=round(island.reserved_kw, 6),
            route=way.route,
            cable=offer.cables[0],
            materials=offer.materials,
            cost=offer.cost,
            checks=found.checks,
            binding=find_binding(found.checks),
            heavily_loaded=any(check.kind == "transformer_planning" and not check.passed for check in found.checks),
            start=None,
            before=describe_state(island.network, island.points, at, island.before, setting.study),
            after=describe_state(year.network, island.points, at, year.normal, setting.study),
            feed=find_feed(network, areas, bus, island, year.normal),
            line_loadings=map_loadings(network, near, island, year.normal, setting.study.studied()),
            station=self.station,
            outages=self.ring.outages(island, year),
            second=self._second(offer) if len(offer.ways) > 1 else None,
            days=expected_days("high", (one.route for one in offer.ways), offer.materials, setting.catalogue),
            margin=find_binding(found.checks).margin,
            losses_added_kwh=round(year.normal.losses_kwh - island.before.losses_kwh, 3),
            metering=find_metering("high", setting.request.applied_kw, offer.materials, setting.catalogue),
        )

    def _second(self, offer: Offer) -> SecondSupply:
        network, areas = self.setting.network, self.setting.areas
        first, way = offer.ways
        bus, transformers = way.candidate.bus, network.transformers
        feeding = [int(areas.transformer[one.candidate.bus]) for one in offer.ways]
        above = transformers.hv_bus[feeding]
        same = int(areas.island[first.candidate.bus]) == int(areas.island[bus])
        shared = set(first.edges) & set(way.edges)
        return SecondSupply(
            bus_id=int(network.buses.id[bus]),
            bus_name=network.buses.name[bus],
            bus_lon=float(network.buses.lon[bus]),
            bus_lat=float(network.buses.lat[bus]),
            point_kind=way.candidate.kind,
            transformer_name=transformers.name[feeding[1]],
            route=way.route,
            cable=offer.cables[1],
            independence="bus_section" if same else "substation",
            common=network.buses.name[int(above[0])] if same else "",
            shared_route_m=round(sum(self.map.stretches[edge].length_m for edge in shared), 2),
        )
