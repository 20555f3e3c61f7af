"""
Counting what happened, and gathering what one person or one case needs to see.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.demands import queries as demands
from tongdian.apps.insight import rules
from tongdian.apps.journal import queries as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import may
from tongdian.apps.places import queries as places
from tongdian.apps.plans import queries as plans
from tongdian.apps.plans.models import Plan
from tongdian.apps.plans.rules import Status
from tongdian.apps.works import queries as works
from tongdian.kit.refused import N_, Refused

SPEEDS_KEPT_S = 3600  # closed cases do not change; a new one changes the key


class UnknownPage(Refused):
    """
    The journal has no such place.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPlan:
    """
    A case for which nothing fits, and the element that binds.
    """

    case_number: str
    element: str
    kind: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    The thread in figures. Days are counted by law: the starting day is not counted.
    """

    demands: int
    confirmed: int
    cases: int
    cases_open: int
    cases_closed: int
    cases_ended_early: int
    plans_feasible: int
    plans_refused: tuple[RefusedPlan, ...]
    powered_on: int
    median_whole_days: float | None
    median_utility_days: float | None
    median_working_days: float | None
    next_day_percent: float | None
    next_working_day_percent: float | None
    journal_entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """
    What one person sees first: what only he can move, what is late elsewhere, what came in.
    """

    mine: tuple[cases.CaseLine, ...]
    late_elsewhere: tuple[cases.CaseLine, ...]
    to_confirm: tuple[demands.DemandLine, ...]
    unconfirmed: int
    to_approve: tuple[plans.WaitingAnswer, ...]
    visits: tuple[works.WorkOrderLine, ...]
    summary: Summary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntry:
    """
    A journal entry with the name of who acted.
    """

    line: journal.EntryLine
    actor_name: str


def get_summary(*, now: datetime) -> Summary:
    """
    Count the whole thread from the database.
    """
    said = demands.count_demands()
    states = cases.count_states()
    latest = _latest_plans()
    closed = list(Case.objects.filter(state=Case.State.CLOSED).select_related("procedure").prefetch_related("milestones"))
    clocks = [cases.get_clocks(case=case, now=now) for case in closed]
    next_days = [_days_from_contract(case) for case in closed]
    counted = [days for days in next_days if days is not None]
    return Summary(
        demands=said["total"],
        confirmed=said["confirmed"],
        cases=sum(states.values()),
        cases_open=states["open"],
        cases_closed=states["closed"],
        cases_ended_early=states["withdrawn"] + states["rejected"],
        plans_feasible=sum(plan.status in {Status.PROPOSED, Status.APPROVED, Status.ACCEPTED} for plan in latest),
        plans_refused=tuple(
            sorted((_refused(plan) for plan in latest if plan.status == Status.INFEASIBLE), key=lambda plan: plan.case_number)
        ),
        powered_on=places.count_energised(),
        median_whole_days=rules.median([clock.whole.calendar_days for clock in clocks]),
        median_utility_days=rules.median([clock.utility.calendar_days for clock in clocks]),
        median_working_days=rules.median([clock.whole.working_days for clock in clocks]),
        next_day_percent=rules.share(sum(calendar == 1 for calendar, _ in counted), len(counted)),
        next_working_day_percent=rules.share(sum(working <= 1 for _, working in counted), len(counted)),
        journal_entries=journal.count_entries(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """
    How long the closed cases of a procedure took: the median of both clocks in working days, and how many cases it rests on.
    """

    name_zh: str
    name_en: str
    cases: int
    whole_days: float
    utility_days: float


def list_speeds(*, now: datetime, fewest: int = 3) -> tuple[Speed, ...]:
    """
    Return how long connections took, by procedure, for anybody to see; where fewer than ``fewest`` cases are closed, nothing is said.
    """
    closed = Case.objects.filter(state=Case.State.CLOSED)
    return cache.get_or_set(f"speeds-{fewest}-{closed.count()}", lambda: _speeds(now, fewest), SPEEDS_KEPT_S) or ()


def _speeds(now: datetime, fewest: int) -> tuple[Speed, ...]:
    found: dict[str, list[Case]] = {}
    for case in Case.objects.filter(state=Case.State.CLOSED).select_related("procedure").prefetch_related("milestones", "stops"):
        found.setdefault(case.procedure.code, []).append(case)
    speeds = []
    for rows in found.values():
        procedure = cases.get_procedure(case=rows[0])
        if not procedure.device or len(rows) < fewest:
            continue
        clocks = [cases.get_clocks(case=case, now=now) for case in rows]
        speeds.append(
            Speed(
                name_zh=procedure.name_zh,
                name_en=procedure.name_en,
                cases=len(rows),
                whole_days=rules.median([clock.whole.working_days for clock in clocks]) or 0.0,
                utility_days=rules.median([clock.utility.working_days for clock in clocks]) or 0.0,
            )
        )
    return tuple(sorted(speeds, key=lambda speed: speed.whole_days))


def get_day(*, actor: Actor, now: datetime) -> Day:
    """
    Return what waits for the actor, soonest first.
    """
    is_staff = may(actor.role, "view_cases")
    waiting = cases.list_cases(actor=actor, state="open", now=now)
    reads_demands = may(actor.role, "confirm_category")
    return Day(
        mine=tuple(line for line in waiting if line.role == actor.role),
        late_elsewhere=tuple(line for line in waiting if line.role != actor.role and line.late_days > 0),
        to_confirm=demands.list_unconfirmed(limit=5) if reads_demands else (),
        unconfirmed=_count_unconfirmed() if reads_demands else 0,
        to_approve=plans.list_to_approve(actor=actor),
        visits=works.list_my_visits(actor=actor) if is_staff else (),
        summary=get_summary(now=now) if is_staff else None,
    )


def list_thread_entries(*, actor: Actor, case_id: UUID | str) -> tuple[NamedEntry, ...]:
    """
    Return the journal of a whole thread, oldest first: its demands, the case, its plans and its visits.
    """
    case = cases.find_case(case_id=case_id)
    people.require(actor, "view_case", customer=case.customer)
    things = [case, *case.demands.all(), *case.plans.all(), *case.renewals.all(), *case.work_orders.all()]
    subjects = [(thing._meta.label_lower, str(thing.pk)) for thing in things]
    return _with_names(journal.list_entries(subjects=subjects))


def list_journal(*, actor: Actor, before: int | None = None, limit: int = 50) -> tuple[NamedEntry, ...]:
    """
    Return the newest entries of the whole journal, newest first.
    """
    people.require(actor, "view_journal")
    if before is not None and before < 0:
        raise UnknownPage(N_("The journal has no entry before %(sequence)s."), sequence=before)
    return _with_names(journal.list_latest(limit=limit, before=before))


def verify_journal(*, actor: Actor) -> tuple[journal.ChainReport, tuple[str, ...]]:
    """
    Check the chain and that every case is what its journal says; return the report and the numbers of untrue cases.
    """
    people.require(actor, "view_journal")
    return journal.verify_chain(), cases.list_untrue_cases()


def _with_names(entries: tuple[journal.EntryLine, ...]) -> tuple[NamedEntry, ...]:
    names = people.list_names(ids=(entry.actor_id for entry in entries))
    return tuple(NamedEntry(line=entry, actor_name=names.get(entry.actor_id, "")) for entry in entries)


def _latest_plans() -> list[Plan]:
    latest: dict[UUID, Plan] = {}
    for plan in Plan.objects.select_related("case").order_by("version"):
        latest[plan.case_id] = plan
    return list(latest.values())


def _refused(plan: Plan) -> RefusedPlan:
    option = plan.options.order_by("rank").first()
    binding = (option.document.get("binding") if option else None) or {}
    return RefusedPlan(
        case_number=plan.case.number,
        element=binding.get("element_name", ""),
        kind=binding.get("kind", ""),
        value=binding.get("value", 0.0),
        limit=binding.get("limit", 0.0),
    )


def _days_from_contract(case: Case) -> tuple[int, int] | None:
    """
    Return calendar and working days from the signed contract to power on, or None where the procedure has neither.
    """
    effects = {step.effect: step.code for step in cases.get_procedure(case=case).milestones if step.effect}
    done = {row.code: row.done_at for row in case.milestones.all()}
    signed, on = done.get(effects.get("contract_signed", "")), done.get(effects.get("power_on", ""))
    if signed is None or on is None:
        return None
    start, end = timezone.localdate(signed), timezone.localdate(on)
    return (end - start).days, cases.get_working_days(start=start, end=end)


def _count_unconfirmed() -> int:
    said = demands.count_demands()
    return said["total"] - said["confirmed"]
