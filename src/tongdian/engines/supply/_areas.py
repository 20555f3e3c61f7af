"""
Which buses hang together: islands (with transformers), transformer areas (without), and the feeders that leave a busbar.
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Bools, Ints, Network
from tongdian.engines.supply._way.graph import components

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    """
    What is connected as the switches stand: lines and transformers as masks, and pairs of buses.
    """

    lines: Bools
    feeding: Bools
    wires: list[tuple[int, int]]
    windings: list[tuple[int, int]]
    ties: list[tuple[int, int]]


def _closed(network: Network) -> _Closed:
    buses, lines, transformers, switches = network.buses, network.lines, network.transformers, network.switches
    kinds = np.array(switches.kind, dtype=object)
    lines_closed = lines.in_service & buses.in_service[lines.from_bus] & buses.in_service[lines.to_bus]
    lines_closed[switches.element[(kinds == "line") & ~switches.closed]] = False
    feeding = transformers.in_service & buses.in_service[transformers.hv_bus] & buses.in_service[transformers.lv_bus]
    feeding[switches.element[(kinds == "transformer") & ~switches.closed]] = False
    joined = (kinds == "bus") & switches.closed
    return _Closed(
        lines=lines_closed,
        feeding=feeding,
        wires=list(zip(lines.from_bus[lines_closed].tolist(), lines.to_bus[lines_closed].tolist(), strict=True)),
        windings=list(zip(transformers.hv_bus[feeding].tolist(), transformers.lv_bus[feeding].tolist(), strict=True)),
        ties=list(zip(switches.bus[joined].tolist(), switches.element[joined].tolist(), strict=True)),
    )


def _live(network: Network, island: Ints) -> Bools:
    supplied = {int(island[bus]) for bus in network.sources.bus[network.sources.in_service].tolist()}
    return np.isin(island, sorted(supplied)) & network.buses.in_service


def find_live(network: Network) -> Bools:
    """
    Return which buses a source reaches.
    """
    closed = _closed(network)
    return _live(network, components(len(network.buses), closed.wires + closed.ties + closed.windings))


def find_areas(network: Network) -> Areas:
    """
    Return how the network hangs together with its switches as they stand; what is out of service connects nothing.
    """
    buses, lines, transformers = network.buses, network.lines, network.transformers
    closed = _closed(network)
    wires, ties, feeding = closed.wires, closed.ties, closed.feeding
    area = components(len(buses), wires + ties)
    island = components(len(buses), wires + ties + closed.windings)
    busbar = np.zeros(len(buses), dtype=np.bool_)
    busbar[transformers.lv_bus[feeding]] = True
    joint = components(len(buses), ties)
    busbar = np.isin(joint, joint[busbar])  # with everything that a closed switch joins to it
    feeder = components(len(buses), [pair for pair in wires + ties if not (busbar[pair[0]] or busbar[pair[1]])])
    transformer_of_area = np.full(len(buses), -1, dtype=np.int64)
    for position in np.flatnonzero(feeding)[::-1].tolist():
        transformer_of_area[area[transformers.lv_bus[position]]] = position
    loaded = np.zeros(len(buses), dtype=np.bool_)
    loaded[network.loads.bus[network.loads.in_service]] = True
    return Areas(
        island=island,
        area=area,
        feeder=feeder,
        transformer=transformer_of_area[area],
        busbar=busbar,
        degree=np.bincount(np.concatenate([lines.from_bus, lines.to_bus]), minlength=len(buses)).astype(np.int64),
        loaded=loaded,
        live=_live(network, island),
        lines_closed=closed.lines,
    )
