"""
Joint plans: what a place's applications share, and what falls to each.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.supply.hamlet import at, build, elevator

from tongdian.engines import grid, supply
from tongdian.engines.supply._joint.groups import Near, grow_groups
from tongdian.engines.supply._joint.shares import cap, split
from tongdian.kit.refused import Refused


def charger(reference, place, kw=7.0, count=1):
    return elevator(place=place, reference=reference, devices=(supply.Device(kind="charger", kw=kw, count=count),))


def row_of_chargers(count, east=20, north=20):
    return [charger(f"c{at_}", (east + 3 * at_, north)) for at_ in range(count)]


@pytest.fixture(scope="module")
def four():
    return supply.propose_together(row_of_chargers(4), build())


def test_neighbours_share_one_cable(four):
    assert four.together
    assert [len(group.members) for group in four.groups] == [4]
    assert four.total_yuan < four.singles_yuan
    assert all(check.passed for check in four.checks if check.decides)
    assert four.unserved == ()


def test_the_sum_of_the_shares_is_the_whole_cost_and_nobody_pays_more_than_alone(four):
    assert sum(share.yuan for share in four.shares) == four.total_yuan
    assert sum(share.alone_yuan for share in four.shares) == four.singles_yuan
    assert all(share.yuan <= share.alone_yuan for share in four.shares)
    assert all(share.own_yuan + share.shared_yuan == share.yuan for share in four.shares)


def test_the_bill_is_the_cost_and_has_one_box_and_a_meter_for_each(four):
    (group,) = four.groups
    assert sum(line.amount_yuan for line in group.materials) == four.total_yuan
    count = {}
    for line in group.materials:
        count[line.code] = count.get(line.code, 0) + line.quantity
    assert (count["branch-box"], count["meter-3p"], count["install-meter"]) == ((group.option.point_kind == "line" and 2) or 1, 4, 4)


def test_the_whole_design_agrees_with_a_network_made_by_hand(four):
    from tongdian.engines.supply._demand import understand
    from tongdian.engines.supply._joint.year import _add, _Grown

    (group,) = four.groups
    net = build()
    areas = grid.island_labels(net)
    here = int(net.buses.id.tolist().index(group.option.bus_id))
    grown = _Grown(network=net, loads=[], members=[])
    box = _add(grown, here, group.option.cable, "box", 1.0)
    loads = []
    for spoke, application in zip(group.spokes, four.applications, strict=True):
        load = understand(application, supply.shipped_catalogue()).load
        loads.append(grid.ExtraLoad(bus=_add(grown, box, spoke.cable, spoke.reference, 1.0), p_kw=load.p_kw, q_kvar=load.q_kvar))
    year = grid.run_year(grown.network, loads, solver="power_grid_model")
    told = next(check for check in four.checks if check.kind == "voltage_min" and check.element_kind == "site")
    at_ = grown.network.buses.name.index(told.element_name)
    assert areas[here] >= 0
    assert year.voltage_min_pu[at_] == pytest.approx(told.value, abs=1e-8)


def test_far_ones_stay_single_and_are_no_dearer():
    plan = supply.propose_together([charger("a", (20, 15)), charger("b", (190, 12))], build())
    assert [group.members for group in plan.groups] == [("a",), ("b",)]
    assert not plan.together
    assert plan.total_yuan == plan.singles_yuan
    assert [share.yuan for share in plan.shares] == [share.alone_yuan for share in plan.shares]


def test_a_full_transformer_is_exchanged_once_for_all():
    wanted = [charger(f"c{at_}", (20 + 3 * at_, 20), kw=20.0) for at_ in range(5)]
    plan = supply.propose_together(wanted, build(kva=(50.0, 50.0)))
    assert plan.unserved == ()
    exchanged = [one.element_ids for one in plan.reinforced if one.kind == "larger_transformer"]
    assert len(exchanged) == len(set(exchanged))
    assert plan.reinforced
    assert plan.total_yuan <= plan.singles_yuan
    assert sum(share.yuan for share in plan.shares) == plan.total_yuan


def test_single_answers_that_together_go_too_far_are_mended_and_all_bear_it_alike():
    tight = grid.Limits(voltage_min_pu=0.99, voltage_max_pu=1.05, line_loading=1.0, transformer_loading=1.0)
    wanted = [charger(name, (east, 12), kw=1.5) for name, east in (("a", 20), ("b", 70), ("c", 130), ("d", 190))]
    alone = [supply.propose(one, build(), (), limits=tight, ways_out=False) for one in wanted]
    assert all(plan.feasible for plan in alone)
    plan = supply.propose_together(wanted, build(), limits=tight)
    assert not plan.together
    assert all(check.passed for check in plan.checks if check.decides)
    (mended,) = plan.reinforced
    assert mended.wanted_by == ("a", "b", "c", "d")
    assert sum(share.alone_yuan for share in plan.shares) == plan.singles_yuan == sum(share.yuan for share in plan.shares)


def test_a_complaint_is_settled_by_the_cheapest_change():
    tight = grid.Limits(voltage_min_pu=0.983, voltage_max_pu=1.05, line_loading=1.0, transformer_loading=1.0)
    lon, lat = at(120, 0)
    complaint = supply.Complaint(reference="dim", site_lon=lon, site_lat=lat)
    plan = supply.propose_together([charger("c", (190, 12))], build(line_types=["JKLYJ-50"] * 6), complaints=[complaint], limits=tight)
    (settled,) = plan.complaints
    assert settled.before_pu < settled.limit_pu
    assert settled.settled
    assert settled.after_pu >= settled.limit_pu
    assert [one.wanted_by for one in plan.reinforced] == [("dim",)]


def test_a_prospective_need_is_counted_and_not_reserved():
    lon, lat = at(120, 0)
    need = supply.Prospect(reference="park", site_lon=lon, site_lat=lat, kw=60.0, probability=0.5)
    free = supply.propose_together([charger("c", (100, 8))], build())
    counted = supply.propose_together([charger("c", (100, 8))], build(), prospects=[need])
    lowest = [min(check.value for check in plan.checks if check.kind == "voltage_min") for plan in (free, counted)]
    assert lowest[1] < lowest[0] or counted.groups[0].option.bus_id != free.groups[0].option.bus_id
    assert [share.reference for share in counted.shares] == ["c"]


def test_groups_keep_to_what_one_cable_may_supply_and_how_far_a_box_reaches():
    near = Near([charger(f"c{at_}", (20 + 3 * at_, 20), kw=60.0) for at_ in range(4)], build(), supply.shipped_catalogue())
    assert all(len(group) <= 2 for group in grow_groups(near))
    wide = Near([charger("a", (0, 20)), charger("b", (100, 20))], build(), supply.shipped_catalogue())
    assert grow_groups(wide) == [(0,), (1,)]


def test_an_application_at_10_kv_is_refused_by_name():
    with pytest.raises(Refused, match="big is supplied at 10 kV"):
        supply.propose_together([charger("big", (20, 20), kw=300.0)], build())


def test_a_joint_plan_can_be_written_and_read_back(four):
    assert supply.JointPlan.from_dict(four.to_dict()) == four


@pytest.mark.parametrize("language", ["zh", "en"])
def test_its_paper_names_everybody_and_the_rule(four, language):
    from datetime import date

    values = supply.joint_values(four, number="J1", day=date(2021, 7, 5), language=language)
    assert [row[0] for row in values["options"]] == ["c0", "c1", "c2", "c3"]
    assert values["mark"] == "example/示例"
    assert supply.joint_bill(four)[1][-1][7] == float(four.total_yuan)
    roles = [feature["properties"]["role"] for feature in supply.joint_map(four)["features"]]
    assert (roles.count("site"), roles.count("shared"), roles.count("spoke")) == (4, 1, 4)


money = st.integers(min_value=0, max_value=10**7).map(lambda fen: Decimal(fen) / 100)


@given(amount=money, weights=st.lists(st.integers(0, 1000).map(Decimal), min_size=1, max_size=12))
def test_a_split_adds_up_to_the_fen(amount, weights):
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


@given(rows=st.lists(st.tuples(money, money), min_size=1, max_size=12))
def test_a_cap_holds_for_all_and_the_sum_stays_where_it_can(rows):
    wanted, caps = [row[0] for row in rows], [row[1] for row in rows]
    shares = cap(wanted, caps)
    assert all(share <= limit for share, limit in zip(shares, caps, strict=True))
    assert sum(shares) == min(sum(wanted), sum(caps))


def test_equals_are_treated_alike():
    shares = cap([Decimal("100.00")] * 3, [Decimal("80.00"), Decimal("200.00"), Decimal("200.00")])
    assert shares == [Decimal("80.00"), Decimal("110.00"), Decimal("110.00")]


def test_every_member_has_a_plan_of_its_own_that_adds_up(four):
    plans = [supply.member_plan(four, one.reference) for one in four.applications]
    (group,) = four.groups
    assert sum(plan.options[0].cost.total_yuan for plan in plans) == four.total_yuan
    assert sum(plan.reserve_kw for plan in plans) == pytest.approx(group.plan.reserve_kw, abs=1e-5)
    assert sum(plan.reserve_kvar for plan in plans) == pytest.approx(group.plan.reserve_kvar, abs=1e-5)
    for plan, spoke in zip(plans, group.spokes, strict=True):
        (option,) = plan.options
        assert (plan.application.reference, plan.recommended, option.bus_id) == (spoke.reference, 0, group.option.bus_id)
        assert sum(line.amount_yuan for line in option.materials) == option.cost.total_yuan
        assert option.cost.utility_yuan + option.cost.customer_yuan == option.cost.total_yuan
        assert option.route.length_m == pytest.approx(group.option.route.length_m + spoke.route.length_m)
        assert {check.kind for check in option.checks if check.element_name == spoke.reference} >= {"voltage_min", "disconnection"}
        assert supply.SupplyPlan.from_dict(plan.to_dict()) == plan


def test_a_member_alone_in_its_group_bears_its_part_of_what_is_reinforced():
    wanted = [charger(f"c{at_}", (20 + 3 * at_, 20), kw=20.0) for at_ in range(5)]
    joint = supply.propose_together(wanted, build(kva=(50.0, 50.0)))
    plans = [supply.member_plan(joint, one.reference) for one in joint.applications]
    assert sum(plan.options[0].cost.total_yuan for plan in plans) == joint.total_yuan
    assert any(line.code == supply.SHARE for plan in plans for line in plan.options[0].materials)
    single = supply.propose_together([charger("a", (20, 15)), charger("b", (190, 12))], build())
    plan = supply.member_plan(single, "a")
    assert plan.options[0].materials == single.groups[0].materials
    assert plan.rejected == single.groups[0].plan.rejected


def test_progress_is_told_and_may_end_the_search():
    heard = []
    supply.propose_together(row_of_chargers(3), build(), progress=lambda done, total: heard.append((done, total)))
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == ((0, 9), (9, 9))

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        supply.propose_together(row_of_chargers(3), build(), progress=stop)


def test_the_cable_to_each_member_is_protected(four):
    found = {(check.element_name, check.kind): check for check in four.checks if check.element_kind == "site"}
    least = [found[spoke.reference, "disconnection"] for spoke in four.groups[0].spokes]
    assert all(check.passed for check in least)
    box = four.groups[0].option.protection
    assert all(check.value < box.ik1_min_site_a for check in least)  # the own cable lies behind the shared one


def test_motors_and_many_chargers_behind_one_box_are_each_looked_at_with_their_full_power():
    lifts = [elevator(place=(20 + 3 * at_, 20), reference=f"lift{at_}") for at_ in range(2)]
    plan = supply.propose_together([*lifts, *(charger(f"c{at_}", (26 + 3 * at_, 20)) for at_ in range(8))], build(kva=(400.0, 250.0)))
    assert plan.together
    starts = [check for check in plan.checks if check.kind == "start_voltage" and check.element_name.startswith("lift")]
    assert len(starts) == 2
    assert all(check.passed for check in starts)
    shared = next(group for group in plan.groups if len(group.members) > 2)
    assert shared.plan.reserve_kw < sum(spoke.kw for spoke in shared.spokes)  # they do not all run at once
    own = {check.element_name for check in plan.checks if check.kind == "voltage_min" and check.element_kind == "site"}
    assert {name for group in plan.groups for name in group.members} <= own


def test_a_group_that_no_point_holds_falls_into_halves():
    wanted = [charger(f"c{at_}", (20 + 3 * at_, 20), kw=15.0) for at_ in range(9)]
    plan = supply.propose_together(wanted, build(kva=(100.0, 250.0)))
    assert all(check.passed for check in plan.checks if check.decides)
    assert sum(len(group.members) for group in plan.groups) + len(plan.unserved) == 9
    assert plan.total_yuan <= plan.singles_yuan
