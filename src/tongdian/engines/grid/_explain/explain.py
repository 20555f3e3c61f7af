"""
Why a bus can take what it can: what binds, when, what the way to it looks like then, and what the year does to the binding element.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._capacity.one import Question, Room, room_at
from tongdian.engines.grid._flow.path import PathElement, PathNode, branches_to, show_path
from tongdian.engines.grid._flow.powers import power_table
from tongdian.engines.grid._flow.radial import Tree, trees
from tongdian.engines.grid._flow.solver import NOMINAL, solve_tree
from tongdian.engines.grid._topology import island_at, position_of
from tongdian.engines.grid._values import Bools, Floats, Limits, Network
from tongdian.engines.grid._year import ExtraLoad, moment

VOLTAGE, LINE, TRANSFORMER = "voltage", "line_loading", "transformer_loading"
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """
    The answer of one bus with its reasons.

    ``limit``, ``element_*``, ``at``: what binds first and in which step (``moment`` if the year has dates), as in the capacity table;
    ``rooms``: every kind of limit alone, the tightest first, so that the second says what binds next. ``nodes``/``elements``: the way from
    the source in step ``at``. ``days_before``/``days_after`` [days]: the binding element's worst of every day, in per unit of the voltage
    or as a fraction of the rating; ``threshold`` is the limit in the same unit.
    """

    bus_id: int
    bus_name: str
    capacity_kw: float
    generation: bool
    limit: str
    element_kind: str
    element_id: int
    element_name: str
    at: int
    moment: str
    base_margin: float
    rooms: tuple[Room, ...]
    nodes: tuple[PathNode, ...]
    elements: tuple[PathElement, ...]
    days_before: Floats
    days_after: Floats
    threshold: float
    limits: Limits

    @property
    def is_broken(self) -> bool:
        """
        Whether a limit is broken without any addition.
        """
        return self.base_margin < 0

    @property
    def next_room(self) -> Room | None:
        """
        What would bind next, among the limits of another kind.
        """
        others = [room for room in self.rooms[1:] if math.isfinite(room.capacity_kw)]
        return others[0] if others else None


def explain(network: Network, question: Question, *, bus: int) -> Explanation:
    """
    Explain the capacity of one bus.

    :param bus: its position
    :raises NotSupplied: if no source reaches it, or it is the source's own
    :raises NotRadial: if its island cannot be answered exactly (sources that contradict each other, a loop without impedance)
    """
    island, mask, at = take_island(network, question, bus)
    asked = replace(question, voltage_at=mask)
    answer, margin = room_at(island, asked, at)
    tree = next(tree for tree in trees(island, question.limits, mask) if tree.node_of_bus[at] > 0)
    bounded = math.isfinite(answer.capacity_kw)
    step = max(answer.at, 0)
    kw = answer.capacity_kw * (-1.0 if question.generation else 1.0)
    extra = ExtraLoad(bus=at, p_kw=kw, q_kvar=question.reactive(kw)) if bounded and answer.capacity_kw > 0 else None
    nodes, elements = show_path(island, branches_to(island, tree, at), at, step=step, extra=extra)
    before, after, threshold = _days(island, asked, answer, extra)
    return Explanation(
        bus_id=int(network.buses.id[bus]),
        bus_name=network.buses.name[bus],
        capacity_kw=answer.capacity_kw,
        generation=question.generation,
        limit=answer.kind,
        element_kind=answer.element_kind,
        element_id=answer.element_id,
        element_name=answer.element_name,
        at=answer.at,
        moment=moment(island.profiles, answer.at).isoformat() if island.profiles is not None and answer.at >= 0 else "",
        base_margin=margin,
        rooms=_rooms(island, asked, at),
        nodes=nodes,
        elements=elements,
        days_before=before,
        days_after=after,
        threshold=threshold,
        limits=question.limits,
    )


def take_island(network: Network, question: Question, bus: int) -> tuple[Network, Bools | None, int]:
    """
    Return the island of a bus, the buses judged in it, and the bus's position there.
    """
    island = island_at(network, bus)
    mask = None
    if question.voltage_at is not None:
        judged = {int(identifier) for identifier in network.buses.id[question.voltage_at]}
        mask = np.array([int(identifier) in judged for identifier in island.buses.id], dtype=np.bool_)
    return island, mask, position_of(island.buses, int(network.buses.id[bus]))


def _rooms(island: Network, question: Question, bus: int) -> tuple[Room, ...]:
    """
    Return what each kind of limit alone would allow, the tightest first.
    """
    limits, free = question.limits, np.inf
    nowhere = np.zeros(len(island.buses), dtype=np.bool_)
    alone = (
        (VOLTAGE, replace(question, limits=replace(limits, line_loading=free, transformer_loading=free))),
        (LINE, replace(question, limits=replace(limits, transformer_loading=free), voltage_at=nowhere)),
        (TRANSFORMER, replace(question, limits=replace(limits, line_loading=free), voltage_at=nowhere)),
    )
    rooms = [replace(room_at(island, asked, bus)[0], kind=kind) for kind, asked in alone]
    return tuple(sorted(rooms, key=lambda room: math.inf if math.isnan(room.capacity_kw) else room.capacity_kw))


def _days(island: Network, question: Question, answer: Room, extra: ExtraLoad | None) -> tuple[Floats, Floats, float]:
    """
    Return the binding element's worst of every day without and with the addition, and its limit; empty where nothing binds.
    """
    nothing = np.zeros(0)
    if not answer.element_kind:
        return nothing, nothing, math.nan
    limits = question.limits
    threshold = {
        "voltage_low": limits.voltage_min_pu,
        "voltage_high": limits.voltage_max_pu,
        LINE: limits.line_loading,
        TRANSFORMER: limits.transformer_loading,
    }[answer.kind]
    grown = trees(island, NOMINAL)
    before = _worst_of_days(island, grown, answer, ())
    return before, before if extra is None else _worst_of_days(island, grown, answer, (extra,)), threshold


def _worst_of_days(island: Network, grown: Sequence[Tree], answer: Room, extra: Sequence[ExtraLoad]) -> Floats:
    table = {"bus": island.buses, "line": island.lines, "transformer": island.transformers}[answer.element_kind]
    position = position_of(table, answer.element_id)
    steps = island.profiles.steps if island.profiles is not None else 1
    size = HOURS_A_DAY * 60 // island.profiles.step_minutes if island.profiles is not None else 1
    if answer.element_kind == "bus":
        tree = next(tree for tree in grown if tree.node_of_bus[position] >= 0)
        node = int(tree.node_of_bus[position])
        per_unit = float(tree.scale_kv[node] / island.buses.nominal_kv[position])
    else:
        is_transformer = answer.element_kind == "transformer"
        owned = [np.flatnonzero((tree.element == position) & (tree.is_transformer == is_transformer)) for tree in grown]
        tree, nodes = next((tree, nodes) for tree, nodes in zip(grown, owned, strict=True) if len(nodes))
        node, per_unit = int(nodes[0]), 1.0
    loads = power_table(island, tree, extra)
    row = {"voltage_low": 0, "voltage_high": 1}.get(answer.kind, 2)
    found = np.empty(-(-steps // size))
    for day in range(len(found)):
        best, _when, _sums = solve_tree(island, tree, loads, np.arange(day * size, min((day + 1) * size, steps)))
        found[day] = best[row, node]
    return np.sqrt(found) * per_unit if answer.element_kind == "bus" else np.sqrt(found) / float(tree.rating[node])
