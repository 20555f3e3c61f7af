# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, E501, PLR0912, PLR0917, PLR2004 - numba infers types and knows no records

"""
Bounds of what an added power does, along the path to its node, and the march that proves a step safe up to an addition.

The proof of every inequality stands in docs/engines/grid.md.
"""

import numpy as np

from tongdian.engines.grid._rooms import end_squares, path_of
from tongdian.engines.grid._sweeps import FLOOR, LANES, kernel

TURNS = 40


@kernel
def gains(tree, most_p, most_q, least_v, span, eta, ga, gb, gt, gh, gn):
    """
    Bound what a subtree does when the voltage at its root moves by up to ``span``: per unit of that, powers ``ga``/``gb`` into the node,
    squared current ``gt`` and need ``gn`` of the branch above, and ``gh``, by how much more its voltage moves than the source's would.

    ``eta``: what ``gh`` was assumed to stay below. Returns the largest ``gh``, which has to.
    """
    parent, r, x, g, b, half_g, half_b, rating, is_trafo = tree[:9]
    n, wide = len(parent), 1.0 + eta
    for i in range(n):
        ga[i], gb[i] = abs(g[i]) * wide, abs(b[i]) * wide
    gh[0], gt[0], gn[0] = 0.0, 0.0, 0.0
    for i in range(n - 1, 0, -1):
        up, z = parent[i], np.sqrt(r[i] * r[i] + x[i] * x[i])
        v = min(least_v[i], least_v[up]) - wide * span
        if v <= FLOOR:
            return np.inf
        p, q = most_p[i] + ga[i] * span, most_q[i] + gb[i] * span
        gt[i] = (2.0 * p * ga[i] + 2.0 * q * gb[i] + (p * p + q * q) / v * wide) / v
        ga[up] += ga[i] + abs(r[i]) * gt[i]
        gb[up] += gb[i] + abs(x[i]) * gt[i]
        gn[i] = np.sqrt(ga[i] ** 2 + gb[i] ** 2) + z * gt[i] + np.sqrt(half_g[i] ** 2 + half_b[i] ** 2) * wide
        if not is_trafo[i] and rating[i] < np.inf:
            gn[i] += rating[i] * wide / (2.0 * np.sqrt(v))
    most = 0.0
    for i in range(1, n):
        gh[i] = gh[parent[i]] + 2.0 * (abs(r[i]) * ga[i] + abs(x[i]) * gb[i]) + (r[i] ** 2 + x[i] ** 2) * gt[i]
        most = max(most, gh[i])
    return most


@kernel
def side_gains(tree, path, m, ga, gb, gt, sa, sb):
    """
    Return per node of a path the gain of what hangs there beside the path.
    """
    _parent, r, x = tree[:3]
    for j in range(m):
        i = path[j]
        sa[j], sb[j] = ga[i], gb[i]
        if j + 1 < m:
            c = path[j + 1]
            sa[j] = max(sa[j] - ga[c] - abs(r[c]) * gt[c], 0.0)
            sb[j] = max(sb[j] - gb[c] - abs(x[c]) * gt[c], 0.0)


@kernel
def bounds(tree, path, m, hp, hq, hv, sa, sb, ia, ib, span, dp, dq, drop, spread, need, dv, tp, tq, ts):
    """
    Bound what an added power up to (dp, dq) at the end of a path does, seen from states with |P|, |Q| up to hp, hq and v from hv.

    ``drop``: the loss-free fall of squared voltages; ``spread``: what they move beyond it; ``need``: apparent power of branches beyond the
    loss-free sum; all [path]. ``hv[m]``: the source; ``ia``/``ib``: powers that may come or go beside the path. Returns False where no bound
    was found.
    """
    _parent, r, x, _g, _b, half_g, half_b, rating, is_trafo = tree[:9]
    fall = 0.0
    for j in range(m):
        i = path[j]
        fall += 2.0 * (r[i] * dp + x[i] * dq)
        drop[j], dv[j] = fall, abs(fall) * 1.02 + 1e-13
    for _ in range(TURNS):
        ap, aq = abs(dp), abs(dq)
        bp, bq = 0.0, 0.0
        for j in range(m - 1, -1, -1):
            i = path[j]
            tp[j], tq[j] = sa[j] * dv[j] + ia[j] + bp, sb[j] * dv[j] + ib[j] + bq
            a, b, least = ap + tp[j], aq + tq[j], hv[j] - dv[j]
            if least <= FLOOR or dv[j] > span:
                return False
            el = (hp[j] * hp[j] + hq[j] * hq[j]) / hv[j]
            ts[j] = (2.0 * hp[j] * a + a * a + 2.0 * hq[j] * b + b * b + el * dv[j]) / least
            bp, bq = tp[j] + abs(r[i]) * ts[j], tq[j] + abs(x[i]) * ts[j]
        held, more = True, 0.0
        for j in range(m):
            i = path[j]
            more += 2.0 * (abs(r[i]) * tp[j] + abs(x[i]) * tq[j]) + (r[i] * r[i] + x[i] * x[i]) * ts[j]
            spread[j] = more
            held = held and abs(drop[j]) + more <= dv[j]
        if held:
            break
        for j in range(m):  # a little beyond: the box has to hold its own image
            dv[j] = max(dv[j], abs(drop[j]) + spread[j] * 1.05 + 1e-13)
    else:
        return False
    for j in range(m):
        i = path[j]
        yb, flat = np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i]), np.sqrt(tp[j] * tp[j] + tq[j] * tq[j])
        dv_up = dv[j - 1] if j else 0.0
        child = flat + yb * dv[j]
        above = flat + np.sqrt(r[i] * r[i] + x[i] * x[i]) * ts[j] + yb * dv_up
        if not is_trafo[i] and rating[i] < np.inf:
            child += rating[i] * dv[j] / (2.0 * np.sqrt(hv[j] - dv[j]))
            above += rating[i] * dv_up / (2.0 * np.sqrt((hv[j - 1] if j else hv[m]) - dv_up))
        need[j] = max(child, above)
    return True


@kernel
def flagged(tree, nodes, added, kp, kq, span, stats, gain, units, shares, error, out_node, out_unit, counts):
    """
    List for every asked node the units of steps that the bounds do not clear at its added power; returns how many in all.

    ``stats`` (least v, most |P|, most |Q| of the year; year's least room of every kind below a node), ``units`` ([nodes, units]: reach,
    slack; least rooms to the low and the high voltage and of branches per gain in the subtree). ``counts``: units of a node, −1 where the
    list is full, −2 where no bound was found. ``error``: of voltages.
    """
    parent, rating = tree[0], tree[7]
    hats_v, hats_p, hats_q, year_low, year_high, year_room = stats
    reach, slack, low, high, room = units
    ga, gb, gt, gh, deepest = gain
    least_share, most_share = shares
    n, width = len(parent), reach.shape[1]
    path = np.empty(n, np.int64)
    hp, hq, hv, sa, sb, drop = np.empty(n), np.empty(n), np.empty(n + 1), np.empty(n), np.empty(n), np.empty(n)
    spread, need, dv, tp, tq, ts = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    mask, none = np.zeros(width, np.bool_), np.zeros(n)
    total = 0
    for at in range(len(nodes)):
        m, x = path_of(parent, nodes[at], path), added[at]
        for j in range(m):
            hp[j], hq[j], hv[j] = hats_p[path[j]], hats_q[path[j]], hats_v[path[j]]
        hv[m] = hats_v[0]
        side_gains(tree, path, m, ga, gb, gt, sa, sb)
        if not bounds(tree, path, m, hp, hq, hv, sa, sb, none, none, span, x * kp, x * kq, drop, spread, need, dv, tp, tq, ts):
            counts[at] = -2
            continue
        mask[:] = False
        for j in range(m):
            i = path[j]
            more = spread[j] + (deepest[i] - gh[i]) * dv[j] + error
            if year_low[i] < max(drop[j], 0.0) + more:
                share = most_share if drop[j] > 0 else least_share
                for u in range(width):
                    mask[u] |= low[i, u] < drop[j] * share[u] + more
            if year_high[i] < max(-drop[j], 0.0) + more:
                share = least_share if drop[j] > 0 else most_share
                for u in range(width):
                    mask[u] |= high[i, u] < -drop[j] * share[u] + more
            if year_room[i] < dv[j]:
                for u in range(width):
                    mask[u] |= room[i, u] < dv[j]
            if rating[i] < np.inf:
                must = need[j]
                for u in range(width):
                    y = reach[i, u]
                    mask[u] |= (y - x * 1.00001) * slack[i, u] <= must * y
        found = mask.sum()
        counts[at] = found
        if total + found > len(out_node):
            counts[at] = -1
            continue
        for u in range(width):
            if mask[u]:
                out_node[total], out_unit[total] = at, u
                total += 1
    return total


@kernel
def slopes(tree, path, m, added, kp, kq, span, work):
    """
    Bound how losses and what hangs beside a path bend the course of voltages and powers anywhere between nothing and ``added``.

    Turns the hats in ``work`` (`broken_lanes`) into those of all states on the way, writes there by how much powers (row 14) and voltages
    (row 15) may differ at ``added`` from a flow with everything beside the path as in the base case, and the slope of need (row 16).
    Returns whether all voltages of the path move one way.
    """
    drop, spread, need, dv, tp, tq = work[5], work[6], work[7], work[8], work[9], work[10]
    for j in range(m):
        work[0, j] += abs(added * kp) + tp[j]
        work[1, j] += abs(added * kq) + tq[j]
        work[2, j] -= dv[j]
        work[12, j], work[13, j] = work[3, j] * dv[j], work[4, j] * dv[j]
    if not bounds(
        tree, path, m, work[0], work[1], work[2], work[3], work[4], work[12], work[13], span, 0.0, 0.0, drop, spread, need, dv, tp, tq,
        work[11],
    ):  # fmt: skip
        return False
    work[14, :m], work[15, :m] = need[:m], spread[:m]
    work[12:14] = 0.0
    little = 1e-6 * added
    if not bounds(
        tree, path, m, work[0], work[1], work[2], work[3], work[4], work[12], work[13], span, little * kp, little * kq, drop, spread, need, dv,
        tp, tq, work[11],
    ):  # fmt: skip
        return False
    for j in range(m):
        work[16, j] = need[j] / little
        if abs(drop[j]) <= spread[j] or drop[j] * drop[0] <= 0.0:
            return False
    return True


@kernel
def holds_at(tree, path, m, k, added, kp, kq, states, rooms, gain, errors, needs, work, flow):
    """
    Return whether a lane holds at ``added`` and therefore at everything below, which ``slopes`` allows to tell: the path is solved with
    everything beside it as in the base case, and what that may be wrong by is added. ``needs`` [path]: of the bounds up to ``added``.
    """
    parent, r, x, rating = tree[0], tree[1], tree[2], tree[7]
    fp, fq, el, v = states
    low, high = rooms[:2]
    gh, deepest = gain[3], gain[4]
    size = np.sqrt(kp * kp + kq * kq)
    for j in range(m):
        flow[3, j] = v[path[j], k]
    for _ in range(12):
        bp, bq, moved = added * kp, added * kq, 0.0
        for j in range(m - 1, -1, -1):
            i = path[j]
            p, q = fp[i, k] + bp, fq[i, k] + bq
            if j + 1 < m:
                c = path[j + 1]
                p -= fp[c, k] + r[c] * el[c, k]
                q -= fq[c, k] + x[c] * el[c, k]
            flow[0, j], flow[1, j], flow[2, j] = p, q, (p * p + q * q) / flow[3, j]
            bp, bq = p + r[i] * flow[2, j], q + x[i] * flow[2, j]
        above = v[0, k]
        for j in range(m):
            i = path[j]
            w = above - 2.0 * (r[i] * flow[0, j] + x[i] * flow[1, j]) - (r[i] * r[i] + x[i] * x[i]) * flow[2, j]
            if w <= FLOOR:
                return False
            moved = max(moved, abs(w - flow[3, j]))
            flow[3, j], above = w, w
        if moved < 1e-9:
            break
    for j in range(m):
        i = path[j]
        up, w = parent[i], flow[3, j]
        fall, more = v[i, k] - w, work[15, j] + (deepest[i] - gh[i]) * abs(v[i, k] - w) + errors[0] + 1e-8
        if (fall > 0.0 and low[i, k] < fall + more) or (fall < 0.0 and high[i, k] < more - fall):
            return False
        if rating[i] == np.inf:
            continue
        slope, extra = work[16, j], work[14, j] + errors[1] * rating[i] + 1e-8 * rating[i]
        if slope > 0.4 * size:
            return False
        v_up = flow[3, j - 1] if j else v[0, k]
        pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, flow[0, j], flow[1, j], flow[2, j], w, v_up)
        if np.sqrt(pc * pc + qc * qc) + extra > np.sqrt(most_c) or np.sqrt(pp * pp + qp * qp) + extra > np.sqrt(most_p):
            return False
        pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, fp[i, k], fq[i, k], el[i, k], v[i, k], v[up, k])
        for end in range(2):
            p, q, most = (pc, qc, most_c) if end == 0 else (pp, qp, most_p)
            across = abs(p * kq - q * kp) / size
            if p * kp + q * kq < slope * np.sqrt(p * p + q * q) and 1.1 * (across + needs[j]) > np.sqrt(most):
                return False
    return True


@kernel
def broken_lanes(tree, node, added, kp, kq, span, states, rooms, hats, gain, errors, shape, path, work, flow, open_):
    """
    Mark the lanes that are not proven to hold up to an added power, each with its own flows: by |S₀ + xk| + need at both ends of every
    branch, else by the flow along the path (`holds_at`). ``rooms``: per node and lane to the low and to the high voltage in the subtree, and of
    branches in it in the whole unit. ``errors``: of voltages, and of powers over the rating.
    """
    parent, rating = tree[0], tree[7]
    fp, fq, el, v = states
    low, high, room = rooms
    hats_p, hats_q, hats_v = hats
    ga, gb, gt, gh, deepest = gain
    m = path_of(parent, node, path)
    for j in range(m):
        work[0, j], work[1, j], work[2, j] = hats_p[path[j]], hats_q[path[j]], hats_v[path[j]]
    work[2, m] = hats_v[0]
    work[12:14] = 0.0
    side_gains(tree, path, m, ga, gb, gt, work[3], work[4])
    ok = bounds(
        tree, path, m, work[0], work[1], work[2], work[3], work[4], work[12], work[13], span, added * kp, added * kq, work[5], work[6], work[7],
        work[8], work[9], work[10], work[11],
    )  # fmt: skip
    for k in range(LANES):
        open_[k] = not ok and shape[k] > 0.0
    if not ok:
        return
    drop, spread, need, dv = work[5], work[6], work[7], work[8]
    any_open = False
    beside = False
    for j in range(m):
        i = path[j]
        up = parent[i]
        more = spread[j] + (deepest[i] - gh[i]) * dv[j] + errors[0] + 1e-9
        beside = beside or room[i] < dv[j]
        for k in range(LANES):
            s = shape[k]
            broken = beside or low[i, k] < drop[j] * s + more or high[i, k] < more - drop[j] * s
            if rating[i] < np.inf and not broken:
                pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, fp[i, k], fq[i, k], el[i, k], v[i, k], v[up, k])
                a, b = s * added * kp, s * added * kq
                must = need[j] + (errors[1] + 1e-9) * rating[i]
                broken = np.sqrt((pc + a) ** 2 + (qc + b) ** 2) + must > np.sqrt(most_c) or np.sqrt(
                    (pp + a) ** 2 + (qp + b) ** 2
                ) + must > np.sqrt(most_p)
            open_[k] |= broken and s > 0.0
            any_open |= open_[k]
    if not any_open:
        return
    needs = need[:m].copy()
    if not beside and slopes(tree, path, m, added, kp, kq, span, work):
        for k in range(LANES):
            if open_[k]:
                open_[k] = not holds_at(tree, path, m, k, shape[k] * added, kp, kq, states, rooms, gain, errors, needs, work, flow)
