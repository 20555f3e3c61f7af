"""
What became of the promises: places solved, what was counted there, and when all will be done.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum
from django.utils import timezone

from tongdian.apps.cases import mapping
from tongdian.apps.cases.models import Case, Evidence
from tongdian.apps.cases.queries.find import get_expected_dates
from tongdian.engines import measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """
    A number of the evidence, summed up over cases that are closed, and over those under way, too.
    """

    code: str
    name_zh: str
    name_en: str
    unit: str
    done: float
    with_open: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Achieved:
    """
    The cases of one procedure: closed, open, and the day by which all that are open can be expected to be done (None where none is open).
    Numbers of which nothing is recorded yet are left out.
    """

    procedure: str
    name_zh: str
    name_en: str
    closed: int
    open: int
    all_done_by: date | None
    counted: tuple[Counted, ...]


def list_achieved(*, now: datetime) -> tuple[Achieved, ...]:
    """
    Return what became of the cases, by procedure, the procedure with most closed cases first. Cases that ended early are left out.
    """
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for code, state in Case.objects.order_by().values_list("procedure__code", "state"):
        states[code][state] += 1
    sums = _sum_evidence()
    expected = _expect_all(now)
    found = []
    for procedure in mapping.list_shipped_procedures():
        count = states[procedure.code]
        if not count[Case.State.CLOSED] + count[Case.State.OPEN]:
            continue
        counted = [_counted(procedure, step, spec, sums) for step, spec in _counted_specs(procedure)]
        found.append(
            Achieved(
                procedure=procedure.code,
                name_zh=procedure.name_zh,
                name_en=procedure.name_en,
                closed=count[Case.State.CLOSED],
                open=count[Case.State.OPEN],
                all_done_by=expected.get(procedure.code),
                counted=tuple(one for one in counted if one.with_open),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.closed, one.procedure)))


def _counted_specs(procedure: measure.Procedure) -> list[tuple[measure.Milestone, measure.EvidenceSpec]]:
    return [(step, spec) for step in procedure.milestones for spec in step.evidence if spec.is_counted]


def _counted(
    procedure: measure.Procedure, step: measure.Milestone, spec: measure.EvidenceSpec, sums: dict[tuple[str, str, str, str], float]
) -> Counted:
    key = (procedure.code, step.code, spec.code)
    done = sums.get((*key, Case.State.CLOSED), 0.0)
    return Counted(
        code=spec.code,
        name_zh=spec.name_zh,
        name_en=spec.name_en,
        unit=spec.unit,
        done=done,
        with_open=done + sums.get((*key, Case.State.OPEN), 0.0),
    )


def _sum_evidence() -> dict[tuple[str, str, str, str], float]:
    """
    Return the sums of all numbers by procedure, milestone, evidence and state: one query, however many cases there are.
    """
    columns = ("milestone__case__procedure__code", "milestone__code", "code", "milestone__case__state")
    rows = Evidence.objects.filter(number__isnull=False).order_by().values_list(*columns).annotate(total=Sum("number"))
    return {(procedure, step, code, state): total for procedure, step, code, state, total in rows}


def _pace() -> dict[str, int]:
    """
    Return, by procedure, the working days within which nine in ten closed cases were done.
    """
    taken: dict[str, list[int]] = defaultdict(list)
    closed = Case.objects.filter(state=Case.State.CLOSED, whole_working_days__isnull=False).order_by()
    for code, days in closed.values_list("procedure__code", "whole_working_days"):
        taken[code].append(days or 0)
    return {code: math.ceil(measure.summarise(days).p90 or 0) for code, days in taken.items()}


def _expect_all(now: datetime) -> dict[str, date]:
    """
    Return, by procedure, the latest day on which an open case can be expected to be done: not before its limits and agreements say, and
    not faster than nine in ten closed cases of the procedure went.
    """
    pace = _pace()
    latest: dict[str, date] = {}
    cases = Case.objects.filter(state=Case.State.OPEN).select_related("procedure")
    for case in cases.prefetch_related("milestones", "stops", "agreements__duties"):
        expected = max(get_expected_dates(case=case, now=now).values(), default=None)
        code = case.procedure.code
        if expected is not None and code in pace:
            expected = max(expected, mapping.get_calendar().add_working_days(timezone.localdate(case.opened_at), pace[code]))
        if expected is not None and expected > latest.get(code, date.min):
            latest[code] = expected
    return latest
