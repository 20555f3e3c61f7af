"""
One case: itself, its procedure, its clocks, and what its journal alone tells.
"""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError

from tongdian.apps.cases import events, mapping
from tongdian.apps.cases.models import Case, Evidence
from tongdian.apps.journal import queries as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused


class UnknownCase(Refused):
    """
    There is no such case.
    """


class UnknownMilestone(Refused):
    """
    The case's procedure has no such milestone.
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
        case = Case.objects.select_related("procedure", "customer", "building__community").filter(pk=case_id).first()
    except ValidationError:
        case = None
    if case is None:
        raise UnknownCase(N_("There is no case %(id)s."), id=str(case_id))
    return case


def get_procedure(*, case: Case) -> measure.Procedure:
    """
    Return the procedure in the version with which the case began.
    """
    return mapping.parse(case.procedure.document)


def list_procedures(*, category: str | None = None) -> tuple[measure.Procedure, ...]:
    """
    Return the newest shipped procedures, all or those that serve a category of demands.
    """
    return tuple(procedure for procedure in mapping.list_shipped_procedures() if category is None or category in procedure.categories)


def get_step(*, case: Case, code: str) -> measure.Milestone:
    """
    Return a milestone's definition.

    :raises UnknownMilestone: if the procedure has none with this code
    """
    for step in get_procedure(case=case).milestones:
        if step.code == code:
            return step
    raise UnknownMilestone(N_("The procedure of this case has no milestone “%(code)s”."), code=code)


def get_clocks(*, case: Case, now: datetime) -> measure.Clocks:
    """
    Return the two clocks of a case from its milestones.
    """
    done = {row.code: row.done_at for row in case.milestones.all() if row.done_at is not None}
    return mapping.compute_clocks(get_procedure(case=case), opened_at=case.opened_at, done=done, ended_at=case.ended_at, now=now)


def replay_case(*, case: Case) -> events.Replay:
    """
    Return the state of a case as its journal alone tells it.
    """
    kinds = [events.MILESTONE_DONE, *events.STATE_AFTER]
    entries = journal.list_of_kind(kinds=kinds, subject=(Case._meta.label_lower, str(case.pk)))
    return events.replay((entry.kind, entry.occurred_at, entry.values) for entry in entries)


def replay_clocks(*, case: Case, now: datetime) -> measure.Clocks:
    """
    Return the two clocks of a case from its journal alone.
    """
    told = replay_case(case=case)
    if told.opened_at is None:
        raise UnknownCase(N_("There is no case %(id)s."), id=str(case.pk))
    return mapping.compute_clocks(get_procedure(case=case), opened_at=told.opened_at, done=told.done, ended_at=told.ended_at, now=now)


def list_untrue_cases() -> tuple[str, ...]:
    """
    Return the numbers of cases whose stored state differs from what the journal says. Must always be empty.
    """
    untrue = []
    for case in Case.objects.prefetch_related("milestones"):
        told = replay_case(case=case)
        done = {row.code: row.done_at for row in case.milestones.all() if row.done_at is not None}
        if (told.state, told.opened_at, told.ended_at, told.done) != (case.state, case.opened_at, case.ended_at, done):
            untrue.append(case.number)
    return tuple(untrue)


def get_evidence_file(*, actor: Actor, case_id: UUID | str, sha256: str) -> tuple[str, bytes]:
    """
    Return the name and content of a file that proves a milestone of a case.

    :raises UnknownFile: if the case has no such file, or the data folder has lost it
    """
    case = find_case(case_id=case_id)
    people.require(actor, "view_case", customer=case.customer)
    kept = Evidence.objects.filter(milestone__case=case, file_sha256=sha256).exclude(file_sha256="").first()
    path = Path(settings.DATA_DIR) / "files" / sha256[:2] / sha256
    if kept is None or not path.is_file():
        raise UnknownFile(N_("The case %(number)s has no such file. If it should have, restore the last backup."), number=case.number)
    return kept.file_name, path.read_bytes()


def get_working_days(*, start: date, end: date) -> int:
    """
    Return the working days after ``start`` up to and including ``end``.
    """
    return mapping.get_calendar().working_days_between(start, end)
