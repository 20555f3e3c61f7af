"""
What an option tells beside its checks: the area before and after, the way from the transformer, loadings for a map.
"""

import math

import numpy as np

from tongdian.engines.grid import Ints, Network
from tongdian.engines.supply._areas import Areas
from tongdian.engines.supply._checks import Extremes
from tongdian.engines.supply._study import Island, Study, position
from tongdian.engines.supply._values import FeedElement, LineLoading, Route, State
from tongdian.engines.supply._way.graph import cheapest_ways
from tongdian.engines.supply._way.plane import Courses

MAP_M = 200.0  # loadings are kept for lines within this distance of the route


def describe_state(network: Network, points: Ints, at: int, year: Extremes, study: Study) -> State:
    """
    Return the state of an island over the year; voltages at supply points, ``at`` is the connection point.
    """
    where = points if len(points) else np.array([at])
    lowest = int(where[np.argmin(year.voltage_min[where])])
    line = int(np.argmax(year.line)) if len(year.line) else -1
    transformer = int(np.argmax(year.transformer))
    return State(
        voltage_min_pu=round(float(year.voltage_min[lowest]), 9),
        voltage_min_name=network.buses.name[lowest],
        voltage_min_moment=study.moment(int(year.voltage_min_step[lowest])),
        voltage_max_pu=round(float(year.voltage_max[where].max()), 9),
        point_voltage_min_pu=round(float(year.voltage_min[at]), 9),
        line_loading_max=round(float(year.line[line]), 9) if line >= 0 else 0.0,
        line_loading_name=network.lines.name[line] if line >= 0 else "",
        transformer_loading_max=round(float(year.transformer[transformer]), 9),
        transformer_loading_moment=study.moment(int(year.transformer_step[transformer])),
        losses_kwh=round(year.losses_kwh, 3),
    )


def find_feed(network: Network, areas: Areas, bus: int, island: Island, after: Extremes) -> tuple[FeedElement, ...]:
    """
    Return the transformer and the lines between its busbar and a bus (position in the whole network), in that order.
    """
    transformer = int(areas.transformer[bus])
    lines, switches = network.lines, network.switches
    closed = np.flatnonzero(areas.lines_closed & (areas.area[lines.from_bus] == areas.area[bus])).tolist()
    edges = [(int(lines.from_bus[i]), int(lines.to_bus[i])) for i in closed]
    ties = [i for i, kind in enumerate(switches.kind) if kind == "bus" and switches.closed[i]]
    edges += [(int(switches.bus[i]), int(switches.element[i])) for i in ties]
    weights = [float(lines.length_m[i]) for i in closed] + [0.0] * len(ties)
    ways = cheapest_ways(len(network.buses), edges, weights, int(network.transformers.lv_bus[transformer]))
    part = island.network
    at = position(part.transformers, int(network.transformers.id[transformer]))
    elements = [
        FeedElement(
            kind="transformer",
            id=int(network.transformers.id[transformer]),
            name=network.transformers.name[transformer],
            type_name=network.transformers.type_name[transformer],
            length_m=0.0,
            rated=float(network.transformers.rated_kva[transformer]),
            loading_before=round(float(island.before.transformer[at]), 9),
            loading_after=round(float(after.transformer[at]), 9),
        )
    ]
    for edge in ways.to(bus)[1]:
        if edge >= len(closed):
            continue
        line = closed[edge]
        at = position(part.lines, int(lines.id[line]))
        rated = float(lines.rated_a[line] * lines.derating[line] * lines.parallel[line])
        elements.append(
            FeedElement(
                kind="line",
                id=int(lines.id[line]),
                name=lines.name[line],
                type_name=lines.type_name[line],
                length_m=round(float(lines.length_m[line]), 2),
                rated=rated if math.isfinite(rated) else None,
                loading_before=round(float(island.before.line[at]), 9),
                loading_after=round(float(after.line[at]), 9),
            )
        )
    return tuple(elements)


def lines_near(courses: Courses, route: Route, radius_m: float) -> tuple[int, ...]:
    """
    Return the lines (positions) whose course comes within a radius of a bend of the route.
    """
    bends = {place for segment in route.segments for place in segment.path}
    near = np.zeros(len(courses.lines), dtype=np.bool_)
    for place in bends:
        near |= courses.nearest(place)[0] <= radius_m
    return tuple(courses.lines[i] for i in np.flatnonzero(near))


def map_loadings(
    network: Network, near: tuple[int, ...], chosen: Island, after: Extremes, studied: tuple[Island, ...]
) -> tuple[LineLoading, ...]:
    """
    Return the loadings of lines near the site: before and after in the chosen island, before in the others that were run.
    """
    wanted = {int(network.lines.id[line]) for line in near}
    found: dict[int, LineLoading] = {}
    for island in studied:
        loadings = after.line if island is chosen else island.before.line
        for at, identifier in enumerate(island.network.lines.id.tolist()):
            if identifier in wanted:
                before = round(float(island.before.line[at]), 6)
                found[identifier] = LineLoading(line_id=identifier, before=before, after=round(float(loadings[at]), 6))
    return tuple(found[identifier] for identifier in sorted(found))
