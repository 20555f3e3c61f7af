"""
Which buses hang together: islands (with transformers), transformer areas (without), and the feeders that leave a busbar.
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Bools, Ints, Network
from tongdian.engines.supply._graph import components

LOW_VOLTAGE_KV = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """
    Labels per bus: equal labels hang together. ``feeder`` is the label after the busbars are taken out (a busbar is its own).

    ``transformer``: position of the transformer that feeds the bus's area at low voltage (the first in service), −1 for none.
    ``degree``: number of lines at the bus; ``loaded``: whether customers hang on it; ``live``: whether a source reaches it.
    """

    island: Ints
    area: Ints
    feeder: Ints
    transformer: Ints
    busbar: Bools
    degree: Ints
    loaded: Bools
    live: Bools
    lines_closed: Bools


def find_areas(network: Network) -> Areas:
    """
    Return how the network hangs together with its switches as they stand; what is out of service connects nothing.
    """
    buses, lines, transformers, switches = network.buses, network.lines, network.transformers, network.switches
    kinds = np.array(switches.kind, dtype=object)
    open_lines = switches.element[(kinds == "line") & ~switches.closed]
    open_transformers = switches.element[(kinds == "transformer") & ~switches.closed]
    lines_closed = lines.in_service & buses.in_service[lines.from_bus] & buses.in_service[lines.to_bus]
    lines_closed[open_lines] = False
    feeding = transformers.in_service & buses.in_service[transformers.hv_bus] & buses.in_service[transformers.lv_bus]
    feeding[open_transformers] = False
    joined = (kinds == "bus") & switches.closed
    ties = list(zip(switches.bus[joined].tolist(), switches.element[joined].tolist(), strict=True))
    wires = list(zip(lines.from_bus[lines_closed].tolist(), lines.to_bus[lines_closed].tolist(), strict=True))
    windings = list(zip(transformers.hv_bus[feeding].tolist(), transformers.lv_bus[feeding].tolist(), strict=True))
    area = components(len(buses), wires + ties)
    island = components(len(buses), wires + ties + windings)
    busbar = np.zeros(len(buses), dtype=np.bool_)
    busbar[transformers.lv_bus[feeding]] = True
    feeder = components(len(buses), [pair for pair in wires + ties if not (busbar[pair[0]] or busbar[pair[1]])])
    transformer_of_area = np.full(len(buses), -1, dtype=np.int64)
    for position in np.flatnonzero(feeding)[::-1].tolist():
        transformer_of_area[area[transformers.lv_bus[position]]] = position
    loaded = np.zeros(len(buses), dtype=np.bool_)
    loaded[network.loads.bus[network.loads.in_service]] = True
    supplied = {int(island[bus]) for bus in network.sources.bus[network.sources.in_service].tolist()}
    return Areas(
        island=island,
        area=area,
        feeder=feeder,
        transformer=transformer_of_area[area],
        busbar=busbar,
        degree=np.bincount(np.concatenate([lines.from_bus, lines.to_bus]), minlength=len(buses)).astype(np.int64),
        loaded=loaded,
        live=np.isin(island, sorted(supplied)) & buses.in_service,
        lines_closed=lines_closed,
    )
