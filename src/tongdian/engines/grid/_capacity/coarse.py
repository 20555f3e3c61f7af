# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, PLR0917, FURB136 - numba infers types, knows no records, vectorises plain comparisons
"""
The base year in single precision, as exact as screening needs, reduced in place to extremes of units of steps.

A block is ``LANES`` steps in a row; lane k of ``BLOCKS`` blocks in a row is a unit, so that extremes are kept lane by lane, without
looking across lanes, and steps of a unit lie at few times of day. How far the result may lie from the exact one is bounded in `_search`.
"""

import numpy as np

from tongdian.engines.grid._flow.sweeps import LANES, OWN_P, OWN_Q, ROW, L, P, Q, V, fast_kernel, kernel, sweep

BLOCKS = 32
KEPT = 4  # of units: least and greatest squared voltage, least reach, largest used share of the rating squared
SWEEPS = 30
SETTLED = np.float32(1e-3)  # of the squared voltage between two sweeps: what is left is less by the gain of a sweep
LOWEST = np.float32(0.04)
ZERO, ONE = np.float32(0), np.float32(1)
ENDLESS = np.float32(1e30)


@kernel
def gather(rows, prof_p, prof_q, first, own_p, own_q):
    """
    Take a block of the used profiles; the last step stands for those beyond the year's end.
    """
    last = prof_p.shape[1] - 1
    for j in range(len(rows)):
        if first + LANES <= last + 1:
            for k in range(LANES):
                own_p[j, k] = prof_p[rows[j], first + k]
                own_q[j, k] = prof_q[rows[j], first + k]
        else:
            for k in range(LANES):
                own_p[j, k] = prof_p[rows[j], min(first + k, last)]
                own_q[j, k] = prof_q[rows[j], min(first + k, last)]


@fast_kernel
def loads(start, row, cp, cq, own_p, own_q, state):
    """
    Sum the power of every node in every lane: coefficients times profiles.
    """
    for i in range(len(start) - 1):
        w = state[i * ROW : (i + 1) * ROW]
        for k in range(LANES):
            w[OWN_P + k] = ZERO
            w[OWN_Q + k] = ZERO
        for entry in range(start[i], start[i + 1]):
            a, b, source = cp[entry], cq[entry], row[entry]
            for k in range(LANES):
                w[OWN_P + k] += a * own_p[source, k]
                w[OWN_Q + k] += b * own_q[source, k]


@fast_kernel
def widen(state, field, least, most):
    """
    Widen extremes [nodes, lanes] of a field of the rows by a block.
    """
    for i in range(len(least)):
        w = state[i * ROW + field : i * ROW + field + LANES]
        for k in range(LANES):
            a = w[k]
            least[i, k] = a if a < least[i, k] else least[i, k]
            most[i, k] = a if a > most[i, k] else most[i, k]


@fast_kernel
def keep_branches(branches, over, kp, kq, state, reach, used):
    """
    Widen the extremes of branches by a block: the reach (the largest y with |S + y·k| within the rating at both ends, over the shape) and
    the used share of the rating, squared.
    """
    parent, r, x, half_g, half_b, rating, is_trafo = branches
    a = kp * kp + kq * kq
    inverse = ONE / a
    for i in range(1, len(parent)):
        if rating[i] > ENDLESS:
            continue
        up, ri, xi, hg, hb, square = parent[i], r[i], x[i], half_g[i], half_b[i], rating[i] * rating[i]
        share = ONE / square
        by_v, fixed = (ZERO, ONE) if is_trafo[i] else (ONE, ZERO)
        w, u = state[i * ROW : (i + 1) * ROW], state[up * ROW : (up + 1) * ROW]
        for k in range(LANES):
            vc, vp, s = w[V + k], u[V + k], w[L + k]
            wc, wp = fixed + by_v * vc, fixed + by_v * vp
            pc, qc = w[P + k] - hg * vc, w[Q + k] + hb * vc
            pp, qp = w[P + k] + ri * s + hg * vp, w[Q + k] + xi * s - hb * vp
            sc, sp = pc * pc + qc * qc, pp * pp + qp * qp
            hc, hp = pc * kp + qc * kq, pp * kp + qp * kq
            rc, rp = hc * hc - a * (sc - square * wc), hp * hp - a * (sp - square * wp)
            yc = np.sqrt(rc if rc > ZERO else ZERO) - hc
            yp = np.sqrt(rp if rp > ZERO else ZERO) - hp
            y = (yc if yc < yp else yp) * inverse * over[k]
            uc, un = sc * wp, sp * wc
            m = (uc if uc > un else un) * share / (wc * wp)
            reach[i, k] = y if y < reach[i, k] else reach[i, k]
            used[i, k] = m if m > used[i, k] else used[i, k]


@kernel
def coarse_year(tree, csr, kp, kq, shape, begin, end, store, powers):
    """
    Solve groups of blocks from ``begin`` to ``end`` and keep their extremes; the addition of a step is ``shape`` [steps] · k.

    ``store`` [groups, KEPT, nodes, LANES]; ``powers`` [4, nodes, LANES]: least and most P, Q into nodes, widened. Returns the first step
    of a block that has no solution, or −1, and the largest last change.
    """
    parent, r, x, g, b, half_g, half_b, rating, is_trafo, source_v = tree
    start, row, cp, cq, rows, prof_p, prof_q = csr
    n, steps, kind = len(parent), prof_p.shape[1], np.float32
    own_p, own_q = np.zeros((len(rows), LANES), kind), np.zeros((len(rows), LANES), kind)
    state, begun, change, over = np.full(n * ROW, source_v), np.empty(n, np.bool_), np.zeros(LANES, kind), np.ones(LANES, kind)
    worst = ZERO
    branches = (parent, r, x, half_g, half_b, rating, is_trafo)
    for group in range(begin, end):
        kept = store[group]
        kept[0], kept[1], kept[2], kept[3] = ENDLESS, -ENDLESS, ENDLESS, ZERO
        for block in range(BLOCKS):
            first = (group * BLOCKS + block) * LANES
            if first >= steps:
                break
            gather(rows, prof_p, prof_q, first, own_p, own_q)
            loads(start, row, cp, cq, own_p, own_q, state)
            moved = ENDLESS
            for _ in range(SWEEPS):
                sweep(parent, r, x, g, b, LOWEST, state, begun, change)
                moved = change.max()
                if moved < SETTLED:
                    break
            if not moved < SETTLED:
                return first, worst
            worst = max(worst, moved)
            for k in range(LANES):
                over[k] = ONE / max(kind(shape[min(first + k, steps - 1)]), kind(1e-25))
            widen(state, V, kept[0], kept[1])
            widen(state, P, powers[0], powers[1])
            widen(state, Q, powers[2], powers[3])
            keep_branches(branches, over, kp, kq, state, kept[2], kept[3])
        if kept[0].min() <= LOWEST * kind(1.0001):
            return group * BLOCKS * LANES, worst
    return -1, worst


@kernel
def reduce_units(store, parent, rating, is_trafo, lows, highs, gn, lost, reach, slack, low, high, room):
    """
    Turn the extremes of units into what is left in them, all [nodes, units]: the branch's reach and its slack of apparent power, and of the
    node's subtree the least rooms to the low and the high voltage and of branches per gain ``gn``. ``lost`` [nodes]: what of a slack is
    within the error.
    """
    n = len(parent)
    for i in range(n - 1, -1, -1):
        up = parent[i]
        for group in range(len(store)):
            least_v, most_v, own_reach, used = store[group, 0, i], store[group, 1, i], store[group, 2, i], store[group, 3, i]
            for k in range(LANES):
                u = group * LANES + k
                low[i, u] = min(low[i, u], least_v[k] - lows[i])
                high[i, u] = min(high[i, u], highs[i] - most_v[k])
                if up < 0:
                    continue
                low[up, u] = min(low[up, u], low[i, u])
                high[up, u] = min(high[up, u], high[i, u])
                reach[i, u] = own_reach[k]
                if rating[i] < ENDLESS:
                    volts = 1.0 if is_trafo[i] else np.sqrt(min(least_v[k], store[group, 0, up, k]))
                    slack[i, u] = rating[i] * volts * (1.0 - np.sqrt(used[k])) - lost[i]
                    room[i, u] = min(room[i, u], max(slack[i, u], 0.0) / gn[i])
                room[up, u] = min(room[up, u], room[i, u])
