"""
The utility's clock stands still only for a legal ground, and what it leaves out is told by the journal.
"""

from datetime import date, timedelta

import pytest

from tongdian.apps.cases import actions, queries
from tongdian.apps.people.queries import NotAllowed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case(open_elevator_case):
    return open_elevator_case()


def stop(case, actor, at, ground="customer_request", **more):
    return actions.stop_clock(actor=actor, case_id=case.pk, ground=ground, note="等业主开会", occurred_at=at, now=at, **more)


def test_the_utility_s_clock_leaves_out_what_it_stood_still(case, cell_manager, now):
    stop(case, cell_manager, now + DAY, file=("letter.pdf", b"%PDF please wait"))
    actions.resume_clock(actor=cell_manager, case_id=case.pk, occurred_at=now + 4 * DAY, now=now + 4 * DAY)
    clocks = queries.get_clocks(case=case, now=now + 6 * DAY)
    assert (clocks.whole.calendar_days, clocks.utility.calendar_days, clocks.stopped.calendar_days) == (6, 3, 3)
    assert queries.replay_clocks(case=case, now=now + 6 * DAY) == clocks
    assert queries.list_untrue_cases() == ()


def test_due_dates_move_by_the_days_the_clock_stood_still(case, cell_manager, now):
    before = queries.get_due_dates(case=case)["plan_reply"].date
    stop(case, cell_manager, now)
    assert queries.get_due_dates(case=case)["plan_reply"].date == before
    actions.resume_clock(actor=cell_manager, case_id=case.pk, occurred_at=now + DAY, now=now + DAY)
    assert (before, case.milestones.get(code="plan_reply").due_date) == (date(2021, 4, 15), date(2021, 4, 16))


def test_a_page_says_that_the_clock_stands_still_and_why(case, cell_manager, now):
    stop(case, cell_manager, now)
    thread = queries.get_thread(actor=cell_manager, case_id=case.pk, now=now + DAY)
    assert thread.line.is_stopped
    assert (thread.stops[0].ground.name_en, thread.stops[0].note) == ("The customer asked in writing to wait", "等业主开会")


def test_the_proof_of_a_stop_can_be_opened(case, cell_manager, now):
    kept = stop(case, cell_manager, now, file=("letter.pdf", b"%PDF please wait"))
    found = queries.get_evidence_file(actor=cell_manager, case_id=case.pk, sha256=kept.file_sha256)
    assert found == ("letter.pdf", b"%PDF please wait")


def test_a_ground_that_no_rule_knows_is_refused(case, cell_manager, now):
    with pytest.raises(queries.UnknownGround):
        stop(case, cell_manager, now, ground="too_busy")


def test_a_clock_stops_once_and_resumes_once(case, cell_manager, now):
    with pytest.raises(actions.NotStopped):
        actions.resume_clock(actor=cell_manager, case_id=case.pk, occurred_at=now, now=now)
    stop(case, cell_manager, now)
    with pytest.raises(actions.AlreadyStopped):
        stop(case, cell_manager, now)


@pytest.mark.parametrize("moment", [-DAY, DAY])
def test_a_clock_stops_neither_before_the_case_nor_in_the_future(case, cell_manager, now, moment):
    with pytest.raises(actions.ImpossibleMoment):
        actions.stop_clock(actor=cell_manager, case_id=case.pk, ground="force_majeure", note="", occurred_at=now + moment, now=now)


def test_stops_do_not_overlap(case, cell_manager, now):
    stop(case, cell_manager, now + DAY)
    actions.resume_clock(actor=cell_manager, case_id=case.pk, occurred_at=now + 3 * DAY, now=now + 3 * DAY)
    with pytest.raises(actions.ImpossibleMoment):
        actions.stop_clock(
            actor=cell_manager, case_id=case.pk, ground="force_majeure", note="", occurred_at=now + 2 * DAY, now=now + 4 * DAY
        )


def test_a_planner_cannot_stop_the_clock(case, planner, now):
    with pytest.raises(NotAllowed):
        stop(case, planner, now)


def test_withdrawal_ends_a_stop(case, cell_manager, now):
    stop(case, cell_manager, now)
    actions.withdraw_case(actor=cell_manager, case_id=case.pk, reason="业主不装了", now=now + DAY)
    assert case.stops.get().ended_at == now + DAY
    assert queries.list_untrue_cases() == ()
    with pytest.raises(actions.CaseNotOpen):
        stop(case, cell_manager, now + 2 * DAY)


def test_what_was_withdrawn_is_reopened_with_a_reason(case, cell_manager, now):
    actions.withdraw_case(actor=cell_manager, case_id=case.pk, reason="业主不装了", now=now + DAY)
    with pytest.raises(actions.ReasonNeeded):
        actions.reopen_case(actor=cell_manager, case_id=case.pk, reason=" ", now=now + 3 * DAY)
    actions.reopen_case(actor=cell_manager, case_id=case.pk, reason="业主又同意了", now=now + 3 * DAY)
    clocks = queries.get_clocks(case=queries.find_case(case_id=case.pk), now=now + 4 * DAY)
    assert (clocks.whole.calendar_days, clocks.stopped.calendar_days) == (4, 2)
    assert queries.list_untrue_cases() == ()


def test_only_what_ended_early_is_reopened(case, cell_manager, now):
    with pytest.raises(actions.NotEnded):
        actions.reopen_case(actor=cell_manager, case_id=case.pk, reason="为什么", now=now)
