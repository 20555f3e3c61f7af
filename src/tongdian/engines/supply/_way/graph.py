"""
Graphs over positions: connected components and cheapest ways. The only file that knows rustworkx.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import rustworkx as rx

from tongdian.engines.grid import Floats, Ints

Edge = tuple[int, int]


def components(nodes: int, edges: Iterable[Edge]) -> Ints:
    """
    Return for each node the smallest position in its connected component.
    """
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from_no_data(list(edges))
    label = np.arange(nodes, dtype=np.int64)
    for component in rx.connected_components(graph):
        members = np.fromiter(component, dtype=np.int64, count=len(component))
        label[members] = members.min()
    return label


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """
    Cheapest ways from one origin: ``cost`` per node (inf where there is none), and by :meth:`to` the edges of each way.
    """

    cost: Floats
    origin: int
    paths: Mapping[int, Sequence[int]]
    best: dict[Edge, int]

    def to(self, node: int) -> tuple[list[int], list[int]]:
        """
        Return nodes and edge positions of the way from the origin to a node.
        """
        nodes = [self.origin] if node == self.origin else list(self.paths[node])
        return nodes, [self.best[min(pair), max(pair)] for pair in itertools.pairwise(nodes)]


def cheapest_ways(nodes: int, edges: list[Edge], weights: list[float], origin: int) -> Ways:
    """
    Return the cheapest ways from an origin to every node; of parallel edges the cheaper one, of equal ones the first.
    """
    best: dict[Edge, int] = {}
    for position, (one, other) in enumerate(edges):
        key = (min(one, other), max(one, other))
        if key not in best or weights[position] < weights[best[key]]:
            best[key] = position
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from([(one, other, weights[position]) for (one, other), position in best.items()])
    lengths = rx.dijkstra_shortest_path_lengths(graph, origin, float)
    cost = np.full(nodes, np.inf)
    for node, length in lengths.items():
        cost[node] = length
    cost[origin] = 0.0
    found = rx.dijkstra_shortest_paths(graph, origin, weight_fn=float)
    return Ways(cost=cost, origin=origin, paths=found, best=best)
