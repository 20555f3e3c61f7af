import math
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, SWITCH, document, frame

from tongdian.engines import grid
from tongdian.engines.grid._flow import pgm
from tongdian.kit.tables import data_file


@pytest.fixture(scope="module")
def schutterwald():
    import gzip

    return grid.read_pandapower(gzip.decompress(data_file("networks/lv_schutterwald.json.gz").read_bytes()), source="Schutterwald")


def test_two_buses_agree_with_the_closed_form():
    """A resistive line: v² - v + p·r = 0 in per unit."""
    result = grid.run_year(grid.read_pandapower(two_buses(p_mw=0.03)))
    p_r = 0.03 / 0.4**2 * (0.5 * 0.4)
    voltage = (1 + math.sqrt(1 - 4 * p_r)) / 2
    assert result.voltage_min_pu[1] == pytest.approx(voltage, abs=1e-8)
    current_a = 30e3 / (math.sqrt(3) * 400 * voltage)
    assert result.line_loading_max[0] == pytest.approx(current_a / 200, rel=1e-6)
    assert result.losses_kwh == pytest.approx(3 * current_a**2 * 0.2 / 1e3, rel=1e-5)


def test_voltages_and_loadings_of_a_real_network_equal_pandapowers(schutterwald, tmp_path):
    import gzip

    import pandapower

    source = tmp_path / "net.json"
    source.write_bytes(gzip.decompress(data_file("networks/lv_schutterwald.json.gz").read_bytes()))
    net = pandapower.from_json(str(source))
    pandapower.runpp(net, trafo_model="pi", trafo_loading="power", tolerance_mva=1e-9, init="dc")
    ours = grid.run_year(schutterwald)
    assert np.nanmax(np.abs(ours.voltage_min_pu - net.res_bus.vm_pu.loc[schutterwald.buses.id])) < 1e-6
    assert np.nanmax(np.abs(ours.line_loading_max * 100 - net.res_line.loading_percent.loc[schutterwald.lines.id])) < 1e-4
    assert np.nanmax(np.abs(ours.transformer_loading_max * 100 - net.res_trafo.loading_percent.loc[schutterwald.transformers.id])) < 1e-3
    assert ours.losses_kwh == pytest.approx((net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()) * 1e3, rel=1e-5)


def test_the_real_network_falls_into_its_fourteen_islands(schutterwald):
    labels = grid.island_labels(schutterwald)
    assert len(set(labels.tolist())) == 14
    bus = int(schutterwald.transformers.lv_bus[0])
    island = grid.island_at(schutterwald, bus)
    assert len(island.buses) == int((labels == labels[bus]).sum())
    assert (len(island.transformers), len(island.sources)) == (1, 1)


def test_an_island_alone_gives_the_same_voltages_as_in_its_network(schutterwald):
    island = grid.island_at(schutterwald, int(schutterwald.transformers.lv_bus[2]))
    whole, alone = grid.run_year(schutterwald).voltage_min_pu, grid.run_year(island).voltage_min_pu
    there = [grid.position_of(schutterwald.buses, identifier) for identifier in island.buses.id]
    assert np.max(np.abs(whole[there] - alone)) < 1e-8


def test_extremes_are_those_of_single_steps():
    network = grid.synthetic_year(grid.read_pandapower(two_buses()), seed=4)
    steps = np.arange(400, 600)
    result = grid.run_year(network, steps=steps)
    voltages = grid.solve_voltages(network, steps=steps)[:, 1]
    assert result.voltage_min_pu[1] == pytest.approx(voltages.min(), abs=1e-8)
    assert result.voltage_min_step[1] == steps[voltages.argmin()]
    assert result.voltage_max_step[1] == steps[voltages.argmax()]
    assert result.steps == 200


def test_a_whole_year_in_batches_equals_one_run(monkeypatch):

    network = grid.synthetic_year(grid.read_pandapower(two_buses()), seed=4, step_minutes=60)
    whole = grid.run_year(network, solver="power_grid_model")
    monkeypatch.setattr(pgm, "CHUNK_VALUES", 2000)
    batched = grid.run_year(network, solver="power_grid_model")
    assert (batched.voltage_min_pu == whole.voltage_min_pu).all()
    assert (batched.line_loading_max_step == whole.line_loading_max_step).all()
    assert batched.losses_kwh == pytest.approx(whole.losses_kwh)


def test_an_extra_load_is_a_load():
    more = grid.run_year(grid.read_pandapower(two_buses(p_mw=0.03)), [grid.ExtraLoad(bus=1, p_kw=10.0, q_kvar=0.0)])
    same = grid.run_year(grid.read_pandapower(two_buses(p_mw=0.04)))
    assert more.voltage_min_pu[1] == pytest.approx(same.voltage_min_pu[1], abs=1e-12)


def test_generation_raises_the_voltage():
    generator = frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["PV", 20, 0.05, 0.0, 1.0, True]])
    result = grid.run_year(grid.read_pandapower(two_buses(sgen=generator)))
    assert result.voltage_max_pu[1] > 1.0
    found = grid.violations(grid.read_pandapower(two_buses(sgen=generator)), result, grid.Limits(voltage_max_pu=1.01))
    assert [(item.kind, item.element_id) for item in found] == [("voltage_high", 20)]


def test_violations_name_the_element_and_the_worst_comes_first():
    network = grid.read_pandapower(two_buses(p_mw=0.1))
    found = grid.violations(network, grid.run_year(network), grid.Limits(line_loading=0.5))
    assert [(item.kind, item.element_kind, item.element_id) for item in found] == [("line_loading", "line", 7), ("voltage_low", "bus", 20)]
    assert found[0].excess > found[1].excess


def test_a_network_that_collapses_is_refused_with_the_step():
    with pytest.raises(grid.NoPowerFlow, match="step 0"):
        grid.run_year(grid.read_pandapower(two_buses(p_mw=1.0)))


def test_the_step_that_collapses_is_told_by_its_number_in_the_year(monkeypatch):
    network = grid.synthetic_year(grid.read_pandapower(two_buses()), seed=4, step_minutes=60)
    load = np.zeros(8760)
    load[5000] = 1.0
    monkeypatch.setattr(pgm, "CHUNK_VALUES", 2000)
    for steps, step in ((None, 5000), (np.array([17, 5000, 20]), 5000)):
        with pytest.raises(grid.NoPowerFlow) as refused:
            grid.run_year(network, (grid.ExtraLoad(bus=1, p_kw=5e4, q_kvar=0.0, shape=load),), solver="power_grid_model", steps=steps)
        assert refused.value.values["step"] == step


def test_a_bus_without_supply_has_no_voltage():
    switch = frame(SWITCH, [[10, 7, "l", "CB", False, None, 0.0]])
    result = grid.run_year(grid.read_pandapower(two_buses(switch=switch)))
    assert math.isnan(result.voltage_min_pu[1])
    assert result.voltage_min_step[1] == -1


def test_a_closed_coupler_joins_two_buses_and_an_open_one_does_not():
    for closed in (True, False):
        tables = {
            "bus": frame(BUS, [["A", 0.4, "b", None, True, None], ["B", 0.4, "b", None, True, None]]),
            "switch": frame(SWITCH, [[0, 1, "b", "CB", closed, None, 0.0]]),
            "load": frame(LOAD, [["H", 1, 0.01, 0.0, 1.0, True, "HH"]]),
            "line": frame(LINE, []),
            "ext_grid": frame(SOURCE, [["G", 0, 1.02, 0.0, True]]),
        }
        network = grid.read_pandapower(document(**tables))
        voltage = grid.run_year(network).voltage_min_pu[1]
        assert (voltage == pytest.approx(1.02)) if closed else math.isnan(voltage)
        assert len(grid.island_at(network, 1).buses) == (2 if closed else 1)


def test_a_mesh_is_solved():
    """
    Source 0 ── 1
          │    │        every line alike: 1 and 2 are fed from two sides
          2 ───┘
    """
    lines = [[f"L{i}", "t", a, b, 0.1, 0.5, 0.1, 0.0, 0.0, 0.2, 1.0, 1, True, None] for i, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)])]
    tables = {
        "bus": frame(BUS, [[name, 0.4, "b", None, True, None] for name in "SAB"]),
        "line": frame(LINE, lines),
        "load": frame(LOAD, [["H", 1, 0.03, 0.01, 1.0, True, "HH"], ["H", 2, 0.03, 0.01, 1.0, True, "HH"]]),
        "ext_grid": frame(SOURCE, [["G", 0, 1.0, 0.0, True]]),
    }
    result = grid.run_year(grid.read_pandapower(document(**tables)))
    assert result.voltage_min_pu[1] == pytest.approx(result.voltage_min_pu[2], abs=1e-9)
    assert result.line_loading_max[2] == pytest.approx(0.0, abs=1e-9)


def test_the_fingerprint_follows_what_decides_results_and_nothing_else():
    network = grid.read_pandapower(two_buses())
    renamed = replace(network, buses=replace(network.buses, name=("X", "Y")), source="elsewhere")
    changed = replace(network, loads=replace(network.loads, p_kw=network.loads.p_kw + 1))
    assert network.fingerprint() == renamed.fingerprint() != changed.fingerprint()
    assert grid.synthetic_year(network, seed=1).fingerprint() != grid.synthetic_year(network, seed=2).fingerprint()
