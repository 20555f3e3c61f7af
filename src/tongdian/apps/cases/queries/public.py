"""
What the public door shows of a demand: who holds the ball, what is done, when the next can be expected, how many are ahead.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from tongdian.apps.cases import mapping
from tongdian.apps.cases.models import Case
from tongdian.apps.cases.queries.find import get_clocks, get_due_dates, get_expected_dates, get_present_step, get_procedure
from tongdian.apps.demands.models import Demand
from tongdian.engines import measure


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStep:
    """
    One step as the public sees it; ``state`` is ``done``, ``now`` or ``todo``.
    """

    name_zh: str
    name_en: str
    party: str
    state: str
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicThread:
    """
    A demand and what became of it, without anything personal. ``state`` is ``received``, or that of its case.

    ``ahead``: how many others wait for the same step since longer; ``asked``: what the customer has to bring now.
    """

    text: str
    number: str
    place: str
    reported_at: datetime
    state: str
    reason: str
    procedure_zh: str
    procedure_en: str
    case_number: str
    party: str
    step_zh: str
    step_en: str
    due_date: date | None
    expected_date: date | None
    is_stopped: bool
    ahead: int
    asked: tuple[measure.EvidenceSpec, ...]
    steps: tuple[PublicStep, ...]
    whole_days: int
    utility_days: int


def get_public_thread(*, demand: Demand, now: datetime) -> PublicThread:
    """
    Return how far a demand has come. The caller has checked that it may be shown.
    """
    case = demand.cases.select_related("procedure").prefetch_related("milestones", "stops").order_by("-opened_at").first()
    if case is None:
        waiting = Demand.objects.filter(confirmed_at__isnull=demand.confirmed_at is None, cases__isnull=True)
        return _received(demand, ahead=waiting.filter(received_at__lt=demand.received_at).count(), now=now)
    procedure = get_procedure(case=case)
    done = {row.code: row.done_at for row in case.milestones.all() if row.done_at}
    holder = measure.ball(procedure.milestones, set(done)) if case.state == Case.State.OPEN else None
    expected = get_expected_dates(case=case, now=now) if case.state == Case.State.OPEN else {}
    clocks = get_clocks(case=case, now=now)
    due = get_due_dates(case=case).get(holder.code) if holder else None
    return PublicThread(
        text=demand.text,
        number=demand.number,
        place=demand.place,
        reported_at=demand.reported_at,
        state=case.state,
        reason=case.reason,
        procedure_zh=procedure.name_zh,
        procedure_en=procedure.name_en,
        case_number=case.number,
        party=holder.party if holder else "",
        step_zh=holder.name_zh if holder else "",
        step_en=holder.name_en if holder else "",
        due_date=due.date if due else None,
        expected_date=max(expected.values(), default=None),
        is_stopped=any(stop.ended_at is None for stop in case.stops.all()),
        ahead=_count_ahead(case, holder) if holder else 0,
        asked=holder.evidence if holder and holder.party == measure.Party.CUSTOMER else (),
        steps=tuple(_step(step, done.get(step.code), expected.get(step.code), holder) for step in procedure.milestones),
        whole_days=clocks.whole.working_days,
        utility_days=clocks.utility.working_days,
    )


def _received(demand: Demand, *, ahead: int, now: datetime) -> PublicThread:
    days = mapping.get_calendar().working_days_between(timezone.localdate(demand.reported_at), timezone.localdate(now))
    return PublicThread(
        text=demand.text,
        number=demand.number,
        place=demand.place,
        reported_at=demand.reported_at,
        state="received",
        reason="",
        procedure_zh="",
        procedure_en="",
        case_number="",
        party=measure.Party.UTILITY,
        step_zh="",
        step_en="",
        due_date=None,
        expected_date=None,
        is_stopped=False,
        ahead=ahead,
        asked=(),
        steps=(),
        whole_days=days,
        utility_days=days,
    )


def _count_ahead(case: Case, holder: measure.Milestone) -> int:
    """
    Return how many open cases of the same procedure wait for the same step since longer.
    """
    since = _since(case)
    others = Case.objects.filter(state=Case.State.OPEN, procedure__code=case.procedure.code).exclude(pk=case.pk)
    ahead = 0
    for other in others.select_related("procedure").prefetch_related("milestones"):
        step = get_present_step(case=other)
        ahead += step is not None and step.code == holder.code and _since(other) < since
    return ahead


def _since(case: Case) -> datetime:
    done = [row.done_at for row in case.milestones.all() if row.done_at]
    return max([case.opened_at, *done])


def _step(step: measure.Milestone, done_at: datetime | None, expected: date | None, holder: measure.Milestone | None) -> PublicStep:
    state = "done" if done_at else "now" if holder and step.code == holder.code else "todo"
    day = timezone.localdate(done_at) if done_at else expected
    return PublicStep(name_zh=step.name_zh, name_en=step.name_en, party=step.party, state=state, day=day)
