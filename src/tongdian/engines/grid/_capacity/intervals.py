# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, PLR0917 - numba infers types and knows no records

"""
Between what an addition moves voltages and powers along a path, whatever the step: interval arithmetic over the year's ranges.

What a sweep of interval arithmetic makes of a box that holds the flow holds it, too; so sweeps only narrow what `march.bounds` proved.
The proof stands in docs/engines/grid.md.
"""

import numpy as np

from tongdian.engines.grid._flow.sweeps import kernel

TURNS = 3


@kernel
def scaled(factor, low, high):
    """
    Return the ends of an interval times a number.
    """
    return (factor * low, factor * high) if factor >= 0.0 else (factor * high, factor * low)


@kernel
def grown(added, low, high, least, most):
    """
    Return the ends of (P + a)² − P² for P from ``least`` to ``most`` and a from ``added`` + ``low`` to ``added`` + ``high``.
    """
    a, b = added + low, added + high
    c, d = 2.0 * least + a, 2.0 * most + b
    ac, ad, bc, bd = a * c, a * d, b * c, b * d
    return min(ac, ad, bc, bd), max(ac, ad, bc, bd)


@kernel
def tighten(tree, path, m, ap, aq, ranges, sa, sb, moves, powers, currents):
    """
    Narrow what voltages (``moves`` [2, path], least and most, start and result) differ by at an addition, and write what beyond it flows
    into nodes (``powers`` [4, path]: least and most of P, of Q) and how squared currents differ (``currents`` [2, path]).

    ``ranges`` [6, nodes]: the year's least and most P, Q, squared voltage. ``sa``/``sb`` [path]: gains of what hangs beside the path.
    """
    _parent, r, x = tree[:3]
    for _ in range(TURNS):
        p0, p1, q0, q1 = 0.0, 0.0, 0.0, 0.0
        for j in range(m - 1, -1, -1):
            i = path[j]
            least_p, most_p, least_q, most_q, least_v, most_v = ranges[:, i]
            wide = max(abs(moves[0, j]), abs(moves[1, j]))
            p0, p1, q0, q1 = p0 - sa[j] * wide, p1 + sa[j] * wide, q0 - sb[j] * wide, q1 + sb[j] * wide
            powers[0, j], powers[1, j], powers[2, j], powers[3, j] = p0, p1, q0, q1
            low, high = grown(ap, p0, p1, least_p, most_p)
            more_low, more_high = grown(aq, q0, q1, least_q, most_q)
            square = max(abs(least_p), abs(most_p)) ** 2 + max(abs(least_q), abs(most_q)) ** 2
            low += more_low - square / least_v * max(moves[1, j], 0.0)
            high += more_high + square / least_v * max(-moves[0, j], 0.0)
            v0, v1 = least_v + moves[0, j], most_v + moves[1, j]
            low, high = low / (v1 if low > 0.0 else v0), high / (v0 if high > 0.0 else v1)
            currents[0, j], currents[1, j] = low, high
            lost, most = scaled(r[i], low, high)
            p0, p1 = p0 + lost, p1 + most
            lost, most = scaled(x[i], low, high)
            q0, q1 = q0 + lost, q1 + most
        below, above = 0.0, 0.0
        for j in range(m):
            i = path[j]
            p0, p1 = scaled(2.0 * r[i], ap + powers[0, j], ap + powers[1, j])
            q0, q1 = scaled(2.0 * x[i], aq + powers[2, j], aq + powers[3, j])
            zz = r[i] * r[i] + x[i] * x[i]
            below, above = below - p1 - q1 - zz * currents[1, j], above - p0 - q0 - zz * currents[0, j]
            below, above = max(below, moves[0, j]), min(above, moves[1, j])
            moves[0, j], moves[1, j] = below, above


@kernel
def keep_over(listed, reach, slack, eff, size, rating, least_v, most_v, must, still):
    """
    Mark the ``listed`` units in ``still`` in which a branch's end may be over its rating: at the addition ``eff``, or without it.
    """
    limit = rating * np.sqrt(least_v)
    for u in listed:
        y, left = reach[u], slack[u] * limit  # squared: of the rating without the addition, at least
        if y >= eff:
            then = left * (1.0 - eff / y) + size * size * eff * (y - eff)
        else:
            then = -(rating**2 * most_v / y + size * size * eff) * (eff - y)
        still[u] |= then <= must or left <= must


@kernel
def keep_open(tree, path, m, x, kp, kq, ways, ranges, gain, units, errors, moves, powers, currents, mask):
    """
    Take the units out of ``mask`` that hold with an addition x, if the flow at x tells of everything below.

    ``ways`` [path]: which way voltages move, how far on the way, and how far beyond their ends. ``units``: reach, slack and rooms [nodes,
    units]. ``errors``: of voltages, and of powers over the rating.
    """
    parent, r, xs, _g, _b, half_g, half_b, rating, is_trafo = tree[:9]
    reach, slack, low, high, room = units
    rise, dv, beyond = ways
    gh, deepest = gain
    error, error_share = errors
    size = np.sqrt(kp * kp + kq * kq)
    still = np.zeros(len(mask), np.bool_)
    listed = np.flatnonzero(mask)
    for j in range(m):
        i = path[j]
        further = 1.0 + deepest[i] - gh[i]
        falls, rises = -moves[0, j] * further + error, moves[1, j] * further + error
        if beyond[j] > 0.0:
            falls, rises = max(falls, error) + beyond[j] * further, max(rises, error) + beyond[j] * further
        elif rise[j] > 0.0:
            falls = -np.inf
        else:
            rises = -np.inf
        for u in listed:
            still[u] |= room[i, u] < dv[j] or low[i, u] < falls or high[i, u] < rises
        if rating[i] == np.inf:
            continue
        p0, p1 = scaled(kq, ranges[0, i], ranges[1, i])
        q0, q1 = scaled(-kp, ranges[2, i], ranges[3, i])
        own = max(abs(p0 + q0), abs(p1 + q1)) / size  # what of the base case's power lies across the addition
        z, yb = np.sqrt(r[i] * r[i] + xs[i] * xs[i]), np.sqrt(half_g[i] ** 2 + half_b[i] ** 2)
        square = max(abs(ranges[0, i]), abs(ranges[1, i])) ** 2 + max(abs(ranges[2, i]), abs(ranges[3, i])) ** 2
        for end in range(2):
            there = i if end == 0 else parent[i]
            p0, p1, q0, q1 = powers[0, j], powers[1, j], powers[2, j], powers[3, j]
            base, move_low, move_high = own + yb * ranges[5, there], moves[0, j], moves[1, j]
            if end == 1:
                low_p, high_p = scaled(r[i], currents[0, j], currents[1, j])
                low_q, high_q = scaled(xs[i], currents[0, j], currents[1, j])
                p0, p1, q0, q1, base = p0 + low_p, p1 + high_p, q0 + low_q, q1 + high_q, base + z * square / ranges[4, i]
                move_low, move_high = (moves[0, j - 1], moves[1, j - 1]) if j else (0.0, 0.0)
            shift = yb * max(abs(move_low), abs(move_high))
            low_p, high_p = scaled(kp, p0, p1)
            low_q, high_q = scaled(kq, q0, q1)
            eff = (x + ((high_p + high_q) / size + shift) / size) * 1.00001  # as if the rest were added, too
            back = (low_p + low_q) / size - shift < -x * size
            low_p, high_p = scaled(kq, p0, p1)
            low_q, high_q = scaled(-kp, q0, q1)
            across = max(abs(low_p + low_q), abs(high_p + high_q)) / size + shift
            least_v, most_v = (1.0, 1.0) if is_trafo[i] else (ranges[4, there], ranges[5, there])
            must = np.inf if back else 2.0 * base * across + across * across + 4.0 * error_share * rating[i] ** 2 * most_v
            if not is_trafo[i]:
                must += rating[i] ** 2 * (error - move_low)
            keep_over(listed, reach[i], slack[i], eff, size, rating[i], least_v, most_v, must, still)
    for u in listed:
        mask[u] = still[u]
