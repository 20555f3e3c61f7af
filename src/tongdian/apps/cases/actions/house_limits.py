"""
The utility's own limits: shorter than authorities ask, and its own rules as it wants them.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import events, mapping, queries
from tongdian.apps.cases.actions.ends import ReasonNeeded
from tongdian.apps.cases.models import HouseLimit
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused


class UnusableLimit(Refused):
    """
    The limit cannot be set so.
    """


@transaction.atomic
def set_house_limit(
    *, actor: Actor, procedure: str, milestone: str, days: int | None, valid_from: date, why: str, now: datetime
) -> HouseLimit:
    """
    Set a limit of so many days for a milestone, for cases that open from a day on; cases under way keep theirs.

    :param days: None ends the utility's own limit: from that day on the shipped limit holds again
    :raises UnusableLimit: if the day has passed
    :raises UnusableProcedure: if the milestone has no limit in days, or a rule of an authority asks for less
    :raises ReasonNeeded: if nobody says why
    """
    people.require(actor, "set_house_limit")
    if not why.strip():
        raise ReasonNeeded(N_("Say why: the reason stands in the journal."))
    if valid_from < timezone.localdate(now):
        raise UnusableLimit(N_("A limit holds from today on at the earliest: cases that are open keep what was promised to them."))
    if days is not None:
        measure.parse_procedure(measure.add_house_limits(mapping.read_document(procedure), [(milestone, days, why.strip())]))
    elif all(row.milestone != milestone for row in queries.list_house_limits(procedure=procedure)):
        raise UnusableLimit(N_("There is no limit of the utility's own for this milestone that could end."))
    limit = HouseLimit.objects.create(
        procedure=procedure, milestone=milestone, days=days, valid_from=valid_from, why=why.strip(), set_by_id=actor.id, set_at=now
    )
    values = {"procedure": procedure, "milestone": milestone, "days": days, "valid_from": valid_from.isoformat(), "why": limit.why}
    kind = events.HOUSE_LIMIT_SET if days is not None else events.HOUSE_LIMIT_ENDED
    journal.record(actor=actor, kind=kind, subject=limit, now=now, values=values)
    return limit
