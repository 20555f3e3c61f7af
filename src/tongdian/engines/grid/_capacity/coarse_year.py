"""
The year of a tree solved in single precision, as exact as screening needs, and reduced to extremes of units of steps (`coarse.py`).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongdian.engines.grid._flow.powers import Arrays
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Floats
from tongdian.kit.refused import N_, Refused

Singles = npt.NDArray[np.float32]
SMALLEST_SHARE = 4_000_000  # nodes · steps worth a thread of their own


class NoBaseCase(Refused):
    """
    The network alone has no power flow in some step.
    """


def no_base_case(step: int) -> NoBaseCase:
    """
    Return the refusal for a step.
    """
    return NoBaseCase(N_("No power flow exists near step %(step)s, even without the addition. Check loads and impedances."), step=step)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseYear:
    """
    The year solved coarsely: tree and loads in single precision; extremes of units ``store`` [groups, kept, nodes, lanes], of
    the year, ``ranges`` [least and most P, Q, squared voltage; nodes]; and the last change of voltages.
    """

    columns: Arrays
    coefficients: Arrays
    store: Singles
    ranges: Floats
    change: float


def solve_coarsely(tree: Tree, csr: Arrays, k: tuple[float, float], shape: Floats, threads: int) -> CoarseYear:
    """
    Solve the base year, several shares at a time.

    :raises NoBaseCase: if a step has no solution
    """
    from tongdian.engines.grid._capacity import coarse
    from tongdian.engines.grid._flow.sweeps import LANES

    start, row, cp, cq, prof_p, prof_q = (np.asarray(part) for part in csr)
    rows, own_row = np.unique(row, return_inverse=True)
    single = np.float32
    coefficients = (start, own_row.astype(np.int64), cp.astype(single), cq.astype(single), rows, prof_p, prof_q)
    branch = (tree.r, tree.x, tree.g, tree.b, tree.half_g, tree.half_b, tree.rating)
    columns = (tree.parent, *(part.astype(single) for part in branch), tree.is_transformer, single(tree.source_v))
    nodes, steps = len(tree.parent), len(shape)
    groups = -(-steps // (LANES * coarse.BLOCKS))
    store: Singles = np.empty((groups, coarse.KEPT, nodes, LANES), single)
    count = max(1, min(threads, groups, nodes * steps // SMALLEST_SHARE))
    edges = np.linspace(0, groups, count + 1).astype(int)

    powers: Singles = np.empty((count, 4, nodes, LANES), single)
    powers[:, 0::2], powers[:, 1::2] = np.inf, -np.inf

    def solve(share: int) -> tuple[int, float]:
        ks, run = (single(k[0]), single(k[1])), coarse.coarse_year
        found: tuple[int, float] = run(columns, coefficients, *ks, shape, edges[share], edges[share + 1], store, powers[share])
        return found

    with ThreadPoolExecutor(count) as pool:
        found = [solve(0)] if count == 1 else list(pool.map(solve, range(count)))
    for failed, _ in found:
        if failed >= 0:
            raise no_base_case(failed)
    ranges = np.empty((6, nodes))
    ranges[0:4:2], ranges[1:4:2] = powers[:, 0::2].min(axis=(0, 3)), powers[:, 1::2].max(axis=(0, 3))
    ranges[4], ranges[5] = store[:, 0].min(axis=(0, 2)), store[:, 1].max(axis=(0, 2))
    change = max(float(moved) for _, moved in found)
    return CoarseYear(columns=columns, coefficients=coefficients, store=store, ranges=ranges, change=change)
