"""
Reaching milestones, with their evidence.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import events, queries
from tongdian.apps.cases.actions.due import keep_clocks, set_due_dates
from tongdian.apps.cases.actions.evidence import keep_evidence
from tongdian.apps.cases.models import Case, Milestone
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import SYSTEM, Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused


class CaseNotOpen(Refused):
    """
    The case has ended.
    """


class NotYet(Refused):
    """
    A milestone before this one is not reached.
    """


class OtherAction(Refused):
    """
    The milestone is reached by another action.
    """


class ImpossibleMoment(Refused):
    """
    A milestone was reached neither before those it waits for nor in the future.
    """


@transaction.atomic
def complete_milestone(
    *,
    actor: Actor,
    case_id: UUID | str,
    code: str,
    evidence: Mapping[str, Any],
    now: datetime,
    occurred_at: datetime | None = None,
    may_have_effect: bool = False,
) -> Milestone:
    """
    Record that a milestone is reached, with its evidence; recording it again changes nothing.

    :param may_have_effect: the caller brings about what the milestone means to other parts (works does)
    :param evidence: evidence code -> text, number, or (file name, bytes)
    :raises CaseNotOpen: if the case has ended
    :raises NotYet: if a predecessor is not reached
    :raises OtherAction: if the milestone means something to other parts: it is reached by their action
    :raises UnusableEvidence: if required evidence is missing or not of its kind
    """
    case = queries.find_case(case_id=case_id)
    step = queries.get_step(case=case, code=code)
    if step.role == "customer":
        actor = people.act_for(actor, "complete_milestone", customer=case.customer, now=now)
    else:
        people.require(actor, "complete_milestone", customer=case.customer)
    is_customers = step.role == "customer" and (case.customer.belongs_to(actor) or bool(actor.on_behalf_of))
    if actor.role not in {step.role, SYSTEM} and not is_customers:
        raise people.NotAllowed(
            N_("Your role does not allow this step (%(action)s). Ask somebody of: %(roles)s."), action=code, roles=step.role
        )
    if step.effect and not may_have_effect:
        raise OtherAction(
            N_("“%(milestone)s” is not recorded alone: it is reached by what it means (%(effect)s)."), milestone=code, effect=step.effect
        )
    return _reach(actor=actor, case=case, code=code, evidence=evidence, now=now, occurred_at=occurred_at or now)


@transaction.atomic
def reach_milestone(
    *, actor: Actor, case: Case, effect: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime | None = None
) -> Milestone | None:
    """
    Record the milestone that an action of another app brings about (``plan_replied``, ``plan_accepted``, …), if the procedure has one.

    The permission was checked by that action.
    """
    procedure = queries.get_procedure(case=case)
    step = next((step for step in procedure.milestones if step.effect == effect), None)
    if step is None:
        return None
    return _reach(actor=actor, case=case, code=step.code, evidence=evidence, now=now, occurred_at=occurred_at or now)


@transaction.atomic
def reach_visit_milestone(
    *, actor: Actor, case: Case, code: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime
) -> Milestone:
    """
    Record one milestone of a reported visit; the permission to report it was checked by that action.
    """
    return _reach(actor=actor, case=case, code=code, evidence=evidence, now=now, occurred_at=occurred_at)


def _reach(*, actor: Actor, case: Case, code: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime) -> Milestone:
    step = queries.get_step(case=case, code=code)
    rows = {row.code: row for row in Milestone.objects.select_for_update().filter(case=case)}
    milestone = rows[code]
    if milestone.done_at is not None:
        return milestone
    milestone.case = case  # else evidence would read it again
    if case.state != Case.State.OPEN:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    if waiting := [before for before in step.after if before in rows and rows[before].done_at is None]:
        raise NotYet(N_("“%(milestone)s” comes after “%(before)s”, which is not reached yet."), milestone=code, before=", ".join(waiting))
    reached = [rows[before].done_at for before in step.after if before in rows]
    _check_moment(step, earliest=max([case.opened_at, *(moment for moment in reached if moment)]), occurred_at=occurred_at, now=now)
    noted = {spec.code: keep_evidence(milestone, spec, evidence.get(spec.code)) for spec in step.evidence}
    milestone.done_at, milestone.done_by = occurred_at, User.objects.filter(pk=actor.id).first() if actor.id.isdigit() else None
    milestone.save(update_fields=["done_at", "done_by"])
    values = {"milestone": code, "evidence": {name: value for name, value in noted.items() if value is not None}}
    journal.record(actor=actor, kind=events.MILESTONE_DONE, subject=case, now=now, occurred_at=occurred_at, values=values)
    if all(row.done_at is not None for row in rows.values()):
        case.state, case.ended_at = Case.State.CLOSED, occurred_at
        case.save(update_fields=["state", "ended_at"])
        journal.record(actor=actor, kind=events.CASE_CLOSED, subject=case, now=now, occurred_at=occurred_at)
        keep_clocks(case)
    set_due_dates(case, list(rows.values()))
    return milestone


def _check_moment(step: measure.Milestone, *, earliest: datetime, occurred_at: datetime, now: datetime) -> None:
    earliest = earliest.replace(second=0, microsecond=0)  # people say minutes
    if not earliest <= occurred_at <= now:
        raise ImpossibleMoment(
            N_("“%(milestone)s” cannot have been reached on %(moment)s: it lies between %(earliest)s and now."),
            milestone=step.code,
            moment=f"{timezone.localtime(occurred_at):%Y-%m-%d %H:%M}",
            earliest=f"{timezone.localtime(earliest):%Y-%m-%d %H:%M}",
        )
