# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, E501, PLR0917 - numba infers types and knows no records

"""
Bounds of what an added power does, along the path to its node, and the march that proves a step safe up to an addition.

The proof of every inequality stands in docs/engines/grid.md.
"""

import numpy as np

from tongdian.engines.grid._capacity.intervals import keep_open, tighten
from tongdian.engines.grid._capacity.rooms import path_of
from tongdian.engines.grid._flow.sweeps import FLOOR, kernel

TURNS = 40
KEPT = 12  # rows of what a lane needs
STEEPEST = 0.95  # slope of need over the addition's: beyond it, an apparent power might turn more than once
STEADY = 0.5  # what a sweep may leave of an error


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
def bends(tree, most_p, most_q, least_v, most_v, span, eta, gain, assumed, ba, bb, bt, bv, out):
    """
    Bound the second derivatives, by the voltage at the source, of what `gains` bounds the first: of powers ``ba``/``bb``, squared currents
    ``bt`` and voltages ``bv``; and, in ``out``, of the distance between the square of a branch's apparent power at either end and of its limit.

    ``assumed``: what ``bv`` is taken for where it enters. Returns the largest ``bv``.
    """
    parent, r, x, g, b, half_g, half_b, rating, is_trafo = tree[:9]
    ga, gb, gt = gain
    n, wide = len(parent), 1.0 + eta
    for i in range(n):
        ba[i], bb[i] = abs(g[i]) * assumed, abs(b[i]) * assumed
    out[0], bt[0], bv[0] = 0.0, 0.0, 0.0
    for i in range(n - 1, 0, -1):
        up, z, yb = parent[i], np.sqrt(r[i] * r[i] + x[i] * x[i]), np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i])
        v = min(least_v[i], least_v[up]) - wide * span
        p, q = most_p[i] + ga[i] * span, most_q[i] + gb[i] * span
        el = (p * p + q * q) / v
        turn = ga[i] * ga[i] + gb[i] * gb[i] + p * ba[i] + q * bb[i] + gt[i] * wide
        bt[i] = (2.0 * turn + el * assumed) / v
        ba[up] += ba[i] + abs(r[i]) * bt[i]
        bb[up] += bb[i] + abs(x[i]) * bt[i]
        first = np.sqrt(ga[i] * ga[i] + gb[i] * gb[i]) + z * gt[i] + yb * wide
        second = np.sqrt(ba[i] * ba[i] + bb[i] * bb[i]) + z * bt[i] + yb * assumed
        power = np.sqrt(p * p + q * q) + z * el + yb * (most_v + wide * span)
        out[i] = 2.0 * first * first + 2.0 * power * second
        if not is_trafo[i] and rating[i] < np.inf:
            out[i] += rating[i] * rating[i] * assumed
    most = 0.0
    for i in range(1, n):
        bv[i] = bv[parent[i]] + 2.0 * (abs(r[i]) * ba[i] + abs(x[i]) * bb[i]) + (r[i] ** 2 + x[i] ** 2) * bt[i]
        most = max(most, bv[i])
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
def slopes(tree, path, m, added, kp, kq, span, work):
    """
    Bound how losses and what hangs beside a path bend the course of voltages and powers anywhere between nothing and ``added``.

    Turns the hats in ``work`` (`bounds`: hp, hq, hv, sa, sb, drop, spread, need, dv, tp, tq, ts, ia, ib are its rows) into those of all
    states on the way, and writes there by how much powers (row 14) and voltages (row 15) may differ at ``added`` from a flow with
    everything beside the path as in the base case, the slope of need (row 16), and how far a voltage may go beyond both its ends on the way
    (row 13, 0 where it moves one way). Returns whether bounds were found.
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
        work[13, j] = max(spread[j] - abs(drop[j]), 0.0) * (added / little)
    return True


@kernel
def prove(tree, path, m, added, kp, kq, span, highest, work, out):
    """
    Write what lanes need to be told by the flow along their path (`_lanes`), from `bounds` up to ``added`` in ``work``. Returns whether the
    flow at ``added`` tells of everything below.

    ``out`` [KEPT, path]: the loss-free rise of voltages; by how much voltages and powers may differ from a flow with everything beside
    the path as in the base case; what a sweep leaves in them of an error of voltages; the slope of need; need; whether a branch could be
    full between two powers that are less; how far the voltage may move at all; spread; need in units of the rating; how far the voltage may go beyond its ends. ``highest``: squared voltage of the year.
    """
    _parent, r, x, _g, _b, half_g, half_b, rating, is_trafo = tree[:9]
    size = np.sqrt(kp * kp + kq * kq)
    for j in range(m):
        i = path[j]
        z, yb = np.sqrt(r[i] * r[i] + x[i] * x[i]), np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i])
        hp, hq, hv = work[0, j], work[1, j], work[2, j]
        least = np.sqrt(min(hv, work[2, j - 1] if j else work[2, m]))
        out[0, j], out[6, j], out[8, j] = -work[5, j], work[7, j], work[8, j]
        out[9, j], out[10, j] = work[6, j], work[7, j] / (1.0 if is_trafo[i] else least)
        out[7, j] = (hp * abs(kq) + hq * abs(kp)) / size + z * (hp * hp + hq * hq) / hv + yb * highest  # across the addition
    if not slopes(tree, path, m, added, kp, kq, span, work):
        return False
    ts, bp, bq = work[11], 0.0, 0.0
    for j in range(m - 1, -1, -1):  # what an error of 1 in all voltages makes
        i = path[j]
        hp, hq, hv = work[0, j], work[1, j], work[2, j]
        out[3, j], out[4, j] = bp, bq
        ts[j] = (2.0 * (hp * bp + hq * bq) + (hp * hp + hq * hq) / hv) / hv
        bp, bq = bp + abs(r[i]) * ts[j], bq + abs(x[i]) * ts[j]
    left = 0.0
    for j in range(m):
        i = path[j]
        z, yb = np.sqrt(r[i] * r[i] + x[i] * x[i]), np.sqrt(half_g[i] * half_g[i] + half_b[i] * half_b[i])
        left += 2.0 * (abs(r[i]) * out[3, j] + abs(x[i]) * out[4, j]) + z * z * ts[j]
        power = np.sqrt(out[3, j] ** 2 + out[4, j] ** 2) + z * ts[j] + yb * left
        least = np.sqrt(min(work[2, j], work[2, j - 1] if j else work[2, m]))
        if not is_trafo[i] and rating[i] < np.inf:
            power += rating[i] * left / (2.0 * least)
        out[11, j] = work[13, j]
        slope, per = work[16, j] / size, 1.0 if is_trafo[i] else least  # the rest in units of the rating
        out[1, j], out[2, j], out[3, j], out[4, j], out[5, j] = work[15, j], work[14, j] / per, left, power / per, slope
        if slope > STEEPEST:
            return False
        most = out[7, j] + out[6, j]
        out[7, j] = most > np.sqrt(1.0 - slope * slope) * rating[i] * per
    return left < STEADY


@kernel
def mask_units(path, m, x, rating, work, year, units, shares, gain, error, mask):
    """
    Mark the units that the bounds along a path, in ``work`` (`bounds`), do not clear at an addition x. ``year``: rooms of the whole year.
    """
    year_low, year_high, year_room = year
    reach, slack, low, high, room = units
    least_share, most_share = shares
    gh, deepest = gain[3], gain[4]
    drop, spread, need, dv = work[5], work[6], work[7], work[8]
    width = len(mask)
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


@kernel
def flagged(tree, nodes, added, kp, kq, span, stats, gain, units, shares, errors, out_node, out_unit, counts, begins, proofs, proven):
    """
    List for every asked node the units of steps that the bounds do not clear at its added power; returns how many in all.

    ``stats`` (least v, most |P|, most |Q| of the year; year's least room of every kind below a node; ranges: `_intervals`), ``units`` ([nodes, units]:
    reach, slack; least rooms to the low and the high voltage and of branches per gain in the subtree). ``counts``: units of a node, −1 where
    the list is full, −2 where no bound was found. ``errors``: of voltages, and of powers over the rating. ``proofs`` [KEPT, nodes' paths from ``begins``]: see `prove`, which
    ``proven`` tells the result of.
    """
    parent, rating = tree[0], tree[7]
    hats_v, hats_p, hats_q, year_low, year_high, year_room, ranges = stats
    reach, slack, low, high, room = units
    ga, gb, gt, gh, deepest = gain
    n, width = len(parent), reach.shape[1]
    path, work, mask = np.empty(n, np.int64), np.empty((17, n + 1)), np.zeros(width, np.bool_)
    drop, spread, need, dv = work[5], work[6], work[7], work[8]
    moves, powers, currents = np.empty((2, n)), np.empty((4, n)), np.empty((2, n))
    flat, highest, error = shares[0].min() == 1.0, ranges[5].max(), errors[0]
    total = 0
    for at in range(len(nodes)):
        m, x = path_of(parent, nodes[at], path), added[at]
        for j in range(m):
            work[0, j], work[1, j], work[2, j] = hats_p[path[j]], hats_q[path[j]], hats_v[path[j]]
        work[2, m] = hats_v[0]
        work[12:14] = 0.0
        side_gains(tree, path, m, ga, gb, gt, work[3], work[4])
        if not bounds(
            tree, path, m, work[0], work[1], work[2], work[3], work[4], work[12], work[13], span, x * kp, x * kq, drop, spread, need, dv, work[9],
            work[10], work[11],
        ):  # fmt: skip
            counts[at] = -2
            continue
        mask_units(path, m, x, rating, work, (year_low, year_high, year_room), units, shares, gain, error, mask)
        own = proofs[:, begins[at] : begins[at + 1]]
        if mask.any():
            sa, sb = work[3], work[4]
            proven[at] = prove(tree, path, m, x, kp, kq, span, highest, work, own)
            if proven[at] and flat:
                moves[0, :m], moves[1, :m] = -own[8], own[8]
                tighten(tree, path, m, x * kp, x * kq, ranges, sa, sb, moves, powers, currents)
                rooms, ways = (reach, slack, low, high, room), (own[0], own[8], own[11])
                keep_open(tree, path, m, x, kp, kq, ways, ranges, (gh, deepest), rooms, errors, moves, powers, currents, mask)
                for j in range(m):
                    own[0, j] = 0.5 * (moves[0, j] + moves[1, j])
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
