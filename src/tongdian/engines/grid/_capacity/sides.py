# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, PLR0917 - numba infers types and knows no records

"""
What hangs beside a path, as functions of the voltage where it hangs: its power, and between which voltages nothing in it is broken.

A subtree knows of the rest of the network only the voltage at its root. Solving a step for several voltages of the source therefore gives
samples of these functions for all subtrees at once; polynomials through ``POINTS`` of them (Newton's form) agree within 1e-10.
"""

import numpy as np

from tongdian.engines.grid._capacity.march import bounds, side_gains
from tongdian.engines.grid._capacity.rooms import end_squares
from tongdian.engines.grid._flow.sweeps import LANES, kernel

POINTS = 8
AT_ONCE = LANES // POINTS  # steps
SETTLED = 1e-13  # of the squared voltage between two sweeps of a path
SWEEPS = 60
MARCHES = 200
OUTSIDE, NO_BOUND, CLEARED, STOPPED = -2, -1, 0, 1


@kernel
def newton(x, y, out):
    """
    Write the divided differences of samples ``y`` at ``x``.
    """
    for a in range(POINTS):
        out[a] = y[a]
    for order in range(1, POINTS):
        for a in range(POINTS - 1, order - 1, -1):
            out[a] = (out[a] - out[a - 1]) / (x[a] - x[a - order])


@kernel
def value(x, c, at):
    """
    Evaluate Newton's form.
    """
    total = c[POINTS - 1]
    for a in range(POINTS - 2, -1, -1):
        total = total * (at - x[a]) + c[a]
    return total


@kernel
def crossing(x, c, good, bad):
    """
    Return where between ``good`` and ``bad`` a polynomial loses its positive sign, on the good side.
    """
    for _ in range(60):
        middle = 0.5 * (good + bad)
        if value(x, c, middle) >= 0.0:
            good = middle
        else:
            bad = middle
    return good


@kernel
def power_polynomials(tree, first, used, fp, fq, el, v, own, top):
    """
    Write the powers into the ``used`` nodes against their voltage (``own`` [nodes, 2, POINTS]) and at the top of the branch above against
    the parent's voltage (``top``); the step's samples begin at lane ``first``.
    """
    parent, r, x = tree[:3]
    y = np.empty(POINTS)
    for i in range(1, len(parent)):
        if not used[i]:
            continue
        up = parent[i]
        here = v[i, first : first + POINTS]
        newton(here, fp[i, first : first + POINTS], own[i, 0])
        newton(here, fq[i, first : first + POINTS], own[i, 1])
        if up == 0:
            continue
        there = v[up, first : first + POINTS]
        for a in range(POINTS):
            y[a] = fp[i, first + a] + r[i] * el[i, first + a]
        newton(there, y, top[i, 0])
        for a in range(POINTS):
            y[a] = fq[i, first + a] + x[i] * el[i, first + a]
        newton(there, y, top[i, 1])


@kernel
def keep_tighter(bands, names, up, side, found, told):
    """
    Keep a child's threshold at its parent where it is the tightest or second tightest; ``side`` 0 is the lowest voltage, 1 the highest.
    """
    sign = 1.0 if side == 0 else -1.0
    at = 1 if sign * found > sign * bands[up, side, 1] else 2
    if sign * found <= sign * bands[up, side, at]:
        return
    if at == 1:
        bands[up, side, 2] = bands[up, side, 1]
        for a in range(3):
            names[up, side, 2, a] = names[up, side, 1, a]
    bands[up, side, at] = found
    names[up, side, at, 0], names[up, side, at, 1], names[up, side, at, 2] = told


@kernel
def end_of_room(samples, zero, way, bend, room, there, c):
    """
    Return the voltage (of ``there`` [POINTS]) up to which a branch's ``room`` [POINTS] is proven to be left, from the sample ``zero`` on
    downwards or upwards (``way``); infinite where it is within all samples. ``c``: for the polynomial.

    Between two samples Δ apart nothing is lost where both rooms together are bend · Δ² / 2 or more (docs/engines/grid.md).
    """
    a = zero
    while 0 <= a + way < POINTS:
        good, other, apart = room[a], room[a + way], samples[a + way] - samples[a]
        is_kept = good + max(other, 0.0) >= 0.5 * bend * apart * apart
        if other < 0.0 or not is_kept:
            if not is_kept:
                return there[a]
            newton(there, room, c)
            return crossing(there, c, there[a], there[a + way])
        a += way
    return way * np.inf


@kernel
def slack_of(tree, i, lane, fp, fq, el, v):
    """
    Return by how much less a branch carries than it may, at the end where that is less.
    """
    pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, fp[i, lane], fq[i, lane], el[i, lane], v[i, lane], v[tree[0][i], lane])
    return min(np.sqrt(most_c) - np.sqrt(pc * pc + qc * qc), np.sqrt(most_p) - np.sqrt(pp * pp + qp * qp))


@kernel
def thresholds(tree, first, samples, zero, turns, fp, fq, el, v, bands, names):
    """
    Write for every node between which voltages its subtree breaks nothing: the node's own band, the tightest and the second tightest of
    its children's bands with the child (``bands`` [nodes, 2, 3], ``names`` [nodes, 2, 3, 3]: kind, node, child).

    ``samples``: the source's squared voltages, ``zero`` the one that is the base case. A branch's room is looked at through its samples on
    either side of it, unless it is more than what they could take at all. ``turns`` [2, nodes]: what it may lose per squared voltage
    (`march.gains`), and its second derivative (`march.bends`).
    """
    parent, rating = tree[0], tree[7]
    lows, highs = tree[9], tree[10]
    n = len(parent)
    c, y = np.empty(POINTS), np.empty((2, POINTS))
    widest = max(samples[POINTS - 1] - samples[zero], samples[zero] - samples[0])
    for i in range(n):
        bands[i, 0], bands[i, 1] = -np.inf, np.inf
        names[i] = -1
        bands[i, 0, 0], bands[i, 1, 0] = lows[i], highs[i]
        names[i, 0, 0, 0], names[i, 0, 0, 1], names[i, 1, 0, 0], names[i, 1, 0, 1] = 1, i, 2, i
    for i in range(n - 1, 0, -1):
        up = parent[i]
        if up == 0:
            continue
        here, there = v[i, first : first + POINTS], v[up, first : first + POINTS]
        lo_at = 0 if bands[i, 0, 0] >= bands[i, 0, 1] else 1
        hi_at = 0 if bands[i, 1, 0] <= bands[i, 1, 1] else 1
        low, high = bands[i, 0, lo_at], bands[i, 1, hi_at]
        low_kind, low_node = names[i, 0, lo_at, 0], names[i, 0, lo_at, 1]
        high_kind, high_node = names[i, 1, hi_at, 0], names[i, 1, hi_at, 1]
        if here[0] < low or here[POINTS - 1] > high:
            newton(here, there, c)
            low = value(here, c, min(low, here[POINTS - 1])) if here[0] < low else -np.inf
            high = value(here, c, max(high, here[0])) if here[POINTS - 1] > high else np.inf
        else:
            low, high = -np.inf, np.inf
        if rating[i] < np.inf and slack_of(tree, i, first + zero, fp, fq, el, v) < turns[0, i] * widest:
            for a in range(POINTS):
                pc, qc, pp, qp, most_c, most_p = end_squares(
                    tree, i, fp[i, first + a], fq[i, first + a], el[i, first + a], here[a], there[a]
                )
                y[0, a], y[1, a] = most_c - pc * pc - qc * qc, most_p - pp * pp - qp * qp
            for end in range(2):
                found = end_of_room(samples, zero, -1, turns[1, i], y[end], there, c)
                if found > low:
                    low, low_kind, low_node = found, 0, i
                found = end_of_room(samples, zero, 1, turns[1, i], y[end], there, c)
                if found < high:
                    high, high_kind, high_node = found, 0, i
        keep_tighter(bands, names, up, 0, low, (low_kind, low_node, i))
        keep_tighter(bands, names, up, 1, high, (high_kind, high_node, i))


@kernel
def solve_path(tree, path, m, dp, dq, first, zero, v, own, top, state):
    """
    Solve the flow along a path with an added power at its end; ``state`` [5, path]: P, Q, l, v and which sample range, start and result.

    Returns whether it settled within the samples.
    """
    _parent, r, x = tree[:3]
    source = v[0, first + zero]
    for _ in range(SWEEPS):
        bp, bq = 0.0, 0.0
        for j in range(m - 1, -1, -1):
            i, w = path[j], state[3, j]
            here = v[i, first : first + POINTS]
            p, q = value(here, own[i, 0], w), value(here, own[i, 1], w)
            if j + 1 < m:
                c = path[j + 1]
                p += bp - value(here, top[c, 0], w)
                q += bq - value(here, top[c, 1], w)
            else:
                p += dp
                q += dq
            el = (p * p + q * q) / w
            state[0, j], state[1, j], state[2, j] = p, q, el
            bp, bq = p + r[i] * el, q + x[i] * el
        moved, above = 0.0, source
        for j in range(m):
            i = path[j]
            w = above - 2.0 * (r[i] * state[0, j] + x[i] * state[1, j]) - (r[i] * r[i] + x[i] * x[i]) * state[2, j]
            if not v[i, first] <= w <= v[i, first + POINTS - 1]:
                return False
            moved = max(moved, abs(w - state[3, j]))
            state[3, j], above = w, w
        if moved < SETTLED:
            return True
    return False


@kernel
def band_at(bands, names, i, side, child):
    """
    Return the limit of a node's voltage (``side`` 0 low, 1 high) from itself and what hangs there but for one child, and which it is.
    """
    at = 1 if names[i, side, 1, 2] != child or child < 0 else 2
    other = bands[i, side, at]
    tighter = other > bands[i, side, 0] if side == 0 else other < bands[i, side, 0]
    if not tighter:
        at = 0
    return bands[i, side, at], names[i, side, at, 0], names[i, side, at, 1]


@kernel
def safe_step(tree, path, m, ahead, kp, kq, first, zero, v, bands, names, span, state, sa, sb, work):
    """
    Return how much more may be added at a path's end, up to ``ahead``, so that every addition up to it is proven to break nothing; then
    kind and node of what stops it. −1 where no bound was found.
    """
    rating = tree[7]
    for j in range(m):
        work[0, j], work[1, j], work[2, j] = abs(state[0, j]), abs(state[1, j]), state[3, j]
    work[2, m] = v[0, first + zero]
    ok = bounds(
        tree, path, m, work[0], work[1], work[2], sa, sb, work[12], work[13], span, ahead * kp, ahead * kq, work[5], work[6], work[7],
        work[8], work[9], work[10], work[11],
    )  # fmt: skip
    if not ok:
        return -1.0, -1, -1
    drop, spread, need = work[5], work[6], work[7]
    safe, kind, node = ahead, -1, -1
    a = kp * kp + kq * kq
    for j in range(m):
        i = path[j]
        child = path[j + 1] if j + 1 < m else -1
        low, low_kind, low_node = band_at(bands, names, i, 0, child)
        high, high_kind, high_node = band_at(bands, names, i, 1, child)
        fall, rise = (max(drop[j], 0.0) + spread[j]) / ahead, (max(-drop[j], 0.0) + spread[j]) / ahead
        if state[3, j] - low < safe * fall:
            safe, kind, node = max(state[3, j] - low, 0.0) / fall, low_kind, low_node
        if high - state[3, j] < safe * rise:
            safe, kind, node = max(high - state[3, j], 0.0) / rise, high_kind, high_node
        if rating[i] == np.inf:
            continue
        v_up = state[3, j - 1] if j else v[0, first + zero]
        pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, state[0, j], state[1, j], state[2, j], state[3, j], v_up)
        c = need[j] / ahead
        for end in range(2):
            p, q, most = (pc, qc, most_c) if end == 0 else (pp, qp, most_p)
            limit, square = np.sqrt(most), p * p + q * q
            if np.sqrt((p + safe * kp) ** 2 + (q + safe * kq) ** 2) + c * safe <= limit:
                continue
            h = p * kp + q * kq + c * limit  # the s of |S + s·k| + c·s = limit
            root = h * h + (a - c * c) * (most - square)
            free = max((np.sqrt(max(root, 0.0)) - h) / (a - c * c), 0.0) if a > c * c else 0.0
            if free < safe:
                safe, kind, node = free, 0, i
    return safe, kind, node


@kernel
def march(tree, path, m, target, kp, kq, first, zero, v, own, top, bands, names, span, gain, state, work):
    """
    Add power at a path's end in steps that are proven safe, from nothing up to ``target`` or to where a limit stops it.

    Returns how it ended, how far, and kind and node of the limit.
    """
    ga, gb, gt = gain[:3]
    for j in range(m):
        state[3, j] = v[path[j], first + zero]
    side_gains(tree, path, m, ga, gb, gt, work[3], work[4])
    work[12:14] = 0.0
    done, widest, least = 0.0, target, 1e-11 * max(target, 1e-4)
    for _ in range(MARCHES):
        if not solve_path(tree, path, m, done * kp, done * kq, first, zero, v, own, top, state):
            return OUTSIDE, done, -1, -1
        ahead = min(target - done, widest)
        safe, kind, node = safe_step(
            tree, path, m, ahead, kp, kq, first, zero, v, bands, names, span, state, work[3], work[4], work
        )  # fmt: skip
        if safe < 0.0:  # too far for the bounds
            widest = ahead / 2.0
            if widest <= least:
                return NO_BOUND, done, -1, -1
            continue
        if safe >= target - done:
            return CLEARED, target, -1, -1
        done += safe
        if safe <= least:
            return STOPPED, done, kind, node
    return NO_BOUND, done, -1, -1
