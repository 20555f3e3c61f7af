# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, FURB136, PLR0917 - numba infers types, knows no records and vectorises plain comparisons

"""
The kernels of a capacity study beside loops: the base year with complex voltages and currents, and which of its steps a limit leaves open.

Compiled code is cached by file and does not see that a kernel of another file changed: change something here whenever `sweeps.py` does.
"""

import numpy as np

from tongdian.engines.grid._capacity.mesh_blocks import (
    BEND_HIGH,
    BEND_LOW,
    BENT,
    CURRENT_IM,
    CURRENT_RADIUS,
    CURRENT_RE,
    H_IM,
    H_RE,
    HIGH,
    I_IM,
    I_RE,
    IM,
    LEAST_V,
    LINE,
    LOW,
    MARGIN,
    MOST_I,
    MOST_S,
    MOST_USED,
    MOST_V,
    MOVED,
    NOTHING,
    RADIUS,
    RE,
    SINGLE,
    TRANSFORMER,
    UNPROVEN,
    V_IM,
    V_RE,
    VOLTAGE,
    current_of_blocks,
    over_end,
    over_voltage,
    sum_rests,
)
from tongdian.engines.grid._flow.sweeps import FLOOR, LANES, flow, fold_kernel, kernel, load_lanes

SETTLED = 1e-8  # of squared voltages between two sweeps


@kernel
def mesh_year(tree, csr, order, first, last, volts, amps, blocks):
    """
    Solve the blocks ``first`` to ``last`` of the year, its steps taken in an ``order``; returns −1, or a step that has no solution.

    ``volts``, ``amps`` [2, nodes, blocks, LANES]: voltages and series currents of the branches above, real and imaginary parts. ``blocks``
    [KEPT, nodes, blocks].
    """
    parent, r, x, g, b, half_g, half_b, _rating, is_trafo = tree[:9]
    source_v, loops, (start, row, cp, cq, prof_p, prof_q) = tree[11], tree[12], csr
    n = len(parent)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    change = np.empty(LANES)
    re, im = np.full((n, LANES), np.sqrt(source_v)), np.zeros((n, LANES))
    for block in range(first, last):
        load_lanes(start, row, cp, cq, prof_p, prof_q, order[block], p, q)
        if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, SETTLED):
            v[:], sp[:], sq[:] = source_v, 0.0, 0.0
            if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, SETTLED):
                return order[block, int(np.argmax(change))]
        turn(parent, r, x, fp, fq, v, re, im, block, volts, amps)
        for i in range(n):
            extremes_of(i, max(parent[i], 0), block, half_g[i], half_b[i], is_trafo[i], p, q, volts, amps, blocks)
            if blocks[LEAST_V, i, block] * blocks[LEAST_V, i, block] <= FLOOR * 1.000001:
                return order[block, int(np.argmin(v[i]))]
    return -1


@fold_kernel
def turn(parent, r, x, fp, fq, v, re, im, block, volts, amps):
    """
    Write complex voltages, V(parent) / V = 1 + z·conj(S) / v, and series currents.
    """
    for i in range(len(parent)):
        up, ri, xi = parent[i], r[i], x[i]
        for k in range(LANES):
            if up >= 0:
                p, q, w = fp[i, k], fq[i, k], 1.0 / v[i, k]
                a, c = 1.0 + (ri * p + xi * q) * w, (xi * p - ri * q) * w
                size = 1.0 / (a * a + c * c)
                re[i, k], im[i, k] = (re[up, k] * a + im[up, k] * c) * size, (im[up, k] * a - re[up, k] * c) * size
                amps[0, i, block, k], amps[1, i, block, k] = (p * re[i, k] + q * im[i, k]) * w, (p * im[i, k] - q * re[i, k]) * w
            else:
                amps[0, i, block, k], amps[1, i, block, k] = SINGLE(0.0), SINGLE(0.0)
            volts[0, i, block, k], volts[1, i, block, k] = re[i, k], im[i, k]


@fold_kernel
def extremes_of(i, up, block, half_g, half_b, is_trafo, p, q, volts, amps, out):
    """
    Write the extremes of a node and of the branch above in a block.
    """
    hg, hb, count = SINGLE(half_g), SINGLE(half_b), volts.shape[3]
    big = SINGLE(1e30)
    v0, v1, r0, r1, i0, i1, a0, a1, c0, c1 = big, -big, big, -big, big, -big, big, -big, big, -big
    used, current, drawn = SINGLE(0.0), SINGLE(0.0), 0.0
    for k in range(count):
        re, im, jre, jim = volts[0, i, block, k], volts[1, i, block, k], amps[0, i, block, k], amps[1, i, block, k]
        up_re, up_im = volts[0, up, block, k], volts[1, up, block, k]
        size, up_size = np.sqrt(re * re + im * im), np.sqrt(up_re * up_re + up_im * up_im)
        a, c = jre - hg * re + hb * im, jim - hg * im - hb * re
        d, e = jre + hg * up_re - hb * up_im, jim + hg * up_im + hb * up_re
        child, above = np.sqrt(a * a + c * c), np.sqrt(d * d + e * e)
        v0, v1, r0, r1, i0, i1 = min(v0, size), max(v1, size), min(r0, re), max(r1, re), min(i0, im), max(i1, im)
        a0, a1, c0, c1 = min(a0, jre), max(a1, jre), min(c0, jim), max(c1, jim)
        current = max(current, child)
        current = max(current, above)
        if is_trafo:
            child, above = child * size, above * up_size
        used = max(used, child)
        used = max(used, above)
    for k in range(LANES):
        drawn = max(drawn, p[i, k] * p[i, k] + q[i, k] * q[i, k])
    half, more = SINGLE(0.5), SINGLE(1.000001)
    out[LEAST_V, i, block], out[MOST_V, i, block] = v0, v1
    out[RE, i, block], out[IM, i, block] = half * (r0 + r1), half * (i0 + i1)
    out[RADIUS, i, block] = half * np.sqrt((r1 - r0) ** 2 + (i1 - i0) ** 2) * more
    out[CURRENT_RE, i, block], out[CURRENT_IM, i, block] = half * (a0 + a1), half * (c0 + c1)
    out[CURRENT_RADIUS, i, block] = half * np.sqrt((a1 - a0) ** 2 + (c1 - c0) ** 2) * more
    out[MOST_USED, i, block], out[MOST_I, i, block], out[MOST_S, i, block] = used, current, np.sqrt(drawn)


@fold_kernel
def add_current(base, zeta, drawn, shape, block, added, flags):
    """
    Write the current ``added`` [2, blocks, LANES] that an addition draws at a node of voltage ``base`` if nothing but itself changes that.

    w = |V| − ζ/w* (w: the new voltage turned to the old one's angle) is solved in closed form; ``zeta``, ``drawn`` (conjugate of the
    addition): at shape 1. Marks lanes where there is no solution.
    """
    for k in range(LANES):
        re, im, s = base[0, k], base[1, k], shape[block, k]
        square = re * re + im * im
        v = np.sqrt(square)
        q = -zeta[1] * s / v
        inside = square - SINGLE(4.0) * (zeta[0] * s + q * q)
        flags[block, k] |= NOTHING if inside > SINGLE(0.0) else UNPROVEN | BENT
        p = SINGLE(0.5) * (v + np.sqrt(inside if inside > SINGLE(0.0) else SINGLE(0.0)))
        size = s / ((p * p + q * q) * v)
        wre, wim = (p * re - q * im) * size, (p * im + q * re) * size
        added[0, block, k], added[1, block, k] = drawn[0] * wre - drawn[1] * wim, drawn[0] * wim + drawn[1] * wre


@fold_kernel
def response(terms, row, profiles, block, added, out):
    """
    Write what the loads answer to an added current: its conjugate times (terms · profiles).
    """
    s_re, s_im = np.zeros(LANES, SINGLE), np.zeros(LANES, SINGLE)
    for j in range(terms.shape[2]):
        a, b, c, d = terms[row, 0, j], terms[row, 1, j], terms[row, 2, j], terms[row, 3, j]
        for k in range(LANES):
            s_re[k] += a * profiles[0, j, block, k] + c * profiles[1, j, block, k]
            s_im[k] += b * profiles[0, j, block, k] + d * profiles[1, j, block, k]
    for k in range(LANES):
        out[0, k] = s_re[k] * added[0, block, k] + s_im[k] * added[1, block, k]
        out[1, k] = s_im[k] * added[0, block, k] - s_re[k] * added[1, block, k]


@fold_kernel
def remainder(weights, row, profiles, block, shape, out):
    """
    Write the bound of what is left: weights · profiles · shape.
    """
    out[:] = SINGLE(0.0)
    for j in range(weights.shape[1]):
        for k in range(LANES):
            out[k] += weights[row, j] * profiles[2, j, block, k]
    for k in range(LANES):
        out[k] *= shape[block, k]


@fold_kernel
def used(kind, numbers, row, i, e, block, volts, amps, added, more_v, more_i, base, new, size_v, size_i):
    """
    Write what a limit looks at without and with the addition, and there with it voltage and current.
    """
    h_re, h_im, v_re, v_im = numbers[row, H_RE], numbers[row, H_IM], numbers[row, V_RE], numbers[row, V_IM]
    i_re, i_im = numbers[row, I_RE], numbers[row, I_IM]
    for k in range(LANES):
        re, im, u_re, u_im = volts[0, e, block, k], volts[1, e, block, k], added[0, block, k], added[1, block, k]
        a, c = re + v_re * u_re - v_im * u_im + more_v[0, k], im + v_re * u_im + v_im * u_re + more_v[1, k]
        base[k], new[k] = np.sqrt(re * re + im * im), np.sqrt(a * a + c * c)
    if kind == VOLTAGE:
        return
    for k in range(LANES):
        u_re, u_im = added[0, block, k], added[1, block, k]
        re = amps[0, i, block, k] + h_re * volts[0, e, block, k] - h_im * volts[1, e, block, k]
        im = amps[1, i, block, k] + h_re * volts[1, e, block, k] + h_im * volts[0, e, block, k]
        a, c = re + i_re * u_re - i_im * u_im + more_i[0, k], im + i_re * u_im + i_im * u_re + more_i[1, k]
        size, then = np.sqrt(re * re + im * im), np.sqrt(a * a + c * c)
        size_v[k], size_i[k] = new[k], then
        base[k], new[k] = (size, then) if kind == LINE else (size * base[k], then * new[k])


@fold_kernel
def broken(base, new, rest, numbers, row):
    """
    Return the sum of what all lanes break: above nothing, a limit may be broken at the addition, or between it and nothing.
    """
    low, high, bend_low, bend_high, none = (
        numbers[row, LOW],
        numbers[row, HIGH],
        numbers[row, BEND_LOW],
        numbers[row, BEND_HIGH],
        SINGLE(0.0),
    )
    over = SINGLE(0.0)
    for k in range(len(base)):
        left = bend_low - np.sqrt(max(base[k] - low, none)) - np.sqrt(max(new[k] - rest[k] - low, none))
        above = bend_high - np.sqrt(max(high - base[k], none)) - np.sqrt(max(high - new[k] - rest[k], none))
        over += max(low + rest[k] - new[k], none) + max(new[k] + rest[k] - high, none) + max(left, none) + max(above, none)
    return over


@kernel
def rough_sum(kind, numbers, row, i, e, block, volts, amps, added, rest_v, rest_i):
    """
    Return what the lanes of a block break, with the same rests in all of them.
    """
    if kind == VOLTAGE:
        return rough_voltage(numbers, row, e, block, volts, added, rest_v + numbers[row, MARGIN])
    return rough_end(kind, numbers, row, i, e, block, volts, amps, added, rest_v, rest_i)


@fold_kernel
def rough_voltage(numbers, row, e, block, volts, added, rest):
    """
    Return the sum of what the lanes of a block break, as `broken` does, with the same ``rest`` in all of them.
    """
    v_re, v_im = numbers[row, V_RE], numbers[row, V_IM]
    low, high, bend_low, bend_high, none = (
        numbers[row, LOW],
        numbers[row, HIGH],
        numbers[row, BEND_LOW],
        numbers[row, BEND_HIGH],
        SINGLE(0.0),
    )
    over = SINGLE(0.0)
    for k in range(volts.shape[3]):
        re, im, u_re, u_im = volts[0, e, block, k], volts[1, e, block, k], added[0, block, k], added[1, block, k]
        a, c = re + v_re * u_re - v_im * u_im, im + v_re * u_im + v_im * u_re
        base, new = np.sqrt(re * re + im * im), np.sqrt(a * a + c * c)
        left = bend_low - np.sqrt(max(base - low, none)) - np.sqrt(max(new - rest - low, none))
        above = bend_high - np.sqrt(max(high - base, none)) - np.sqrt(max(high - new - rest, none))
        over += max(low + rest - new, none) + max(new + rest - high, none) + max(left, none) + max(above, none)
    return over


@fold_kernel
def rough_end(kind, numbers, row, i, e, block, volts, amps, added, rest_v, rest_i):
    """
    Return the sum of what an end of a branch breaks in a block, over its rating.
    """
    h_re, h_im, v_re, v_im = numbers[row, H_RE], numbers[row, H_IM], numbers[row, V_RE], numbers[row, V_IM]
    i_re, i_im, wound, one = numbers[row, I_RE], numbers[row, I_IM], SINGLE(1.0 if kind == TRANSFORMER else 0.0), SINGLE(1.0)
    most, bend, over, none = numbers[row, HIGH] - numbers[row, MARGIN], numbers[row, BEND_HIGH], SINGLE(0.0), SINGLE(0.0)
    for k in range(volts.shape[3]):
        re, im, u_re, u_im = volts[0, e, block, k], volts[1, e, block, k], added[0, block, k], added[1, block, k]
        a, c = re + v_re * u_re - v_im * u_im, im + v_re * u_im + v_im * u_re
        jre, jim = amps[0, i, block, k] + h_re * re - h_im * im, amps[1, i, block, k] + h_re * im + h_im * re
        d, f = jre + i_re * u_re - i_im * u_im, jim + i_re * u_im + i_im * u_re
        volt, volt_then = np.sqrt(re * re + im * im), np.sqrt(a * a + c * c) + rest_v
        base = np.sqrt(jre * jre + jim * jim) * (wound * volt + one - wound)
        new = (np.sqrt(d * d + f * f) + rest_i) * (wound * volt_then + one - wound)
        above = bend - np.sqrt(max(most - base, none)) - np.sqrt(max(most - new, none))
        over += max(new - most, none) + max(above, none)
    return over


@kernel
def open_steps(volts, amps, blocks, profiles, greatest, shape, shares, node, drawn, node_terms, rows, worst_only, flags, short):
    """
    Mark in ``flags`` [blocks, LANES] what the rows of limits leave open, and write to ``short`` by how much at most, over what the addition
    moves; with ``worst_only`` in a single block of every row.

    ``profiles``: of P, of Q, the larger of both [profiles, blocks, LANES]; ``greatest`` of the last [profiles, blocks]. ``shares``: least
    and greatest of ``shape`` in every block. ``drawn``: ζ and the addition's conjugate, real and imaginary, and its size. ``node_terms``
    [1, 4, profiles]: `response` of the voltage at the node. ``rows``: kinds [rows], branch and node of its end [rows, 2], numbers
    [rows, 12], `response` terms of voltage and current [rows, 4, profiles], `remainder` weights of both beside these terms, and without
    them [rows, profiles]. A row of a line looks at an end's current, one of a transformer at an end's power. Numbers: half admittance at
    the end, answers of voltage and of current there, low and high limit, roots of the bends, what the addition moves, margin for rounding.

    Between nothing and the addition, s of the way, a distance from a limit is at least (1 − s)·a + s·b − bend·s(1 − s), a and b being those
    at both ends: never negative where √a + √b ≥ √bend.
    """
    kinds, where, numbers, terms_v, terms_i, rest_v, rest_i, whole_v, whole_i = rows
    base, new, rest = np.empty(LANES, SINGLE), np.empty(LANES, SINGLE), np.empty(LANES, SINGLE)
    size_v, size_i, left_v, left_i = np.empty(LANES, SINGLE), np.empty(LANES, SINGLE), np.zeros(LANES, SINGLE), np.zeros(LANES, SINGLE)
    more_v, more_i = np.zeros((2, LANES), SINGLE), np.zeros((2, LANES), SINGLE)
    count, zeta, k_added = blocks.shape[2], drawn[:2], drawn[2:4]
    rough, fine, known = np.empty((2, count, LANES), SINGLE), np.empty((2, count, LANES), SINGLE), np.zeros(count, np.int64)
    current, over, most_v, most_i = np.empty((3, count), SINGLE), np.empty(count, SINGLE), np.zeros(count, SINGLE), np.zeros(count, SINGLE)
    current_of_blocks(blocks, node, zeta, k_added, drawn[4], shares[0], shares[1], current)
    for row in range(len(kinds)):
        kind, i, e, slack = kinds[row], where[row, 0], where[row, 1], numbers[row, MARGIN]
        sum_rests(whole_v, row, greatest, most_v)
        if kind == VOLTAGE:
            over_voltage(numbers, row, e, blocks, current, most_v, over)
        else:
            sum_rests(whole_i, row, greatest, most_i)
            over_end(kind, numbers, row, i, e, blocks, current, most_v, most_i, over)
        if worst_only:
            worst = np.argmax(over)
            most = over[worst]
            over[:] = SINGLE(0.0)
            over[worst] = most
        for block in range(count):
            if over[block] <= SINGLE(0.0):
                continue
            if known[block] == 0:
                add_current(volts[:, node, block], zeta, k_added, shape, block, rough, flags)
                known[block] = 1
            if rough_sum(kind, numbers, row, i, e, block, volts, amps, rough, most_v[block], most_i[block]) <= SINGLE(0.0):
                continue
            if known[block] == 1:
                response(node_terms, 0, profiles, block, rough, more_v)
                for k in range(LANES):
                    more_v[0, k] += volts[0, node, block, k]
                    more_v[1, k] += volts[1, node, block, k]
                add_current(more_v, zeta, k_added, shape, block, fine, flags)
                known[block] = 2
            response(terms_v, row, profiles, block, rough, more_v)
            remainder(rest_v, row, profiles, block, shape, left_v)
            if kind != VOLTAGE:
                response(terms_i, row, profiles, block, rough, more_i)
                remainder(rest_i, row, profiles, block, shape, left_i)
            used(kind, numbers, row, i, e, block, volts, amps, fine, more_v, more_i, base, new, size_v, size_i)
            rests(kind, left_v, left_i, size_v, size_i, slack, rest)
            if broken(base, new, rest, numbers, row) > SINGLE(0.0):
                mark(base, new, rest, numbers, row, shape[block], flags[block], short[block])


@fold_kernel
def rests(kind, left_v, left_i, size_v, size_i, slack, rest):
    """
    Write by how much what a limit looks at may differ.
    """
    if kind == TRANSFORMER:
        for k in range(LANES):
            rest[k] = size_v[k] * left_i[k] + size_i[k] * left_v[k] + left_i[k] * left_v[k] + slack
    else:
        left = left_v if kind == VOLTAGE else left_i
        for k in range(LANES):
            rest[k] = left[k] + slack


@kernel
def mark(base, new, rest, numbers, row, shape, flags, short):
    """
    Mark the open lanes.
    """
    low, high, bend_low, bend_high, moved = (
        numbers[row, LOW],
        numbers[row, HIGH],
        numbers[row, BEND_LOW],
        numbers[row, BEND_HIGH],
        numbers[row, MOVED],
    )
    for k in range(LANES):
        if shape[k] <= SINGLE(0.0):
            continue
        to_low, to_high = new[k] - low - rest[k], high - new[k] - rest[k]
        least = min(to_low, to_high)
        if least < SINGLE(0.0):
            flags[k] |= UNPROVEN
            short[k] = min(short[k], least / moved)
        none = SINGLE(0.0)
        left = bend_low - np.sqrt(max(base[k] - low, none)) - np.sqrt(max(to_low, none))
        above = bend_high - np.sqrt(max(high - base[k], none)) - np.sqrt(max(to_high, none))
        if left > none or above > none:
            flags[k] |= BENT
