"""
What is wrong in a network is named, element by element, and nothing else is.
"""

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, SWITCH, frame

from tongdian.engines import grid

TRAFO = ["name", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent", "shift_degree",
         "tap_side", "tap_neutral", "tap_min", "tap_max", "tap_pos", "tap_step_percent", "tap_changer_type", "parallel", "vector_group"]  # fmt: skip


def line(**changes):
    cells = dict(zip(LINE, ["L", "t", 10, 20, 0.4, 0.5, 0.1, 0.0, 0.0, 0.2, 1.0, 1, True, None], strict=True)) | changes
    return two_buses(line=frame(LINE, [[cells[name] for name in LINE]], [7]))


def transformer(**changes):
    """
    Source 10 (20 kV) ── transformer 4 ── 20 (0.4 kV) with a load
    """
    cells = (
        dict(zip(TRAFO, ["T", 10, 20, 0.4, 20.0, 0.4, 6.0, 1.0, 1.0, 0.3, 150.0, "hv", 0, -2, 2, 1, 2.5, "Ratio", 1, "Dyn5"], strict=True))
        | changes
    )
    bus = frame(BUS, [["A", 20.0, "b", None, True, None], ["B", 0.4, "b", None, True, None]], [10, 20])
    return two_buses(bus=bus, line=frame(LINE, []), trafo=frame(TRAFO, [[cells[name] for name in TRAFO]], [4]))


def bus(kv=0.4, *, alive=True):
    return two_buses(bus=frame(BUS, [["A", 0.4, "b", None, True, None], ["B", kv, "b", None, alive, None]], [10, 20]))


@pytest.mark.parametrize("text", [two_buses(), transformer(), line(df=0.9, parallel=2)])
def test_nothing_is_found_where_nothing_is_wrong(text):
    network = grid.read_pandapower(text)
    assert grid.check_network(network) == ()
    grid.refuse_broken(network)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (line(length_km=0.0), "length", "Line 7 .L. has a length of 0.0 m"),
        (line(length_km=-1.0), "length", "-1000.0 m"),
        (line(r_ohm_per_km=0.0, x_ohm_per_km=0.0), "impedance", "Line 7 .L. has no impedance"),
        (line(r_ohm_per_km=-0.1), "negative", "negative resistance"),
        (line(parallel=0), "parallel", "consists of 0 systems"),
        (line(max_i_ka=0.0), "rating", "may carry nothing"),
        (line(df=-1.0), "rating", "may carry nothing"),
        (line(to_bus=10), "ends", "begins and ends at the same bus"),
        (bus(kv=10.0), "voltage", "joins 0.4 kV and 10.0 kV"),
        (bus(kv=-0.4), "voltage", "Bus 20 .B. has a nominal voltage of -0.4 kV"),
        (bus(kv=10_000.0), "unit", "probably volts"),
        (transformer(sn_mva=0.0), "rating", "Transformer 4 .T. is rated 0.0 kVA"),
        (transformer(vk_percent=0.0, vkr_percent=0.0), "impedance", "no short-circuit voltage"),
        (transformer(vkr_percent=7.0), "impedance", "resistive part of 7.0 %"),
        (transformer(pfe_kw=-1.0), "negative", "negative no-load losses"),
        (transformer(parallel=0), "parallel", "consists of 0 units"),
        (transformer(vn_hv_kv=20_000.0), "voltage", "is rated 20000.0 kV on its hv side, at a bus of 20.0 kV"),
        (transformer(vn_lv_kv=0.0), "voltage", "has no rated voltage"),
        (transformer(lv_bus=10), "ends", "begins and ends"),
        (transformer(tap_pos=-50, tap_step_percent=2.5), "tap", "leaves no winding"),
        (two_buses(ext_grid=frame(SOURCE, [])), "no_source", "no source in service"),
        (two_buses(ext_grid=frame(SOURCE, [["G", 10, 10.5, 0.0, True]])), "unit", "Source 0 .G. holds 10.5"),
        (two_buses(bus=frame(BUS, [["A", 0.4, "b", None, True, None], ["B", 10.0, "b", None, True, None]], [10, 20]),
                   line=frame(LINE, []), switch=frame(SWITCH, [[10, 20, "b", "CB", True, None, 0.0]], [5])), "voltage", "Switch 5 .* joins 0.4 kV and 10.0 kV"),
    ],
)  # fmt: skip
def test_an_error_names_the_element_and_stops(text, code, said):
    network = grid.read_pandapower(text)
    first = grid.check_network(network)[0]
    assert (first.level, first.code, first.stops) == ("error", code, True)
    with pytest.raises(grid.BrokenNetwork, match=said):
        grid.refuse_broken(network)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (line(max_i_ka=None), "rating", "Line 7 .L. has no rating"),
        (line(max_i_ka=270.0), "unit", "or amperes"),
        (line(max_i_ka=200.0), "unit", "rated 200000.0 A"),
        (line(max_i_ka=50.0), "unit", "probably amperes"),
        (line(length_km=400.0), "unit", "probably metres"),
        (line(r_ohm_per_km=500.0), "unit", "more than any conductor"),
        (line(r_ohm_per_km=1e-9, x_ohm_per_km=0.0), "impedance", "next to no impedance"),
        (transformer(sn_mva=400_000.0), "unit", "probably VA"),
        (transformer(tap_pos=5), "tap", "stands at 5, outside -2 to 2"),
        (transformer(vn_hv_kv=15.0), "voltage", "is rated 15.0 kV on its hv side"),
        (transformer(vector_group="Dyn11"), "vector_group", "is a Dyn11 but is calculated with a shift of 150"),
        (transformer(vector_group="1" + "0" * 400), "vector_group", "but is calculated with a shift of 150"),
        (two_buses(p_mw=30_000.0), "unit", "load 3 .H. has 30000000.0 kW"),
        (bus(alive=False), "no_supply", "load 3 .H. stands at a bus out of service"),
        (two_buses(line=frame(LINE, [["L", "t", 10, 20, 0.4, 0.5, 0.1, 0.0, 0.0, 0.2, 1.0, 1, True, None]] * 2, [7, 8])), "twice", "Line 8 .L. is the same as line 7"),
    ],
)  # fmt: skip
def test_a_warning_names_the_element_and_does_not_stop(text, code, said):
    network = grid.read_pandapower(text)
    (found,) = [one for one in grid.check_network(network) if one.code == code]
    assert (found.level, found.stops) == ("warning", False)
    assert re.search(said, str(found)), str(found)
    grid.refuse_broken(network)


def test_an_island_without_a_source_is_an_error_where_somebody_needs_it_and_capacity_answers_nought():
    network = grid.read_pandapower(two_buses(line=frame(LINE, [])))
    (found,) = grid.check_network(network)
    assert (found.code, found.level, found.stops, str(found)) == (
        "no_supply", "error", False, "Bus 20 (B) and 0 more are connected with no source, 1 loads and generators among them.",
    )  # fmt: skip
    (row,) = grid.capacity_rows(network, grid.Limits())
    assert (row.bus, row.capacity_kw, row.limit, row.at) == (20, 0.0, "no_supply", -1)


def test_single_phase_loads_behind_a_winding_without_neutral_are_noticed():
    network = grid.read_pandapower(transformer(vector_group="Dd0", shift_degree=0.0))
    assert grid.check_network(network) == ()
    single = replace(network, loads=replace(network.loads, phases=("A",)))
    assert [one.code for one in grid.check_network(single)] == ["vector_group"]


def test_numbers_that_are_none_and_positions_outside_are_found_in_values_of_any_origin():
    network = grid.read_pandapower(two_buses())
    broken = replace(
        network,
        loads=replace(network.loads, p_kw=np.array([np.nan]), bus=np.array([9])),
        lines=replace(network.lines, x_ohm_per_km=np.array([np.inf])),
    )
    assert [str(one) for one in grid.check_network(broken)] == [
        "The line 7 (L) has no number in “x_ohm_per_km”.",
        "The load 3 (H) stands at no bus.",
        "The load 3 (H) has no number in “p_kw”.",
    ]
    twice = replace(network, buses=replace(network.buses, id=np.array([10, 10])))
    assert [one.code for one in grid.check_network(twice)] == ["twice"]
    year = grid.synthetic_year(network, seed=1, step_minutes=60)
    gap = replace(year, profiles=replace(year.profiles, p=np.where(np.arange(8760) == 5, np.nan, year.profiles.p)))
    assert [one.code for one in grid.check_network(gap)] == ["profile_gap"]


def test_a_year_tells_what_is_broken_already_with_numbers():
    limits = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
    found = grid.check_year(grid.read_pandapower(two_buses(p_mw=0.1)), limits)
    assert [one.code for one in found] == ["voltage_low"]
    assert str(found[0]).startswith("Bus 20 (B) falls to 0.8536 p.u. in step 0, below 0.93")
    assert [one.code for one in grid.check_year(grid.read_pandapower(two_buses(p_mw=10.0)), limits)] == ["no_power_flow"]


def test_less_than_a_year_is_said():
    text = two_buses(load=frame([*LOAD, "profile"], [["H", 20, 0.001, 0.0, 1.0, True, "HH", "H0"]], [3]))
    network = grid.attach_year(grid.read_pandapower(text), [("t", b"H0_pload,H0_qload\n" + b"1,1\n" * 96)])
    found = grid.check_year(network, grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.1))
    assert [(one.code, one.level) for one in found] == [("profile_short", "warning")]


def test_fused_buses_are_kept_and_limits_that_leave_no_room_are_refused():
    text = two_buses(
        bus=frame(BUS, [[name, 0.4, "b", None, True, None] for name in "ABCD"], [10, 20, 30, 40]),
        switch=frame(SWITCH, [[10, 30, "b", "CB", True, None, 0.0], [20, 40, "b", "CB", True, None, 0.0]]),
    )
    network = grid.read_pandapower(text)
    rows = {row.bus: row for row in grid.capacity_rows(network, grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.1))}
    assert (list(rows), rows[30].capacity_kw, rows[30].limit) == ([20, 30, 40], np.inf, "")
    assert rows[20].capacity_kw == rows[40].capacity_kw > 0
    full = grid.read_pandapower(two_buses(p_mw=0.1, bus=frame(BUS, [[name, 0.4, "b", None, True, None] for name in "ABC"], [10, 20, 30]),
                                          switch=frame(SWITCH, [[10, 30, "b", "CB", True, None, 0.0]])))  # fmt: skip
    assert [row.capacity_kw for row in grid.capacity_rows(full, grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.1))] == [0.0, 0.0]
    for limits in (grid.Limits(voltage_min_pu=1.1, voltage_max_pu=1.0), grid.Limits(line_loading=0.0)):
        with pytest.raises(grid.UnusableLimits):
            grid.capacity_rows(network, limits)


def test_the_capacity_of_a_shape_is_that_of_its_multiples():
    network = grid.synthetic_year(grid.read_pandapower(two_buses(p_mw=0.01)), seed=3, step_minutes=60)
    limits = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
    night = grid.read_shape(b"kw\n" + b"7\n" * 6 + b"3\n" * 6 + b"0\n" * 12, name="night", steps=8760, step_minutes=60)
    (row,) = grid.capacity_rows(network, limits, shape=night)

    def worst(kilowatts):
        q = kilowatts * np.tan(np.arccos(0.95))
        return grid.run_year(network, [grid.ExtraLoad(bus=1, p_kw=kilowatts, q_kvar=q, shape=night)]).voltage_min_pu[1]

    assert worst(row.capacity_kw * 0.9999) > 0.93 > worst(row.capacity_kw * 1.0001)
    assert (row.limit, night[row.at]) == ("voltage_low", 7.0)


def test_what_a_line_may_carry_in_winter_counts_in_winter_only():
    year = grid.synthetic_year(grid.read_pandapower(two_buses(p_mw=0.01)), seed=3, step_minutes=60)
    limits = grid.Limits(voltage_min_pu=0.6, voltage_max_pu=1.5)

    def capacity(rated_a, winter_rated_a):
        lines = replace(year.lines, rated_a=np.array([rated_a]), winter_rated_a=np.array([winter_rated_a]))
        return grid.capacity_rows(replace(year, lines=lines), limits)[0]

    summer, winter, both = capacity(50.0, np.nan), capacity(np.inf, 40.0), capacity(50.0, 40.0)
    assert (grid.moment(year.profiles, summer.at).month, grid.moment(year.profiles, winter.at).month in (12, 1, 2)) == (7, True)
    assert both == min(summer, winter, key=lambda row: row.capacity_kw) or both.capacity_kw == min(summer.capacity_kw, winter.capacity_kw)
    assert capacity(50.0, 1e9).capacity_kw == summer.capacity_kw
    assert year.fingerprint() != replace(year, lines=replace(year.lines, winter_rated_a=np.array([40.0]))).fingerprint()
