from datetime import date, timedelta

import pytest

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Evidence
from tongdian.apps.journal.queries import verify_chain
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.places.models import UsagePoint
from tongdian.apps.plans.models import Reservation
from tongdian.apps.works import actions, queries

pytestmark = pytest.mark.django_db
SURVEY_DAY, POWER_DAY = date(2021, 4, 15), date(2021, 4, 16)


@pytest.fixture
def visits(accepted, dispatcher, now):
    """A case with both visits planned: survey and contract on Thursday, meter and power on Friday."""
    case = accepted()
    return [
        actions.plan_visit(actor=dispatcher, case_id=case.pk, visit=visit, day=day, now=now)
        for visit, day in (("A", SURVEY_DAY), ("B", POWER_DAY))
    ]


def report(order, actor, proof, at, key="k"):
    return actions.report_visit(
        actor=actor, order_id=order.pk, key=f"{key}-{order.visit}", evidence=proof, occurred_at=at, now=at + timedelta(minutes=20)
    )


def test_survey_and_contract_share_one_visit_and_power_is_on_the_next_day(visits, cell_manager, crew, proof, now):
    survey, power = visits
    report(survey, cell_manager, proof, now + timedelta(days=2))
    report(power, crew, proof, now + timedelta(days=3))
    case = case_queries.find_case(case_id=survey.case_id)
    done = {row.code: row.done_at.date() for row in case.milestones.all()}
    assert done["survey"] == done["contract"] == SURVEY_DAY
    assert done["meter"] == done["power_on"] == POWER_DAY
    assert (case.state, case.ended_at) == ("closed", now + timedelta(days=3))
    assert UsagePoint.objects.get().meter_number == "322000000001"
    assert Reservation.objects.get().expires_at is None


def test_both_clocks_recomputed_from_the_journal_equal_those_shown(visits, cell_manager, crew, proof, now):
    survey, power = visits
    report(survey, cell_manager, proof, now + timedelta(days=2))
    report(power, crew, proof, now + timedelta(days=3))
    case = case_queries.find_case(case_id=survey.case_id)
    shown, told = case_queries.get_clocks(case=case, now=now), case_queries.replay_clocks(case=case, now=now)
    assert shown == told
    assert (told.whole.calendar_days, told.whole.working_days, told.utility.calendar_days) == (3, 3, 3)
    assert case_queries.list_untrue_cases() == ()
    assert verify_chain().is_intact


def test_the_same_report_sent_twice_counts_once(visits, cell_manager, proof, now):
    at = now + timedelta(days=2)
    report(visits[0], cell_manager, proof, at)
    entries = verify_chain().count
    report(visits[0], cell_manager, proof, at)
    assert verify_chain().count == entries
    with pytest.raises(actions.OtherReport):
        report(visits[0], cell_manager, proof, at, key="other")


def test_a_visit_is_reported_whole_or_not_at_all(visits, cell_manager, proof, now):
    half = {"survey": proof["survey"]}
    with pytest.raises(cases.UnusableEvidence, match="contract"):
        report(visits[0], cell_manager, half, now + timedelta(days=2))
    assert visits[0].case.milestones.get(code="survey").done_at is None
    assert not Evidence.objects.filter(milestone__code="survey").exists()


def test_a_reading_that_is_no_number_is_refused(visits, cell_manager, proof, now):
    wrong = {**proof, "survey": {**proof["survey"], "supply_voltage_v": "about 230"}}
    with pytest.raises(cases.UnusableEvidence, match="about 230"):
        report(visits[0], cell_manager, wrong, now + timedelta(days=2))


def test_a_visit_is_reported_by_its_own_role(visits, crew, cell_manager, proof, now):
    with pytest.raises(NotAllowed):
        report(visits[0], crew, proof, now)
    with pytest.raises(cases.NotYet):
        report(visits[1], crew, proof, now)


def test_the_crew_brings_what_the_plan_lists(visits):
    survey, power = (queries.to_line(order) for order in visits)
    assert survey.materials == ()
    assert {"code", "quantity", "unit"} <= set(power.materials[0])


def test_planning_again_moves_the_visit(visits, dispatcher, crew, now):
    moved = actions.plan_visit(actor=dispatcher, case_id=visits[1].case_id, visit="B", day=date(2021, 4, 20), now=now)
    assert moved.pk == visits[1].pk
    assert [line.planned_on for line in queries.list_my_visits(actor=crew)] == [date(2021, 4, 20)]
    assert [line.visit for line in queries.list_visits(actor=crew, case_id=moved.case_id)] == ["A", "B"]


def test_visits_that_cannot_be_planned_are_refused(accepted, dispatcher, cell_manager, now):
    case = accepted()
    with pytest.raises(actions.NothingToVisit):
        actions.plan_visit(actor=dispatcher, case_id=case.pk, visit="Z", day=SURVEY_DAY, now=now)
    with pytest.raises(actions.TooEarly):
        actions.plan_visit(actor=dispatcher, case_id=case.pk, visit="A", day=date(2021, 4, 12), now=now)
    cases.withdraw_case(actor=cell_manager, case_id=case.pk, reason="改主意", now=now)
    with pytest.raises(cases.CaseNotOpen):
        actions.plan_visit(actor=dispatcher, case_id=case.pk, visit="A", day=SURVEY_DAY, now=now)
    with pytest.raises(queries.UnknownWorkOrder):
        queries.find_work_order(order_id="nonsense")
