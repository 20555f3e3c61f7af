# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, PLR0917, PLR2004, FURB136 - numba infers types, knows no records, vectorises plain comparisons
"""
The kernels of the capacity study: the base year reduced in place, margins of unrelated lanes, bounds, and what the bounds do not clear.

Compiled code is cached by file and does not see that a kernel of another file changed: change something here whenever `_sweeps.py` changes.
"""

import numpy as np

from tongdian.engines.grid._sweeps import FLOOR, LANES, TOLERANCE, end_powers, fast_kernel, flow, kernel, load_lanes

COARSE = 1e-8  # of the squared voltage in the base year: a tenth of what the bounds add to it


@fast_kernel
def least_of(values, half):
    """
    Return the least of all lanes by halving. A plain loop is not done several lanes at a time, nor is one whose length is known beforehand.

    ``half`` [lanes / 2] is scratch.
    """
    size = len(values) // 2
    for k in range(size):
        half[k] = values[k] if values[k] < values[k + size] else values[k + size]
    size //= 2
    for k in range(size):
        half[k] = half[k] if half[k] < half[k + size] else half[k + size]
    best = half[0]
    for k in range(1, size):
        best = half[k] if half[k] < best else best
    return best


@kernel
def keep_least(values, half, steps, row, i, stats, when):
    """
    Keep the year's least of some lanes and its step; returns the least of the lanes.
    """
    least = least_of(values, half)
    if least < stats[row, i]:
        for k in range(LANES):
            if values[k] == least:
                stats[row, i], when[row, i] = least, steps[k]
    return least


@fast_kernel
def put(values, least, first, valid, width, row):
    """
    Keep some lanes as single steps, or the least of them as that of their unit.
    """
    if width > 1:
        row[first // width] = least
    elif valid == LANES:
        for k in range(LANES):
            row[first + k] = values[k]
    else:
        for k in range(valid):
            row[first + k] = values[k]


@fast_kernel
def voltage_pass(steps, first, valid, width, flat, over, low, high, v, work, store, stats, when):
    """
    Take a block's voltages into what is kept of the year; returns whether none collapsed. ``over`` [lanes]: one over the shape.
    """
    below, above, half = work[0], work[1], work[2]
    for i in range(len(low)):
        lo, hi = low[i], high[i]
        for k in range(LANES):
            below[k] = v[i, k] - lo
            above[k] = hi - v[i, k]
        least = keep_least(below, half, steps, 1, i, stats, when)
        put(below, least, first, valid, width, store[1, i])
        if least + lo <= FLOOR * (1.0 + 1e-12):  # it came by a difference, which rounds
            return False
        stats[7, i] = min(stats[7, i], least + lo)
        put(above, keep_least(above, half, steps, 2, i, stats, when), first, valid, width, store[2, i])
        if not flat:
            for k in range(LANES):
                below[k] *= over[k]
                above[k] *= over[k]
            keep_least(below, half, steps, 8, i, stats, when)
            keep_least(above, half, steps, 9, i, stats, when)
    return True


@fast_kernel
def raise_most(values, most):
    """
    Raise ``most`` [nodes, lanes] to the magnitude of ``values``.
    """
    nodes, lanes = values.shape
    for i in range(nodes):
        for k in range(lanes):
            a = abs(values[i, k])
            most[i, k] = a if a > most[i, k] else most[i, k]


@fast_kernel
def branch_pass(tree, steps, first, valid, width, over, kp, kq, fp, fq, el, v, work, store, stats, when):
    """
    Take a block's branches into what is kept of the year: the reach (the largest y with |S + y·k| within the rating at both ends, over the
    shape) and −used share of the rating squared.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, _low, _high, _source_v, _loops = tree
    y, free, half = work[0], work[1], work[2]
    a = kp * kp + kq * kq
    inverse = 1.0 / a
    for i in range(1, len(parent)):
        if rating[i] == np.inf:
            continue
        up, ri, xi, hg, hb, square = parent[i], r[i], x[i], half_g[i], half_b[i], rating[i] * rating[i]
        share = 1.0 / square if square > 0.0 else 1e300
        by_v, fixed = (0.0, 1.0) if is_trafo[i] else (1.0, 0.0)
        for k in range(LANES):
            vc, vp = v[i, k], v[up, k]
            wc, wp = fixed + by_v * vc, fixed + by_v * vp
            pc, qc = fp[i, k] - hg * vc, fq[i, k] + hb * vc
            pp, qp = fp[i, k] + ri * el[i, k] + hg * vp, fq[i, k] + xi * el[i, k] - hb * vp
            sc, sp = pc * pc + qc * qc, pp * pp + qp * qp
            hc, hp = pc * kp + qc * kq, pp * kp + qp * kq
            rc, rp = hc * hc - a * (sc - square * wc), hp * hp - a * (sp - square * wp)
            yc = np.sqrt(rc if rc > 0.0 else 0.0) - hc
            yp = np.sqrt(rp if rp > 0.0 else 0.0) - hp
            y[k] = (yc if yc < yp else yp) * inverse * over[k]
            uc, un = sc * wp, sp * wc
            free[k] = -(uc if uc > un else un) * share / (wc * wp)
        put(y, keep_least(y, half, steps, 0, i, stats, when), first, valid, width, store[0, i])
        keep_least(free, half, steps, 3, i, stats, when)


@kernel
def base_year(tree, csr, kp, kq, shape, begin, end, width, store, stats, when):
    """
    Solve the base year from ``begin`` to ``end`` and reduce it in place; the addition of a step is ``shape`` [steps] · k.

    ``store`` [3, nodes, units]: least reach of the branch, least distance to the low and to the high voltage, per ``width`` steps.
    ``stats`` [10, nodes]: year's least reach, low distance, high distance, and −used share of the rating squared; largest |P|, |Q|, l;
    least v; least distances over the shape. ``when`` [10, nodes]: their steps. Returns −1, or a step of a block that does not rest.
    """
    parent, r, x, g, b = tree[:5]
    source_v, loops, (start, row, cp, cq, prof_p, prof_q) = tree[11], tree[12], csr
    n = len(parent)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    steps, change, over = np.empty(LANES, np.int64), np.empty(LANES), np.empty(LANES)
    work, most = np.empty((3, LANES)), np.zeros((3, n, LANES))
    flat = shape.min() == 1.0
    stats[:4] = np.inf
    stats[4:7] = 0.0
    stats[7:] = np.inf
    for first in range(begin, end, LANES):
        for k in range(LANES):
            steps[k] = min(first + k, end - 1)
            over[k] = 1.0 / max(shape[steps[k]], 1e-300)
        load_lanes(start, row, cp, cq, prof_p, prof_q, steps, p, q)
        if not flow(parent, r, x, g, b, source_v, loops, p, q, fp, fq, el, v, sp, sq, change, COARSE):
            return first
        valid = min(LANES, end - first)
        if not voltage_pass(steps, first, valid, width, flat, over, tree[9], tree[10], v, work, store, stats, when):
            return first
        raise_most(fp, most[0])
        raise_most(fq, most[1])
        raise_most(el, most[2])
        branch_pass(tree, steps, first, valid, width, over, kp, kq, fp, fq, el, v, work, store, stats, when)
    for i in range(1, n):
        stats[4, i], stats[5, i], stats[6, i] = most[0, i].max(), most[1, i].max(), most[2, i].max()
    if flat:
        stats[8:], when[8:] = stats[1:3], when[1:3]
    return -1


@kernel
def least_margin(tree, k, skip_kind, skip_at, fp, fq, el, v):
    """
    Return the least margin of a lane, its kind and node; one limit may be left out.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, low, high, _source_v, _loops = tree
    best, what, at = np.inf, 0, 0
    for i in range(len(parent)):
        up = parent[i]
        if v[i, k] <= FLOOR:
            return -1.0, 1, i
        if v[i, k] - low[i] < best and not (skip_kind == 1 and skip_at == i):
            best, what, at = v[i, k] - low[i], 1, i
        if high[i] - v[i, k] < best and not (skip_kind == 2 and skip_at == i):
            best, what, at = high[i] - v[i, k], 2, i
        if up < 0 or rating[i] == np.inf or (skip_kind == 0 and skip_at == i):
            continue
        pc, qc, pp, qp = end_powers(i, k, up, r, x, half_g, half_b, fp, fq, el, v)
        wc = 1.0 if is_trafo[i] else np.sqrt(v[i, k])
        wp = 1.0 if is_trafo[i] else np.sqrt(v[up, k])
        m = min(wc - np.sqrt(pc * pc + qc * qc) / rating[i], wp - np.sqrt(pp * pp + qp * qp) / rating[i])
        if m < best:
            best, what, at = m, 0, i
    return best, what, at


@kernel
def margins(tree, csr, node, dp, dq, steps, skip_kind, skip_at, out, kind, where):
    """
    Solve unrelated lanes, each with its own step, node and added power; give the least margin, its kind (0 branch, 1 low, 2 high) and node.

    Margins: (rating·√v − |S|) / rating for branches, squared per-unit distance for voltages; −1 where no solution was found.
    ``skip_kind``/``skip_at``: a limit that a lane leaves out, −1 for none.
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
        flow(parent, r, x, g, b, source_v, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE)
        for k in range(min(LANES, count - first)):
            best, what, at = least_margin(tree, k, skip_kind[first + k], skip_at[first + k], fp, fq, el, v)
            if not change[k] < TOLERANCE and best > -1.0:
                best, what = -1.0, 1
            out[first + k], kind[first + k], where[first + k] = best, what, at


@kernel
def needs(tree, stats, tp, tq, ts, dv, need):
    """
    Turn bounds of power, current and voltage into what every branch needs beyond the loss-free sum.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, _low, _high, _source_v, _loops = tree
    for i in range(1, len(parent)):
        up = parent[i]
        yb = np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i])
        child = np.sqrt(tp[i] * tp[i] + tq[i] * tq[i]) + yb * dv[i]
        above = np.sqrt(tp[i] * tp[i] + tq[i] * tq[i]) + np.sqrt(r[i] * r[i] + x[i] * x[i]) * ts[i] + yb * dv[up]
        if not is_trafo[i] and rating[i] < np.inf:
            child += rating[i] * (np.sqrt(stats[7, i]) - np.sqrt(stats[7, i] - dv[i]))
            above += rating[i] * (np.sqrt(stats[7, up]) - np.sqrt(max(stats[7, up] - dv[up], 0.0)))
        need[i] = max(child, above)


@kernel
def bounds(tree, stats, node, dp, dq, drop, spread, need):
    """
    Bound what an added power up to (dp, dq) does to any step of the year.

    ``drop``: the loss-free fall of squared voltages; ``spread``: what they move beyond it; ``need``: apparent power of branches beyond the
    loss-free sum (docs/engines/grid.md has the proof). Returns False where no bound was found.
    """
    parent, r, x, g, b = tree[:5]
    n = len(parent)
    dv, on = np.zeros(n), np.zeros(n, np.bool_)
    tp, tq, tv, ts = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    i = node
    while i > 0:
        on[i] = True
        i = parent[i]
    drop[0], spread[0] = 0.0, 0.0
    for turn in range(60):
        for i in range(n):
            tp[i], tq[i] = abs(g[i]) * dv[i], abs(b[i]) * dv[i]
        for i in range(n - 1, 0, -1):
            ap, aq = tp[i] + (abs(dp) if on[i] else 0.0), tq[i] + (abs(dq) if on[i] else 0.0)
            least = stats[7, i] - dv[i]
            if least <= FLOOR:
                return False
            ts[i] = (2.0 * stats[4, i] * ap + ap * ap + 2.0 * stats[5, i] * aq + aq * aq + stats[6, i] * dv[i]) / least
            tp[parent[i]] += tp[i] + abs(r[i]) * ts[i]
            tq[parent[i]] += tq[i] + abs(x[i]) * ts[i]
        held, moved = True, 0.0
        for i in range(1, n):
            up = parent[i]
            free = 2.0 * (r[i] * dp + x[i] * dq) if on[i] else 0.0
            drop[i] = drop[up] + free
            spread[i] = spread[up] + 2.0 * (abs(r[i]) * tp[i] + abs(x[i]) * tq[i]) + (r[i] * r[i] + x[i] * x[i]) * ts[i]
            tv[i] = abs(drop[i]) + spread[i]
            held = held and tv[i] <= dv[i]
            moved = max(moved, tv[i] - dv[i])
        if held:
            break
        for i in range(1, n):  # grow a little beyond: the box has to hold its own image
            dv[i] = max(dv[i], tv[i]) * (1.0 + 1e-7) + 1e-12
        if turn == 59 or not np.isfinite(moved):
            return False
    needs(tree, stats, tp, tq, ts, dv, need)
    return True


@kernel
def suspects(tree, node, added, skip_kind, skip_at, least_shape, most_shape, store, stats, drop, spread, need, mask):
    """
    Mark the units of steps that the bounds do not clear at an added power of ``added`` (per unit of k); counts them.
    """
    parent, rating = tree[0], tree[7]
    n, units = len(parent), store.shape[2]
    on = np.zeros(n, np.bool_)
    i = node
    while i > 0:
        on[i] = True
        i = parent[i]
    mask[:] = False
    for i in range(n):
        for kind, sign in ((1, 1.0), (2, -1.0)):
            free, more = sign * drop[i], spread[i] + 1e-7
            if stats[kind, i] < max(free, 0.0) + more and not (skip_kind == kind and skip_at == i):
                share = most_shape if free > 0 else least_shape
                for u in range(units):
                    mask[u] |= store[kind, i, u] < free * share[u] + more
        if parent[i] < 0 or rating[i] == np.inf or (skip_kind == 0 and skip_at == i):
            continue
        at_least = min(stats[7, i], stats[7, parent[i]])  # the slack of any step, from the largest share and the least voltage
        slack = rating[i] * (1.0 if tree[8][i] else np.sqrt(at_least)) * (1.0 - np.sqrt(-stats[3, i]))
        if slack <= need[i] * (1.0 + 1e-6):
            mask[:] = True  # the branch has too little left in the base year for the bound: every step is looked at
        elif on[i]:
            least = added / (1.0 - need[i] / slack) * (1.0 + 1e-6) + 1e-12
            if stats[0, i] < least:
                for u in range(units):
                    mask[u] |= store[0, i, u] < least
    return mask.sum()
