# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, FURB136, PLR0917 - numba infers types and vectorises plain comparisons
"""
Which steps of a year could break a limit at all: the rest need no power flow.

A block of steps (a day, then an hour) is bounded at once. Every load lies between its least and its largest value of the block. Suppose
that every squared voltage lies in a box; then one backward sweep bounds P, Q and l of every branch from the leaves up, and one forward
sweep bounds the voltages. Where these lie in the box again, the sweeps that solve a step of the block never leave it, wherever in it they
begin, and what they rest at keeps the same bounds: a block whose bounds break no limit is cleared. What is not cleared may be sound all
the same. Series impedances must not be negative.
"""

from dataclasses import replace

import numpy as np

from tongdian.engines.grid._powers import Arrays, power_table
from tongdian.engines.grid._radial import Tree, trees
from tongdian.engines.grid._sweeps import fast_kernel
from tongdian.engines.grid._town_year import Shapes
from tongdian.engines.grid._values import Bools, Floats, Ints, Limits, Network

LANES = 64
HOURS = 24
DEEPEST, HIGHEST = 0.98, 1.05  # the box: of the lowest limit that is judged, and of the source; squared voltages
SLACK = 1e-9  # of a limit: what rounding may take


def judged_tree(network: Network, limits: Limits) -> Tree:
    """
    Return the tree of one radial feeder; voltages are judged where somebody is connected.
    """
    judged = np.zeros(len(network.buses), dtype=np.bool_)
    judged[network.loads.bus] = True
    (tree,) = trees(network, limits, judged)
    return tree


def doubtful_steps(network: Network, tree: Tree, shapes: Shapes) -> Ints:
    """
    Return the steps of the year that bounds do not clear; no other step breaks a limit.

    :param network: a made-up feeder: one tree, reactive power follows active power
    :param tree: of this feeder, from :func:`judged_tree`: it holds the limits
    :param shapes: the network's profiles
    """
    assert network.profiles is not None
    first = replace(network.profiles, p=shapes.rows[:, :1], q=shapes.rows[:, :1])  # the coefficients need no more of the year
    table = power_table(replace(network, profiles=first), tree)[:4]
    days = shapes.most.shape[1]
    in_doubt = _doubtful(tree, table, shapes.least, shapes.most)
    hours = np.arange(days * HOURS).reshape(days, HOURS)[in_doubt].ravel()
    steps = np.arange(shapes.rows.shape[1]).reshape(days * HOURS, -1)[hours]
    cut = shapes.rows[:, steps]
    found: Ints = steps[_doubtful(tree, table, cut.min(axis=2), cut.max(axis=2))].ravel()
    return found


def _doubtful(tree: Tree, table: Arrays, least: Floats, most: Floats) -> Bools:
    """
    Return which blocks are not cleared, given the ends of every profile in every block [rows, blocks].
    """
    found = np.zeros(least.shape[1], dtype=np.bool_)
    constant = np.ones((1, len(found)))  # the last row of the table of powers
    box = (float(tree.low.max()) * DEEPEST, tree.source_v * HIGHEST)
    bound_blocks(tree.columns()[:12], table, np.concatenate([least, constant]), np.concatenate([most, constant]), box, found)
    return found


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
def bound_blocks(tree, table, lowest, highest, box, doubtful):
    """
    Mark the blocks whose bounds break a limit or leave the box (least and most squared voltage).
    """
    parent, r, x, g, b, half_g, half_b, rating, is_transformer, low, high, source_v = tree
    start, row, mw, mvar = table
    floor, ceiling = box
    n, blocks = len(parent), len(doubtful)
    p0, p1, q0, q1 = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v0, v1, el = np.full((n, LANES), source_v), np.full((n, LANES), source_v), np.zeros((n, LANES))
    over = np.empty(LANES)  # the most that a limit of the block is used beyond itself
    for first in range(0, blocks, LANES):
        count = min(LANES, blocks - first)
        sum_loads((start, row, mw), (lowest, highest), first, count, p0, p1)
        sum_loads((start, row, mvar), (lowest, highest), first, count, q0, q1)
        over[:] = -1.0
        for i in range(n - 1, -1, -1):
            g0, g1 = (g[i] * floor, g[i] * ceiling) if g[i] > 0.0 else (g[i] * ceiling, g[i] * floor)
            b0, b1 = (-b[i] * ceiling, -b[i] * floor) if b[i] > 0.0 else (-b[i] * floor, -b[i] * ceiling)
            for k in range(LANES):
                p0[i, k] += g0
                p1[i, k] += g1
                q0[i, k] += b0
                q1[i, k] += b1
            if i == 0:
                continue
            up, ri, xi = parent[i], r[i], x[i]
            around_zero = np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i]) * ceiling
            z, least = np.sqrt(ri * ri + xi * xi), rating[i] * (1.0 if is_transformer[i] else np.sqrt(floor)) * (1.0 - SLACK)
            for k in range(LANES):
                a = p1[i, k] if p1[i, k] > -p0[i, k] else -p0[i, k]
                c = q1[i, k] if q1[i, k] > -q0[i, k] else -q0[i, k]
                square = a * a + c * c
                current = square / floor
                used = np.sqrt(square) + z * current + around_zero - least
                over[k] = used if used > over[k] else over[k]
                el[i, k] = current
                p0[up, k] += p0[i, k]
                p1[up, k] += p1[i, k] + ri * current
                q0[up, k] += q0[i, k]
                q1[up, k] += q1[i, k] + xi * current
        for i in range(1, n):
            up, ri, xi = parent[i], r[i], x[i]
            zz = ri * ri + xi * xi
            least, most = max(low[i], floor) + SLACK, min(high[i], ceiling) - SLACK
            for k in range(LANES):
                v0[i, k] = v0[up, k] - 2.0 * (ri * p1[i, k] + xi * q1[i, k]) - zz * el[i, k]
                v1[i, k] = v1[up, k] - 2.0 * (ri * p0[i, k] + xi * q0[i, k])
                short = least - v0[i, k]
                over[k] = short if short > over[k] else over[k]
                above = v1[i, k] - most
                over[k] = above if above > over[k] else over[k]
        for k in range(count):
            doubtful[first + k] = not over[k] <= 0.0
