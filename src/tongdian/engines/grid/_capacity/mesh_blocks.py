# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,untyped-decorator"
# ruff: noqa: ANN001, ANN202, PLR0917 - numba infers types, knows no records and vectorises plain comparisons
"""
Beside loops: what is kept of a block of steps and of a limit, and which blocks a limit clears at once.
"""

import numpy as np

from tongdian.engines.grid._flow.sweeps import fold_kernel

VOLTAGE, LINE, TRANSFORMER = 0, 1, 2  # what a row of limits is
NOTHING, UNPROVEN, BENT = 0, 1, 2  # what is open: the addition itself, or what lies between nothing and it
LEAST_V, MOST_V, RE, IM, RADIUS, CURRENT_RE, CURRENT_IM, CURRENT_RADIUS, MOST_USED, MOST_I, MOST_S = range(11)
KEPT = 11  # of a block: extremes of voltage; a disc around the voltages and one around the currents; use of the branch; power drawn
H_RE, H_IM, V_RE, V_IM, I_RE, I_IM, LOW, HIGH, BEND_LOW, BEND_HIGH, MOVED, MARGIN = range(12)  # a row's numbers
SINGLE = np.float32


@fold_kernel
def current_of_blocks(blocks, node, zeta, drawn, size, least_share, most_share, out):
    """
    Write discs around what an addition draws in every block: real and imaginary part of the middle, and radius; as `add_current`, from the
    disc of voltages at the node. ``size``: of the addition; an endless radius where nothing is known.
    """
    for block in range(blocks.shape[2]):
        re, im, radius = blocks[RE, node, block], blocks[IM, node, block], blocks[RADIUS, node, block]
        s = most_share[block]
        square = re * re + im * im
        v = np.sqrt(square)
        q = -zeta[1] * s / v
        inside = square - SINGLE(4.0) * (zeta[0] * s + q * q)
        p = SINGLE(0.5) * (v + np.sqrt(max(inside, SINGLE(0.0))))
        w2 = p * p + q * q
        w = np.sqrt(w2)
        # at most half as steep, the voltage moves by no more than twice what moves it: the disc, and shares that differ
        whole, apart = np.sqrt(zeta[0] * zeta[0] + zeta[1] * zeta[1]), s - least_share[block]
        moves = SINGLE(2.0) * (radius + SINGLE(2.0) * whole * apart / w)
        lowest = w - moves
        known = (inside > SINGLE(0.0)) & (lowest > SINGLE(0.5) * w) & (whole * s < SINGLE(0.5) * lowest * w)
        scale = s / (w2 * v)
        wre, wim = (p * re - q * im) * scale, (p * im + q * re) * scale
        out[0, block], out[1, block] = drawn[0] * wre - drawn[1] * wim, drawn[0] * wim + drawn[1] * wre
        moved = size * (s * moves / (w * lowest) + apart / lowest)
        out[2, block] = moved if known else SINGLE(np.inf)


@fold_kernel
def over_voltage(numbers, row, e, blocks, current, rest, over):
    """
    Write what a voltage may break in every block, as `broken`.
    """
    v_re, v_im, none = numbers[row, V_RE], numbers[row, V_IM], SINGLE(0.0)
    low, high, bend_low, bend_high = numbers[row, LOW], numbers[row, HIGH], numbers[row, BEND_LOW], numbers[row, BEND_HIGH]
    answer = np.sqrt(v_re * v_re + v_im * v_im)
    for block in range(blocks.shape[2]):
        u_re, u_im = current[0, block], current[1, block]
        a, c = blocks[RE, e, block] + v_re * u_re - v_im * u_im, blocks[IM, e, block] + v_re * u_im + v_im * u_re
        new, away = np.sqrt(a * a + c * c), blocks[RADIUS, e, block] + answer * current[2, block] + rest[block] + numbers[row, MARGIN]
        least, most = new - away, new + away
        left = bend_low - np.sqrt(max(blocks[LEAST_V, e, block] - low, none)) - np.sqrt(max(least - low, none))
        above = bend_high - np.sqrt(max(high - blocks[MOST_V, e, block], none)) - np.sqrt(max(high - most, none))
        over[block] = max(low - least, none) + max(most - high, none) + max(left, none) + max(above, none)


@fold_kernel
def over_end(kind, numbers, row, i, e, blocks, current, rest_v, rest_i, over):
    """
    Write what an end of a branch may break in every block.
    """
    h_re, h_im, v_re, v_im = numbers[row, H_RE], numbers[row, H_IM], numbers[row, V_RE], numbers[row, V_IM]
    i_re, i_im, none = numbers[row, I_RE], numbers[row, I_IM], SINGLE(0.0)
    h, answer_v, answer_i = np.sqrt(h_re * h_re + h_im * h_im), np.sqrt(v_re * v_re + v_im * v_im), np.sqrt(i_re * i_re + i_im * i_im)
    wound, one = SINGLE(1.0 if kind == TRANSFORMER else 0.0), SINGLE(1.0)
    most, bend = numbers[row, HIGH] - numbers[row, MARGIN], numbers[row, BEND_HIGH]
    for block in range(blocks.shape[2]):
        u_re, u_im, spread = current[0, block], current[1, block], current[2, block]
        re, im = blocks[RE, e, block], blocks[IM, e, block]
        a, c = re + v_re * u_re - v_im * u_im, im + v_re * u_im + v_im * u_re
        d = blocks[CURRENT_RE, i, block] + h_re * re - h_im * im + i_re * u_re - i_im * u_im
        f = blocks[CURRENT_IM, i, block] + h_re * im + h_im * re + i_re * u_im + i_im * u_re
        volt = np.sqrt(a * a + c * c) + blocks[RADIUS, e, block] + answer_v * spread + rest_v[block]
        away = blocks[CURRENT_RADIUS, i, block] + h * blocks[RADIUS, e, block] + answer_i * spread + rest_i[block]
        new = (np.sqrt(d * d + f * f) + away) * (wound * volt + one - wound)
        above = bend - np.sqrt(max(most - blocks[MOST_USED, i, block], none)) - np.sqrt(max(most - new, none))
        over[block] = max(new - most, none) + max(above, none)


@fold_kernel
def sum_rests(weights, row, greatest, out):
    """
    Write the bound of what the loads answer in every block.
    """
    out[:] = SINGLE(0.0)
    for j in range(len(greatest)):
        for block in range(greatest.shape[1]):
            out[block] += weights[row, j] * greatest[j, block]
