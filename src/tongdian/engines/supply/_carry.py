"""
What is promised at low voltage, as the 10 kV network above counts it.
"""

from collections.abc import Iterable
from dataclasses import replace

from tongdian.engines.grid import Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Reservation


def carry_up(network: Network, reservations: Iterable[Reservation]) -> tuple[Reservation, ...]:
    """
    Return low-voltage reservations as the 10 kV network counts them: at the high-voltage bus of the station that feeds them.

    :param network: the low-voltage network of the reservations
    """
    areas = find_areas(network)
    found = []
    for held in reservations:
        transformer = int(areas.transformer[position(network.buses, held.bus_id)])
        if transformer >= 0:
            found.append(replace(held, bus_id=int(network.buses.id[network.transformers.hv_bus[transformer]]), carried=True))
    return tuple(found)
