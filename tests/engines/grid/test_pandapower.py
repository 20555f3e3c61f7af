"""
Unusual pandapower files: read as pandapower itself reads them, or refused by name.
"""

import json
import math

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import LOAD, SWITCH, document, frame

from tongdian.engines import grid


@pytest.fixture(scope="module")
def pandapower():
    return pytest.importorskip("pandapower")


def feeder(pp):
    """
    20 kV ext ──┬─ closed bus-bus switch ── 1 ══ two parallel lines ══ 2 ── transformer 2x ── 3 ── 400 m ── 4
                └─ (bus 0)                                     2 ── open far end ── 5     4 ── out of service ── 6
    """
    net = pp.create_empty_network()
    for kv in (20.0, 20.0, 20.0, 0.4, 0.4, 20.0, 0.4):
        pp.create_bus(net, vn_kv=kv)
    pp.create_ext_grid(net, 0, vm_pu=1.02)
    pp.create_switch(net, 0, 1, et="b")
    cable = {"r_ohm_per_km": 0.2, "x_ohm_per_km": 0.12, "c_nf_per_km": 250.0, "max_i_ka": 0.3, "g_us_per_km": 1.0}
    pp.create_line_from_parameters(net, 1, 2, 3.0, parallel=2, df=0.9, **cable)
    pp.create_line_from_parameters(net, 2, 5, 2.0, **cable)
    pp.create_switch(net, 5, 1, et="l", closed=False)
    pp.create_transformer_from_parameters(
        net, 2, 3, sn_mva=0.4, vn_hv_kv=20.0, vn_lv_kv=0.4, vkr_percent=1.4, vk_percent=6.0, pfe_kw=1.0, i0_percent=0.3, parallel=2,
        shift_degree=150, tap_side="lv", tap_neutral=0, tap_min=-2, tap_max=2, tap_step_percent=2.5, tap_pos=1, tap_changer_type="Ratio",
    )  # fmt: skip
    low = {"r_ohm_per_km": 0.2, "x_ohm_per_km": 0.08, "c_nf_per_km": 600.0, "max_i_ka": 0.27}
    pp.create_line_from_parameters(net, 3, 4, 0.4, **low)
    pp.create_line_from_parameters(net, 4, 6, 0.1, in_service=False, **low)
    pp.create_load(net, 4, p_mw=0.05, q_mvar=0.02, scaling=1.3)
    pp.create_load(net, 4, p_mw=5.0, in_service=False)
    pp.create_sgen(net, 3, p_mw=0.02, q_mvar=-0.005, scaling=0.5)
    pp.create_shunt(net, 2, q_mvar=-0.1, p_mw=0.001, step=2, vn_kv=21.0)
    net.bus.index = [10, 11, 12, 13, 14, 15, 16]  # identifiers are not positions
    for table, columns in {
        "ext_grid": ["bus"], "line": ["from_bus", "to_bus"], "trafo": ["hv_bus", "lv_bus"], "load": ["bus"], "sgen": ["bus"], "shunt": ["bus"],
        "switch": ["bus"],
    }.items():  # fmt: skip
        net[table][columns] += 10
    net.switch.loc[0, "element"] += 10
    return net


def voltages(network):
    """The year's first voltages, as pandapower numbers its buses; NaN where there is none."""
    result = grid.run_year(network)
    return dict(zip(network.buses.id.tolist(), result.voltage_min_pu.tolist(), strict=True)), result


def agree(pp, net):
    pp.runpp(net, trafo_model="pi", calculate_voltage_angles=True, tolerance_mva=1e-10)
    ours, result = voltages(grid.read_pandapower(pp.to_json(net)))
    for bus, expected in net.res_bus.vm_pu.items():
        assert ours[bus] == pytest.approx(expected, abs=1e-6, nan_ok=True), bus
    return result


def test_a_feeder_of_everything_unusual_agrees_with_pandapower(pandapower):
    net = feeder(pandapower)
    result = agree(pandapower, net)
    assert result.line_loading_max[0] * 100 == pytest.approx(net.res_line.loading_percent[0], abs=1e-3)


@pytest.mark.parametrize(
    "tap",
    [
        {"tap_side": "hv", "tap_pos": -2},
        {"tap_changer_type": None},
        {"tap_changer_type": "Symmetrical"},
        {"tap_side": None},
        {"tap_pos": math.nan},
        {"tap_step_percent": 0.0},
    ],
)
def test_taps_count_as_pandapower_counts_them(pandapower, tap):
    net = feeder(pandapower)
    for name, value in tap.items():
        net.trafo[name] = value
    agree(pandapower, net)


def test_files_of_pandapower_2_turn_taps_by_their_step_and_keep_coordinates_apart():
    trafo = ["hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "tap_side", "tap_neutral", "tap_pos",
             "tap_step_percent", "tap_step_degree", "tap_phase_shifter"]  # fmt: skip
    old = json.loads(
        two_buses(
            trafo=frame(trafo, [[10, 20, 0.4, 20.0, 0.4, 6.0, 1.0, "hv", 0, 1.0, 2.5, None, False]]),
            bus_geodata=frame(["x", "y", "coords"], [[118.8, 32.0, None], [1e6, 5e6, None]], [10, 20]),
            line_geodata=frame(["coords"], [[[[118.8, 32.0], [118.9, 32.1]]]], [7]),
        )
    )
    old["_object"] |= {"format_version": "2.14.0"}
    network = grid.read_pandapower(json.dumps(old))
    assert network.transformers.tap_position.tolist() == [1]
    assert (network.buses.lon[0], bool(np.isnan(network.buses.lon[1]))) == (118.8, True)
    assert network.lines.path[0].tolist() == [[118.8, 32.0], [118.9, 32.1]]


def changed(pp, change):
    net = feeder(pp)
    change(net)
    return pp.to_json(net)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda net: net.trafo.__setitem__("tap_step_degree", 10.0), "transformer 0 turns the phase"),
        (lambda net: net.trafo.__setitem__("tap_changer_type", "Ideal"), "transformer 0 turns the phase"),
        (lambda net: net.trafo.__setitem__("tap_pos", 0.5), "transformer 0 has no usable “tap_pos”"),
        (lambda net: net.trafo.__setitem__("tap_dependency_table", value=True), "transformer 0 has tables by tap position"),
        (lambda net: net.line.__setitem__("parallel", 1.5), "line 0 has no usable “parallel”: 1.5"),
        (lambda net: net.line.__setitem__("r_ohm_per_km", math.nan), "line 0 lacks “r_ohm_per_km”"),
        (lambda net: net.load.__setitem__("bus", 99), "load 0 stands at bus 99"),
        (lambda net: net.shunt.__setitem__("step_dependency_table", value=True), "shunt 0 has a table of steps"),
        (lambda net: net.switch.__setitem__("z_ohm", 0.1), "switch 0 has an impedance"),
        (lambda net: net.switch.__setitem__("bus", 14), "switch 1 stands at bus 14, which is no end of its line 1"),
    ],
)  # fmt: skip
def test_what_pandapower_can_say_and_we_cannot_calculate_is_refused_by_name(pandapower, change, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_pandapower(changed(pandapower, change))


@pytest.mark.parametrize("kind", ["ward", "xward", "gen", "storage", "trafo3w", "dcline", "impedance", "asymmetric_load", "of_tomorrow"])
def test_elements_of_any_other_kind_are_refused_by_name_unless_out_of_service(kind):
    with pytest.raises(grid.UnreadableNetwork, match=f"“{kind}” .first in service: 4."):
        grid.read_pandapower(two_buses(**{kind: frame(["bus", "in_service"], [[10, False], [10, True]], [3, 4])}))
    assert len(grid.read_pandapower(two_buses(**{kind: frame(["bus", "in_service"], [[10, False]])})).loads) == 1


def test_two_equal_sources_at_one_bus_are_one_and_unequal_ones_are_refused():
    def sources(volts):
        return two_buses(ext_grid=frame(["bus", "vm_pu", "va_degree", "in_service"], [[10, 1.0, 0.0, True], [10, volts, 0.0, True]]))

    assert grid.read_pandapower(sources(1.0)).sources.in_service.tolist() == [True, False]
    with pytest.raises(grid.UnreadableNetwork, match="sources 0 and 1 stand at one bus"):
        grid.read_pandapower(sources(1.01))


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"load": {"_object": "{"}}, "table “load” of the document is broken"),
        ({"load": {"_object": {"columns": ["a"], "index": [0], "data": [[1, 2]]}}}, "table “load” of the document is broken"),
        ({"load": frame(LOAD, [["H", 20, 0.1, 0.0, 1.0, "perhaps", "HH"]])}, "load 0 has no usable “in_service”: perhaps"),
        ({"load": frame(LOAD, [["H", 20, 10**400, 0.0, 1.0, True, "HH"]])}, "load 0 has no usable “p_mw”"),
        ({"load": frame(LOAD, [["H", [20], 0.1, 0.0, 1.0, True, "HH"]])}, "load 0 stands at bus"),
        ({"load": frame(LOAD, [["H", 20, 0.1, 0.0, 1.0, True, "HH"]] * 2, [1, 1])}, "load 1 stands twice"),
        ({"load": frame(LOAD, [["H", 20, 0.1, 0.0, 1.0, True, "HH"]], ["x"])}, "load “x” is not numbered"),
        ({"f_hz": "fast"}, "frequency “fast”"),
        ({"switch": frame(SWITCH, [[10, [7], "l", "CB", True, None, 0.0]])}, "switch 0 acts on l"),
    ],
)
def test_a_damaged_table_is_refused_by_name(tables, reason):
    whole = json.loads(two_buses())
    whole["_object"] |= tables
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_pandapower(json.dumps(whole))


def test_switches_of_three_winding_transformers_out_of_service_are_passed_over():
    text = two_buses(
        trafo3w=frame(["hv_bus", "in_service"], [[10, False]], [4]), switch=frame(SWITCH, [[10, 4, "t3", "CB", True, None, 0.0]])
    )
    assert len(grid.read_pandapower(text).switches) == 0


def test_an_empty_document_has_no_buses():
    with pytest.raises(grid.UnreadableNetwork, match="no buses"):
        grid.read_pandapower(document())
