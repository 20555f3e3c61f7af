"""
The cheapest way out where something binds: what makes a connection point hold, each confirmed over the whole year and priced.

At the customer: managed charging (a share of the power, or at night), a soft starter. In the network: tap, a second cable on the binding
section, the next larger transformer, a second one, and both cable and transformer. At the site: a new station, a 10 kV feeder of its own.
Every way is tried at the worst steps first, in order of price within its kind; the first that holds is run over every step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import NoPowerFlow
from tongdian.engines.supply._candidates import Candidate
from tongdian.engines.supply._catalogue import MissingRow
from tongdian.engines.supply._checks import is_feasible
from tongdian.engines.supply._days import expected_days
from tongdian.engines.supply._evaluate import Setting, asking, cable_checks, collapse, examine
from tongdian.engines.supply._facts import Check, WayOut
from tongdian.engines.supply._feed import feed_lines
from tongdian.engines.supply._materials import BEHIND, Item, find_policy, list_items, sum_cost
from tongdian.engines.supply._reinforce import Change, as_way_out, second_cables, second_transformer, taps, transformer_exchanges
from tongdian.engines.supply._stations import Instead, own_feeder, station_at_site
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Cable, Route
from tongdian.engines.supply._way.corridors import Corridors
from tongdian.kit.refused import N_

WAYS_OUT = {
    "tap": N_("Another tap of the transformer"),
    "managed_charging": N_("Managed charging: a share of the power at a time"),
    "night_charging": N_("Charging at night"),
    "soft_starter": N_("A soft starter"),
    "second_cable": N_("A second cable on the binding section"),
    "larger_transformer": N_("A larger transformer"),
    "second_transformer": N_("A second transformer"),
    "reinforcement": N_("A larger transformer and a second cable"),
    "new_station": N_("A new station at the site"),
    "medium_feeder": N_("A 10 kV feeder of one's own"),
}
SHARE_ROUNDS = 7  # halvings in search of the largest power that holds
SHRINK = 0.97  # from one trial over the whole year to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """
    A connection point that does not hold: its cable, route and items priced.
    """

    candidate: Candidate
    route: Route
    cable: Cable
    total_yuan: Decimal
    items: tuple[Item, ...]


class Ways:
    """
    Tries what could make one connection point hold.
    """

    def __init__(self, setting: Setting, failed: Failed, corridors: Corridors) -> None:
        self.setting, self.failed, self.corridors = setting, failed, corridors
        self.bus = failed.candidate.bus
        self.identifier = int(setting.network.buses.id[self.bus])
        self.island = setting.study.island(self.bus)
        self.steps = setting.study.worst_steps(self.island, self.identifier)
        network = setting.network
        self.station_id = int(network.transformers.id[int(setting.areas.transformer[self.bus])])
        self.station = position(self.island.network.transformers, self.station_id)
        self.own = cable_checks(setting, failed.cable, self.bus)
        self.limit_yuan: Decimal | None = None

    def find(self, limit_yuan: Decimal | None = None, *, at_site: bool = False) -> tuple[WayOut, ...]:
        """
        Return the ways out, cheapest first.

        :param limit_yuan: leave out what would make the point dearer than this in total
        :param at_site: also look for ways that need no connection point, a new station or a 10 kV feeder
        """
        self.limit_yuan = limit_yuan
        broken = {check.kind for check in self._as_it_is if check.decides and not check.passed}
        alone = self._at_the_site() if at_site else ()
        kinds = (*self._at_the_customer(broken), *self._in_the_network(broken), *alone)
        found = [way for kind in kinds if (way := kind()) is not None]
        return tuple(sorted(found, key=lambda way: (way.total_yuan, way.kind)))

    def fits_kw(self) -> float:
        """
        Return the largest flat power in kW of the application's kind that holds at the point as it is, 0 for none.
        """
        power = self.setting.request.load.p_kw
        share = self._largest_share(0.0)
        return round(power * share, 2) if share else 0.0

    @cached_property
    def _as_it_is(self) -> tuple[Check, ...]:
        return self._look(self.setting, self.island.network, self.steps)

    def _look(self, setting: Setting, network: grid.Network, steps: grid.Ints | None) -> tuple[Check, ...]:
        """
        Return the checks with a changed request or a changed network of the island.
        """
        island = replace(self.island, network=network)
        try:
            return examine(setting, island, setting.study.with_site(island, self.identifier, self.failed.cable), steps).checks(self.own)
        except NoPowerFlow:
            return (collapse(setting, self.bus),)

    # At the customer ------------------------------------------------------------------------------------------------------------

    def _at_the_customer(self, broken: set[str]) -> Iterator[Callable[[], WayOut | None]]:
        request = self.setting.request
        if request.start is not None and {"start_voltage", "start_dip"} & broken:
            yield self._soft_starter
        if any(device.kind == "charger" for device in request.application.devices):
            yield self._managed
            yield self._night

    def _soft_starter(self) -> WayOut | None:
        setting, ratio = self.setting, self.setting.catalogue.rules["soft_starter_ratio"]
        start = setting.request.start
        assert start is not None
        now = start.starting.s_kva / start.running.s_kva
        if now <= ratio:
            return None
        soft = replace(start, starting=start.starting * (ratio / now))
        part = setting.catalogue.part("soft_starter", start.running.p_kw).code
        other = asking(setting, replace(setting.request, start=soft))
        change = Change(kind="soft_starter", network=self.island.network, items=((part, Decimal(1), BEHIND),))
        return self._settle(
            replace(change, before=round(now, 2), after=ratio, unit="× In", elements=(start.kind,), element_kind="device"), other
        )

    def _charging_kw(self) -> float:
        return sum(demand.coincident_kw for demand in self.setting.request.demands if demand.kind == "charger")

    def _managed(self) -> WayOut | None:
        items = (("charge-management", Decimal(1), BEHIND),)
        if not self._is_worth(items):
            return None
        load, charging = self.setting.request.load, self._charging_kw()
        least = 1 - (1 - self.setting.catalogue.rules["managed_least_share"]) * min(charging / load.p_kw, 1.0)
        share = self._largest_share(least)
        if not share:
            return None
        left = round(charging - load.p_kw * (1 - share), 2)
        change = Change(
            kind="managed_charging",
            network=self.island.network,
            items=items,
            element_kind="device",
            elements=("charger",),
            before=round(charging, 2),
            after=left,
            unit="kW",
        )
        return self._settle(change, asking(self.setting, replace(self.setting.request, load=load * share)))

    def _night(self) -> WayOut | None:
        rules, load = self.setting.catalogue.rules, self.setting.request.load
        profiles = self.setting.network.profiles
        assert profiles is not None
        first = grid.moment(profiles, 0)
        hours = (first.hour + first.minute / 60 + np.arange(profiles.steps) * profiles.step_minutes / 60) % 24
        night = (hours >= rules["night_from_h"]) | (hours < rules["night_until_h"])
        by_day = max(1 - self._charging_kw() / load.p_kw, 0.0)
        shaped = asking(self.setting, self.setting.request, shape=np.where(night, 1.0, by_day))
        change = Change(
            kind="night_charging",
            network=self.island.network,
            items=(("charge-management", Decimal(1), BEHIND),),
            element_kind="device",
            elements=("charger",),
            before=rules["night_from_h"],
            after=rules["night_until_h"],
            unit="h",
        )
        return self._settle(change, shaped)

    def _largest_share(self, least: float) -> float:
        """
        Return the largest share of the load that holds over the whole year, 0 if not even the least one does.
        """
        request = self.setting.request

        def holds(share: float, steps: grid.Ints | None) -> bool:
            load = request.load * share
            start = request.start and replace(request.start, running=request.start.running * share, starting=request.start.starting * share)
            setting = asking(self.setting, replace(request, load=load, start=start))
            return is_feasible(self._look(setting, self.island.network, steps))

        low, high = max(least, 0.02), 1.0
        if not holds(low, self.steps):
            return 0.0
        for _ in range(SHARE_ROUNDS):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle, self.steps) else (low, middle)
        while low >= max(least, 0.02):
            if holds(low, None):
                return low
            low *= SHRINK
        return 0.0

    # In the network -------------------------------------------------------------------------------------------------------------

    def _in_the_network(self, broken: set[str]) -> Iterator[Callable[[], WayOut | None]]:
        network, catalogue, station = self.island.network, self.setting.catalogue, self.station
        if {"voltage_min", "voltage_max"} & broken:
            yield lambda: self._first(taps(network, station))
        if {"line_loading", "voltage_min", "start_voltage", "start_dip"} & broken:
            yield lambda: self._cables(network)
        if {"transformer_loading", "voltage_min", "start_voltage", "start_dip", "power_flow"} & broken:
            yield lambda: self._first(transformer_exchanges(network, station, catalogue))
        if {"transformer_loading", "power_flow"} & broken:
            yield lambda: self._first(second_transformer(network, station, catalogue))
        if "power_flow" in broken or ("transformer_loading" in broken and {"line_loading", "voltage_min"} & broken):
            yield self._both

    def _first(self, changes: Iterator[Change]) -> WayOut | None:
        for change in changes:
            way = self._settle(change, self.setting)
            if way is not None:
                return way
        return None

    def _sections(self, network: grid.Network) -> Iterator[list[int]]:
        """
        Yield lines (positions) that a second cable may follow: what is overloaded on the way, then more and more of it from the busbar on.
        """
        at = position(network.buses, self.identifier)
        way = feed_lines(network, int(network.transformers.lv_bus[self.station]), at)
        if not way:
            return
        checks = self._as_it_is if network is self.island.network else self._look(self.setting, network, self.steps)
        over = {check.element_id for check in checks if check.kind == "line_loading" and not check.passed and check.element_kind == "line"}
        heavy = [line for line in way if int(network.lines.id[line]) in over]
        counts = sorted({max(1, round(len(way) * part)) for part in (0.25, 0.5, 0.75, 1.0)})
        seen = []
        for lines in (heavy, *(sorted({*way[:count], *heavy}, key=way.index) for count in counts)):
            if lines and lines not in seen:
                seen.append(lines)
                yield lines

    def _cables(self, network: grid.Network) -> WayOut | None:
        """
        Return the cheapest second cable that holds: of each set of lines the cheapest type, of these the cheapest.
        """
        holding: list[tuple[Decimal, int, Change]] = []
        for lines in self._sections(network):
            change = self._cheapest_cable(tuple(second_cables(network, lines, self.setting.catalogue)))
            if change is not None:
                holding.append((self._total(change.items), len(holding), change))
        for _, _, change in sorted(holding, key=lambda each: each[:2]):
            way = self._confirm(change, self.setting)
            if way is not None:
                return way
        return None

    def _cheapest_cable(self, changes: tuple[Change, ...], added: tuple[Item, ...] = ()) -> Change | None:
        """
        Return the cheapest cable that holds at the worst steps, None if none does; ``added`` is what is needed beside it.

        Of one conductor the dearer is the thicker, so it holds where a cheaper one does: the first that holds is found by halving.
        """
        for conductor in ("aluminium", "copper"):
            codes = {kind.code for kind in self.setting.catalogue.cables if kind.conductor == conductor}
            row = [change for change in changes if change.note in codes and self._is_worth((*added, *change.items))]
            if not row or not self._holds(row[-1]):
                continue
            low, high = 0, len(row) - 1
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if self._holds(row[middle]) else (middle + 1, high)
            return row[high]
        return None

    def _holds(self, change: Change) -> bool:
        return is_feasible(self._look(self.setting, change.network, self.steps))

    def _both(self) -> WayOut | None:
        for exchange in transformer_exchanges(self.island.network, self.station, self.setting.catalogue):
            if not self._is_worth(exchange.items):
                continue
            for lines in self._sections(exchange.network):
                cable = self._cheapest_cable(tuple(second_cables(exchange.network, lines, self.setting.catalogue)), exchange.items)
                if cable is None:
                    continue
                change = replace(
                    cable,
                    kind="reinforcement",
                    items=(*exchange.items, *cable.items),
                    elements=(*exchange.elements, *cable.elements),
                    element_ids=(*exchange.element_ids, *cable.element_ids),
                    before=exchange.before,
                    after=exchange.after,
                    unit=exchange.unit,
                )
                if way := self._confirm(change, self.setting):
                    return way
        return None

    def _at_the_site(self) -> Iterator[Callable[[], WayOut | None]]:
        yield lambda: station_at_site(self)
        yield lambda: own_feeder(self)

    # Confirming and pricing -----------------------------------------------------------------------------------------------------

    def _total(self, items: tuple[Item, ...]) -> Decimal:
        policy = find_policy(self.setting.request, self.setting.catalogue)
        return sum_cost(list_items(items, policy, self.setting.catalogue), policy).total_yuan

    def _is_worth(self, items: tuple[Item, ...]) -> bool:
        """
        Return whether the point with further items would cost less than the limit, so that what is too dear is not run at all.
        """
        if self.limit_yuan is None:
            return True
        try:
            return self._total((*self.failed.items, *items)) < self.limit_yuan
        except MissingRow:
            return False

    def _settle(self, change: Change, setting: Setting) -> WayOut | None:
        """
        Return a change as a way out if it holds at the worst steps and then at every step; None otherwise.
        """
        if not self._is_worth(change.items):
            return None
        return self._confirm(change, setting) if is_feasible(self._look(setting, change.network, self.steps)) else None

    def _confirm(self, change: Change, setting: Setting) -> WayOut | None:
        """
        Return a change that holds at the worst steps as a way out if it holds at every step; None otherwise.
        """
        checks = self._look(setting, change.network, None)
        return self.settled(change, checks) if is_feasible(checks) else None

    def settled(self, change: Change, checks: tuple[Check, ...], instead: Instead | None = None) -> WayOut | None:
        """
        Return a confirmed change as a way out, priced; None where a price or part is missing.

        :param instead: everything that is needed, where the change replaces the option's own items instead of adding to them
        """
        setting = self.setting
        policy = find_policy(setting.request, setting.catalogue)
        whole = instead or Instead(items=(*self.failed.items, *change.items), catalogue=setting.catalogue, route=self.failed.route)
        try:
            everything = list_items(whole.items, policy, whole.catalogue)
            materials = everything if instead else list_items(change.items, policy, setting.catalogue)
        except MissingRow:
            return None
        total = sum_cost(everything, policy).total_yuan
        return as_way_out(
            change,
            setting.network,
            self.bus,
            checks,
            materials=materials,
            yuan=(total, self.failed.total_yuan),
            days=expected_days(whole.voltage, (whole.route,), everything, whole.catalogue),
        )
