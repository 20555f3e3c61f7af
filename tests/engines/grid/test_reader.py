import json

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, SWITCH, document, frame

from tongdian.engines import grid


def test_identifiers_are_those_of_the_source_and_positions_are_not():
    network = grid.read_pandapower(two_buses())
    assert network.buses.id.tolist() == [10, 20]
    assert (network.lines.from_bus.tolist(), network.lines.to_bus.tolist()) == ([0], [1])
    assert grid.position_of(network.buses, 20) == 1
    with pytest.raises(grid.UnknownElement, match="99"):
        grid.position_of(network.buses, 99)


def test_units_are_those_of_the_names():
    network = grid.read_pandapower(two_buses(p_mw=0.03))
    assert (network.lines.length_m[0], network.lines.rated_a[0], network.loads.p_kw[0]) == (400.0, 200.0, 30.0)


def test_columns_cannot_be_changed_by_accident():
    network = grid.read_pandapower(two_buses())
    with pytest.raises(ValueError, match="read-only"):
        network.loads.p_kw[0] = 1.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no pandapower JSON"),
        ("[]", "no pandapower JSON"),
        ('{"_object": {"format_version": "1.0"}}', "not known"),
        (document(), "no buses"),
        (two_buses(gen=frame(["bus", "in_service"], [[10, True]])), "gen"),
        (two_buses(load=frame(LOAD, [["H", 99, 0.1, 0.0, 1.0, True, "HH"]], [3])), "load 3 stands at bus 99"),
        (two_buses(load=frame(LOAD, [["H", 20, None, 0.0, 1.0, True, "HH"]], [3])), "load 3 lacks “p_mw”"),
        (two_buses(load=frame(LOAD, [["H", 20, "much", 0.0, 1.0, True, "HH"]], [3])), "no usable “p_mw”"),
        (two_buses(load=frame([*LOAD, "const_z_p_percent"], [["H", 20, 0.1, 0.0, 1.0, True, "HH", 50.0]], [3])), "depends on voltage"),
        (two_buses(switch=frame(SWITCH, [[10, 77, "l", "CB", True, None, 0.0]], [5])), "switch 5 acts on l 77"),
        (two_buses(switch=frame(SWITCH, [[10, 20, "b", "CB", True, None, 0.1]], [5])), "switch 5 has an impedance"),
        (
            two_buses(line=frame(LINE, [["L", "t", 10, 20, None, 0.5, 0.0, 0.0, 0.0, 0.2, 1.0, 1, True, None]], [7])),
            "line 7 lacks “length_km”",
        ),
    ],
)
def test_what_cannot_be_calculated_is_refused_by_name(text, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_pandapower(text)


def test_an_element_out_of_service_of_an_unsupported_kind_does_no_harm():
    assert len(grid.read_pandapower(two_buses(gen=frame(["bus", "in_service"], [[10, False]]))).buses) == 2


def test_geometry_is_read_and_missing_geometry_is_nan():
    point = json.dumps({"type": "Point", "coordinates": [7.9, 48.4]})
    bus = frame(BUS, [["A", 0.4, "b", None, True, point], ["B", 0.4, "b", None, True, None]], [10, 20])
    network = grid.read_pandapower(two_buses(bus=bus))
    assert network.buses.lon[0] == 7.9
    assert np.isnan(network.buses.lat[1])
    assert network.lines.path == (None,)


def test_missing_ratings_are_unlimited():
    line = frame(LINE, [["L", "t", 10, 20, 0.4, 0.5, 0.0, 0.0, 0.0, None, 1.0, 1, True, None]], [7])
    assert grid.run_year(grid.read_pandapower(two_buses(line=line))).line_loading_max[0] == 0.0


def test_a_table_of_uneven_columns_is_a_bug():
    with pytest.raises(ValueError, match="Sources"):
        grid.Sources(
            id=np.array([1]),
            name=(),
            bus=np.array([1]),
            voltage_pu=np.array([1.0]),
            angle_degree=np.array([0.0]),
            in_service=np.array([True]),
        )
    with pytest.raises(ValueError, match="profiles"):
        grid.Profiles(name=("a",), p=np.zeros((2, 3)), q=np.zeros((2, 3)), start="2021-01-01", step_minutes=15, label="")


def test_sources_are_kept():
    network = grid.read_pandapower(two_buses(ext_grid=frame(SOURCE, [["G", 10, 1.03, 0.0, True]])), source="here")
    assert (network.source, network.sources.voltage_pu.tolist()) == ("here", [1.03])
