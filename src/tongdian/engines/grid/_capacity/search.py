"""
The search for the capacity of every node of one tree: base year, first answers, and the clearing of all other steps.

Method and proof: docs/engines/grid.md.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongdian.engines.grid._capacity.base import Base, base_year
from tongdian.engines.grid._capacity.coarse_year import NoBaseCase, no_base_case
from tongdian.engines.grid._capacity.mesh_search import MeshSearch
from tongdian.engines.grid._capacity.scan import TOLERANCE, UNSOLVED, Lanes, margins, scan
from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Floats, Ints

__all__ = ["UNSOLVED", "Answer", "NoBaseCase", "Study"]

NEARLY = 1e-3  # of a margin: where the base case comes as near to a limit, it is solved exactly
PIECES = 4  # of a scan for every thread, so that none waits long for another
SHORT = 10 * TOLERANCE  # margin that an answer may leave
TRACE, BACK = 1e-6, 1e-4  # margin by which an answer may be beyond to be taken back, and the part of it that a secant looks back
MOST_STEPS = 2000  # that the bounds may leave open for a node: beyond it, scanning is no slower
SAMPLED = 64  # of them solved first
MOST = 1e5  # MW: beyond it nothing limits
SHARED = 200_000  # nodes · pieces of work worth a second thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Per node of a tree: kW, kind and node of the binding limit, step. Nodes that were not asked hold inf and −1.

    ``scanned``: nodes for which every step of the year was solved, because no bound was found.
    """

    kw: Floats
    kind: Ints
    where: Ints
    at: Ints
    looked_at: Ints
    scanned: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    base_margin: float


@dataclass(slots=True, kw_only=True)
class _Found:
    """
    The answers so far, per node: addition in MW, kind, node and step of the limit, number of steps solved for it, and whether the bounds
    failed.
    """

    x: Floats
    kind: Ints
    where: Ints
    at: Ints
    looked_at: Ints
    failed: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


class Study:
    """
    One tree, one direction and shape of the addition.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int = 1) -> None:
        self.tree, self.csr, self.k, self.shape, self.threads = tree, csr, k, shape, threads
        self.base: Base | None = None if len(tree.loops) else base_year(tree, csr, k, shape, threads)
        self.mesh: MeshSearch | None = MeshSearch(tree, csr, k, shape, threads) if len(tree.loops) else None
        reached = np.zeros(len(tree.parent), np.bool_)
        reached[tree.node_of_bus[tree.node_of_bus >= 0]] = True
        self.asked: Ints = np.flatnonzero(reached & ~tree.supplied)

    def answer(self, asked: Ints | None = None) -> Answer:
        """
        Return the capacity of the asked nodes, by default of all that stand for a bus.
        """
        asked = self.asked if asked is None else asked
        found, (margin, kind, where, at) = self._nothing(), self._worst()
        if margin < 0:
            found.x[:], found.kind[:], found.where[:], found.at[:] = 0.0, kind, where, at
            return self._answer(found, margin)
        if self.mesh is not None and self.mesh.usable:
            self._beside_loops(found, asked, self.mesh)
            return self._answer(found, margin)
        if self.base is None or self.base.span <= 0:
            self._scan(found, asked)
            return self._answer(found, margin)
        self._first(found, asked)
        self._clear(found, asked[np.isfinite(found.x[asked])])
        self._confirm(found, asked)
        self._scan(found, asked[found.failed[asked]])
        return self._answer(found, margin)

    def following(self, first: Answer) -> tuple[Answer, Floats]:
        """
        Return what would bind next if the binding limit were none, and the least margin of all others at the answer in the binding step.
        """
        found, left = self._nothing(), np.full(len(first.kw), np.nan)
        asked = self.asked[np.isfinite(first.kw[self.asked]) & (first.kind[self.asked] >= 0)]
        if first.base_margin < 0 or not len(asked):
            found.x[:] = np.nan
            return self._answer(found, first.base_margin), left
        for kind, where in np.unique(np.stack([first.kind[asked], first.where[asked]]), axis=1).T.tolist():
            own = asked[(first.kind[asked] == kind) & (first.where[asked] == where)]
            study = self._without(kind, where)
            left[own] = margins(study.tree, self.csr, self.k, own, first.kw[own] / 1e3 * self.shape[first.at[own]], first.at[own])[0]
            then = study.answer(own)
            found.x[own], found.kind[own], found.where[own], found.at[own] = (
                then.kw[own] / 1e3,
                then.kind[own],
                then.where[own],
                then.at[own],
            )
            found.looked_at[own], found.failed[own] = then.looked_at[own], then.scanned[own]
        return self._answer(found, first.base_margin), left

    def _without(self, kind: int, node: int) -> "Study":
        """
        Return the study without one limit.
        """
        column, free = (("rating", np.inf), ("low", 0.0), ("high", np.inf))[kind]
        values = getattr(self.tree, column).copy()
        values[node] = free
        study = object.__new__(Study)
        study.tree = replace(self.tree, **{column: values})
        study.csr, study.k, study.shape, study.threads, study.asked = self.csr, self.k, self.shape, self.threads, self.asked
        study.base = self.base and self.base.with_limits(study.tree)
        study.mesh = self.mesh and self.mesh.with_limits(study.tree)
        return study

    def _nothing(self) -> _Found:
        count = len(self.tree.parent)
        none = np.full(count, -1, np.int64)
        return _Found(
            x=np.full(count, np.inf),
            kind=none.copy(),
            where=none.copy(),
            at=none.copy(),
            looked_at=np.zeros(count, np.int64),
            failed=np.zeros(count, np.bool_),
        )

    def _answer(self, found: _Found, margin: float) -> Answer:
        found.x[found.kind == UNSOLVED] = np.nan
        return Answer(
            kw=found.x * 1e3,
            kind=found.kind,
            where=found.where,
            at=found.at,
            looked_at=found.looked_at,
            scanned=found.failed,
            base_margin=margin,
        )

    def _worst(self) -> tuple[float, int, int, int]:
        """
        Return the base year's least relative margin, its kind, node and step: exactly solved where the coarse year is near a limit.
        """
        steps = self._hard_steps()
        nothing = np.zeros(len(steps))
        margin, kind, where = margins(self.tree, self.csr, self.k, np.zeros(len(steps), np.int64), nothing, steps)
        collapsed = (margin <= -1.0) & (kind == 1)
        if collapsed.any():
            raise no_base_case(int(steps[int(collapsed.argmax())]))
        worst = int(margin.argmin())
        value, node = float(margin[worst]), int(where[worst])
        if kind[worst] == 1:
            value = float(np.sqrt((value + self.tree.low[node]) / self.tree.low[node]) - 1) if self.tree.low[node] > 0 else np.inf
        elif kind[worst] == 2:  # noqa: PLR2004 - high
            value = float(1 - np.sqrt((self.tree.high[node] - value) / self.tree.high[node])) if np.isfinite(value) else np.inf
        return value if margin[worst] < -TOLERANCE else max(value, 0.0), int(kind[worst]), node, int(steps[worst])

    def _hard_steps(self) -> Ints:
        """
        Return steps among which is the one that comes nearest to a limit.
        """
        if self.base is not None:
            return self.base.tight_steps(NEARLY)
        return self.mesh.hard_steps if self.mesh is not None and self.mesh.usable else np.arange(len(self.shape))

    def _beside_loops(self, found: _Found, asked: Ints, mesh: MeshSearch) -> None:
        """
        Take over what the bounds of an island with loops say, and scan for the nodes where they say nothing.
        """
        answer = mesh.answer(asked, self._spread)
        found.x[asked], found.kind[asked], found.where[asked], found.at[asked] = answer.x, answer.kind, answer.where, answer.at
        found.looked_at[asked] = answer.looked_at
        self._scan(found, asked[answer.failed])

    def _first(self, found: _Found, asked: Ints) -> None:
        """
        Solve every node in the step where its loss-free headroom is least: its capacity in one step, hence never less than the answer.
        """
        base = self.base
        assert base is not None
        guess, units = base.first_guess()
        found.failed[asked[np.isfinite(guess[asked]) & (guess[asked] >= MOST)]] = True
        bounded = asked[guess[asked] < MOST]
        steps = np.full(len(self.tree.parent), -1, np.int64)
        steps[bounded] = base.tightest_steps(bounded, units[bounded], self._spread)
        target = np.maximum(guess * 1.02, 1e-6)
        todo = bounded
        while len(todo):
            far, ended, kind, where = self._march(todo, steps[todo], target[todo])
            done = ended == base.STOPPED
            hit = todo[done]
            found.x[hit], found.kind[hit], found.where[hit], found.at[hit] = far[done], kind[done], where[done], steps[hit]
            again = ended == base.CLEARED
            failed = todo[~done & ~again]
            found.failed[failed] = True
            found.x[failed] = target[failed]
            todo = todo[again]
            target[todo] *= 2
            found.failed[todo[target[todo] > MOST]] = True
            todo = todo[target[todo] <= MOST]
        found.looked_at[bounded] = 1

    def _march(self, nodes: Ints, steps: Ints, x: Floats) -> tuple[Floats, Ints, Ints, Ints]:
        """
        Return for every lane (node, step) how far its addition, up to ``x`` MW at the shape's peak, breaks nothing; how it ended, kind
        and node.
        """
        assert self.base is not None
        share = self.shape[steps]
        far, ended, kind, where = self.base.march(nodes, steps, x * share, self._spread)
        return np.where(ended == self.base.CLEARED, x, far / share), ended, kind, where

    def _clear(self, found: _Found, asked: Ints) -> None:
        """
        Look at every step that the bounds do not clear at the present answers. Where these are very many, some of them are solved first,
        and the bounds asked again at the smaller answer, as long as it becomes smaller.
        """
        base = self.base
        assert base is not None
        waiting = asked[~found.failed[asked]]
        while len(waiting):
            nodes, units, failed, proofs = base.open_units(waiting, found.x[waiting])
            found.failed[failed] = True
            nodes, steps = base.open_steps(nodes, units, found.x, proofs, self._spread)
            other = (steps != found.at[nodes]) & ~found.failed[nodes]
            nodes, steps = nodes[other], steps[other]
            counts = np.bincount(nodes, minlength=len(found.x))
            many = counts > MOST_STEPS
            rank = np.arange(len(nodes)) - np.searchsorted(nodes, nodes)
            chosen = ~many[nodes] | (rank % np.maximum(counts[nodes] // SAMPLED, 1) == 0)
            before = found.x.copy()
            self._look_at(found, nodes[chosen], steps[chosen])
            waiting = np.flatnonzero(many & (found.x < before) & ~found.failed)
            found.failed |= many & ~(found.x < before)

    def _look_at(self, found: _Found, nodes: Ints, steps: Ints) -> None:
        """
        Solve lanes (node, step) up to the present answers and take over what is less.
        """
        np.add.at(found.looked_at, nodes, 1)
        far, ended, kind, where = self._march(nodes, steps, found.x[nodes])
        found.failed[nodes[ended < 0]] = True
        stopped = np.flatnonzero(ended == Base.STOPPED)
        for lane in stopped[np.argsort(-far[stopped], kind="stable")]:  # the least last
            node = nodes[lane]
            if far[lane] <= found.x[node]:
                found.x[node], found.kind[node], found.where[node], found.at[node] = far[lane], kind[lane], where[lane], steps[lane]

    def _confirm(self, found: _Found, asked: Ints) -> None:
        """
        Solve every answer once in the whole tree: its least margin has to be nothing, and its limit the one that was found. An answer that
        is a trace too large is taken back by a secant; one a trace too small may stay so.
        """
        own = asked[~found.failed[asked] & np.isfinite(found.x[asked])]

        def solve(part: Ints) -> None:
            at = found.at[part]
            margin, kind, where = self._margins(part, found.x[part], at)
            over = np.flatnonzero((margin < -TOLERANCE) & (margin > -TRACE))
            if len(over):
                nodes, x = part[over], found.x[part[over]]
                further = self._margins(nodes, x * (1 - BACK), at[over])[0]
                slope = (margin[over] - further) / (BACK * x)
                found.x[nodes] = np.where(slope < 0, x + (margin[over] - TOLERANCE) / -slope, x)
                margin[over], kind[over], where[over] = self._margins(nodes, found.x[nodes], at[over])
            found.failed[part] = ~((margin >= -TOLERANCE) & (margin <= SHORT))
            found.kind[part], found.where[part] = kind, where

        order = own[np.argsort(found.at[own], kind="stable")]
        self._spread(solve, np.array_split(order, max(1, len(order) // 256)), len(order))

    def _margins(self, nodes: Ints, x: Floats, steps: Ints) -> Lanes:
        """
        Return the least margin of every lane at an addition of ``x`` MW at the shape's peak, its kind and node.
        """
        return margins(self.tree, self.csr, self.k, nodes, x * self.shape[steps], steps)

    def _scan(self, found: _Found, asked: Ints) -> None:
        """
        Solve every step of the year for some nodes.
        """
        found.failed[asked] = True
        found.looked_at[asked] = len(self.shape)
        begin = np.where(np.isfinite(found.x[asked]) & (found.at[asked] >= 0), found.x[asked], np.inf)
        steps = np.maximum(found.at[asked], 0)

        def solve(own: Ints) -> None:
            nodes = asked[own]
            found.x[nodes], found.kind[nodes], found.where[nodes], found.at[nodes] = scan(
                self.tree, self.csr, self.k, self.shape, nodes, begin[own], steps[own]
            )

        pieces = np.array_split(np.arange(len(asked)), max(1, min(len(asked), PIECES * self.threads)))
        self._spread(solve, pieces, len(asked) * len(self.shape))

    def _spread(self, do: Callable[[Any], Any], pieces: Sequence[Any], lanes: int) -> list[Any]:
        """
        Do pieces of work one after another, or several at a time where it is worth it.
        """
        if self.threads == 1 or len(pieces) < 2 or lanes * len(self.tree.parent) < SHARED:  # noqa: PLR2004 - nothing to share
            return [do(piece) for piece in pieces]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(do, pieces))
