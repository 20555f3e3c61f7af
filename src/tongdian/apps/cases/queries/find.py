"""
One case: itself, its procedure, its clocks, and what its journal alone tells.
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError

from tongdian.apps.cases import events, mapping
from tongdian.apps.cases.models import Case, Evidence, Milestone, Signature, Stop
from tongdian.apps.journal import queries as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused

GENERAL = "general_reply"


class UnknownCase(Refused):
    """
    There is no such case.
    """


class UnknownMilestone(Refused):
    """
    The case's procedure has no such milestone.
    """


class UnknownGround(Refused):
    """
    No rule knows this ground for stopping the clock.
    """


class UnknownFile(Refused):
    """
    The case has no such file.
    """


def find_case(*, case_id: UUID | str) -> Case:
    """
    Return the case itself, for actions.

    :raises UnknownCase: if there is none
    """
    try:
        return Case.objects.select_related("procedure", "customer", "building__community").get(pk=case_id)
    except (Case.DoesNotExist, ValidationError):
        raise UnknownCase(N_("There is no case %(id)s."), id=str(case_id)) from None


def get_procedure(*, case: Case) -> measure.Procedure:
    """
    Return the procedure in the version with which the case began.
    """
    return mapping.parse(case.procedure.document)


def get_present_step(*, case: Case) -> measure.Milestone | None:
    """
    Return the milestone that a case waits for, None where all are reached.
    """
    done = {row.code for row in case.milestones.all() if row.done_at is not None}
    return measure.ball(get_procedure(case=case).milestones, done)


def list_procedures(*, category: str | None = None) -> tuple[measure.Procedure, ...]:
    """
    Return the newest shipped procedures, all or those that serve a category of demands.

    A demand of a category that no procedure names is answered by the general reply.
    """
    found = mapping.list_shipped_procedures()
    serving = tuple(procedure for procedure in found if category is None or category in procedure.categories)
    return serving or tuple(procedure for procedure in found if procedure.code == GENERAL)


def get_step(*, case: Case, code: str) -> measure.Milestone:
    """
    Return a milestone's definition.

    :raises UnknownMilestone: if the procedure has none with this code
    """
    for step in get_procedure(case=case).milestones:
        if step.code == code:
            return step
    raise UnknownMilestone(N_("The procedure of this case has no milestone “%(code)s”."), code=code)


def list_rules(*, actor: Actor) -> tuple[measure.Rule, ...]:
    """
    Return every dated time limit that is shipped, with its standing.
    """
    people.require(actor, "view_cases")
    return mapping.list_rules()


def list_grounds() -> tuple[mapping.Ground, ...]:
    """
    Return the legal grounds on which the utility's clock may stop.
    """
    return mapping.list_grounds()


def get_ground(*, code: str) -> mapping.Ground:
    """
    Return a legal ground for stopping the clock.

    :raises UnknownGround: if no rule knows it
    """
    for ground in mapping.list_grounds():
        if ground.code == code:
            return ground
    raise UnknownGround(N_("“%(code)s” is no ground on which the clock may stop. Choose one from the list."), code=code)


def get_times(*, case: Case, milestones: Iterable[Milestone] | None = None) -> mapping.Times:
    """
    Return what a case's dates and clocks are computed from, as it is stored.

    :param milestones: all of the case, where the caller has read them
    """
    agreement = next(iter(sorted((one for one in case.agreements.all() if one.in_force_at), key=lambda one: -one.version)), None)
    return mapping.Times(
        opened_at=case.opened_at,
        ended_at=case.ended_at,
        done={row.code: row.done_at for row in (milestones or case.milestones.all()) if row.done_at is not None},
        stops=tuple(measure.Stop(reason=row.reason, started_at=row.started_at, ended_at=row.ended_at) for row in case.stops.all()),
        agreed={duty.milestone: duty.due_date for duty in agreement.duties.all()} if agreement else {},
    )


def get_due_dates(*, case: Case, milestones: Iterable[Milestone] | None = None) -> dict[str, measure.Due]:
    """
    Return the due date of every milestone of a case that has one.

    :param milestones: all of the case, where the caller has read them
    """
    return mapping.compute_due_dates(get_procedure(case=case), get_times(case=case, milestones=milestones))


def get_expected_dates(*, case: Case, now: datetime) -> dict[str, date]:
    """
    Return the day on which each milestone that is not reached can be expected as things stand.
    """
    return mapping.compute_expected_dates(get_procedure(case=case), get_times(case=case), now=now)


def get_clocks(*, case: Case, now: datetime) -> measure.Clocks:
    """
    Return the two clocks of a case from its milestones.
    """
    return mapping.compute_clocks(get_procedure(case=case), get_times(case=case), now=now)


def replay_case(*, case: Case) -> events.Replay:
    """
    Return the state of a case as its journal alone tells it.
    """
    entries = journal.list_of_kind(kinds=events.TOLD, subject=(Case._meta.label_lower, str(case.pk)))
    return events.replay((entry.kind, entry.occurred_at, entry.values) for entry in entries)


def replay_times(*, case: Case) -> mapping.Times:
    """
    Return what the clocks are computed from, as the journal alone tells it.

    :raises UnknownCase: if the journal knows no such case
    """
    told = replay_case(case=case)
    if told.opened_at is None:
        raise UnknownCase(N_("There is no case %(id)s."), id=str(case.pk))
    return mapping.Times(
        opened_at=told.opened_at,
        ended_at=told.ended_at,
        done=told.done,
        stops=tuple(measure.Stop(reason=reason, started_at=start, ended_at=end) for reason, start, end in told.stops),
        agreed={code: date.fromisoformat(day) for code, day in told.agreed.items()},
    )


def replay_clocks(*, case: Case, now: datetime) -> measure.Clocks:
    """
    Return the two clocks of a case from its journal alone.
    """
    return mapping.compute_clocks(get_procedure(case=case), replay_times(case=case), now=now)


def list_untrue_cases() -> tuple[str, ...]:
    """
    Return the numbers of cases whose stored state differs from what the journal says. Must always be empty.
    """
    untrue = []
    for case in Case.objects.prefetch_related("milestones", "stops", "agreements__duties"):
        told = replay_case(case=case)
        is_true = told.state == case.state and told.opened_at is not None and replay_times(case=case) == get_times(case=case)
        if not is_true or not _clocks_are_true(case):
            untrue.append(case.number)
    return tuple(untrue)


def _clocks_are_true(case: Case) -> bool:
    if case.ended_at is None:
        return case.whole_working_days is None
    clocks = replay_clocks(case=case, now=case.ended_at)
    return (clocks.whole.working_days, clocks.utility.working_days) == (case.whole_working_days, case.utility_working_days)


def get_evidence_file(*, actor: Actor, case_id: UUID | str, sha256: str) -> tuple[str, bytes]:
    """
    Return the name and content of a file that proves a milestone of a case.

    :raises UnknownFile: if the case has no such file, or the data folder has lost it
    """
    case = find_case(case_id=case_id)
    people.require(actor, "view_case", customer=case.customer)
    name = _name_of_file(case, sha256)
    content = journal.read_file(sha256=sha256) if name else None
    if not name or content is None:
        raise UnknownFile(N_("The case %(number)s has no such file. If it should have, restore the last backup."), number=case.number)
    return name, content


def _name_of_file(case: Case, sha256: str) -> str:
    """
    Return the name of a file that belongs to a case, empty if it has no such file.
    """
    if drawn := case.agreements.filter(file_sha256=sha256).first():
        return f"{drawn.number}.pdf"
    kept = (
        Evidence.objects.filter(milestone__case=case, file_sha256=sha256).first()
        or Signature.objects.filter(agreement__case=case, file_sha256=sha256).first()
        or Stop.objects.filter(case=case, file_sha256=sha256).first()
    )
    return kept.file_name if kept and sha256 else ""


def get_working_days(*, start: date, end: date) -> int:
    """
    Return the working days after ``start`` up to and including ``end``.
    """
    return mapping.get_calendar().working_days_between(start, end)
