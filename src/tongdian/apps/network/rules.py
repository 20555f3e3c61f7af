"""
What capacity is counted against.
"""

from dataclasses import dataclass

NAMEPLATE, PLANNING = "nameplate", "planning"
MARGINS = (NAMEPLATE, PLANNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """
    Power that is reserved at a bus, by its identifier.
    """

    bus_id: int
    p_kw: float
    q_kvar: float
