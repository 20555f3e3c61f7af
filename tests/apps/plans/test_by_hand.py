import pytest

from tongdian.apps.journal.models import Entry
from tongdian.apps.journal.queries import verify_chain
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import actions, queries
from tongdian.apps.plans.models import Plan
from tongdian.apps.plans.rules import ByHand
from tongdian.engines.supply import UnusableByHand

pytestmark = pytest.mark.django_db
WHY = "沿围墙走，物业同意"


@pytest.fixture
def plan(applied, planner, now):
    return actions.propose_plan(actor=planner, case_id=applied().pk, now=now)


def other_point(plan, planner, now):
    used = {option.bus_id for option in plan.options.all()}
    return next(p for p in queries.list_hand_choices(actor=planner, plan_id=plan.pk, now=now).points if p.bus_id not in used)


def keep(plan, actor, now, reason=WHY, **chosen):
    given = {"bus_id": plan.options.get(rank=1).bus_id, "cable": "YJV22-4x95"} | chosen
    return actions.keep_by_hand(actor=actor, plan_id=plan.pk, chosen=ByHand(**given), reason=reason, now=now)


def test_what_is_tried_changes_nothing(plan, planner, now):
    entries = Entry.objects.count()
    best = plan.options.get(rank=1)
    tried = queries.try_by_hand(actor=planner, plan_id=plan.pk, chosen=ByHand(bus_id=best.bus_id, cable="YJV22-4x95"), now=now)
    assert tried["cable"]["code"] == "YJV22-4x95"
    assert tried["feasible"]
    assert (Plan.objects.count(), Entry.objects.count()) == (1, entries)


def test_choices_are_points_lines_cables_and_layings(plan, planner, now):
    choices = queries.list_hand_choices(actor=planner, plan_id=plan.pk, now=now)
    assert plan.options.get(rank=1).bus_id in {point.bus_id for point in choices.points}
    assert [line.line_name for line in choices.lines][:2] == ["L2", "L1"]
    assert {code for code, _, _ in choices.layings} == {"buried", "duct", "wall", "overhead"}


def test_a_way_over_a_line_is_checked(plan, planner, now):
    choices = queries.list_hand_choices(actor=planner, plan_id=plan.pk, now=now)
    chosen = ByHand(bus_id=choices.points[-1].bus_id, via=(choices.lines[1].line_id,))
    assert queries.try_by_hand(actor=planner, plan_id=plan.pk, chosen=chosen, now=now)["route"]["length_m"] > 0
    with pytest.raises(UnusableByHand, match="no line 4711"):
        queries.try_by_hand(actor=planner, plan_id=plan.pk, chosen=ByHand(bus_id=chosen.bus_id, via=(4711,)), now=now)


def test_what_is_kept_is_a_new_version_with_its_reason(plan, planner, now):
    kept = keep(plan, planner, now)
    plan.refresh_from_db()
    assert (plan.status, kept.version, kept.status, kept.reason) == ("superseded", 2, "proposed", WHY)
    hand = kept.options.get(rank=kept.document["recommended"] + 1)
    assert hand.document["cable"]["code"] == "YJV22-4x95"
    assert "by_hand" in hand.document["labels"]
    entry = Entry.objects.last()
    assert (entry.kind, entry.actor_id, entry.values["of"]) == ("plan.by_hand", planner.id, 1)
    assert WHY not in str(entry.values)
    assert verify_chain().is_intact


def test_it_goes_on_like_any_other_plan(plan, planner, programme_manager, resident, now):
    kept = keep(plan, planner, now)
    with pytest.raises(actions.SecondPersonNeeded):
        actions.approve_plan(actor=planner, plan_id=kept.pk, now=now)
    actions.approve_plan(actor=programme_manager, plan_id=kept.pk, now=now)
    hand = kept.options.get(rank=kept.document["recommended"] + 1)
    assert actions.accept_option(actor=resident, option_id=hand.pk, now=now).bus_id == hand.bus_id
    with pytest.raises(actions.NotOpen):
        keep(kept, planner, now)


def test_others_options_are_left_out_once_somebody_reserved(applied, replied, resident, planner, programme_manager, now):
    plan = actions.propose_plan(actor=planner, case_id=applied("A050", metres_east=70.0).pk, now=now)
    first = replied()
    actions.accept_option(actor=resident, option_id=first.options.get(rank=1).pk, now=now)
    kept = keep(plan, planner, now)
    assert kept.options.count() == 1
    assert len(kept.document["reservations"]) == 1


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_kept(plan, planner, now, reason):
    with pytest.raises(actions.ReasonMissing):
        keep(plan, planner, now, reason=reason)
    assert Plan.objects.count() == 1


def test_a_refused_choice_leaves_the_plan_as_it_is(plan, planner, now):
    with pytest.raises(UnusableByHand, match="no connection point 99999"):
        keep(plan, planner, now, bus_id=99999)
    plan.refresh_from_db()
    assert (plan.status, Plan.objects.count()) == ("proposed", 1)


def test_not_everybody_changes_a_plan_by_hand(plan, crew, now):
    with pytest.raises(NotAllowed):
        queries.list_hand_choices(actor=crew, plan_id=plan.pk, now=now)
    with pytest.raises(NotAllowed):
        keep(plan, crew, now)


def test_a_plan_on_a_network_that_was_replaced_is_not_changed(plan, planner, now):
    type(plan.network).objects.update(is_current=False)
    with pytest.raises(actions.NotOpen, match="imported anew"):
        keep(plan, planner, now)
