"""
The exact answer of one bus alone, without those of its neighbours.
"""

import math
from dataclasses import dataclass

from tongdian.engines.grid._capacity import UNSOLVED, Study, binding, power_table
from tongdian.engines.grid._radial import trees
from tongdian.engines.grid._values import Bools, Limits, Network
from tongdian.kit.refused import N_, Refused


class NotSupplied(Refused):
    """
    No source reaches the bus, or it is the source's own.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    What is asked: the addition's power factor and direction, the limits, and at which buses voltages are judged (all by default).
    """

    limits: Limits
    power_factor: float = 0.95
    generation: bool = False
    voltage_at: Bools | None = None

    def reactive(self, kw: float) -> float:
        """
        Return the reactive power that goes with an active one.
        """
        return kw * math.sqrt(1 / self.power_factor**2 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """
    What one bus can take, exact like the capacity table. ``kind``: the limit that binds (or, in an explanation's ``rooms``, the only kind
    that counted: ``voltage``, ``line_loading``, ``transformer_loading``). inf: nothing limits; nan: the voltage collapses before.
    """

    kind: str
    capacity_kw: float
    element_kind: str
    element_id: int
    element_name: str
    at: int


def room_at(island: Network, question: Question, bus: int) -> tuple[Room, float]:
    """
    Return the exact answer of one bus (its position), and its island's least margin without the addition.

    :raises NotSupplied: if no source reaches it, or it is the source's own
    :raises NotRadial: if the island is operated in a loop
    """
    grown = trees(island, question.limits, question.voltage_at)
    tree = next((tree for tree in grown if tree.node_of_bus[bus] > 0), None)
    if tree is None:
        text = N_("No capacity can be told at bus %(bus)s: no source feeds it, or it is the source itself.")
        raise NotSupplied(text, bus=int(island.buses.id[bus]))
    sign = -1.0 if question.generation else 1.0
    study = Study(tree, power_table(island, tree), (sign, sign * question.reactive(1.0)))
    node = int(tree.node_of_bus[bus])
    margin, kind, where, at = study.worst()
    kw = 0.0
    if margin >= 0:
        kw, kind, where, at = study.answer_at(node)
    limit, element_kind, identifier, name = binding(island, tree, kind, where)
    if kind == UNSOLVED:
        kw = math.nan
    return Room(kind=limit, capacity_kw=kw, element_kind=element_kind, element_id=identifier, element_name=name, at=at), margin
