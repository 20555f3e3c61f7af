"""
Other switch positions by which a bus stays fed: one open switch closed, one closed switch opened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._explain.changes import SWITCH, Change
from tongdian.engines.grid._flow.path import branches_to
from tongdian.engines.grid._flow.radial import trees
from tongdian.engines.grid._flow.solver import NOMINAL
from tongdian.engines.grid._topology import connections, island_at, island_labels, position_of
from tongdian.engines.grid._values import Network

MOST_TIES = 4  # open switches that are tried, the nearest first

Element = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching:
    """
    A change of two switches, the network it makes, and a bus beyond the closed one: its island must hold as well.
    """

    change: Change
    network: Network
    far_bus: int


def switchings(network: Network, bus: int) -> Iterator[Switching]:
    """
    Yield switchings that may help a bus (its position): of every tie near it, the first, the middle and the last switch towards the source.
    """
    labels = island_labels(network)
    fed = {int(label) for label in labels[network.sources.bus[network.sources.in_service]]}
    own = _way(network, bus)
    ties = []
    for tie in np.flatnonzero(~network.switches.closed).tolist():
        near, far = _ends(network, tie)
        if labels[near] != labels[bus]:
            near, far = far, near
        if labels[near] == labels[bus] and int(labels[far]) in fed and _is_last_gap(network, tie):
            way = _way(network, near)
            other = _way(network, far) if labels[far] == labels[bus] else ()
            ties.append((len(set(way) ^ set(own)), tie, (way, other), far))
    for _, tie, (way, other), far in sorted(ties)[:MOST_TIES]:
        loop = [element for element in way if element not in set(other)]
        closed = _closed_on(network, loop)
        for opened in dict.fromkeys([*closed[-1:], *closed[len(closed) // 2 :][:1], *closed[:1]]):
            positions = network.switches.closed.copy()
            positions[tie], positions[opened] = True, False
            changed = replace(network, switches=replace(network.switches, closed=positions))
            yield Switching(change=_change(network, tie, opened), network=changed, far_bus=far)


def _change(network: Network, closed: int, opened: int) -> Change:
    tables = {"line": network.lines, "transformer": network.transformers, "bus": network.buses}
    rows = [(tables[network.switches.kind[at]], int(network.switches.element[at])) for at in (closed, opened)]
    return Change(
        kind=SWITCH,
        element_kind=network.switches.kind[closed],
        element_ids=tuple(int(table.id[at]) for table, at in rows),
        element_names=tuple(table.name[at] for table, at in rows),
        before="",
        after="",
    )


def _ends(network: Network, switch: int) -> tuple[int, int]:
    """
    Return the buses that a switch would join, its own first.
    """
    kind, bus, element = network.switches.kind[switch], int(network.switches.bus[switch]), int(network.switches.element[switch])
    if kind == "bus":
        return bus, element
    if kind == "line":
        one, other = int(network.lines.from_bus[element]), int(network.lines.to_bus[element])
    else:
        one, other = int(network.transformers.hv_bus[element]), int(network.transformers.lv_bus[element])
    return bus, other if bus == one else one


def _is_last_gap(network: Network, switch: int) -> bool:
    """
    Tell whether closing this one switch is enough: the other end of its element is connected.
    """
    kind, bus, element = network.switches.kind[switch], int(network.switches.bus[switch]), int(network.switches.element[switch])
    ends = connections(network)
    if kind == "line":
        return bool((ends.line_to if int(network.lines.from_bus[element]) == bus else ends.line_from)[element])
    return kind == "bus"


def _way(network: Network, bus: int) -> tuple[Element, ...]:
    """
    Return the elements from the source to a bus as kinds and positions in the network, the source first.
    """
    island = island_at(network, bus)
    at = position_of(island.buses, int(network.buses.id[bus]))
    tree = next((tree for tree in trees(island, NOMINAL) if tree.node_of_bus[at] >= 0), None)
    if tree is None:
        return ()
    way = branches_to(island, tree, at)
    tables = {"line": (island.lines, network.lines), "transformer": (island.transformers, network.transformers)}
    return tuple(
        (kind, position_of(tables[kind][1], int(tables[kind][0].id[row]))) for kind, row in zip(way.kinds, way.elements, strict=True)
    )


def _closed_on(network: Network, elements: list[Element]) -> list[int]:
    """
    Return the closed switches of some elements, in the order of the elements.
    """
    switches = network.switches
    closed: dict[Element, list[int]] = {}
    for at in np.flatnonzero(switches.closed).tolist():
        closed.setdefault((switches.kind[at], int(switches.element[at])), []).append(at)
    return [at for element in elements for at in closed.get(element, [])]
