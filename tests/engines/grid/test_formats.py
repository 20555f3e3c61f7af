"""
Files of other tools, read and written: voltages equal to the tool's own within 1e-6 p.u., and what is written is opened by the tool.
"""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.engines.grid.test_pandapower import feeder

from tongdian.engines import grid


@pytest.fixture(scope="module")
def pandapower():
    return pytest.importorskip("pandapower")


@pytest.fixture(scope="module")
def network(pandapower):
    net = feeder(pandapower)
    net.bus["geo"] = [json.dumps({"type": "Point", "coordinates": [118.8 + at / 100, 32.0]}) for at in range(7)]
    return grid.read_pandapower(pandapower.to_json(net), source="feeder")


def voltages(network):
    return grid.run_year(network).voltage_min_pu


def test_pandapower_opens_what_is_written_and_calculates_the_same(pandapower, network):
    net = pandapower.from_json_string(grid.write_pandapower(network))
    pandapower.runpp(net, trafo_model="pi", calculate_voltage_angles=True, tolerance_mva=1e-10)
    np.testing.assert_allclose(voltages(network), net.res_bus.vm_pu, atol=1e-6)


def test_a_network_comes_back_whole_from_pandapower_json(network):
    again = grid.read_network(grid.write_pandapower(network).encode())
    np.testing.assert_allclose(voltages(again), voltages(network), atol=1e-12)
    assert (again.buses.id.tolist(), again.switches.kind, again.buses.lon.tolist()) == (
        network.buses.id.tolist(), network.switches.kind, network.buses.lon.tolist(),
    )  # fmt: skip
    unlimited = replace(network, lines=replace(network.lines, rated_a=np.full(len(network.lines), np.inf)))
    assert np.isinf(grid.read_pandapower(grid.write_pandapower(unlimited)).lines.rated_a).all()


def solve(document):
    from power_grid_model import PowerGridModel
    from power_grid_model.utils import json_deserialize

    model = PowerGridModel(json_deserialize(document))
    node = model.calculate_power_flow(error_tolerance=1e-12)["node"]
    return np.where(node["energized"] > 0, node["u_pu"], np.nan)


def test_power_grid_model_opens_what_is_written_and_calculates_the_same(network):
    np.testing.assert_allclose(solve(grid.write_power_grid_model(network)), voltages(network), atol=1e-6)


def test_a_network_comes_back_whole_from_power_grid_model_json(network):
    again = grid.read_network(grid.write_power_grid_model(network).encode())
    np.testing.assert_allclose(voltages(again), voltages(network), atol=1e-9)
    assert {one.code for one in grid.check_network(again)} == {"no_supply"}


@pytest.mark.parametrize("step", [2.5, -2.5, 0.0])
@pytest.mark.parametrize("on_hv", [True, False])
def test_taps_of_either_direction_and_side_survive_power_grid_model(network, step, on_hv):
    rows = replace(network.transformers, tap_step_percent=np.array([step]), tap_on_hv=np.array([on_hv]), tap_position=np.array([2]))
    turned = replace(network, transformers=rows)
    text = grid.write_power_grid_model(turned)
    np.testing.assert_allclose(solve(text), voltages(turned), atol=1e-6)
    np.testing.assert_allclose(voltages(grid.read_power_grid_model(text)), voltages(turned), atol=1e-9)


def pgm(**components):
    """
    Source ── node 1 (10 kV) ── transformer 4 ── node 2 (400 V) ── line 5 ── node 3
    """
    data = {
        "node": [{"id": 1, "u_rated": 10e3}, {"id": 2, "u_rated": 400.0}, {"id": 3, "u_rated": 400.0}],
        "transformer": [
            {
                "id": 4, "from_node": 1, "to_node": 2, "from_status": 1, "to_status": 1, "u1": 10e3, "u2": 400.0, "sn": 4e5, "uk": 0.04,
                "pk": 3e3, "i0": 0.004, "p0": 500.0, "winding_from": 2, "winding_to": 1, "clock": 11, "tap_side": 0, "tap_pos": 1,
                "tap_min": 5, "tap_max": 1, "tap_nom": 3, "tap_size": 250.0,
            }
        ],
        "line": [{"id": 5, "from_node": 2, "to_node": 3, "from_status": 1, "to_status": 1, "r1": 0.08, "x1": 0.03, "c1": 1e-7, "tan1": 0.01}],
        "source": [{"id": 6, "node": 1, "status": 1, "u_ref": 1.02, "sk": 1e8, "rx_ratio": 0.2}],
        "sym_load": [{"id": 7, "node": 3, "status": 1, "type": 0, "p_specified": 3e4, "q_specified": 1e4}],
    }  # fmt: skip
    return json.dumps({"version": "1.0", "type": "input", "is_batch": False, "attributes": {}, "data": data | components})


def test_a_source_that_gives_way_and_a_reversed_tap_are_calculated_as_power_grid_model_does():
    text = pgm(
        sym_gen=[{"id": 8, "node": 2, "status": 1, "type": 0, "p_specified": 5e3, "q_specified": 0.0}],
        shunt=[{"id": 9, "node": 3, "status": 1, "g1": 0.001, "b1": 0.01}],
        link=[{"id": 10, "from_node": 2, "to_node": 3, "from_status": 0, "to_status": 1}],
        asym_load=[{"id": 11, "node": 3, "status": 1, "type": 0, "p_specified": [1e3, 1e3, 1e3], "q_specified": [0.0, 0.0, 0.0]}],
        sym_voltage_sensor=[{"id": 12, "measured_object": 1, "u_measured": 1e4, "u_sigma": 1.0}],
    )
    network = grid.read_network(text.encode())
    np.testing.assert_allclose(voltages(network)[:3], solve(text), atol=1e-6)
    assert (network.transformers.vector_group, network.lines.name) == (("Dyn11",), ("line 5", "impedance of source 6"))


def test_an_open_end_of_a_line_is_an_open_switch_and_unequal_phases_are_single_phases():
    line = json.loads(pgm())["data"]["line"][0]
    asym = [{"id": 7, "node": 2, "status": 1, "type": 0, "p_specified": [1e3, 0.0, 2e3], "q_specified": [0.0, 0.0, 0.5e3]}]
    text = pgm(line=[line | {"to_status": 0}, line | {"id": 12, "from_status": 0, "to_status": 0}], sym_load=[], asym_load=asym)
    network = grid.read_power_grid_model(text)
    assert (network.switches.kind, network.switches.closed.tolist()) == (("line",), [False])
    assert network.lines.in_service.tolist() == [True, False, True]
    assert (network.loads.phases, network.loads.p_kw.tolist(), network.loads.id.tolist()) == (("A", "C"), [1.0, 2.0], [7, 8])
    again = grid.read_power_grid_model(grid.write_power_grid_model(network))
    assert (again.loads.phases, again.loads.p_kw.tolist()) == (network.loads.phases, network.loads.p_kw.tolist())
    with pytest.raises(grid.UnwritableNetwork, match="load 7 has the phases A, which pandapower JSON cannot hold"):
        grid.write_pandapower(network)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"data": []}', "no input data of power-grid-model"),
        ('{"data": {}, "type": "update"}', "no input data of power-grid-model"),
        ('{"data": {}}', "no buses"),
        (pgm(three_winding_transformer=[{"id": 20}]), "“three_winding_transformer” .the first: 20."),
        (pgm(sym_load=[{"id": 7, "node": 3, "status": 1, "type": 1, "p_specified": 1.0, "q_specified": 0.0}]), "sym_load 7 depends on voltage"),
        (pgm(sym_load=[{"id": 7, "node": 9, "status": 1, "type": 0, "p_specified": 1.0, "q_specified": 0.0}]), "sym_load 7 stands at bus 9"),
        (pgm(sym_load=[{"id": 7, "node": 3, "status": 1, "type": 0, "q_specified": 0.0}]), "sym_load 7 lacks “p_specified”"),
        (pgm(asym_load=[{"id": 7, "node": 3, "status": 1, "type": 0, "p_specified": 1.0, "q_specified": 0.0}]), "asym_load 7 has no usable “p_specified”"),
        (pgm(line=[{"id": 5, "from_node": 2, "to_node": 3, "from_status": 1, "to_status": 1, "x1": 0.03}]), "line 5 lacks “r1”"),
        (pgm(node=[{"id": 1.5, "u_rated": 1.0}]), "node “1.5” is not numbered"),
    ],
)  # fmt: skip
def test_what_power_grid_model_can_say_and_we_cannot_calculate_is_refused_by_name(text, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(text.encode())


def test_compact_rows_are_read_and_an_odd_shift_cannot_be_written(network):
    held = json.loads(pgm())
    held["attributes"] = {"node": ["id", "u_rated"]}
    held["data"]["node"] = [[1, 10e3], [2, 400.0], [3, 400.0]]
    assert grid.read_power_grid_model(json.dumps(held)).buses.nominal_kv[:3].tolist() == [10.0, 0.4, 0.4]
    odd = replace(network, transformers=replace(network.transformers, shift_degree=np.array([7.5])))
    with pytest.raises(grid.UnwritableNetwork, match=r"shifts by 7\.5°"):
        grid.write_power_grid_model(odd)
    two = grid.read_pandapower(two_buses())
    with pytest.raises(grid.UnwritableNetwork, match="Line 7 has the phases AB"):
        grid.write_power_grid_model(replace(two, lines=replace(two.lines, phases=("AB",))))
    assert math.isnan(two.lines.r0_ohm_per_km[0])


def test_a_geopackage_has_a_layer_of_each_kind_in_wgs84_and_comes_back_whole(network, tmp_path):
    pyogrio = pytest.importorskip("pyogrio")
    course = np.array([[118.80, 32.0], [118.81, 32.1], [118.82, 32.0]])
    drawn = replace(
        network, lines=replace(network.lines, path=(course, *network.lines.path[1:]), rated_a=np.array([300.0, np.inf, 1.0, 2.0]))
    )
    grid.write_geopackage(drawn, tmp_path / "net.gpkg")
    kinds = dict(pyogrio.list_layers(tmp_path / "net.gpkg").tolist())
    assert (kinds["lines"], kinds["buses"], kinds["network"]) == ("LineString", "Point", None)
    again = grid.read_network(tmp_path / "net.gpkg")
    np.testing.assert_allclose(voltages(again), voltages(network), atol=1e-12)
    assert again.fingerprint() == drawn.fingerprint()
    assert ([path is None for path in again.lines.path], again.lines.path[0].tolist()) == ([False, True, True, True], course.tolist())
    assert again.source == "feeder"
    assert [path.name for path in tmp_path.iterdir()] == ["net.gpkg"]


def test_a_network_without_places_or_elements_is_a_geopackage_too(tmp_path):
    network = grid.read_pandapower(two_buses())
    grid.write_geopackage(network, tmp_path / "net.gpkg")
    assert grid.read_network(tmp_path / "net.gpkg").fingerprint() == network.fingerprint()


def test_a_geopackage_of_something_else_or_elsewhere_is_refused(network, tmp_path):
    raw = pytest.importorskip("pyogrio.raw")
    path = tmp_path / "a.gpkg"
    column = [np.array([1])]
    raw.write(str(path), None, column, ["number"], layer="towns", driver="GPKG", geometry_type=None)
    with pytest.raises(grid.UnreadableNetwork, match="GeoPackage is no network"):
        grid.read_network(path)
    grid.write_geopackage(network, path)
    place = np.array([bytes.fromhex("0101000000" + "00" * 16)], dtype=object)
    raw.write(str(path), place, column, ["number"], layer="buses", driver="GPKG", geometry_type="Point", crs="EPSG:3857", append=False)
    with pytest.raises(grid.UnreadableNetwork, match="not in WGS84"):
        grid.read_network(path)
    raw.write(str(path), place, column, ["number"], layer="buses", driver="GPKG", geometry_type="Point", crs="EPSG:4326", append=False)
    with pytest.raises(grid.UnreadableNetwork, match="“bus” lacks the column “name”"):
        grid.read_network(path)
    with pytest.raises(grid.UnreadableNetwork):
        grid.read_network(b"SQLite format 3\0" + b"\1" * 200)
