"""
The base year of a tree, kept as what is left in units of steps; what its bounds clear, and single steps looked at along paths.

Method and proof: docs/engines/grid.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.grid._capacity.coarse_year import CoarseYear, Singles, solve_coarsely
from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Floats, Ints

WIDEST_SPAN = 0.3  # of squared voltage: how far the voltage of a subtree may move for its gain to count
ROUNDING = 2.0**-23
LISTED = 1 << 22  # units left open, in all
AT_ONCE = 16  # units in a piece of work
STEADY = 0.5  # largest gain: beyond it, voltages of a subtree might not move the same way any more
CAUTION = 1e-3  # of squared voltage: what the extremes are widened by
SEARCH = 6  # attempts at an assumed gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """
    What steps need to be told by their flows up to an addition (`march.prove`): ``columns`` [kept, paths], where each node's path begins
    there, and ``told``: for which nodes it is known [nodes].
    """

    begin: Ints
    told: npt.NDArray[np.bool_]
    columns: Floats


Spread = Callable[[Callable[[Any], Any], Sequence[Any], int], list[Any]]


def base_year(tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int) -> "Base":
    """
    Solve the base year, several shares at a time, and keep what is left in it.

    :raises NoBaseCase: if a step has no solution
    """
    return Base(tree, csr, k, shape, solve_coarsely(tree, csr, k, shape, threads))


class Base:
    """
    What is left in the base year under the limits of a tree. ``span``: how far voltages may move for the bounds to hold; 0 where no bound
    is known.
    """

    CLEARED, STOPPED = 0, 1

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, year: CoarseYear) -> None:
        from tongdian.engines.grid._capacity import coarse, screen
        from tongdian.engines.grid._flow.sweeps import LANES

        self.kernels: Any = screen  # numba's dispatchers have no types
        self.tree, self.csr, self.k, self.shape, self.year = tree, csr, k, shape, year
        self.columns = tree.columns()
        self.lanes, self.blocks = LANES, coarse.BLOCKS
        nodes, units = len(tree.parent), year.store.shape[0] * self.lanes
        self.units = units
        self.depth: Ints = np.zeros(nodes, np.int64)
        for i in range(1, nodes):
            self.depth[i] = self.depth[tree.parent[i]] + 1
        wide = np.abs(year.ranges).reshape(3, 2, nodes).max(axis=1) * 1e-3 + 1e-9
        wide[2] = CAUTION
        self.ranges: Floats = year.ranges + np.repeat(wide, 2, axis=0) * np.array([-1, 1] * 3)[:, None]
        self.hats = (self.ranges[4], np.abs(self.ranges[:2]).max(axis=0), np.abs(self.ranges[2:4]).max(axis=0))
        self.highest = float(self.ranges[5].max())
        self._gains()
        self.reach: Singles = np.full((nodes, units), np.inf, np.float32)
        self.slack, self.low, self.high, self.room = (self.reach.copy() for _ in range(4))
        lost = self.error_share * np.where(np.isfinite(tree.rating), tree.rating, 0.0)
        coarse.reduce_units(
            year.store,
            tree.parent,
            tree.rating,
            tree.is_transformer,
            tree.low,
            tree.high,
            self.gain[5],
            lost,
            self.reach,
            self.slack,
            self.low,
            self.high,
            self.room,
        )
        steps = self.steps_of(np.arange(units))
        shares = shape[steps]
        self.shares = (shares.min(axis=1), shares.max(axis=1))
        self.year_rooms = tuple(part.min(axis=1) for part in (self.low, self.high, self.room))

    def with_limits(self, tree: Tree) -> "Base":
        """
        Return the same year under other limits.
        """
        return Base(tree, self.csr, self.k, self.shape, self.year)

    def _gains(self) -> None:
        """
        Find a gain of subtrees that holds its own assumption, and with it the error of the coarse year.
        """
        tree, year, nodes = self.tree, self.year, len(self.tree.parent)
        parts = tuple(np.zeros(nodes) for _ in range(5))
        self.span = self._reach_of_voltage()
        assumed, most = 0.02, np.inf
        hats = (self.hats[1], self.hats[2], self.hats[0])
        for _ in range(SEARCH):
            most = self.kernels.gains(self.columns, *hats, self.span, assumed, *parts)
            if most <= assumed:
                break
            assumed = most * 1.2 + 1e-6
            if assumed > STEADY:
                break
        if not most <= assumed or assumed > STEADY:
            self.span = 0.0
            most = STEADY
        chain = self._chain()
        self.delta = year.change / (1 - most)
        self.error = most * self.delta + chain * ROUNDING * max(self.highest, 1.0)
        rated = np.isfinite(tree.rating) & (tree.rating > 0)
        moved = float(((parts[0] + parts[1])[rated] / tree.rating[rated]).max(initial=0.0)) * self.delta
        self.error_share = 1e-5 + 2 * chain * ROUNDING + self.error + moved
        if self.error > CAUTION:
            self.span = 0.0
        ga, gb, gt, gh, gn = parts
        deepest = gh.copy()
        for i in range(nodes - 1, 0, -1):
            up = tree.parent[i]
            deepest[up] = max(deepest[up], deepest[i])
        self.gain = (ga, gb, gt, gh, deepest, np.maximum(gn, 1e-30))
        self._bends(hats, assumed, most)

    def _bends(self, hats: tuple[Floats, ...], assumed: float, most: float) -> None:
        """
        Bound how branches' rooms bend with the source's voltage: second derivatives of voltages are what they would be if they were none
        where they enter, and at most a share ``most`` of themselves.
        """
        parts, bend = tuple(np.zeros(len(self.tree.parent)) for _ in range(4)), np.zeros(len(self.tree.parent))
        entering = 0.0
        for _ in range(2):
            found = self.kernels.bends(self.columns, *hats, self.highest, self.span, assumed, self.gain[:3], entering, *parts, bend)
            entering = found / (1 - most)
        self.turns = np.stack([self.gain[5], bend])

    def _reach_of_voltage(self) -> float:
        """
        Return how far squared voltages may fall, or rise, before a limit is broken everywhere it is judged.
        """
        tree, store = self.tree, self.year.store
        falls = self.highest - float(tree.low[tree.low > 0].min()) if (tree.low > 0).any() else WIDEST_SPAN
        finite = np.isfinite(tree.high)
        rises = float(tree.high[finite].max()) - float(store[:, 0].min()) if finite.any() else WIDEST_SPAN
        self.falls, self.rises = min(max(falls, 0.02), WIDEST_SPAN), min(max(rises, 0.02), WIDEST_SPAN)
        return max(self.falls, self.rises) * 1.05

    def _chain(self) -> float:
        """
        Return how many roundings follow upon each other at most, between a load and the source and back.
        """
        parent, count = self.tree.parent, len(self.tree.parent)
        start = np.asarray(self.csr[0])
        length = np.diff(start).astype(np.float64)
        depth = np.zeros(count)
        for i in range(count - 1, 0, -1):
            up = parent[i]
            length[up] = max(length[up], length[i]) + 2
        for i in range(1, count):
            depth[i] = depth[parent[i]] + 4
        return float(length[0] + depth.max() + 8)

    def steps_of(self, units: Ints) -> Ints:
        """
        Return the steps [units, blocks] of units; the year's last one stands for those beyond its end.
        """
        first = units // self.lanes * self.lanes * self.blocks + units % self.lanes
        steps: Ints = np.minimum(first[:, None] + np.arange(self.blocks) * self.lanes, len(self.shape) - 1)
        return steps

    def tight_steps(self, near: float) -> Ints:
        """
        Return the steps of the units that come as near to a limit as any, or nearer than ``near``.
        """
        tree = self.tree
        voltage = np.minimum(self.low[0], self.high[0])  # squared: about twice the relative distance
        rated = np.flatnonzero(np.isfinite(tree.rating))
        share = (self.slack[rated] / tree.rating[rated, None].astype(np.float32)).min(axis=0) if len(rated) else np.full(self.units, np.inf)
        least = np.minimum(voltage / 2, share)
        least = least - 2 * self.error_share
        chosen = np.flatnonzero(least <= max(float(least.min()) + 4 * self.error_share, near))
        if least.min() > near:
            chosen = chosen[np.argsort(least[chosen], kind="stable")][:4]
        return np.unique(self.steps_of(chosen))

    def first_guess(self) -> tuple[Floats, Ints]:
        """
        Return the loss-free capacity of every node in MW and the unit that binds it: a prefix minimum down the tree.
        """
        tree = self.tree
        most = self.shares[1]
        flat = most.min() == 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = (part if flat else np.where(most > 0, part / most, np.inf) for part in (self.low, self.high))
        at = [part.argmin(axis=1) for part in (self.reach, low, high)]
        rows = np.arange(len(tree.parent))
        reach, low, high = (part[rows, where] for part, where in zip((self.reach, low, high), at, strict=True))
        drop, best, unit = np.zeros(len(rows)), np.full(len(rows), np.inf), np.zeros(len(rows), dtype=np.int64)
        for i in range(1, len(rows)):
            up = tree.parent[i]
            drop[i] = drop[up] + 2 * (tree.r[i] * self.k[0] + tree.x[i] * self.k[1])
            best[i], unit[i] = best[up], unit[up]
            options = [(float(reach[i]), at[0][i])]
            if drop[i] > 0:
                options.append((float(low[i]) / drop[i], at[1][i]))
            elif drop[i] < 0:
                options.append((-float(high[i]) / drop[i], at[2][i]))
            for value, where in options:
                if value < best[i]:
                    best[i], unit[i] = value, where
        return best, unit

    def tightest_steps(self, nodes: Ints, units: Ints, spread: Spread) -> Ints:
        """
        Return for every node the step of its unit where its loss-free headroom is least.
        """
        count = len(self.depth)
        none = Proofs(begin=np.zeros(count, np.int64), told=np.zeros(count, np.bool_), columns=np.zeros((self.kernels.KEPT, 0)))
        _, best = self._look_into(nodes, units, np.full(len(nodes), np.inf), none, spread)
        steps: Ints = self.steps_of(units)[np.arange(len(nodes)), best]
        return steps

    def open_units(self, nodes: Ints, x: Floats) -> tuple[Ints, Ints, Ints, Proofs]:
        """
        Return (node, unit) for the units that the bounds do not clear at additions of ``x``, the nodes for which they say nothing, and what
        steps of the others need to be told by their flows.
        """
        room = min(LISTED, len(nodes) * self.units)
        out_node, out_unit = np.empty(room, np.int64), np.empty(room, np.int64)
        counts, begins = np.zeros(len(nodes), np.int64), np.cumsum([0, *self.depth[nodes]])
        proven, columns = np.zeros(len(nodes), np.bool_), np.zeros((self.kernels.KEPT, begins[-1]))
        total = self.kernels.flagged(
            self.columns,
            nodes,
            x,
            *self.k,
            self.span,
            (*self.hats, *self.year_rooms, self.ranges),
            self.gain[:5],
            (self.reach, self.slack, self.low, self.high, self.room),
            self.shares,
            (self.error, self.error_share),
            out_node,
            out_unit,
            counts,
            begins,
            columns,
            proven,
        )
        proofs = Proofs(begin=np.zeros(len(self.depth), np.int64), told=np.zeros(len(self.depth), np.bool_), columns=columns)
        proofs.begin[nodes], proofs.told[nodes] = begins[:-1], proven
        return nodes[out_node[:total]], out_unit[:total], nodes[counts < 0], proofs

    def open_steps(self, nodes: Ints, units: Ints, x: Floats, proofs: Proofs, spread: Spread) -> tuple[Ints, Ints]:
        """
        Return (node, step) for the steps of units that their own flows do not clear at the additions ``x`` [nodes of the tree].
        """
        open_, _ = self._look_into(nodes, units, x[nodes], proofs, spread)
        pairs, lanes = np.nonzero(open_)
        steps = self.steps_of(units[pairs])[np.arange(len(pairs)), lanes]
        found = np.unique(np.stack([nodes[pairs], steps]), axis=1)  # the last step may stand for several
        return found[0], found[1]

    def _look_into(self, nodes: Ints, units: Ints, x: Floats, proofs: Proofs, spread: Spread) -> tuple[npt.NDArray[np.bool_], Ints]:
        """
        Return for every pair of node and unit the open lanes [pairs, lanes] at an addition, and the tightest lane.
        """
        year, errors, groups = self.year, (2 * self.error, 2 * self.error_share), _groups(units)  # the path is rounded, too
        open_, best = np.zeros((len(nodes), self.lanes), np.bool_), np.zeros(len(nodes), np.int64)

        def look(batch: list[Ints]) -> None:
            order, begins = np.concatenate(batch), np.cumsum([0, *map(len, batch)])
            own_open, own_best = np.zeros((len(order), self.lanes), np.bool_), np.zeros(len(order), np.int64)
            own = nodes[order]
            asked = (units[order[begins[:-1]]], begins, self.shape, own, proofs.begin[own], x[order], *self.k)
            proof = (proofs.told[own], proofs.columns, proofs.columns[0].copy())
            found = (own_open, own_best)
            self.kernels.look_into_units(
                self.columns, year.columns, year.coefficients, year.store, self.room, *asked, *proof, self.gain[3:5], errors, *found
            )
            open_[order], best[order] = found

        spread(look, [groups[begin : begin + AT_ONCE] for begin in range(0, len(groups), AT_ONCE)], len(groups) * self.lanes)
        return open_, best

    def march(self, nodes: Ints, steps: Ints, targets: Floats, spread: Spread) -> tuple[Floats, Ints, Ints, Ints]:
        """
        Return for every lane (node, step) how many MW, up to its target, break nothing; how it ended, and kind and node of the limit.
        """
        count = len(nodes)
        far, ended = np.zeros(count), np.zeros(count, np.int64)
        kind, where = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        samples, zero = self._samples()
        by_step = _groups(steps)
        at_once = self.lanes // len(samples)
        batches = [by_step[begin : begin + at_once] for begin in range(0, len(by_step), at_once)]

        def look(batch: list[Ints]) -> None:
            order = np.concatenate(batch)
            begins = np.cumsum([0, *map(len, batch)])
            results = (np.empty(len(order), np.int64), np.empty(len(order)), np.empty(len(order), np.int64), np.empty(len(order), np.int64))
            own = np.array([steps[group[0]] for group in batch])
            parts = (samples, zero, begins, nodes[order], targets[order])
            self.kernels.look_at_steps(self.columns, self.csr, own, *parts, *self.k, self.span, self.gain, self.turns, *results)
            ended[order], far[order], kind[order], where[order] = results

        spread(look, batches, self.lanes * len(batches) + 2 * count)
        return far, ended, kind, where

    def _samples(self) -> tuple[Floats, int]:
        """
        Return the source's squared voltages [points], rising, and which is the true one: Chebyshev's points, one moved there.
        """
        points = self.kernels.POINTS
        source, loads = self.tree.source_v, self.k[0] >= 0
        down, up = (self.falls, 0.25 * self.rises) if loads else (0.25 * self.falls, self.rises)
        at = np.cos(np.pi * (np.arange(points)[::-1] + 0.5) / points)
        samples: Floats = source - down + (at + 1) / 2 * (down + up)
        zero = int(np.abs(samples - source).argmin())
        samples[zero] = source
        return samples, zero


def _groups(values: Ints) -> list[Ints]:
    """
    Return the positions of equal values, value by value.
    """
    if not len(values):
        return []
    order = np.argsort(values, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(values[order])) + 1)
