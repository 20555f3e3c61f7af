import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from tongdian.engines import grid, supply

from . import hamlet
from .reference import solve, with_cable

CATALOGUE = supply.shipped_catalogue()
elevator = hamlet.elevator


@pytest.fixture(scope="module")
def network():
    return hamlet.build()


@pytest.fixture(scope="module")
def plan(network):
    return supply.propose(elevator(), network, ())


def test_three_connection_points_by_cost(plan):
    assert plan.feasible
    assert plan.recommended == 0
    assert [option.bus_name for option in plan.options] == ["A2", "C1", "A0"]
    assert [option.rank for option in plan.options] == [1, 2, 3]
    totals = [option.cost.total_yuan for option in plan.options]
    assert totals == sorted(totals)


def test_the_recommended_option_costs_its_hand_sum(plan):
    option = plan.options[0]
    # 16 m of cable at 11, 10 m of wall at 42, box, two ends, meter box, meter, fitting, breaker, tests
    assert option.cost.total_yuan == Decimal(176 + 420 + 4600 + 170 + 680 + 420 + 380 + 105 + 900)
    assert option.cost.customer_yuan == Decimal(105)


def test_of_more_than_three_options_the_beaten_ones_are_dropped(network):
    more = replace(CATALOGUE, rules=CATALOGUE.rules | {"shown_options": 5})
    plan = supply.propose(elevator(), network, (), catalogue=more)
    assert len(plan.options) == 3
    assert {label for option in plan.options for label in option.labels} >= {"cheapest", "fastest", "strongest"}


def test_the_plan_says_what_it_was_made_for(plan, network):
    assert (plan.applied_kw, plan.applied_kva) == (15.0, pytest.approx(17.647059))
    assert plan.network_fingerprint == network.fingerprint()
    assert plan.year_label == "one made-up day"
    assert plan.limits == grid.Limits()
    assert plan.load_shape == "flat"
    assert plan.reservation(plan.options[0]) == supply.Reservation(
        bus_id=103, p_kw=15.0, q_kvar=pytest.approx(9.296, abs=1e-3), reference="7幢2单元"
    )


def test_the_same_question_has_the_same_answer(plan, network):
    assert supply.propose(elevator(), network, ()) == plan


def test_a_plan_survives_json(plan):
    assert supply.SupplyPlan.from_dict(json.loads(json.dumps(plan.to_dict(), allow_nan=False))) == plan


def test_a_year_that_was_run_is_remembered(network, monkeypatch):
    years = {"run_year": 0, "run_extremes": 0}

    def count(name, run):
        def counted(*args, **more):
            years[name] += more.get("steps") is None
            return run(*args, **more)

        return counted

    for name in years:
        monkeypatch.setattr(grid, name, count(name, getattr(grid, name)))
    first = supply.propose(elevator(reference="first"), network, ())
    cold = dict(years)
    again = supply.propose(elevator(reference="first"), network, ())
    assert again == first
    assert years["run_year"] == cold["run_year"]  # none for the two areas before
    assert years["run_extremes"] - cold["run_extremes"] == 3  # one for each option shown


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_pandapower_agrees_at_every_step_of_the_day(plan, network, rank):
    option = plan.options[rank]
    grown, extra = with_cable(network, option, (plan.reserve_kw, plan.reserve_kvar))
    voltages, loadings = solve(grown, extra, range(hamlet.STEPS))
    found = next(check for check in option.checks if check.kind == "voltage_min" and check.element_kind == "site")
    assert found.value == pytest.approx(voltages[:, -1].min(), abs=1e-5)
    assert found.step == voltages[:, -1].argmin()
    points = [4, 5] if option.transformer_name == "T1" else [8]
    assert option.after.voltage_min_pu == pytest.approx(voltages[:, points].min(), abs=1e-5)
    cable = next(check for check in option.checks if check.element_kind == "cable" and check.kind == "line_loading")
    assert cable.value == pytest.approx(loadings[:, -1].max(), abs=1e-4)


def test_pandapower_agrees_while_the_motor_starts(plan, network):
    option = plan.options[0]
    start, load = option.start, option.cable
    assert load.code == "YJLV22-4x16"
    # the current is held at 2.5 times 26.8 A: the power follows the voltage at the site
    kva = start.site_pu * 0.4 / 0.38 * 15 / 0.85 * 2.5
    grown, extra = with_cable(network, option, (kva * 0.7, kva * np.sqrt(1 - 0.7**2)))
    voltages = solve(grown, extra, [start.step])[0][0]
    assert start.site_pu == pytest.approx(voltages[-1], abs=1e-5)
    idle = solve(grown, (), [start.step])[0][0]
    assert start.site_before_pu == pytest.approx(idle[-1], abs=1e-5)
    neighbour = int(np.flatnonzero(network.buses.id == start.neighbour_id)[0])
    assert start.neighbour_dip == pytest.approx((idle[neighbour] - voltages[neighbour]) * 0.4 / 0.38, abs=2e-5)


def test_the_second_applicant_is_refused_when_the_first_took_the_rest():
    network = hamlet.build(kva=(60.0,))
    first = supply.propose(elevator(18.0, reference="first"), network, ())
    assert first.feasible
    held = first.reservation(first.options[0])
    second = supply.propose(elevator(18.0, reference="second"), network, (held,))
    assert second.recommended is None
    assert [option.feasible for option in second.options] == [False]
    binding = second.options[0].binding
    assert (binding.kind, binding.element_kind, binding.element_name) == ("transformer_loading", "transformer", "T1")
    assert binding.value > 1.0 > binding.before
    assert second.options[0].reserved_kw == pytest.approx(18.0)
    assert supply.propose(elevator(18.0, reference="second"), network, ()).feasible  # released, it fits


def test_a_full_neighbour_leaves_the_other_area(network):
    held = supply.Reservation(bus_id=101, p_kw=60.0, q_kvar=20.0, reference="mill")
    plan = supply.propose(elevator(30.0), network, (held,))
    assert {option.transformer_name for option in plan.options} == {"T2"}
    assert {row.binding.element_name for row in plan.rejected} == {"T1"}


def test_the_base_case_is_told_apart():
    network = hamlet.build(kva=(50.0, 250.0), loads=[("A3", 62.0), ("C1", 15.0)])
    plan = supply.propose(elevator(), network, ())
    assert {option.transformer_name for option in plan.options} == {"T2"}
    binding = next(row.binding for row in plan.rejected if row.bus_name == "A2")
    assert (binding.element_name, binding.broken_before) == ("T1", True)
    assert binding.before > 1.0


def test_heavily_loaded_is_shown():
    plan = supply.propose(elevator(), hamlet.build(kva=(50.0,)), ())
    option = plan.options[0]
    assert option.feasible
    assert option.heavily_loaded
    assert option.after.transformer_loading_max > 0.8


def test_a_hard_start_takes_a_stronger_cable(network):
    hard = (supply.Device(kind="elevator", kw=15.0, starting_current_ratio=6.0),)
    far = elevator(place=(-95, 0), devices=hard)
    plan = supply.propose(far, network, ())
    soft = supply.propose(elevator(place=(-95, 0)), network, ())
    own = next(check for check in plan.options[0].checks if check.kind == "start_voltage")
    assert own.passed
    assert plan.options[0].cable.section_mm2 > soft.options[0].cable.section_mm2


def test_a_start_that_disturbs_the_neighbours_is_refused():
    hard = (supply.Device(kind="motor", kw=55.0, starting_current_ratio=7.0),)
    plan = supply.propose(elevator(devices=hard), hamlet.build(kva=(100.0,), loads=[("A3", 2.0)]), ())
    assert not plan.feasible
    assert (plan.options[0].binding.kind, plan.options[0].binding.element_name) == ("start_dip", "A3")


def test_without_a_motor_nothing_starts(network):
    plan = supply.propose(elevator(devices=(supply.Device(kind="lighting", kw=5.0),)), network, ())
    assert plan.options[0].start is None
    assert not [check for check in plan.options[0].checks if check.kind.startswith("start")]


def test_a_point_without_power_flow_is_rejected_and_the_neighbour_serves():
    plan = supply.propose(elevator(), hamlet.build(loads=[("A3", 3000.0), ("C1", 15.0)]), ())
    assert {option.transformer_name for option in plan.options} == {"T2"}
    assert {row.binding.kind for row in plan.rejected} == {"power_flow"}


def test_a_network_without_any_power_flow_has_no_option_but_reasons():
    plan = supply.propose(elevator(), hamlet.build(kva=(100.0,), loads=[("A3", 3000.0)]), ())
    assert (plan.feasible, plan.recommended, plan.options) == (False, None, ())
    assert "A2" in {row.bus_name for row in plan.rejected}


def test_the_first_customer_of_an_area_has_no_neighbours():
    plan = supply.propose(elevator(), hamlet.build(loads=[]), ())
    assert plan.feasible
    assert plan.options[0].start.neighbour_id is None
    assert {check.element_kind for check in plan.options[0].checks if check.kind == "voltage_min"} == {"site"}


def test_the_feed_passes_closed_bus_switches():
    network = hamlet.build()
    lines = replace(network.lines, in_service=np.array([True, False, True, True, True, True]))
    switches = replace(
        network.switches,
        id=np.arange(2),
        name=("", ""),
        kind=("line", "bus"),
        bus=np.array([4, 2]),
        element=np.array([5, 3]),
        closed=np.array([False, True]),
    )
    plan = supply.propose(elevator(), replace(network, lines=lines, switches=switches), ())
    assert [element.name for element in plan.options[0].feed] == ["T1", "A0-A1"]


def test_given_limits_decide(network):
    tight = grid.Limits(voltage_min_pu=0.97, voltage_max_pu=1.05)
    plan = supply.propose(elevator(), network, (), limits=tight)
    assert plan.limits == tight
    assert all(option.after.voltage_min_pu >= 0.97 for option in plan.options)
    none = supply.propose(elevator(), network, (), limits=grid.Limits(voltage_min_pu=0.999))
    assert none.options[0].binding.kind == "voltage_min"


def test_a_point_that_the_table_lets_pass_is_still_confirmed():
    network = hamlet.build(kva=(50.0, 250.0), loads=[("A3", 45.0), ("C1", 15.0)])
    plan = supply.propose(elevator(), network, (), free_kw=dict.fromkeys(range(100, 110), 1000.0))
    assert {option.transformer_name for option in plan.options} == {"T2"}
    assert {row.binding.kind for row in plan.rejected} == {"transformer_loading"}


def test_on_a_base_of_380_volts_the_limits_are_seven_percent():
    network = hamlet.build()
    based = replace(network, buses=replace(network.buses, nominal_kv=np.where(network.buses.nominal_kv < 1, 0.38, 20.0)))
    plan = supply.propose(elevator(), based, ())
    assert (plan.limits.voltage_min_pu, plan.limits.voltage_max_pu) == (0.93, 1.07)


def test_an_unknown_rating_is_no_number_in_json():
    network = hamlet.build()
    unrated = replace(network, lines=replace(network.lines, rated_a=np.full(6, np.inf)))
    plan = supply.propose(elevator(), unrated, ())
    json.dumps(plan.to_dict(), allow_nan=False)
    assert plan.options[0].feed[1].rated is None


def test_a_table_of_free_capacity_replaces_the_screening(network):
    table = {103: 3.0, 108: 100.0}
    plan = supply.propose(elevator(), network, (), free_kw=table)
    assert "A2" not in [option.bus_name for option in plan.options]
    why = next(row.binding for row in plan.rejected if row.bus_name == "A2")
    assert (why.kind, why.limit, why.value) == ("free_capacity", 3.0, 15.0)
    nothing = supply.propose(elevator(), network, (), free_kw=dict.fromkeys(range(100, 110), 0.0))
    assert not nothing.feasible
    assert nothing.options[0].binding.kind == "free_capacity"


def test_no_cable_long_enough_is_named(network):
    strict = replace(CATALOGUE, rules=CATALOGUE.rules | {"service_drop": 1e-6})
    plan = supply.propose(elevator(), network, (), catalogue=strict)
    assert not plan.feasible
    assert plan.options[0].binding.kind == "service_drop"


def test_the_feed_leads_from_the_transformer_to_the_point(plan):
    feed = plan.options[0].feed
    assert [(element.kind, element.name) for element in feed] == [("transformer", "T1"), ("line", "A0-A1"), ("line", "A1-A2")]
    assert all(element.loading_after > element.loading_before for element in feed)


def test_before_is_the_year_without_the_application(plan, network):
    year = grid.run_year(grid.island_at(network, 3))
    assert plan.options[0].before.transformer_loading_max == pytest.approx(float(year.transformer_loading_max[0]), abs=1e-9)
    assert plan.options[0].after.losses_kwh > plan.options[0].before.losses_kwh


@pytest.mark.parametrize(
    ("changed", "kind", "named"),
    [
        ({"profiles": None}, supply.UnusableNetwork, "no yearly profiles"),
        ({"kva": ()}, supply.UnusableNetwork, "no transformer"),
    ],
)
def test_refuses_a_network_that_lacks_what_a_plan_needs(changed, kind, named):
    with pytest.raises(kind, match=named):
        supply.propose(elevator(), hamlet.build(**changed), ())


def test_refuses_a_network_without_low_voltage(network):
    high = replace(network, buses=replace(network.buses, nominal_kv=np.full(9, 10.0)))
    with pytest.raises(supply.UnusableNetwork, match="no low-voltage bus"):
        supply.propose(elevator(), high, ())


def test_refuses_a_network_without_places(network):
    lost = replace(network, buses=replace(network.buses, lat=np.full(9, np.nan)))
    with pytest.raises(supply.UnusableNetwork, match="known place"):
        supply.propose(elevator(), lost, ())


def test_refuses_a_site_off_the_map(network):
    with pytest.raises(supply.SiteOffTheMap, match=r"7幢2单元 is 1[0-9]{3} m from the nearest bus"):
        supply.propose(elevator(place=(80, 1500)), network, ())


@pytest.mark.parametrize(("bus", "kw", "named"), [(4711, 5.0, "bus 4711"), (103, -5.0, "-5.0 kW"), (103, float("nan"), "nan kW")])
def test_refuses_a_reservation_that_cannot_be_counted(network, bus, kw, named):
    with pytest.raises(supply.UnknownReservation, match=named):
        supply.propose(elevator(), network, (supply.Reservation(bus_id=bus, p_kw=kw, q_kvar=0.0, reference="R"),))


def test_the_neighbourhood_shows_lines_and_points(plan, network):
    map_ = supply.neighbourhood(network, plan.options[0], 50.0)
    assert {line.name for line in map_.lines} == {"A0-A1", "A1-A2", "A2-A3", "A1-A4", "A3-C1"}
    assert [bus.name for bus in map_.buses if bus.role == "connection"] == ["A2"]
    assert [line.name for line in map_.lines if line.feeds] == ["A0-A1", "A1-A2"]
    assert map_.west < hamlet.at(40, 0)[0] < map_.east
    assert all(line.loading_after > line.loading_before for line in map_.lines if line.feeds)
    assert json.loads(json.dumps(map_.to_dict()))["lines"]


def test_an_area_in_which_nothing_holds_costs_no_year(monkeypatch):
    small = hamlet.build(kva=(10_000.0, 16.0), loads=[("A3", 20.0), ("A4", 10.0), ("C1", 1.0)])
    runs = []
    monkeypatch.setattr(
        grid,
        "run_year",
        lambda net, *more, run=grid.run_year, steps=None: runs.append((net.transformers.name, steps)) or run(net, *more, steps=steps),
    )
    plan = supply.propose(hamlet.elevator(30.0, place=(140, 10), reference="beside C1"), small, (), ways_out=False)
    assert "T2" in {one.transformer_name for one in plan.rejected}
    assert ("T2",) in {names for names, steps in runs if steps is not None}
    assert ("T2",) not in {names for names, steps in runs if steps is None}
