"""
The order of a renewal's works: the new cable is tied in, joints are moved from the far end on, the old line is removed.

While a joint is moved, it alone is dark, with what hangs on it beside the stretch: what lies beyond it is on the new cable already, what
lies before it still on the old one. To tie the new cable in at a joint, all that is fed over it is dark; a busbar has a way to spare. The
network between two steps, old and new beside each other, is solved at the weakest moments of the year before.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Ints, Limits, Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._checks import Case, is_feasible, network_checks
from tongdian.engines.supply._renewal.sizing import Stretch
from tongdian.engines.supply._renewal.values import OutageStep
from tongdian.engines.supply._study import Island, append, extremes
from tongdian.engines.supply._way.graph import components
from tongdian.kit.tables import read_table

WEAKEST = 12  # moments at which a state between two steps is solved


def find_steps(island: Island, stretch: Stretch, renewed: Network, given: tuple[Catalogue, Limits]) -> tuple[OutageStep, ...]:
    """
    Return the steps of the works in their order.

    :param renewed: the island with the new cables in place of the old lines
    """
    network = island.network
    behind = _Behind(network, stretch)
    order = sorted(dict.fromkeys(stretch.far), key=lambda bus: (-stretch.depth[bus], bus))
    steps = [_step(1, "start", stretch.root, behind.tied_in(stretch.root), network)]
    moved: list[int] = []
    for bus in order:
        moved.append(bus)
        state = _between(network, stretch, renewed, moved) if len(moved) < len(order) else renewed
        steps.append(_judged(_step(len(steps) + 1, "move", bus, behind.moved(bus), network), state, island, given))
    steps.append(_step(len(steps) + 1, "remove", stretch.root, (), network))
    return tuple(steps)


class _Behind:
    """
    Who is dark while one joint is isolated.
    """

    def __init__(self, network: Network, stretch: Stretch) -> None:
        self.network = network
        rows, switches, areas = network.lines, network.switches, find_areas(network)
        self.closed = [
            (int(rows.from_bus[at]), int(rows.to_bus[at])) for at in np.flatnonzero(areas.lines_closed).tolist() if at not in stretch.lines
        ]
        self.stretch = list(zip(stretch.near, stretch.far, strict=True))
        kinds = enumerate(switches.kind)
        self.closed += [(int(switches.bus[at]), int(switches.element[at])) for at, kind in kinds if kind == "bus" and switches.closed[at]]
        self.busbar = int(network.transformers.lv_bus[int(areas.transformer[stretch.root])])
        self.is_busbar = bool(areas.busbar[stretch.root])

    def moved(self, bus: int) -> tuple[int, ...]:
        """
        Return the joint that is moved and what hangs on it beside the stretch.
        """
        label = components(len(self.network.buses), self.closed)
        return tuple(np.flatnonzero(label == label[bus]).tolist())

    def tied_in(self, root: int) -> tuple[int, ...]:
        """
        Return what is fed over the joint at which the new cable is tied in; at a busbar with a way to spare nobody.
        """
        if self.is_busbar:
            return ()
        edges = [edge for edge in (*self.closed, *self.stretch) if root not in edge]
        label = components(len(self.network.buses), edges)
        beyond = {int(label[bus]) for edge in (*self.closed, *self.stretch) if root in edge for bus in edge if bus != root}
        return (root, *np.flatnonzero(np.isin(label, sorted(beyond - {int(label[self.busbar])}))).tolist())


@cache
def _hours() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in read_table("renewal_hours.csv")}


def _step(number: int, kind: str, where: int, dark: Sequence[int], network: Network) -> OutageStep:
    row = _hours()[kind]
    customers = sum(int((network.loads.in_service & (network.loads.bus == bus)).sum()) for bus in dark)
    return OutageStep(
        number=number,
        kind=kind,
        bus_name=network.buses.name[where],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        dark=tuple(network.buses.name[bus] for bus in dark if network.buses.nominal_kv[bus] < 1),
        customers=customers,
        hours=round(float(row["hours"]) + customers * float(row["per_customer_hours"]), 2),
        voltage_min_pu=None,
        line_loading_max=None,
        checks_hold=None,
    )


def _judged(step: OutageStep, state: Network, island: Island, given: tuple[Catalogue, Limits]) -> OutageStep:
    tables, limits = given
    before = island.before
    worst = island.points[np.argsort(before.voltage_min[island.points], kind="stable")[:WEAKEST]]
    steps = np.unique(np.concatenate([before.voltage_min_step[worst], before.transformer_step])).astype(np.int64)
    found = extremes(grid.run_year(state, island.reserved, steps=steps))
    points = _points(island, state)
    case = Case(
        network=state,
        points=points,
        before=before,
        after=found,
        limits=limits,
        catalogue=tables,
        moment=str,
    )
    return replace(
        step,
        voltage_min_pu=round(float(np.nanmin(found.voltage_min[points])), 9),
        line_loading_max=round(float(np.nanmax(found.line)), 9),
        checks_hold=is_feasible(network_checks(case)),
    )


def _points(island: Island, state: Network) -> Ints:
    loaded = state.loads.bus[state.loads.in_service]
    return np.unique(np.concatenate([loaded, np.array([load.bus for load in island.reserved], dtype=np.int64)])).astype(np.int64)


def _between(network: Network, stretch: Stretch, renewed: Network, moved: Sequence[int]) -> Network:
    """
    Return the island while some joints are on the new cable and the others still on the old line.
    """
    twin: dict[int, int] = {stretch.root: stretch.root}
    buses, lines = network.buses, network.lines
    for bus in stretch.far:
        twin[bus] = len(buses)
        buses = append(
            buses,
            id=int(buses.id.max()) + 1,
            name=network.buses.name[bus],
            nominal_kv=network.buses.nominal_kv[bus],
            lon=network.buses.lon[bus],
            lat=network.buses.lat[bus],
            in_service=True,
        )
    new = renewed.lines
    for at, line in enumerate(stretch.lines):
        row = {name: getattr(new, name)[line] for name in ("name", "type_name", "length_m", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km")}
        row |= {name: getattr(new, name)[line] for name in ("g_us_per_km", "rated_a", "derating", "parallel")}
        lines = append(
            lines,
            id=int(lines.id.max()) + 1,
            from_bus=twin[stretch.near[at]],
            to_bus=twin[stretch.far[at]],
            in_service=True,
            path=None,
            **row,
        )
    shift = np.arange(len(buses), dtype=np.int64)
    for bus in moved:
        shift[bus] = twin[bus]
    old = np.zeros(len(lines), dtype=np.bool_)
    old[list(stretch.lines)] = True
    fresh = np.arange(len(lines)) >= len(network.lines)
    gone = np.isin(lines.to_bus, list(moved)) | np.isin(lines.from_bus, list(moved))
    keep = ~(old & gone)
    lines = replace(
        lines,
        from_bus=np.where(old | fresh, lines.from_bus, shift[lines.from_bus]),
        to_bus=np.where(old | fresh, lines.to_bus, shift[lines.to_bus]),
        in_service=lines.in_service & keep,
    )
    return replace(
        network,
        buses=buses,
        lines=lines,
        loads=replace(network.loads, bus=shift[network.loads.bus]),
        generators=replace(network.generators, bus=shift[network.generators.bus]),
        shunts=replace(network.shunts, bus=shift[network.shunts.bus]),
    )
