"""
At 10 kV: the synthetic ring above Schutterwald, with a thinned year (every 97th quarter hour, so that all hours and seasons occur).
"""

import contextlib
import gzip
import json
import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files

import numpy as np
import pytest

from tongdian.engines import grid, supply
from tongdian.engines.supply._medium.outages import apply, find_sections, find_states
from tongdian.engines.supply._medium.sizing import short_circuit_ka

from .reference import solve, with_cable

SITE_LOAD = 1000  # the load of the town beside which the enterprise stands


@pytest.fixture(scope="module")
def town():
    packed = (files("tongdian") / "data" / "networks" / "lv_schutterwald.json.gz").read_bytes()
    whole = grid.synthetic_year(grid.read_pandapower(gzip.decompress(packed), source="Schutterwald"), seed=1)
    year = whole.profiles
    thin = replace(year, p=np.ascontiguousarray(year.p[:, ::97]), q=np.ascontiguousarray(year.q[:, ::97]), step_minutes=15 * 97)
    return replace(whole, profiles=thin)


@pytest.fixture(scope="module")
def ring(town):
    return grid.synthetic_ring(town, seed=2021)


def enterprise(town, kw=800.0, *, reference="park", load=SITE_LOAD, **more):
    bus = town.loads.bus[load]
    return supply.Application(
        reference=reference,
        site_lon=float(town.buses.lon[bus]) + 1e-4,
        site_lat=float(town.buses.lat[bus]),
        devices=(supply.Device(kind="other", kw=kw),),
        customer_class="industry",
        wanted_date=date(2021, 5, 20),
        **more,
    )


@pytest.fixture(scope="module")
def plan(town, ring):
    return supply.propose(enterprise(town), ring, (), corridors=town)


def line_of(network, bus_id):
    return int(np.flatnonzero(network.buses.id == bus_id)[0])


def test_an_enterprise_gets_ways_to_both_feeders_and_both_kinds_of_point(plan, ring):
    assert plan.feasible
    assert (plan.voltage, plan.nominal_kv) == ("high", 10.0)
    assert {option.transformer_name for option in plan.options} == {"1T", "2T"}
    assert {option.point_kind for option in plan.options} == {"ring_joint", "ring_replace"}
    for option in plan.options:
        assert all(check.passed for check in option.checks if check.decides)
        assert {"outage_line_loading", "outage_voltage_min", "short_circuit"} <= {check.kind for check in option.checks}
        assert all(outage.restored and outage.closed for outage in option.outages)
        carried = {line for outage in option.outages for line in outage.line_ids}
        assert set(ring.lines.id.tolist()) - carried  # the open section is the only one whose outage changes nothing
        assert option.route.length_m == pytest.approx(sum(segment.length_m for segment in option.route.segments), abs=0.01)


def test_the_binding_element_is_the_ring_with_a_named_section_out(plan):
    binding = plan.options[0].binding
    assert (binding.kind, binding.element_kind) == ("outage_line_loading", "line")
    assert binding.element_name.startswith("S")
    assert "10 kV I" in binding.outage
    assert binding.value > binding.before


def test_pandapower_agrees_with_every_section_out_at_the_worst_steps_and_a_sample(plan, ring):
    option = plan.options[0]
    grown, extra = with_cable(ring, option, (plan.reserve_kw, plan.reserve_kvar), kv=10.0)
    states = {state.name: state for state in find_states(ring, (line_of(ring, option.bus_id),))}
    assert {outage.section for outage in option.outages} == set(states)
    told = [check for check in option.checks if check.kind in {"outage_voltage_min", "outage_voltage_max"}]
    sample = [int(step) for step in np.linspace(0, ring.profiles.steps - 1, 3)]
    for name, state in states.items():
        here = [check for check in told if check.outage == name]
        steps = [*(check.step for check in here), *sample]
        broken = apply(grown, state)
        voltages, _ = solve(broken, extra, steps)
        for at, check in enumerate(here):
            bus = -1 if check.element_kind == "site" else line_of(grown, check.element_id)
            assert check.value == pytest.approx(voltages[at, bus], abs=1e-6)
        ours = grid.solve_voltages(broken, extra=extra, steps=np.array(steps))
        assert np.nanmax(np.abs(np.where(ours > 0, ours - voltages, np.nan))) < 1e-6
        alive = voltages[:, ring.loads.bus]
        assert np.nanmin(alive) >= min(check.value for check in told) - 1e-6


def test_no_single_length_of_cable_can_break_a_feasible_option(plan, ring):
    option = plan.options[0]
    grown, extra = with_cable(ring, option, (plan.reserve_kw, plan.reserve_kvar), kv=10.0)
    for state in find_states(ring, (line_of(ring, option.bus_id),)):
        year = grid.run_year(apply(grown, state), extra)
        assert np.nanmax(year.line_loading_max) <= 1.0
        assert np.nanmin(year.voltage_min_pu[ring.loads.bus]) >= 0.93


def test_short_circuit_current_equals_the_hand_calculation(ring):
    transformer = complex(0.0044, math.sqrt(0.105**2 - 0.0044**2)) * 1.05**2 / 20  # per unit of 1 MVA
    assert short_circuit_ka(ring, 1, supply.shipped_catalogue()) == pytest.approx(1.1 / abs(transformer) / math.sqrt(3) / 10)
    metres = float(ring.lines.length_m[0])
    cable = complex(0.0766, 0.090) * metres / 1000 / 100
    first = int(ring.lines.to_bus[0])
    assert short_circuit_ka(ring, first, supply.shipped_catalogue()) == pytest.approx(1.1 / abs(transformer + cable) / math.sqrt(3) / 10)


def test_customer_transformer_is_the_smallest_of_the_row_that_carries_the_load(plan):
    station = plan.options[0].station
    kva = 800 / 0.85
    assert (station.rated_kva, station.count) == (1250.0, 1)
    assert station.loading == pytest.approx(kva / 1250, abs=1e-6)
    square = (kva / 1250) ** 2
    assert plan.reserve_kw == pytest.approx(800 + (1670 + square * 9690) / 1000, abs=1e-5)
    assert plan.reserve_kvar == pytest.approx(800 * math.tan(math.acos(0.85)) + 1250 * (0.4 + square * 6) / 100, abs=1e-5)


def test_the_utility_pays_up_to_the_red_line_and_the_customer_his_own_station(plan):
    option = next(option for option in plan.options if option.point_kind == "ring_joint")
    bill = {(line.code, line.payer): line.amount_yuan for line in option.materials}
    assert bill["rmu-6", "utility"] == Decimal(268000)
    assert bill["scb-1250", "customer"] == Decimal(142000)
    assert bill["termination-medium-400", "utility"] == 2 * Decimal(3900)
    metres = sum(line.quantity for line in option.materials if line.code == option.cable.code)
    assert metres == math.ceil(option.route.length_m + 10)
    laid = sum(segment.length_m for segment in option.route.segments if segment.on_corridor)
    assert bill["lay-medium-buried", "utility"] == Decimal(str(round(laid, 2))) * 360
    assert option.cost.policy == "red-line"
    assert option.cost.total_yuan == sum(bill.values()) == option.cost.utility_yuan + option.cost.customer_yuan


def test_the_second_enterprise_is_refused_when_the_ring_is_full(town, ring):
    first = supply.propose(enterprise(town, 2600.0, reference="first"), ring, (), corridors=town)
    assert first.feasible
    second = supply.propose(enterprise(town, 2600.0, reference="second"), ring, first.reservations(first.options[0]), corridors=town)
    assert not second.feasible
    binding = second.options[0].binding
    assert (binding.kind, binding.passed) == ("outage_line_loading", False)
    assert binding.element_name in {"S01.1", "S15.1"}
    assert binding.outage
    assert second.recommended is None
    assert {one.binding.kind for one in second.rejected} == {"outage_line_loading"}
    # in normal operation there would be room: only the outage refuses it
    assert all(check.passed for check in second.options[0].checks if check.kind == "line_loading")


def test_an_accepted_plan_holds_its_capacity_and_its_unit_is_shared(town, ring, plan):
    first = next(option for option in plan.options if option.point_kind == "ring_joint")
    again = supply.propose(enterprise(town, 300.0, reference="neighbour"), ring, plan.reservations(first), corridors=town)
    shared = next(option for option in again.options if option.bus_id == first.bus_id)
    assert shared.point_kind == "ring_unit"
    assert "rmu-6" not in {line.code for line in shared.materials}
    assert shared.reserved_kw == pytest.approx(plan.reserve_kw)
    assert shared.cost.utility_yuan < first.cost.utility_yuan


def test_a_unit_has_no_more_ways_than_it_has(town, ring, plan):
    first = next(option for option in plan.options if option.point_kind == "ring_joint")
    held = tuple(supply.Reservation(bus_id=first.bus_id, p_kw=1.0, q_kvar=0.0, reference=f"way {at}") for at in range(4))
    again = supply.propose(enterprise(town, 300.0, reference="fifth"), ring, held, corridors=town)
    assert first.bus_id not in {option.bus_id for option in again.options}


def test_dual_supply_comes_from_both_sections_and_says_what_they_share(town, ring):
    answer = supply.propose(enterprise(town, supply="dual"), ring, (), corridors=town)
    option = answer.options[0]
    assert answer.feasible
    assert {option.transformer_name, option.second.transformer_name} == {"1T", "2T"}
    assert (option.second.independence, option.second.common) == ("bus_section", "110 kV")
    assert 0 <= option.second.shared_route_m <= min(option.route.length_m, option.second.route.length_m)
    assert (option.station.count, option.station.loading) == (2, pytest.approx(800 / 0.85 / option.station.rated_kva, abs=1e-6))
    main, standby = answer.reservations(option)
    assert (main.bus_id, main.standby) == (option.bus_id, False)
    assert (standby.bus_id, standby.standby) == (option.second.bus_id, True)
    assert {line.code: line.quantity for line in option.materials}["meter-medium"] == 2
    assert supply.INDEPENDENCE[option.second.independence]


def test_a_standby_counts_while_the_ring_is_whole_and_once_with_a_section_out(town, ring):
    place = int(ring.buses.id[10])
    as_main = supply.Reservation(bus_id=place, p_kw=1500.0, q_kvar=700.0, reference="other")
    plans = {
        standby: supply.propose(enterprise(town), ring, (replace(as_main, standby=standby),), corridors=town) for standby in (False, True)
    }
    main, standby = (max(c.value for c in plans[kind].options[0].checks if c.kind == "outage_line_loading") for kind in (False, True))
    whole = [max(c.value for c in plans[kind].options[0].checks if c.kind == "line_loading" and c.element_kind == "line") for kind in plans]
    assert standby < main
    assert whole[0] == whole[1]


def test_a_network_without_an_open_point_leaves_somebody_dark(town, ring):
    spur = int(ring.switches.element[1])
    running = ring.lines.in_service.copy()
    running[spur] = False
    cut = replace(ring, lines=replace(ring.lines, in_service=running), switches=ring.switches.take(np.array([0])))
    answer = supply.propose(enterprise(town), cut, (), corridors=town)
    binding = next(check for check in answer.options[0].checks if check.kind == "outage_supply")
    assert not answer.feasible
    assert (binding.passed, binding.limit) == (False, 0.0)
    assert binding.value >= 1
    assert not any(outage.restored for outage in answer.options[0].outages if outage.section == binding.outage)


def test_without_corridors_the_cable_follows_the_ring(town, ring):
    alone = supply.propose(enterprise(town), ring, ())
    assert alone.feasible
    assert alone.options[0].route.segments[-1].on_corridor is False


def test_sections_end_where_somebody_can_switch(ring):
    sections = find_sections(ring)
    assert len(sections) == len(ring.loads) + 1
    assert sorted(line for section in sections for line in section) == list(range(len(ring.lines)))
    joint = len(ring.buses) - 1
    assert len(find_sections(ring, (joint,))) == len(sections) + 1


def test_the_voltage_follows_from_power_and_wish(town):
    wish = supply.voltage_of
    assert wish(enterprise(town, 160.0)) == "low"
    assert wish(enterprise(town, 160.1)) == "high"
    assert wish(enterprise(town, 100.0, voltage="high")) == "high"
    assert wish(enterprise(town, 100.0, supply="dual")) == "high"
    with pytest.raises(supply.TooLarge, match="160"):
        wish(enterprise(town, 200.0, voltage="low"))
    with pytest.raises(supply.TooLarge, match="35 kV"):
        wish(enterprise(town, 9000.0))
    for unclear in ({"voltage": "medium"}, {"supply": "triple"}, {"voltage": "low", "supply": "dual"}):
        with pytest.raises(supply.UnclearSupply):
            wish(enterprise(town, 100.0, **unclear))


def test_refuses_networks_on_which_no_such_supply_can_be_planned(town, ring):
    with pytest.raises(supply.TooLarge, match="no 10 kV line"):
        supply.propose(enterprise(town), town, ())
    with pytest.raises(supply.UnusableNetwork, match="profiles"):
        supply.propose(enterprise(town), replace(ring, profiles=None), ())
    far = replace(enterprise(town), site_lon=8.2)
    with pytest.raises(supply.SiteOffTheMap):
        supply.propose(far, ring, (), corridors=town)
    near = {"medium_route_max_m": 10.0}
    short = replace(supply.shipped_catalogue(), rules=supply.shipped_catalogue().rules | near)
    with pytest.raises(supply.NoWay, match="10 kV"):
        supply.propose(enterprise(town), ring, (), corridors=town, catalogue=short)
    small = replace(supply.shipped_catalogue(), transformers=supply.shipped_catalogue().transformers[:1])
    with pytest.raises(supply.MissingRow, match="standard row"):
        supply.propose(enterprise(town, 2000.0), ring, (), corridors=town, catalogue=small)


def test_dual_supply_needs_a_second_feeder(town, ring):
    off = replace(ring.transformers, in_service=np.array([True, False]))
    with pytest.raises(supply.NoSecondSupply, match="park"):
        supply.propose(enterprise(town, supply="dual"), replace(ring, transformers=off), (), corridors=town)


def test_what_is_held_at_low_voltage_is_carried_up_to_its_station(town, ring):
    transformer = 5
    low = supply.Reservation(bus_id=int(town.buses.id[town.transformers.lv_bus[transformer]]), p_kw=50.0, q_kvar=10.0, reference="lift")
    (carried,) = supply.carry_up(town, [low])
    assert carried == replace(low, bus_id=int(town.buses.id[town.transformers.hv_bus[transformer]]), carried=True)
    assert carried.bus_id in ring.buses.id
    loaded = supply.propose(enterprise(town), ring, (carried,), corridors=town)
    assert loaded.options[0].reserved_kw == 50.0


def test_what_is_carried_up_takes_no_way_of_a_unit(town, ring, plan):
    replaced = next(option for option in plan.options if option.point_kind == "ring_replace")
    for carried, kind in ((True, "ring_replace"), (False, "ring_unit")):
        held = supply.Reservation(bus_id=replaced.bus_id, p_kw=10.0, q_kvar=0.0, reference="other", carried=carried)
        again = supply.propose(enterprise(town), ring, (held,), corridors=town)
        assert {option.point_kind for option in again.options if option.bus_id == replaced.bus_id} == {kind}


def test_the_answer_survives_json_and_older_answers_can_be_read(plan):
    written = json.loads(json.dumps(plan.to_dict()))
    assert supply.SupplyPlan.from_dict(written) == plan
    for newer in ("voltage", "nominal_kv"):
        del written[newer]
    for option in written["options"]:
        del option["second"], option["outages"], option["station"]
    old = supply.SupplyPlan.from_dict(written)
    assert (old.voltage, old.options[0].second) == ("low", None)


def test_the_same_application_twice_has_the_same_answer(plan, town, ring):
    assert supply.propose(enterprise(town), ring, (), corridors=town) == plan


def test_the_maker_of_medical_goods_needs_one_unit_and_about_600_m_of_cable(town):
    """
    Sentence 21: one ring-main unit, 600 m of cable, 826,000 yuan. The estimate is of that order; what was paid is recorded later.
    """
    ring = grid.synthetic_ring(town, seed=2021)
    maker = supply.Application(
        reference="医疗防护用品",
        site_lon=7.88521,
        site_lat=48.44987,
        devices=(supply.Device(kind="factory", kw=800.0),),
        customer_class="industry",
        wanted_date=date(2021, 5, 8),
    )
    best = supply.propose(maker, ring, (), corridors=town).options[0]
    bill = {line.code: line.quantity for line in best.materials}
    assert (best.feasible, best.point_kind, bill["rmu-6"]) == (True, "ring_joint", 1)
    metres = sum(line.quantity for line in best.materials if line.code == best.cable.code)
    assert 570 < metres < 640
    assert 700_000 < best.cost.utility_yuan < 900_000
    assert best.cost.price_standing == "example"


def test_a_switch_between_two_units_restores_as_an_open_line_does(ring):
    opened = int(ring.switches.element[1])
    section = next(lines for lines in find_sections(ring) if opened in lines)
    ends, counts = np.unique([ring.lines.from_bus[list(section)], ring.lines.to_bus[list(section)]], return_counts=True)
    one, other = ends[counts == 1]
    running = ring.lines.in_service.copy()
    running[list(section)] = False
    switches = replace(
        ring.switches, name=("bus coupler", "tie"), kind=("bus", "bus"), bus=np.array([1, one]), element=np.array([2, other])
    )
    joined = replace(ring, lines=replace(ring.lines, in_service=running), switches=switches)
    states = find_states(joined)
    assert {(state.tie, state.dark) for state in states} == {("tie", ())}
    voltages = grid.solve_voltages(apply(joined, states[0]), steps=np.array([0]))
    assert (voltages[0, ring.loads.bus] > 0.9).all()


def test_no_short_circuit_without_a_source(ring):
    off = replace(ring, sources=replace(ring.sources, in_service=np.array([False])))
    assert short_circuit_ka(off, 5, supply.shipped_catalogue()) == 0.0


def test_what_no_station_feeds_is_not_carried_up(town):
    above = supply.Reservation(bus_id=int(town.buses.id[town.transformers.hv_bus[0]]), p_kw=5.0, q_kvar=0.0, reference="above")
    assert supply.carry_up(town, [above]) == ()


def test_a_cable_that_drops_too_much_is_named(town, ring):
    strict = replace(supply.shipped_catalogue(), rules=supply.shipped_catalogue().rules | {"medium_service_drop": 1e-7})
    answer = supply.propose(enterprise(town), ring, (), corridors=town, catalogue=strict)
    assert not answer.feasible
    assert answer.options[0].binding.kind == "service_drop"
    assert answer.options[0].cable.section_mm2 == 400
    assert answer.options[0].cable.parallel == 2


def test_a_ring_that_collapses_with_a_section_out_says_so(town):
    weak = grid.synthetic_ring(town, seed=2021, design=grid.RingDesign(r_ohm_per_km=0.9, x_ohm_per_km=0.9))
    answer = supply.propose(enterprise(town, 8000.0), weak, (), corridors=town)
    assert (answer.feasible, answer.options) == (False, ())
    assert {one.binding.kind for one in answer.rejected} == {"power_flow"}


@pytest.fixture(scope="module")
def refused(town, ring):
    return supply.propose(enterprise(town, 6000.0), ring, (), corridors=town)


def test_where_no_point_of_the_ring_holds_the_ways_out_are_priced_and_confirmed(refused, ring):
    answer = refused
    assert not answer.feasible
    assert answer.considered > 9  # points beyond the nearest were tried as well
    ways = {way.kind: way for way in answer.ways_out}
    assert {"medium_feeder", "second_cable"} <= set(ways)
    assert [way.total_yuan for way in answer.ways_out] == sorted(way.total_yuan for way in answer.ways_out)
    for way in answer.ways_out:
        assert way.binding.passed
        assert way.steps == ring.profiles.steps
    bill = {line.code: line.amount_yuan for line in ways["medium_feeder"].materials}
    assert bill["substation-way"] == Decimal(168000)
    cable = ways["second_cable"]
    assert cable.added_yuan == sum(line.amount_yuan for line in cable.materials)
    assert cable.length_m == pytest.approx(sum(float(ring.lines.length_m[ring.lines.id == one][0]) for one in cable.element_ids), abs=0.1)
    assert 0 < answer.fits_kw < 6000


def test_what_fits_as_it_is_holds_and_a_little_more_does_not(refused, ring):
    answer = refused
    cheapest = min(answer.rejected, key=lambda one: one.cost_yuan)
    at = line_of(ring, cheapest.bus_id)
    states = find_states(ring, (at,), around=at)

    def heaviest(kw):
        load = grid.ExtraLoad(bus=at, p_kw=kw, q_kvar=kw * answer.reserve_kvar / answer.reserve_kw)
        return max(float(np.nanmax(grid.run_year(apply(ring, state), (load,)).line_loading_max)) for state in states)

    assert heaviest(answer.fits_kw) <= 1.0
    assert heaviest(1.04 * answer.fits_kw) > 1.0


def test_many_chargers_at_10_kv_are_managed_where_the_ring_is_full(town, ring):
    application = replace(enterprise(town), devices=(supply.Device(kind="charger", kw=120.0, count=60),))
    answer = supply.propose(application, ring, (), corridors=town)
    assert not answer.feasible
    managed = [way for way in answer.ways_out if way.kind == "managed_charging"]
    assert managed
    assert managed[0].after < managed[0].before


def test_a_full_main_transformer_is_exchanged_for_the_next_of_its_row(town, ring):
    rows = ring.transformers
    small = replace(ring, transformers=replace(rows, rated_kva=np.full(len(rows), 4000.0)))
    answer = supply.propose(enterprise(town, 3000.0), small, (), corridors=town)
    assert not answer.feasible
    exchanged = [way for way in answer.ways_out if way.kind == "larger_transformer"]
    assert [(way.before, way.after, way.unit, way.elements) for way in exchanged] == [(4000.0, 20000.0, "kVA", ("1T", "2T"))]
    assert exchanged[0].added_yuan == 2 * (Decimal(2350000) + Decimal(680000))
    priceless = supply.shipped_catalogue()
    tables = replace(priceless, prices={code: price for code, price in priceless.prices.items() if code != "substation-exchange"})
    without = supply.propose(enterprise(town, 3000.0), small, (), corridors=town, catalogue=tables)
    assert "larger_transformer" not in {way.kind for way in without.ways_out}


def places_of(option):
    return {place for segment in option.route.segments for place in segment.path}


def by_hand(town, ring, bus_id, **chosen):
    application = chosen.pop("application", None) or enterprise(town)
    return supply.evaluate_by_hand(application, ring, chosen.pop("reservations", ()), bus_id=bus_id, corridors=town, **chosen)


def test_what_the_engine_chose_comes_out_the_same_by_hand(town, ring, plan):
    best = plan.options[0]
    assert by_hand(town, ring, best.bus_id) == replace(best, labels=(supply.BY_HAND,))


def test_every_point_of_the_list_can_be_chosen_and_is_checked_with_every_section_out(town, ring):
    points = supply.points_by_hand(enterprise(town), ring, corridors=town)
    assert [point.route_m for point in points[:3]] == sorted(point.route_m for point in points[:3])
    assert {point.kind for point in points} == {"ring_joint", "ring_replace"}
    far = points[len(points) // 2]
    option = by_hand(town, ring, far.bus_id)
    assert (option.bus_id, option.route.length_m, option.point_kind) == (far.bus_id, far.route_m, far.kind)
    assert option.outages
    assert {"outage_voltage_min", "outage_line_loading", "short_circuit", "voltage_min"} <= {check.kind for check in option.checks}


def test_the_way_goes_over_the_chosen_corridor_and_is_laid_as_chosen(town, ring, plan):
    best = plan.options[0]
    straight = places_of(best)
    site = (enterprise(town).site_lon, enterprise(town).site_lat)
    lines = supply.lines_by_hand(site, town, most=200)
    detour = None
    for place in (supply.place_on_line(town, line.line_id) for line in lines):
        with contextlib.suppress(supply.UnusableByHand):
            detour = by_hand(town, ring, best.bus_id, via=[place], laying="duct")
        if detour is not None and places_of(detour) != straight:
            break
    assert places_of(detour) != straight
    assert detour.route.length_m > best.route.length_m
    assert {segment.method for segment in detour.route.segments} == {"duct"}
    with pytest.raises(supply.UnusableByHand, match="no laying “wall”"):
        by_hand(town, ring, best.bus_id, laying="wall")  # not at 10 kV


def test_a_cable_by_hand_is_taken_or_refused_by_what_it_carries(town, ring, plan):
    best = plan.options[0]
    codes = [cable.code for cable in supply.shipped_catalogue().at_medium_voltage().cables]
    strong = by_hand(town, ring, best.bus_id, cable=codes[-1], parallel=1)
    assert strong.cable.code == codes[-1]
    with pytest.raises(supply.UnusableByHand, match="too small"):
        by_hand(town, ring, best.bus_id, cable=codes[0], application=enterprise(town, kw=6000.0))
    with pytest.raises(supply.UnusableByHand, match="no cable"):
        by_hand(town, ring, best.bus_id, cable="unheard of")
    with pytest.raises(supply.UnusableByHand, match="not foreseen"):
        by_hand(town, ring, best.bus_id, cable=codes[-1], parallel=99)


def test_points_that_are_none_are_refused_by_name(town, ring, plan):
    busbar = int(ring.buses.id[int(ring.transformers.lv_bus[0])])
    with pytest.raises(supply.UnusableByHand, match="no point of the 10 kV ring"):
        by_hand(town, ring, busbar)
    with pytest.raises(supply.UnusableByHand, match="no connection point 99999"):
        by_hand(town, ring, 99999)
    full = next(point for point in supply.points_by_hand(enterprise(town), ring, corridors=town) if point.kind == "ring_replace")
    ways = int(supply.shipped_catalogue().rules["unit_ways"]) - 3
    held = tuple(supply.Reservation(bus_id=full.bus_id, p_kw=1.0, q_kvar=0.1, reference=f"c{at}") for at in range(ways))
    with pytest.raises(supply.UnusableByHand, match="no way left"):
        by_hand(town, ring, full.bus_id, reservations=held)


def test_the_second_of_a_dual_supply_by_hand_comes_from_another_feeder(town, ring):
    asked = enterprise(town, supply="dual")
    plan = supply.propose(asked, ring, (), corridors=town, shown=1, ways_out=False)
    option = by_hand(town, ring, plan.options[0].bus_id, application=asked)
    assert option.second == plan.options[0].second


def test_a_dual_supply_that_nothing_holds_is_told_its_ways_out(town, ring):
    answer = supply.propose(enterprise(town, 4000.0, supply="dual"), ring, (), corridors=town)
    assert not answer.feasible
    assert answer.considered > 9  # points beyond the nearest were tried as well
    ways = {way.kind: way for way in answer.ways_out}
    assert set(ways) == {"second_cable", "medium_feeder"}
    assert all(way.binding.passed and way.added_yuan > 0 for way in answer.ways_out)
    assert set(ways["second_cable"].element_ids) <= set(ring.lines.id.tolist())
    assert 0 < answer.fits_kw < 4000
