# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, PLR0917, FURB136 - numba infers types and knows no records

"""
Rooms: how far single steps are from their limits, along the path to a node and in whole subtrees.
"""

import numpy as np

from tongdian.engines.grid._flow.sweeps import LANES, ROW, L, P, Q, V, fast_kernel, kernel


@kernel
def path_of(parent, node, path):
    """
    Write the nodes from below the source down to ``node``; returns how many.
    """
    count, i = 0, node
    while i > 0:
        count += 1
        i = parent[i]
    at, i = count, node
    while i > 0:
        at -= 1
        path[at] = i
        i = parent[i]
    return count


@fast_kernel
def step_rooms(parent, state, lows, highs, low, high):
    """
    Write per node and lane the least rooms of its subtree to the low and to the high voltage.
    """
    n = len(parent)
    for i in range(n):
        w = state[i * ROW + V : i * ROW + V + LANES]
        for k in range(LANES):
            low[i, k] = w[k] - lows[i]
            high[i, k] = highs[i] - w[k]
    for i in range(n - 1, 0, -1):
        up = parent[i]
        for k in range(LANES):
            low[up, k] = low[i, k] if low[i, k] < low[up, k] else low[up, k]
            high[up, k] = high[i, k] if high[i, k] < high[up, k] else high[up, k]


@kernel
def end_squares(tree, i, p, q, el, v, v_up):
    """
    Return P and Q at the child's and at the parent's terminal of the branch above a node, and the squares of what each end may carry.
    """
    _parent, r, x, _g, _b, half_g, half_b, rating, is_trafo = tree[:9]
    pc, qc = p - half_g[i] * v, q + half_b[i] * v
    pp, qp = p + r[i] * el + half_g[i] * v_up, q + x[i] * el - half_b[i] * v_up
    square = rating[i] * rating[i]
    return pc, qc, pp, qp, square * (1.0 if is_trafo[i] else v), square * (1.0 if is_trafo[i] else v_up)


@kernel
def reach_of(p, q, most, kp, kq):
    """
    Return the largest y with |S + y·k|² within ``most``.
    """
    a, h = kp * kp + kq * kq, p * kp + q * kq
    return (np.sqrt(max(h * h - a * (p * p + q * q - most), 0.0)) - h) / a


@kernel
def tightest(tree, node, kp, kq, state, rooms, shape, path):
    """
    Return the lane whose loss-free headroom at a node is least (lanes without an addition left out), and the headroom.
    """
    parent, r, x, rating = tree[0], tree[1], tree[2], tree[7]
    low, high = rooms
    m = path_of(parent, node, path)
    best, best_lane = np.inf, 0
    for k in range(LANES):
        if shape[k] <= 0.0:
            continue
        fall, least = 0.0, np.inf
        for j in range(m):
            i = path[j]
            up = parent[i]
            fall += 2.0 * (r[i] * kp + x[i] * kq)
            if fall > 0.0:
                least = min(least, low[i, k] / fall)
            elif fall < 0.0:
                least = min(least, -high[i, k] / fall)
            if rating[i] < np.inf:
                p, q, el = float(state[i * ROW + P + k]), float(state[i * ROW + Q + k]), float(state[i * ROW + L + k])
                v, v_up = float(state[i * ROW + V + k]), float(state[up * ROW + V + k])
                pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, p, q, el, v, v_up)
                least = min(least, reach_of(pc, qc, most_c, kp, kq), reach_of(pp, qp, most_p, kp, kq))
        if least < best * shape[k]:
            best, best_lane = least / shape[k], k
    return best_lane, best
