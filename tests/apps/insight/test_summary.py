from datetime import timedelta

import pytest

from tongdian.apps.insight import queries, rules
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans.actions import propose_plan
from tongdian.apps.works.actions import plan_visit, report_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(accepted, dispatcher, cell_manager, crew, proof, now):
    """One elevator that went the whole way: contract on day 2, power on on day 3."""
    case = accepted()
    for visit, day, actor in (("A", 2, cell_manager), ("B", 3, crew)):
        at = now + timedelta(days=day)
        order = plan_visit(actor=dispatcher, case_id=case.pk, visit=visit, day=at.date(), now=now)
        report_visit(actor=actor, order_id=order.pk, key=visit, evidence=proof, occurred_at=at, now=at)
    return case


def test_every_figure_is_counted(finished, applied, planner, now):
    propose_plan(actor=planner, case_id=applied("A049", kw=80.0, metres_east=15.0, starting=1.2).pk, now=now)
    summary = queries.get_summary(now=now)
    assert (summary.demands, summary.confirmed, summary.cases, summary.cases_open, summary.cases_closed) == (2, 2, 2, 1, 1)
    assert (summary.plans_feasible, summary.powered_on) == (1, 1)
    assert [(refused.element, refused.kind) for refused in summary.plans_refused] == [("T0", "transformer_loading")]
    assert (summary.median_whole_days, summary.median_working_days) == (3, 3)
    assert (summary.next_day_percent, summary.next_working_day_percent) == (100.0, 100.0)


def test_an_empty_installation_has_no_medians(db, now):
    summary = queries.get_summary(now=now)
    assert (summary.cases, summary.median_whole_days, summary.next_day_percent) == (0, None, None)


def test_my_day_is_what_only_i_can_move(applied, cell_manager, planner, programme_manager, now):
    case = applied()
    assert [line.number for line in queries.get_day(actor=planner, now=now).mine] == [case.number]
    assert queries.get_day(actor=cell_manager, now=now).mine == ()
    late = now + timedelta(days=8)
    assert [line.late_days for line in queries.get_day(actor=cell_manager, now=late).late_elsewhere] == [4]
    propose_plan(actor=planner, case_id=case.pk, now=now)
    assert len(queries.get_day(actor=programme_manager, now=now).to_approve) == 1


def test_the_thread_is_told_from_the_first_word_to_power_on(finished, cell_manager, hire):
    told = [entry.line.kind for entry in queries.list_thread_entries(actor=cell_manager, case_id=finished.pk)]
    assert told[0] == "demand.received"
    assert told[-1] == "visit.reported"
    assert {"case.opened", "plan.proposed", "plan.approved", "plan.accepted", "case.closed"} <= set(told)
    with pytest.raises(NotAllowed):
        queries.list_thread_entries(actor=hire("customer", "stranger"), case_id=finished.pk)


def test_the_auditor_reads_and_checks_the_whole_journal(finished, auditor, crew):
    entries = queries.list_journal(actor=auditor, limit=3)
    assert [entry.line.sequence for entry in entries] == sorted((entry.line.sequence for entry in entries), reverse=True)
    report, untrue = queries.verify_journal(actor=auditor)
    assert (report.is_intact, untrue) == (True, ())
    with pytest.raises(NotAllowed):
        queries.list_journal(actor=crew)
    with pytest.raises(queries.UnknownPage):
        queries.list_journal(actor=auditor, before=-1)


@pytest.mark.parametrize(("values", "middle"), [([], None), ([3], 3.0), ([5, 1, 3], 3.0), ([4, 1, 3, 2], 2.5)])
def test_median(values, middle):
    assert rules.median(values) == middle
