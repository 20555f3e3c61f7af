"""
The search among the connection points of one application at low voltage: the cheapest that holds, the fastest, the strongest, then others.

A point is looked at in a few steps first; only what may hold there is run over the whole year, and only what is shown.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tongdian.engines.grid import NoPowerFlow
from tongdian.engines.supply._candidates import Candidate
from tongdian.engines.supply._checks import NEW, fails_at_site_only, find_binding, is_feasible, single_check
from tongdian.engines.supply._days import expected_days
from tongdian.engines.supply._evaluate import Evaluation, Setting, cable_checks, collapse, confirm, glance, is_clearly_broken, screen
from tongdian.engines.supply._facts import Check, Cost, Days, Material
from tongdian.engines.supply._materials import find_policy, list_materials, sum_cost
from tongdian.engines.supply._values import Cable, Route

MOST_TRIES = 3  # points tried for being faster or stronger, before it is left at what was found
STRONGER_STEPS = (1, 2, 4)  # how many cables up the list of stronger ones are looked at


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
    days: Days


Entry = tuple[object, int, Offer]


@dataclass(slots=True, kw_only=True)
class Search:
    """
    Offers by cost; what was found to hold, and what was not and why.
    """

    setting: Setting
    free_kw: Mapping[int, float]
    waiting: list[Entry] = field(default_factory=list)
    found: list[tuple[Offer, Evaluation]] = field(default_factory=list)
    failed: list[tuple[Offer, tuple[Check, ...]]] = field(default_factory=list)

    def price(self, candidate: Candidate, route: Route, cables: tuple[Cable, ...]) -> Offer:
        """
        Return a connection point with the first of its cables, priced.
        """
        request, catalogue = self.setting.request, self.setting.catalogue
        materials = list_materials(request, route, cables[0], candidate.kind, catalogue)
        return Offer(
            candidate=candidate,
            route=route,
            cable=cables[0],
            stronger=cables[1:],
            materials=materials,
            cost=sum_cost(materials, find_policy(request, catalogue)),
            days=expected_days("low", (route,), materials, catalogue),
        )

    def add(self, order: int, candidate: Candidate, route: Route, cables: tuple[Cable, ...]) -> None:
        """
        Price a connection point with the first of its cables and put it in the queue.
        """
        offer = self.price(candidate, route, cables)
        heapq.heappush(self.waiting, (offer.cost.total_yuan, order, offer))

    def run(self, wanted: int) -> None:
        """
        Find what is shown: the cheapest that holds, the fastest, the strongest, then the cheapest of other feeders, then whatever is next.
        """
        self._cheapest()
        if self.found and wanted > 1:
            self._fastest()
        if self.found and len(self.found) < wanted:
            self._strongest()
        self._fill(wanted)
        self.found.sort(key=lambda pair: (pair[0].cost.total_yuan, pair[0].candidate.bus))

    def _cheapest(self) -> None:
        while self.waiting and not self.found:
            _, order, offer = heapq.heappop(self.waiting)
            self._try(order, offer)

    def _fastest(self) -> None:
        """
        Try the points that are sooner ready than what was found, the soonest first.
        """
        best = self.found[0][0].days.median
        sooner = sorted(
            (entry for entry in self.waiting if entry[2].days.median < best), key=lambda entry: (entry[2].days.median, *entry[:2])
        )
        for entry in sooner[:MOST_TRIES]:
            before = len(self.found)
            self._take(entry)
            if len(self.found) > before:
                return

    def _strongest(self) -> None:
        """
        Try what leaves more room: the cheapest point of every other feeder, and a stronger cable where that is what binds.
        """
        room = max(find_binding(evaluation.checks).margin for _, evaluation in self.found)
        seen = sorted(self._rooms(), key=lambda pair: (-pair[0], pair[1][2].cost.total_yuan, pair[1][1]))
        for margin, entry in seen[:MOST_TRIES]:
            if margin <= room + self.setting.catalogue.rules["strong_margin"]:
                return
            before = len(self.found)
            self._take(entry)
            if len(self.found) > before:
                return

    def _rooms(self) -> Iterator[tuple[float, Entry]]:
        """
        Yield the room that offers leave at the steps looked at; those that do not hold there are left out.
        """
        groups = {offer.candidate.group for offer, _ in self.found}
        firsts = [(entry, None) for entry in sorted(self.waiting, key=lambda entry: entry[:2])]
        held = [((offer.cost.total_yuan, 0, offer), find_binding(evaluation.checks)) for offer, evaluation in self.found]
        for entry, known in (*held, *firsts):
            offer = entry[2]
            if known is None:
                if offer.candidate.group in groups:
                    continue
                groups.add(offer.candidate.group)
            binding = known or self._binding(offer)
            if binding is None:
                continue
            if known is None:
                yield binding.margin, entry
            if known is not None and binding.element_kind in NEW:
                for stronger in self._with_stronger(offer):
                    improved = self._binding(stronger)
                    if improved is not None:
                        yield improved.margin, (stronger.cost.total_yuan, entry[1], stronger)

    def _with_stronger(self, offer: Offer) -> Iterator[Offer]:
        cables = stronger_cables(offer)
        for at in STRONGER_STEPS:
            if at <= len(cables):
                yield self.price(offer.candidate, offer.route, cables[at - 1 :])

    def _binding(self, offer: Offer) -> Check | None:
        try:
            checks = self.first_look(offer, full=False)
        except NoPowerFlow:
            return None
        return find_binding(checks) if is_feasible(checks) else None

    def _fill(self, wanted: int) -> None:
        """
        Take offers by cost until enough hold: first one of each group (feeder, terminal), then whatever is next.
        """
        put_off: list[Entry] = []
        while self.waiting and len(self.found) < wanted:
            entry = heapq.heappop(self.waiting)
            if entry[2].candidate.group in {offer.candidate.group for offer, _ in self.found}:
                put_off.append(entry)
            else:
                self._try(entry[1], entry[2])
        self.waiting = put_off + self.waiting
        heapq.heapify(self.waiting)
        while self.waiting and len(self.found) < wanted:
            _, order, offer = heapq.heappop(self.waiting)
            self._try(order, offer)

    def _take(self, entry: Entry) -> None:
        """
        Try an entry now, wherever it stands in the queue.
        """
        self.waiting = [other for other in self.waiting if other is not entry]
        heapq.heapify(self.waiting)
        self._try(entry[1], entry[2])

    def _try(self, order: int, offer: Offer) -> None:
        try:
            checks = self.first_look(offer)
            if is_feasible(checks):
                evaluation = confirm(self.setting, offer.candidate.bus, offer.cable)
                checks = evaluation.checks
                if is_feasible(checks):
                    self.found.append((offer, evaluation))
                    return
        except NoPowerFlow:
            checks = (collapse(self.setting, offer.candidate.bus),)
        if fails_at_site_only(checks) and (stronger := stronger_cables(offer)):
            self.add(order, offer.candidate, offer.route, stronger)
        else:
            self.failed.append((offer, checks))

    def first_look(self, offer: Offer, *, full: bool = True) -> tuple[Check, ...]:
        """
        Return the checks at a few steps, of the cable alone where that is broken, or of the free capacity where the table decides.

        What the table has beyond this load and all that is reserved under the same transformer needs no power flow; a load above what the
        table
        has is refused; what lies between is looked at.

        :param full: also run an area's year before the application, where its few steps hold
        """
        checks = cable_checks(self.setting, offer.cable, offer.candidate.bus)
        if (room := self._free(offer)) is not None:
            if not room.passed:
                return (*checks, room)
            if self._reserved_kw(offer) + self.setting.request.load.p_kw <= room.limit:
                return (*checks, room)
        if not is_feasible(checks):
            return checks
        seen = glance(self.setting, offer.candidate.bus, offer.cable)
        if seen and (not full or is_clearly_broken(self.setting, seen)):
            return seen
        return screen(self.setting, offer.candidate.bus, offer.cable)

    def _free(self, offer: Offer) -> Check | None:
        network, bus = self.setting.network, offer.candidate.bus
        identifier = int(network.buses.id[bus])
        if identifier not in self.free_kw:
            return None
        load, free = self.setting.request.load.p_kw, self.free_kw[identifier]
        element = ("bus", identifier, network.buses.name[bus])
        return single_check("free_capacity", element, load, free, sign=1, span=max(free, load), unit="kW")

    def _reserved_kw(self, offer: Offer) -> float:
        """
        Return what is reserved in the area of a point.
        """
        setting = self.setting
        area = int(setting.areas.area[offer.candidate.bus])
        return sum(held.p_kw for held, at in setting.study.held() if int(setting.areas.area[at]) == area)


def stronger_cables(offer: Offer) -> tuple[Cable, ...]:
    """
    Return the remaining cables that have less resistance: a dearer but weaker one would not help.
    """
    ohm = offer.cable.r_ohm_per_km / offer.cable.parallel
    return tuple(cable for cable in offer.stronger if cable.r_ohm_per_km / cable.parallel < ohm)
