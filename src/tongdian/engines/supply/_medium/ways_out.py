"""
The ways out at 10 kV where no point of the ring holds: a second cable on what is overloaded, a larger transformer of the substation, a
feeder of the customer's own from it, or less power.

Each is looked at in the worst steps first and then run over every step, in normal operation and with every section out, and priced.
Another feeder, or a ring-main unit at another place, is an option and not a way out: where none of the nearest points holds, others are
tried.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np

from tongdian.engines.grid import Bools, Floats, Ints, Network, NoPowerFlow
from tongdian.engines.supply._candidates import Candidate
from tongdian.engines.supply._catalogue import MissingRow
from tongdian.engines.supply._checks import EXACT, is_feasible
from tongdian.engines.supply._days import expected_days
from tongdian.engines.supply._evaluate import asking, collapse
from tongdian.engines.supply._facts import Check, Material, WayOut
from tongdian.engines.supply._feed import feed_lines
from tongdian.engines.supply._materials import BEHIND, GRID, find_policy, list_items, sum_cost
from tongdian.engines.supply._medium.plan import AT_SUBSTATION, MediumSearch, Offer
from tongdian.engines.supply._medium.study import RingStudy
from tongdian.engines.supply._reinforce import Change, as_way_out, second_cables, transformer_exchanges
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Route

SHARE_ROUNDS = 7  # halvings in search of the largest power that holds
LEAST_SHARE = 0.02
SHRINK = 0.97  # from one trial over the whole year to the next
VOLTAGES = {"voltage_min", "outage_voltage_min"}
LINES = {"line_loading", "outage_line_loading"}
TRANSFORMERS = {"transformer_loading", "outage_transformer_loading"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumOuts:
    """
    The ways out by connection point (position), and the largest power that holds at the cheapest point as it is.
    """

    by_bus: dict[int, tuple[WayOut, ...]]
    fits_kw: float | None = None

    def ranked(self) -> tuple[WayOut, ...]:
        """
        Return all of them, cheapest first.
        """
        return tuple(sorted((way for ways in self.by_bus.values() for way in ways), key=lambda way: (way.total_yuan, way.kind, way.bus_id)))


def find_medium_outs(search: MediumSearch) -> MediumOuts:
    """
    Return what would make the cheapest points hold where none does.
    """
    if search.found or not search.failed:
        return MediumOuts(by_bus={})
    cheapest = sorted(search.failed, key=lambda pair: (pair[0].cost.total_yuan, pair[0].ways[0].candidate.bus))
    chosen = [MediumWays(search, offer) for offer, _ in cheapest[: int(search.setting.catalogue.rules["ways_out_points"])]]
    first = {ways.station: ways for ways in reversed(chosen)}  # a feeder from a busbar is the same for all points behind it
    return MediumOuts(by_bus={ways.bus: ways.find(feeder=first[ways.station] is ways) for ways in chosen}, fits_kw=chosen[0].fits_kw)


class MediumWays:
    """
    Tries what could make one offer hold.
    """

    def __init__(self, search: MediumSearch, offer: Offer) -> None:
        self.search, self.offer, self.setting = search, offer, search.setting
        self.bus = offer.ways[0].candidate.bus
        self.island = self.setting.study.island(self.bus)
        self.steps = search.ring.worst_steps(self.island, self.bus)
        rows, areas = self.setting.network.transformers, self.setting.areas
        self.station = position(self.island.network.transformers, int(rows.id[int(areas.transformer[self.bus])]))

    def find(self, *, feeder: bool) -> tuple[WayOut, ...]:
        """
        Return the ways out, cheapest first.

        :param feeder: also look for a feeder of the customer's own
        """
        failed = [check for check in self._look(self.offer, self.steps) if check.decides and not check.passed]
        broken = {check.kind for check in failed}
        found = []
        if broken & (VOLTAGES | LINES | {"power_flow"}):
            found.append(self._second_cable(broken))
        if broken & (TRANSFORMERS | {"power_flow"}):
            rows = self.island.network.transformers
            heavy = sorted(
                {position(rows, check.element_id) for check in failed if check.kind in TRANSFORMERS and check.element_id is not None}
            )
            found.append(self._larger_transformer(heavy or [self.station]))
        found += [self._own_feeder() if feeder else None, self._managed()]
        return tuple(sorted((way for way in found if way is not None), key=lambda way: (way.total_yuan, way.kind)))

    @property
    def fits_kw(self) -> float | None:
        """
        The largest flat power in kW that holds at the point as it is; None where not even a small one does with the station as chosen.
        """
        return round(self.setting.request.load.p_kw * self.share, 2) if self.share else None

    @cached_property
    def share(self) -> float:
        """
        The largest share of the power that holds at the point as it is over the whole year, with the station as chosen; 0 for none.
        """
        low, high = LEAST_SHARE, 1.0
        if not self._holds_with(low, self.steps):
            return 0.0
        for _ in range(SHARE_ROUNDS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._holds_with(middle, self.steps) else (low, middle)
        while low >= LEAST_SHARE and not self._holds_with(low, None):
            low *= SHRINK
        return low if low >= LEAST_SHARE else 0.0

    def _holds_with(self, share: float, steps: Ints | None) -> bool:
        return is_feasible(self._with_less(share, steps))

    def _with_less(self, share: float, steps: Ints | None) -> tuple[Check, ...]:
        """
        Return the checks with a share of the power.
        """
        less = copy.copy(self.search)
        less.setting = asking(self.setting, replace(self.setting.request, load=self.setting.request.load * share))
        less.ring = RingStudy(less.setting)
        try:
            return less.look(self.offer, steps).checks
        except NoPowerFlow:
            return (collapse(self.setting, self.bus),)

    def _managed(self) -> WayOut | None:
        """
        Return managed charging where the power that holds leaves at least the least share for the chargers.
        """
        request = self.setting.request
        charging = sum(demand.coincident_kw for demand in request.demands if demand.kind == "charger")
        least = 1 - (1 - self.setting.catalogue.rules["managed_least_share"]) * min(charging / request.load.p_kw, 1.0)
        if not charging or self.share < least:
            return None
        change = Change(
            kind="managed_charging",
            network=self.island.network,
            items=(("charge-management", Decimal(1), BEHIND),),
            element_kind="device",
            elements=("charger",),
            before=round(charging, 2),
            after=round(charging - request.load.p_kw * (1 - self.share), 2),
            unit="kW",
        )
        return self._priced(change, self._with_less(self.share, None))

    def _look(self, offer: Offer, steps: Ints | None, *, network: Network | None = None) -> tuple[Check, ...]:
        """
        Return the checks of an offer, perhaps on a changed network of the island, with the outages of the ring around the point.
        """
        try:
            return self.search.look(offer, steps, network=network, around=self.bus).checks
        except NoPowerFlow:
            return (collapse(self.setting, self.bus),)

    def _holds(self, change: Change) -> bool:
        return is_feasible(self._look(self.offer, self.steps, network=change.network))

    def _second_cable(self, broken: set[str]) -> WayOut | None:
        """
        Return the cheapest second cable that holds: on what is overloaded; where a voltage binds also on more and more of the way.
        """
        for lines in self._sections(broken):
            row = list(second_cables(self.island.network, lines, self.setting.catalogue))
            if not row or not self._holds(row[-1]):
                continue
            low, high = 0, len(row) - 1  # the dearer is the thicker: it holds where a cheaper one does
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if self._holds(row[middle]) else (middle + 1, high)
            if way := self._confirm(row[high]):
                return way
        return None

    def _sections(self, broken: set[str]) -> Iterator[list[int]]:
        heavy = self._overloaded()
        if heavy:
            yield heavy
        if not broken & VOLTAGES:
            return
        feeders = [self._feeder(way.candidate.bus) for way in self.offer.ways]  # a dual supply has two
        for part in (2, 1):
            lines = {line for feeder in feeders for line in feeder[: max(1, len(feeder) // part)]}
            if lines:
                yield sorted({*lines, *heavy})

    def _feeder(self, bus: int) -> list[int]:
        """
        Return the lines (positions in the island) from the busbar to a connection point (position in the whole network).
        """
        rows, areas, island = self.setting.network, self.setting.areas, self.island.network
        if int(areas.island[bus]) != int(areas.island[self.bus]):
            return []  # of another substation
        busbar = int(rows.buses.id[int(rows.transformers.lv_bus[int(areas.transformer[bus])])])
        return feed_lines(island, position(island.buses, busbar), position(island.buses, int(rows.buses.id[bus])))

    def _overloaded(self) -> list[int]:
        """
        Return the lines (positions in the island) beyond their rating, in normal operation or with a section out, that the site makes so.
        """
        try:
            year = self.search.look(self.offer, self.steps).year
        except NoPowerFlow:
            return []
        rules, count = self.setting.catalogue.rules, len(self.island.network.lines)
        before = self.search.ring.before(self.island, self.bus).year.line[:count]

        def over(after: Floats, known: Floats, limit: float) -> Bools:
            return np.asarray((after > limit + EXACT) & ((known <= limit + EXACT) | (after > known + rules["worse_loading"])))

        normal = over(year.normal.line[:count], self.island.before.line[:count], self.setting.limits.line_loading)
        return np.flatnonzero(normal | over(year.worst.year.line[:count], before, rules["outage_line_loading"])).tolist()

    def _larger_transformer(self, heavy: list[int]) -> WayOut | None:
        """
        Return the exchange of the overloaded transformers (positions) of the substation, all by as many steps of their row.
        """
        catalogue = self.setting.catalogue
        row = replace(catalogue, transformers=catalogue.substation_transformers)
        counts = [len(list(transformer_exchanges(self.island.network, at, row))) for at in heavy]
        for size in range(min(counts, default=0)):
            network, made = self.island.network, []
            for at in heavy:
                made.append(list(transformer_exchanges(network, at, row))[size])
                network = made[-1].network
            change = replace(
                made[0],
                network=network,
                items=tuple(item for one in made for item in (one.items[0], ("substation-exchange", Decimal(1), GRID))),
                elements=tuple(name for one in made for name in one.elements),
                element_ids=tuple(identifier for one in made for identifier in one.element_ids),
            )
            if self._holds(change) and (way := self._confirm(change)):
                return way
        return None

    def _own_feeder(self) -> WayOut | None:
        """
        Return a feeder of the customer's own from the substation's busbar; the ring's outages are counted all the same. Of a dual supply
        it takes the place of the first connection.
        """
        setting, search = self.setting, self.search
        busbar = int(setting.network.transformers.lv_bus[int(setting.areas.transformer[self.bus])])
        reach = setting.catalogue.rules["own_feeder_max_m"]
        if not np.isfinite(search.map.ways.cost[busbar]) or search.map.length_to(busbar) > reach:
            return None
        way = search.way(Candidate(bus=busbar, kind=AT_SUBSTATION, group=self.offer.ways[0].candidate.group))
        try:
            offer = search.price((way, *self.offer.ways[1:]), (way.cables[0], *self.offer.cables[1:]))
        except MissingRow:
            return None
        if not is_feasible(self._look(offer, self.steps)):
            return None
        checks = self._look(offer, None)
        network = self.island.network
        change = Change(
            kind="medium_feeder",
            network=network,
            element_kind="transformer",
            elements=(network.transformers.name[self.station],),
            element_ids=(int(network.transformers.id[self.station]),),
            after=way.cables[0].section_mm2,
            unit="mm²",
            length_m=way.route.length_m,
            note=way.cables[0].code,
        )
        return self._told(change, checks, (offer.materials, offer.materials), way.route) if is_feasible(checks) else None

    def _confirm(self, change: Change) -> WayOut | None:
        """
        Return a change as a way out if it holds at every step and can be priced.
        """
        return self._priced(change, self._look(self.offer, None, network=change.network))

    def _priced(self, change: Change, checks: tuple[Check, ...]) -> WayOut | None:
        setting = self.setting
        if not is_feasible(checks):
            return None
        try:
            materials = list_items(change.items, find_policy(setting.request, setting.catalogue), setting.catalogue)
        except MissingRow:
            return None
        return self._told(change, checks, (materials, (*self.offer.materials, *materials)), self.offer.ways[0].route)

    def _told(
        self, change: Change, checks: tuple[Check, ...], bills: tuple[tuple[Material, ...], tuple[Material, ...]], route: Route
    ) -> WayOut:
        """
        Return a confirmed change as a way out; ``bills``: what it needs itself, and everything together.
        """
        setting, (materials, everything) = self.setting, bills
        total = sum_cost(everything, find_policy(setting.request, setting.catalogue)).total_yuan
        return as_way_out(
            change,
            setting.network,
            self.bus,
            checks,
            materials=materials,
            yuan=(total, self.offer.cost.total_yuan),
            days=expected_days("high", (route,), everything, setting.catalogue),
        )
