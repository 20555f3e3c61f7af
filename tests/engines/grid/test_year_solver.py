"""
Our own sweeps against the reference, on a real network and on everything that makes networks different.
"""

import gzip

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import SWITCH, frame

from tongdian.engines import grid
from tongdian.kit.tables import data_file

COLUMNS = ("voltage_min_pu", "voltage_max_pu", "line_loading_max", "transformer_loading_max")


@pytest.fixture(scope="module")
def schutterwald():
    document = gzip.decompress(data_file("networks/lv_schutterwald.json.gz").read_bytes())
    return grid.synthetic_year(grid.read_pandapower(document), seed=3, step_minutes=60)


def compare(network, extra=(), steps=None):
    ours = grid.run_year(network, extra, steps=steps)
    reference = grid.run_year(network, extra, steps=steps, solver="power_grid_model")
    assert (ours.method, reference.method) == ("sweeps", "power-grid-model")
    for name in COLUMNS:
        one, other = getattr(ours, name), getattr(reference, name)
        assert (np.isnan(one) == np.isnan(other)).all(), name
        assert np.nanmax(np.abs(one - other), initial=0.0) < 2e-8, name
    assert ours.losses_kwh == pytest.approx(reference.losses_kwh, abs=1e-6 * abs(reference.losses_kwh) + 1e-3)
    return ours


def test_islands_of_a_real_network_with_added_loads(schutterwald):
    rng = np.random.default_rng(1)
    for transformer in (0, 3, 7):
        island = grid.island_at(schutterwald, int(schutterwald.transformers.lv_bus[transformer]))
        steps = np.sort(rng.choice(island.profiles.steps, 500, replace=False))
        buses = rng.choice(len(island.buses), 3, replace=False)
        shape = rng.uniform(0, 1, island.profiles.steps)
        extra = [grid.ExtraLoad(bus=int(bus), p_kw=8.0, q_kvar=2.0, shape=shape if at else None) for at, bus in enumerate(buses)]
        compare(island, extra, steps)


def test_all_islands_that_are_radial_at_once(schutterwald):
    radial = [
        at
        for at in range(len(schutterwald.transformers))
        if grid.run_year(grid.island_at(schutterwald, int(schutterwald.transformers.lv_bus[at])), steps=np.array([0])).method == "sweeps"
    ]
    assert len(radial) == 13  # the fourteenth holds a closed loop


def test_a_loop_is_left_to_the_reference(schutterwald):
    methods = {
        grid.run_year(grid.island_at(schutterwald, int(bus)), steps=np.array([0])).method for bus in schutterwald.transformers.lv_bus
    }
    assert methods == {"sweeps", "power-grid-model"}


def test_a_line_with_an_open_end_carries_its_charging_current():
    switch = frame(SWITCH, [[20, 7, "l", "CB", False, None, 0.0]])
    ours = compare(grid.read_pandapower(two_buses(switch=switch)))
    assert ours.line_loading_max[0] >= 0.0
    assert np.isnan(ours.voltage_min_pu[1])


def test_generation_and_a_bus_out_of_service():
    generator = frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["PV", 20, 0.05, 0.01, 1.0, True]])
    compare(grid.synthetic_year(grid.read_pandapower(two_buses(sgen=generator)), seed=4, step_minutes=60))


def test_shares_of_a_long_year_join_to_the_same_extremes(monkeypatch):
    from tongdian.engines.grid import _solver

    network = grid.synthetic_year(grid.read_pandapower(two_buses()), seed=4, step_minutes=60)
    whole = grid.run_year(network)
    monkeypatch.setattr(_solver, "SMALLEST_SHARE", 500)
    monkeypatch.setattr(_solver.os, "cpu_count", lambda: 7)
    shared = grid.run_year(network)
    for name in (*COLUMNS, "voltage_min_step", "voltage_max_step", "line_loading_max_step"):
        assert np.array_equal(getattr(shared, name), getattr(whole, name), equal_nan=True), name
    assert shared.losses_kwh == pytest.approx(whole.losses_kwh, rel=1e-9)


def test_what_collapses_is_left_to_the_reference():
    with pytest.raises(grid.NoPowerFlow, match="step 0"):
        grid.run_year(grid.read_pandapower(two_buses(p_mw=1.0)))
