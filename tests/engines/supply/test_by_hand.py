"""
Options made by hand: another point, another way, another cable; checked like the engine's own, and refused by name.
"""

from dataclasses import replace

import pytest
from tests.engines.supply.hamlet import at, build, elevator

from tongdian.engines import supply
from tongdian.kit.refused import Refused

A1, A2, A3, A4, C1, SOURCE = 102, 103, 104, 105, 108, 100


@pytest.fixture(scope="module")
def hamlet():
    return build()


@pytest.fixture(scope="module")
def plan(hamlet):
    return supply.propose(elevator(), hamlet, ())


def by_hand(hamlet, bus_id=A2, application=None, **chosen):
    return supply.evaluate_by_hand(application or elevator(), hamlet, chosen.pop("reservations", ()), bus_id=bus_id, **chosen)


def test_what_the_engine_chose_comes_out_the_same_by_hand(hamlet, plan):
    best = plan.options[0]
    assert by_hand(hamlet, best.bus_id) == replace(best, labels=(supply.BY_HAND,), line_loadings=by_hand(hamlet, best.bus_id).line_loadings)


def test_another_point_is_checked_over_the_whole_year(hamlet, plan):
    option = by_hand(hamlet, A1)
    assert option.feasible
    assert option.bus_id == A1
    assert option.route.length_m > plan.options[0].route.length_m
    assert option.cost.total_yuan > plan.options[0].cost.total_yuan
    assert {"voltage_min", "line_loading", "transformer_loading", "service_drop"} <= {check.kind for check in option.checks}


def test_a_reservation_that_fills_the_transformer_binds_by_hand_too(hamlet):
    full = supply.Reservation(bus_id=A1, p_kw=75.0, q_kvar=10.0, reference="others")
    option = by_hand(hamlet, A1, reservations=(full,))
    assert not option.feasible
    assert option.binding.kind in {"transformer_loading", "line_loading", "voltage_min"}


def test_a_way_over_a_chosen_corridor_goes_over_it(hamlet):
    # between A3 and C1 lies an open line; from the site to A3 there are the ways over A2 and straight to the line
    straight = by_hand(hamlet, A1)
    over = by_hand(hamlet, A1, via=[at(60, 1)])
    assert straight.route == over.route  # the cheapest way is over it already
    far = by_hand(hamlet, C1, via=[at(130, 1)])
    places = {place for segment in far.route.segments for place in segment.path}
    assert any(abs(lon - at(120, 0)[0]) < 1e-7 for lon, _ in places)
    assert far.transformer_name == "T2"


def test_a_way_that_goes_back_on_itself_is_refused(hamlet):
    with pytest.raises(supply.UnusableByHand, match="going back on itself"):
        by_hand(hamlet, A2, via=[at(40, 25)])


def test_two_corridors_are_gone_over_in_their_order(hamlet):
    option = by_hand(hamlet, C1, via=[at(100, 0), at(130, 0)])
    assert option.route.length_m == pytest.approx(by_hand(hamlet, C1, via=[at(130, 0)]).route.length_m)
    with pytest.raises(supply.UnusableByHand, match="going back on itself"):
        by_hand(hamlet, C1, via=[at(130, 0), at(100, 0)])


def test_a_stronger_cable_drops_less_and_costs_more(hamlet, plan):
    option = by_hand(hamlet, plan.options[0].bus_id, cable="YJV22-4x150", parallel=2)
    assert (option.cable.code, option.cable.parallel) == ("YJV22-4x150", 2)
    assert option.cable.drop < plan.options[0].cable.drop
    assert option.cost.total_yuan > plan.options[0].cost.total_yuan


def test_another_laying_changes_price_and_ampacity(hamlet):
    duct, buried = by_hand(hamlet, A1, laying="duct"), by_hand(hamlet, A1, laying="buried")
    assert {segment.method for segment in duct.route.segments} == {"duct"}
    assert duct.cost.total_yuan != buried.cost.total_yuan


def test_a_cable_whose_drop_is_too_large_is_told_by_its_check(hamlet):
    heavy = elevator(devices=(supply.Device(kind="other", kw=30.0),), place=(80, 300))
    wide = replace(supply.shipped_catalogue(), rules=supply.shipped_catalogue().rules | {"site_max_m": 1000.0, "route_max_m": 1000.0})
    option = by_hand(hamlet, A2, application=heavy, cable="YJLV22-4x25", catalogue=wide)
    drop = next(check for check in option.checks if check.kind == "service_drop")
    assert not drop.passed
    assert not option.feasible


@pytest.mark.parametrize(
    ("bus", "chosen", "said"),
    [
        (999, {}, "no connection point 999"),
        (SOURCE, {}, "Q is not at low voltage"),
        (A2, {"cable": "no-such"}, "no cable “no-such”"),
        (A2, {"cable": "YJV22-4x150", "parallel": 9}, "9 cables"),
        (A2, {"laying": "by balloon"}, "no laying “by balloon”"),
        (A2, {"via": [at(60, 200)]}, "No corridor lies within 40 m"),
        (A2, {"via": [at(60, 0)] * 4}, "3 corridors at most"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name(hamlet, bus, chosen, said):
    with pytest.raises(supply.UnusableByHand, match=said):
        by_hand(hamlet, bus, **chosen)


def test_a_cable_too_small_is_refused_with_one_that_holds(hamlet):
    heavy = elevator(devices=(supply.Device(kind="other", kw=60.0),))
    with pytest.raises(supply.UnusableByHand, match=r"1 × YJLV22-4x16 is too small .* 1 × YJL?V22-\S+ holds"):
        by_hand(hamlet, A1, application=heavy, cable="YJLV22-4x16")


def test_anothers_terminal_a_dead_point_and_a_point_without_a_way_are_refused(hamlet):
    with pytest.raises(supply.UnusableByHand, match="A4 is another customer's own terminal"):
        by_hand(hamlet, A4, application=elevator(place=(120, 40)))
    with pytest.raises(supply.UnusableByHand, match="C1 lies in a part of the network that no transformer feeds"):
        by_hand(build(kva=(100.0,)), C1)
    lon = hamlet.buses.lon.copy()
    lon[[4, 7]] = float("nan")  # places of A3 and C0 unknown: no line to C1 has a course
    paths = tuple(path if at in {0, 1, 3} else None for at, path in enumerate(hamlet.lines.path))
    apart = replace(hamlet, buses=replace(hamlet.buses, lon=lon), lines=replace(hamlet.lines, path=paths))
    with pytest.raises(supply.UnusableByHand, match="No corridor leads from the site to C1"):
        by_hand(apart, C1)
    tight = replace(supply.shipped_catalogue(), rules=supply.shipped_catalogue().rules | {"route_max_m": 50.0})
    with pytest.raises(supply.UnusableByHand, match=r"The way to C1 is \d+ m long, the limit is 50 m"):
        by_hand(hamlet, C1, catalogue=tight)


def test_a_load_under_which_the_network_collapses_is_refused(hamlet):
    weak = replace(hamlet, lines=replace(hamlet.lines, r_ohm_per_km=hamlet.lines.r_ohm_per_km * 60))
    with pytest.raises(supply.UnusableByHand, match="collapses"):
        by_hand(weak, A2, application=elevator(devices=(supply.Device(kind="other", kw=150.0),)))


def test_networks_that_cannot_be_planned_on_are_refused(hamlet):
    with pytest.raises(supply.TooLarge, match="no 10 kV line"):
        by_hand(hamlet, application=replace(elevator(), voltage="high"))
    with pytest.raises(Refused, match="yearly profiles"):
        by_hand(build(profiles=None))


def test_the_list_of_points_begins_with_the_cheapest_way_and_leaves_out_others_terminals(hamlet):
    points = supply.points_by_hand(elevator(), hamlet)
    assert points[0].bus_name == "A2"
    kinds = {point.bus_name: point.kind for point in points}
    assert (kinds["A0"], kinds["A2"], kinds["C0"]) == ("busbar", "line", "busbar")
    assert "Q" not in kinds
    for point in points:
        assert by_hand(hamlet, point.bus_id).route.length_m == point.route_m


def test_what_is_kept_is_recommended_among_the_others(hamlet, plan):
    option = by_hand(hamlet, A1)
    kept = supply.keep_by_hand(plan, option)
    assert kept.options[kept.recommended].bus_id == A1
    assert supply.BY_HAND in kept.options[kept.recommended].labels
    assert [one.rank for one in kept.options] == list(range(1, len(kept.options) + 1))
    assert len(kept.options) > 1
    assert supply.SupplyPlan.from_dict(kept.to_dict()) == kept
    alone = supply.keep_by_hand(plan, option, beside=False)
    assert [one.bus_id for one in alone.options] == [A1]


def test_what_is_kept_stays_even_if_all_others_beat_it(hamlet, plan):
    dear = by_hand(hamlet, A1, cable="YJV22-4x240", parallel=2, laying="duct")
    kept = supply.keep_by_hand(supply.keep_by_hand(plan, by_hand(hamlet, A1)), dear)
    assert kept.options[kept.recommended].cable.code == "YJV22-4x240"


def test_what_does_not_hold_or_is_there_already_is_not_kept(hamlet, plan):
    full = supply.Reservation(bus_id=A1, p_kw=75.0, q_kvar=10.0, reference="others")
    with pytest.raises(supply.UnusableByHand, match="does not hold"):
        supply.keep_by_hand(plan, by_hand(hamlet, A1, reservations=(full,)))
    with pytest.raises(supply.UnusableByHand, match="already"):
        supply.keep_by_hand(plan, by_hand(hamlet, plan.options[0].bus_id))
