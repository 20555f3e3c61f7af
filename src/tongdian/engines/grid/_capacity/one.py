"""
The exact answer of one bus alone, without those of its neighbours.
"""

import math
from dataclasses import dataclass

from tongdian.engines.grid._capacity.capacity import CapacityModel
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
    :raises NotRadial: if the island cannot be answered exactly
    """
    model = CapacityModel(
        island,
        question.limits,
        power_factor=question.power_factor,
        generation=question.generation,
        voltage_at=question.voltage_at,
    )
    row = model.answer_bus(bus)
    if not len(row.bus):
        text = N_("No capacity can be told at bus %(bus)s: no source feeds it, or it is the source itself.")
        raise NotSupplied(text, bus=int(island.buses.id[bus]))
    room = Room(
        kind=row.limit[0],
        capacity_kw=float(row.capacity_kw[0]),
        element_kind=row.element_kind[0],
        element_id=int(row.element_id[0]),
        element_name=row.element_name[0],
        at=int(row.at[0]),
    )
    return room, float(row.base_margin[0])
