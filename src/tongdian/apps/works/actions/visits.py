"""
Planning visits, receiving their reports, and recording single milestones that mean something beyond their case.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Case
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.plans.models import Plan
from tongdian.apps.works import events, queries
from tongdian.apps.works.actions.effects import EFFECTS, bring_about
from tongdian.apps.works.models import VisitReport, WorkOrder
from tongdian.kit.refused import N_, Refused


class NothingToVisit(Refused):
    """
    The procedure of the case has no such visit.
    """


class TooEarly(Refused):
    """
    A visit is planned in the past.
    """


class OtherReport(Refused):
    """
    The visit was reported already, by another report.
    """


@transaction.atomic
def plan_visit(*, actor: Actor, case_id: UUID | str, visit: str, day: date, now: datetime) -> WorkOrder:
    """
    Plan one visit of a case for a day, with the materials of the accepted plan; planning it again moves it.

    :raises NothingToVisit: if the procedure has no such visit
    :raises TooEarly: if the day has passed
    """
    people.require(actor, "plan_visits")
    case = case_queries.find_case(case_id=case_id)
    order = WorkOrder.objects.filter(case=case, visit=visit).first() or WorkOrder(case=case, visit=visit)
    if order.state == WorkOrder.State.DONE:
        return order
    if case.state != Case.State.OPEN:
        raise cases.CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    steps = [step for step in case_queries.get_procedure(case=case).milestones if visit and step.visit == visit]
    if not steps:
        raise NothingToVisit(N_("The procedure of this case has no visit “%(visit)s”."), visit=visit)
    if day < timezone.localdate(now):
        raise TooEarly(N_("%(day)s has passed: plan the visit for today or later."), day=day.isoformat())
    role = next(step.role for step in steps if step.party == "utility")
    materials = _materials(case) if any(step.effect == "power_on" for step in steps) else []
    if (order.planned_on, order.materials) == (day, materials):
        return order
    if order.planned_on != day:
        order.crew, order.sequence, order.begins_at, order.travel_minutes, order.left_out = None, None, None, None, ""
    order.role, order.planned_on, order.materials = role, day, materials
    order.save()
    journal.record(actor=actor, kind=events.VISIT_PLANNED, subject=order, now=now, values={"visit": visit, "day": day.isoformat()})
    return order


@transaction.atomic
def report_visit(
    *, actor: Actor, order_id: UUID | str, key: str, evidence: Mapping[str, Mapping[str, Any]], occurred_at: datetime, now: datetime
) -> WorkOrder:
    """
    Record a whole visit at once: every milestone that shares it is reached, or none. The same report sent twice counts once.

    A signed contract binds the reserved capacity; power on energises the usage point and closes the case.

    :param key: made where the report is written
    :param evidence: milestone code -> evidence code -> text, number, or (file name, bytes)
    :raises OtherReport: if the visit was reported already under another key
    """
    people.require(actor, "report_visit")
    order = queries.find_work_order(order_id=order_id)
    if order.state == WorkOrder.State.DONE:
        if order.report.key != key:
            raise OtherReport(
                N_("This visit was reported already, on %(day)s."), day=timezone.localdate(order.report.received_at).isoformat()
            )
        return order
    case = order.case
    if actor.role != order.role:
        raise people.NotAllowed(N_("This visit is reported by: %(role)s."), role=order.role)
    steps = [step for step in case_queries.get_procedure(case=case).milestones if step.visit == order.visit]
    for step in steps:
        given = evidence.get(step.code, {})
        cases.reach_visit_milestone(actor=actor, case=case, code=step.code, evidence=given, now=now, occurred_at=occurred_at)
        bring_about(step.effect, actor=actor, case=case, evidence=evidence, occurred_at=occurred_at, now=now)
    VisitReport.objects.create(key=key, order=order, occurred_at=occurred_at, received_at=now)
    order.state, order.done_at = WorkOrder.State.DONE, occurred_at
    order.save(update_fields=["state", "done_at"])
    values = {"visit": order.visit, "milestones": ", ".join(step.code for step in steps)}
    journal.record(actor=actor, kind=events.VISIT_REPORTED, subject=order, now=now, occurred_at=occurred_at, values=values)
    return order


@transaction.atomic
def record_milestone(
    *, actor: Actor, case_id: UUID | str, code: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime | None = None
) -> None:
    """
    Record one milestone that is reached outside a visit, and let it have its effect; recording it again changes nothing.

    :raises CaseNotOpen: if the case has ended
    :raises NotYet: if a predecessor is not reached
    :raises OtherAction: if it is reached by an action of its own (a plan's, an agreement's)
    :raises UnusableEvidence: if required evidence is missing or not of its kind
    """
    case = case_queries.find_case(case_id=case_id)
    step = case_queries.get_step(case=case, code=code)
    was_done = case.milestones.filter(code=code, done_at__isnull=False).exists()
    cases.complete_milestone(
        actor=actor, case_id=case_id, code=code, evidence=evidence, now=now, occurred_at=occurred_at, may_have_effect=step.effect in EFFECTS
    )
    if not was_done:
        at = occurred_at or now
        bring_about(step.effect, actor=actor, case=case, evidence={code: evidence}, occurred_at=at, now=now)


def _materials(case: Case) -> list[dict[str, Any]]:
    """
    Return the bill of materials of the accepted option: what the crew brings.
    """
    plan = Plan.objects.filter(case=case, accepted_at__isnull=False).order_by("-version").first()
    option = plan.options.filter(reservation__isnull=False).first() if plan else None
    return list(option.document["materials"]) if option else []
