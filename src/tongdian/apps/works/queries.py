"""
Reading the visits of crews.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import Role
from tongdian.apps.works import rules
from tongdian.apps.works.models import Crew, Hazard, Settlement, WorkOrder
from tongdian.kit.refused import N_, Refused

RELATED = ("case__building__community", "case__procedure", "assignee", "crew")


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
    procedure_zh: str
    procedure_en: str
    skill: str
    minutes: int
    lon: float
    lat: float
    crew: str
    sequence: int | None
    begins_at: datetime | None
    travel_minutes: int | None
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewDay:
    """
    A crew and its visits of one day in their order; ``skills`` are codes of :data:`tongdian.apps.works.rules.SKILLS`.
    """

    id: UUID
    name: str
    skills: tuple[str, ...]
    starts: time
    ends: time
    lon: float
    lat: float
    members: tuple[str, ...]
    visits: tuple[WorkOrderLine, ...]

    @property
    def work_minutes(self) -> int:
        """
        Minutes at the places, without the ways.
        """
        return sum(visit.minutes for visit in self.visits)

    @property
    def travel_minutes(self) -> int:
        """
        Minutes on the way to the visits.
        """
        return sum(visit.travel_minutes or 0 for visit in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWithVisits:
    """
    A day on which crews have visits, and how many.
    """

    day: date
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsDay:
    """
    What the crews do on a day, and the visits that no round holds.
    """

    day: date
    crews: tuple[CrewDay, ...]
    waiting: tuple[WorkOrderLine, ...]


def find_work_order(*, order_id: UUID | str) -> WorkOrder:
    """
    Return the work order itself, for actions.

    :raises UnknownWorkOrder: if there is none
    """
    try:
        return WorkOrder.objects.select_related("case__building__community", "case__procedure", "case__customer").get(pk=order_id)
    except (WorkOrder.DoesNotExist, ValidationError):
        raise UnknownWorkOrder(N_("There is no work order %(id)s."), id=str(order_id)) from None


def list_visits(*, actor: Actor, case_id: UUID) -> tuple[WorkOrderLine, ...]:
    """
    Return the visits of a case in their order.
    """
    case = Case.objects.select_related("customer").get(pk=case_id)
    people.require(actor, "view_case", customer=case.customer)
    orders = WorkOrder.objects.filter(case=case).select_related(*RELATED)
    return tuple(to_line(order) for order in orders.order_by("visit"))


def list_my_visits(*, actor: Actor) -> tuple[WorkOrderLine, ...]:
    """
    Return the planned visits of the actor's role in open cases, by day and order of the round; of who is in a crew, its visits only.
    """
    orders = WorkOrder.objects.filter(role=actor.role, state=WorkOrder.State.PLANNED, case__state=Case.State.OPEN)
    mine = list(Crew.objects.filter(members__pk=actor.id)) if actor.role == Role.CREW else []
    if mine:
        orders = orders.filter(crew__in=mine)
    return tuple(to_line(order) for order in orders.select_related(*RELATED))


def orders_of_day(*, day: date, role: str) -> tuple[WorkOrder, ...]:
    """
    Return the visits of a role on a day in cases that are open, and those that are done, for actions.
    """
    orders = WorkOrder.objects.filter(planned_on=day, role=role).select_related(*RELATED)
    return tuple(order for order in orders if order.state == WorkOrder.State.DONE or order.case.state == Case.State.OPEN)


def list_days_with_visits(*, actor: Actor, since: date, limit: int = 10) -> tuple[DayWithVisits, ...]:
    """
    Return the days from ``since`` on that have visits of crews still to be done.
    """
    people.require(actor, "view_rounds")
    waiting = WorkOrder.objects.filter(
        role=Role.CREW, state=WorkOrder.State.PLANNED, case__state=Case.State.OPEN, planned_on__gte=since
    ).order_by("planned_on")
    counted = waiting.values_list("planned_on").annotate(Count("pk"))[:limit]
    return tuple(DayWithVisits(day=day, visits=visits) for day, visits in counted)


def get_rounds(*, actor: Actor, day: date) -> RoundsDay:
    """
    Return the crews' rounds of a day.
    """
    people.require(actor, "view_rounds")
    lines = [to_line(order) for order in orders_of_day(day=day, role=Role.CREW)]
    crews = Crew.objects.prefetch_related("members")
    return RoundsDay(
        day=day,
        crews=tuple(
            CrewDay(
                id=crew.pk,
                name=crew.name,
                skills=tuple(crew.skills),
                starts=crew.starts,
                ends=crew.ends,
                lon=crew.lon,
                lat=crew.lat,
                members=tuple(user.display_name for user in crew.members.all()),
                visits=tuple(line for line in lines if line.crew == crew.name),
            )
            for crew in crews
        ),
        waiting=tuple(line for line in lines if not line.crew),
    )


def to_line(order: WorkOrder) -> WorkOrderLine:
    """
    Return a work order as pages show it.
    """
    procedure = cases.get_procedure(case=order.case)
    skill, minutes = rules.get_visit_work(procedure=order.case.procedure.code, visit=order.visit)
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
        procedure_zh=procedure.name_zh,
        procedure_en=procedure.name_en,
        skill=skill,
        minutes=minutes,
        lon=order.case.building.lon,
        lat=order.case.building.lat,
        crew=order.crew.name if order.crew else "",
        sequence=order.sequence,
        begins_at=order.begins_at,
        travel_minutes=order.travel_minutes,
        left_out=order.left_out,
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
