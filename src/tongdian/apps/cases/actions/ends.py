"""
Ending cases early, and reopening them.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.cases import events, queries
from tongdian.apps.cases.actions.due import keep_clocks, set_due_dates
from tongdian.apps.cases.actions.milestones import CaseNotOpen
from tongdian.apps.cases.models import Case, Stop
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused


class NotEnded(Refused):
    """
    The case has not ended early.
    """


class ReasonNeeded(Refused):
    """
    A case ends early only with a reason.
    """


@transaction.atomic
def withdraw_case(*, actor: Actor, case_id: UUID | str, reason: str, now: datetime) -> Case:
    """
    The customer does not want it any more. What was reserved for the case is free at once.

    :raises ReasonNeeded: without a reason
    :raises CaseNotOpen: if it has ended already
    """
    case = queries.find_case(case_id=case_id)
    actor = people.act_for(actor, "withdraw_case", customer=case.customer, now=now)
    return _end(actor=actor, case=case, state=Case.State.WITHDRAWN, kind=events.CASE_WITHDRAWN, reason=reason, now=now)


@transaction.atomic
def reject_case(*, actor: Actor, case_id: UUID | str, reason: str, now: datetime) -> Case:
    """
    The utility cannot fulfil it, and says why. What was reserved for the case is free at once.

    :raises ReasonNeeded: without a reason
    :raises CaseNotOpen: if it has ended already
    """
    people.require(actor, "reject_case")
    case = queries.find_case(case_id=case_id)
    return _end(actor=actor, case=case, state=Case.State.REJECTED, kind=events.CASE_REJECTED, reason=reason, now=now)


@transaction.atomic
def reopen_case(*, actor: Actor, case_id: UUID | str, reason: str, now: datetime) -> Case:
    """
    Take up a case again that was withdrawn or rejected; the time in between counts for nobody's clock but the whole.

    :raises ReasonNeeded: without a reason
    :raises NotEnded: if it is open, or closed with everything done
    """
    people.require(actor, "reopen_case")
    case = queries.find_case(case_id=case_id)
    if not reason.strip():
        raise ReasonNeeded(N_("Give the reason: the customer and the auditor will read it."))
    if case.state not in {Case.State.WITHDRAWN, Case.State.REJECTED} or case.ended_at is None:
        raise NotEnded(
            N_("The case %(number)s is %(state)s: only what was withdrawn or rejected is reopened."), number=case.number, state=case.state
        )
    Stop.objects.create(case=case, reason=case.state, started_at=case.ended_at, ended_at=now)
    values = {"reason": journal.seal(subject=case, field="reason", value=reason.strip()[:300])}
    case.state, case.ended_at, case.reason = Case.State.OPEN, None, reason.strip()[:300]
    case.save(update_fields=["state", "ended_at", "reason"])
    journal.record(actor=actor, kind=events.CASE_REOPENED, subject=case, now=now, values=values)
    keep_clocks(case)
    set_due_dates(case)
    return case


def _end(*, actor: Actor, case: Case, state: str, kind: str, reason: str, now: datetime) -> Case:
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded(N_("Give the reason: the customer and the auditor will read it."))
    if case.state != Case.State.OPEN:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    if running := case.stops.filter(ended_at__isnull=True).first():
        running.ended_at = now
        running.save(update_fields=["ended_at"])
        journal.record(actor=actor, kind=events.CLOCK_RESUMED, subject=case, now=now)
    case.state, case.ended_at, case.reason = state, now, reason[:300]
    case.save(update_fields=["state", "ended_at", "reason"])
    journal.record(
        actor=actor, kind=kind, subject=case, now=now, values={"reason": journal.seal(subject=case, field="reason", value=case.reason)}
    )
    keep_clocks(case)
    return case
