"""
Which applications share a cable: groups of neighbours around one of them, whose distribution box serves the others straight.

A group is planned as one application of all its devices at the site of its hub; the metering of that application is left out and a
distribution box put in its place. Each member has a cable of its own from the box: along the wall if short, else in duct, as the last
metres to any building are. Groups grow by the pair that saves most by the estimated cost, as long as one saves at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from tongdian.engines.grid import Ints, Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._candidates import Candidate, check_site, connection_points, distances_m, find_candidates, straight_ties
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._demand import Request, understand
from tongdian.engines.supply._facts import Material
from tongdian.engines.supply._joint.values import Group, Spoke
from tongdian.engines.supply._materials import (
    METER,
    POINT_ROLE,
    Item,
    find_policy,
    list_items,
    list_materials,
    part_items,
    sum_cost,
    way_items,
)
from tongdian.engines.supply._sizing import find_cables
from tongdian.engines.supply._values import Application, Cable, Option, Route, Segment, SupplyPlan
from tongdian.engines.supply._way.corridors import find_corridors, find_route
from tongdian.engines.supply._way.plane import find_courses, to_plane

SPOKE_MAX_M = 60.0  # a member farther from the box than this is not served straight
ESTIMATED = 14  # connection points kept of each site
PRICED = 4  # of them priced for the estimate of a group
HUBS = 4  # members tried as hub
BOX = "branch-box"
METERING_ROLES = ("meter_box", "meter_single_phase", "meter_direct", "meter_transformer", "current_transformer")
INSTALL_METER = "install-meter"

Members = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """
    A connection point with its way to a site.
    """

    candidate: Candidate
    route: Route


class Near:
    """
    The applications of a place: distances among them, the cheapest connection points of each, and what groups of them cost.
    """

    def __init__(self, applications: Sequence[Application], network: Network, catalogue: Catalogue) -> None:
        self.applications = tuple(applications)
        self.network, self.catalogue = network, catalogue
        self.requests = tuple(understand(one, catalogue) for one in applications)
        self.areas, self.courses = find_areas(network), find_courses(network)
        sites = np.array([(one.site_lon, one.site_lat) for one in applications]).reshape(-1, 2)
        plane = to_plane(sites, (float(sites[0, 0]), float(sites[0, 1]))) if len(sites) else sites
        self.distance_m = np.hypot(*(plane[:, None, :] - plane[None, :, :]).transpose(2, 0, 1))
        self._reached: dict[int, tuple[_Reached, ...]] = {}
        self._spokes: dict[tuple[int, int], tuple[Route, Cable, Decimal]] = {}
        self._estimates: dict[Members, tuple[Decimal, int]] = {}
        self.alone: dict[int, Decimal] = {}
        self.full: dict[int, frozenset[int]] = {}
        self.metering = {part.code for part in catalogue.parts if part.role in METERING_ROLES} | {INSTALL_METER}

    def learn(self, plans: Mapping[int, tuple[SupplyPlan, Decimal]]) -> None:
        """
        Keep what single answers cost, and which buses (identifiers) did not even hold for one application alone; estimates use it now.
        """
        self._estimates.clear()
        self.alone = {at: total for at, (_, total) in plans.items()}
        self.full = {at: frozenset(one.bus_id for one in plan.rejected) for at, (plan, _) in plans.items()}

    def _open(self, hub: int, members: Members) -> tuple[_Reached, ...]:
        """
        Return the points a group may use: those that held for each of its members; all, if none did.
        """
        full = frozenset().union(*(self.full.get(at, frozenset()) for at in members))
        found = tuple(each for each in self.reached(hub) if int(self.network.buses.id[each.candidate.bus]) not in full)
        return (found or self.reached(hub))[:PRICED]

    def reached(self, at: int) -> tuple[_Reached, ...]:
        """
        Return the connection points that are cheapest to reach from a site.
        """
        if at not in self._reached:
            one, network, tables = self.applications[at], self.network, self.catalogue
            site = (one.site_lon, one.site_lat)
            points, distance = connection_points(network, self.areas), distances_m(network, site)
            check_site(points, distance, tables, one.reference)
            ground = find_corridors(network, self.courses, site, straight_ties(points, distance, tables), tables)
            found = find_candidates(network, self.areas, ground, distance, tables)[:ESTIMATED]
            self._reached[at] = tuple(_Reached(candidate=each, route=find_route(ground, each.bus, tables)) for each in found)
        return self._reached[at]

    def can_serve(self, hub: int, members: Members) -> bool:
        """
        Tell whether every member is near enough to a hub.
        """
        return bool((self.distance_m[hub, list(members)] <= SPOKE_MAX_M).all())

    def spoke(self, hub: int, at: int) -> tuple[Route, Cable, Decimal]:
        """
        Return way, cable and cost of a member's own cable from the box.
        """
        if (hub, at) not in self._spokes:
            route = self._straight(hub, at)
            cable = find_cables(self.requests[at], route, self.catalogue)[0]
            policy = find_policy(self.requests[at], self.catalogue)
            total = sum_cost(list_items(self._spoke_items(at, route, cable), policy, self.catalogue), policy).total_yuan
            self._spokes[hub, at] = route, cable, total
        return self._spokes[hub, at]

    def _straight(self, hub: int, at: int) -> Route:
        box, site = self.applications[hub], self.applications[at]
        length = round(float(self.distance_m[hub, at]), 2)
        laying = self.catalogue.laying["wall" if length <= self.catalogue.rules["wall_max_m"] else "duct"]
        segment = Segment(
            method=laying.method,
            name_zh=laying.name_zh,
            name_en=laying.name_en,
            on_corridor=False,
            length_m=length,
            path=((box.site_lon, box.site_lat), (site.site_lon, site.site_lat)),
        )
        return Route(segments=(segment,), length_m=length)

    def _spoke_items(self, at: int, route: Route, cable: Cable) -> list[Item]:
        tie = self.catalogue.part(POINT_ROLE["line"]).code
        own = (*way_items(route, cable, self.catalogue), *part_items(self.requests[at], cable, "line", self.catalogue))
        return [item for item in own if item[0] != tie]

    def estimate(self, members: Members) -> tuple[Decimal, int]:
        """
        Return what a group costs at its best hub by the cheapest point it reaches, whatever the network holds; the hub.

        A group that no hub serves, or that is more than one low-voltage cable may supply, costs infinitely much.
        """
        if len(members) == 1 and members[0] in self.alone:
            return self.alone[members[0]], members[0]
        if members not in self._estimates:
            self._estimates[members] = self._estimate(members)
        return self._estimates[members]

    def _estimate(self, members: Members) -> tuple[Decimal, int]:
        best = (Decimal("Infinity"), members[0])
        if sum(self.requests[at].applied_kw for at in members) > self.catalogue.rules["low_voltage_max_kw"]:
            return best
        request = understand(_pooled(self, members, members[0]), self.catalogue)
        policy = find_policy(request, self.catalogue)
        hubs = sorted(members, key=lambda hub: (float(self.distance_m[hub, list(members)].sum()), hub))[:HUBS]
        for hub in hubs:
            if not self.can_serve(hub, members):
                continue
            ends = sum((self.spoke(hub, at)[2] for at in members), Decimal(0)) if len(members) > 1 else Decimal(0)
            for each in self._open(hub, members):
                cable = find_cables(request, each.route, self.catalogue)[0]
                bill = list_materials(request, each.route, cable, each.candidate.kind, self.catalogue)
                if len(members) > 1:
                    bill = self.with_box(bill, request)
                best = min(best, (sum_cost(bill, policy).total_yuan + ends, hub))
        return best

    def with_box(self, bill: tuple[Material, ...], request: Request) -> tuple[Material, ...]:
        """
        Return the bill of a shared cable: a distribution box in place of the metering.
        """
        box = list_items([(BOX, Decimal(1), METER)], find_policy(request, self.catalogue), self.catalogue)
        return (*(line for line in bill if line.code not in self.metering), *box)

    def group(self, members: Members, plan: SupplyPlan, option: Option) -> Group:
        """
        Return a group with its plan's option, its spokes and what all of it costs.
        """
        names = tuple(self.applications[at].reference for at in members)
        if len(members) == 1:
            return Group(
                hub=names[0],
                members=names,
                plan=plan,
                option=option,
                spokes=(),
                materials=option.materials,
                total_yuan=option.cost.total_yuan,
            )
        hub = self.estimate(members)[1]
        request = understand(plan.application, self.catalogue)
        spokes = []
        for at in members:
            route, cable, _ = self.spoke(hub, at)
            policy = find_policy(self.requests[at], self.catalogue)
            bill = list_items(self._spoke_items(at, route, cable), policy, self.catalogue)
            spokes.append(
                Spoke(
                    reference=self.applications[at].reference,
                    kw=round(self.requests[at].load.p_kw, 6),
                    route=route,
                    cable=cable,
                    materials=bill,
                )
            )
        shared = self.with_box(option.materials, request)
        total = sum((line.amount_yuan for bill in (shared, *(spoke.materials for spoke in spokes)) for line in bill), Decimal("0.00"))
        return Group(
            hub=self.applications[hub].reference,
            members=names,
            plan=plan,
            option=option,
            spokes=tuple(spokes),
            materials=(*shared, *(line for spoke in spokes for line in spoke.materials)),
            total_yuan=total,
        )


def _pooled(near: Near, members: Members, hub: int) -> Application:
    largest = max(members, key=lambda at: (near.requests[at].applied_kw, -at))
    place = near.applications[hub]
    return replace(
        near.applications[largest],
        reference="+".join(near.applications[at].reference for at in members),
        site_lon=place.site_lon,
        site_lat=place.site_lat,
        devices=tuple(device for at in members for device in near.applications[at].devices),
        wanted_date=max(near.applications[at].wanted_date for at in members),
        voltage="low",
        documents=None,
        red_line=(),
    )


def pool(near: Near, members: Members) -> Application:
    """
    Return a group as one application at its hub; a group of one is that application itself.
    """
    return near.applications[members[0]] if len(members) == 1 else _pooled(near, members, near.estimate(members)[1])


def grow_groups(near: Near) -> list[Members]:
    """
    Return groups of applications, grown by the pair that saves most until none saves.
    """
    groups: list[Members] = [(at,) for at in range(len(near.applications))]
    savings: dict[tuple[Members, Members], Decimal] = {}
    while True:
        best: tuple[Decimal, Members, Members] | None = None
        for place, one in enumerate(groups):
            for other in groups[place + 1 :]:
                if (one, other) not in savings:
                    savings[one, other] = _saving(near, one, other)
                if savings[one, other] > 0 and (best is None or savings[one, other] > best[0]):
                    best = (savings[one, other], one, other)
        if best is None:
            return sorted(groups)
        _, one, other = best
        joined: Members = tuple(sorted((*one, *other)))
        groups = [group for group in groups if group not in {one, other}] + [joined]


def _saving(near: Near, one: Members, other: Members) -> Decimal:
    apart: Ints = np.array([[near.distance_m[a, b] for b in other] for a in one])
    if apart.min() > SPOKE_MAX_M:
        return Decimal(0)
    joined = near.estimate(tuple(sorted((*one, *other))))[0]
    if not joined.is_finite():
        return Decimal(0)
    return near.estimate(one)[0] + near.estimate(other)[0] - joined
