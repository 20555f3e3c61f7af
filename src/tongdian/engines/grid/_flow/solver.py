"""
The year of a network: radial islands by our own sweeps, everything else by power-grid-model. Both are exact AC power flow.

The sweeps solve the same models (pi lines, pi transformers, constant power) to a tolerance of 1e-12 of the squared voltage; the tests
compare the two programs. What the sweeps cannot solve (loops, several sources in an island, a step that does not rest) goes to the other.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._flow import pgm
from tongdian.engines.grid._flow.loops import NotRadial
from tongdian.engines.grid._flow.powers import power_table
from tongdian.engines.grid._flow.radial import Tree, own_shunts, stub_admittances, trees
from tongdian.engines.grid._values import Floats, Ints, Limits, Network
from tongdian.engines.grid._year import ExtraLoad, YearResult

SWEEPS, REFERENCE = "sweeps", "power_grid_model"
SMALLEST_SHARE = 4096  # steps worth a thread of their own
REMEMBERED_NETWORKS = 64
NOMINAL = Limits(voltage_min_pu=0.0, voltage_max_pu=np.inf, line_loading=1.0, transformer_loading=1.0)

_Stub = tuple[bool, int, int, complex, float]
_Grown = tuple[Tree, tuple[_Stub, ...]]


class UnsolvedError(Exception):
    """
    The sweeps found no solution for a step.
    """


@dataclass(slots=True, kw_only=True)
class _Extremes:
    """
    What is kept of the year, in the order of the network's tables.
    """

    voltage_min: Floats
    voltage_min_step: Ints
    voltage_max: Floats
    voltage_max_step: Ints
    line: Floats
    line_step: Ints
    transformer: Floats
    transformer_step: Ints
    losses_mw: float = 0.0


def run_year(network: Network, extra: Sequence[ExtraLoad] = (), *, steps: Ints | None = None, solver: str = SWEEPS) -> YearResult:
    """
    Solve the AC power flow of every step and return the year's extremes.

    :param extra: loads added to the network
    :param steps: positions of the steps to solve, all of the profiles' by default; a network without profiles has one step
    :param solver: ``sweeps`` (where the network is radial, else the reference answers) or ``power_grid_model``, the reference
    :raises NoPowerFlow: if a step has no solution
    """
    if solver == SWEEPS:
        try:
            return _run_chosen(network, extra, steps)
        except (NotRadial, UnsolvedError):
            pass  # a loop, or a step near collapse: the reference says what is true of it
    return pgm.run_year(network, extra, steps=steps)


_grown: OrderedDict[tuple[object, ...], tuple[tuple[object, ...], tuple[_Grown, ...]]] = OrderedDict()


def grow(network: Network) -> tuple[_Grown, ...]:
    """
    Return the trees of a network with what hangs on them, remembered: a plan runs the same network for a few steps many times.
    """
    tables = (network.buses, network.lines, network.transformers, network.switches, network.shunts, network.sources)
    key = (*map(id, tables), network.frequency_hz)
    # the tables are kept with the answer, so that no other takes the place in memory that stands for them
    found = _grown.pop(key, None) or (
        tables,
        tuple((tree, tuple(stub_admittances(network, tree, NOMINAL))) for tree in trees(network, NOMINAL)),
    )
    _grown[key] = found
    while len(_grown) > REMEMBERED_NETWORKS:
        _grown.popitem(last=False)
    return found[1]


def _run_chosen(network: Network, extra: Sequence[ExtraLoad], steps: Ints | None) -> YearResult:
    """
    Run the sweeps over all steps, or over some that are cut out of the year first, so that the whole year is not copied for a few.
    """
    profiles = network.profiles
    if steps is None or profiles is None:
        return _run_radial(network, extra, np.arange(profiles.steps if profiles else 1) if steps is None else np.asarray(steps, np.int64))
    chosen = np.asarray(steps, dtype=np.int64)
    year = replace(profiles, p=np.ascontiguousarray(profiles.p[:, chosen]), q=np.ascontiguousarray(profiles.q[:, chosen]))
    few = [load if load.shape is None else replace(load, shape=load.shape[chosen]) for load in extra]
    found = _run_radial(replace(network, profiles=year), few, np.arange(len(chosen)))

    def of_year(at: Ints) -> Ints:
        return np.where(at >= 0, chosen[np.maximum(at, 0)], -1)

    return replace(
        found,
        voltage_min_step=of_year(found.voltage_min_step),
        voltage_max_step=of_year(found.voltage_max_step),
        line_loading_max_step=of_year(found.line_loading_max_step),
        transformer_loading_max_step=of_year(found.transformer_loading_max_step),
    )


def _run_radial(network: Network, extra: Sequence[ExtraLoad], steps: Ints) -> YearResult:
    grown = grow(network)
    buses, lines, transformers = len(network.buses), len(network.lines), len(network.transformers)
    found = _Extremes(
        voltage_min=np.full(buses, np.nan),
        voltage_min_step=np.full(buses, -1, dtype=np.int64),
        voltage_max=np.full(buses, np.nan),
        voltage_max_step=np.full(buses, -1, dtype=np.int64),
        line=np.zeros(lines),
        line_step=np.full(lines, steps[0], dtype=np.int64),
        transformer=np.zeros(transformers),
        transformer_step=np.full(transformers, steps[0], dtype=np.int64),
    )
    for one in grown:
        _add(network, one, extra, steps, found)
    hours = network.profiles.step_minutes / 60 if network.profiles else 1.0
    return YearResult(
        voltage_min_pu=found.voltage_min,
        voltage_min_step=found.voltage_min_step,
        voltage_max_pu=found.voltage_max,
        voltage_max_step=found.voltage_max_step,
        line_loading_max=found.line,
        line_loading_max_step=found.line_step,
        transformer_loading_max=found.transformer,
        transformer_loading_max_step=found.transformer_step,
        losses_kwh=found.losses_mw * 1e3 * hours,
        steps=len(steps),
        method="sweeps",
    )


def _add(network: Network, grown: _Grown, extra: Sequence[ExtraLoad], steps: Ints, found: _Extremes) -> None:
    """
    Solve one island and write its extremes to the network's columns.
    """
    tree, stubs = grown
    table = power_table(network, tree, extra)
    best, when, sums = solve_tree(network, tree, table, steps)
    taken = _taken(table, steps)
    found.losses_mw += float(sums[0] - sums[1]) - taken
    inside = np.flatnonzero(tree.node_of_bus >= 0)
    node = tree.node_of_bus[inside]
    per_unit = tree.scale_kv[node] / network.buses.nominal_kv[inside]
    found.voltage_min[inside], found.voltage_min_step[inside] = np.sqrt(best[0, node]) * per_unit, when[0, node]
    found.voltage_max[inside], found.voltage_max_step[inside] = np.sqrt(best[1, node]) * per_unit, when[1, node]
    with np.errstate(divide="ignore"):
        loading = np.sqrt(best[2]) / tree.rating
    for is_transformer, values, at_step in ((False, found.line, found.line_step), (True, found.transformer, found.transformer_step)):
        own = np.flatnonzero((tree.is_transformer == is_transformer) & (tree.element >= 0))
        values[tree.element[own]], at_step[tree.element[own]] = loading[own], when[2, own]
    for is_transformer, element, at, admittance, rating in stubs:
        volts = float(best[1, at])
        values, at_step = (found.transformer, found.transformer_step) if is_transformer else (found.line, found.line_step)
        values[element] = abs(admittance) * (volts if is_transformer else np.sqrt(volts)) / rating
        at_step[element] = when[1, at]


def solve_tree(network: Network, tree: Tree, table: tuple[object, ...], steps: Ints) -> tuple[Floats, Ints, Floats]:
    """
    Run the kernel over the steps, several shares at a time, and join their extremes.
    """
    from tongdian.engines.grid._flow import sweeps as _sweeps

    columns = tree.columns()
    own_g = own_shunts(network, tree)
    count = len(tree.parent)
    shares = np.array_split(steps, max(1, min(os.cpu_count() or 1, len(steps) // SMALLEST_SHARE)))

    def solve(share: Ints) -> tuple[Floats, Ints, Floats]:
        best, when, sums = np.empty((3, count)), np.empty((3, count), dtype=np.int64), np.empty(2)
        if _sweeps.extremes(columns, table, np.ascontiguousarray(share), own_g, best, when, sums) >= 0:
            raise UnsolvedError
        return best, when, sums

    if len(shares) == 1:
        return solve(shares[0])
    with ThreadPoolExecutor(len(shares)) as pool:
        results = list(pool.map(solve, shares))
    best, when, sums = results[0]
    for other, at, more in results[1:]:
        better = np.stack([other[0] < best[0], other[1] > best[1], other[2] > best[2]])
        best[better], when[better] = other[better], at[better]
        sums += more
    return best, when, sums


def _taken(table: tuple[object, ...], steps: Ints) -> float:
    """
    Return the sum of all consumption over the steps in MW.
    """
    _start, row, mw, _mvar, prof_p, _prof_q = table
    assert isinstance(row, np.ndarray)
    assert isinstance(mw, np.ndarray)
    assert isinstance(prof_p, np.ndarray)
    by_row = np.bincount(row, weights=mw, minlength=len(prof_p))
    return float(by_row @ prof_p[:, steps].sum(axis=1))
