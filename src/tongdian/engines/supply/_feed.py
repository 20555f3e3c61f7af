"""
The lines on the closed way between two buses.
"""

import numpy as np

from tongdian.engines.grid import Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._way.graph import cheapest_ways


def feed_lines(network: Network, busbar: int, bus: int) -> list[int]:
    """
    Return the lines (positions) on the shortest closed way from a busbar to a bus, in that order; none where there is no way.
    """
    lines, switches = network.lines, network.switches
    closed = np.flatnonzero(find_areas(network).lines_closed).tolist()
    edges = [(int(lines.from_bus[at]), int(lines.to_bus[at])) for at in closed]
    ties = [at for at, kind in enumerate(switches.kind) if kind == "bus" and switches.closed[at]]
    edges += [(int(switches.bus[at]), int(switches.element[at])) for at in ties]
    ways = cheapest_ways(len(network.buses), edges, [float(lines.length_m[at]) for at in closed] + [0.0] * len(ties), busbar)
    if not np.isfinite(ways.cost[bus]):
        return []
    return [closed[edge] for edge in ways.to(bus)[1] if edge < len(closed)]
