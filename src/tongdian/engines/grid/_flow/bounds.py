# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, FURB136, PLR0917 - numba infers types, knows no records and vectorises plain comparisons
"""
Bounds of what every element of a tree can reach in a block of steps, from the ends of the profiles in it.

Every load lies between its least and its largest value of the block. Suppose that every squared voltage lies in a box; then one backward
sweep bounds P, Q and l of every branch from the leaves up, and one forward sweep bounds the voltages. Where these lie in the box again, the
sweeps that solve a step of the block never leave it, wherever in it they begin, and what they rest at keeps the same bounds. Series
impedances must not be negative.

Each loop over lanes writes one array: LLVM does not vectorise where it would have to check many for overlap.
"""

import numpy as np

from tongdian.engines.grid._flow.sweeps import fast_kernel

LANES = 64
SMALL = 1e-7  # square of the share of a branch's flow up to which its charging is added without looking
NOTHING_KEPT = np.empty((0, 0, LANES)), np.empty((0, 0, LANES), dtype=np.int64)  # for ``top`` and ``at`` where only marks are asked for


@fast_kernel
def sum_loads(table, ends, first, count, least, most):
    """
    Sum the least and the most that every node takes in a block: coefficients of either sign times the ends of the profiles.
    """
    start, row, coefficient = table
    low, high = ends
    for i in range(len(start) - 1):
        least[i, :] = 0.0
        most[i, :] = 0.0
        for entry in range(start[i], start[i + 1]):
            c, at = coefficient[entry], row[entry]
            lower, upper = (low, high) if c > 0.0 else (high, low)
            for k in range(count):
                least[i, k] += c * lower[at, first + k]
                most[i, k] += c * upper[at, first + k]


@fast_kernel
def keep_furthest(value, sign, first, top, at):
    """
    Keep in every lane the block in which a value is furthest.
    """
    for k in range(LANES):
        better = sign * value[k] > top[k]
        top[k] = sign * value[k] if better else top[k]
        at[k] = first if better else at[k]


@fast_kernel
def add_interval(factor, f0, f1, low, high):
    """
    Add a factor of either sign times an interval to an interval, in every lane.
    """
    if factor > 0.0:
        for k in range(LANES):
            low[k] += factor * f0[k]
        for k in range(LANES):
            high[k] += factor * f1[k]
    elif factor < 0.0:
        for k in range(LANES):
            low[k] += factor * f1[k]
        for k in range(LANES):
            high[k] += factor * f0[k]


@fast_kernel
def sweep_bounds(tree, f0, f1, p0, p1, q0, q1, el0, el1, v0, v1):
    """
    Bound flows, squared currents and squared voltages of a block, given the ends of what nodes take and the box that voltages lie in.
    """
    parent, r, x, g, b = tree[:5]
    n = len(parent)
    for i in range(n - 1, -1, -1):
        add_interval(g[i], f0[i], f1[i], p0[i], p1[i])
        add_interval(-b[i], f0[i], f1[i], q0[i], q1[i])
        if i == 0:
            continue
        up, ri, xi = parent[i], r[i], x[i]
        for k in range(LANES):
            a = p1[i, k] if p1[i, k] > -p0[i, k] else -p0[i, k]
            c = q1[i, k] if q1[i, k] > -q0[i, k] else -q0[i, k]
            el1[i, k] = (a * a + c * c) / f0[i, k]
        for k in range(LANES):
            a = p0[i, k] if p0[i, k] > -p1[i, k] else -p1[i, k]
            c = q0[i, k] if q0[i, k] > -q1[i, k] else -q1[i, k]
            a = a if a > 0.0 else 0.0
            c = c if c > 0.0 else 0.0
            el0[i, k] = (a * a + c * c) / f1[i, k]
        for k in range(LANES):
            p0[up, k] += p0[i, k] + ri * el0[i, k]
        for k in range(LANES):
            p1[up, k] += p1[i, k] + ri * el1[i, k]
        for k in range(LANES):
            q0[up, k] += q0[i, k] + xi * el0[i, k]
        for k in range(LANES):
            q1[up, k] += q1[i, k] + xi * el1[i, k]
    for i in range(1, n):
        up, r2, x2, zz = parent[i], 2.0 * r[i], 2.0 * x[i], r[i] * r[i] + x[i] * x[i]
        for k in range(LANES):
            v0[i, k] = v0[up, k] - r2 * p1[i, k] - x2 * q1[i, k] - zz * el1[i, k]
        for k in range(LANES):
            v1[i, k] = v1[up, k] - r2 * p0[i, k] - x2 * q0[i, k] - zz * el0[i, k]


@fast_kernel
def bound_branch(tree, i, ceiling, p0, p1, q0, q1, el1, f0, used):
    """
    Set ``used`` [lanes] to a bound of the square of either end of the branch above a node: all that its losses and its charging may add.
    """
    up, z = tree[0][i], np.sqrt(tree[1][i] ** 2 + tree[2][i] ** 2)
    charged, whole = np.sqrt(tree[5][i] ** 2 + tree[6][i] ** 2) * ceiling, tree[8][i]
    for k in range(LANES):
        a = p1[i, k] if p1[i, k] > -p0[i, k] else -p0[i, k]
        c = q1[i, k] if q1[i, k] > -q0[i, k] else -q0[i, k]
        s = np.sqrt(a * a + c * c) + z * el1[i, k] + charged
        least = f0[i, k] if f0[i, k] < f0[up, k] else f0[up, k]
        used[k] = s * s / (1.0 if whole else least)


@fast_kernel
def bound_end(tree, i, at, p0, p1, q0, q1, el0, el1, f0, f1, low, high, used):
    """
    Raise ``used`` [lanes] to a bound of the square of the end at a node of the branch above a node, as `sweeps.extremes` keeps it.
    """
    turn, gain_r, gain_x = (1.0, tree[1][i], tree[2][i]) if at != i else (-1.0, 0.0, 0.0)
    for k in range(LANES):
        low[0, k] = p0[i, k] + gain_r * el0[i, k]
    for k in range(LANES):
        high[0, k] = p1[i, k] + gain_r * el1[i, k]
    for k in range(LANES):
        low[1, k] = q0[i, k] + gain_x * el0[i, k]
    for k in range(LANES):
        high[1, k] = q1[i, k] + gain_x * el1[i, k]
    add_interval(turn * tree[5][i], f0[at], f1[at], low[0], high[0])
    add_interval(-turn * tree[6][i], f0[at], f1[at], low[1], high[1])
    whole = tree[8][i]
    for k in range(LANES):
        a = high[0, k] if high[0, k] > -low[0, k] else -low[0, k]
        c = high[1, k] if high[1, k] > -low[1, k] else -low[1, k]
        square = (a * a + c * c) / (1.0 if whole else f0[at, k])
        used[k] = square if square > used[k] else used[k]


@fast_kernel
def bound_ends(tree, i, ceiling, p0, p1, q0, q1, el0, el1, f0, f1, low, high, known, used):
    """
    Set ``used`` [lanes] to a bound of the square of a branch's larger end, with care where its charging matters beside what is known.
    """
    charged = np.sqrt(tree[5][i] ** 2 + tree[6][i] ** 2) * ceiling
    if charged * charged < SMALL * known:
        bound_branch(tree, i, ceiling, p0, p1, q0, q1, el1, f0, used)
        return
    used[:] = 0.0
    bound_end(tree, i, i, p0, p1, q0, q1, el0, el1, f0, f1, low, high, used)
    bound_end(tree, i, tree[0][i], p0, p1, q0, q1, el0, el1, f0, f1, low, high, used)


@fast_kernel
def reach_blocks(tree, table, active, reactive, box, known, top, at, open_blocks):
    """
    Bound every block, keep the block in which each bound is furthest, and mark those that may pass what is known (or allowed).

    Two sweeps: the first assumes the box and has to stay in it, the second assumes what the first found.

    :param active: least and most of the profiles of P in every block [rows, blocks] each; ``reactive``: those of Q
    :param box: [2, nodes]: least and greatest squared voltage that is assumed; a block that leaves it is marked
    :param known: [3, nodes]: least and greatest squared voltage, greatest square of the branch's larger end (`sweeps.extremes`)
    :param top: [3, nodes, lanes] and ``at`` alike: the furthest bounds, of least voltages negative, and their blocks; or empty
    :param open_blocks: [blocks] the marks
    """
    source_v = tree[11]
    start, row, mw, mvar = table
    n, blocks = len(tree[0]), len(open_blocks)
    p0, p1, q0, q1 = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v0, v1, f0, f1 = np.full((n, LANES), source_v), np.full((n, LANES), source_v), np.zeros((n, LANES)), np.zeros((n, LANES))
    el0, el1 = np.zeros((n, LANES)), np.zeros((n, LANES))
    ceiling = box[1].max()
    beyond, used, low, high = np.empty(LANES), np.empty(LANES), np.empty((2, LANES)), np.empty((2, LANES))
    for begin in range(0, blocks, LANES):
        first = min(begin, max(blocks - LANES, 0))  # lanes without a block would be bounds of nothing
        count = min(LANES, blocks - first)
        beyond[:] = -1.0
        for i in range(n):
            f0[i, :] = box[0, i]
            f1[i, :] = box[1, i]
        for turn in range(2):
            sum_loads((start, row, mw), active, first, count, p0, p1)
            sum_loads((start, row, mvar), reactive, first, count, q0, q1)
            sweep_bounds(tree, f0, f1, p0, p1, q0, q1, el0, el1, v0, v1)
            for i in range(n):
                least, most = (box[0, i], box[1, i]) if turn == 0 else (known[0, i], known[1, i])
                for k in range(LANES):
                    out = least - v0[i, k] if least - v0[i, k] > v1[i, k] - most else v1[i, k] - most
                    beyond[k] = out if out > beyond[k] else beyond[k]
                for k in range(LANES):
                    f0[i, k] = v0[i, k] if v0[i, k] > f0[i, k] else f0[i, k]
                for k in range(LANES):
                    f1[i, k] = v1[i, k] if v1[i, k] < f1[i, k] else f1[i, k]
        for i in range(1, n):
            bound_ends(tree, i, ceiling, p0, p1, q0, q1, el0, el1, f0, f1, low, high, known[2, i], used)
            for k in range(LANES):
                beyond[k] = used[k] - known[2, i] if used[k] - known[2, i] > beyond[k] else beyond[k]
            if len(top):
                keep_furthest(v0[i], -1.0, first, top[0, i], at[0, i])
                keep_furthest(v1[i], 1.0, first, top[1, i], at[1, i])
                keep_furthest(used, 1.0, first, top[2, i], at[2, i])
        for k in range(count):
            open_blocks[first + k] = not beyond[k] < 0.0
