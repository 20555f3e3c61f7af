"""
Limits that the utility sets itself: dated, never longer than an authority's, and never for cases that are open already.
"""

from datetime import date, timedelta

import pytest

from tongdian.apps.cases import queries
from tongdian.apps.cases.actions import ReasonNeeded, UnusableLimit, set_house_limit
from tongdian.apps.cases.mapping import UnknownProcedure
from tongdian.apps.cases.models import Case, HouseLimit, ProcedureVersion
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.engines.measure import UnusableProcedure

pytestmark = pytest.mark.django_db
TODAY = date(2021, 4, 13)


def set_limit(actor, now, *, procedure="elevator", milestone="plan_reply", days=1, valid_from=TODAY, why="Faster since the new planner"):
    return set_house_limit(actor=actor, procedure=procedure, milestone=milestone, days=days, valid_from=valid_from, why=why, now=now)


def due(case):
    return Case.objects.get(pk=case.pk).milestones.get(code="plan_reply").due_date


def test_a_case_keeps_the_limits_of_the_day_it_opened(applied, administrator, now):
    before = applied("A001")
    set_limit(administrator, now)
    after = applied("A002")
    assert (due(before) - due(after)).days == 1
    assert [str(case.procedure) for case in (before, after)] == ["elevator 1", "elevator 1.1"]
    third = applied("A003")
    assert third.procedure == after.procedure  # the same document is kept once
    set_limit(administrator, now, days=None, why="It did not hold")
    assert applied("A004").procedure == before.procedure
    assert ProcedureVersion.objects.filter(code="elevator").count() == 2


def test_a_limit_holds_from_its_day_on(administrator, now):
    set_limit(administrator, now, valid_from=TODAY + timedelta(days=10))

    def days(on):
        (found,) = (one for one in queries.list_procedures_in_force(on=on) if one.code == "elevator")
        return next(step.limit for step in found.milestones if step.code == "plan_reply")

    assert (days(TODAY + timedelta(days=9)).value, days(TODAY + timedelta(days=10)).value) == (2, 1)
    assert days(TODAY + timedelta(days=10)).why == "Faster since the new planner"
    assert days(TODAY + timedelta(days=10)).rule == ""


def test_an_authority_s_limit_can_only_be_shortened(administrator, now):
    limits = {(one.code, step.code): step.limit for one, steps in queries.list_changeable_limits() for step in steps}
    limit = limits["hv_single", "plan_reply"]
    assert not limit.rule.startswith("HOUSE.")
    with pytest.raises(UnusableProcedure) as refused:
        set_limit(administrator, now, procedure="hv_single", days=limit.value + 1)
    assert refused.value.values == {"code": "plan_reply", "most": limit.value, "rule": limit.rule}
    assert set_limit(administrator, now, procedure="hv_single", days=limit.value - 1).days == limit.value - 1
    assert set_limit(administrator, now, days=30).days == 30  # HOUSE.plan_reply is the utility's own


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"valid_from": TODAY - timedelta(days=1)}, UnusableLimit),
        ({"days": None}, UnusableLimit),
        ({"why": "  "}, ReasonNeeded),
        ({"milestone": "plan_acceptance"}, UnusableProcedure),
        ({"milestone": "nowhere"}, UnusableProcedure),
        ({"procedure": "nothing"}, UnknownProcedure),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_what_cannot_hold_is_refused_and_leaves_nothing(administrator, now, values, error):
    with pytest.raises(error):
        set_limit(administrator, now, **values)
    assert HouseLimit.objects.count() == 0


def test_reasons_with_quotes_and_line_breaks_do_not_break_the_document(applied, administrator, now):
    why = 'said "so"\\ \n[[milestones]]\n中文 \x7f'
    set_limit(administrator, now, why=why)
    assert applied().procedure.edition == 1


def test_setting_it_is_journalled_and_only_who_answers_for_the_rules_may(administrator, planner, now):
    with pytest.raises(NotAllowed):
        set_limit(planner, now)
    set_limit(administrator, now)
    assert Entry.objects.get(kind="rules.limit_set").values["days"] == 1
    (line,) = queries.list_house_limits(procedure="elevator")
    assert (line.milestone_zh, line.days, line.valid_from) == ("供电方案答复", 1, TODAY)
