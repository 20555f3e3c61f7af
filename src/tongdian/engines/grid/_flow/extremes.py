"""
The extremes of a year without the year: only steps are solved in which an element may reach further than elsewhere.

Days are bounded from the ends of their profiles (`bounds`). The day whose bound is furthest for an element is solved; what is found there
is what every other day has to pass. Those that may are bounded by three hours, then by hours, and the steps of those that still may
are solved.
The extremes are those of `run_year`, which solves every step: one that is left out lies inside what was found.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongdian.engines.grid._flow.loops import NotRadial
from tongdian.engines.grid._flow.powers import Arrays, power_table
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._flow.solver import UnsolvedError, grow, run_year, solve_tree
from tongdian.engines.grid._values import Floats, Ints, Network
from tongdian.engines.grid._year import ExtraLoad, YearResult

HOURS = 24, 3, 1  # that are bounded at once; the steps themselves are not: to solve one is no dearer
EVERY = 61  # hour of a sample: of every time of day
MOST = 0.3  # of the year's steps: to solve more of them costs as much as to solve all, which tells the losses as well
WORTH = 2048  # steps below which all are solved
VOLTAGE_SLACK, SQUARE_SLACK = 1e-11, 1e-9  # relative: by what squares of a step that is left out may pass those that were solved
NOTHING = 1e-15  # (MVA)²: the same where nothing flows
ROOM, ROOM_LEAST = 0.2, 1e-9  # by which the box that voltages are assumed to lie in is wider than what was found, of its width and at least
WIDE = 0.25, 4.0  # of the source's squared voltage: the first look's box, on which nothing rests
REMEMBERED = 4  # tables of profiles whose ends are kept

_Side = tuple[tuple[Floats, Floats], ...]  # least and most of every block [rows, blocks] for each width


def run_extremes(network: Network, extra: Sequence[ExtraLoad] = ()) -> YearResult:
    """
    Return the extremes of :func:`run_year` over all steps for less work; losses are nan unless every step was solved.

    That is where the bounds do not hold (a loop, a negative impedance) and where steps are few.

    :param extra: loads added to the network
    :raises NoPowerFlow: if a step that is looked at has no solution
    """
    profiles = network.profiles
    steps = steps_of_extremes(network, extra) if profiles is not None and profiles.steps >= WORTH else None
    found = run_year(network, extra, steps=steps)
    return found if steps is None or profiles is None else replace(found, losses_kwh=float("nan"), steps=profiles.steps)


def steps_of_extremes(network: Network, extra: Sequence[ExtraLoad] = ()) -> Ints | None:
    """
    Return steps that hold every extreme of a network with a year, or None where all have to be solved.
    """
    profiles = network.profiles
    assert profiles is not None
    try:
        grown = [tree for tree, _ in grow(network)]
        if not grown or any(len(tree.loops) or min(tree.r.min(), tree.x.min()) < 0 for tree in grown):
            return None
        year = _year(network, extra)
        found = [_Hunt(network, extra, tree, year).steps() for tree in grown]
        return np.unique(np.concatenate(found)) if sum(map(len, found)) < MOST * profiles.steps else None
    except (NotRadial, UnsolvedError):
        return None  # a loop too many, or a step near collapse: `run_year` says what is true of it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    """
    The profiles of P and of Q as in the table of powers, with the ends of their blocks. ``widths``: steps in a block, the last 1.
    """

    widths: tuple[int, ...]
    active: _Side
    reactive: _Side


class _Hunt:
    """
    Looks for the extremes of one tree.
    """

    def __init__(self, network: Network, extra: Sequence[ExtraLoad], tree: Tree, year: _Year) -> None:
        assert network.profiles is not None
        first = replace(network.profiles, p=network.profiles.p[:, :1], q=network.profiles.q[:, :1])  # coefficients need no more of the year
        one = [load if load.shape is None else replace(load, shape=load.shape[:1]) for load in extra]
        from tongdian.engines.grid._flow import bounds

        self.kernels: Any = bounds  # numba's dispatchers have no types
        self.network, self.tree, self.year = network, tree, year
        self.table: Arrays = power_table(replace(network, profiles=first), tree, one)[:4]
        self.total = network.profiles.steps

    def steps(self) -> Ints:
        """
        Return steps that hold every extreme: all where a sample of hours tells that the bounds leave too many open.
        """
        steps = len(self.year.widths) - 1
        fullest = self._below(self._furthest(), 0, steps)
        known = self._solved(fullest)
        low, high = known[0] * (1 - VOLTAGE_SLACK), known[1] * (1 + VOLTAGE_SLACK)
        room = ROOM * (high - low) + ROOM_LEAST
        box = np.stack([low - room, high + room])
        limits = np.stack([low, high, known[2] * (1 + SQUARE_SLACK) + NOTHING])
        hours = np.arange(self.year.active[steps - 1][0].shape[1])
        if len(self._passing(hours[::EVERY], steps - 1, box, limits)) * EVERY > MOST * len(hours):
            return np.arange(self.total)
        blocks = np.arange(self.year.active[0][0].shape[1])
        for level in range(steps):
            passing = blocks[self._passing(blocks, level, box, limits)]
            blocks = self._below(passing, level, level + 1)
        return np.union1d(fullest, blocks)

    def _below(self, blocks: Ints, level: int, narrower: int) -> Ints:
        """
        Return the blocks of a narrower level that lie in some of a wider one.
        """
        ratio = self.year.widths[level] // self.year.widths[narrower]
        every: Ints = (blocks[:, None] * ratio + np.arange(ratio)).ravel()
        inside: Ints = every[every < self.year.active[narrower][0].shape[1]]
        return inside

    def _furthest(self) -> Ints:
        """
        Return the widest blocks in which the bound of an element is furthest.
        """
        count, source = len(self.tree.parent), self.tree.source_v
        wide = np.stack([np.full(count, value) for value in (source * WIDE[0], source * WIDE[1], np.inf)])
        lanes = self.kernels.LANES
        top, at = np.full((3, count, lanes), -np.inf), np.zeros((3, count, lanes), dtype=np.int64)
        active, reactive = self.year.active[0], self.year.reactive[0]
        marks = np.empty(active[0].shape[1], dtype=np.bool_)
        self.kernels.reach_blocks(self.tree.columns(), self.table, active, reactive, wide[:2], wide, top, at, marks)
        lane = top[:, 1:].argmax(axis=2)
        found = np.take_along_axis(at[:, 1:], lane[:, :, None], axis=2)[:, :, 0] + lane
        inside: Ints = np.unique(found[found < active[0].shape[1]])
        return inside

    def _solved(self, steps: Ints) -> Floats:
        """
        Return the extremes of some steps [3, nodes] (`sweeps.extremes`).
        """
        rows = (np.ascontiguousarray(side[-1][0][:, steps]) for side in (self.year.active, self.year.reactive))
        return solve_tree(self.network, self.tree, (*self.table, *rows), np.arange(len(steps)))[0]

    def _passing(self, blocks: Ints, level: int, box: Floats, known: Floats) -> Ints:
        """
        Return which blocks may pass what is known, as positions.
        """
        active, reactive = (
            tuple(np.ascontiguousarray(end[:, blocks]) for end in side[level]) for side in (self.year.active, self.year.reactive)
        )
        marks = np.empty(len(blocks), dtype=np.bool_)
        self.kernels.reach_blocks(self.tree.columns(), self.table, active, reactive, box, known, *self.kernels.NOTHING_KEPT, marks)
        return np.flatnonzero(marks)


_kept: OrderedDict[tuple[int, int], tuple[tuple[Floats, Floats], _Year]] = OrderedDict()


def _year(network: Network, extra: Sequence[ExtraLoad]) -> _Year:
    """
    Return the year with rows for the shapes of added loads and a constant; kept for the next question where no load has a shape.
    """
    profiles = network.profiles
    assert profiles is not None
    hour = max(60 // max(profiles.step_minutes, 1), 1)
    widths = tuple(sorted({1, *(hours * hour for hours in HOURS)}, reverse=True))
    shapes = [np.asarray(load.shape, dtype=np.float64)[: profiles.steps] for load in extra if load.shape is not None]

    def read(shapes: Sequence[Floats]) -> _Year:
        active, reactive = (_with_ends(profile, shapes, widths) for profile in (profiles.p, profiles.q))
        return _Year(widths=widths, active=active, reactive=reactive)

    if shapes:
        return read(shapes)
    key = id(profiles.p), id(profiles.q)
    # the profiles are kept with their ends, so that no other takes the place in memory that stands for them
    kept = _kept.pop(key, None) or ((profiles.p, profiles.q), read(()))
    _kept[key] = kept
    while len(_kept) > REMEMBERED:
        _kept.popitem(last=False)
    return kept[1]


def _with_ends(profile: Floats, shapes: Sequence[Floats], widths: Sequence[int]) -> _Side:
    rows = np.concatenate([profile, *(shape[None, :] for shape in shapes), np.ones((1, profile.shape[1]))])
    ends = []
    for width in widths:
        begins = np.arange(0, rows.shape[1], width)
        ends.append((np.minimum.reduceat(rows, begins, axis=1), np.maximum.reduceat(rows, begins, axis=1)) if width > 1 else (rows, rows))
    return tuple(ends)
