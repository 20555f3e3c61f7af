"""
Stopping the utility's clock for a legal ground, and letting it run again.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import events, queries
from tongdian.apps.cases.actions.due import set_due_dates
from tongdian.apps.cases.actions.milestones import CaseNotOpen, ImpossibleMoment
from tongdian.apps.cases.models import Case, Stop
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused


class AlreadyStopped(Refused):
    """
    The clock of the case stands still already.
    """


class NotStopped(Refused):
    """
    The clock of the case runs.
    """


@transaction.atomic
def stop_clock(
    *,
    actor: Actor,
    case_id: UUID | str,
    ground: str,
    note: str,
    file: tuple[str, bytes] | None = None,
    occurred_at: datetime,
    now: datetime,
) -> Stop:
    """
    Stop the utility's clock of a case: its milestones' limits do not run until it resumes.

    :param ground: code of a row of data/limits_stops.csv
    :param file: what proves the ground: name and content
    :raises UnknownGround: if no rule knows such a ground
    :raises AlreadyStopped: if the clock stands still already
    :raises ImpossibleMoment: if the moment lies before the case or its last stop, or in the future
    """
    people.require(actor, "stop_clock")
    case = _find_open(case_id)
    queries.get_ground(code=ground)
    if case.stops.filter(ended_at__isnull=True).exists():
        raise AlreadyStopped(N_("The clock of the case %(number)s stands still already."), number=case.number)
    last = case.stops.order_by("-ended_at").values_list("ended_at", flat=True).first()
    _check(occurred_at, earliest=last or case.opened_at, now=now)
    name, content = file or ("", b"")
    stop = Stop.objects.create(
        case=case,
        reason=ground,
        started_at=occurred_at,
        note=note.strip()[:300],
        file_name=name[:120],
        file_sha256=journal.keep_file(content=content) if file else "",
    )
    values = {"ground": ground, "file": stop.file_sha256, "note": journal.seal(subject=case, field="note", value=stop.note)}
    journal.record(actor=actor, kind=events.CLOCK_STOPPED, subject=case, now=now, occurred_at=occurred_at, values=values)
    return stop


@transaction.atomic
def resume_clock(*, actor: Actor, case_id: UUID | str, occurred_at: datetime, now: datetime) -> Stop:
    """
    Let the clock run again; every date that depends on it moves by the days it stood still.

    :raises NotStopped: if it runs
    :raises ImpossibleMoment: if the moment lies before the stop or in the future
    """
    people.require(actor, "stop_clock")
    case = _find_open(case_id)
    stop = case.stops.filter(ended_at__isnull=True).first()
    if stop is None:
        raise NotStopped(N_("The clock of the case %(number)s runs."), number=case.number)
    _check(occurred_at, earliest=stop.started_at, now=now)
    stop.ended_at = occurred_at
    stop.save(update_fields=["ended_at"])
    journal.record(actor=actor, kind=events.CLOCK_RESUMED, subject=case, now=now, occurred_at=occurred_at)
    set_due_dates(case)
    return stop


def _find_open(case_id: UUID | str) -> Case:
    case = queries.find_case(case_id=case_id)
    if case.state != Case.State.OPEN:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    return case


def _check(moment: datetime, *, earliest: datetime, now: datetime) -> None:
    if not earliest.replace(second=0, microsecond=0) <= moment <= now:
        raise ImpossibleMoment(
            N_("The clock cannot have changed on %(moment)s: it lies between %(earliest)s and now."),
            moment=f"{timezone.localtime(moment):%Y-%m-%d %H:%M}",
            earliest=f"{timezone.localtime(earliest):%Y-%m-%d %H:%M}",
        )
