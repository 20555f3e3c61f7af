"""
The branches of a network in ohm and siemens: lines and transformers, and what stands side by side as one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._values import Floats, Ints, Limits, Network

LINE, TRANSFORMER = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """
    An edge between two nodes in ohm and siemens as seen from ``to``, whose ideal ratio ``from`` : ``to`` is ``ratio``; ``turned``: with its
    shift of phase. ``share``: what the element carries of it, where it stands for several side by side.
    """

    kind: int
    element: int
    ends: tuple[int, int]
    z: complex
    y: complex
    ratio: float
    turned: complex
    share: float = 1.0


def list_branches(network: Network) -> Iterator[Branch]:
    """
    Yield all lines, then all transformers, at any position of their switches.
    """
    lines, rows = network.lines, network.transformers
    omega = 2 * np.pi * network.frequency_hz
    km = lines.length_m / 1000
    z = (lines.r_ohm_per_km + 1j * lines.x_ohm_per_km) * km / lines.parallel
    y = (lines.g_us_per_km * 1e-6 + 1j * omega * lines.c_nf_per_km * 1e-9) * km * lines.parallel
    ends = zip(lines.from_bus.tolist(), lines.to_bus.tolist(), strict=True)
    for at, (both, z_at, y_at) in enumerate(zip(ends, z.tolist(), y.tolist(), strict=True)):
        yield Branch(kind=LINE, element=at, ends=both, z=z_at, y=y_at, ratio=1.0, turned=1.0)
    turns = 1 + (rows.tap_position - rows.tap_neutral) * rows.tap_step_percent / 100
    hv_kv = rows.rated_hv_kv * np.where(rows.tap_on_hv, turns, 1.0)
    lv_kv = rows.rated_lv_kv * np.where(rows.tap_on_hv, 1.0, turns)
    mva = rows.rated_kva * rows.parallel / 1000
    z_abs, r = rows.vk_percent / 100 * lv_kv**2 / mva, rows.vkr_percent / 100 * lv_kv**2 / mva
    y_abs, g = rows.no_load_percent / 100 * mva / lv_kv**2, rows.iron_loss_kw * rows.parallel / 1000 / lv_kv**2
    z_t = r + 1j * np.sqrt(np.maximum(z_abs**2 - r**2, 0.0))
    y_t = g - 1j * np.sqrt(np.maximum(y_abs**2 - g**2, 0.0))
    ratio = hv_kv / lv_kv
    turned = ratio * np.exp(1j * np.deg2rad(rows.shift_degree))
    ends = zip(rows.hv_bus.tolist(), rows.lv_bus.tolist(), strict=True)
    columns = zip(ends, z_t.tolist(), y_t.tolist(), ratio.tolist(), turned.tolist(), strict=True)
    for at, (both, z_at, y_at, ratio_at, turned_at) in enumerate(columns):
        yield Branch(kind=TRANSFORMER, element=at, ends=both, z=z_at, y=y_at, ratio=ratio_at, turned=turned_at)


def bundle(
    network: Network, limits: Limits, branches: tuple[Branch, ...], used: list[int], node_of_bus: Ints
) -> tuple[tuple[Branch, ...], list[int]]:
    """
    Join branches side by side, of the same ratio and the same z·y: each carries the same share of every current, z of all over its own.
    """
    beside: dict[tuple[int, int], list[int]] = {}
    for at in used:
        one, other = (int(node_of_bus[bus]) for bus in branches[at].ends)
        beside.setdefault((one, other), []).append(at)
    joined, left = list(branches), []
    for at in used:
        one, other = (int(node_of_bus[bus]) for bus in branches[at].ends)
        group = beside[one, other]
        first = branches[group[0]]
        alike = [branches[other_at] for other_at in group]
        same = all(_is_alike(first, branch) for branch in alike)
        if len(group) == 1 or not same or first.z == 0:
            left.append(at)
            continue
        if at != group[0]:
            continue
        z = 1 / sum(1 / branch.z for branch in alike)
        shares = [abs(z / branch.z) for branch in alike]
        full = min(range(len(group)), key=lambda n: rating_of(network, alike[n], limits, 1.0) / shares[n])
        joined[at] = replace(alike[full], z=z, y=sum(branch.y for branch in alike), share=shares[full])
        left.append(at)
    return tuple(joined), left


def _is_alike(one: Branch, other: Branch) -> bool:
    near = 1e-9
    products = one.z * one.y, other.z * other.y
    return (
        one.kind == other.kind
        and other.z != 0
        and abs(one.turned - other.turned) <= near * abs(one.turned)
        and abs(products[0] - products[1]) <= near * max(abs(products[0]), 1e-30)
    )


def rating_of(network: Network, branch: Branch, limits: Limits, kv: float) -> float:
    """
    Return what a branch may carry in MVA at a voltage in kV (a line; a transformer at any).
    """
    at = np.array([branch.element])
    rated = rate_transformers(network, at, limits) if branch.kind == TRANSFORMER else rate_lines(network, at, limits, kv)
    return float(rated[0]) / branch.share


def rate_lines(network: Network, at: Ints, limits: Limits, kv: Floats | float) -> Floats:
    """
    Return what lines (positions) may carry in MVA at voltages in kV.
    """
    lines = network.lines
    rated: Floats = lines.rated_a[at] * lines.derating[at] * lines.parallel[at] / 1000 * np.sqrt(3) * kv * limits.line_loading
    return rated


def rate_transformers(network: Network, at: Ints, limits: Limits) -> Floats:
    """
    Return what transformers (positions) may carry in MVA.
    """
    rows = network.transformers
    rated: Floats = rows.rated_kva[at] * rows.parallel[at] / 1000 * limits.transformer_loading
    return rated
