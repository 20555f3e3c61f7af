"""
The search for the capacity of every node of one tree: base year, first answers, and the clearing of all other steps.

Method and proof: docs/engines/grid.md.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._powers import Arrays
from tongdian.engines.grid._radial import Tree
from tongdian.engines.grid._values import Floats, Ints
from tongdian.kit.refused import N_, Refused

TOLERANCE = 1e-9  # of a margin: a step counts as broken below minus this; a root is closer than a hundredth of it
WIDEST_STORE = 400_000_000  # bytes of what is kept per node and step; larger networks keep minima of 32 steps
MOST = 1e5  # MW: beyond it nothing limits
ROUNDS = 200
UNSOLVED, UNSOLVED_MARGIN = 3, 1e-6
BATCH = 1 << 18
GENTLE = 12  # small steps of a bracket before it doubles
SHARED = 1_000_000  # nodes · questions worth a second thread
SMALLEST_SHARE = 4_000_000  # nodes · steps worth a thread of their own


class NoBaseCase(Refused):
    """
    The network alone has no power flow in some step.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Per node of a tree: kW, kind and node of the binding limit, step. Nodes that were not asked hold inf and −1.
    """

    kw: Floats
    kind: Ints
    where: Ints
    at: Ints
    looked_at: Ints
    base_margin: float


@dataclass(slots=True, kw_only=True)
class _Search:
    """
    The state of a search, per node of the tree; ``skip_*``: the limit that a node's question leaves out.
    """

    x: Floats
    kind: Ints
    where: Ints
    at: Ints
    looked_at: Ints
    skip_kind: Ints
    skip_at: Ints


class Study:
    """
    One tree, one direction and shape of the addition.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int = 1) -> None:
        from tongdian.engines.grid import _screen

        self.kernels: Any = _screen  # numba's dispatchers have no types
        self.tree, self.csr, self.k, self.shape, self.threads = tree, csr, k, shape, threads
        self.columns: Arrays = tree.columns()
        nodes, steps = len(tree.parent), len(shape)
        self.steps = steps
        self.width = 1 if nodes * steps * 12 <= WIDEST_STORE else self.kernels.LANES
        units = -(-steps // self.width)
        padded = np.append(shape, np.full(units * self.width - steps, shape[-1])).reshape(units, self.width)
        self.least_shape, self.most_shape = padded.min(axis=1), padded.max(axis=1)
        self.store = np.full((3, nodes, units), np.inf, dtype=np.float32)
        self.stats, self.when = self._base_year()
        reached = np.zeros(nodes, np.bool_)
        reached[tree.node_of_bus[tree.node_of_bus >= 0]] = True
        self.asked: Ints = np.flatnonzero(reached & ~tree.supplied)

    def _base_year(self) -> tuple[Floats, Ints]:
        """
        Solve the base year, several shares at a time, and return the year's extremes and their steps.
        """
        nodes, lanes = len(self.tree.parent), self.kernels.LANES
        count = max(1, min(self.threads, nodes * self.steps // SMALLEST_SHARE))
        size = -(-self.steps // (count * lanes)) * lanes

        def solve(begin: int) -> tuple[Floats, Ints]:
            stats, when = np.empty((10, nodes)), np.zeros((10, nodes), dtype=np.int64)
            end = min(begin + size, self.steps)
            failed = self.kernels.base_year(self.columns, self.csr, *self.k, self.shape, begin, end, self.width, self.store, stats, when)
            if failed >= 0:
                raise NoBaseCase(
                    N_("No power flow exists near step %(step)s, even without the addition. Check loads and impedances."), step=failed
                )
            return stats, when

        begins = range(0, self.steps, size)
        if len(begins) == 1:
            return solve(0)
        with ThreadPoolExecutor(len(begins)) as pool:
            found = list(pool.map(solve, begins))
        stats, when = found[0]
        for other, at in found[1:]:
            better = other < stats
            better[4:7] = other[4:7] > stats[4:7]
            stats[better], when[better] = other[better], at[better]
        return stats, when

    def answer(self, asked: Ints | None = None) -> Answer:
        """
        Return the capacity of the asked nodes, by default of all that stand for a bus.
        """
        asked = self.asked if asked is None else asked
        search, (margin, kind, where, at) = self._search(), self._worst()
        if margin < 0:
            search.x[:], search.kind[:], search.where[:], search.at[:] = 0.0, kind, where, at
            return self._answer(search, margin)
        guess, steps = self._first_guess()
        self._take_roots(search, asked, guess[asked], steps[asked])
        self._certify_all(search, asked)
        return self._answer(search, margin)

    def following(self, first: Answer) -> tuple[Answer, Floats]:
        """
        Return what would bind next if the binding limit were none, and the least margin of all others at the answer in the binding step.
        """
        search, asked = self._search(), self.asked[np.isfinite(first.kw[self.asked]) & (first.kind[self.asked] >= 0)]
        search.skip_kind[asked], search.skip_at[asked] = first.kind[asked], first.where[asked]
        left = np.full(len(first.kw), np.nan)
        if first.base_margin < 0 or not len(asked):
            search.x[:] = np.nan
            return self._answer(search, first.base_margin), left
        x = first.kw / 1e3
        left[asked] = self._margins(search, asked, x[asked], first.at[asked])[0]
        self._take_roots(search, asked, x[asked] * 1.05, first.at[asked])
        self._certify_all(search, asked)
        return self._answer(search, first.base_margin), left

    def _search(self) -> _Search:
        count = len(self.tree.parent)
        none = np.full(count, -1, np.int64)
        return _Search(
            x=np.full(count, np.inf),
            kind=none.copy(),
            where=none.copy(),
            at=none.copy(),
            looked_at=np.zeros(count, np.int64),
            skip_kind=none.copy(),
            skip_at=none.copy(),
        )

    def _answer(self, search: _Search, margin: float) -> Answer:
        search.x[search.kind == UNSOLVED] = np.nan
        return Answer(kw=search.x * 1e3, kind=search.kind, where=search.where, at=search.at, looked_at=search.looked_at, base_margin=margin)

    def _take_roots(self, search: _Search, asked: Ints, guess: Floats, steps: Ints) -> None:
        search.x[asked], search.kind[asked], search.where[asked] = self._root(search, asked, guess, steps)
        search.at[asked] = steps

    def _worst(self) -> tuple[float, int, int, int]:
        """
        Return the base year's least relative margin, its kind, node and step.
        """
        tree, stats = self.tree, self.stats
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(tree.low > 0, np.sqrt(np.maximum(stats[1] + tree.low, 0) / tree.low) - 1, np.inf)
            high = np.where(np.isfinite(tree.high), 1 - np.sqrt((tree.high - stats[2]) / tree.high), np.inf)
            room = np.where(np.isfinite(tree.rating), 1 - np.sqrt(-stats[3]), np.inf)
        room[0] = np.inf
        options = [(float(m.min()), kind, int(m.argmin())) for kind, m in enumerate((room, low, high))]
        margin, kind, node = min(options)
        return margin, kind, node, int(self.when[(3, 1, 2)[kind], node])

    def _first_guess(self) -> tuple[Floats, Ints]:
        """
        Return the loss-free capacity of every node in MW and the step that binds it: a prefix minimum down the tree.
        """
        tree, stats, when = self.tree, self.stats, self.when
        nodes = len(tree.parent)
        low, high = stats[8].copy(), stats[9].copy()
        low_at, high_at = when[8].copy(), when[9].copy()
        for i in range(nodes - 1, 0, -1):
            up = tree.parent[i]
            if low[i] < low[up]:
                low[up], low_at[up] = low[i], low_at[i]
            if high[i] < high[up]:
                high[up], high_at[up] = high[i], high_at[i]
        drop, best, at = np.zeros(nodes), np.full(nodes, np.inf), np.zeros(nodes, dtype=np.int64)
        for i in range(1, nodes):
            up = tree.parent[i]
            drop[i] = drop[up] + 2 * (tree.r[i] * self.k[0] + tree.x[i] * self.k[1])
            best[i], at[i] = best[up], at[up]
            options = [(stats[0, i], when[0, i])]
            if drop[i] > 0:
                options.append((low[i] / drop[i], low_at[i]))
            elif drop[i] < 0:
                options.append((-high[i] / drop[i], high_at[i]))
            for value, step in options:
                if value < best[i]:
                    best[i], at[i] = value, step
        return best, at

    def _margins(self, search: _Search, nodes: Ints, x: Floats, steps: Ints) -> tuple[Floats, Ints, Ints]:
        out, kind, where = np.empty(len(nodes)), np.empty(len(nodes), np.int64), np.empty(len(nodes), np.int64)
        added, skipped = x * self.shape[steps], (search.skip_kind[nodes], search.skip_at[nodes])
        self.kernels.margins(self.columns, self.csr, nodes, added * self.k[0], added * self.k[1], steps, *skipped, out, kind, where)
        return out, kind, where

    def _root(self, search: _Search, nodes: Ints, guess: Floats, steps: Ints) -> tuple[Floats, Ints, Ints]:
        """
        Return for every lane (node, step) the largest addition in MW without a broken limit: a bracket and Illinois' rule.
        """
        count = len(nodes)
        low, f_low = np.zeros(count), self._margins(search, nodes, np.zeros(count), steps)[0]
        high = np.where(np.isfinite(guess), np.maximum(guess, 1e-6), 1e-3)
        f_high = np.full(count, np.nan)
        open_, turns = np.arange(count), 0
        while len(open_):
            f = self._margins(search, nodes[open_], high[open_], steps[open_])[0]
            f_high[open_] = f
            fits = f > 0
            low[open_[fits]], f_low[open_[fits]] = high[open_[fits]], f[fits]
            open_ = open_[fits]
            high[open_] = high[open_] * np.where(np.isfinite(guess[open_]) & (turns < GENTLE), 1.02, 2.0) + 1e-9
            turns += 1
            endless = high[open_] > MOST
            high[open_[endless]] = np.inf
            open_ = open_[~endless]
        x = self._illinois(search, nodes, steps, (low, f_low), (high, f_high))
        bounded = np.isfinite(x)
        kind, where = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        f, kind[bounded], where[bounded] = self._margins(search, nodes[bounded], x[bounded], steps[bounded])
        kind[np.flatnonzero(bounded)[f > UNSOLVED_MARGIN]] = UNSOLVED  # the sweeps ended before any limit was reached
        return x, kind, where

    def _illinois(
        self, search: _Search, nodes: Ints, steps: Ints, fits_at: tuple[Floats, Floats], breaks_at: tuple[Floats, Floats]
    ) -> Floats:
        """
        Close the brackets (addition, margin) that fit and that break; inf where nothing breaks.
        """
        (low, f_low), (high, f_high) = fits_at, breaks_at
        x, side = low.copy(), np.zeros(len(nodes), dtype=np.int64)
        x[np.isinf(high)] = np.inf
        todo = np.flatnonzero(np.isfinite(high) & (f_low > TOLERANCE / 100))
        for turn in range(ROUNDS):
            if not len(todo):
                break
            a, b, fa, fb = low[todo], high[todo], f_low[todo], f_high[todo]
            middle = (a * -fb + b * fa) / (fa - fb) if turn % 8 != 7 else (a + b) / 2  # noqa: PLR2004 - halve now and then
            f = self._margins(search, nodes[todo], middle, steps[todo])[0]
            fits = f >= 0
            up, down = todo[fits], todo[~fits]
            low[up], f_low[up] = middle[fits], f[fits]
            high[down], f_high[down] = middle[~fits], f[~fits]
            f_high[up[side[up] == 1]] /= 2
            f_low[down[side[down] == -1]] /= 2
            side[up], side[down] = 1, -1
            near = (np.abs(f) <= TOLERANCE / 100) | (high[todo] - low[todo] <= 1e-15)  # noqa: PLR2004 - a billionth of a watt
            x[todo] = np.where(near & (np.abs(f) <= TOLERANCE / 100), middle, low[todo])
            todo = todo[~near]
        return x

    def _certify_all(self, search: _Search, asked: Ints) -> None:
        """
        Look at every step that the bounds do not clear, for parts of the nodes, several at a time.
        """
        parts = np.array_split(asked, max(1, -(-len(asked) // 256), self.threads if len(self.tree.parent) * len(asked) > SHARED else 1))
        if self.threads == 1 or len(parts) == 1:
            for part in parts:
                self._certify(search, part)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(lambda part: self._certify(search, part), parts))

    def _certify(self, search: _Search, part: Ints) -> None:
        """
        Look at every step that the bounds do not clear, until nothing is broken; a solved step is never looked at again.
        """
        lanes = [self._suspects(search, int(node)) for node in part]
        nodes = np.concatenate([np.zeros(0, np.int64), *(np.full(len(steps), node) for node, steps in zip(part, lanes, strict=True))])
        steps = np.concatenate([np.zeros(0, np.int64), *lanes])
        while len(nodes):
            pieces = [slice(begin, begin + BATCH) for begin in range(0, len(nodes), BATCH)]
            margin = np.concatenate([self._margins(search, nodes[s], search.x[nodes[s]], steps[s])[0] for s in pieces])
            broken = margin < -TOLERANCE
            nodes, steps, margin = nodes[broken], steps[broken], margin[broken]
            if not len(nodes):
                return
            order = np.lexsort((margin, nodes))
            nodes, steps = nodes[order], steps[order]
            worst = np.r_[True, nodes[1:] != nodes[:-1]]
            chosen, when = nodes[worst], steps[worst]
            found, kinds, wheres = self._root(search, chosen, search.x[chosen] * 0.999, when)
            search.x[chosen], search.kind[chosen] = np.minimum(found, search.x[chosen]), kinds
            search.where[chosen], search.at[chosen] = wheres, when
            nodes, steps = nodes[~worst], steps[~worst]

    def _suspects(self, search: _Search, node: int) -> Ints:
        """
        Return the steps that may break a limit at the node's present answer. Beside loops no bound is known: every step is looked at.
        """
        count, added = len(self.tree.parent), float(search.x[node])
        mask = np.ones(self.store.shape[2], dtype=np.bool_)
        if not np.isfinite(added) and not len(self.tree.loops):
            return np.zeros(0, dtype=np.int64)
        if np.isfinite(added) and not len(self.tree.loops):
            drop, spread, need = np.zeros(count), np.zeros(count), np.zeros(count)
            if self.kernels.bounds(self.columns, self.stats, node, added * self.k[0], added * self.k[1], drop, spread, need):
                skipped, shares = (search.skip_kind[node], search.skip_at[node]), (self.least_shape, self.most_shape)
                self.kernels.suspects(self.columns, node, added, *skipped, *shares, self.store, self.stats, drop, spread, need, mask)
        found = np.flatnonzero(mask)
        steps: Ints = (found[:, None] * self.width + np.arange(self.width)).ravel()
        steps = steps[(steps < self.steps) & (steps != search.at[node]) & (self.shape[np.minimum(steps, self.steps - 1)] > 0)]
        search.looked_at[node] = len(steps) + 1
        return steps
