"""
Reading the visits of crews.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.works.models import Hazard, Settlement, WorkOrder
from tongdian.kit.refused import N_, Refused


class UnknownWorkOrder(Refused):
    """
    There is no such work order.
    """


class UnknownHazard(Refused):
    """
    There is no such hazard.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardLine:
    """
    A hazard as the case page shows it.
    """

    id: int
    kind: str
    where: str
    found_at: datetime
    settled_at: datetime | None
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """
    What the works cost, what the plan estimated, and the difference in percent of the estimate.
    """

    amount_yuan: Decimal
    estimate_yuan: Decimal | None
    difference_yuan: Decimal | None
    difference_percent: float | None
    settled_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderLine:
    """
    A visit as lists and the case page show it.
    """

    id: UUID
    case_id: UUID
    case_number: str
    place: str
    visit: str
    role: str
    planned_on: date
    assignee: str
    state: str
    done_at: datetime | None
    materials: tuple[dict[str, Any], ...]


def find_work_order(*, order_id: UUID | str) -> WorkOrder:
    """
    Return the work order itself, for actions.

    :raises UnknownWorkOrder: if there is none
    """
    try:
        order = (
            WorkOrder.objects.select_related("case__building__community", "case__procedure", "case__customer").filter(pk=order_id).first()
        )
    except ValidationError:
        order = None
    if order is None:
        raise UnknownWorkOrder(N_("There is no work order %(id)s."), id=str(order_id))
    return order


def list_visits(*, actor: Actor, case_id: UUID) -> tuple[WorkOrderLine, ...]:
    """
    Return the visits of a case in their order.
    """
    case = Case.objects.select_related("customer").get(pk=case_id)
    people.require(actor, "view_case", customer=case.customer)
    orders = WorkOrder.objects.filter(case=case).select_related("case__building__community", "assignee")
    return tuple(to_line(order) for order in orders.order_by("visit"))


def list_my_visits(*, actor: Actor) -> tuple[WorkOrderLine, ...]:
    """
    Return the planned visits of the actor's role in open cases, earliest first.
    """
    orders = WorkOrder.objects.filter(role=actor.role, state=WorkOrder.State.PLANNED, case__state=Case.State.OPEN)
    return tuple(to_line(order) for order in orders.select_related("case__building__community", "assignee"))


def to_line(order: WorkOrder) -> WorkOrderLine:
    """
    Return a work order as pages show it.
    """
    return WorkOrderLine(
        id=order.pk,
        case_id=order.case_id,
        case_number=order.case.number,
        place=str(order.case.building),
        visit=order.visit,
        role=order.role,
        planned_on=order.planned_on,
        assignee=order.assignee.display_name if order.assignee else "",
        state=order.state,
        done_at=order.done_at,
        materials=tuple(order.materials),
    )


def find_hazard(*, hazard_id: int) -> Hazard:
    """
    Return the hazard itself, for actions.

    :raises UnknownHazard: if there is none
    """
    hazard = Hazard.objects.select_related("case").filter(pk=hazard_id).first()
    if hazard is None:
        raise UnknownHazard(N_("There is no hazard %(id)s."), id=hazard_id)
    return hazard


def list_hazards(*, actor: Actor, case_id: UUID) -> tuple[HazardLine, ...]:
    """
    Return the hazards of a case in the order in which they were found.
    """
    case = Case.objects.select_related("customer").get(pk=case_id)
    people.require(actor, "view_case", customer=case.customer)
    return tuple(
        HazardLine(id=row.pk, kind=row.kind, where=row.where, found_at=row.found_at, settled_at=row.settled_at, remedy=row.remedy)
        for row in Hazard.objects.filter(case=case)
    )


def get_settlement(*, actor: Actor, case_id: UUID) -> SettlementLine | None:
    """
    Return what a case's works cost, None until it is recorded.
    """
    case = Case.objects.select_related("customer").get(pk=case_id)
    people.require(actor, "view_case", customer=case.customer)
    row = Settlement.objects.filter(case=case).first()
    if row is None:
        return None
    difference = row.amount_yuan - row.estimate_yuan if row.estimate_yuan else None
    return SettlementLine(
        amount_yuan=row.amount_yuan,
        estimate_yuan=row.estimate_yuan,
        difference_yuan=difference,
        difference_percent=float(100 * difference / row.estimate_yuan) if difference is not None and row.estimate_yuan else None,
        settled_on=row.settled_on,
    )
