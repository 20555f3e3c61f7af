"""
From a network to trees: one per island, pure series impedances and nodal shunts, parents before their children.

Voltages are scaled per subtree so that every transformer's ratio becomes 1; powers are in MW and Mvar. Buses joined by closed
switches are one node. A branch with an open end is a shunt at the other: y/2 + 1 / (z + 2/y). Loops and further sources are
break-points of the tree (`_loops`).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._flow.branches import TRANSFORMER, Branch, bundle, list_branches, rate_lines, rate_transformers, rating_of
from tongdian.engines.grid._flow.loops import Break, Loops, NotRadial, loops_of
from tongdian.engines.grid._topology import Connections, connections, island_labels
from tongdian.engines.grid._values import Bools, Floats, Ints, Limits, Network
from tongdian.kit.refused import N_

MOST_BREAKS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """
    One island. Columns [nodes]: node 0 is the source, ``parent`` precedes its children, and each node owns the branch above it.

    ``r``/``x``: series impedance; ``g``/``b``: all admittance at the node; ``half_g``/``half_b``: what each end of the branch adds.
    ``rating``: current (lines) or apparent power (``is_transformer``) that the limits allow; ``low``/``high``: allowed squared voltage.
    ``supplied``: nodes where a source stands. ``loops``: what closes the tree.
    """

    parent: Ints
    r: Floats
    x: Floats
    g: Floats
    b: Floats
    half_g: Floats
    half_b: Floats
    rating: Floats
    is_transformer: Bools
    element: Ints
    low: Floats
    high: Floats
    low_bus: Ints
    high_bus: Ints
    source_v: float
    node_of_bus: Ints
    scale_kv: Floats
    supplied: Bools
    loops: Loops

    def columns(self) -> tuple[object, ...]:
        """
        Return the columns as the kernels read them.
        """
        both = (self.parent, self.r, self.x, self.g, self.b, self.half_g, self.half_b)
        return (*both, self.rating, self.is_transformer, self.low, self.high, self.source_v, self.loops.columns())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """
    What all trees of a network grow on.
    """

    network: Network
    ends: Connections
    limits: Limits
    judged: Bools
    node_of_bus: Ints
    branches: tuple[Branch, ...]


def trees(network: Network, limits: Limits, voltage_at: Bools | None = None, *, bundled: bool = False) -> tuple[Tree, ...]:
    """
    Return one tree per island with a source.

    :param voltage_at: the buses whose voltage is judged, by default all
    :param bundled: whether branches side by side that share every current alike become one, with the element that is full first
    :raises NotRadial: if sources contradict each other or an island has more break-points than the sweeps are made for
    """
    ends = connections(network)
    node_of_bus = _fuse(network, ends)
    branches = tuple(list_branches(network))
    alive, lines, transformers = network.buses.in_service, network.lines, network.transformers
    leads = (
        *(ends.line_from & ends.line_to & alive[lines.from_bus] & alive[lines.to_bus]),
        *(ends.transformer_hv & ends.transformer_lv & alive[transformers.hv_bus] & alive[transformers.lv_bus]),
    )
    used = np.flatnonzero(leads).tolist()
    if bundled:
        branches, used = bundle(network, limits, branches, used, node_of_bus)
    neighbours: dict[int, list[int]] = {}
    for at in used:
        for bus in branches[at].ends:
            neighbours.setdefault(int(node_of_bus[bus]), []).append(at)
    labels = island_labels(network)
    started = [at for at in np.flatnonzero(network.sources.in_service) if alive[network.sources.bus[at]]]
    together: dict[int, list[int]] = {}
    for row in started:
        together.setdefault(int(labels[network.sources.bus[row]]), []).append(int(row))
    judged = np.ones(len(alive), dtype=np.bool_) if voltage_at is None else voltage_at
    ground = _Ground(network=network, ends=ends, limits=limits, judged=judged, node_of_bus=node_of_bus, branches=branches)
    return tuple(_grow(ground, sources, neighbours) for sources in together.values())


def _fuse(network: Network, ends: Connections) -> Ints:
    """
    Return the representative bus of every bus.
    """
    parent = list(range(len(network.buses)))

    def root(bus: int) -> int:
        while parent[bus] != bus:
            parent[bus] = parent[parent[bus]]
            bus = parent[bus]
        return bus

    alive = network.buses.in_service
    for one, other in ends.joined:
        if alive[one] and alive[other]:
            parent[root(one)] = root(other)
    return np.array([root(bus) for bus in range(len(parent))], dtype=np.int64)


@dataclass(slots=True, kw_only=True)
class _Growth:
    """
    A tree while it grows: nodes by number, and for every node its parent, the branch above and its complex scale in kV.
    """

    number: dict[int, int]
    parents: list[int]
    above: list[int]
    scale: list[complex]
    breaks: list[Break]


def _grow(ground: _Ground, sources: list[int], neighbours: dict[int, list[int]]) -> Tree:
    """
    Walk an island from its first source, depth first, or breadth first where it has loops: loops are shorter then.
    """
    growth = _walk(ground, sources, neighbours, breadth=False)
    if growth.breaks:
        growth = _walk(ground, sources, neighbours, breadth=True)
        if len(growth.breaks) > MOST_BREAKS:
            raise NotRadial(N_("An island has %(count)s loops, too many for the sweeps. Study it by run_year."), count=len(growth.breaks))
    return _columns(ground, sources, growth)


def _walk(ground: _Ground, sources: list[int], neighbours: dict[int, list[int]], *, breadth: bool) -> _Growth:
    network, node_of_bus = ground.network, ground.node_of_bus
    start = int(node_of_bus[network.sources.bus[sources[0]]])
    order = [start]
    growth = _Growth(number={start: 0}, parents=[-1], above=[-1], scale=[complex(network.buses.nominal_kv[start])], breaks=[])
    waiting, seen, closing = deque((0, at) for at in reversed(neighbours.get(start, []))), set(), []
    while waiting:
        parent, at = waiting.popleft() if breadth else waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        branch = ground.branches[at]
        one, other = (int(node_of_bus[bus]) for bus in branch.ends)
        child = other if one == order[parent] else one
        if child in growth.number:
            closing.append(at)
            continue
        growth.number[child] = len(order)
        order.append(child)
        _extend(growth, branch, at, parent=parent, forward=one == order[parent])
        waiting.extend((growth.number[child], below) for below in reversed(neighbours.get(child, [])))
    for at in closing:
        _close(ground, growth, at)
    for source in sources[1:]:
        _feed(network, growth, sources[0], source, int(growth.number[int(node_of_bus[network.sources.bus[source]])]))
    return growth


def _extend(growth: _Growth, branch: Branch, at: int, *, parent: int, forward: bool) -> None:
    growth.above.append(at)
    growth.parents.append(parent)
    growth.scale.append(growth.scale[parent] / branch.turned if forward else growth.scale[parent] * branch.turned)


def _close(ground: _Ground, growth: _Growth, at: int) -> None:
    """
    Cut a branch that closes a loop at its far end: a node of its own there must have the voltage of the bus it was cut from.
    """
    branch = ground.branches[at]
    one, other = (growth.number[int(ground.node_of_bus[bus])] for bus in branch.ends)
    cut = len(growth.parents)
    _extend(growth, branch, at, parent=one, forward=True)
    growth.breaks.append(Break(take=cut, give=other, turn=complex(growth.scale[other] / growth.scale[cut])))


def _feed(network: Network, growth: _Growth, first: int, source: int, node: int) -> None:
    """
    Hold the voltage of a further source: what it gives is taken from the root.
    """
    sources = network.sources
    volts = [
        sources.voltage_pu[row] * network.buses.nominal_kv[sources.bus[row]] * np.exp(1j * np.deg2rad(sources.angle_degree[row])) / scale
        for row, scale in ((first, growth.scale[0]), (source, growth.scale[node]))
    ]
    if node != 0:
        growth.breaks.append(Break(take=0, give=node, turn=complex(volts[0] / volts[1])))
    elif abs(volts[0] - volts[1]) > 1e-9:  # noqa: PLR2004 - per unit
        raise NotRadial(N_("Two sources at one bus hold different voltages. Keep one of them."))


def _columns(ground: _Ground, sources: list[int], growth: _Growth) -> Tree:
    """
    Return the tree's columns.
    """
    network, limits, branches = ground.network, ground.limits, ground.branches
    parents, above, scale = growth.parents, growth.above, np.abs(np.array(growth.scale))
    count = len(parents)
    node = np.array([growth.number.get(int(root), -1) for root in ground.node_of_bus], dtype=np.int64)
    node[~network.buses.in_service] = -1
    z, y, rating = np.zeros(count, np.complex128), np.zeros(count, np.complex128), np.full(count, np.inf)
    kind, element, share = np.zeros(count, np.bool_), np.full(count, -1, np.int64), np.ones(count)
    shunt = _shunts(network, node, scale, count)
    for at in range(1, count):
        branch = branches[above[at]]
        kv = scale[at] if node[branch.ends[1]] != parents[at] or at >= len(growth.number) else scale[parents[at]]
        z[at], y[at] = branch.z / kv**2, branch.y * kv**2
        kind[at], element[at], share[at] = branch.kind == TRANSFORMER, branch.element, branch.share
        shunt[at] += y[at] / 2
        shunt[parents[at]] += y[at] / 2
    wired = ~kind & (element >= 0)
    rating[wired] = rate_lines(network, element[wired], limits, scale[wired]) / share[wired]
    rating[kind] = rate_transformers(network, element[kind], limits) / share[kind]
    for at, admittance in _stubs(network, ground.ends, branches, node, scale):
        shunt[at] += admittance
    low, high, low_bus, high_bus = _bands(network, limits, ground.judged, node, scale)
    root = network.sources.bus[sources[0]]
    volts = network.sources.voltage_pu[sources[0]] * network.buses.nominal_kv[root] / scale[0]
    supplied = np.zeros(count, np.bool_)
    supplied[node[network.sources.bus[sources]]] = True
    return Tree(
        parent=np.array(parents, dtype=np.int64),
        r=z.real.copy(),
        x=z.imag.copy(),
        g=shunt.real.copy(),
        b=shunt.imag.copy(),
        half_g=y.real / 2,
        half_b=y.imag / 2,
        rating=rating,
        is_transformer=kind,
        element=element,
        low=low,
        high=high,
        low_bus=low_bus,
        high_bus=high_bus,
        source_v=float(volts**2),
        node_of_bus=node,
        scale_kv=scale,
        supplied=supplied,
        loops=loops_of(parents, z, growth.breaks),
    )


def _shunts(network: Network, node: Ints, scale: Floats, count: int) -> "np.ndarray[tuple[int], np.dtype[np.complex128]]":
    """
    Return the admittance [nodes] of the network's own shunts.
    """
    shunt = np.zeros(count, np.complex128)
    shunts = network.shunts
    for row in np.flatnonzero(shunts.in_service):
        at = node[shunts.bus[row]]
        if at >= 0:
            share = (scale[at] / network.buses.nominal_kv[shunts.bus[row]]) ** 2
            shunt[at] += (shunts.p_kw[row] - 1j * shunts.q_kvar[row]) / 1000 * share
    return shunt


def _stubs(network: Network, ends: Connections, branches: tuple[Branch, ...], node: Ints, scale: Floats) -> Iterator[tuple[int, complex]]:
    """
    Yield node and admittance of every branch with one open end (or an end at a bus out of service).
    """
    alive = network.buses.in_service
    first, second = np.concatenate([ends.line_from, ends.transformer_hv]), np.concatenate([ends.line_to, ends.transformer_lv])
    for at in np.flatnonzero(first != second):
        branch = branches[at]
        end = 0 if first[at] else 1
        here = int(node[branch.ends[end]])
        if here < 0 or branch.y == 0 or not alive[branch.ends[end]]:
            continue
        admittance = branch.y / 2 + 1 / (branch.z + 2 / branch.y)
        yield here, admittance * (scale[here] / (branch.ratio if end == 0 else 1.0)) ** 2


def _bands(network: Network, limits: Limits, judged: Bools, node: Ints, scale: Floats) -> tuple[Floats, Floats, Ints, Ints]:
    """
    Return the squared voltages allowed at every node and the buses that say so (the tightest of fused ones).
    """
    low, high = np.zeros(len(scale)), np.full(len(scale), np.inf)
    low_bus, high_bus = np.full(len(scale), -1, np.int64), np.full(len(scale), -1, np.int64)
    buses = np.flatnonzero((node >= 0) & judged)
    at = node[buses]
    least = (limits.voltage_min_pu * network.buses.nominal_kv[buses] / scale[at]) ** 2
    most = (limits.voltage_max_pu * network.buses.nominal_kv[buses] / scale[at]) ** 2
    # the tightest of a node is written last, of equal ones the first bus
    for values, order, kept, by in (
        (least, np.lexsort((-buses, least)), low, low_bus),
        (most, np.lexsort((-buses, -most)), high, high_bus),
    ):
        kept[at[order]], by[at[order]] = values[order], buses[order]
    return low, high, low_bus, high_bus


def own_shunts(network: Network, tree: Tree) -> Floats:
    """
    Return the conductance [nodes] of the network's own shunts, in the tree's scaling.
    """
    return _shunts(network, tree.node_of_bus, tree.scale_kv, len(tree.parent)).real.copy()


def stub_admittances(network: Network, tree: Tree, limits: Limits) -> Iterator[tuple[bool, int, int, complex, float]]:
    """
    Yield every branch with one open end that hangs on the tree: whether it is a transformer, its row, node, admittance and rating.
    """
    ends = connections(network)
    first, second = np.concatenate([ends.line_from, ends.transformer_hv]), np.concatenate([ends.line_to, ends.transformer_lv])
    if (first == second).all():
        return
    branches = tuple(list_branches(network))
    stubs = _stubs(network, ends, branches, tree.node_of_bus, tree.scale_kv)
    alive = network.buses.in_service
    rows = []
    for at in np.flatnonzero(first != second):
        end = branches[at].ends[0 if first[at] else 1]
        if tree.node_of_bus[end] >= 0 and branches[at].y != 0 and alive[end]:
            rows.append(branches[at])
    for branch, (node, admittance) in zip(rows, stubs, strict=True):
        yield branch.kind == TRANSFORMER, branch.element, node, admittance, rating_of(network, branch, limits, tree.scale_kv[node])
