# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, E501, PLR0917 - numba infers types and knows no records

"""
The kernels that a capacity study calls: margins of unrelated lanes in the whole tree, units of steps looked at step by step, single steps
looked at along paths.

Compiled code is cached by file and does not see that a kernel of another file changed: change something here whenever `_sweeps.py`,
`_march.py` or `_sides.py` changes.
"""

import numpy as np

from tongdian.engines.grid._coarse import BLOCKS, SETTLED, SWEEPS, loads, sweep
from tongdian.engines.grid._march import broken_lanes, flagged, gains
from tongdian.engines.grid._rooms import path_of, step_rooms, tightest
from tongdian.engines.grid._sides import AT_ONCE, POINTS, march, power_polynomials, thresholds
from tongdian.engines.grid._sweeps import FLOOR, LANES, TOLERANCE, end_powers, flow, kernel, load_lanes

__all__ = ["POINTS", "flagged", "gains", "look_at_steps", "look_into_units", "margins"]


@kernel
def least_margin(tree, k, fp, fq, el, v):
    """
    Return the least margin of a lane, its kind and node.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, low, high, _source_v, _loops = tree
    best, what, at = np.inf, 0, 0
    for i in range(len(parent)):
        up = parent[i]
        if v[i, k] <= FLOOR:
            return -1.0, 1, i
        if v[i, k] - low[i] < best:
            best, what, at = v[i, k] - low[i], 1, i
        if high[i] - v[i, k] < best:
            best, what, at = high[i] - v[i, k], 2, i
        if up < 0 or rating[i] == np.inf:
            continue
        pc, qc, pp, qp = end_powers(i, k, up, r, x, half_g, half_b, fp, fq, el, v)
        wc = 1.0 if is_trafo[i] else np.sqrt(v[i, k])
        wp = 1.0 if is_trafo[i] else np.sqrt(v[up, k])
        m = min(wc - np.sqrt(pc * pc + qc * qc) / rating[i], wp - np.sqrt(pp * pp + qp * qp) / rating[i])
        if m < best:
            best, what, at = m, 0, i
    return best, what, at


@kernel
def margins(tree, csr, node, dp, dq, steps, out, kind, where):
    """
    Solve unrelated lanes, each with its own step, node and added power; give the least margin, its kind (0 branch, 1 low, 2 high) and node.

    Margins: (rating·√v − |S|) / rating for branches, squared per-unit distance for voltages; −1 where no solution was found.
    """
    parent, r, x, g, b = tree[:5]
    source_v, loops, (start, row, cp, cq, prof_p, prof_q) = tree[11], tree[12], csr
    n, count = len(parent), len(steps)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    lane, change = np.empty(LANES, np.int64), np.empty(LANES)
    for first in range(0, count, LANES):
        for k in range(LANES):
            lane[k] = steps[min(first + k, count - 1)]
        load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        for k in range(LANES):
            at = min(first + k, count - 1)
            p[node[at], k] += dp[at]
            q[node[at], k] += dq[at]
        v[:] = source_v
        sp[:] = 0.0
        sq[:] = 0.0
        flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE)
        for k in range(min(LANES, count - first)):
            best, what, at = least_margin(tree, k, fp, fq, el, v)
            if not change[k] < TOLERANCE and best > -1.0:
                best, what = -1.0, 1
            out[first + k], kind[first + k], where[first + k] = best, what, at


@kernel
def look_into_units(tree, single, csr, store, room, units, begins, shape, nodes, added, kp, kq, span, gain, errors, open_, best):
    """
    Solve the steps of ``units`` coarsely and mark for every node asked in them (``begins``: where a unit's begin) which steps the bounds
    leave open at its added power (``open_`` [nodes, lanes]); ``best``: the lane where its loss-free headroom is least. An endless addition
    leaves nothing to mark.

    ``single``, ``csr``: tree and loads in single precision (`_coarse`); ``store``: extremes of units; ``room`` [nodes, units]: of branches.
    """
    n, count = len(tree[0]), np.float32
    start, row, cp, cq, rows, prof_p, prof_q = csr
    p, q, sp, sq, sl, sv = np.zeros((n, LANES), count), np.zeros((n, LANES), count), np.zeros((n, LANES), count), np.zeros((n, LANES), count), np.zeros((n, LANES), count), np.zeros((n, LANES), count)  # fmt: skip
    own_p, own_q, change = np.empty((len(rows), LANES), count), np.empty((len(rows), LANES), count), np.zeros(LANES, count)
    fp, fq, el, v = np.empty((n, LANES)), np.empty((n, LANES)), np.empty((n, LANES)), np.empty((n, LANES))
    path, work, path_flow, shares = np.empty(n, np.int64), np.empty((17, n + 1)), np.empty((4, n)), np.empty(LANES)
    low, high, own_room = np.empty((n, LANES)), np.empty((n, LANES)), np.empty(n)
    hats = (np.empty(n), np.empty(n), np.empty(n))
    rooms, states = (low, high, own_room), (fp, fq, el, v)
    for at_unit in range(len(units)):
        group, lane = units[at_unit] // LANES, units[at_unit] % LANES
        kept = store[group]
        for k in range(LANES):
            step = min((group * BLOCKS + k) * LANES + lane, len(shape) - 1)
            shares[k] = shape[step]
            for j in range(len(rows)):
                own_p[j, k], own_q[j, k] = prof_p[rows[j], step], prof_q[rows[j], step]
        for i in range(n):
            sv[i] = kept[0, i, lane]
            own_room[i] = room[i, units[at_unit]]
            hats[0][i], hats[1][i], hats[2][i] = kept[2, i, lane] * 1.001 + 1e-9, kept[3, i, lane] * 1.001 + 1e-9, kept[0, i, lane] - 1e-3
        sv[0] = single[9]
        loads(start, row, cp, cq, own_p, own_q, p, q)
        for _ in range(SWEEPS):
            sweep(single[0], single[1], single[2], single[3], single[4], p, q, sp, sq, sl, sv, change)
            if change.max() < SETTLED:
                break
        fp[:], fq[:], el[:], v[:] = sp, sq, sl, sv
        step_rooms(tree[0], v, tree[9], tree[10], low, high)
        for at in range(begins[at_unit], begins[at_unit + 1]):
            if np.isinf(added[at]):
                best[at], _ = tightest(tree, nodes[at], kp, kq, states, rooms, shares, path)
            else:
                broken_lanes(
                    tree, nodes[at], added[at], kp, kq, span, states, rooms, hats, gain[:5], errors, shares, path, work, path_flow, open_[at]
                )  # fmt: skip


@kernel
def look_at_steps(tree, csr, steps, samples, zero, begins, nodes, targets, kp, kq, span, gain, ended, far, kind, where):
    """
    Solve up to ``AT_ONCE`` steps for several voltages of the source and march along the path of every node asked in them.

    ``samples`` [POINTS]: the source's squared voltages, rising, ``zero`` the true one; lanes of step s ask for ``nodes`` from
    ``begins[s]`` to ``begins[s + 1]``, with additions up to ``targets``. Results: how it ended, how far, kind and node of the limit.
    """
    parent, r, x, g, b = tree[:5]
    loops, (start, row, cp, cq, prof_p, prof_q) = tree[12], csr
    n = len(parent)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v, change, lane, path, work = (
        np.empty((n, LANES)),
        np.empty(LANES),
        np.empty(LANES, np.int64),
        np.empty(n, np.int64),
        np.empty((14, n + 1)),
    )
    sp, state = np.zeros((0, LANES)), np.empty((4, n))
    own, top = np.empty((n, 2, POINTS)), np.empty((n, 2, POINTS))
    bands, names = np.empty((n, 2, 3)), np.empty((n, 2, 3, 3), np.int64)
    for k in range(LANES):
        lane[k] = steps[min(k // POINTS, len(steps) - 1)]
        v[:, k] = samples[k % POINTS]
    load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
    settled = flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sp, change, TOLERANCE)
    for s in range(min(len(steps), AT_ONCE)):
        first = s * POINTS
        if settled:
            power_polynomials(tree, first, fp, fq, el, v, own, top)
            thresholds(tree, first, zero, fp, fq, el, v, bands, names)
        for at in range(begins[s], begins[s + 1]):
            if not settled:
                ended[at] = -2
                continue
            m = path_of(parent, nodes[at], path)
            ended[at], far[at], kind[at], where[at] = march(
                tree, path, m, targets[at], kp, kq, first, zero, v, own, top, bands, names, span, gain, state, work
            )  # fmt: skip
