"""
Shortest ways along the courses of lines, and the shortest round through several places.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from tongdian.engines.grid._values import Floats, Ints, Network

METRES_PER_DEGREE = 111_195.08  # of a sphere with the Earth's mean radius
SHORTEST_M = 0.01  # a line of no length still is a way


class Corridors:
    """
    The graph of all lines, open ones too: an edge per line, of its recorded length. Nodes are positions of buses.
    """

    def __init__(self, network: Network) -> None:
        from scipy.sparse import coo_matrix

        lines = network.lines
        self.network, self.lon, self.lat = network, network.buses.lon, network.buses.lat
        self.best: dict[tuple[int, int], int] = {}
        for line in np.argsort(lines.length_m, kind="stable")[::-1].tolist():
            one, other = int(lines.from_bus[line]), int(lines.to_bus[line])
            self.best[min(one, other), max(one, other)] = line
        ends = np.array(list(self.best), dtype=np.int64).reshape(-1, 2)
        weights = np.maximum(lines.length_m[list(self.best.values())], SHORTEST_M)
        count = len(network.buses)
        self.graph = coo_matrix((weights, (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()
        self.before: dict[int, Ints] = {}

    def lengths(self, stops: Sequence[int]) -> Floats:
        """
        Return the lengths of the shortest ways [stops, stops] in metres, inf where there is none.
        """
        from scipy.sparse.csgraph import dijkstra

        lengths, before = dijkstra(self.graph, directed=False, indices=list(stops), return_predecessors=True)
        self.before.update(zip(stops, before, strict=True))
        found: Floats = lengths[:, list(stops)]
        return found

    def way(self, start: int, stop: int) -> list[int]:
        """
        Return the nodes of the shortest way between two places for which lengths were asked.
        """
        nodes = [stop]
        while nodes[-1] != start:
            nodes.append(int(self.before[start][nodes[-1]]))
        return nodes[::-1]

    def cuts(self, nodes: list[int], longest_m: float) -> Iterator[int]:
        """
        Yield where to cut a way into pieces of about equal length, none longer than ``longest_m`` if its lines allow; the end included.
        """
        steps = [float(self.network.lines.length_m[self.best[min(pair), max(pair)]]) for pair in itertools.pairwise(nodes)]
        reached = np.cumsum(steps) if steps else np.zeros(1)
        count = max(1, int(np.ceil(reached[-1] / longest_m)))
        inner = {1 + int(np.abs(reached - reached[-1] * part / count).argmin()) for part in range(1, count)}
        yield from sorted(inner - {len(nodes) - 1})
        yield len(nodes) - 1

    def course(self, nodes: list[int]) -> tuple[float, Floats]:
        """
        Return the length of a way in metres and its course [points, 2] of lon, lat.
        """
        length, places = 0.0, [np.array([[self.lon[nodes[0]], self.lat[nodes[0]]]])]
        for one, other in itertools.pairwise(nodes):
            line = self.best[min(one, other), max(one, other)]
            length += float(self.network.lines.length_m[line])
            path = self.network.lines.path[line]
            straight = np.array([[self.lon[one], self.lat[one]], [self.lon[other], self.lat[other]]])
            along = straight if path is None else path
            places.append(along if int(self.network.lines.from_bus[line]) == one else along[::-1])
        course = np.concatenate(places)
        return length, course[np.concatenate([[True], (np.diff(course, axis=0) != 0).any(axis=1)])]


def cheapest_round(cost: Floats) -> list[int] | None:
    """
    Return a short round through all places that begins at the first, or None if some pair has no way.

    From every start the nearest place is taken next; each round is then improved by reversing stretches (2-opt) until none helps.
    """
    if not np.isfinite(cost).all():
        return None
    rounds = [_improve(_nearest_next(cost, start), cost) for start in range(len(cost))]
    best = min(rounds, key=lambda order: (round(_length(order, cost), 6), order))
    at = best.index(0)
    return best[at:] + best[:at]


def _nearest_next(cost: Floats, start: int) -> list[int]:
    order, left = [start], set(range(len(cost))) - {start}
    while left:
        order.append(min(left, key=lambda place: (float(cost[order[-1], place]), place)))
        left.discard(order[-1])
    return order


def _length(order: list[int], cost: Floats) -> float:
    return float(cost[order, [*order[1:], order[0]]].sum())


def _improve(order: list[int], cost: Floats) -> list[int]:
    while True:
        trials = [order[:i] + order[i:j][::-1] + order[j:] for i in range(1, len(order) - 1) for j in range(i + 2, len(order) + 1)]
        best = min(trials, key=lambda trial: _length(trial, cost), default=order)
        if _length(best, cost) >= _length(order, cost) - 1e-6:
            return order
        order = best
