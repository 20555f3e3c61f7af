import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tongdian.engines import supply
from tongdian.engines.supply._compare import compare
from tongdian.engines.supply._days import expected_days

from . import hamlet

CATALOGUE = supply.shipped_catalogue()


@pytest.fixture(scope="module")
def plan():
    return supply.propose(hamlet.elevator(), hamlet.build(), ())


def like(option, *, rank, cost, days, margin):
    known = supply.Days(median=days, p90=days, steps=(), standing="example")
    return replace(option, rank=rank, cost=replace(option.cost, total_yuan=Decimal(cost)), days=known, margin=margin)


def test_the_labels_name_the_cheapest_the_fastest_and_the_strongest(plan):
    first = plan.options[0]
    options = (
        like(first, rank=1, cost=100, days=9, margin=0.2),
        like(first, rank=2, cost=200, days=5, margin=0.1),
        like(first, rank=3, cost=300, days=9, margin=0.5),
        like(first, rank=4, cost=400, days=9, margin=0.4),
    )
    found = compare(options, CATALOGUE)
    assert [option.labels for option in found.options] == [("cheapest",), ("fastest",), ("strongest",)]
    assert [row.beaten_by for row in found.rows] == [0, 0, 0]
    assert {(turn.kind, turn.rank, turn.value) for turn in found.turns} >= {("cost", 2, 100.0), ("days", 2, 4.0), ("cost", 3, 200.0)}


def test_a_beaten_one_that_stays_says_by_which(plan):
    first = plan.options[0]
    found = compare((like(first, rank=1, cost=100, days=5, margin=0.5), like(first, rank=2, cost=200, days=6, margin=0.5)), CATALOGUE)
    assert found.rows[1].beaten_by == 1
    assert found.options[1].labels == ("alternative",)


def test_days_are_the_hand_sum_of_the_table(plan):
    route = plan.options[0].route  # 10 m along the wall of the plot
    days = expected_days("low", (route,), plan.options[0].materials, CATALOGUE)
    # prepare 2, store 1, branch box 2, power on 1, wall 1.5 per 100 m
    assert days.median == pytest.approx(2 + 1 + 2 + 1 + 0.15, abs=0.06)
    spread = (2**2 + 2**2 + 1**2 + 1**2 + 0.1**2) ** 0.5
    assert days.p90 == pytest.approx(6.15 + spread, abs=0.06)
    assert days.standing == "example"


def test_a_plan_written_before_these_facts_existed_is_read(plan):
    old = plan.to_dict()
    for name in ("comparison", "turns", "ways_out", "fits_kw", "applied_by", "documents", "supply"):
        del old[name]
    for name in ("importance", "documents", "red_line", "street"):
        del old["application"][name]
    for option in old["options"]:
        for name in ("labels", "days", "margin", "losses_added_kwh", "metering", "protection", "balance", "ways_out"):
            del option[name]
        for segment in option["route"]["segments"]:
            for name in ("on_plot", "street", "permits", "crossings"):
                del segment[name]
    for one in old["rejected"]:
        del one["ways_out"]
    read = supply.SupplyPlan.from_dict(json.loads(json.dumps(old)))
    assert read.options[0].cost == plan.options[0].cost
    assert read.options[0].days is None


def test_losses_added_are_the_difference_of_the_years(plan):
    option = plan.options[0]
    assert option.losses_added_kwh == pytest.approx(option.after.losses_kwh - option.before.losses_kwh, abs=2e-3)


def test_the_applied_power_is_told_by_both_methods_and_documents_by_class():
    devices = (supply.Device(kind="elevator", kw=10.0, count=2), supply.Device(kind="charger", kw=7.0, count=4))
    asked = replace(hamlet.elevator(devices=devices), documents=("application_form", "identity"))
    plan = supply.propose(asked, hamlet.build(), (), ways_out=False)
    demand, diversity = plan.applied_by
    assert demand.kw == pytest.approx(0.8 * 20 + 0.8 * 28)
    assert diversity.kw == pytest.approx(sum(row.coincident_kw for row in plan.demands))
    missing = {one.code for one in plan.documents if not one.given}
    assert missing == {"property", "devices", "parking", "manager_consent"}


def test_a_first_class_load_is_supplied_dual_and_an_unknown_class_refused():
    first = replace(hamlet.elevator(), importance="first")
    assert supply.voltage_of(first) == "high"
    with pytest.raises(supply.UnknownImportance, match="no class of load"):
        supply.voltage_of(replace(first, importance="zeroth"))


def test_metering_follows_the_current():
    small = supply.propose(hamlet.elevator(10.0), hamlet.build(), (), shown=1, ways_out=False).options[0].metering
    large = supply.propose(hamlet.elevator(60.0, place=(200, 10)), hamlet.build(), (), shown=1, ways_out=False).options[0].metering
    assert (small.meter_code, small.ratio, small.meter_class) == ("meter-3p", "", "1.0")
    assert (large.meter_code, large.ratio, large.transformer_class) == ("meter-3p-ct", "150/5", "0.5S")


def test_a_table_of_free_capacity_decides_without_power_flow_where_it_can():
    network = hamlet.build()
    full = supply.propose(hamlet.elevator(), network, (), free_kw=dict.fromkeys(network.buses.id.tolist(), 5.0), ways_out=False)
    assert not full.feasible
    assert {one.binding.kind for one in full.rejected} == {"free_capacity"}
    roomy = supply.propose(hamlet.elevator(), network, (), free_kw=dict.fromkeys(network.buses.id.tolist(), 500.0), ways_out=False)
    assert roomy.options[0].bus_name == "A2"
