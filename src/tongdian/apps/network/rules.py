"""
What capacity is counted against.
"""

from collections.abc import Iterable
from dataclasses import dataclass

NAMEPLATE, PLANNING = "nameplate", "planning"
MARGINS = (NAMEPLATE, PLANNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """
    What is asked of a network: how much more load, or generation; by which margin; with coming needs counted or without.
    """

    margin: str = NAMEPLATE
    generation: bool = False
    needs: bool = False


def list_askings(margins: Iterable[str], *, has_needs: bool) -> tuple[Asking, ...]:
    """
    Return what an island is answered for. Needs are counted for load only: a load that may not come makes no room for generation.
    """
    found = [Asking(margin=margin, generation=generation) for margin in margins for generation in (False, True)]
    return (*found, *(Asking(margin=margin, needs=True) for margin in margins if has_needs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """
    Power that is reserved at a bus, by its identifier.
    """

    bus_id: int
    p_kw: float
    q_kvar: float
