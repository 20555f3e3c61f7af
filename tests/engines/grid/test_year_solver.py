"""
Our own sweeps against the reference, on a real network and on everything that makes networks different.
"""

import gzip

import numpy as np
import pytest
from tests.engines.grid.documents import TRAFO, two_buses
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, SWITCH, document, frame

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


def test_a_real_network_with_a_closed_loop(schutterwald):
    from tongdian.engines.grid._flow.radial import trees

    assert sorted(len(tree.loops) for tree in trees(schutterwald, grid.Limits())) == [0] * 13 + [1]
    compare(schutterwald, steps=np.arange(0, 8760, 50))


def square(**changes):
    """
    20 kV source 0 ══ T1, T2 side by side ══ 1 ── 2 ── 3 ── 1: two loops, the transformers' taps differ
    """
    trafo = ["T", "0.25", 0, 1, 0.25, 10.0, 0.4, 4.0, 1.3, 0.6, 0.9, 150.0, "hv", 0, -2, 2, -1, 2.5, 1, True]
    lines = [[at, "t", *ends, 0.2, 0.4, 0.1, 500.0, 0.0, 0.2, 1.0, 1, True, None] for at, ends in enumerate([(1, 2), (2, 3), (3, 1)])]
    return document(
        bus=frame(BUS, [[f"B{at}", 0.4 if at else 10.0, "b", None, True, None] for at in range(4)]),
        line=frame(LINE, lines),
        trafo=frame(TRAFO, [trafo, [*trafo[:16], 0, *trafo[17:]]]),
        load=frame(LOAD, [["A", 2, 0.03, 0.01, 1.0, True, "HH"], ["B", 3, 0.05, 0.01, 1.0, True, "HP"]]),
        **{"ext_grid": frame(SOURCE, [["G", 0, 1.01, 0.0, True]]), **changes},
    )


def test_transformers_side_by_side_with_different_taps_drive_a_current_around():
    year = compare(grid.synthetic_year(grid.read_pandapower(square()), seed=5, step_minutes=60))
    assert year.losses_kwh > 0


def test_a_second_source_with_an_angle_of_its_own():
    sources = frame(SOURCE, [["G", 0, 1.01, 0.0, True], ["H", 3, 1.0, -150.5, True]])
    compare(grid.synthetic_year(grid.read_pandapower(square(ext_grid=sources)), seed=5, step_minutes=60))


def test_a_line_with_an_open_end_carries_its_charging_current():
    switch = frame(SWITCH, [[20, 7, "l", "CB", False, None, 0.0]])
    ours = compare(grid.read_pandapower(two_buses(switch=switch)))
    assert ours.line_loading_max[0] >= 0.0
    assert np.isnan(ours.voltage_min_pu[1])


def test_generation_and_a_bus_out_of_service():
    generator = frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["PV", 20, 0.05, 0.01, 1.0, True]])
    compare(grid.synthetic_year(grid.read_pandapower(two_buses(sgen=generator)), seed=4, step_minutes=60))


def test_shares_of_a_long_year_join_to_the_same_extremes(monkeypatch):
    from tongdian.engines.grid._flow import solver as _solver

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
