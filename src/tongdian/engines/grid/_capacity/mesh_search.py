"""
The search for the capacity of nodes beside loops: first answers, and the clearing of all other steps.

Method and proof: docs/engines/grid.md, "Loops and several sources".
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._capacity.mesh import Reach, mesh_of
from tongdian.engines.grid._capacity.mesh_year import MeshYear, OpenSteps
from tongdian.engines.grid._capacity.scan import TOLERANCE, UNSOLVED, margins, roots
from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Bools, Floats, Ints

Spread = Callable[[Callable[[Any], Any], Sequence[Any], int], list[Any]]

MOST_KEPT = 1 << 24  # nodes · steps of the base year that are kept at a time: a quarter of a gigabyte
FEW, GROWTH = 8, 8  # open steps of a node solved in its first round; how many times more in each where none of them breaks
QUICK = 1  # rounds that look at the worst steps only
HARD = 64  # steps tried where an addition is too large for the bounds
PIECE = 256  # lanes
PIECES = (7, 31, 511)  # of [0, x] where what lies between is not proven by its ends: points fill the lanes
AT_ONCE = 1 << 20  # lanes


@dataclass(slots=True, kw_only=True)
class Found:
    """
    Answers [asked]: addition in MW, kind, node and step of the limit, number of steps solved, and whether the bounds failed.
    """

    x: Floats
    kind: Ints
    where: Ints
    at: Ints
    looked_at: Ints
    failed: Bools


class MeshSearch:
    """
    A tree with break-points, one direction and shape of the addition. ``usable``: whether the bounds may be asked at all.

    A year that is too large to be kept is taken in parts: the answer is the least of all.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int) -> None:
        self.tree, self.csr, self.k, self.shape, self.threads = tree, csr, k, shape, threads
        mesh = mesh_of(tree)
        self.usable = mesh is not None
        if mesh is None:
            return
        self.mesh = mesh
        count = max(1, -(-len(tree.parent) * len(shape) // MOST_KEPT))
        self.parts = np.array_split(np.arange(len(shape)), count)
        self.kept = self._year(self.parts[0]) if count == 1 else None
        self.look_through()

    def with_limits(self, tree: Tree) -> "MeshSearch":
        """
        Return the same year under other limits.
        """
        search = copy.copy(self)
        search.tree, search.kept = tree, self.kept and self.kept.with_limits(tree)
        if self.usable:
            search.look_through()
        return search

    def look_through(self) -> None:
        """
        Find the steps among which is the one that comes nearest to a limit.
        """
        found = []
        for part, year in self._years():
            self.usable = self.usable and year.usable
            found.append(part[year.hard_steps()])
        self.hard_steps: Ints = np.concatenate(found)

    def _year(self, part: Ints) -> MeshYear:
        start, row, cp, cq, prof_p, prof_q = self.csr
        assert isinstance(prof_p, np.ndarray)
        assert isinstance(prof_q, np.ndarray)
        csr = (start, row, cp, cq, np.ascontiguousarray(prof_p[:, part]), np.ascontiguousarray(prof_q[:, part]))
        return MeshYear(self.tree, self.mesh, csr, self.k, np.ascontiguousarray(self.shape[part]), self.threads)

    def _years(self) -> Iterator[tuple[Ints, MeshYear]]:
        for part in self.parts:
            yield part, self.kept or self._year(part)

    def answer(self, asked: Ints, spread: Spread) -> Found:
        """
        Return the capacity of nodes.
        """
        none = np.full(len(asked), -1, np.int64)
        found = Found(
            x=np.full(len(asked), np.inf), kind=none.copy(), where=none.copy(), at=none.copy(), looked_at=none + 1, failed=none >= 0
        )
        for part, year in self._years():
            before, at = found.x.copy(), found.at.copy()
            _Part(self.tree, year, self.k, asked, found, spread).search()
            less = found.x < before
            at[less] = part[found.at[less]]
            found.at = at
        return found


class _Part:
    """
    The search in one part of the year, which lessens what was found in others.
    """

    def __init__(  # noqa: PLR0917 - a year and what is asked
        self, tree: Tree, year: MeshYear, k: tuple[float, float], asked: Ints, found: Found, spread: Spread
    ) -> None:
        self.tree, self.year, self.k, self.asked, self.found, self.spread = tree, year, k, asked, found, spread
        self.steps = len(year.shape)
        self.hard = year.hard_steps()[:HARD]
        self.cleared = np.zeros((len(asked), self.steps), np.bool_)

    def search(self) -> None:
        """
        Solve every node in a step that seems hard, and then whatever steps the bounds leave open, until they leave none.
        """
        found, count = self.found, len(self.asked)
        if not np.isfinite(found.x).any():
            self._solve(np.arange(count), *self.year.first_guess(self.asked))
        found.failed |= ~np.isfinite(found.x)
        quota, quick = np.full(count, FEW), np.full(count, QUICK)
        at = np.flatnonzero(~found.failed)
        while len(at):
            reach, few = self.year.bounds.reach(self.asked[at], found.x[at]), quick[at] > 0

            def look(column: int, at: Ints = at, reach: Reach = reach, few: Bools = few) -> OpenSteps:
                i = at[column]
                if not reach.held[column]:
                    return OpenSteps(steps=self.hard, bent=np.zeros(len(self.hard), np.bool_), is_whole=False, bend=np.nan)
                limits = (int(self.asked[i]), float(found.x[i]), reach.of(column))
                return self.year.open_steps(*limits, self.cleared[i], int(quota[i]), worst_only=bool(few[column]))

            seen = self.spread(look, range(len(at)), len(at) * self.steps)
            first, worst = self._try(at, seen, few | ~reach.held)
            found.failed[at[~reach.held & (worst < 0)]] = True
            broken = np.flatnonzero(worst >= 0)
            before = found.x[at[broken]].copy()
            self._solve(at[broken], first[broken], worst[broken])
            found.failed[at[broken[found.x[at[broken]] >= before]]] = True
            quota[at[(worst < 0) & ~few]] *= GROWTH
            quick[at] = np.where(worst < 0, 0, quick[at] - 1)
            done = np.array([each.is_whole for each in seen], np.bool_) & (worst < 0)
            at = at[~done & ~found.failed[at]]

    def _solve(self, own: Ints, guess: Floats, steps: Ints) -> None:
        """
        Solve nodes in one step each and take over what is less.
        """
        found = self.found

        def solve(part: Ints) -> None:
            at = own[part]
            x, kind, where = roots(self.tree, self.year.csr, self.k, self.year.shape, self.asked[at], guess[part], steps[part])
            found.failed[at[kind == UNSOLVED]] = True
            less = x < found.x[at]
            part, at = part[less], at[less]
            found.x[at], found.kind[at], found.where[at], found.at[at] = x[less], kind[less], where[less], steps[part]

        self.spread(solve, _pieces(np.argsort(steps, kind="stable")), PIECE * len(own))
        found.looked_at[own] += 1

    def _try(self, at: Ints, seen: Sequence[OpenSteps], passing: Bools) -> tuple[Floats, Ints]:
        """
        Solve the open steps at the present answers. Return where one is broken an addition that breaks it and the step (or −1).

        ``passing``: of which nothing is kept, because not every limit was looked at.
        """
        which = np.repeat(np.arange(len(at)), [len(each.steps) for each in seen])
        steps, bent = np.concatenate([each.steps for each in seen]), np.concatenate([each.bent for each in seen])
        nodes, x = self.asked[at][which], self.found.x[at][which]
        margin = self._margins(nodes, x, steps)
        np.add.at(self.found.looked_at, at[which], 1)
        inside = np.flatnonzero(bent & ~passing[which] & (margin >= -TOLERANCE))
        bends = np.array([each.bend for each in seen])[which]
        margin[inside], x[inside] = self._between(nodes[inside], x[inside], steps[inside], bends[inside])
        self.found.failed[at[which[inside[np.isnan(margin[inside])]]]] = True
        good = (margin >= -TOLERANCE) & ~passing[which]
        self.cleared[at[which[good]], steps[good]] = True
        first, worst, least = np.zeros(len(at)), np.full(len(at), -1, np.int64), np.zeros(len(at))
        for lane in np.flatnonzero(margin < -TOLERANCE):
            if margin[lane] < least[which[lane]]:
                least[which[lane]], first[which[lane]], worst[which[lane]] = margin[lane], x[lane], steps[lane]
        return first, worst

    def _margins(self, nodes: Ints, x: Floats, steps: Ints) -> Floats:
        """
        Return the least margins of lanes (node, addition at the shape's peak, step).
        """
        out = np.empty(len(nodes))

        def solve(part: Ints) -> None:
            lanes = (nodes[part], x[part] * self.year.shape[steps[part]], steps[part])
            out[part] = margins(self.tree, self.year.csr, self.k, *lanes)[0]

        self.spread(solve, _pieces(np.argsort(steps, kind="stable")), len(nodes) * PIECE)
        return out

    def _between(self, nodes: Ints, x: Floats, steps: Ints, bends: Floats) -> tuple[Floats, Floats]:
        """
        Return for lanes the least margin of additions up to ``x``, and the first addition that breaks it (or ``x``); nan where nothing is
        proven. Between two neighbours of ``pieces`` flows a margin lies beyond the line between them by s(1 − s)·bend / pieces² at most.
        """
        least, first, todo = np.full(len(x), np.nan), x.copy(), np.arange(len(x))
        for pieces in PIECES:
            left = []
            share = np.arange(pieces + 1) / pieces
            for part in np.array_split(todo, max(1, len(todo) * len(share) // AT_ONCE)):
                points = x[part, None] * share
                lanes = (np.repeat(nodes[part], len(share)), points.ravel(), np.repeat(steps[part], len(share)))
                margin = self._margins(*lanes).reshape(points.shape)
                broken = margin < -TOLERANCE
                at, breaks, roots = broken.argmax(axis=1), broken.any(axis=1), np.sqrt(np.maximum(margin, 0.0))
                proven = ~breaks & (roots[:, 1:] + roots[:, :-1] >= np.sqrt(bends[part, None]) / pieces).all(axis=1)
                rows = np.arange(len(part))
                least[part[breaks]], first[part[breaks]] = margin[rows, at][breaks], points[rows, at][breaks]
                least[part[proven]] = margin[proven].min(axis=1)
                left.append(part[~breaks & ~proven])
            todo = np.concatenate(left)
        return least, first


def _pieces(order: Ints) -> list[Ints]:
    """
    Return lanes in pieces of work.
    """
    return np.array_split(order, max(1, len(order) // PIECE))
