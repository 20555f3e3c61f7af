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
from tongdian.engines.grid._mesh_limits import SLACK, SingleMesh, Singles, limits_of
from tongdian.engines.grid._powers import Arrays
from tongdian.engines.grid._radial import Tree
from tongdian.engines.grid._scan import TOLERANCE, UNSOLVED, margins, roots
from tongdian.engines.grid._values import Bools, Floats, Ints

Spread = Callable[[Callable[[Any], Any], Sequence[Any], int], list[Any]]

MOST_KEPT = 1 << 25  # nodes · steps of the base year: half a gigabyte
SMALLEST_SHARE = 64  # blocks worth a thread of their own
NEARLY = 0.25  # of the least margin: steps as near as that are solved exactly
FEW, GROWTH = 8, 8  # open steps of a node solved in its first round; how many times more in each where none of them breaks
QUICK = 1  # rounds that look at the worst steps only
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
        self.order = self._arranged(blocks * LANES).reshape(blocks, LANES)
        edges = np.linspace(0, blocks, max(1, min(threads, blocks // SMALLEST_SHARE)) + 1).astype(int)

        def solve(share: int) -> int:
            parts = (self.order, edges[share], edges[share + 1], self.volts, self.amps, self.blocks)
            failed: int = self.kernels.mesh_year(tree.columns(), csr, *parts)
            return failed

        with ThreadPoolExecutor(len(edges)) as pool:
            for failed in [solve(0)] if len(edges) == 2 else list(pool.map(solve, range(len(edges) - 1))):  # noqa: PLR2004 - one share
                if failed >= 0:
                    raise no_base_case(failed)
        self.shares: Singles = shape[self.order].astype(np.float32)
        self.shares.ravel()[steps:] = 0.0
        self.of_blocks: Singles = np.stack([self.shares.min(axis=1), self.shares.max(axis=1)])
        self.flat = shape.min() == 1.0
        self._loads(self.order)
        of_year = self._of_year
        self.hats = Hats(
            least_v=of_year(self.kernels.LEAST_V), most_v=of_year(self.kernels.MOST_V), most_s=of_year(self.kernels.MOST_S),
            most_i=of_year(self.kernels.MOST_I), most_used=of_year(self.kernels.MOST_USED),
        )  # fmt: skip
        self._places()
        self.bounds, self.single = Bounds(mesh, self.hats, self.size), SingleMesh(mesh, self.weights)
        self.usable = self._agrees()

    def _arranged(self, count: int) -> Ints:
        """
        Return the steps of the year arranged so that neighbours are alike, by the two mixtures of loads that differ most, in tiles; the
        last stands for those beyond the year's end.
        """
        _, row, cp, _, prof_p, _ = (np.asarray(part) for part in self.csr)
        rows, own = np.unique(row, return_inverse=True)
        sizes = np.bincount(own, weights=np.abs(cp), minlength=len(rows))
        values = np.concatenate([prof_p[rows] * sizes[:, None], self.shape[None] * sizes.sum()])
        values -= values.mean(axis=1, keepdims=True)
        _, mixtures = np.linalg.eigh(values @ values.T)
        second, first = mixtures[:, [-min(2, len(values)), -1]].T @ values
        tiles = max(1, round(np.sqrt(count / self.kernels.LANES)))
        by_first = np.array_split(np.argsort(first, kind="stable"), tiles)
        by_both = [tile[np.argsort(second[tile] * (-1) ** number, kind="stable")] for number, tile in enumerate(by_first)]
        order: Ints = np.concatenate(by_both)
        return np.concatenate([order, np.full(count - len(order), order[-1])])

    def _loads(self, order: Ints) -> None:
        """
        Take apart what every node draws: coefficients [nodes, profiles] of P and of Q, and the profiles.
        """
        start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in self.csr)
        rows, own = np.unique(row, return_inverse=True)
        p, q = (part[rows[:, None, None], order] for part in (prof_p, prof_q))
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
        found: Floats = values.min(axis=1) - SLACK / 3 if kind == self.kernels.LEAST_V else values.max(axis=1) * (1 + SLACK / 3)
        return found

    def _places(self) -> None:
        """
        Tell where the voltage of every node stays through the year: a disc, and the least and greatest angle.
        """
        kernels = self.kernels
        parts = self.blocks[[kernels.RE, kernels.IM]].astype(np.float64)
        radius = self.blocks[kernels.RADIUS] + SLACK / 3
        low, high = (parts - radius).min(axis=2), (parts + radius).max(axis=2)
        self.middle = (low[0] + high[0] + 1j * (low[1] + high[1])) / 2
        self.radius = np.hypot(high[0] - low[0], high[1] - low[1]) / 2
        corners = np.arctan2(np.stack([low[1], low[1], high[1], high[1]]), np.stack([low[0], high[0], low[0], high[0]]))
        self.angles = np.where(low[0] > 0, corners.min(axis=0), -np.pi), np.where(low[0] > 0, corners.max(axis=0), np.pi)

    def _agrees(self) -> bool:
        """
        Return whether matrix and sweeps give the same voltages in the hardest step.
        """
        start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in self.csr)
        place = int(self._hardest(self.kernels.LEAST_V)[self.hats.least_v.argmin()])
        step = int(self.order.ravel()[place])
        own = np.repeat(np.arange(len(self.tree.parent)), np.diff(start))
        power = np.zeros(len(self.tree.parent), np.complex128)
        np.add.at(power, own, cp * prof_p[row, step] - 1j * cq * prof_q[row, step])
        v = self._complex(self.volts, np.full(len(self.tree.parent), place))
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
        tree, kernels = self.tree, self.kernels
        low, high = tree.low[:, None], tree.high[:, None]
        least, most = self.blocks[kernels.LEAST_V].astype(np.float64), self.blocks[kernels.MOST_V].astype(np.float64)
        used = self.blocks[kernels.MOST_USED] / tree.rating[:, None]
        margin = np.minimum(np.minimum(least**2 - low, high - most**2), (1 - used) * np.where(tree.is_transformer[:, None], 1.0, least))
        of_blocks = margin[np.isfinite(tree.rating) | (tree.low > 0) | np.isfinite(tree.high)].min(axis=0, initial=np.inf)
        nearest = of_blocks.min()
        near = np.flatnonzero(of_blocks <= nearest + abs(nearest) * NEARLY + SLACK) if np.isfinite(nearest) else np.zeros(1, np.int64)
        steps: Ints = np.unique(self.order[near])
        return steps

    def _hardest(self, kind: int, sign: float = 1.0) -> Ints:
        """
        Return for every node the place of the least or greatest voltage, or of the greatest current along the addition's (or against it).
        """
        kernels, rows = self.kernels, np.arange(len(self.tree.parent))
        if kind == kernels.CURRENT_RE:
            re, im = sign * self.drawn.real, sign * self.drawn.imag
            block = (self.blocks[kernels.CURRENT_RE] * re + self.blocks[kernels.CURRENT_IM] * im).argmax(axis=1)
            lanes = self.amps[0, rows, block] * re + self.amps[1, rows, block] * im
        else:
            least = -1 if kind == kernels.LEAST_V else 1
            block = (least * self.blocks[kind]).argmax(axis=1)
            lanes = least * np.hypot(*self.volts[:, rows, block])
        places: Ints = block * lanes.shape[1] + lanes.argmax(axis=1)
        return places

    def _complex(self, values: Singles, places: Ints) -> Complexes:
        """
        Return the voltages or currents of nodes [nodes], each at a place of its own.
        """
        block, lane = np.divmod(places, values.shape[3])
        rows = np.arange(len(places))
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
        cleared, quota, quick = np.zeros((count, len(self.shape)), np.bool_), np.full(count, FEW), np.full(count, QUICK)
        waiting = np.flatnonzero(~found.failed)
        while len(waiting):
            reach = self.bounds.reach(asked[waiting], found.x[waiting])
            found.failed[waiting[~reach.held]] = True
            own = np.flatnonzero(reach.held)
            at = waiting[own]

            def look(pair: tuple[int, int], reach: Reach = reach) -> tuple[Ints, Bools, bool, float]:
                i, column = pair
                return self._open(asked[i], found.x[i], reach.of(column), cleared[i], quota[i], quick=quick[i] > 0)

            seen = spread(look, list(zip(at.tolist(), own.tolist(), strict=True)), len(own) * len(self.shape))
            ended, first, worst = self._try(found, asked, at, seen, cleared, spread)
            broken = np.flatnonzero(worst >= 0)
            before = found.x[at[broken]].copy()
            self._solve(found, asked, at[broken], first[broken], worst[broken], spread)
            found.failed[at[broken[found.x[at[broken]] >= before]]] = True
            quota[at[(worst < 0) & (quick[at] <= 0)]] *= GROWTH
            quick[at] = np.where(worst < 0, 0, quick[at] - 1)
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

    def _open(self, node: int, x: float, reach: Reach, cleared: Bools, quota: int, *, quick: bool) -> tuple[Ints, Bools, bool, float]:
        """
        Return the steps that the bounds leave open at an addition, or the shortest of them, and which of them also between nothing and it;
        whether these are all; and the greatest bend, as a margin. ``quick``: only of those that break most.
        """
        limits = limits_of(self, node, x, reach)
        flags, short = np.zeros(self.shares.shape, np.uint8), np.zeros(self.shares.shape, np.float32)
        own = self.mesh.z[node, node] * self.drawn * x
        drawn = np.array([own.real, own.imag, self.drawn.real * x, self.drawn.imag * x, self.size * x], np.float32)
        parts = (
            self.profiles,
            self.greatest,
            self.shares,
            self.of_blocks,
            node,
            drawn,
            limits.node_terms,
            limits.rows,
            quick,
            flags,
            short,
        )
        self.kernels.open_steps(self.volts, self.amps, self.blocks, *parts)
        flags, short = flags.ravel()[: len(self.shape)], short.ravel()[: len(self.shape)]
        places = np.flatnonzero(flags > 0)
        places = places[~cleared[self.order.ravel()[places]]]
        chosen = places[np.argpartition(short[places], quota)[:quota]] if len(places) > quota else places
        return self.order.ravel()[chosen], (flags[chosen] & self.kernels.BENT) > 0, len(places) <= quota and not quick, limits.bend

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

        def take(options: Floats, places: Ints) -> None:
            at = self.order.ravel()[places]
            share = self.shape[at][:, None]
            options = np.where(share > 0, options / np.where(share > 0, share, 1.0), np.inf)
            own = options.argmin(axis=0)
            value = options[own, np.arange(len(asked))]
            less = value < guess
            guess[less], steps[less] = value[less], at[own[less]]

        with np.errstate(divide="ignore", invalid="ignore"):
            fall = (z * per_power).real
            take(np.where(fall > 0, (self.hats.least_v - np.sqrt(tree.low))[:, None] / fall, np.inf), self._hardest(kernels.LEAST_V))
            take(np.where(fall < 0, (self.hats.most_v - np.sqrt(tree.high))[:, None] / fall, np.inf), self._hardest(kernels.MOST_V))
            most = tree.rating / np.where(tree.is_transformer, self.hats.most_v, 1.0)
            for sign in (1.0, -1.0):
                at = self._hardest(kernels.CURRENT_RE, sign)
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
