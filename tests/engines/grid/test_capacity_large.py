"""
Additions that are large beside the loads, at power factors and reactances where voltages hardly follow them: every step, and on the way.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._capacity.scan import margins
from tongdian.engines.grid._capacity.search import Study
from tongdian.engines.grid._flow.powers import power_table
from tongdian.engines.grid._flow.radial import trees

LIMITS = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)


@pytest.fixture(scope="module")
def feeder():
    """
    A made-up 10 kV feeder of 29 buses: cable, stations, low voltage with roofs.
    """
    town = grid.Town(connections=40, per_feeder=20, step_minutes=60, seed=3, roof_share=0.5)
    return grid.generate_feeder(town, 0)


def holds(network, bus, kw, tan, limits=LIMITS):
    extra = grid.ExtraLoad(bus=grid.position_of(network.buses, bus), p_kw=kw, q_kvar=kw * tan)
    year = grid.run_year(network, (extra,))
    loading = max(np.nanmax(year.line_loading_max), np.nanmax(year.transformer_loading_max))
    low, high = np.nanmin(year.voltage_min_pu), np.nanmax(year.voltage_max_pu)
    return bool(loading < 1 + 1e-8 and low > limits.voltage_min_pu - 1e-8 and high < limits.voltage_max_pu + 1e-8)


def exact_on_the_whole_way(network, power_factor, *, generation, limits=LIMITS):
    table = grid.capacity(network, limits, power_factor=power_factor, generation=generation)
    sign, tan = -1.0 if generation else 1.0, math.sqrt(1 / power_factor**2 - 1)
    for bus, kw in zip(table.bus[::3], table.capacity_kw[::3], strict=True):
        for share in (0.3, 0.8, 1 - 1e-6):
            assert holds(network, bus, sign * kw * share, tan, limits), (bus, kw, share)
        assert not holds(network, bus, sign * (kw * (1 + 1e-6) + 1e-3), tan, limits), (bus, kw)
    return table


@pytest.mark.parametrize("generation", [False, True])
@pytest.mark.parametrize("power_factor", [1.0, 0.95])
def test_an_addition_large_beside_the_loads_is_answered_by_bounds_and_exact(feeder, power_factor, generation):
    small = replace(feeder, loads=replace(feeder.loads, p_kw=feeder.loads.p_kw * 0.2, q_kvar=feeder.loads.q_kvar * 0.2))
    table = exact_on_the_whole_way(small, power_factor, generation=generation)
    assert set(table.method) == {"bounds"}
    assert table.looked_at.max() < small.profiles.steps / 20


@pytest.mark.parametrize("generation", [False, True])
def test_a_transformer_of_hardly_any_resistance_is_answered_by_bounds_and_exact(feeder, generation):
    """
    At a power factor of 1 its voltage follows the losses only, first up and then down.
    """
    rows = feeder.transformers
    reactive = replace(feeder, transformers=replace(rows, vkr_percent=rows.vkr_percent * 0.01))
    table = exact_on_the_whole_way(reactive, 1.0, generation=generation)
    assert set(table.method) == {"bounds"}


def test_reverse_flow_that_first_falls_and_then_grows_is_exact(feeder):
    sunny = replace(feeder, generators=replace(feeder.generators, p_kw=feeder.generators.p_kw * 1.5))
    exact_on_the_whole_way(sunny, 0.95, generation=False)


def test_very_long_lines_are_exact_whether_bounds_say_something_or_not(feeder):
    """
    Losses near those of collapse: the slopes of the bounds are too steep for some buses.
    """
    far = replace(feeder, lines=replace(feeder.lines, length_m=feeder.lines.length_m * 6))
    wide = grid.Limits(voltage_min_pu=0.75, voltage_max_pu=1.3)
    exact_on_the_whole_way(far, 0.9, generation=False, limits=wide)
    exact_on_the_whole_way(far, 0.9, generation=True, limits=wide)


def test_an_answer_a_trace_too_large_is_taken_back(feeder):
    (tree,) = trees(feeder, LIMITS, bundled=True)
    steps = np.ones(feeder.profiles.steps)
    study = Study(tree, power_table(feeder, tree), (1.0, 0.3), steps)
    answer = study.answer()
    found = study._nothing()
    found.x[:], found.at[:] = answer.kw / 1e3 * (1 + 1e-7), answer.at
    study._confirm(found, study.asked)
    assert not found.failed[study.asked].any()
    assert (found.kind == answer.kind).all()
    assert found.x[study.asked] == pytest.approx(answer.kw[study.asked] / 1e3, rel=3e-8)
    margin = margins(tree, study.csr, study.k, study.asked, found.x[study.asked], found.at[study.asked])[0]
    assert (margin > -1e-9).all()
