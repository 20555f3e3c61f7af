from datetime import date

import pytest

from tongdian.apps.cases.actions import NotYet, withdraw_case
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import actions, queries, rules
from tongdian.apps.plans.models import Plan

pytestmark = pytest.mark.django_db


def test_an_application_is_answered_by_a_whole_plan(applied, planner, now):
    plan = actions.propose_plan(actor=planner, case_id=applied().pk, now=now)
    view = queries.get_plan(actor=planner, plan_id=plan.pk)
    best = view.options[0]
    assert (view.status, best.is_feasible, best.document["transformer_name"]) == ("proposed", True, "T0")
    assert best.document["materials"]
    assert best.document["route"]["length_m"] > 0
    assert float(best.document["cost"]["total_yuan"]) == pytest.approx(
        sum(float(line["amount_yuan"]) for line in best.document["materials"])
    )
    assert "synthetic" in view.document["year_label"]


def test_nothing_fits_names_the_element_that_binds(applied, planner, now):
    plan = actions.propose_plan(actor=planner, case_id=applied(kw=80.0, metres_east=15.0, starting=1.2).pk, now=now)
    assert plan.status == "infeasible"
    assert Entry.objects.last().values["element"] == "T0"
    assert not queries.get_plan(actor=planner, plan_id=plan.pk).may_approve


def test_a_second_person_approves(applied, planner, programme_manager, hire, now):
    plan = actions.propose_plan(actor=planner, case_id=applied().pk, now=now)
    with pytest.raises(actions.SecondPersonNeeded):
        actions.approve_plan(actor=planner, plan_id=plan.pk, now=now)
    assert [waiting.id for waiting in queries.list_to_approve(actor=programme_manager)] == [plan.pk]
    assert queries.list_to_approve(actor=planner) == ()
    other_planner = hire("planner", "second_planner")
    approved = actions.approve_plan(actor=other_planner, plan_id=plan.pk, now=now)
    assert (approved.status, approved.valid_until) == ("approved", date(2021, 7, 13))
    assert approved.case.milestones.get(code="plan_reply").done_at == now
    with pytest.raises(actions.NotOpen):
        actions.approve_plan(actor=programme_manager, plan_id=plan.pk, now=now)


def test_a_new_plan_supersedes_one_that_nobody_accepted(applied, planner, now):
    case = applied()
    first, second = (actions.propose_plan(actor=planner, case_id=case.pk, now=now) for _ in range(2))
    assert list(Plan.objects.filter(case=case).order_by("version").values_list("version", "status")) == [(1, "superseded"), (2, "proposed")]
    assert queries.get_latest_plan(actor=planner, case_id=case.pk).id == second.pk != first.pk


def test_the_same_application_gets_the_same_plan(applied, planner, now):
    case = applied()
    one, other = (actions.propose_plan(actor=planner, case_id=case.pk, now=now) for _ in range(2))
    assert one.document == other.document
    assert list(one.options.values_list("document", flat=True)) == list(other.options.values_list("document", flat=True))


def test_a_case_that_ended_needs_no_plan(applied, planner, cell_manager, now):
    case = applied()
    withdraw_case(actor=cell_manager, case_id=case.pk, reason="改主意", now=now)
    with pytest.raises(actions.NotApplicable):
        actions.propose_plan(actor=planner, case_id=case.pk, now=now)


def test_only_planners_and_commissioners_propose(applied, crew, now):
    case = applied()
    with pytest.raises(NotAllowed):
        actions.propose_plan(actor=crew, case_id=case.pk, now=now)


def test_no_plan_before_the_application_is_accepted_is_replied(town, open_elevator_case, planner, programme_manager, now):
    plan = actions.propose_plan(actor=planner, case_id=open_elevator_case().pk, now=now)
    with pytest.raises(NotYet):
        actions.approve_plan(actor=programme_manager, plan_id=plan.pk, now=now)
    plan.refresh_from_db()
    assert plan.status == "proposed"  # the refused approval left nothing behind


def test_unknown_plans_are_refused(planner, programme_manager, resident, now):
    for identifier in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(queries.UnknownPlan):
            queries.get_plan(actor=planner, plan_id=identifier)
        with pytest.raises(queries.UnknownPlan):
            actions.accept_option(actor=resident, option_id=identifier, now=now)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2021, 4, 13), 3, date(2021, 7, 13)),
        (date(2021, 11, 30), 3, date(2022, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2021, 12, 31), 12, date(2022, 12, 31)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_last(day, months, later):
    assert rules.add_months(day, months) == later
