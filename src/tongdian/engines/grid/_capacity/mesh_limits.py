"""
Which limits an addition beside loops could break at all, and what is to be known of each for judging it step by step.

Method and proof: docs/engines/grid.md, "Loops and several sources".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tongdian.engines.grid._capacity.mesh import Mesh, Reach
from tongdian.engines.grid._flow.loops import Complexes
from tongdian.engines.grid._values import Bools, Floats, Ints

if TYPE_CHECKING:
    from tongdian.engines.grid._capacity.mesh_year import MeshYear

Singles = npt.NDArray[np.float32]
SLACK = 3e-6  # of a limit: what single precision may take
BEYOND_SINGLE = 1 + 1e-4  # what sums in single precision may lose
BEYOND = 2.5  # what turns a distance of voltages into one of squared voltages at most, over the greatest voltage


class SingleMesh:
    """
    A mesh in single precision; ``z``, ``c``: magnitudes, a little beyond. ``loads`` [nodes, profiles of P, then of Q]: coefficients.
    """

    def __init__(self, mesh: Mesh, weights: Floats) -> None:
        parts = (mesh.z.real, mesh.z.imag, mesh.c.real, mesh.c.imag, np.abs(mesh.z) * BEYOND_SINGLE, np.abs(mesh.c) * BEYOND_SINGLE)
        self.z_re, self.z_im, self.c_re, self.c_im, self.z, self.c = (_single(part) for part in parts)
        self.loads = _single(np.concatenate([weights[0], weights[1]], axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRows:
    """
    The limits that an addition could break, ``rows`` as the kernel reads them, ``node_terms``: what the loads answer at the node, and the
    greatest ``bend`` at any of them, as a margin.
    """

    rows: tuple[object, ...]
    node_terms: Singles
    bend: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """
    What one addition does everywhere [nodes]: per current drawn, to voltages ``z`` and series currents ``c``; ``rest_v``: the most that the
    loads' answers add to voltages; ``current``: the greatest that it draws; ``told``: what it draws where the voltage stands in the middle
    of where it is through the year, and how far it may be from that, None where that is not known.
    """

    node: int
    z: Complexes
    c: Complexes
    rest_v: Floats
    current: float
    told: tuple[complex, float] | None
    reach: Reach


def limits_of(year: "MeshYear", node: int, x: float, reach: Reach) -> LimitRows:
    """
    Return the limits that an addition of ``x`` MW at a node could break by the year's extremes.
    """
    z, c = year.mesh.z[:, node], year.mesh.c[:, node]
    rest_v = year.bounds.z @ (year.hats.most_s * reach.weight)
    rest_v += np.abs(z) * reach.push * rest_v[node]
    told = _drawn(year, node, x, reach)
    current = float(reach.current) if told is None or not year.flat else min(float(reach.current), abs(told[0]) + told[1])
    answers = _Answers(node=node, z=z, c=c, rest_v=rest_v, current=current, told=told, reach=reach)
    tables = [_voltages(year, answers), _ends(year, answers, at_parent=False), _ends(year, answers, at_parent=True)]
    kinds, branch, end = (np.concatenate([np.asarray(table[part]) for table in tables]) for part in range(3))
    numbers = np.concatenate([np.array(table[3]) for table in tables], axis=1).T
    node_terms, parts = _responses(year, answers, branch, end, numbers[:, 0] + 1j * numbers[:, 1])
    rows = (kinds.astype(np.int64), np.stack([branch, end], axis=1), _single(numbers), *parts)
    return LimitRows(rows=rows, node_terms=node_terms, bend=max(float(table[4]) for table in tables))  # type: ignore[arg-type]


def _single(values: npt.NDArray[np.floating]) -> Singles:
    return np.ascontiguousarray(values, np.float32)


def _may_break(before: Floats, after: Floats, bend: Floats) -> Bools:
    """
    Return which limits may be broken, given the least distances from them without and with the addition, and how far those between bend.
    """
    with np.errstate(invalid="ignore"):
        found: Bools = (after < 0) | (np.sqrt(np.maximum(before, 0)) + np.sqrt(np.maximum(after, 0)) < np.sqrt(bend))
    return found


def _voltages(year: "MeshYear", answers: _Answers) -> tuple[object, ...]:
    """
    Return the rows of voltages: their kind, branches, nodes, numbers, and the greatest bend.
    """
    hats, reach, node, z = year.hats, answers.reach, answers.node, answers.z
    low, high = np.sqrt(year.tree.low), np.sqrt(year.tree.high)
    # the added current stands at most so far from the voltages: by the year's angles, and by what the addition turns
    angle = np.maximum(year.angles[1][node] - year.angles[0], year.angles[1] - year.angles[0][node])
    angle += np.arcsin(np.minimum(reach.d_v[node] / hats.least_v[node], 1.0))
    along, across = (z * year.drawn).real / year.size, np.abs(z) * np.sin(np.minimum(angle, np.pi / 2))
    aside = reach.d_v**2 / (2 * (hats.least_v - reach.d_v))
    least = hats.least_v - answers.current * np.maximum(along + across, 0.0) - answers.rest_v
    most = hats.most_v + answers.current * np.maximum(across - along, 0.0) + answers.rest_v + aside
    bend_low, slack = reach.bend_v + aside, SLACK * np.where(np.isfinite(high), high, 1.0)
    low, high = low + slack, high - slack
    at = np.flatnonzero(_may_break(hats.least_v - low, least - low, bend_low) | _may_break(high - hats.most_v, high - most, reach.bend_v))
    none = np.zeros(len(at))
    limits = [(low - slack)[at], (high + slack)[at], np.sqrt(bend_low[at]), np.sqrt(reach.bend_v[at])]
    numbers = [none, none, -z[at].real, -z[at].imag, none, none, *limits, reach.d_v[at], slack[at]]
    bend = float(bend_low[at].max(initial=0.0)) * BEYOND * float(hats.most_v.max())
    return np.full(len(at), year.kernels.VOLTAGE), at, at, numbers, bend


def _ends(year: "MeshYear", answers: _Answers, *, at_parent: bool) -> tuple[object, ...]:
    """
    Return the rows of one end of every branch: kinds, branches, nodes of the end, numbers, and the greatest bend.
    """
    tree, hats, reach, wound = year.tree, year.hats, answers.reach, year.tree.is_transformer
    end = np.maximum(tree.parent, 0) if at_parent else np.arange(len(tree.parent))
    h = (tree.half_g + 1j * tree.half_b) * (1 if at_parent else -1)
    most_v = hats.most_v[end] + reach.d_v[end]
    d_i, bend_i = reach.d_i + np.abs(h) * reach.d_v[end], reach.bend_i + np.abs(h) * reach.bend_v[end]
    of_power = most_v * bend_i + (hats.most_i + d_i) * reach.bend_v[end] + reach.d_v[end] * d_i
    moved = np.where(wound, most_v * d_i + hats.most_i * reach.d_v[end], d_i)
    bends = np.where(wound, of_power, bend_i)
    most = tree.rating * (1 - SLACK)
    at = np.flatnonzero(_may_break(most - hats.most_used, most - hats.most_used - moved, bends) & (tree.parent >= 0))
    e, h, wound, none = end[at], h[at], wound[at], np.zeros(len(at))
    answer = answers.c[at] - h * answers.z[e]
    numbers = [h.real, h.imag, -answers.z[e].real, -answers.z[e].imag, answer.real, answer.imag, none - np.inf, tree.rating[at], none]
    numbers += [np.sqrt(bends[at]), moved[at], SLACK * tree.rating[at]]
    bend = float((bends[at] / tree.rating[at]).max(initial=0.0)) * BEYOND * float(hats.most_v.max())
    return np.where(wound, year.kernels.TRANSFORMER, year.kernels.LINE), at, e, numbers, bend


def _drawn(year: "MeshYear", node: int, x: float, reach: Reach) -> tuple[complex, float] | None:
    """
    Return the current that an addition draws at a node whose voltage is changed by nothing but itself, and how far it may be from that
    through the year; None where a small difference might grow.
    """
    own, z = complex(year.middle[node]), complex(year.mesh.z[node, node])
    current = year.drawn * x / np.conj(own)
    for _ in range(20):
        current = year.drawn * x / np.conj(own - z * current)
    lowest = min(float(year.hats.least_v[node] - reach.d_v[node]), abs(own - z * current))
    steep = abs(z) * year.size * x / lowest**2  # by how much the voltage moves with the one without the addition, beyond it
    if not steep < 1:
        return None
    return complex(current), float(year.size * x / lowest**2 * year.radius[node] / (1 - steep))


def _responses(year: "MeshYear", answers: _Answers, branch: Ints, end: Ints, h: Complexes) -> tuple[Singles, tuple[Singles, ...]]:
    """
    Return what the loads answer to the voltage at the node, and in every row to its voltage and current, as terms; bounds of what is left
    of both, and of both without the terms. The answer is told by voltages that stay in the middle of where they are through the year.
    """
    hats, reach, node = year.hats, answers.reach, answers.node
    left, factors = reach.weight, np.zeros(len(answers.z), np.complex128)
    if answers.told is not None:
        current, apart = answers.told
        apart += 0.0 if year.flat else float(reach.current) + abs(current)
        square = year.middle * (year.middle - answers.z * current)
        unlike = np.abs(answers.z) * apart + answers.rest_v
        near = hats.least_v * (hats.least_v - reach.d_v)
        off = year.radius * (hats.most_v + reach.d_v) + np.abs(year.middle) * (year.radius + unlike)
        left = answers.rest_v / near + np.abs(answers.z) * reach.current * off / (near * np.abs(square))
        factors = np.conj(answers.z / square)
    single, count = year.single, len(year.sizes[0])
    factors_re, factors_im = factors.real.astype(np.float32), factors.imag.astype(np.float32)

    def terms(re: Singles, im: Singles) -> Singles:
        of_re, of_im = (re * factors_re - im * factors_im) @ single.loads, (re * factors_im + im * factors_re) @ single.loads
        parts = [of_re[:, :count], of_im[:, :count], of_im[:, count:], -of_re[:, count:]]  # P's real and imaginary, then Q's
        return np.stack(parts, axis=1)

    own, more = slice(node, node + 1), h.astype(np.complex64)[:, None]
    of_v, of_i = terms(single.z_re[end], single.z_im[end]), terms(single.c_re[branch], single.c_im[branch])
    for part in (0, 2):
        at_end = more * (of_v[:, part] + 1j * of_v[:, part + 1])
        of_i[:, part] -= at_end.real
        of_i[:, part + 1] -= at_end.imag
    drawn = np.concatenate([weight[:, None] * year.sizes for weight in (left, reach.weight)], axis=1).astype(np.float32)
    left_v, left_i, left_node = single.z[end] @ drawn, single.c[branch] @ drawn, (single.z[own] @ drawn) * np.float32(reach.push)
    left_i += np.abs(more) * left_v + np.abs(answers.c[branch]).astype(np.float32)[:, None] * left_node
    left_v += np.abs(answers.z[end]).astype(np.float32)[:, None] * left_node
    bounds = [_single(part[:, columns]) for columns in (slice(count), slice(count, None)) for part in (left_v, left_i)]
    return -terms(single.z_re[own], single.z_im[own]), (-of_v, of_i, *bounds)
