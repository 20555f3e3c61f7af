# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, PLR0917, PLR2004, FURB136 - numba infers types, knows no records and vectorises plain comparisons
"""
The kernels of the radial solver, compiled by numba: many steps at once as lanes, innermost and contiguous.

DistFlow (Baran and Wu 1989) in real numbers: P and Q into a node, l = squared current, v = squared voltage, one division a branch:
l = (P² + Q²) / v, P(parent) += P + R·l, v = v(parent) − 2·(R·P + X·Q) − (R² + X²)·l. The only file that imports numba.
"""

import numba
import numpy as np

LANES = 32
SWEEPS = 80
TOLERANCE = 1e-12  # of the squared voltage between two sweeps
FLOOR = 0.04  # squared voltage below which a step counts as collapsed


@numba.njit(cache=True)
def loads(start, row, cp, cq, prof_p, prof_q, steps, p, q):
    """
    Sum the power of every node in every lane: coefficients times profiles.
    """
    for i in range(len(start) - 1):
        for k in range(LANES):
            p[i, k] = 0.0
            q[i, k] = 0.0
        for entry in range(start[i], start[i + 1]):
            a, b, source = cp[entry], cq[entry], row[entry]
            for k in range(LANES):
                p[i, k] += a * prof_p[source, steps[k]]
                q[i, k] += b * prof_q[source, steps[k]]


@numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def flow(parent, r, x, g, b, source_v, p, q, fp, fq, el, v, change):
    """
    Sweep until the voltages of all lanes rest; the state is both start and result.

    ``change``: what the last sweep moved in every lane. Returns whether all lanes rest.
    """
    n = len(parent)
    v[0, :] = source_v
    for _ in range(SWEEPS):
        for i in range(n):
            gi, bi = g[i], b[i]
            for k in range(LANES):
                fp[i, k] = p[i, k] + gi * v[i, k]
                fq[i, k] = q[i, k] - bi * v[i, k]
        for i in range(n - 1, 0, -1):
            up, ri, xi = parent[i], r[i], x[i]
            for k in range(LANES):
                s = (fp[i, k] * fp[i, k] + fq[i, k] * fq[i, k]) / v[i, k]
                el[i, k] = s
                fp[up, k] += fp[i, k] + ri * s
                fq[up, k] += fq[i, k] + xi * s
        change[:] = 0.0
        for i in range(1, n):
            up, ri, xi = parent[i], r[i], x[i]
            zz = ri * ri + xi * xi
            for k in range(LANES):
                w = v[up, k] - 2.0 * (ri * fp[i, k] + xi * fq[i, k]) - zz * el[i, k]
                w = w if w > FLOOR else FLOOR
                d = abs(w - v[i, k])
                change[k] = d if d > change[k] else change[k]
                v[i, k] = w
        if change.max() < TOLERANCE:
            return True
    return False


@numba.njit(cache=True, error_model="numpy")
def end_powers(i, k, up, r, x, half_g, half_b, fp, fq, el, v):
    """
    Return P and Q at the child's and at the parent's terminal of the branch above a node.
    """
    pc = fp[i, k] - half_g[i] * v[i, k]
    qc = fq[i, k] + half_b[i] * v[i, k]
    pp = fp[i, k] + r[i] * el[i, k] + half_g[i] * v[up, k]
    qp = fq[i, k] + x[i] * el[i, k] - half_b[i] * v[up, k]
    return pc, qc, pp, qp


@numba.njit(cache=True, error_model="numpy")
def reach(p, q, kp, kq, limit):
    """
    Return the largest y with |S + y·k| ≤ limit (the greater root of a quadratic), −1 if already |S| > limit.
    """
    c = p * p + q * q - limit * limit
    if c > 0:
        return -1.0
    a, h = kp * kp + kq * kq, p * kp + q * kq
    return (-h + np.sqrt(h * h - a * c)) / a


@numba.njit(cache=True, error_model="numpy")
def reduce_block(tree, steps, fp, fq, el, v, kp, kq, width, store, stats, when):
    """
    Take a solved block into what is kept of the year; returns −1, or a step whose voltage collapsed.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, low, high, _source_v = tree
    n = len(parent)
    for i in range(n):
        up = parent[i]
        for k in range(LANES):
            t = steps[k]
            if v[i, k] <= FLOOR:
                return t
            unit = t // width
            a, c = v[i, k] - low[i], high[i] - v[i, k]
            store[1, i, unit] = min(store[1, i, unit], a)
            store[2, i, unit] = min(store[2, i, unit], c)
            if a < stats[1, i]:
                stats[1, i], when[1, i] = a, t
            if c < stats[2, i]:
                stats[2, i], when[2, i] = c, t
            stats[7, i] = min(stats[7, i], v[i, k])
            if up < 0:
                continue
            stats[4, i], stats[5, i] = max(stats[4, i], abs(fp[i, k])), max(stats[5, i], abs(fq[i, k]))
            stats[6, i] = max(stats[6, i], el[i, k])
            if rating[i] == np.inf:
                continue
            pc, qc, pp, qp = end_powers(i, k, up, r, x, half_g, half_b, fp, fq, el, v)
            at_child = rating[i] if is_trafo[i] else rating[i] * np.sqrt(v[i, k])
            at_parent = rating[i] if is_trafo[i] else rating[i] * np.sqrt(v[up, k])
            y = min(reach(pc, qc, kp, kq, at_child), reach(pp, qp, kp, kq, at_parent))
            slack = min(at_child - np.sqrt(pc * pc + qc * qc), at_parent - np.sqrt(pp * pp + qp * qp))
            store[0, i, unit] = min(store[0, i, unit], y)
            if y < stats[0, i]:
                stats[0, i], when[0, i] = y, t
            if slack < stats[3, i]:
                stats[3, i], when[3, i] = slack, t
    return -1


@numba.njit(cache=True, error_model="numpy")
def base_year(tree, csr, kp, kq, width, store, stats, when):
    """
    Solve the whole base year and reduce it in place.

    ``store`` [3, nodes, units]: least reach of the branch, least distance to the low and to the high voltage, per ``width`` steps.
    ``stats`` [8, nodes]: year's least reach, low distance, high distance, slack of apparent power; largest |P|, |Q|, l; least v.
    ``when`` [4, nodes]: steps of the first four. Returns −1, or the first step of a block that does not rest.
    """
    parent, r, x, g, b = tree[:5]
    source_v, (start, row, cp, cq, prof_p, prof_q) = tree[11], csr
    n, total = len(parent), prof_p.shape[1]
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    steps, change = np.empty(LANES, np.int64), np.empty(LANES)
    stats[:4] = np.inf
    stats[4:7] = 0.0
    stats[7] = np.inf
    store[:] = np.inf
    for first in range(0, total, LANES):
        for k in range(LANES):
            steps[k] = min(first + k, total - 1)
        loads(start, row, cp, cq, prof_p, prof_q, steps, p, q)
        if not flow(parent, r, x, g, b, source_v, p, q, fp, fq, el, v, change):
            return first
        collapsed = reduce_block(tree, steps, fp, fq, el, v, kp, kq, width, store, stats, when)
        if collapsed >= 0:
            return collapsed
    return -1


@numba.njit(cache=True, error_model="numpy")
def least_margin(tree, k, fp, fq, el, v):
    """
    Return the least margin of a lane, its kind and node.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, low, high, _source_v = tree
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


@numba.njit(cache=True, error_model="numpy")
def margins(tree, csr, node, dp, dq, steps, out, kind, where):
    """
    Solve unrelated lanes, each with its own step, node and added power; give the least margin, its kind (0 branch, 1 low, 2 high) and node.

    Margins: (rating·√v − |S|) / rating for branches, squared per-unit distance for voltages; −1 where no solution was found.
    """
    parent, r, x, g, b = tree[:5]
    source_v, (start, row, cp, cq, prof_p, prof_q) = tree[11], csr
    n, count = len(parent), len(steps)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    lane, change = np.empty(LANES, np.int64), np.empty(LANES)
    for first in range(0, count, LANES):
        for k in range(LANES):
            lane[k] = steps[min(first + k, count - 1)]
        loads(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        for k in range(LANES):
            at = min(first + k, count - 1)
            p[node[at], k] += dp[at]
            q[node[at], k] += dq[at]
        v[:] = source_v
        flow(parent, r, x, g, b, source_v, p, q, fp, fq, el, v, change)
        for k in range(min(LANES, count - first)):
            best, what, at = least_margin(tree, k, fp, fq, el, v)
            if not change[k] < TOLERANCE and best > -1.0:
                best, what = -1.0, 1
            out[first + k], kind[first + k], where[first + k] = best, what, at


@numba.njit(cache=True, error_model="numpy")
def needs(tree, stats, tp, tq, ts, dv, need):
    """
    Turn bounds of power, current and voltage into what every branch needs beyond the loss-free sum.
    """
    parent, r, x, _g, _b, half_g, half_b, rating, is_trafo, _low, _high, _source_v = tree
    for i in range(1, len(parent)):
        up = parent[i]
        yb = np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i])
        child = np.sqrt(tp[i] * tp[i] + tq[i] * tq[i]) + yb * dv[i]
        above = np.sqrt(tp[i] * tp[i] + tq[i] * tq[i]) + np.sqrt(r[i] * r[i] + x[i] * x[i]) * ts[i] + yb * dv[up]
        if not is_trafo[i] and rating[i] < np.inf:
            child += rating[i] * (np.sqrt(stats[7, i]) - np.sqrt(stats[7, i] - dv[i]))
            above += rating[i] * (np.sqrt(stats[7, up]) - np.sqrt(max(stats[7, up] - dv[up], 0.0)))
        need[i] = max(child, above)


@numba.njit(cache=True, error_model="numpy")
def bounds(tree, stats, node, dp, dq, fall, rise, need):
    """
    Bound what an added power does to any step of the year: ``fall``/``rise`` of squared voltages, ``need`` of apparent power beyond
    the loss-free sum (docs/engines/grid.md has the proof). Returns False where no bound was found.
    """
    parent, r, x, g, b = tree[:5]
    n = len(parent)
    dv, on = np.zeros(n), np.zeros(n, np.bool_)
    tp, tq, tv, ts = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    i = node
    while i > 0:
        on[i] = True
        i = parent[i]
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
            spread = 2.0 * (abs(r[i]) * tp[i] + abs(x[i]) * tq[i]) + (r[i] * r[i] + x[i] * x[i]) * ts[i]
            fall[i] = fall[up] + free + spread
            rise[i] = rise[up] - free + spread
            tv[i] = max(abs(fall[i]), abs(rise[i]))
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


@numba.njit(cache=True, error_model="numpy")
def suspects(parent, node, added, store, stats, fall, rise, need, mask):
    """
    Mark the units of steps that the bounds do not clear at an added power of ``added`` (per unit of k); counts them.
    """
    n, units = len(parent), store.shape[2]
    on = np.zeros(n, np.bool_)
    i = node
    while i > 0:
        on[i] = True
        i = parent[i]
    mask[:] = False
    for i in range(n):
        if stats[1, i] < fall[i] + 1e-7:
            for u in range(units):
                mask[u] |= store[1, i, u] < fall[i] + 1e-7
        if stats[2, i] < rise[i] + 1e-7:
            for u in range(units):
                mask[u] |= store[2, i, u] < rise[i] + 1e-7
        if parent[i] < 0 or stats[3, i] == np.inf:
            continue
        if stats[3, i] <= need[i] * (1.0 + 1e-6):
            mask[:] = True  # the branch has too little left in the base year for the bound: every step is looked at
        elif on[i]:
            least = added / (1.0 - need[i] / stats[3, i]) * (1.0 + 1e-6) + 1e-12
            if stats[0, i] < least:
                for u in range(units):
                    mask[u] |= store[0, i, u] < least
    return mask.sum()


@numba.njit(cache=True, error_model="numpy")
def extremes_block(tree, lane, valid, fp, fq, el, v, own_g, best, when, sums):
    """
    Take a solved block into the year's extremes; returns −1, or a step whose voltage collapsed.
    """
    parent, r, x, _g, _b, half_g, half_b, _rating, is_trafo, _low, _high, _source_v = tree
    for i in range(len(parent)):
        up = parent[i]
        for k in range(valid):
            w = v[i, k]
            if w <= FLOOR:
                return lane[k]
            if w < best[0, i]:
                best[0, i], when[0, i] = w, lane[k]
            if w > best[1, i]:
                best[1, i], when[1, i] = w, lane[k]
            sums[1] += own_g[i] * w
            if up < 0:
                continue
            pc, qc, pp, qp = end_powers(i, k, up, r, x, half_g, half_b, fp, fq, el, v)
            child, above = pc * pc + qc * qc, pp * pp + qp * qp
            if not is_trafo[i]:
                child, above = child / w, above / v[up, k]
            most = child if child > above else above
            if most > best[2, i]:
                best[2, i], when[2, i] = most, lane[k]
    for k in range(valid):
        sums[0] += fp[0, k]
    return -1


@numba.njit(cache=True, error_model="numpy", nogil=True)
def extremes(tree, csr, steps, own_g, best, when, sums):
    """
    Solve chosen steps and keep their extremes.

    ``own_g`` [nodes]: conductance of the network's own shunts. ``best`` [3, nodes]: least and greatest squared voltage, greatest square of
    the branch's larger end (apparent power for transformers, apparent power over voltage for lines). ``when`` [3, nodes]: their steps.
    ``sums``: power of the source and of the own shunts over all steps. Returns −1, or a step that has no solution here.
    """
    parent, r, x, g, b = tree[:5]
    source_v, (start, row, cp, cq, prof_p, prof_q) = tree[11], csr
    n, count = len(parent), len(steps)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    lane, change = np.empty(LANES, np.int64), np.empty(LANES)
    best[0], best[1:], when[:], sums[:] = np.inf, 0.0, -1, 0.0
    for first in range(0, count, LANES):
        for k in range(LANES):
            lane[k] = steps[min(first + k, count - 1)]
        loads(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        if not flow(parent, r, x, g, b, source_v, p, q, fp, fq, el, v, change):
            return lane[0]
        collapsed = extremes_block(tree, lane, min(LANES, count - first), fp, fq, el, v, own_g, best, when, sums)
        if collapsed >= 0:
            return collapsed
    return -1
