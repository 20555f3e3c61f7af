# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, FURB136, PLR0917 - numba infers types, knows no records and vectorises plain comparisons

"""
The kernels of a capacity study beside loops: the base year with complex voltages and currents, and which of its steps a limit leaves open.

Compiled code is cached by file and does not see that a kernel of another file changed: change something here whenever `_sweeps.py` does.
"""

import numpy as np

from tongdian.engines.grid._sweeps import FLOOR, LANES, TOLERANCE, flow, fold_kernel, kernel, load_lanes

VOLTAGE, LINE, TRANSFORMER = 0, 1, 2  # what a row of limits is
NOTHING, UNPROVEN, BENT = 0, 1, 2  # what is open: the addition itself, or what lies between nothing and it
LEAST_V, MOST_V, LEAST_RE, MOST_RE, LEAST_IM, MOST_IM, MOST_USED, MOST_I, LEAST_ALONG, MOST_ALONG, MOST_S = range(11)
KEPT = 11  # extremes of the year
OF_BLOCKS = 5  # least and greatest voltage, least and most current along the addition's, most across it
COLUMNS = 19  # of a row's numbers
SINGLE = np.float32


@kernel
def mesh_year(tree, csr, direction, steps, first, last, volts, amps, blocks, best, when):
    """
    Solve the blocks ``first`` to ``last`` of the year; returns −1, or a step that has no solution.

    ``volts``, ``amps`` [2, nodes, blocks, LANES]: voltages and series currents of the branches above, real and imaginary parts. ``blocks``
    [OF_BLOCKS, nodes, blocks], ``best`` [KEPT, nodes] and ``when``: extremes. ``direction``: a current's that is added.
    """
    parent, r, x, g, b, half_g, half_b, _rating, is_trafo = tree[:9]
    source_v, loops, (start, row, cp, cq, prof_p, prof_q) = tree[11], tree[12], csr
    n = len(parent)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    lane, change = np.empty(LANES, np.int64), np.empty(LANES)
    parts = np.zeros((KEPT, LANES))
    re, im = np.empty((n, LANES)), np.empty((n, LANES))
    best[:], when[:] = -np.inf, -1
    for kind in (LEAST_V, LEAST_RE, LEAST_IM, LEAST_ALONG):
        best[kind] = np.inf
    for block in range(first, last):
        for k in range(LANES):
            lane[k] = min(block * LANES + k, steps - 1)
        load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE):
            v[:], sp[:], sq[:] = source_v, 0.0, 0.0
            if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE):
                return lane[int(np.argmax(change))]
        for i in range(n):
            up = parent[i]
            if up < 0:
                re[0], im[0] = np.sqrt(source_v), 0.0
            else:
                turn(re[up], im[up], r[i], x[i], fp[i], fq[i], v[i], re[i], im[i])
            if v[i].min() <= FLOOR:
                return lane[int(np.argmin(v[i]))]
            own, own_amps, above = (volts[0, i, block], volts[1, i, block]), (amps[0, i, block], amps[1, i, block]), max(up, 0)
            across = take_parts(
                re[i], im[i], re[above], im[above], v[i], v[above], fp[i], fq[i], p[i], q[i], half_g[i], half_b[i], is_trafo[i], direction,
                own, own_amps, parts,
            )  # fmt: skip
            least_v, most_v, least_re, most_re, least_im, most_im, most_used, most_i, least_along, most_along, most_s = fold(parts)
            found = (least_v, most_v, least_re, most_re, least_im, most_im, most_used, most_i, least_along, most_along, most_s)
            for kind in range(KEPT):
                value, is_least = found[kind], kind in {LEAST_V, LEAST_RE, LEAST_IM, LEAST_ALONG}
                if value < best[kind, i] if is_least else value > best[kind, i]:
                    best[kind, i] = value
                    when[kind, i] = lane[int(np.argmin(parts[kind])) if is_least else int(np.argmax(parts[kind]))]
            blocks[0, i, block], blocks[1, i, block], blocks[4, i, block] = least_v, most_v, across
            blocks[2, i, block], blocks[3, i, block] = least_along, most_along
    return -1


@fold_kernel
def turn(up_re, up_im, r, x, p, q, v, re, im):
    """
    Write the complex voltages below a branch: V(parent) / V = 1 + z·conj(S) / v.
    """
    for k in range(LANES):
        a, c = 1.0 + (r * p[k] + x * q[k]) / v[k], (x * p[k] - r * q[k]) / v[k]
        size = 1.0 / (a * a + c * c)
        re[k], im[k] = (up_re[k] * a + up_im[k] * c) * size, (up_im[k] * a - up_re[k] * c) * size


@fold_kernel
def take_parts(re, im, up_re, up_im, v, up_v, fp, fq, p, q, hg, hb, is_trafo, direction, volts, amps, parts):
    """
    Write voltages and series currents of a node, and per lane what its extremes are taken from; returns the most current across.
    """
    along, aside = direction
    most = 0.0
    for k in range(LANES):
        jre, jim = (fp[k] * re[k] + fq[k] * im[k]) / v[k], (fp[k] * im[k] - fq[k] * re[k]) / v[k]
        volts[0][k], volts[1][k], amps[0][k], amps[1][k] = re[k], im[k], jre, jim
        a, c = jre - hg * re[k] + hb * im[k], jim - hg * im[k] - hb * re[k]
        d, e = jre + hg * up_re[k] - hb * up_im[k], jim + hg * up_im[k] + hb * up_re[k]
        size, up_size = np.sqrt(v[k]), np.sqrt(up_v[k])
        child, above = np.sqrt(a * a + c * c), np.sqrt(d * d + e * e)
        parts[LEAST_V, k], parts[LEAST_RE, k], parts[LEAST_IM, k] = size, re[k], im[k]
        parts[MOST_I, k] = child if child > above else above
        child, above = (child * size, above * up_size) if is_trafo else (child, above)
        parts[MOST_USED, k] = child if child > above else above
        parts[LEAST_ALONG, k] = jre * along + jim * aside
        parts[MOST_S, k] = np.sqrt(p[k] * p[k] + q[k] * q[k])
        across = abs(jim * along - jre * aside)
        most = across if across > most else most
    parts[MOST_V], parts[MOST_RE], parts[MOST_IM] = parts[LEAST_V], parts[LEAST_RE], parts[LEAST_IM]
    parts[MOST_ALONG] = parts[LEAST_ALONG]
    return most


@fold_kernel
def fold(parts):
    """
    Return the extremes of all lanes.
    """
    v0, v1, r0, r1, i0, i1 = parts[0, 0], parts[1, 0], parts[2, 0], parts[3, 0], parts[4, 0], parts[5, 0]
    used, current, a0, a1, s = parts[6, 0], parts[7, 0], parts[8, 0], parts[9, 0], parts[10, 0]
    for k in range(LANES):
        v0, v1 = min(v0, parts[0, k]), max(v1, parts[1, k])
        r0, r1 = min(r0, parts[2, k]), max(r1, parts[3, k])
        i0, i1 = min(i0, parts[4, k]), max(i1, parts[5, k])
        used, current = max(used, parts[6, k]), max(current, parts[7, k])
        a0, a1, s = min(a0, parts[8, k]), max(a1, parts[9, k]), max(s, parts[10, k])
    return v0, v1, r0, r1, i0, i1, used, current, a0, a1, s


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
    h_re, h_im, v_re, v_im = numbers[row, 0], numbers[row, 1], numbers[row, 2], numbers[row, 3]
    i_re, i_im = numbers[row, 4], numbers[row, 5]
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
def distance(base, new, rest, numbers, row):
    """
    Return the least of all lanes: below nothing, a limit may be broken at the addition, or between it and nothing.
    """
    low, high, bend_low, bend_high = numbers[row, 6], numbers[row, 7], numbers[row, 8], numbers[row, 9]
    least = SINGLE(np.inf)
    for k in range(LANES):
        to_low, to_high = new[k] - low - rest[k], high - new[k] - rest[k]
        over_low, over_high = max(base[k] - low, to_low) - bend_low, max(high - base[k], to_high) - bend_high
        nearest, over = min(to_low, to_high), min(over_low, over_high)
        nearest = min(nearest, over)
        least = min(least, nearest)
    return least


@kernel
def is_clear(kind, blocks, numbers, row, i, e, block):
    """
    Return whether the extremes of a block keep a limit for every addition up to the one asked for.
    """
    own = numbers[row]
    if kind == VOLTAGE:
        return blocks[0, e, block] - own[10] >= own[6] + own[18] and blocks[1, e, block] + own[11] <= own[7] - own[18]
    ahead = max(blocks[3, i, block] + max(own[11], SINGLE(0.0)), -(blocks[2, i, block] + min(own[10], SINGLE(0.0))))
    aside = blocks[4, i, block] + own[12]
    return (np.sqrt(ahead * ahead + aside * aside) + own[13]) * own[14] <= own[7] - own[18]


@kernel
def open_steps(volts, amps, blocks, profiles, greatest, shape, node, drawn, node_terms, rows, flags, short):
    """
    Mark in ``flags`` [blocks, LANES] what the rows of limits leave open, and write to ``short`` by how much at most, over what the addition
    moves.

    ``profiles``: of P, of Q, the larger of both [profiles, blocks, LANES]; ``greatest`` of the last [profiles, blocks]. ``drawn``: ζ and
    the addition's conjugate, real and imaginary. ``node_terms`` [1, 4, profiles]: `response` of the voltage at the node. ``rows``: kinds
    [rows], branch and node of its end [rows, 2], numbers [rows, COLUMNS], `response` terms of voltage and current [rows, 4, profiles],
    `remainder` weights of both beside these terms, and without them [rows, profiles]. A row of a line looks at an end's current, one of a
    transformer at an end's power. Numbers: half admittance at the end, answers of voltage and of current there, low and high limit, bends
    at them, what clears a block (fall and rise, or shifts along and across and the rest), the greatest voltage, what the addition moves,
    most of both rests, slack.
    """
    kinds, where, numbers, terms_v, terms_i, rest_v, rest_i, whole_v, whole_i = rows
    zeta, k_added = drawn[:2], drawn[2:]
    base, new, rest = np.empty(LANES, SINGLE), np.empty(LANES, SINGLE), np.empty(LANES, SINGLE)
    size_v, size_i, left_v, left_i = np.empty(LANES, SINGLE), np.empty(LANES, SINGLE), np.zeros(LANES, SINGLE), np.zeros(LANES, SINGLE)
    none, more_v, more_i = np.zeros((2, LANES), SINGLE), np.zeros((2, LANES), SINGLE), np.zeros((2, LANES), SINGLE)
    count = blocks.shape[2]
    rough, fine, known = np.empty((2, count, LANES), SINGLE), np.empty((2, count, LANES), SINGLE), np.zeros(count, np.int64)
    for row in range(len(kinds)):
        kind, i, e, slack = kinds[row], where[row, 0], where[row, 1], numbers[row, 18]
        for block in range(count):
            if is_clear(kind, blocks, numbers, row, i, e, block):
                continue
            if known[block] == 0:
                add_current(volts[:, node, block], zeta, k_added, shape, block, rough, flags)
                known[block] = 1
            used(kind, numbers, row, i, e, block, volts, amps, rough, none, none, base, new, size_v, size_i)
            most_v, most_i = SINGLE(0.0), SINGLE(0.0)
            for j in range(len(greatest)):
                most_v += whole_v[row, j] * greatest[j, block]
                most_i += whole_i[row, j] * greatest[j, block]
            most_v, most_i = min(most_v, numbers[row, 16]), min(most_i, numbers[row, 17])
            left_v[:], left_i[:] = most_v, most_i
            rests(kind, left_v, left_i, size_v, size_i, slack, rest)
            if distance(base, new, rest, numbers, row) >= SINGLE(0.0):
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
            if distance(base, new, rest, numbers, row) < SINGLE(0.0):
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
    low, high, bend_low, bend_high, moved = numbers[row, 6], numbers[row, 7], numbers[row, 8], numbers[row, 9], numbers[row, 15]
    for k in range(LANES):
        if shape[k] <= SINGLE(0.0):
            continue
        to_low, to_high = new[k] - low - rest[k], high - new[k] - rest[k]
        least = min(to_low, to_high)
        if least < SINGLE(0.0):
            flags[k] |= UNPROVEN
            short[k] = min(short[k], least / moved)
        if max(base[k] - low, to_low) < bend_low or max(high - base[k], to_high) < bend_high:
            flags[k] |= BENT
