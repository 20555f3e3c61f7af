"""
Units answered in turn, each counting those before it; where nothing holds, the cheapest change of the area's network that helps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from tongdian.engines.grid import Limits, Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._catalogue import Catalogue, MissingRow
from tongdian.engines.supply._demand import understand
from tongdian.engines.supply._facts import Material
from tongdian.engines.supply._feed import feed_lines
from tongdian.engines.supply._materials import find_policy, list_items, sum_cost
from tongdian.engines.supply._propose import propose
from tongdian.engines.supply._reinforce import Change, second_cables, second_transformer, taps, transformer_exchanges
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Application, Option, Reservation, SupplyPlan

VOLTAGES = {"voltage_min", "voltage_max", "start_voltage", "start_dip", "service_drop", "power_flow"}
HELPS = {
    "tap": VOLTAGES,
    "larger_transformer": VOLTAGES | {"transformer_loading"},
    "second_transformer": VOLTAGES | {"transformer_loading"},
    "second_cable": VOLTAGES | {"line_loading"},
}
MOST_CHANGES = 14  # tried for one unit, the cheapest first
Told = Callable[[int], None]  # told how many applications are answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """
    On what units are answered: the network, what is held already, tables and limits.
    """

    network: Network
    held: tuple[Reservation, ...]
    catalogue: Catalogue
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """
    A change of the network that was made, for whom, and its bill.
    """

    change: Change
    wanted_by: tuple[str, ...]
    materials: tuple[Material, ...]
    total_yuan: Decimal


@dataclass(slots=True, kw_only=True)
class Turn:
    """
    What stands after some units were answered.
    """

    network: Network
    held: list[Reservation]
    answers: dict[str, tuple[SupplyPlan, Option]] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    unserved: list[str] = field(default_factory=list)


def bill_of(change: Change, application: Application, catalogue: Catalogue) -> tuple[tuple[Material, ...], Decimal]:
    """
    Return the bill of a change and its sum, paid as the application's policy says.
    """
    policy = find_policy(understand(application, catalogue), catalogue)
    materials = list_items(change.items, policy, catalogue)
    return materials, sum_cost(materials, policy).total_yuan


def changes_at(network: Network, transformer_id: int, bus_id: int, catalogue: Catalogue) -> Iterator[Change]:
    """
    Yield what can be changed in the area of a transformer: tap, its exchange, a second one, a second cable on the way to a bus.
    """
    station, at = position(network.transformers, transformer_id), position(network.buses, bus_id)
    yield from taps(network, station)
    yield from transformer_exchanges(network, station, catalogue)
    yield from second_transformer(network, station, catalogue)
    way = feed_lines(network, int(network.transformers.lv_bus[station]), at)
    for count in sorted({len(way), max(1, len(way) // 2)} if way else ()):
        strongest = list(second_cables(network, way[:count], catalogue))
        yield from strongest[len(strongest) // 2 :: 3]


def priced(changes: Iterator[Change], application: Application, catalogue: Catalogue) -> list[tuple[Decimal, int, Change]]:
    """
    Return changes by their price; what a price is missing for is left out.
    """
    found = []
    for order, change in enumerate(changes):
        try:
            found.append((bill_of(change, application, catalogue)[1], order, change))
        except MissingRow:
            continue
    return sorted(found, key=lambda each: each[:2])


def answer_in_turn(units: Sequence[Application], ground: Ground, told: Told) -> Turn:
    """
    Return the answers to units in turn: the cheapest option that holds all year, else with the cheapest change that makes one hold.
    """
    turn = Turn(network=ground.network, held=list(ground.held))
    for done, unit in enumerate(units):
        told(done)
        found = answer_one(unit, turn, ground)
        if found is None:
            turn.unserved.append(unit.reference)
        else:
            turn.answers[unit.reference] = found
    return turn


def answer_one(unit: Application, turn: Turn, ground: Ground) -> tuple[SupplyPlan, Option] | None:
    """
    Return the answer to one unit after those of a turn, and count it there; None where nothing supplies it.
    """
    plan = _answer(unit, turn.network, turn.held, ground)
    if plan.recommended is None and plan.options:
        plan = _with_change(unit, plan, turn, ground)
    if plan.recommended is None:
        return None
    option = plan.options[plan.recommended]
    turn.held += plan.reservations(option)
    return plan, option


def _answer(unit: Application, network: Network, held: Sequence[Reservation], ground: Ground) -> SupplyPlan:
    return propose(unit, network, held, catalogue=ground.catalogue, limits=ground.limits, shown=1, ways_out=False)


def _with_change(unit: Application, plan: SupplyPlan, turn: Turn, ground: Ground) -> SupplyPlan:
    """
    Return the answer with the cheapest change that makes a point hold, which is then made; the plan itself if none does.
    """
    for _, _, change in _helping(unit, plan, turn, ground.catalogue)[:MOST_CHANGES]:
        better = _answer(unit, change.network, turn.held, ground)
        if better.recommended is not None:
            materials, total = bill_of(change, unit, ground.catalogue)
            turn.network = change.network
            turn.made.append(Made(change=change, wanted_by=(unit.reference,), materials=materials, total_yuan=total))
            return better
    return plan


def _helping(unit: Application, plan: SupplyPlan, turn: Turn, catalogue: Catalogue) -> list[tuple[Decimal, int, Change]]:
    """
    Return, by price, the changes that can cure what binds at one of the points tried: a tap no overload, a transformer no other line.
    """
    tried = [(one.bus_id, one.binding.kind) for one in plan.rejected] + [(one.bus_id, one.binding.kind) for one in plan.options]
    areas, network = find_areas(turn.network), turn.network
    kinds: dict[int, set[str]] = {}
    where: dict[int, int] = {}
    for bus_id, kind in tried:
        station = int(areas.transformer[position(network.buses, bus_id)])
        kinds.setdefault(station, set()).add(kind)
        where.setdefault(station, bus_id)
    found = []
    for station, bus_id in where.items():
        changes = priced(changes_at(network, int(network.transformers.id[station]), bus_id, catalogue), unit, catalogue)
        found += [each for each in changes if HELPS[each[2].kind] & kinds[station]]
    return sorted(found, key=lambda each: (each[0], each[2].element_ids, each[1]))


def nearest_point(network: Network, place: tuple[float, float]) -> int:
    """
    Return the bus (position) with customers, at low voltage and live, that is nearest to a place.
    """
    from tongdian.engines.supply._candidates import connection_points, distances_m

    areas = find_areas(network)
    usable = connection_points(network, areas) & areas.loaded
    distance = np.where(usable, distances_m(network, place), np.inf)
    return int(np.argmin(distance))
