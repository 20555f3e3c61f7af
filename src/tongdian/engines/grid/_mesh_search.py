"""
The search for the capacity of nodes beside loops: the base year kept with its angles, first answers, and the clearing of all other steps.

Method and proof: docs/engines/grid.md, "Loops and several sources".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.grid._base import no_base_case
from tongdian.engines.grid._mesh import Bounds, Hats, Mesh, Reach, mesh_of
from tongdian.engines.grid._powers import Arrays
from tongdian.engines.grid._radial import Tree
from tongdian.engines.grid._scan import TOLERANCE, UNSOLVED, margins, roots
from tongdian.engines.grid._values import Bools, Floats, Ints

Singles = npt.NDArray[np.float32]
Spread = Callable[[Callable[[Any], Any], Sequence[Any], int], list[Any]]

MOST_KEPT = 1 << 25  # nodes · steps of the base year: half a gigabyte
SLACK = 3e-6  # of a limit: what single precision may take
AGREED = 1e-7  # of a voltage: how well matrix and sweeps have to agree
FEW, GROWTH = 8, 8  # open steps of a node solved in its first round; how many times more in each where none of them breaks
PIECE = 256  # lanes
PIECES, FINEST = 32, 512  # of [0, x] where what lies between is not proven by its ends


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """
    The limits that an addition could break, as the kernel reads them, and the greatest bend at any of them, as a margin.
    """

    kinds: Ints
    where: Ints
    numbers: Singles
    rest_v: Singles
    rest_i: Singles
    bend: float


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

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats) -> None:
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
        self.volts: Singles = np.empty((2, nodes, blocks * LANES), np.float32)
        self.amps: Singles = np.empty((2, nodes, blocks * LANES), np.float32)
        self.blocks: Singles = np.empty((3, nodes, blocks), np.float32)
        self.best, self.when = np.empty((9, nodes)), np.empty((9, nodes), np.int64)
        along = (self.drawn.real / self.size, self.drawn.imag / self.size)
        failed = self.kernels.mesh_year(
            tree.columns(), csr, along, steps, 0, blocks, self.volts, self.amps, self.blocks, self.best, self.when
        )
        if failed >= 0:
            raise no_base_case(failed)
        self._loads()
        padded = np.minimum(np.arange(blocks * LANES), steps - 1)
        self.profile: Singles = np.ascontiguousarray(self.profile[:, padded])
        self.shares = shape[padded].astype(np.float32)
        self.shares[steps:] = 0.0
        self.hats = Hats(least_v=self.best[0], most_v=self.best[1], most_s=self.best[6], most_i=np.maximum(self.best[3], 0.0))
        self.bounds = Bounds(mesh, self.hats, self.size)
        self.usable = self._agrees()

    def _loads(self) -> None:
        """
        Take apart what every node draws: ``weights`` [nodes, profiles] times ``profile`` [profiles, steps] is as much in every step, or more.
        """
        start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in self.csr)
        rows, own = np.unique(row, return_inverse=True)
        self.profile = np.maximum(np.abs(prof_p[rows]), np.abs(prof_q[rows])).astype(np.float32) * np.float32(1 + 1e-6)
        self.weights = np.zeros((len(self.tree.parent), len(rows)))
        of = np.repeat(np.arange(len(self.tree.parent)), np.diff(start))
        np.add.at(self.weights, (of, own), np.hypot(cp, cq))

    def _agrees(self) -> bool:
        """
        Return whether matrix and sweeps give the same voltages in the hardest step.
        """
        start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in self.csr)
        step = int(self.when[0, int(self.best[0].argmin())])
        own = np.repeat(np.arange(len(self.tree.parent)), np.diff(start))
        power = np.zeros(len(self.tree.parent), np.complex128)
        np.add.at(power, own, cp * prof_p[row, step] - 1j * cq * prof_q[row, step])
        v = self.volts[0, :, step] + 1j * self.volts[1, :, step].astype(np.complex128)
        away = np.abs(self.mesh.rest - self.mesh.z @ (power / np.conj(v)) - v).max()
        return bool(away < SLACK / 3)

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
            looks = [(asked[i], found.x[i], reach.of(column), cleared[i], quota[i]) for i, column in zip(at, own, strict=True)]
            seen = spread(lambda look: self._open(*look), looks, len(own) * len(self.shape))
            ended, first, worst = self._try(found, asked, at, seen, cleared, spread)
            broken = np.flatnonzero(worst >= 0)
            before = found.x[at[broken]].copy()
            self._solve(found, asked, at[broken], first[broken], worst[broken], spread)
            found.failed[at[broken[found.x[at[broken]] >= before]]] = True
            quota[at[worst < 0]] *= GROWTH
            waiting = at[~ended & ~found.failed[at]]
        return found

    def _solve(self, found: Found, asked: Ints, own: Ints, guess: Floats, steps: Ints, spread: Spread) -> None:
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
        rows = self._rows(node, reach)
        flags, short = np.zeros(len(self.shares), np.uint8), np.zeros(len(self.shares), np.float32)
        added, known = np.empty((2, len(self.shares)), np.float32), np.empty(len(self.shares), np.bool_)
        own = self.mesh.z[node, node] * self.drawn * x
        drawn = np.array([own.real, own.imag, self.drawn.real * x, self.drawn.imag * x], np.float32)
        self.kernels.add_current(self.volts, node, *drawn, self.shares, added, known)
        self.kernels.open_steps(
            self.volts, self.amps, self.blocks, self.profile, self.shares, added, rows.kinds, rows.where, rows.numbers, rows.rest_v,
            rows.rest_i, flags, short,
        )  # fmt: skip
        flags[~known] = self.kernels.UNPROVEN | self.kernels.BENT
        steps = np.flatnonzero((flags[: len(self.shape)] > 0) & ~cleared)
        steps = steps[np.argsort(short[steps], kind="stable")]
        return steps[:quota], (flags[steps[:quota]] & self.kernels.BENT) > 0, len(steps) <= quota, rows.bend

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
            margin = margins(self.tree, self.csr, self.k, np.full(len(points), node), points * self.shape[step], np.full(len(points), step))[0]
            broken = np.flatnonzero(margin < -TOLERANCE)
            if len(broken):
                return float(margin[broken[0]]), float(points[broken[0]])
            if (np.maximum(margin[1:], margin[:-1]) >= bend / pieces**2).all():
                return float(margin.min()), x
        return np.nan, x

    def _rows(self, node: int, reach: Reach) -> _Rows:
        """
        Return the limits that an addition at a node could break by the year's extremes.
        """
        tree, hats, mesh = self.tree, self.hats, self.mesh
        z, c = mesh.z[:, node], mesh.c[:, node]
        half = tree.half_g + 1j * tree.half_b
        rest_v = self.bounds.z @ (hats.most_s * reach.weight)
        rest_i = self.bounds.c @ (hats.most_s * reach.weight)
        rest_i += np.abs(c) * reach.push * rest_v[node]
        rest_v += np.abs(z) * reach.push * rest_v[node]
        # a fall of voltages is along the drop of the current, give or take the angles between both nodes and what the addition turns
        sines = np.arcsin(np.clip(self.best[7:9], -1.0, 1.0))
        angle = np.maximum(np.abs(sines[1, node] - sines[0]), np.abs(sines[0, node] - sines[1]))
        angle += np.arcsin(np.minimum(reach.d_v[node] / hats.least_v[node], 1.0))
        along, across = (z * self.drawn).real / self.size, np.abs(z) * np.sin(np.minimum(angle, np.pi / 2))
        fall = reach.current * (np.maximum(along + across, 0.0)) + rest_v
        rise = reach.current * (np.maximum(across - along, 0.0)) + rest_v + reach.d_v**2 / (2 * (hats.least_v - reach.d_v))
        low, high = np.sqrt(tree.low), np.sqrt(tree.high)
        bend_low = reach.bend_v + reach.d_v**2 / (2 * (hats.least_v - reach.d_v))
        slack = SLACK * np.where(np.isfinite(high), high, 1.0)
        tables = []
        at = np.flatnonzero((hats.least_v - fall < low + slack) | (hats.most_v + rise > high - slack))
        none = np.zeros(len(at))
        numbers = [none, none, -z[at].real, -z[at].imag, none, none, low[at], high[at], bend_low[at], reach.bend_v[at], fall[at], rise[at]]
        tables.append((np.zeros(len(at), np.int64), at, at, [*numbers, reach.d_v[at], rest_v[at], none, slack[at]]))
        bend = max(float(bend_low[at].max(initial=0.0)), 0.0) * 2.5 * float(hats.most_v.max())
        for own, end in ((-1.0, np.arange(len(z))), (1.0, np.maximum(tree.parent, 0))):
            h = own * half
            d_i = reach.d_i + np.abs(h) * reach.d_v[end]
            bend_i = reach.bend_i + np.abs(h) * reach.bend_v[end]
            most_v = hats.most_v[end] + reach.d_v[end]
            moved = np.where(tree.is_transformer, most_v * d_i + hats.most_i * reach.d_v[end], d_i)
            bends = np.where(
                tree.is_transformer,
                most_v * bend_i + (hats.most_i + d_i) * reach.bend_v[end] + reach.d_v[end] * d_i,
                bend_i,
            )
            slack_i = SLACK * tree.rating
            at = np.flatnonzero(np.isfinite(tree.rating) & (self.best[2] + moved > tree.rating - slack_i) & (tree.parent >= 0))
            e, h, none = end[at], h[at], np.zeros(len(at))
            answer = c[at] - h * z[e]
            lows = np.full(len(at), -np.inf)
            numbers = [h.real, h.imag, -z[e].real, -z[e].imag, answer.real, answer.imag, lows, tree.rating[at], none, bends[at]]
            rests = [rest_v[e], rest_i[at] + np.abs(h) * rest_v[e]]
            kinds = np.where(tree.is_transformer[at], self.kernels.TRANSFORMER, self.kernels.LINE)
            tables.append((kinds, at, e, [*numbers, none, moved[at], moved[at], *rests, slack_i[at]]))
            bend = max(bend, float((bends[at] / tree.rating[at]).max(initial=0.0)) * float(hats.most_v.max()) * 1.5)
        kinds, branch, end = (np.concatenate([table[part] for table in tables]) for part in range(3))
        numbers = np.concatenate([np.array(table[3]) for table in tables], axis=1).T
        drawn = self.weights * reach.weight[:, None]
        rest_v, rest_i = self.bounds.z[end] @ drawn, self.bounds.c[branch] @ drawn
        of_node = reach.push * (self.bounds.z[node] @ drawn)
        rest_i += np.abs(c[branch])[:, None] * of_node + np.hypot(numbers[:, 0], numbers[:, 1])[:, None] * rest_v
        rest_v += np.abs(z[end])[:, None] * of_node
        single = np.float32
        return _Rows(
            kinds=kinds,
            where=np.stack([branch, end], axis=1),
            numbers=np.ascontiguousarray(numbers, single),
            rest_v=np.ascontiguousarray(rest_v, single),
            rest_i=np.ascontiguousarray(rest_i, single),
            bend=bend,
        )

    def _first(self, asked: Ints) -> tuple[Floats, Ints]:
        """
        Return for every node a guess of its capacity, from the steps in which single limits are nearest, and the step.
        """
        tree, best, when = self.tree, self.best, self.when
        z, c = self.mesh.z[:, asked], self.mesh.c[:, asked]
        per_power = self.drawn / best[0][asked]
        guess, steps = np.full(len(asked), np.inf), np.full(len(asked), int(self.shape.argmax()))

        def take(options: Floats, at: Ints) -> None:
            share = self.shape[np.maximum(at, 0)][:, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                options = np.where(share > 0, options / share, np.inf)
            own = options.argmin(axis=0)
            value = options[own, np.arange(len(asked))]
            less = value < guess
            guess[less], steps[less] = value[less], at[own[less]]

        with np.errstate(divide="ignore", invalid="ignore"):
            fall = (z * per_power).real
            take(np.where(fall > 0, (best[0] - np.sqrt(tree.low))[:, None] / fall, np.inf), when[0])
            take(np.where(fall < 0, (best[1] - np.sqrt(tree.high))[:, None] / fall, np.inf), when[1])
            most = tree.rating / np.where(tree.is_transformer, best[1], 1.0)
            for candidate in (4, 5):
                at = np.maximum(when[candidate], 0)
                base = (self.amps[0, np.arange(len(at)), at] + 1j * self.amps[1, np.arange(len(at)), at])[:, None]
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
