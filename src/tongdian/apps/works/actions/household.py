"""
Hazards at a household or on a line: found, settled one by one, and nothing closes before the last.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Case
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.works import events, queries, rules
from tongdian.apps.works.models import Hazard
from tongdian.kit.refused import N_, Refused


class UnusableHazard(Refused):
    """
    The hazard cannot be noted as it is described.
    """


@transaction.atomic
def note_hazard(*, actor: Actor, case_id: UUID | str, kind: str, where: str, now: datetime) -> Hazard:
    """
    Note a hazard that was found at the place of a case; the same one again changes nothing.

    :param kind: a code of :data:`tongdian.apps.works.rules.HAZARDS`
    :raises UnusableHazard: if the kind is unknown or nobody says where it is
    """
    people.require(actor, "note_hazard")
    case = case_queries.find_case(case_id=case_id)
    if case.state != Case.State.OPEN:
        raise cases.CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    if kind not in rules.HAZARDS or not where.strip():
        raise UnusableHazard(N_("Say what is dangerous and where: %(kinds)s."), kinds=", ".join(rules.HAZARDS))
    hazard, is_new = Hazard.objects.get_or_create(case=case, kind=kind, where=where.strip()[:80], defaults={"found_at": now})
    if is_new:
        journal.record(actor=actor, kind=events.HAZARD_FOUND, subject=case, now=now, values={"hazard": kind, "key": hazard.pk})
    return hazard


@transaction.atomic
def settle_hazard(*, actor: Actor, hazard_id: int, remedy: str, photo: tuple[str, bytes] | None = None, now: datetime) -> Hazard:
    """
    Record that a hazard is gone, and how; settling it again changes nothing.

    :raises UnusableHazard: if nobody says what was done
    """
    people.require(actor, "note_hazard")
    hazard = queries.find_hazard(hazard_id=hazard_id)
    if hazard.settled_at is not None:
        return hazard
    if not remedy.strip():
        raise UnusableHazard(N_("Say what was done about it."))
    hazard.settled_at, hazard.remedy = now, remedy.strip()[:200]
    hazard.photo_sha256 = journal.keep_file(content=photo[1]) if photo else ""
    hazard.save(update_fields=["settled_at", "remedy", "photo_sha256"])
    values = {"hazard": hazard.kind, "key": hazard.pk, "photo": hazard.photo_sha256}
    journal.record(actor=actor, kind=events.HAZARD_SETTLED, subject=hazard.case, now=now, values=values)
    return hazard
