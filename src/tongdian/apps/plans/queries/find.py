"""
Reading plans and what they keep reserved.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import Customer
from tongdian.apps.people.rules import may
from tongdian.apps.plans.models import Option, Plan, Reservation
from tongdian.apps.plans.queries.proposed import ProposedForCase, of_case
from tongdian.apps.plans.rules import CHANGEABLE, Status
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Gain, Network

    Gains = tuple[Gain, ...]


RELATED = ("case__customer", "case__building__community", "network", "joint__community", "proposed_by", "approved_by")


class UnknownPlan(Refused):
    """
    There is no such plan or option.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """
    One option of a plan for pages; ``document`` is the engine's option as published in docs/engines/supply.md.
    """

    id: UUID
    rank: int
    is_feasible: bool
    is_accepted: bool
    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView(ProposedForCase):
    """
    A plan for pages, with what the reader may do next. ``document`` is the engine's plan without its options. ``joint_id``: the joint
    plan of which it is a part; then it is approved and accepted there.
    """

    options: tuple[OptionView, ...]
    valid_until: date | None
    accepted_at: datetime | None
    reason: str
    joint_id: UUID | None
    may_accept: bool
    may_change: bool


def find_plan(*, plan_id: UUID | str) -> Plan:
    """
    Return the plan itself, for actions.

    :raises UnknownPlan: if there is none
    """
    try:
        plan = Plan.objects.select_related(*RELATED).filter(pk=plan_id).first()
    except ValidationError:
        plan = None
    if plan is None:
        raise UnknownPlan(N_("There is no supply plan %(id)s."), id=str(plan_id))
    return plan


def find_option(*, option_id: UUID | str) -> Option:
    """
    Return the option itself, for actions.

    :raises UnknownPlan: if there is none
    """
    try:
        option = (
            Option.objects.select_related("plan__case__customer", "plan__joint__community", "plan__network").filter(pk=option_id).first()
        )
    except ValidationError:
        option = None
    if option is None:
        raise UnknownPlan(N_("There is no option %(id)s of a supply plan."), id=str(option_id))
    return option


def get_plan(*, actor: Actor, plan_id: UUID | str) -> PlanView:
    """
    Return one plan for its page.
    """
    plan = find_plan(plan_id=plan_id)
    people.require(actor, "view_plan", customer=plan.case.customer)
    return _view(plan, actor)


def get_reply_paper(*, actor: Actor, plan_id: UUID | str, language: str, draft: str, now: datetime) -> tuple[str, bytes]:
    """
    Return the reply of a plan as PDF with the name of its file.

    :param draft: what the paper says below its title as long as nobody has approved the plan
    """
    from tongdian.apps.plans import mapping

    plan = find_plan(plan_id=plan_id)
    people.require(actor, "view_plan", customer=plan.case.customer)
    accepted = Reservation.objects.filter(option__plan=plan).values_list("option__rank", flat=True).first()
    paper = mapping.to_paper(
        plan,
        language=language,
        chosen=None if accepted is None else accepted - 1,
        draft="" if plan.approved_at else draft,
        today=timezone.localdate(now),
    )
    return f"{plan.case.number}-{plan.version}.pdf", paper


def get_bill_sheet(*, actor: Actor, plan_id: UUID | str) -> tuple[str, bytes]:
    """
    Return the bills of a plan's options as a workbook with the name of its file.
    """
    from tongdian.apps.plans import mapping

    plan = find_plan(plan_id=plan_id)
    people.require(actor, "view_plan", customer=plan.case.customer)
    return f"{plan.case.number}-{plan.version}.xlsx", mapping.to_bill(plan)


def get_latest_plan(*, actor: Actor, case_id: UUID) -> PlanView | None:
    """
    Return the newest plan of a case, or None.
    """
    plan = Plan.objects.filter(case_id=case_id).select_related("case__customer", "proposed_by", "approved_by").order_by("-version").first()
    if plan is None:
        return None
    people.require(actor, "view_plan", customer=plan.case.customer)
    return _view(plan, actor)


def list_expiring(*, on: date, within_days: int) -> tuple[Plan, ...]:
    """
    Return replied and accepted plans whose last day comes within some days and that no contract binds yet.
    """
    last = on + timedelta(days=within_days)
    bound = Reservation.objects.filter(expires_at__isnull=True).values("option__plan")
    found = Plan.objects.filter(case__state=Case.State.OPEN, status__in=[Status.APPROVED, Status.ACCEPTED])
    found = found.filter(valid_until__gte=on, valid_until__lte=last).exclude(pk__in=bound)
    return tuple(found.select_related("case__customer", "case__procedure", "case__building__community").order_by("valid_until", "pk"))


def list_holding(*, network_id: UUID, at: datetime) -> tuple[Reservation, ...]:
    """
    Return the reservations that hold capacity on a network at a moment.
    """
    return tuple(Reservation.objects.filter(network_id=network_id).holding(at).select_related("case").order_by("held_at", "pk"))


def get_below(*, model: NetworkModel, at: datetime) -> "tuple[Network | None, tuple[Reservation, ...]]":
    """
    Return the network below a 10 kV one and what is held in it at a moment; nothing where there is none.
    """
    if model.derived_from_id is None:
        return None, ()
    below = network_queries.get_network(network_id=model.derived_from_id)
    return below, list_holding(network_id=model.derived_from_id, at=at)


def list_reserved_kw(*, network_id: UUID, at: datetime) -> dict[int, float]:
    """
    Return the capacity in kW that is reserved at each bus of a network at a moment.
    """
    reserved: dict[int, float] = {}
    for reservation in list_holding(network_id=network_id, at=at):
        reserved[reservation.bus_id] = reserved.get(reservation.bus_id, 0.0) + reservation.p_kw
    return reserved


def may_accept_for(actor: Actor, customer: Customer) -> bool:
    """
    Return whether somebody may accept a plan for a customer: for himself, or by a mandate that holds now.
    """
    if may(actor.role, "accept_option", is_own=customer.belongs_to(actor)):
        return True
    try:
        people.act_for(actor, "accept_option", customer=customer, now=people.get_now(now=timezone.now()))
    except people.NotAllowed:
        return False
    return True


def _view(plan: Plan, actor: Actor) -> PlanView:
    is_open, is_alone = plan.case.state == Case.State.OPEN, plan.joint_id is None
    accepted = set(Reservation.objects.filter(option__plan=plan).values_list("option_id", flat=True))
    options = tuple(
        OptionView(
            id=option.pk, rank=option.rank, is_feasible=option.is_feasible, is_accepted=option.pk in accepted, document=option.document
        )
        for option in plan.options.all()
    )
    common = of_case(plan, actor)
    return PlanView(
        **common | {"may_approve": is_alone and common["may_approve"]},
        options=options,
        valid_until=plan.valid_until,
        accepted_at=plan.accepted_at,
        reason=plan.reason,
        joint_id=plan.joint_id,
        may_change=is_open and is_alone and plan.status in CHANGEABLE and may(actor.role, "propose_plan"),
        may_accept=is_open and is_alone and plan.status == Status.APPROVED and may_accept_for(actor, plan.case.customer),
    )
