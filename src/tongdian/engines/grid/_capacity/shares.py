"""
An addition of a shape with few different values: its steps are flat where they share one, and flat additions have closer bounds.

The capacity is the least over the values of the flat capacity in their steps, divided by the value: exact, as every step is in one.
The greatest value comes first; the steps of the others only have to hold what it leaves. Where nothing is added only the base case counts.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from tongdian.engines.grid._capacity.coarse_year import NoBaseCase, no_base_case
from tongdian.engines.grid._capacity.search import Answer, Study
from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Floats, Ints

MOST_SHARES, MOST_BESIDE_LOOPS = 96, 3  # quarter hours of a day; beside loops every value costs a search of its own


@contextmanager
def told_by_the_year(steps: Ints) -> Iterator[None]:
    """
    Refuse what some ``steps`` of the year have no base case for by the year's number of the step.
    """
    try:
        yield
    except NoBaseCase as refused:
        raise no_base_case(int(steps[int(str(refused.values["step"]))])) from refused


class _Part(Study):
    """
    The steps of one value.
    """

    def answer_below(self, asked: Ints, most: Floats) -> Answer:
        """
        Return the capacity of nodes where it is less than ``most`` [nodes] in kW, inf for the others.
        """
        found, (margin, *_) = self._nothing(), self._worst()
        if margin < 0 or self.base is None or self.base.span <= 0:
            return self.answer(asked)
        guess, _ = self.base.first_guess()
        own = asked[guess[asked] * 1e3 < most[asked]]
        self._first(found, own)
        less = asked[most[asked] < found.x[asked] * 1e3]
        found.x[less], found.at[less] = most[less] / 1e3, -1
        self._clear(found, asked[np.isfinite(found.x[asked])])
        self._confirm(found, asked[found.at[asked] >= 0])
        self._scan(found, asked[found.failed[asked]])
        found.x[found.at < 0] = np.inf
        return self._answer(found, margin)


def study_of(tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int) -> "Study | SharedStudy":
    """
    Return the study of an addition of any shape.
    """
    values = len(np.unique(shape))
    kind = SharedStudy if 1 < values <= (MOST_BESIDE_LOOPS if len(tree.loops) else MOST_SHARES) else Study
    return kind(tree, csr, k, shape, threads)


class SharedStudy:
    """
    One tree and direction, and one study for each value of the addition's shape.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int) -> None:
        *table, prof_p, prof_q = csr
        assert isinstance(prof_p, np.ndarray)
        assert isinstance(prof_q, np.ndarray)
        self.shares, own = np.unique(shape, return_inverse=True)
        self.steps: list[Ints] = [np.flatnonzero(own == at) for at in range(len(self.shares))]
        self.parts: list[_Part] = []
        for steps in self.steps:
            part = (*table, np.ascontiguousarray(prof_p[:, steps]), np.ascontiguousarray(prof_q[:, steps]))
            with told_by_the_year(steps):
                self.parts.append(_Part(tree, part, k, np.ones(len(steps)), threads))

    def answer(self, asked: Ints | None = None) -> Answer:
        """
        Return the capacity of the asked nodes at the shape's peak, by default of all that stand for a bus.
        """
        nodes, found = self.parts[0].asked if asked is None else asked, None
        for at in reversed(range(len(self.parts))):
            part, share = self.parts[at], self.shares[at]
            with told_by_the_year(self.steps[at]):
                if found is None or share <= 0:
                    own = part.answer(nodes[: len(nodes) if share > 0 else 0])
                else:
                    own = part.answer_below(nodes, found.kw * share)
            own = self._of_year(own, at)
            found = own if found is None else _least(found, own)
        assert found is not None
        return found

    def following(self, first: Answer) -> tuple[Answer, Floats]:
        """
        Return what would bind next if the binding limit were none, and the least margin of all others at the answer in the binding step.
        """
        count = len(first.kw)
        found, left = [], np.full(count, np.nan)
        for at, (part, share) in enumerate(zip(self.parts, self.shares, strict=True)):
            if share <= 0:
                continue
            inside = np.isin(first.at, self.steps[at])
            own = replace(first, kw=first.kw * share, at=np.where(inside, np.searchsorted(self.steps[at], first.at), 0))
            then, margins = part.following(own)
            found.append(self._of_year(then, at))
            left[inside] = margins[inside]
        return functools.reduce(_least, found), left

    def _of_year(self, answer: Answer, at: int) -> Answer:
        """
        Return an answer for the steps of one value as one for the year's and for the peak.
        """
        share, steps = max(float(self.shares[at]), np.finfo(np.float64).tiny), self.steps[at]
        return replace(answer, kw=answer.kw / share, at=np.where(answer.at >= 0, steps[answer.at], -1))


def _least(one: Answer, other: Answer) -> Answer:
    """
    Return, node by node, the smaller answer; none (nan) where one is none, for it might be less. A broken base case goes before all.
    """
    if min(one.base_margin, other.base_margin) < 0:
        return one if one.base_margin <= other.base_margin else other
    less = ~np.isnan(one.kw) & ~(other.kw >= one.kw)
    best = {name: np.where(less, getattr(other, name), getattr(one, name)) for name in ("kw", "kind", "where", "at")}
    return Answer(
        **best,
        looked_at=one.looked_at + other.looked_at,
        scanned=one.scanned | other.scanned,
        base_margin=min(one.base_margin, other.base_margin),
    )
