"""
Sentence 21: an enterprise is connected at 10 kV, and what it takes is counted on the ring.
"""

from datetime import date

import pytest
from tests.apps.plans.conftest import village_document

from tongdian.apps.journal.models import Entry
from tongdian.apps.network import queries as networks
from tongdian.apps.network.actions import build_ring, import_network
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.plans import actions, queries
from tongdian.apps.plans.models import Reservation
from tongdian.apps.plans.rules import ByHand

pytestmark = pytest.mark.django_db


def owner_of(plan):
    return plan.case.customer.user.as_actor()


def test_an_enterprise_is_planned_on_the_ring_and_its_plan_holds_a_year(answered, ring):
    plan = answered()
    best = plan.options.get(rank=1)
    assert (plan.network_id, plan.status, plan.document["voltage"]) == (ring.pk, "approved", "high")
    assert plan.valid_until == date(2022, 4, 13)
    assert best.is_feasible
    assert best.document["point_kind"].startswith("ring_")
    assert {outage["restored"] for outage in best.document["outages"]} == {True}
    assert best.cost_yuan == best.utility_yuan + best.customer_yuan
    assert "synthetic" in plan.document["network_source"]


def test_accepting_reserves_at_10_kv_and_not_at_low_voltage(answered, ring, village, now):
    plan = answered()
    option = plan.options.get(rank=1)
    reservation = actions.accept_option(actor=owner_of(plan), option_id=option.pk, now=now)
    assert queries.list_reserved_kw(network_id=ring.pk, at=now) == {option.bus_id: reservation.p_kw}
    assert queries.list_reserved_kw(network_id=village.pk, at=now) == {}
    assert reservation.p_kw > 500.0  # with the losses of the customer's transformer
    assert plan.case.milestones.get(code="plan_acceptance").done_at == now


def test_the_second_enterprise_is_refused_when_the_ring_is_full_with_one_section_out(answered, enterprise, planner, now):
    first = answered("E001", kw=4000.0)
    second = enterprise("E002", kw=4000.0, metres_east=420.0)
    assert actions.propose_plan(actor=planner, case_id=second.pk, now=now).status == "proposed"
    actions.accept_option(actor=owner_of(first), option_id=first.options.get(rank=1).pk, now=now)
    refused = actions.propose_plan(actor=planner, case_id=second.pk, now=now)
    binding = refused.options.get().document["binding"]
    assert refused.status == "infeasible"
    assert (binding["kind"], binding["passed"]) == ("outage_line_loading", False)
    assert binding["element_name"].startswith("S")
    assert "10 kV" in binding["outage"]
    assert Entry.objects.filter(kind="plan.infeasible").last().values["element"] == binding["element_name"]


def test_a_small_works_that_asks_for_10_kv_gets_it_and_a_large_one_needs_not_ask(enterprise, planner, now, ring):
    asked = actions.propose_plan(actor=planner, case_id=enterprise("E001", kw=90.0).pk, now=now)
    large = actions.propose_plan(actor=planner, case_id=enterprise("E002", kw=300.0, procedure="lv_business").pk, now=now)
    assert {asked.network_id, large.network_id} == {ring.pk}


def test_a_dual_supply_reserves_at_both_connections(answered, ring, now):
    plan = answered(procedure="hv_dual")
    option = plan.options.get(rank=1)
    actions.accept_option(actor=owner_of(plan), option_id=option.pk, now=now)
    held = Reservation.objects.filter(option=option).order_by("is_standby")
    assert [(one.bus_id, one.is_standby) for one in held] == [(option.bus_id, False), (option.document["second"]["bus_id"], True)]
    assert option.document["second"]["independence"] == "bus_section"
    assert queries.list_holding(network_id=ring.pk, at=now) == tuple(held)


def test_what_is_held_at_low_voltage_counts_at_its_station(answered, enterprise, planner, hire, now, village, ring):
    lift = answered("E001", kw=60.0, procedure="lv_business", metres_east=100.0)
    assert lift.network_id == village.pk
    reservation = actions.accept_option(actor=owner_of(lift), option_id=lift.options.get(rank=1).pk, now=now)
    plan = actions.propose_plan(actor=planner, case_id=enterprise("E002").pk, now=now)
    assert plan.options.get(rank=1).document["reserved_kw"] == pytest.approx(reservation.p_kw)


def test_a_ring_is_built_once_and_gives_way_to_a_new_network(ring, village, planner, now):
    again = build_ring(actor=planner, network_id=village.pk, seed=1, now=now)
    assert again.pk == ring.pk
    assert Entry.objects.filter(kind="network.ring_built").count() == 1
    assert networks.get_current_network().pk == village.pk
    assert networks.get_current_network(voltage="high").pk == ring.pk
    import_network(actor=planner, title="other", document=village_document(), attribution="", seed=2, year=2021, now=now)
    with pytest.raises(networks.NoNetwork, match="network ring"):
        networks.get_current_network(voltage="high")
    assert build_ring(actor=planner, network_id=village.pk, seed=1, now=now).pk == ring.pk
    assert networks.get_current_network(voltage="high").pk == ring.pk


def test_seeds_that_give_the_same_ring_give_one_network(ring, village, planner, now):
    kept = {build_ring(actor=planner, network_id=village.pk, seed=seed, now=now).fingerprint for seed in range(1, 6)}
    assert NetworkModel.objects.filter(voltage="high").count() == len(kept)
    assert NetworkModel.objects.filter(voltage="high", is_current=True).count() == 1


def test_the_map_of_the_ring_shows_its_sections_and_stations(ring):
    near = networks.get_nearby(network_id=ring.pk, box=(7.87, 48.45, 7.90, 48.47))
    assert {name for name, _ in near.stations} == {"1T", "2T", "RMU T0", "RMU T1", "RMU T2"}
    assert len(near.lines) >= 4


def test_what_is_chosen_by_hand_at_10_kv_counts_what_is_held_below(answered, enterprise, planner, ring, now):
    plan = actions.propose_plan(actor=planner, case_id=enterprise().pk, now=now)
    choices = queries.list_hand_choices(actor=planner, plan_id=plan.pk, now=now)
    assert choices.lines_network_id == plan.network.derived_from_id
    assert {code for code, _, _ in choices.layings} == {"buried", "duct"}
    chosen = ByHand(bus_id=plan.options.get(rank=1).bus_id)
    before = queries.try_by_hand(actor=planner, plan_id=plan.pk, chosen=chosen, now=now)
    lift = answered("E005", kw=60.0, procedure="lv_business", metres_east=100.0)
    actions.accept_option(actor=owner_of(lift), option_id=lift.options.get(rank=1).pk, now=now)
    after = queries.try_by_hand(actor=planner, plan_id=plan.pk, chosen=chosen, now=now)
    assert after["reserved_kw"] > before["reserved_kw"]
