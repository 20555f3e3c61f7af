"""
Capacity by solving every step of the whole tree: where no bound is known. Slower than the search, and exact.
"""

import numpy as np

from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Floats, Ints

TOLERANCE = 1e-9  # of a margin: a step counts as broken below minus this; a root is closer than a hundredth of it
MOST = 1e5  # MW: beyond it nothing limits
ROUNDS = 200
UNSOLVED, UNSOLVED_MARGIN = 3, 1e-6
GENTLE = 12  # small steps of a bracket before it doubles
Lanes = tuple[Floats, Ints, Ints]


def margins(  # noqa: PLR0917 - lanes are columns
    tree: Tree, csr: Arrays, k: tuple[float, float], nodes: Ints, added: Floats, steps: Ints
) -> Lanes:
    """
    Return the least margin of every lane (node, added MW, step) in the whole tree, its kind and node.
    """
    from tongdian.engines.grid._capacity import screen

    out, kind, where = np.empty(len(nodes)), np.empty(len(nodes), np.int64), np.empty(len(nodes), np.int64)
    screen.margins(tree.columns(), csr, nodes, added * k[0], added * k[1], steps, out, kind, where)
    return out, kind, where


def roots(  # noqa: PLR0917 - lanes are columns
    tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, nodes: Ints, guess: Floats, steps: Ints
) -> Lanes:
    """
    Return the capacity of every lane (node, step) in MW, kind and node of what binds; ``guess`` as in :func:`scan`.
    """
    return _Lanes(tree, csr, k, shape).root(nodes, guess, steps)


def scan(  # noqa: PLR0917 - lanes are columns
    tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, nodes: Ints, guess: Floats, steps: Ints
) -> tuple[Floats, Ints, Ints, Ints]:
    """
    Return the capacity of nodes in MW, kind and node of what binds, and the step: solved in one step each, then looked at in all.

    :param guess: of the capacity in ``steps``, inf where nothing is known
    """
    lanes = _Lanes(tree, csr, k, shape)
    x, kind, where = lanes.root(nodes, guess, steps)
    at = steps.copy()
    every = np.flatnonzero(shape > 0)
    for lane in range(len(nodes)):
        if not np.isfinite(x[lane]):
            x[lane] = MOST  # nothing binds in this step, but it may in another
        waiting = every[every != steps[lane]]
        while len(waiting):
            here = np.full(len(waiting), nodes[lane])
            margin = lanes.margins(here, np.full(len(waiting), x[lane]), waiting)[0]
            broken = margin < -TOLERANCE
            waiting, margin = waiting[broken], margin[broken]
            if not len(waiting):
                break
            worst = int(margin.argmin())
            found, kinds, wheres = lanes.root(nodes[lane : lane + 1], x[lane : lane + 1] * 0.999, waiting[worst : worst + 1])
            if found[0] < x[lane]:
                x[lane], kind[lane], where[lane], at[lane] = found[0], kinds[0], wheres[0], waiting[worst]
            waiting = np.delete(waiting, worst)
        if x[lane] >= MOST:
            x[lane], kind[lane], where[lane], at[lane] = np.inf, -1, -1, -1
    return x, kind, where, at


class _Lanes:
    """
    Unrelated lanes of one tree, each with its own node and step.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats) -> None:
        self.tree, self.csr, self.k, self.shape = tree, csr, k, shape

    def margins(self, nodes: Ints, x: Floats, steps: Ints) -> Lanes:
        """
        Return the least margin of every lane at an addition of ``x`` MW at the shape's peak, its kind and node.
        """
        return margins(self.tree, self.csr, self.k, nodes, x * self.shape[steps], steps)

    def root(self, nodes: Ints, guess: Floats, steps: Ints) -> Lanes:
        """
        Return for every lane (node, step) the largest addition in MW without a broken limit: a bracket and Illinois' rule.
        """
        count = len(nodes)
        low, f_low = np.zeros(count), self.margins(nodes, np.zeros(count), steps)[0]
        high = np.where(np.isfinite(guess), np.maximum(guess, 1e-6), 1e-3)
        f_high = np.full(count, np.nan)
        open_, turns = np.arange(count), 0
        while len(open_):
            f = self.margins(nodes[open_], high[open_], steps[open_])[0]
            f_high[open_] = f
            fits = f > 0
            low[open_[fits]], f_low[open_[fits]] = high[open_[fits]], f[fits]
            open_ = open_[fits]
            high[open_] = high[open_] * np.where(np.isfinite(guess[open_]) & (turns < GENTLE), 1.02, 2.0) + 1e-9
            turns += 1
            endless = high[open_] > MOST
            high[open_[endless]] = np.inf
            open_ = open_[~endless]
        x = self._illinois(nodes, steps, (low, f_low), (high, f_high))
        bounded = np.isfinite(x)
        kind, where = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        f, kind[bounded], where[bounded] = self.margins(nodes[bounded], x[bounded], steps[bounded])
        kind[np.flatnonzero(bounded)[f > UNSOLVED_MARGIN]] = UNSOLVED  # the sweeps ended before any limit was reached
        return x, kind, where

    def _illinois(self, nodes: Ints, steps: Ints, fits_at: tuple[Floats, Floats], breaks_at: tuple[Floats, Floats]) -> Floats:
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
            f = self.margins(nodes[todo], middle, steps[todo])[0]
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
