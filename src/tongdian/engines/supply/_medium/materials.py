"""
The bill of materials and labour of a 10 kV connection.
"""

import math
from collections.abc import Iterator
from decimal import Decimal

from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._materials import BEHIND, GRID, METER, PLOT, Item, way_items
from tongdian.engines.supply._values import Cable, CustomerStation, Route

RING_ENDS = 2  # a unit in the ring ends two ring cables
WAYS = {"ring_unit": "rmu-way", "substation_way": "substation-way"}  # ways of what stands


def connection_items(kind: str, route: Route, cable: Cable, ring_mm2: float, catalogue: Catalogue) -> Iterator[Item]:
    """
    Yield what one connection needs: the ring-main unit or a way of it, cable, terminations, joints, works and tests.

    :param kind: ``ring_joint`` (a new unit cut into the ring), ``ring_replace`` (a larger unit), ``ring_unit`` (a spare way),
        ``substation_way`` (an outgoing way of the substation)
    :param ring_mm2: cross-section of the ring's cable
    """
    one = Decimal(1)
    yield from way_items(route, cable, catalogue)
    ends = Decimal(cable.parallel)
    termination = catalogue.part("termination", cable.section_mm2).code
    yield termination, ends, GRID
    yield termination, ends, PLOT
    joints = math.floor(max(cable.length_m - 1e-6, 0.0) / catalogue.rules["drum_m"])
    yield catalogue.part("joint", cable.section_mm2).code, Decimal(joints * cable.parallel), GRID
    if kind in WAYS:
        yield WAYS[kind], one, GRID
    else:
        replaced = kind == "ring_replace"
        yield "rmu-6", one, GRID
        yield "rmu-install", one, GRID
        yield "rmu-removal" if replaced else "rmu-foundation", one, GRID
        ends = Decimal(RING_ENDS + 1 if replaced else RING_ENDS)  # a replaced unit also feeds its station
        yield catalogue.part("termination", ring_mm2).code, ends, GRID
        yield "ring-cut", one, GRID
    yield "medium-tests", one, GRID


def station_items(station: CustomerStation, connections: int, current_a: float, catalogue: Catalogue) -> Iterator[Item]:
    """
    Yield the metering of every connection and the customer's own station, and the design of the whole.
    """
    each = Decimal(connections)
    yield "medium-design", Decimal(1), GRID
    yield catalogue.part("current_transformer", current_a).code, 2 * each, METER
    yield "vt-medium", 2 * each, METER
    yield "meter-medium", each, METER
    yield "install-meter-medium", each, METER
    yield "cubicle-incoming", each, BEHIND
    yield "cubicle-metering", each, BEHIND
    yield "cubicle-transformer", Decimal(station.count), BEHIND
    yield station.code, Decimal(station.count), BEHIND
    yield "customer-commissioning", Decimal(1), BEHIND
