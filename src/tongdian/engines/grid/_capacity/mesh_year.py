"""
The base year beside loops, kept with its angles: where it comes near to limits, and what an addition leaves open in it.

Method and proof: docs/engines/grid.md, "Loops and several sources".
"""

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._capacity.coarse_year import no_base_case
from tongdian.engines.grid._capacity.mesh import Bounds, Hats, Mesh, Reach
from tongdian.engines.grid._capacity.mesh_limits import SLACK, SingleMesh, Singles, limits_of
from tongdian.engines.grid._flow.loops import Complexes
from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Bools, Floats, Ints

SMALLEST_SHARE = 64  # blocks worth a thread of their own
NEARLY = 0.25  # of the least margin: steps as near as that are solved exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSteps:
    """
    Steps that the bounds leave open at an addition; ``bent``: also between nothing and it. ``is_whole``: whether these are all; ``bend``:
    the greatest of any limit, as a margin.
    """

    steps: Ints
    bent: Bools
    is_whole: bool
    bend: float


class MeshYear:
    """
    The base year of a tree with break-points, for one direction and shape of the addition. ``usable``: whether the bounds may be asked.
    """

    def __init__(  # noqa: PLR0917 - a tree, its matrices, and what is asked
        self, tree: Tree, mesh: Mesh, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int
    ) -> None:
        from tongdian.engines.grid._capacity import mesh_blocks, mesh_kernels
        from tongdian.engines.grid._flow.sweeps import LANES

        self.kernels: Any = mesh_kernels  # numba's dispatchers have no types
        self.tree, self.csr, self.shape = tree, csr, shape
        nodes, steps = len(tree.parent), len(shape)
        self.size = float(np.hypot(*k))
        self.drawn = complex(k[0], -k[1])  # current per power and voltage
        self.mesh = mesh
        blocks = -(-steps // LANES)
        self.volts: Singles = np.empty((2, nodes, blocks, LANES), np.float32)
        self.amps: Singles = np.empty((2, nodes, blocks, LANES), np.float32)
        self.blocks: Singles = np.empty((mesh_blocks.KEPT, nodes, blocks), np.float32)
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

    def first_guess(self, asked: Ints) -> tuple[Floats, Ints]:
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

    def open_steps(self, node: int, x: float, reach: Reach, cleared: Bools, quota: int, *, worst_only: bool) -> OpenSteps:
        """
        Return the steps that the bounds leave open at an addition, without those that are ``cleared``; the shortest, where there are more
        than ``quota``. ``worst_only``: only of those that break most.
        """
        limits = limits_of(self, node, x, reach)
        flags, short = np.zeros(self.shares.shape, np.uint8), np.zeros(self.shares.shape, np.float32)
        own = self.mesh.z[node, node] * self.drawn * x
        drawn = np.array([own.real, own.imag, self.drawn.real * x, self.drawn.imag * x, self.size * x], np.float32)
        year = (self.volts, self.amps, self.blocks, self.profiles, self.greatest, self.shares, self.of_blocks)
        self.kernels.open_steps(*year, node, drawn, limits.node_terms, limits.rows, worst_only, flags, short)
        flags, short = flags.ravel()[: len(self.shape)], short.ravel()[: len(self.shape)]
        places = np.flatnonzero(flags > 0)
        places = places[~cleared[self.order.ravel()[places]]]
        chosen = places[np.argpartition(short[places], quota)[:quota]] if len(places) > quota else places
        return OpenSteps(
            steps=self.order.ravel()[chosen],
            bent=(flags[chosen] & self.kernels.BENT) > 0,
            is_whole=len(places) <= quota and not worst_only,
            bend=limits.bend,
        )
