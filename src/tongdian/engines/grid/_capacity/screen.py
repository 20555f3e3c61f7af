# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, PLR0912, PLR0917 - numba infers types and knows no records

"""
The kernels that a capacity study calls: margins of unrelated lanes in the whole tree, units of steps looked at step by step, single steps
looked at along paths.

Compiled code is cached by file and does not see that a kernel of another file changed: change something here whenever `sweeps.py`,
`march.py`, `lanes.py` or `sides.py` changes.
"""

import numpy as np

from tongdian.engines.grid._capacity.coarse import BLOCKS, LOWEST, SETTLED, SWEEPS, loads
from tongdian.engines.grid._capacity.lanes import loose_lanes, open_lanes
from tongdian.engines.grid._capacity.march import KEPT, bends, flagged, gains
from tongdian.engines.grid._capacity.rooms import path_of, step_rooms, tightest
from tongdian.engines.grid._capacity.sides import AT_ONCE, POINTS, march, power_polynomials, thresholds
from tongdian.engines.grid._flow.sweeps import FLOOR, LANES, ROW, TOLERANCE, V, end_powers, flow, kernel, load_lanes, sweep

__all__ = ["KEPT", "POINTS", "bends", "flagged", "gains", "look_at_steps", "look_into_units", "margins"]


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
def look_into_units(
    tree, single, csr, store, room, units, begins, shape, nodes, rows, added, kp, kq, proven, proofs, guess, gain, errors, open_, best
):
    """
    Solve the steps of ``units`` coarsely and mark for every node asked in them (``begins``: where a unit's begin) which steps the bounds
    leave open at its added power (``open_`` [nodes, lanes]); ``best``: the lane where its loss-free headroom is least. An endless addition
    leaves nothing to mark.

    ``single``, ``csr``: tree and loads in single precision (`_coarse`); ``store``: extremes of units; ``room`` [nodes, units]: of branches.
    ``rows``: where a node's part of ``proofs`` and ``guess`` begins (`march.prove`), which ``proven`` tells the result of.
    """
    n, kind = len(tree[0]), np.float32
    start, row, cp, cq, used, prof_p, prof_q = csr
    own_p, own_q, change = np.empty((len(used), LANES), kind), np.empty((len(used), LANES), kind), np.zeros(LANES, kind)
    path, shares = np.empty(n, np.int64), np.empty(LANES, kind)
    low, high = np.empty((n, LANES), kind), np.empty((n, LANES), kind)
    state, more, begun = np.empty(n * ROW, kind), np.zeros((n + 1) * ROW, kind), np.empty(n, np.bool_)
    lanes = (np.empty(LANES, kind), np.empty(LANES, kind))
    rooms, ends = (low, high), (single[1], single[2], single[5], single[6], single[7], single[8])
    for at_unit in range(len(units)):
        group, lane = units[at_unit] // LANES, units[at_unit] % LANES
        for k in range(LANES):
            step = min((group * BLOCKS + k) * LANES + lane, len(shape) - 1)
            shares[k] = shape[step]
            for j in range(len(used)):
                own_p[j, k], own_q[j, k] = prof_p[used[j], step], prof_q[used[j], step]
        for i in range(n):
            state[i * ROW + V : i * ROW + V + LANES] = store[group, 0, i, lane] if i else single[9]
        loads(start, row, cp, cq, own_p, own_q, state)
        for _ in range(SWEEPS):
            sweep(single[0], single[1], single[2], single[3], single[4], LOWEST, state, begun, change)
            if change.max() < SETTLED:
                break
        step_rooms(tree[0], state, tree[9], tree[10], low, high)
        for at in range(begins[at_unit], begins[at_unit + 1]):
            if np.isinf(added[at]):
                best[at], _ = tightest(tree, nodes[at], kp, kq, state, rooms, shares, path)
                continue
            m = path_of(tree[0], nodes[at], path)
            proof = proofs[:, rows[at] : rows[at] + m]
            beside = False
            for j in range(m):
                beside = beside or room[path[j], units[at_unit]] < proof[8, j]
            if beside:
                for k in range(LANES):
                    open_[at, k] = shares[k] > 0.0
            elif proven[at]:
                own = guess[rows[at] : rows[at] + m]
                open_lanes(
                    tree[0], ends, path, m, added[at], kp, kq, proof, own, state, rooms, gain, errors, shares, more, lanes, open_[at]
                )  # fmt: skip
            else:
                loose_lanes(tree[0], ends, path, m, added[at], kp, kq, proof, state, rooms, gain, errors, shares, more, lanes, open_[at])


@kernel
def look_at_steps(tree, csr, steps, samples, zero, begins, nodes, targets, kp, kq, span, gain, turns, ended, far, kind, where):
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
    sp, state, used = np.zeros((0, LANES)), np.empty((4, n)), np.empty(n, np.bool_)
    own, top = np.empty((n, 2, POINTS)), np.empty((n, 2, POINTS))
    bands, names = np.empty((n, 2, 3)), np.empty((n, 2, 3, 3), np.int64)
    for k in range(LANES):
        lane[k] = steps[min(k // POINTS, len(steps) - 1)]
        v[:, k] = samples[k % POINTS]
    load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
    settled = flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sp, change, TOLERANCE)
    for s in range(min(len(steps), AT_ONCE)):
        first = s * POINTS
        used[:] = False
        for at in range(begins[s], begins[s + 1]):
            i = nodes[at]
            while i > 0 and not used[i]:
                used[i] = True
                i = parent[i]
        if settled:
            power_polynomials(tree, first, used, fp, fq, el, v, own, top)
            thresholds(tree, first, samples, zero, turns, fp, fq, el, v, bands, names)
        for at in range(begins[s], begins[s + 1]):
            if not settled:
                ended[at] = -2
                continue
            m = path_of(parent, nodes[at], path)
            ended[at], far[at], kind[at], where[at] = march(
                tree, path, m, targets[at], kp, kq, first, zero, v, own, top, bands, names, span, gain, state, work
            )  # fmt: skip
