# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, PLR0912, PLR0917, FURB136 - numba infers types, knows no records and vectorises plain comparisons

"""
Which steps of a unit hold with an addition, told by the flow along its path in single precision.

The path is swept with everything beside it as in the base case; what that, the sweeps that are not made and rounding may be wrong by is
bounded (`march.prove`). The proof stands in docs/engines/grid.md.
"""

import numpy as np

from tongdian.engines.grid._flow.sweeps import LANES, ROW, L, P, Q, V, fast_kernel, kernel

SWEEPS = 4
SETTLED = 1e-6  # of the squared voltage: another sweep tells no more
ZERO, TWO = np.float32(0), np.float32(2)
ENDLESS = np.float32(1e30)
STRAIGHT = 0.7  # largest slope of need with which an apparent power that grows goes on growing


@fast_kernel
def sweep_path(r, x, path, m, state, more, change):
    """
    Sweep a path once. ``state``: rows of nodes; ``more``: rows of the path, the source's first, of what they differ by: voltages are start
    and result, P and Q are given for the last. ``change`` [lanes]: what voltages moved.

    One array with fixed distances, because the compiler vectorises no loop over many arrays.
    """
    for j in range(m, 0, -1):
        i = path[j - 1]
        ri, xi = r[i], x[i]
        s, up, w = state[i * ROW : i * ROW + ROW], more[(j - 1) * ROW : j * ROW], more[j * ROW : (j + 1) * ROW]
        for k in range(LANES):
            a, b = s[P + k] + w[P + k], s[Q + k] + w[Q + k]
            d = (a * a + b * b) / (s[V + k] + w[V + k]) - s[L + k]
            w[L + k] = d
            up[P + k] = w[P + k] + ri * d
            up[Q + k] = w[Q + k] + xi * d
    for k in range(LANES):
        more[V + k] = ZERO
        change[k] = ZERO
    for j in range(1, m + 1):
        i = path[j - 1]
        r2, x2, zz = TWO * r[i], TWO * x[i], r[i] * r[i] + x[i] * x[i]
        up, w = more[(j - 1) * ROW : j * ROW], more[j * ROW : (j + 1) * ROW]
        for k in range(LANES):
            rise = up[V + k] - r2 * w[P + k] - x2 * w[Q + k] - zz * w[L + k]
            moved = abs(rise - w[V + k])
            change[k] = moved if moved > change[k] else change[k]
            w[V + k] = rise


@fast_kernel
def keep_voltage(room, w, further, more, least):
    """
    Take over what is left of a node's ``room`` after its voltage rose and that of its subtree ``further``.
    """
    for k in range(LANES):
        left = room[k] - w[V + k] * further - more
        least[k] = left if left < least[k] else least[k]


@fast_kernel
def keep_branch(ends, i, rated, s, s_up, w, w_up, least):
    """
    Take over what both ends of a branch have left of their squared limits, were its rating ``rated``.
    """
    r, x, half_g, half_b, _rating, is_trafo = ends
    ri, xi, hg, hb, square = r[i], x[i], half_g[i], half_b[i], rated * rated
    by_v, fixed = (ZERO, square) if is_trafo[i] else (square, ZERO)
    for k in range(LANES):
        v, v_up, el = s[V + k] + w[V + k], s_up[V + k] + w_up[V + k], s[L + k] + w[L + k]
        p, q = s[P + k] + w[P + k], s[Q + k] + w[Q + k]
        pc, qc = p - hg * v, q + hb * v
        pp, qp = p + ri * el + hg * v_up, q + xi * el - hb * v_up
        child, above = fixed + by_v * v - pc * pc - qc * qc, fixed + by_v * v_up - pp * pp - qp * qp
        left = child if child < above else above
        least[k] = left if left < least[k] else least[k]


@kernel
def may_turn(ends, i, s, s_up, kp, kq, slope, need, k):
    """
    Return whether a branch could be beyond its limit between two additions that keep it.
    """
    r, x, half_g, half_b, rating, is_trafo = ends
    size = np.sqrt(kp * kp + kq * kq)
    for end in range(2):
        if end == 0:
            w = s[V + k]
            p, q = s[P + k] - half_g[i] * w, s[Q + k] + half_b[i] * w
        else:
            w = s_up[V + k]
            p, q = s[P + k] + r[i] * s[L + k] + half_g[i] * w, s[Q + k] + x[i] * s[L + k] - half_b[i] * w
        grows = slope < STRAIGHT and p * kp + q * kq > size * slope * np.sqrt(p * p + q * q)
        across = abs(p * kq - q * kp) / size + need
        if not grows and across > np.sqrt(1.0 - slope * slope) * rating[i] * (1.0 if is_trafo[i] else np.sqrt(w)):
            return True
    return False


@kernel
def open_lanes(parent, ends, path, m, added, kp, kq, proof, guess, state, rooms, gain, errors, shape, more, lanes, open_):
    """
    Mark the lanes that are not told to hold up to an addition. ``ends``: r, x and what the ends of branches need, in single precision.

    ``proof``: see `march.prove`. ``guess`` [path]: the rise of voltages for a whole addition, start and result. ``rooms``: per node and
    lane to the low and to the high voltage in the subtree. ``errors``: of voltages, and of powers over the rating. ``state``: rows of
    nodes, ``more`` and ``lanes``: room for rows of the path and for two of lanes.
    """
    single = np.float32
    low, high = rooms
    gh, deepest = gain
    change, least = lanes
    ap, aq, last = single(added * kp), single(added * kq), m * ROW
    for j in range(m):
        own = single(guess[j])
        for k in range(LANES):
            more[(j + 1) * ROW + V + k] = own * shape[k]
    before = np.inf
    for _ in range(SWEEPS):
        for k in range(LANES):
            more[last + P + k], more[last + Q + k], least[k] = ap * shape[k], aq * shape[k], ENDLESS
        sweep_path(ends[0], ends[1], path, m, state, more, change)
        moved = change.max()
        off = moved / (1.0 - proof[3, m - 1])  # what voltages were from where the sweeps would rest
        for j in range(m):
            i = path[j]
            up, w_up, w = parent[i], more[j * ROW : (j + 1) * ROW], more[(j + 1) * ROW : (j + 2) * ROW]
            further, loose = 1.0 + deepest[i] - gh[i], errors[0] + proof[1, j] + proof[3, j] * off
            beyond, both = (loose + proof[11, j]) * further, proof[11, j] > 0.0
            if both or proof[0, j] > 0.0:
                keep_voltage(high[i], w, single(further), single(beyond), least)
            if both or proof[0, j] <= 0.0:
                keep_voltage(low[i], w, single(-further), single(beyond), least)
            if both:  # from the other end, without the addition, as well
                keep_voltage(high[i], w, ZERO, single(beyond), least)
                keep_voltage(low[i], w, ZERO, single(beyond), least)
            rating = ends[4][i]
            if rating < ENDLESS:
                left = single(max(rating * (1.0 - errors[1]) - proof[2, j] - proof[4, j] * off, 0.0))
                s, s_up = state[i * ROW : (i + 1) * ROW], state[up * ROW : (up + 1) * ROW]
                keep_branch(ends, i, left, s, s_up, w, w_up, least)
        any_open = False
        for k in range(LANES):
            open_[k] = shape[k] > ZERO and not least[k] >= ZERO
            any_open |= open_[k]
        if not any_open or moved < SETTLED or moved > 0.5 * before:
            break
        before = moved
    widest = shape.argmax()
    for j in range(m):
        i = path[j]
        if shape[widest] > ZERO:
            guess[j] = more[(j + 1) * ROW + V + widest] / shape[widest]
        if proof[7, j] > 0.0:
            s, s_up = state[i * ROW : (i + 1) * ROW], state[parent[i] * ROW : (parent[i] + 1) * ROW]
            for k in range(LANES):
                open_[k] |= shape[k] > ZERO and may_turn(ends, i, s, s_up, kp, kq, proof[5, j], proof[6, j], k)


@kernel
def loose_lanes(parent, ends, path, m, added, kp, kq, proof, state, rooms, gain, errors, shape, more, lanes, open_):
    """
    Mark the lanes that are not cleared by what `march.bounds` says of additions up to ``added``, where their flows tell nothing
    (`open_lanes`, whose arguments these are).
    """
    single = np.float32
    low, high = rooms
    gh, deepest = gain
    least = lanes[1]
    w = more[ROW : 2 * ROW]
    least[:], w[:], more[:ROW] = ENDLESS, ZERO, ZERO
    for j in range(m):
        i = path[j]
        s, s_up = state[i * ROW : (i + 1) * ROW], state[parent[i] * ROW : (parent[i] + 1) * ROW]
        loose = single(proof[9, j] + (deepest[i] - gh[i]) * proof[8, j] + errors[0])
        for k in range(LANES):
            w[P + k], w[Q + k], w[V + k] = single(added * kp) * shape[k], single(added * kq) * shape[k], single(proof[0, j]) * shape[k]
        keep_voltage(high[i], w, single(1.0), loose, least)
        keep_voltage(low[i], w, single(-1.0), loose, least)
        w[V : V + LANES] = ZERO
        rating = ends[4][i]
        if rating < ENDLESS:
            left = single(max(rating * (1.0 - errors[1]) - proof[10, j], 0.0))
            keep_branch(ends, i, left, s, s_up, w, more[:ROW], least)
    for k in range(LANES):
        open_[k] = shape[k] > ZERO and not least[k] >= ZERO
