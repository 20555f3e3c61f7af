"""
Capacity against brute force: a full-year run by another solver at the floor of every answer, and one kilowatt above.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, frame

from tongdian.engines import grid
from tongdian.engines.grid._capacity import mesh, mesh_search
from tongdian.kit.refused import Refused

LIMITS = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
TAN = math.sqrt(1 / 0.95**2 - 1)


def breaks(network, bus, kw, *, sign=1.0, limits=LIMITS, shape=None, solver="sweeps"):
    extra = grid.ExtraLoad(bus=grid.position_of(network.buses, bus), p_kw=sign * kw, q_kvar=sign * kw * TAN, shape=shape)
    try:
        year = grid.run_year(network, (extra,), solver=solver)
    except grid.NoPowerFlow:
        return True
    loading = max(
        np.nanmax(year.line_loading_max) / limits.line_loading, np.nanmax(year.transformer_loading_max) / limits.transformer_loading
    )
    low, high = np.nanmin(year.voltage_min_pu), np.nanmax(year.voltage_max_pu)
    return bool(loading > 1 + 1e-8 or low < limits.voltage_min_pu - 1e-8 or high > limits.voltage_max_pu + 1e-8)


def stressed(network, loads, sun):
    return replace(
        network,
        loads=replace(network.loads, p_kw=network.loads.p_kw * loads, q_kvar=network.loads.q_kvar * loads),
        generators=replace(network.generators, p_kw=network.generators.p_kw * sun),
    )


@pytest.mark.parametrize("generation", [False, True])
@pytest.mark.parametrize(("loads", "sun"), [(1.0, 1.0), (1.5, 1.0), (1.0, 3.0)])
def test_every_answer_is_the_largest_that_breaks_nothing_in_the_whole_year(village, loads, sun, generation):
    network, sign = stressed(village, loads, sun), -1.0 if generation else 1.0
    table = grid.capacity(network, LIMITS, generation=generation)
    assert table.bus.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (table.base_margin > 0).all()
    solver = "power_grid_model" if (sun > 1) == generation else "sweeps"  # the other solver where it is hardest; it is slow
    for bus, kw in zip(table.bus, table.capacity_kw, strict=True):
        assert not breaks(network, bus, math.floor(kw), sign=sign, solver=solver), (bus, kw)
        assert breaks(network, bus, math.floor(kw) + 1, sign=sign, solver=solver), (bus, kw)


def test_most_steps_are_cleared_without_solving_them(village):
    table = grid.capacity(village, LIMITS)
    assert table.looked_at.max() < village.profiles.steps / 20


def test_the_binding_element_and_step_are_those_of_the_reference(village):
    table = grid.capacity(village, LIMITS)
    for row in range(len(table.bus)):
        kw = float(table.capacity_kw[row]) + 0.01
        extra = grid.ExtraLoad(bus=int(table.bus[row]), p_kw=kw, q_kvar=kw * TAN)
        worst = [
            found
            for found in grid.violations(village, grid.run_year(village, (extra,)), LIMITS)
            if (found.kind, found.element_id, found.step) == (table.limit[row], int(table.element_id[row]), int(table.at[row]))
        ]
        assert worst, (table.bus[row], table.limit[row])


def test_buses_joined_by_a_closed_switch_have_the_same_capacity(village):
    table = grid.capacity(village, LIMITS)
    assert table.capacity_kw[3] == table.capacity_kw[7]


def test_two_buses_agree_with_the_closed_form():
    """
    A resistive line of 0.2 Ω at 400 V: v(v − 1) + p·r = 0 falls to 0.93 at p = 0.93 · 0.07 / r.
    """
    network = grid.read_pandapower(
        two_buses(p_mw=0.0, line=frame(LINE, [["L", "t", 10, 20, 0.4, 0.5, 0.0, 0.0, 0.0, 9.0, 1.0, 1, True, None]]))
    )
    table = grid.capacity(network, LIMITS, power_factor=1.0)
    assert table.capacity_kw[0] == pytest.approx(0.93 * 0.07 / (0.2 / 0.4**2) * 1000, abs=1e-6)
    assert (table.limit[0], table.element_kind[0], table.element_id[0]) == ("voltage_low", "bus", 20)


def test_a_base_case_already_broken_has_no_capacity_and_says_what_is_broken(village):
    table = grid.capacity(village, grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07, line_loading=0.1))
    assert (table.capacity_kw == 0).all()
    assert (table.base_margin < 0).all()
    assert set(table.limit) == {"line_loading"}


def test_several_sources_are_several_networks(village):
    both = grid.capacity(replace(village, lines=replace(village.lines, in_service=village.lines.id != 4)), LIMITS)
    assert both.bus.tolist() == [1, 2, 3, 4, 5, 8]  # 6 and 7 have no supply now


def floor_holds_and_one_more_breaks(network, table, rows=None, **asked):
    for row in range(len(table.bus)) if rows is None else rows:
        bus, kw = table.bus[row], math.floor(table.capacity_kw[row])
        assert not breaks(network, bus, kw, **asked), (bus, kw)
        assert breaks(network, bus, kw + 1, **asked), (bus, kw)


def ring_closed(network):
    return replace(network, switches=replace(network.switches, closed=np.array([True, True])))


def two_feeds(network):
    """
    A second source at bus 6, and a ring beside it.
    """
    sources = network.sources.take(np.array([0, 0]))
    volts, angles = np.array([1.01, 0.99]), np.array([0.0, -150.0])
    return ring_closed(replace(network, sources=replace(sources, bus=np.array([0, 6]), voltage_pu=volts, angle_degree=angles)))


@pytest.mark.parametrize("generation", [False, True])
@pytest.mark.parametrize(("closing", "loads", "sun"), [(ring_closed, 1.5, 1.0), (ring_closed, 1.0, 4.0), (two_feeds, 1.5, 2.0)])
def test_beside_a_loop_every_answer_is_the_largest_that_breaks_nothing(village, closing, loads, sun, generation):
    network, sign = closing(stressed(village, loads, sun)), -1.0 if generation else 1.0
    table = grid.capacity(network, LIMITS, generation=generation)
    assert (set(table.method), (table.base_margin > 0).all()) == ({"bounds"}, True)
    assert table.looked_at.max() < network.profiles.steps / 20
    floor_holds_and_one_more_breaks(network, table, sign=sign)
    between = [breaks(network, bus, kw * 0.37, sign=sign) for bus, kw in zip(table.bus, table.capacity_kw, strict=True)]
    assert not any(between)


def test_a_year_beside_a_loop_taken_in_parts_has_the_same_answers(village, monkeypatch):

    network = two_feeds(stressed(village, 1.5, 2.0))
    whole = grid.capacity(network, LIMITS, following=True)
    monkeypatch.setattr(mesh_search, "MOST_KEPT", 9 * 3000)
    parts = grid.capacity(network, LIMITS, following=True)
    assert set(parts.method) == {"bounds"}
    for one, other in ((parts, whole), (parts.following, whole.following)):
        np.testing.assert_allclose(one.capacity_kw, other.capacity_kw, rtol=0, atol=1e-5)
        assert (one.limit, one.at.tolist()) == (other.limit, other.at.tolist())


def test_beside_a_loop_power_grid_model_answers_where_the_sweeps_end_before_a_limit(village):
    year = village.profiles
    network = two_feeds(replace(village, profiles=replace(year, p=year.p[:, :1000], q=year.q[:, :1000])))
    limits = grid.Limits(voltage_min_pu=0.7, voltage_max_pu=1.3, line_loading=9.0, transformer_loading=20.0)
    model = grid.CapacityModel(network, limits)
    table = model.table()
    rows = [row for row, method in enumerate(table.method) if method == "reference"]
    assert table.bus[rows].tolist() == [4, 7, 8]
    assert np.isfinite(table.capacity_kw).all()
    assert {table.limit[row] for row in rows} == {"voltage_low"}
    floor_holds_and_one_more_breaks(network, table, rows, limits=limits, solver="power_grid_model")
    assert model.answer_bus(8).capacity_kw == pytest.approx(table.capacity_kw[rows[-1]], abs=1e-6)
    reserved = model.with_load(grid.ExtraLoad(bus=4, p_kw=100.0, q_kvar=100.0 * TAN)).answer_bus(4)
    assert reserved.capacity_kw == pytest.approx(table.capacity_kw[rows[0]] - 100, abs=1e-3)


def test_beside_a_loop_limits_that_no_flow_reaches_have_no_answer(village):
    year = village.profiles
    network = ring_closed(replace(village, profiles=replace(year, p=year.p[:, :100], q=year.q[:, :100])))
    limits = grid.Limits(voltage_min_pu=0.4, voltage_max_pu=1.5, line_loading=50.0, transformer_loading=50.0)
    table = grid.CapacityModel(network, limits, voltage_at=np.arange(9) > 0).answer_bus(4)
    assert np.isnan(table.capacity_kw[0])
    assert (table.limit, table.method, table.at.tolist()) == (("unsolved",), ("reference",), [-1])


def test_a_flow_that_an_addition_first_relieves_and_then_turns_is_looked_at_in_between(village):
    """
    A transformer nearly full of sun: an addition empties it and fills it again from the other side.
    """
    network = ring_closed(stressed(village, 1.0, 8.0))
    full = float(grid.run_year(network).transformer_loading_max[0])
    limits = grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.1, transformer_loading=full + 0.01, line_loading=2.0)
    table = grid.capacity(network, limits)
    assert (set(table.method), set(table.limit[:2])) == ({"bounds"}, {"transformer_loading"})
    floor_holds_and_one_more_breaks(network, table, limits=limits)
    for bus, kw in zip(table.bus, table.capacity_kw, strict=True):
        assert not any(breaks(network, bus, kw * share, limits=limits) for share in (0.05, 0.3, 0.9))


def test_an_island_too_large_for_a_matrix_is_scanned(village, monkeypatch):

    day = replace(village.profiles, p=village.profiles.p[:, :24], q=village.profiles.q[:, :24])
    network = ring_closed(replace(village, profiles=day))
    by_bounds = grid.capacity(network, LIMITS)
    monkeypatch.setattr(mesh, "MOST_NODES", 3)
    by_scan = grid.capacity(network, LIMITS)
    assert (set(by_bounds.method), set(by_scan.method)) == ({"bounds"}, {"scan"})
    np.testing.assert_allclose(by_bounds.capacity_kw, by_scan.capacity_kw, rtol=0, atol=1e-5)


def test_a_closed_loop_helps_its_far_end(village):
    assert grid.capacity(ring_closed(village), LIMITS).capacity_kw[3] > grid.capacity(village, LIMITS).capacity_kw[3]


def test_beside_a_loop_every_step_is_solved_where_limits_are_too_wide_for_the_bounds(village):
    day = replace(village.profiles, p=village.profiles.p[:, :24], q=village.profiles.q[:, :24])
    lines = replace(village.lines, rated_a=np.full(len(village.lines), math.inf))
    network = replace(
        ring_closed(village), profiles=day, lines=lines, transformers=replace(village.transformers, rated_kva=np.full(1, 1e4))
    )
    limits = grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.3, transformer_loading=100.0)
    table = grid.capacity(network, limits, generation=True)
    assert set(table.method) == {"scan", "reference"}  # at the transformer itself even the sweeps end before a limit
    assert (table.looked_at == 24).all()
    floor_holds_and_one_more_breaks(network, table, rows=range(1, 8), sign=-1.0, limits=limits)


def test_equal_transformers_side_by_side_are_no_loop_and_answered_exactly(village):
    rows = village.transformers.take(np.array([0, 0]))
    both = replace(village, transformers=replace(rows, id=np.array([0, 1]), rated_kva=rows.rated_kva * 0.6))
    table = grid.capacity(both, LIMITS)
    assert set(table.method) == {"bounds"}
    floor_holds_and_one_more_breaks(both, table, rows=[0, 3])


def test_unequal_transformers_side_by_side_are_answered_exactly(village):
    rows = village.transformers.take(np.array([0, 0]))
    both = replace(village, transformers=replace(rows, id=np.array([0, 1]), vk_percent=np.array([4.0, 6.0])))
    floor_holds_and_one_more_breaks(both, grid.capacity(both, LIMITS), rows=[0, 3, 6])


def test_two_sources_in_an_island_are_answered_exactly(village):
    sources = village.sources.take(np.array([0, 0]))
    sources = replace(sources, bus=np.array([0, 6]))
    both = replace(village, sources=replace(sources, voltage_pu=np.array([1.01, 0.99]), angle_degree=np.array([0.0, -150.0])))
    table = grid.capacity(both, LIMITS)
    assert table.bus.tolist() == [1, 2, 3, 4, 5, 7, 8]  # 6 has a source of its own now
    floor_holds_and_one_more_breaks(both, table, rows=[1, 3])


def test_two_sources_at_one_bus_that_contradict_each_other_are_refused(village):
    sources = village.sources.take(np.array([0, 0]))
    with pytest.raises(grid.NotRadial, match="different voltages"):
        grid.capacity(replace(village, sources=replace(sources, voltage_pu=np.array([1.0, 1.02]))), LIMITS)


def test_what_binds_next_is_what_binds_without_the_first(village):
    table = grid.capacity(village, LIMITS, following=True)
    row = table.limit.index("line_loading")
    assert table.following.capacity_kw[row] > table.capacity_kw[row]
    assert 0 < table.margin_elsewhere[row] < 1
    rated = village.lines.rated_a.copy()
    rated[village.lines.id == table.element_id[row]] = math.inf
    without = grid.capacity(replace(village, lines=replace(village.lines, rated_a=rated)), LIMITS)
    assert table.following.capacity_kw[row] == pytest.approx(without.capacity_kw[row], abs=1e-5)
    assert table.following.element_id[row] == without.element_id[row]


def test_one_bus_asked_alone_has_the_row_of_the_table(village):
    model = grid.CapacityModel(village, LIMITS)
    table, one = model.table(), model.answer_bus(grid.position_of(village.buses, 5))
    assert (one.bus.tolist(), one.limit[0], one.at[0]) == ([5], table.limit[4], table.at[4])
    assert one.capacity_kw[0] == pytest.approx(table.capacity_kw[4], abs=1e-6)
    assert len(model.answer_bus(0).bus) == 0


def test_a_reserved_load_counts_like_a_load_of_the_network(village):
    day = np.tile([1.0] * 6 + [0.2] * 14 + [1.0] * 4, village.profiles.steps // 24)
    reserved = grid.CapacityModel(village, LIMITS).with_load(grid.ExtraLoad(bus=4, p_kw=9.0, q_kvar=3.0, shape=day)).table()
    floor_kw = float(np.floor(reserved.capacity_kw[2]))
    own = grid.ExtraLoad(bus=4, p_kw=9.0, q_kvar=3.0, shape=day)
    for kw, holds in ((floor_kw, True), (floor_kw + 1, False)):
        year = grid.run_year(village, (own, grid.ExtraLoad(bus=3, p_kw=kw, q_kvar=kw * TAN)))
        assert (np.nanmax(year.line_loading_max) <= 1 and np.nanmin(year.voltage_min_pu) >= 0.93) == holds


@pytest.mark.parametrize("further", [{"p_kw": math.nan}, {"bus": 99}, {"shape": np.ones(3)}])
def test_a_further_load_that_is_none_is_refused(village, further):
    model = grid.CapacityModel(village, LIMITS)
    with pytest.raises(Refused, match="further load"):
        model.with_load(grid.ExtraLoad(**{"bus": 3, "p_kw": 1.0, "q_kvar": 0.0, **further}))


def test_limits_upside_down_are_refused(village):
    for limits in (
        grid.Limits(voltage_min_pu=1.1, voltage_max_pu=0.9),
        grid.Limits(line_loading=0.0),
        grid.Limits(voltage_min_pu=math.nan),
    ):
        with pytest.raises(Refused, match="upside down"):
            grid.capacity(village, limits)


def test_a_year_without_steps_or_with_gaps_is_refused(village):
    for p in (village.profiles.p[:, :0], np.where(village.profiles.p == village.profiles.p.max(), math.nan, village.profiles.p)):
        with pytest.raises(Refused, match="profiles"):
            grid.capacity(replace(village, profiles=replace(village.profiles, p=p, q=p)), LIMITS)


def test_a_base_case_that_collapses_is_refused(village):
    with pytest.raises(grid.NoBaseCase, match="No power flow"):
        grid.capacity(stressed(village, 500.0, 1.0), LIMITS)


def test_a_power_factor_that_is_none_is_refused(village):
    with pytest.raises(Refused, match="power factor"):
        grid.capacity(village, LIMITS, power_factor=0.0)


def test_where_nothing_limits_the_capacity_is_endless():
    free = two_buses(p_mw=0.0, line=frame(LINE, [["L", "t", 10, 20, 0.4, 0.0, 0.0, 0.0, 0.0, None, 1.0, 1, True, None]]))
    table = grid.capacity(grid.read_pandapower(free), LIMITS)
    assert (table.capacity_kw[0], table.limit[0]) == (math.inf, "")


def test_limits_so_wide_that_no_power_flow_is_found_before_they_bind_are_not_answered_with_a_number():
    free = two_buses(p_mw=0.0, line=frame(LINE, [["L", "t", 10, 20, 0.4, 0.5, 0.0, 0.0, 0.0, None, 1.0, 1, True, None]]))
    table = grid.capacity(grid.read_pandapower(free), grid.Limits(voltage_max_pu=1e9), generation=True, power_factor=1.0)
    assert math.isnan(table.capacity_kw[0])
    assert table.limit == ("unsolved",)


def named(tables):
    return [(f"{number}", text.encode()) for number, text in enumerate(tables, start=1)]


def test_profiles_join_by_their_names():
    rows = [["H", 20, 0.03, 0.01, 1.0, True, "HH", "H0"], ["K", 20, 0.01, 0.0, 1.0, True, "HH", None]]
    sun = frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service", "profile"], [["S", 20, 0.02, 0.0, 0.5, True, "PV1"]])
    text = two_buses(load=frame([*LOAD, "profile"], rows), sgen=sun)
    tables = ["time,H0_qload,H0_pload\n00:00,0.5,0.25\n00:15,0.6,0.75\n", "time,PV1,WP1\n00:00,0,1\n00:15,1,1\n"]
    network = grid.attach_year(grid.read_pandapower(text), named(tables))
    assert network.profiles.p.tolist() == [[0.0, 1.0], [0.25, 0.75]]
    assert network.profiles.q[1].tolist() == [0.5, 0.6]
    assert (network.loads.profile.tolist(), network.generators.profile.tolist()) == ([1, -1], [0])
    assert network.generators.p_kw[0] == 10.0


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ([], "No table has the profile “H0_pload”"),
        (["time,H0_qload,H0_pload\n00:00,0.5,\n"], "no number in row 0 of the table 1"),
        (["time,H0_qload,H0_pload\n00:00,0.5,nan\n"], "no number in row 0"),
        (["t,H0_qload\n0,1\n", "t,H0_pload\n0,1\n1,1\n"], "differ in length"),
    ],
)
def test_profiles_with_gaps_or_missing_are_refused_by_name(tables, reason):
    text = two_buses(load=frame([*LOAD, "profile"], [["H", 20, 0.03, 0.01, 1.0, True, "HH", "H0"]]))
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.attach_year(grid.read_pandapower(text), named(tables))


def test_kernels_compile_ahead_of_the_first_question():
    from tongdian.engines.grid._capacity import mesh_kernels, screen

    grid.warm()
    assert all(kernel.signatures for kernel in (screen.margins, screen.flagged, screen.look_into_units, screen.look_at_steps))
    with pytest.raises(Refused, match="no part"):
        grid.warm("none")
    assert all(kernel.signatures for kernel in (mesh_kernels.mesh_year, mesh_kernels.open_steps))


def test_a_source_that_feeds_nothing_has_no_rows_and_stops_nobody():
    buses = [[name, 0.4, "b", None, True, None] for name in "ABC"]
    sources = [["G", 10, 1.0, 0.0, True], ["alone", 30, 1.0, 0.0, True]]
    text = two_buses(bus=frame(BUS, buses, [10, 20, 30]), ext_grid=frame(SOURCE, sources))
    table = grid.capacity(grid.read_pandapower(text), LIMITS)
    assert table.bus.tolist() == [20]
    assert table.capacity_kw[0] == pytest.approx(grid.capacity(grid.read_pandapower(two_buses()), LIMITS).capacity_kw[0])
    assert [row.bus for row in grid.capacity_rows(grid.read_pandapower(text), LIMITS)] == [20]
