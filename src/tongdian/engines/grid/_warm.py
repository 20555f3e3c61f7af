"""
Compiling every kernel, or loading it from the cache, so that the first question does not wait: in two parts that processes do side by side.

A part asks for what the engine asks for, of networks of a few nodes, so that types are those of real questions.
"""

from typing import Any

import numpy as np

from tongdian.engines.grid._capacity.scan import margins
from tongdian.engines.grid._capacity.search import Study
from tongdian.engines.grid._flow.loops import Break, loops_of
from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.kit.refused import N_, Refused

K = 1.0, 0.3
STEPS = 8


def warm(part: str = "") -> None:
    """
    Compile the kernels of a part, by default of all.

    :param part: one of ``WARMED``
    :raises Refused: if there is no such part
    """
    if part and part not in WARMED:
        raise Refused(N_("There is no part %(part)s of the kernels."), part=part)
    for one in [part] if part else list(WARMED):
        WARMED[one]()


def _screen() -> None:
    """
    Clear what the bounds of a base year clear.
    """
    tree, csr = _tiny(closed=False)
    base = Study(tree, csr, K, np.ones(STEPS)).base
    assert base is not None
    asked, added = np.array([1]), np.full(len(tree.parent), 0.1)
    _, _, _, proofs = base.open_units(asked, added[asked])
    base.open_steps(asked, np.zeros(1, np.int64), added, proofs, _one_by_one)
    base.tightest_steps(asked, np.zeros(1, np.int64), _one_by_one)


def _solve() -> None:
    """
    Solve steps, a year and its extremes, and an island with a loop.
    """
    from tongdian.engines.grid._flow import bounds, sweeps

    kernels: Any = bounds  # numba's dispatchers have no types

    tree, csr = _tiny(closed=False)
    steps, nothing, count = np.arange(STEPS), np.zeros(STEPS), len(tree.parent)
    margins(tree, csr, K, np.zeros(STEPS, np.int64), nothing, steps)
    sweeps.extremes(tree.columns(), csr, steps, np.zeros(count), np.empty((3, count)), np.empty((3, count), np.int64), np.empty(2))
    box, known = np.ones((2, count)), np.ones((3, count))
    ends = (csr[4], csr[4])
    kernels.reach_blocks(tree.columns(), csr[:4], ends, ends, box, known, *kernels.NOTHING_KEPT, np.empty(STEPS, np.bool_))
    Study(*_tiny(closed=True), K, np.ones(STEPS)).answer()
    base = Study(tree, csr, K, np.ones(STEPS)).base  # compiled by the other part meanwhile
    assert base is not None
    base.march(np.array([1]), np.zeros(1, np.int64), np.full(1, 0.1), _one_by_one)


WARMED = {"screen": _screen, "solve": _solve}


def _one_by_one(do, pieces, lanes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001 - what `Study` gives
    return [do(piece) for piece in pieces]


def _tiny(*, closed: bool) -> tuple[Tree, Arrays]:
    """
    Return a source and three nodes, in a row or as a ring, and a load at the last.
    """
    parent = [-1, 0, 1, 0, 3] if closed else [-1, 0, 1, 2]
    count = len(parent)
    line = np.full(count, 0.01)
    line[0] = 0.0
    breaks = [Break(take=4, give=2, turn=1.0 + 0.0j)] if closed else []
    nodes = np.arange(count)
    tree = Tree(
        parent=np.array(parent),
        r=line,
        x=line.copy(),
        g=np.zeros(count),
        b=np.zeros(count),
        half_g=np.zeros(count),
        half_b=np.zeros(count),
        rating=np.where(nodes > 0, 5.0, np.inf),
        is_transformer=np.zeros(count, np.bool_),
        element=nodes - 1,
        low=np.full(count, 0.8),
        high=np.full(count, 1.2),
        low_bus=nodes,
        high_bus=nodes,
        source_v=1.0,
        node_of_bus=np.arange(4),
        scale_kv=np.ones(count),
        supplied=nodes == 0,
        loops=loops_of(parent, line * (1 + 1j), breaks),
    )
    start = np.minimum(np.arange(count + 1) // 4, 1)  # one load, at node 3
    profile = np.linspace(0.5, 1.0, STEPS)[None, :]
    return tree, (start, np.zeros(1, np.int64), np.full(1, 0.1), np.full(1, 0.03), profile, profile.copy())
