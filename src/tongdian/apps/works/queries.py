"""
Reading the visits of crews.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.works.models import WorkOrder
from tongdian.kit.refused import N_, Refused


class UnknownWorkOrder(Refused):
    """
    There is no such work order.
    """


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
