# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, C901, PLR0917, FURB136 - numba infers types, knows no records and vectorises plain comparisons
"""
The kernels of the radial solver, compiled by numba: many steps at once as lanes, innermost and contiguous.

DistFlow (Baran and Wu 1989) in real numbers: P and Q into a node, l = squared current, v = squared voltage, one division a branch:
l = (P² + Q²) / v, P(parent) += P + R·l, v = v(parent) − 2·(R·P + X·Q) − (R² + X²)·l. The only file that imports numba.
"""

import numba
import numpy as np

kernel = numba.njit(cache=True, error_model="numpy", nogil=True)
fast_kernel = numba.njit(cache=True, error_model="numpy", nogil=True, fastmath={"contract", "nsz"})
fold_kernel = numba.njit(cache=True, error_model="numpy", nogil=True, fastmath={"contract", "nsz", "nnan", "reassoc"})  # vectorises min

LANES = 32
SWEEPS = 80
TOLERANCE = 1e-12  # of the squared voltage: what the next sweep may move
FLOOR = 0.04  # squared voltage below which a step counts as collapsed
STEADY, CAUTION = 1e-5, 10.0  # change from which on, and safety with which, the next one is told from the last two
P, Q, L, V, OWN_P, OWN_Q, ROW = 0, LANES, 2 * LANES, 3 * LANES, 4 * LANES, 5 * LANES, 6 * LANES  # a row of lanes


@fast_kernel
def load_lanes(start, row, cp, cq, prof_p, prof_q, steps, p, q):
    """
    Sum the power of every node in every lane: coefficients times profiles.
    """
    first, in_a_row = steps[0], True
    for k in range(LANES):
        in_a_row = in_a_row and steps[k] == first + k
    for i in range(len(start) - 1):
        for k in range(LANES):
            p[i, k] = 0.0
            q[i, k] = 0.0
        for entry in range(start[i], start[i + 1]):
            a, b, source = cp[entry], cq[entry], row[entry]
            if in_a_row:
                own_p, own_q = prof_p[source, first : first + LANES], prof_q[source, first : first + LANES]
                for k in range(LANES):
                    p[i, k] += a * own_p[k]
                    q[i, k] += b * own_q[k]
            else:
                for k in range(LANES):
                    p[i, k] += a * prof_p[source, steps[k]]
                    q[i, k] += b * prof_q[source, steps[k]]


@kernel
def ascent(start, end, path, r, x, fp, fq, v, k):
    """
    Return the voltage at the top of a path over that at its bottom, complex: the product of 1 + z·conj(S) / v.
    """
    re, im = 1.0, 0.0
    for at in range(start, end):
        i = path[at]
        a = 1.0 + (r[i] * fp[i, k] + x[i] * fq[i, k]) / v[i, k]
        c = (x[i] * fp[i, k] - r[i] * fq[i, k]) / v[i, k]
        re, im = re * a - im * c, re * c + im * a
    return re, im


@kernel
def close_loops(loops, r, x, fp, fq, v, sp, sq, change):
    """
    Move the powers at the break-points by what their voltages differ, through the admittance that the break-points see.
    """
    take, _give, start, path, turn_re, turn_im, y_re, y_im = loops
    count = len(take)
    off_re, off_im = np.empty(count), np.empty(count)
    for k in range(LANES):
        for m in range(count):
            a, c = ascent(start[2 * m], start[2 * m + 1], path, r, x, fp, fq, v, k)
            d, e = ascent(start[2 * m + 1], start[2 * m + 2], path, r, x, fp, fq, v, k)
            size = d * d + e * e
            re, im = (a * d + c * e) / size, (c * d - a * e) / size  # V(give) / V(take)
            off_re[m] = 1.0 - (turn_re[m] * re - turn_im[m] * im)
            off_im[m] = -(turn_re[m] * im + turn_im[m] * re)
            change[k] = max(change[k], abs(off_re[m]), abs(off_im[m]))
        for m in range(count):
            w = v[take[m], k]
            for j in range(count):
                sp[m, k] += w * (y_re[m, j] * off_re[j] - y_im[m, j] * off_im[j])
                sq[m, k] -= w * (y_re[m, j] * off_im[j] + y_im[m, j] * off_re[j])


@fast_kernel
def sweep(parent, r, x, g, b, floor, state, begun, change):
    """
    Sweep once over a tree, in the precision of the arrays; ``change`` [lanes]: what the voltages moved, ``floor``: their least.

    ``state``: a row of lanes a node, P, Q into it, squared current above, squared voltage, P, Q taken there: one array with fixed
    distances, because the compiler vectorises no loop over many.
    """
    n = len(parent)
    begun[:] = False
    for i in range(n - 1, -1, -1):
        w = state[i * ROW : (i + 1) * ROW]
        if not begun[i]:  # nothing hangs below
            gi, bi = g[i], b[i]
            for k in range(LANES):
                w[P + k] = w[OWN_P + k] + gi * w[V + k]
                w[Q + k] = w[OWN_Q + k] - bi * w[V + k]
        if i == 0:
            break
        up, ri, xi = parent[i], r[i], x[i]
        u = state[up * ROW : (up + 1) * ROW]
        if begun[up]:
            for k in range(LANES):
                s = (w[P + k] * w[P + k] + w[Q + k] * w[Q + k]) / w[V + k]
                w[L + k] = s
                u[P + k] += w[P + k] + ri * s
                u[Q + k] += w[Q + k] + xi * s
        else:
            begun[up], gi, bi = True, g[up], b[up]
            for k in range(LANES):
                s = (w[P + k] * w[P + k] + w[Q + k] * w[Q + k]) / w[V + k]
                w[L + k] = s
                u[P + k] = u[OWN_P + k] + gi * u[V + k] + w[P + k] + ri * s
                u[Q + k] = u[OWN_Q + k] - bi * u[V + k] + w[Q + k] + xi * s
    for k in range(LANES):
        change[k] = 0.0
    for i in range(1, n):
        up, r2, x2, zz = parent[i], r[i] + r[i], x[i] + x[i], r[i] * r[i] + x[i] * x[i]
        u, w = state[up * ROW : (up + 1) * ROW], state[i * ROW : (i + 1) * ROW]
        for k in range(LANES):
            y = u[V + k] - r2 * w[P + k] - x2 * w[Q + k] - zz * w[L + k]
            y = y if y > floor else floor
            d = abs(y - w[V + k])
            change[k] = d if d > change[k] else change[k]
            w[V + k] = y


@fast_kernel
def unpack(state, nodes, fp, fq, el, v):
    """
    Copy the rows of some nodes to arrays [nodes, lanes].
    """
    for i in nodes:
        w = state[i * ROW : (i + 1) * ROW]
        for k in range(LANES):
            fp[i, k] = w[P + k]
            fq[i, k] = w[Q + k]
            el[i, k] = w[L + k]
            v[i, k] = w[V + k]


@fast_kernel
def flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, tolerance):
    """
    Sweep until the voltages of all lanes rest; the state is both start and result, and ``v[0]`` the source's voltage.

    ``sp``/``sq`` [loops, lanes]: the powers at the break-points. ``change``: what the last sweep moved in every lane, or, where that fell
    evenly, what the next one would. Returns whether all lanes rest.
    """
    n = len(parent)
    take, give = loops[0], loops[1]
    state, begun, before = np.empty(n * ROW), np.empty(n, np.bool_), 0.0
    for i in range(n):
        w = state[i * ROW : (i + 1) * ROW]
        for k in range(LANES):
            w[V + k] = v[i, k]
            w[OWN_P + k] = p[i, k]
            w[OWN_Q + k] = q[i, k]
    for _ in range(SWEEPS):
        for m in range(len(take)):
            for i in (take[m], give[m]):
                for k in range(LANES):
                    state[i * ROW + OWN_P + k], state[i * ROW + OWN_Q + k] = p[i, k], q[i, k]
        for m in range(len(take)):
            for k in range(LANES):
                state[take[m] * ROW + OWN_P + k] += sp[m, k]
                state[take[m] * ROW + OWN_Q + k] += sq[m, k]
                state[give[m] * ROW + OWN_P + k] -= sp[m, k]
                state[give[m] * ROW + OWN_Q + k] -= sq[m, k]
        sweep(parent, r, x, g, b, FLOOR, state, begun, change)
        if len(take):
            unpack(state, loops[3], fp, fq, el, v)  # what `close_loops` looks at
            close_loops(loops, r, x, fp, fq, v, sp, sq, change)
        moved = change.max()
        less = min(1.0, CAUTION * moved / before) if not len(take) and moved < STEADY else 1.0  # changes fall by the same factor each time
        if moved * less < tolerance:
            for k in range(LANES):
                change[k] *= less
            break
        before = moved
    unpack(state, np.arange(n), fp, fq, el, v)
    return change.max() < tolerance


@kernel
def end_powers(i, k, up, r, x, half_g, half_b, fp, fq, el, v):
    """
    Return P and Q at the child's and at the parent's terminal of the branch above a node.
    """
    pc = fp[i, k] - half_g[i] * v[i, k]
    qc = fq[i, k] + half_b[i] * v[i, k]
    pp = fp[i, k] + r[i] * el[i, k] + half_g[i] * v[up, k]
    qp = fq[i, k] + x[i] * el[i, k] - half_b[i] * v[up, k]
    return pc, qc, pp, qp


@fast_kernel
def keep(values, i, sign, step, best, when):
    """
    Keep values [lanes] of node i, times ``sign`` (1 or −1), where they are greater than the ``best`` so far, and their step.
    """
    for k in range(LANES):
        a = sign * values[k]
        better = a > best[i, k]
        best[i, k] = a if better else best[i, k]
        when[i, k] = step[k] if better else when[i, k]


@fast_kernel
def squares(i, up, z, halves, by_v, fp, fq, el, v, most, other):
    """
    Write the greater of the squares at a branch's two ends, apparent power or, where ``by_v`` is 1, that over voltage (`end_powers`).
    """
    ri, xi = z
    hg, hb = halves
    for k in range(LANES):
        w = v[i, k]
        pc, qc = fp[i, k] - hg * w, fq[i, k] + hb * w
        most[k] = (pc * pc + qc * qc) / (1.0 + by_v * (w - 1.0))
    for k in range(LANES):
        w, s = v[up, k], el[i, k]
        pp, qp = fp[i, k] + ri * s + hg * w, fq[i, k] + xi * s - hb * w
        other[k] = (pp * pp + qp * qp) / (1.0 + by_v * (w - 1.0))
    for k in range(LANES):
        most[k] = other[k] if other[k] > most[k] else most[k]


@kernel
def greatest_of(lanes, steps, sign, best, when):
    """
    Write for every node the greatest of its lanes [nodes, lanes], times ``sign``, and the first step that has it.
    """
    for i in range(len(best)):
        top, at = lanes[i, 0], steps[i, 0]
        for k in range(1, LANES):
            if lanes[i, k] > top or (lanes[i, k] == top and steps[i, k] < at):
                top, at = lanes[i, k], steps[i, k]
        best[i], when[i] = sign * top, int(at)


@kernel
def extremes(tree, csr, steps, own_g, best, when, sums):
    """
    Solve chosen steps and keep their extremes.

    ``own_g`` [nodes]: conductance of the network's own shunts. ``best`` [3, nodes]: least and greatest squared voltage, greatest square of
    the branch's larger end (apparent power for transformers, apparent power over voltage for lines). ``when`` [3, nodes]: their steps.
    ``sums``: power of the source and of the own shunts over all steps. Returns −1, or a step that has no solution here.
    """
    parent, r, x, g, b, half_g, half_b, _rating, is_trafo, _low, _high, source_v, loops = tree
    start, row, cp, cq, prof_p, prof_q = csr
    n, count = len(parent), len(steps)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    lane, change, step, most, other = np.empty(LANES, np.int64), np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
    greatest, at = np.full((3, n, LANES), -np.inf), np.full((3, n, LANES), -1.0)
    sums[:] = 0.0
    for first in range(0, count, LANES):
        for k in range(LANES):
            lane[k] = steps[min(first + k, count - 1)]
            step[k] = lane[k]
        load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE):
            return lane[0]
        for i in range(n):
            keep(v[i], i, -1.0, step, greatest[0], at[0])
            keep(v[i], i, 1.0, step, greatest[1], at[1])
            if i > 0:
                by_v = 0.0 if is_trafo[i] else 1.0
                squares(i, parent[i], (r[i], x[i]), (half_g[i], half_b[i]), by_v, fp, fq, el, v, most, other)
                keep(most, i, 1.0, step, greatest[2], at[2])
        valid = min(LANES, count - first)
        for k in range(valid):
            sums[0] += fp[0, k]
        for i in range(n):
            if own_g[i] != 0.0:
                sums[1] += own_g[i] * v[i, :valid].sum()
    greatest[2, 0], at[2, 0] = 0.0, -1.0
    greatest_of(greatest[0], at[0], -1.0, best[0], when[0])
    greatest_of(greatest[1], at[1], 1.0, best[1], when[1])
    greatest_of(greatest[2], at[2], 1.0, best[2], when[2])
    lowest = best[0].argmin()
    return when[0, lowest] if best[0, lowest] <= FLOOR else -1
