"""
What pages show of cases: lists, and the thread of one case.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from tongdian.apps.cases import mapping
from tongdian.apps.cases.models import Case, Evidence, Milestone
from tongdian.apps.cases.queries.find import find_case, get_clocks, get_expected_dates, get_procedure, get_times
from tongdian.apps.cases.queries.promises import AgreementView, StopView, list_agreements, list_stops
from tongdian.apps.demands.queries import DemandLine, to_line
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import Role, mask_name, mask_phone, may
from tongdian.engines import measure

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
# effects whose milestones are reached by an action of their own, never recorded by hand
BY_OTHERS = frozenset({"plan_replied", "plan_accepted", "agreement_signed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """
    One piece of evidence as a page shows it.
    """

    name_zh: str
    name_en: str
    unit: str
    text: str
    number: float | None
    file_name: str
    file_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneView:
    """
    One milestone of a case for pages. ``state`` is ``done``, ``now`` (its party holds the ball) or ``todo``.
    """

    code: str
    name_zh: str
    name_en: str
    party: str
    role: str
    effect: str
    visit: str
    shares_visit: bool
    state: str
    due_date: date | None
    due_is_provisional: bool
    is_agreed: bool
    expected_date: date | None
    moved_days: int
    done_at: datetime | None
    done_by: str
    late_days: int
    is_due_soon: bool
    rule: measure.Rule | None
    limit: measure.Limit | None
    evidence: tuple[EvidenceView, ...]
    wanted_evidence: tuple[measure.EvidenceSpec, ...]
    may_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """
    A case in a list, with who holds the ball.
    """

    id: UUID
    number: str
    state: str
    is_stopped: bool
    procedure: str
    procedure_zh: str
    procedure_en: str
    place: str
    kw: float | None
    opened_at: datetime
    ended_at: datetime | None
    milestone_zh: str
    milestone_en: str
    milestone: str
    party: str
    role: str
    due_date: date | None
    late_days: int
    is_due_soon: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseThread:
    """
    Everything of a case that this app knows, for the thread page.
    """

    line: CaseLine
    procedure_version: int
    customer_name: str
    customer_phone: str
    reason: str
    demands: tuple[DemandLine, ...]
    milestones: tuple[MilestoneView, ...]
    clocks: measure.Clocks
    whole_limit: measure.Rule | None
    utility_limit: measure.Rule | None
    application: dict[str, Any]
    agreements: tuple[AgreementView, ...]
    stops: tuple[StopView, ...]
    mandates: tuple[people.MandateLine, ...]
    may_withdraw: bool
    may_reject: bool
    may_reopen: bool
    may_propose: bool
    may_stop: bool
    may_agree: bool


def get_thread(*, actor: Actor, case_id: UUID | str, now: datetime) -> CaseThread:
    """
    Return a case for its page.

    :raises NotAllowed: if it is neither the actor's own nor his work
    """
    case = find_case(case_id=case_id)
    people.require(actor, "view_case", customer=case.customer)
    procedure = get_procedure(case=case)
    is_open, is_own = case.state == Case.State.OPEN, case.customer.belongs_to(actor)
    limits = {rule.scope: rule for rule in mapping.list_rules() if rule.key in procedure.rules}
    return CaseThread(
        line=_line(case, today=timezone.localdate(now)),
        procedure_version=case.procedure.version,
        customer_name=mask_name(case.customer.name),
        customer_phone=mask_phone(case.customer.phone),
        reason=case.reason,
        demands=tuple(to_line(demand) for demand in case.demands.select_related("building__community")),
        milestones=_milestones(case, actor=actor, now=now),
        clocks=get_clocks(case=case, now=now),
        whole_limit=limits.get("whole"),
        utility_limit=limits.get("utility"),
        application=case.application,
        agreements=list_agreements(case=case, now=now),
        stops=list_stops(case=case),
        mandates=people.list_mandates(actor=actor, customer=case.customer, now=now),
        may_withdraw=is_open and may(actor.role, "withdraw_case", is_own=is_own),
        may_reject=is_open and may(actor.role, "reject_case"),
        may_reopen=case.state in {Case.State.WITHDRAWN, Case.State.REJECTED} and may(actor.role, "reopen_case"),
        may_stop=is_open and may(actor.role, "stop_clock"),
        may_agree=is_open and may(actor.role, "draw_up_agreement"),
        may_propose=is_open and may(actor.role, "propose_plan") and bool(case.application.get("devices")),
    )


def list_cases(
    *,
    actor: Actor,
    state: str = "",
    role: str = "",
    party: str = "",
    procedure: str = "",
    customer_class: str = "",
    opened: str = "",
    ended: str = "",
    late: bool = False,
    words: str = "",
    now: datetime,
) -> tuple[CaseLine, ...]:
    """
    Return cases, those due first; a customer sees his own.

    :param role: only those where this role has the ball, ``party`` where this party has it
    :param opened: only those opened in this month (``2021-06``), ``ended`` ended in it
    """
    is_customer = actor.role == Role.CUSTOMER  # who sees his own cases, and may have none yet
    if not is_customer:
        people.require(actor, "view_cases")
    found = Case.objects.select_related("procedure", "building__community").prefetch_related("milestones", "stops")
    if is_customer:
        found = found.filter(customer__user_id=actor.id)
    if state:
        found = found.filter(state=state)
    if procedure:
        found = found.filter(procedure__code=procedure)
    if customer_class:
        of_class = [one.code for one in mapping.list_shipped_procedures() if one.customer_class == customer_class]
        found = found.filter(procedure__code__in=of_class)
    for field, month in (("opened_at", opened), ("ended_at", ended)):
        if MONTH.fullmatch(month):
            found = found.filter(**{f"{field}__year": int(month[:4]), f"{field}__month": int(month[5:])})
    for word in words.split():
        place = Q(building__name__icontains=word) | Q(building__community__name__icontains=word)
        found = found.filter(Q(number__icontains=word) | place | Q(demands__text__icontains=word)).distinct()
    lines = [_line(case, today=timezone.localdate(now)) for case in found]
    lines = [
        line
        for line in lines
        if (not role or line.role == role) and (not party or line.party == party) and (not late or line.late_days > 0)
    ]
    return tuple(sorted(lines, key=lambda line: (line.state != Case.State.OPEN, line.due_date or date.max, line.number)))


def list_cases_of_demand(*, actor: Actor, demand_id: UUID | str, now: datetime) -> tuple[CaseLine, ...]:
    """
    Return the cases that answer a demand.
    """
    people.require(actor, "view_cases")
    found = (
        Case.objects.filter(demands__pk=demand_id)
        .select_related("procedure", "building__community")
        .prefetch_related("milestones", "stops")
    )
    return tuple(_line(case, today=timezone.localdate(now)) for case in found)


def count_states() -> dict[str, int]:
    """
    Return how many cases there are in each state.
    """
    counts = dict.fromkeys(Case.State.values, 0)
    for state in Case.objects.values_list("state", flat=True):
        counts[state] += 1
    return counts


def _line(case: Case, *, today: date) -> CaseLine:
    procedure = get_procedure(case=case)
    rows = {row.code: row for row in case.milestones.all()}
    step = (
        measure.ball(procedure.milestones, {code for code, row in rows.items() if row.done_at}) if case.state == Case.State.OPEN else None
    )
    due = rows[step.code].due_date if step else None
    devices = case.application.get("devices", ())
    return CaseLine(
        id=case.pk,
        number=case.number,
        state=case.state,
        is_stopped=any(stop.ended_at is None for stop in case.stops.all()),
        procedure=procedure.code,
        procedure_zh=procedure.name_zh,
        procedure_en=procedure.name_en,
        place=str(case.building),
        kw=sum(device["kw"] * device.get("count", 1) for device in devices) if devices else None,
        opened_at=case.opened_at,
        ended_at=case.ended_at,
        milestone_zh=step.name_zh if step else "",
        milestone_en=step.name_en if step else "",
        milestone=step.code if step else "",
        party=step.party if step else "",
        role=step.role if step else "",
        due_date=due,
        late_days=_late_days(due, today),
        is_due_soon=due is not None and measure.is_due_soon(due, today=today, calendar=mapping.get_calendar()),
    )


def _late_days(due: date | None, at: date) -> int:
    return measure.lateness(due, at=at, calendar=mapping.get_calendar()) if due else 0


def _milestones(case: Case, *, actor: Actor, now: datetime) -> tuple[MilestoneView, ...]:
    rows = {row.code: row for row in Milestone.objects.filter(case=case).select_related("done_by").prefetch_related("evidence")}
    steps = get_procedure(case=case).milestones
    done = {code for code, row in rows.items() if row.done_at}
    holder = measure.ball(steps, done) if case.state == Case.State.OPEN else None
    visits = [step.visit for step in steps]
    expected = get_expected_dates(case=case, now=now) if case.state == Case.State.OPEN else {}
    agreed = get_times(case=case).agreed
    return tuple(
        _milestone(
            case,
            step,
            rows[step.code],
            state="done" if step.code in done else "now" if holder and step.code == holder.code else "todo",
            shares_visit=bool(step.visit) and visits.count(step.visit) > 1,
            is_agreed=step.code in agreed,
            expected=expected.get(step.code),
            actor=actor,
            today=timezone.localdate(now),
        )
        for step in steps
    )


def _milestone(
    case: Case,
    step: measure.Milestone,
    row: Milestone,
    *,
    state: str,
    shares_visit: bool,
    is_agreed: bool,
    expected: date | None,
    actor: Actor,
    today: date,
) -> MilestoneView:
    at = timezone.localdate(row.done_at) if row.done_at else today
    is_late = case.state == Case.State.OPEN or row.done_at is not None
    is_mine = step.role == actor.role or (step.role == "customer" and case.customer.belongs_to(actor))
    return MilestoneView(
        code=step.code,
        name_zh=step.name_zh,
        name_en=step.name_en,
        party=step.party,
        role=step.role,
        effect=step.effect,
        visit=step.visit,
        shares_visit=shares_visit,
        state=state,
        due_date=row.due_date,
        due_is_provisional=row.due_is_provisional,
        is_agreed=is_agreed,
        expected_date=expected,
        moved_days=(expected - row.due_date).days if expected and row.due_date and expected > row.due_date else 0,
        done_at=row.done_at,
        done_by=row.done_by.display_name if row.done_by else "",
        late_days=_late_days(row.due_date, at) if is_late else 0,
        is_due_soon=state == "now"
        and row.due_date is not None
        and measure.is_due_soon(row.due_date, today=today, calendar=mapping.get_calendar()),
        rule=next((rule for rule in mapping.list_rules() if step.limit and rule.key == step.limit.rule), None),
        limit=step.limit,
        evidence=_evidence(step, row.evidence.all()),
        wanted_evidence=step.evidence,
        may_complete=state == "now" and is_mine and step.effect not in BY_OTHERS,
    )


def _evidence(step: measure.Milestone, rows: Iterable[Evidence]) -> tuple[EvidenceView, ...]:
    specs = {spec.code: spec for spec in step.evidence}
    return tuple(
        EvidenceView(
            name_zh=specs[row.code].name_zh,
            name_en=specs[row.code].name_en,
            unit=specs[row.code].unit,
            text=row.text,
            number=row.number,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
        )
        for row in rows
        if row.code in specs
    )
