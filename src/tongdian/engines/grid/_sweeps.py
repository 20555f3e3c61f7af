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
TOLERANCE = 1e-12  # of the squared voltage, what the sweeps leave
FLOOR = 0.04  # squared voltage below which a step counts as collapsed


@kernel
def load_lanes(start, row, cp, cq, prof_p, prof_q, steps, p, q):
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
def flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, tolerance):
    """
    Sweep until the voltages of all lanes rest; the state is both start and result, and ``v[0]`` the source's voltage.

    A sweep shrinks what is wrong by a factor that two sweeps show: once c(n)² < tolerance · (c(n − 1) − c(n)), c being the greatest
    change of a sweep, less than the tolerance is left. ``sp``/``sq`` [loops, lanes]: the powers at the break-points. ``change`` [lanes]:
    what the last sweep moved, 0 where all lanes rest. Returns whether they do.
    """
    n = len(parent)
    take, give = loops[0], loops[1]
    before = 0.0
    for _ in range(SWEEPS):
        for i in range(n):
            gi, bi = g[i], b[i]
            for k in range(LANES):
                fp[i, k] = p[i, k] + gi * v[i, k]
                fq[i, k] = q[i, k] - bi * v[i, k]
        for m in range(len(take)):
            for k in range(LANES):
                fp[take[m], k] += sp[m, k]
                fq[take[m], k] += sq[m, k]
                fp[give[m], k] -= sp[m, k]
                fq[give[m], k] -= sq[m, k]
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
        if len(take):
            close_loops(loops, r, x, fp, fq, v, sp, sq, change)
        now = change.max()
        if now < tolerance or now * now < tolerance * (before - now):
            change[:] = 0.0
            return True
        before = now
    return False


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
def greatest(values, half):
    """
    Return the greatest of all lanes, by halves: LLVM vectorises no search for it in one go.
    """
    for k in range(LANES // 2):
        half[k] = values[k] if values[k] > values[k + LANES // 2] else values[k + LANES // 2]
    for k in range(LANES // 4):
        half[k] = half[k] if half[k] > half[k + LANES // 4] else half[k + LANES // 4]
    for k in range(LANES // 8):
        half[k] = half[k] if half[k] > half[k + LANES // 8] else half[k + LANES // 8]
    most = half[0]
    for k in range(1, LANES // 8):
        most = half[k] if half[k] > most else most
    return most


@fast_kernel
def larger_ends(i, up, r, x, half_g, half_b, fp, fq, el, v, whole, square):
    """
    Set the square of the larger end of the branch above a node: apparent power, over the voltage where it is no transformer's.
    """
    ri, xi, hg, hb = r[i], x[i], half_g[i], half_b[i]
    for k in range(LANES):
        pc, qc = fp[i, k] - hg * v[i, k], fq[i, k] + hb * v[i, k]
        pp, qp = fp[i, k] + ri * el[i, k] + hg * v[up, k], fq[i, k] + xi * el[i, k] - hb * v[up, k]
        child = (pc * pc + qc * qc) / (1.0 if whole else v[i, k])
        above = (pp * pp + qp * qp) / (1.0 if whole else v[up, k])
        square[k] = child if child > above else above


@kernel
def extremes_block(tree, lane, valid, fp, fq, el, v, own_g, best, when, sums):
    """
    Take a solved block into the year's extremes; returns −1, or a step whose voltage collapsed.

    Lanes beyond ``valid`` repeat the last step.
    """
    parent, r, x, _g, _b, half_g, half_b, _rating, is_trafo, _low, _high, _source_v, _loops = tree
    square, half = np.empty(LANES), np.empty(LANES // 2)
    for i in range(len(parent)):
        for k in range(LANES):
            square[k] = -v[i, k]
        least = -greatest(square, half)
        if least <= FLOOR:
            return lane[np.argmin(v[i])]
        if least < best[0, i]:
            best[0, i], when[0, i] = least, lane[np.argmin(v[i])]
        most = greatest(v[i], half)
        if most > best[1, i]:
            best[1, i], when[1, i] = most, lane[np.argmax(v[i])]
        if own_g[i] != 0.0:
            for k in range(valid):
                sums[1] += own_g[i] * v[i, k]
        if i == 0:
            continue
        larger_ends(i, parent[i], r, x, half_g, half_b, fp, fq, el, v, is_trafo[i], square)
        most = greatest(square, half)
        if most > best[2, i]:
            best[2, i], when[2, i] = most, lane[np.argmax(square)]
    for k in range(valid):
        sums[0] += fp[0, k]
    return -1


@kernel
def extremes(tree, csr, steps, own_g, best, when, sums):
    """
    Solve chosen steps and keep their extremes.

    ``own_g`` [nodes]: conductance of the network's own shunts. ``best`` [3, nodes]: least and greatest squared voltage, greatest square of
    the branch's larger end (apparent power for transformers, apparent power over voltage for lines). ``when`` [3, nodes]: their steps.
    ``sums``: power of the source and of the own shunts over all steps. Returns −1, or a step that has no solution here.
    """
    parent, r, x, g, b = tree[:5]
    source_v, loops, (start, row, cp, cq, prof_p, prof_q) = tree[11], tree[12], csr
    n, count = len(parent), len(steps)
    p, q, fp, fq, el = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    v = np.full((n, LANES), source_v)
    sp, sq = np.zeros((len(loops[0]), LANES)), np.zeros((len(loops[0]), LANES))
    lane, change = np.empty(LANES, np.int64), np.empty(LANES)
    best[0], best[1:], when[:], sums[:] = np.inf, 0.0, -1, 0.0
    for first in range(0, count, LANES):
        for k in range(LANES):
            lane[k] = steps[min(first + k, count - 1)]
        load_lanes(start, row, cp, cq, prof_p, prof_q, lane, p, q)
        if not flow(parent, r, x, g, b, loops, p, q, fp, fq, el, v, sp, sq, change, TOLERANCE):
            return lane[0]
        collapsed = extremes_block(tree, lane, min(LANES, count - first), fp, fq, el, v, own_g, best, when, sums)
        if collapsed >= 0:
            return collapsed
    return -1
