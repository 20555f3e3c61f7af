# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, FURB136, PLR0912, PLR0917 - numba infers types, knows no records and vectorises plain comparisons

"""
The kernels of a capacity study beside loops: the base year with complex voltages and currents, and which of its steps a limit leaves open.

Compiled code is cached by file and does not see that a kernel of another file changed: change something here whenever `_sweeps.py` does.
"""

import numpy as np

from tongdian.engines.grid._sweeps import FLOOR, LANES, TOLERANCE, fast_kernel, flow, kernel, load_lanes

VOLTAGE, LINE, TRANSFORMER = 0, 1, 2  # what a row of limits is
UNPROVEN, BENT = 1, 2  # what is open: the addition itself, or what lies between nothing and it


@kernel
def mesh_year(tree, csr, direction, steps, first, last, volts, amps, blocks, best, when):
    """
    Solve the blocks ``first`` to ``last`` of the year; returns −1, or a step that has no solution.

    ``volts``, ``amps`` [2, nodes, steps]: voltages and series currents of the branches above, real and imaginary parts. ``blocks``
    [3, nodes, blocks]: least and greatest voltage, most used of the branch above (larger end's current, a transformer's power).
    ``best`` [9, nodes], ``when``: the same of all steps (0 to 2), largest end current, most and least of the current along ``direction``,
    greatest power drawn, least and greatest sine of the voltage's angle.
    """
    parent, r, x, g, b, half_g, half_b, _rating, is_trafo = tree[:9]
    source_v, loops, (start, row, cp, cq, prof_p, prof_q) = tree[11], tree[12], csr
    n = len(parent)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    lane, change = np.empty(LANES, np.int64), np.empty(LANES)
    re, im, jre, jim = np.empty((n, LANES)), np.empty((n, LANES)), np.empty(LANES), np.empty(LANES)
    best[:], when[:] = -np.inf, -1
    best[0], best[5], best[7] = np.inf, np.inf, np.inf
    for block in range(first, last):
        for k in range(LANES):
            lane[k] = min(block * LANES + k, steps - 1)
        load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE):
            v[:], sp[:], sq[:] = source_v, 0.0, 0.0
            if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE):
                return lane[int(np.argmax(change))]
        begin = block * LANES
        for i in range(n):
            up, ri, xi, hg, hb = parent[i], r[i], x[i], half_g[i], half_b[i]
            if up < 0:
                re[0], im[0], jre[:], jim[:] = np.sqrt(source_v), 0.0, 0.0, 0.0
            else:
                for k in range(LANES):
                    a, c = 1.0 + (ri * fp[i, k] + xi * fq[i, k]) / v[i, k], (xi * fp[i, k] - ri * fq[i, k]) / v[i, k]
                    size = a * a + c * c
                    re[i, k], im[i, k] = (re[up, k] * a + im[up, k] * c) / size, (im[up, k] * a - re[up, k] * c) / size
                    jre[k] = (fp[i, k] * re[i, k] + fq[i, k] * im[i, k]) / v[i, k]
                    jim[k] = (fp[i, k] * im[i, k] - fq[i, k] * re[i, k]) / v[i, k]
            least, most, used = np.inf, 0.0, 0.0
            for k in range(LANES):
                if v[i, k] <= FLOOR:
                    return lane[k]
                volts[0, i, begin + k], volts[1, i, begin + k] = re[i, k], im[i, k]
                amps[0, i, begin + k], amps[1, i, begin + k] = jre[k], jim[k]
                size = np.sqrt(v[i, k])
                drawn, sine = np.sqrt(p[i, k] * p[i, k] + q[i, k] * q[i, k]), im[i, k] / size
                best[6, i] = max(best[6, i], drawn)
                best[7, i], best[8, i] = min(best[7, i], sine), max(best[8, i], sine)
                least, most = min(least, size), max(most, size)
                if size < best[0, i]:
                    best[0, i], when[0, i] = size, lane[k]
                if size > best[1, i]:
                    best[1, i], when[1, i] = size, lane[k]
                if up < 0:
                    continue
                a, c = jre[k] - hg * re[i, k] + hb * im[i, k], jim[k] - hg * im[i, k] - hb * re[i, k]
                d, e = jre[k] + hg * re[up, k] - hb * im[up, k], jim[k] + hg * im[up, k] + hb * re[up, k]
                child, above = np.sqrt(a * a + c * c), np.sqrt(d * d + e * e)
                best[3, i] = max(best[3, i], child, above)
                if is_trafo[i]:
                    child, above = child * size, above * np.sqrt(v[up, k])
                child = max(child, above)
                used = max(used, child)
                if child > best[2, i]:
                    best[2, i], when[2, i] = child, lane[k]
                along = jre[k] * direction[0] + jim[k] * direction[1]
                if along > best[4, i]:
                    best[4, i], when[4, i] = along, lane[k]
                if along < best[5, i]:
                    best[5, i], when[5, i] = along, lane[k]
            blocks[0, i, block], blocks[1, i, block], blocks[2, i, block] = least, most, used
    return -1


@fast_kernel
def add_current(volts, node, z_re, z_im, k_re, k_im, shape, added, known):
    """
    Write the current ``added`` [2, steps] that an addition draws at a node whose voltage is changed by nothing but itself.

    w = |V| − ζ/w* (w: the new voltage turned to the old one's angle) is solved in closed form; ``z``: ζ at shape 1, ``k``: conjugate of
    the addition. ``known``: False where there is no solution.
    """
    for t in range(volts.shape[2]):
        re, im, s = volts[0, node, t], volts[1, node, t], shape[t]
        a, c, v = z_re * s, z_im * s, np.sqrt(re * re + im * im)
        q = -c / v
        inside = v * v - np.float32(4.0) * (a + q * q)
        known[t] = inside > np.float32(0.0)
        p = np.float32(0.5) * (v + np.sqrt(inside if inside > np.float32(0.0) else np.float32(0.0)))
        size = s / ((p * p + q * q) * v)
        wre, wim = (p * re - q * im) * size, (p * im + q * re) * size
        added[0, t], added[1, t] = k_re * wre - k_im * wim, k_re * wim + k_im * wre


@fast_kernel
def open_steps(volts, amps, blocks, profile, shape, added, kinds, where, numbers, rest_v, rest_i, flags, short):
    """
    Mark in ``flags`` [steps] what the rows of limits leave open, and write to ``short`` by how much at most, over what the addition moves.

    ``kinds`` [rows], ``where`` [rows, 2]: branch and node of its end; ``numbers`` [rows, 15]: half admittance of that end, answers of
    voltage and of current there, low and high limit (or nothing and the rating), bends at them, fall and rise that clear a block, what the
    addition moves, the most of both rests, slack. ``rest_v``, ``rest_i`` [rows, profiles]: times ``profile`` [profiles, steps] the bounds of
    what losses add. A row of a branch looks at the end's current, one of a transformer at its power.
    """
    one = np.float32(1.0)
    base, new, rest, end, other = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32)  # fmt: skip  # noqa: E501
    for row in range(len(kinds)):
        kind, i, e = kinds[row], where[row, 0], where[row, 1]
        h_re, h_im, v_re, v_im, i_re, i_im, low, high, bend_low, bend_high, fall, rise, moved, most_v, most_i, slack = numbers[row]
        for block in range(blocks.shape[2]):
            if kind == VOLTAGE:
                if blocks[0, e, block] - fall >= low + slack and blocks[1, e, block] + rise <= high - slack:
                    continue
            elif blocks[2, i, block] + rise <= high - slack:
                continue
            begin = block * LANES
            for k in range(LANES):
                t = begin + k
                re, im = volts[0, e, t], volts[1, e, t]
                a, c = re + v_re * added[0, t] - v_im * added[1, t], im + v_re * added[1, t] + v_im * added[0, t]
                base[k], new[k] = np.sqrt(re * re + im * im), np.sqrt(a * a + c * c)
            if kind != VOLTAGE:
                for k in range(LANES):
                    t = begin + k
                    re = amps[0, i, t] + h_re * volts[0, e, t] - h_im * volts[1, e, t]
                    im = amps[1, i, t] + h_re * volts[1, e, t] + h_im * volts[0, e, t]
                    a, c = re + i_re * added[0, t] - i_im * added[1, t], im + i_re * added[1, t] + i_im * added[0, t]
                    size, then = np.sqrt(re * re + im * im), np.sqrt(a * a + c * c)
                    end[k], other[k] = new[k], then
                    base[k], new[k] = (size, then) if kind == LINE else (size * base[k], then * new[k])
            open_ = False
            for k in range(LANES):
                if kind == TRANSFORMER:
                    rest[k] = end[k] * most_i + other[k] * most_v + most_i * most_v + slack
                else:
                    rest[k] = (most_v if kind == VOLTAGE else most_i) + slack
                least = min(new[k] - low, high - new[k]) - rest[k]
                open_ = open_ or least < np.float32(0.0) or (base[k] - low < bend_low and new[k] - low - rest[k] < bend_low) or (high - base[k] < bend_high and high - new[k] - rest[k] < bend_high)  # noqa: E501
            if not open_:
                continue
            for k in range(LANES):
                t = begin + k
                a, c = np.float32(0.0), np.float32(0.0)
                for j in range(len(profile)):
                    a += rest_v[row, j] * profile[j, t]
                    c += rest_i[row, j] * profile[j, t]
                a, c = a * shape[t], c * shape[t]
                if kind == TRANSFORMER:
                    rest[k] = end[k] * c + other[k] * a + a * c + slack
                else:
                    rest[k] = (a if kind == VOLTAGE else c) + slack
            for k in range(LANES):
                t = begin + k
                if shape[t] <= np.float32(0.0):
                    continue
                to_low, to_high = new[k] - low - rest[k], high - new[k] - rest[k]
                least = min(to_low, to_high)
                if least < np.float32(0.0):
                    flags[t] |= UNPROVEN
                    short[t] = min(short[t], least / moved)
                if (base[k] - low < bend_low and to_low < bend_low) or (high - base[k] < bend_high and to_high < bend_high):
                    flags[t] |= BENT
    return one
