"""
The search for the capacity of nodes beside loops: the base year kept with its angles, first answers, and the clearing of all other steps.

Method and proof: docs/engines/grid.md, "Loops and several sources".
"""

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._base import no_base_case
from tongdian.engines.grid._loops import Complexes
from tongdian.engines.grid._mesh import Bounds, Hats, Mesh, Reach, mesh_of
from tongdian.engines.grid._mesh_limits import SLACK, Singles, limits_of
from tongdian.engines.grid._powers import Arrays
from tongdian.engines.grid._radial import Tree
from tongdian.engines.grid._scan import TOLERANCE, UNSOLVED, margins, roots
from tongdian.engines.grid._values import Bools, Floats, Ints

Spread = Callable[[Callable[[Any], Any], Sequence[Any], int], list[Any]]

MOST_KEPT = 1 << 25  # nodes · steps of the base year: half a gigabyte
SMALLEST_SHARE = 64  # blocks worth a thread of their own
NEARLY = 0.25  # of the least margin: steps as near as that are solved exactly
FEW, GROWTH = 8, 8  # open steps of a node solved in its first round; how many times more in each where none of them breaks
PIECE = 256  # lanes
PIECES, FINEST = 32, 512  # of [0, x] where what lies between is not proven by its ends


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


class MeshYear:
    """
    The base year of a tree with break-points, for one direction and shape of the addition. ``usable``: whether the bounds may be asked.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int = 1) -> None:
        from tongdian.engines.grid import _mesh_kernels
        from tongdian.engines.grid._sweeps import LANES

        self.kernels: Any = _mesh_kernels  # numba's dispatchers have no types
        self.tree, self.csr, self.k, self.shape = tree, csr, k, shape
        nodes, steps = len(tree.parent), len(shape)
        self.size = float(np.hypot(*k))
        self.drawn = complex(k[0], -k[1])  # current per power and voltage
        mesh = mesh_of(tree) if nodes * steps <= MOST_KEPT else None
        self.usable = mesh is not None
        if mesh is None:
            return
        self.mesh: Mesh = mesh
        blocks = -(-steps // LANES)
        self.volts: Singles = np.empty((2, nodes, blocks, LANES), np.float32)
        self.amps: Singles = np.empty((2, nodes, blocks, LANES), np.float32)
        self.blocks: Singles = np.empty((self.kernels.KEPT, nodes, blocks), np.float32)
        along = (self.drawn.real / self.size, self.drawn.imag / self.size)
        edges = np.linspace(0, blocks, max(1, min(threads, blocks // SMALLEST_SHARE)) + 1).astype(int)

        def solve(share: int) -> int:
            parts = (steps, edges[share], edges[share + 1], self.volts, self.amps, self.blocks)
            failed: int = self.kernels.mesh_year(tree.columns(), csr, along, *parts)
            return failed

        with ThreadPoolExecutor(len(edges)) as pool:
            for failed in [solve(0)] if len(edges) == 2 else list(pool.map(solve, range(len(edges) - 1))):  # noqa: PLR2004 - one share
                if failed >= 0:
                    raise no_base_case(failed)
        padded = np.minimum(np.arange(blocks * LANES), steps - 1).reshape(blocks, LANES)
        self.shares: Singles = shape[padded].astype(np.float32)
        self.shares.ravel()[steps:] = 0.0
        self.flat = shape.min() == 1.0
        self._loads(padded)
        of_year = self._of_year
        self.hats = Hats(
            least_v=of_year(self.kernels.LEAST_V), most_v=of_year(self.kernels.MOST_V), most_s=of_year(self.kernels.MOST_S),
            most_i=of_year(self.kernels.MOST_I), most_used=of_year(self.kernels.MOST_USED),
        )  # fmt: skip
        self._places()
        self.bounds = Bounds(mesh, self.hats, self.size)
        self.usable = self._agrees()

    def _loads(self, padded: Ints) -> None:
        """
        Take apart what every node draws: coefficients [nodes, profiles] of P and of Q, and the profiles.
        """
        start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in self.csr)
        rows, own = np.unique(row, return_inverse=True)
        p, q = (part[rows[:, None, None], padded] for part in (prof_p, prof_q))
        most = np.maximum(np.abs(p), np.abs(q)) * (1 + 1e-6)
        self.profiles: Singles = np.ascontiguousarray(np.stack([p, q, most]), np.float32)
        self.greatest: Singles = self.profiles[2].max(axis=2)
        self.weights = np.zeros((2, len(self.tree.parent), len(rows)))
        of = np.repeat(np.arange(len(self.tree.parent)), np.diff(start))
        np.add.at(self.weights[0], (of, own), cp)
        np.add.at(self.weights[1], (of, own), cq)
        self.sizes = np.hypot(*self.weights)

    def _of_year(self, kind: int) -> Floats:
        """
        Return an extreme of the year [nodes], a little beyond what single precision says.
        """
        values = self.blocks[kind].astype(np.float64)
        least = kind in {self.kernels.LEAST_V, self.kernels.LEAST_RE, self.kernels.LEAST_IM}
        found: Floats = values.min(axis=1) - SLACK / 3 if least else values.max(axis=1) * (1 + SLACK / 3) + SLACK / 3 * (values.min() < 0)
        return found

    def _places(self) -> None:
        """
        Tell where the voltage of every node stays through the year: a disc, and the least and greatest angle.
        """
        kernels, of_year = self.kernels, self._of_year
        low = of_year(kernels.LEAST_RE) + 1j * of_year(kernels.LEAST_IM)
        high = of_year(kernels.MOST_RE) + 1j * of_year(kernels.MOST_IM)
        self.middle, self.radius = (low + high) / 2, np.abs(high - low) / 2
        corners = np.angle([low, high, low.real + 1j * high.imag, high.real + 1j * low.imag])
        self.angles = np.where(low.real > 0, corners.min(axis=0), -np.pi), np.where(low.real > 0, corners.max(axis=0), np.pi)

    def _agrees(self) -> bool:
        """
        Return whether matrix and sweeps give the same voltages in the hardest step.
        """
        start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in self.csr)
        step = int(self._step_of(self.kernels.LEAST_V)[self.hats.least_v.argmin()])
        own = np.repeat(np.arange(len(self.tree.parent)), np.diff(start))
        power = np.zeros(len(self.tree.parent), np.complex128)
        np.add.at(power, own, cp * prof_p[row, step] - 1j * cq * prof_q[row, step])
        v = self._complex(self.volts, np.full(len(self.tree.parent), step))
        away = np.abs(self.mesh.rest - self.mesh.z @ (power / np.conj(v)) - v).max()
        return bool(away < SLACK / 3)

    def with_limits(self, tree: Tree) -> "MeshYear":
        """
        Return the same year under other limits.
        """
        year = copy.copy(self)
        year.tree = tree
        return year

    def hard_steps(self) -> Ints:
        """
        Return steps among which is the one that comes nearest to a limit.
        """
        tree, kernels, lanes = self.tree, self.kernels, self.volts.shape[3]
        low, high = tree.low[:, None], tree.high[:, None]
        least, most = self.blocks[kernels.LEAST_V].astype(np.float64), self.blocks[kernels.MOST_V].astype(np.float64)
        used = self.blocks[kernels.MOST_USED] / tree.rating[:, None]
        margin = np.minimum(np.minimum(least**2 - low, high - most**2), (1 - used) * np.where(tree.is_transformer[:, None], 1.0, least))
        of_blocks = margin[np.isfinite(tree.rating) | (tree.low > 0) | np.isfinite(tree.high)].min(axis=0, initial=np.inf)
        nearest = of_blocks.min()
        near = np.flatnonzero(of_blocks <= nearest + abs(nearest) * NEARLY + SLACK) if np.isfinite(nearest) else np.zeros(1, np.int64)
        steps: Ints = (near[:, None] * lanes + np.arange(lanes)).ravel()
        return steps[steps < len(self.shape)]

    def _step_of(self, kind: int) -> Ints:
        """
        Return for every node the step of an extreme of voltage, or of the current along the addition's.
        """
        kernels, values, rows = self.kernels, self.blocks[kind], np.arange(len(self.tree.parent))
        least = kind in {kernels.LEAST_V, kernels.LEAST_ALONG}
        block = values.argmin(axis=1) if least else values.argmax(axis=1)
        if kind in {kernels.LEAST_V, kernels.MOST_V}:
            lanes = np.hypot(*self.volts[:, rows, block])
        else:
            lanes = self.amps[0, rows, block] * self.drawn.real + self.amps[1, rows, block] * self.drawn.imag
        steps: Ints = block * lanes.shape[1] + (lanes.argmin(axis=1) if least else lanes.argmax(axis=1))
        return np.minimum(steps, len(self.shape) - 1)

    def _complex(self, values: Singles, steps: Ints) -> Complexes:
        """
        Return the voltages or currents of nodes [nodes], each in a step of its own.
        """
        block, lane = np.divmod(steps, values.shape[3])
        rows = np.arange(len(steps))
        found: Complexes = values[0, rows, block, lane] + 1j * values[1, rows, block, lane].astype(np.complex128)
        return found

    def answer(self, asked: Ints, spread: Spread) -> Found:
        """
        Return the capacity of nodes.
        """
        count = len(asked)
        none = np.full(count, -1, np.int64)
        found = Found(x=np.full(count, np.inf), kind=none.copy(), where=none.copy(), at=none.copy(), looked_at=none + 1, failed=none >= 0)
        guess, steps = self._first(asked)
        self._solve(found, asked, np.arange(count), guess, steps, spread)
        found.failed |= ~np.isfinite(found.x)
        cleared, quota = np.zeros((count, len(self.shape)), np.bool_), np.full(count, FEW)
        waiting = np.flatnonzero(~found.failed)
        while len(waiting):
            reach = self.bounds.reach(asked[waiting], found.x[waiting])
            found.failed[waiting[~reach.held]] = True
            own = np.flatnonzero(reach.held)
            at = waiting[own]
            looks = [
                (asked[i], found.x[i], reach.of(column), cleared[i], quota[i]) for i, column in zip(at.tolist(), own.tolist(), strict=True)
            ]
            seen = spread(lambda look: self._open(*look), looks, len(own) * len(self.shape))
            ended, first, worst = self._try(found, asked, at, seen, cleared, spread)
            broken = np.flatnonzero(worst >= 0)
            before = found.x[at[broken]].copy()
            self._solve(found, asked, at[broken], first[broken], worst[broken], spread)
            found.failed[at[broken[found.x[at[broken]] >= before]]] = True
            quota[at[worst < 0]] *= GROWTH
            waiting = at[~ended & ~found.failed[at]]
        return found

    def _solve(  # noqa: PLR0917 - what is asked and what is known
        self, found: Found, asked: Ints, own: Ints, guess: Floats, steps: Ints, spread: Spread
    ) -> None:
        """
        Solve nodes in one step each and take over what is less.
        """

        def solve(part: Ints) -> None:
            at = own[part]
            x, kind, where = roots(self.tree, self.csr, self.k, self.shape, asked[at], guess[part], steps[part])
            found.failed[at[kind == UNSOLVED]] = True
            less = x < found.x[at]
            part, at = part[less], at[less]
            found.x[at], found.kind[at], found.where[at], found.at[at] = x[less], kind[less], where[less], steps[part]

        spread(solve, _pieces(np.argsort(steps, kind="stable")), PIECE * len(own))
        found.looked_at[own] += 1

    def _open(self, node: int, x: float, reach: Reach, cleared: Bools, quota: int) -> tuple[Ints, Bools, bool, float]:
        """
        Return the steps that the bounds leave open at an addition, the shortest first, and which of them also between nothing and it;
        whether these are all; and the greatest bend, as a margin.
        """
        limits = limits_of(self, node, x, reach)
        flags, short = np.zeros(self.shares.shape, np.uint8), np.zeros(self.shares.shape, np.float32)
        own = self.mesh.z[node, node] * self.drawn * x
        drawn = np.array([own.real, own.imag, self.drawn.real * x, self.drawn.imag * x], np.float32)
        parts = (self.profiles, self.greatest, self.shares, node, drawn, limits.node_terms, limits.rows, flags, short)
        self.kernels.open_steps(self.volts, self.amps, self.blocks, *parts)
        steps = np.flatnonzero((flags.ravel()[: len(self.shape)] > 0) & ~cleared)
        steps = steps[np.argsort(short.ravel()[steps], kind="stable")]
        return steps[:quota], (flags.ravel()[steps[:quota]] & self.kernels.BENT) > 0, len(steps) <= quota, limits.bend

    def _try(  # noqa: PLR0917 - what is asked and what is known
        self, found: Found, asked: Ints, at: Ints, seen: list[Any], cleared: "np.ndarray[Any, np.dtype[np.bool_]]", spread: Spread
    ) -> tuple[Bools, Floats, Ints]:
        """
        Solve the open steps at the present answers. Return per node whether it is done, and where one is broken: an addition that breaks
        it and the step (or −1).
        """
        which = np.repeat(np.arange(len(at)), [len(steps) for steps, *_ in seen])
        steps = np.concatenate([np.zeros(0, np.int64), *(steps for steps, *_ in seen)])
        bent = np.concatenate([np.zeros(0, np.bool_), *(own for _, own, *_ in seen)])
        x = found.x[at][which]
        margin = self._margins(asked[at][which], x, steps, spread)
        np.add.at(found.looked_at, at[which], 1)
        for lane in np.flatnonzero(bent):
            margin[lane], x[lane] = self._between(int(asked[at[which[lane]]]), x[lane], int(steps[lane]), seen[which[lane]][3])
            found.failed[at[which[lane]]] |= bool(np.isnan(margin[lane]))
        good = margin >= -TOLERANCE
        cleared[at[which[good]], steps[good]] = True
        first, worst, least = np.zeros(len(at)), np.full(len(at), -1, np.int64), np.zeros(len(at))
        for lane in np.flatnonzero(margin < -TOLERANCE):
            if margin[lane] < least[which[lane]]:
                least[which[lane]], first[which[lane]], worst[which[lane]] = margin[lane], x[lane], steps[lane]
        return np.array([whole for *_, whole, _ in seen], np.bool_) & (worst < 0), first, worst

    def _margins(self, nodes: Ints, x: Floats, steps: Ints, spread: Spread) -> Floats:
        """
        Return the least margins of lanes (node, addition at the shape's peak, step).
        """
        out = np.empty(len(nodes))

        def solve(part: Ints) -> None:
            out[part] = margins(self.tree, self.csr, self.k, nodes[part], x[part] * self.shape[steps[part]], steps[part])[0]

        spread(solve, _pieces(np.argsort(steps, kind="stable")), len(nodes) * PIECE)
        return out

    def _between(self, node: int, x: float, step: int, bend: float) -> tuple[float, float]:
        """
        Return the least margin of additions up to ``x`` in one step, and the first addition that breaks it (or ``x``); nan where nothing
        is proven. Between two neighbours of ``pieces`` flows a margin falls below the line between them by less than bend / pieces² / 4.
        """
        for pieces in (PIECES, FINEST):
            points = np.arange(pieces + 1) * (x / pieces)
            lanes = (np.full(len(points), node), points * self.shape[step], np.full(len(points), step))
            margin = margins(self.tree, self.csr, self.k, *lanes)[0]
            broken = np.flatnonzero(margin < -TOLERANCE)
            if len(broken):
                return float(margin[broken[0]]), float(points[broken[0]])
            if (np.maximum(margin[1:], margin[:-1]) >= bend / pieces**2).all():
                return float(margin.min()), x
        return np.nan, x

    def _first(self, asked: Ints) -> tuple[Floats, Ints]:
        """
        Return for every node a guess of its capacity, from the steps in which single limits are nearest, and the step.
        """
        tree, kernels = self.tree, self.kernels
        z, c = self.mesh.z[:, asked], self.mesh.c[:, asked]
        per_power = self.drawn / self.hats.least_v[asked]
        guess, steps = np.full(len(asked), np.inf), np.full(len(asked), int(self.shape.argmax()))

        def take(options: Floats, at: Ints) -> None:
            share = self.shape[np.maximum(at, 0)][:, None]
            options = np.where(share > 0, options / np.where(share > 0, share, 1.0), np.inf)
            own = options.argmin(axis=0)
            value = options[own, np.arange(len(asked))]
            less = value < guess
            guess[less], steps[less] = value[less], at[own[less]]

        with np.errstate(divide="ignore", invalid="ignore"):
            fall = (z * per_power).real
            take(np.where(fall > 0, (self.hats.least_v - np.sqrt(tree.low))[:, None] / fall, np.inf), self._step_of(kernels.LEAST_V))
            take(np.where(fall < 0, (self.hats.most_v - np.sqrt(tree.high))[:, None] / fall, np.inf), self._step_of(kernels.MOST_V))
            most = tree.rating / np.where(tree.is_transformer, self.hats.most_v, 1.0)
            for candidate in (kernels.LEAST_ALONG, kernels.MOST_ALONG):
                at = self._step_of(candidate)
                base = self._complex(self.amps, at)[:, None]
                slope = c * per_power
                a, h = np.abs(slope) ** 2, (base * np.conj(slope)).real
                reach = (np.sqrt(np.maximum(h * h + a * (most[:, None] ** 2 - np.abs(base) ** 2), 0.0)) - h) / a
                take(np.where((a > 0) & np.isfinite(most[:, None]), reach, np.inf), at)
        return np.maximum(guess, 1e-6), steps


def _pieces(order: Ints) -> list[Ints]:
    """
    Return lanes in pieces of work.
    """
    return np.array_split(order, max(1, len(order) // PIECE))
