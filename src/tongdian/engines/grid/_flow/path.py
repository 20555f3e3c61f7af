"""
The way from the source to a bus, and what voltages and loadings it shows in a step.
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._flow.solver import run_year
from tongdian.engines.grid._values import Floats, Network
from tongdian.engines.grid._year import ExtraLoad


@dataclass(frozen=True, slots=True, kw_only=True)
class PathNode:
    """
    A node of the way: its bus (identifier of the source), metres of line since the last transformer, and its voltage in per unit
    without the addition (``before_pu``) and with it (``after_pu``).
    """

    bus_id: int
    bus_name: str
    nominal_kv: float
    metres: float
    before_pu: float
    after_pu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PathElement:
    """
    A line or transformer of the way, from the source on; loadings are fractions of the rating.
    """

    kind: str
    element_id: int
    element_name: str
    type_name: str
    length_m: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """
    The way as positions: kind and position of every element, and the buses at its two ends; the source comes first.
    """

    kinds: tuple[str, ...]
    elements: tuple[int, ...]
    upper: tuple[int, ...]
    lower: tuple[int, ...]


def branches_to(network: Network, tree: Tree, bus: int) -> Branches:
    """
    Return the elements between the source of a tree and a bus (its position).
    """
    node, rows = int(tree.node_of_bus[bus]), []
    while node > 0:
        at = int(tree.element[node])
        kind = "transformer" if tree.is_transformer[node] else "line"
        table = (network.transformers.hv_bus, network.transformers.lv_bus)
        one, other = table if kind == "transformer" else (network.lines.from_bus, network.lines.to_bus)
        ends = (int(one[at]), int(other[at]))
        lower = ends[0] if tree.node_of_bus[ends[0]] == node else ends[1]
        rows.append((kind, at, ends[1] if lower == ends[0] else ends[0], lower))
        node = int(tree.parent[node])
    kinds, elements, upper, lowers = zip(*reversed(rows), strict=True) if rows else ((), (), (), ())
    return Branches(kinds=kinds, elements=elements, upper=upper, lower=lowers)


def show_path(
    network: Network, way: Branches, bus: int, *, step: int, extra: ExtraLoad | None
) -> tuple[tuple[PathNode, ...], tuple[PathElement, ...]]:
    """
    Return voltages and loadings along a way in one step, without and with an addition.
    """
    steps = np.array([step], dtype=np.int64)
    before = run_year(network, steps=steps)
    after = run_year(network, (extra,), steps=steps) if extra is not None else before

    def node(at: int, metres: float) -> PathNode:
        buses = network.buses
        return PathNode(
            bus_id=int(buses.id[at]),
            bus_name=buses.name[at],
            nominal_kv=float(buses.nominal_kv[at]),
            metres=metres,
            before_pu=float(before.voltage_min_pu[at]),
            after_pu=float(after.voltage_min_pu[at]),
        )

    metres, nodes, elements = 0.0, [], []
    nodes.append(node(way.upper[0] if way.upper else bus, 0.0))
    for kind, at, lower in zip(way.kinds, way.elements, way.lower, strict=True):
        is_line = kind == "line"
        table = network.lines if is_line else network.transformers
        length = float(network.lines.length_m[at]) if is_line else 0.0
        metres = metres + length if is_line else 0.0
        loadings: list[Floats] = [year.line_loading_max if is_line else year.transformer_loading_max for year in (before, after)]
        elements.append(
            PathElement(
                kind=kind,
                element_id=int(table.id[at]),
                element_name=table.name[at],
                type_name=table.type_name[at],
                length_m=length,
                before=float(loadings[0][at]),
                after=float(loadings[1][at]),
            )
        )
        nodes.append(node(lower, metres))
    return tuple(nodes), tuple(elements)
