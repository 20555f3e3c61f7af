"""
Proposing, approving and accepting supply plans.
"""

import hashlib
import time
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongdian.apps.background.actions import enqueue_once
from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Case
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import actions as network_actions
from tongdian.apps.network import queries as network_queries
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.plans import events, queries, rules
from tongdian.apps.plans.models import JointPlan, Option, Plan, Reservation
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.supply import Application, SupplyPlan

CAPACITY_TASK = "tongdian.apps.plans.tasks.refresh_capacity"


class NotApplicable(Refused):
    """
    The case is not at the point where it needs a plan.
    """


class SecondPersonNeeded(Refused):
    """
    A plan is approved by somebody else than the one who proposed it.
    """


class NotOpen(Refused):
    """
    The plan does not wait for this step.
    """


class PlanExpired(Refused):
    """
    The plan is past its last day.
    """


class PlanOutdated(Refused):
    """
    Somebody else reserved capacity in the same part of the network after the plan was made.
    """


class PartOfJointPlan(Refused):
    """
    A plan that belongs to a joint one is approved and accepted together with the others of it.
    """


def propose_plan(*, actor: Actor, case_id: UUID | str, now: datetime) -> Plan:
    """
    Let the engine answer a case's application on the current network, all reservations counted, and keep the answer.

    The study runs outside the transaction: other people are not kept waiting. Earlier plans that nobody accepted are superseded.

    :raises NotApplicable: if the case is not open or has an accepted plan that still holds
    """
    from tongdian.apps.plans import mapping
    from tongdian.engines import supply

    people.require(actor, "propose_plan")
    case = case_queries.find_case(case_id=case_id)
    check_needs_plan(case, now)
    application = mapping.to_application(case, today=timezone.localdate(now))
    model = network_queries.get_current_network(voltage=supply.voltage_of(application))
    reservations = queries.list_holding(network_id=model.pk, at=now)
    started = time.perf_counter()
    answer = _answer(application, model, reservations, now)
    seconds = time.perf_counter() - started
    with transaction.atomic():
        check_needs_plan(case_queries.find_case(case_id=case_id), now)
        plan = store_plan(actor=actor, case=case, model=model, answer=answer, counted=reservations, seconds=seconds, now=now)
        values = {"version": plan.version, "options": len(answer.options), "kw": round(answer.applied_kw, 3), "network": model.fingerprint}
        if not answer.feasible:
            values["element"] = mapping.to_binding_name(answer)
        journal.record(
            actor=actor, kind=events.PLAN_PROPOSED if answer.feasible else events.PLAN_INFEASIBLE, subject=plan, now=now, values=values
        )
    return plan


def store_plan(
    *,
    actor: Actor,
    case: Case,
    model: NetworkModel,
    answer: "SupplyPlan",
    counted: Iterable[Reservation],
    seconds: float,
    now: datetime,
    reason: str = "",
    joint: JointPlan | None = None,
) -> Plan:
    """
    Keep an answer as the next version of a case's plan, in the running transaction; earlier ones that nobody accepted are superseded,
    and with one of a joint plan all others of it.

    :param counted: the reservations that every option of the answer counts
    :param reason: why, where a person changed it by hand
    :param joint: of which it is a part
    """
    from tongdian.apps.plans import mapping

    earlier = Plan.objects.filter(case=case, status__in=rules.CHANGEABLE)
    _supersede_joint(JointPlan.objects.filter(plans__in=earlier))
    earlier.update(status=rules.Status.SUPERSEDED)
    document = {name: value for name, value in answer.to_dict().items() if name != "options"}
    plan = Plan.objects.create(
        case=case,
        version=Plan.objects.filter(case=case).count() + 1,
        network=model,
        status=rules.Status.PROPOSED if answer.feasible else rules.Status.INFEASIBLE,
        document=document | {"reservations": [str(held.pk) for held in counted]},
        proposed_by=User.objects.get(pk=actor.id),
        proposed_at=now,
        seconds=seconds,
        reason=reason,
        joint=joint,
    )
    Option.objects.bulk_create(mapping.to_options(plan, answer))
    return plan


def _supersede_joint(replaced: QuerySet[JointPlan]) -> None:
    """
    Supersede joint plans of which one member gets another answer: what the others share was planned with it.
    """
    gone = list(replaced.values_list("pk", flat=True))
    Plan.objects.filter(joint__in=gone, status__in=rules.CHANGEABLE).update(status=rules.Status.SUPERSEDED)
    JointPlan.objects.filter(pk__in=gone).update(status=rules.Status.SUPERSEDED)


def _answer(application: "Application", model: NetworkModel, reservations: Iterable[Reservation], now: datetime) -> "SupplyPlan":
    """
    Let the engine answer; at 10 kV with what is held in the low-voltage network below carried up to its stations.
    """
    from tongdian.apps.plans import mapping
    from tongdian.engines import supply

    network, (below, carried) = network_queries.get_network(network_id=model.pk), queries.get_below(model=model, at=now)
    return supply.propose(application, network, mapping.with_carried(reservations, below, carried), corridors=below)


@transaction.atomic
def approve_plan(*, actor: Actor, plan_id: UUID | str, now: datetime) -> Plan:
    """
    A second person approves a proposed plan: it is replied to the customer, and its validity begins.

    :raises SecondPersonNeeded: if the actor proposed it himself
    :raises NotOpen: if the plan does not wait for approval
    :raises PartOfJointPlan: if it is part of a joint plan
    """
    people.require(actor, "approve_plan")
    plan = queries.find_plan(plan_id=plan_id)
    _check_alone(plan)
    if plan.status != rules.Status.PROPOSED or plan.case.state != Case.State.OPEN:
        raise NotOpen(
            N_("This plan does not wait for approval: it is %(status)s, its case %(state)s."), status=plan.status, state=plan.case.state
        )
    if str(plan.proposed_by_id) == actor.id:
        raise SecondPersonNeeded(N_("You proposed this plan yourself. Another planner or programme manager must approve it."))
    return reply(actor=actor, plan=plan, now=now)


def reply(*, actor: Actor, plan: Plan, now: datetime) -> Plan:
    """
    Mark a plan as approved and replied, in the running transaction; whether it may be was checked by the caller.
    """
    replied_on = timezone.localdate(now)
    plan.status, plan.approved_by, plan.approved_at = rules.Status.APPROVED, User.objects.get(pk=actor.id), now
    plan.valid_until = rules.get_valid_until(voltage=plan.document.get("voltage", "low"), replied_on=replied_on)
    plan.save(update_fields=["status", "approved_by", "approved_at", "valid_until"])
    values = {"version": plan.version, "valid_until": plan.valid_until.isoformat()}
    journal.record(actor=actor, kind=events.PLAN_APPROVED, subject=plan, now=now, values=values)
    cases.reach_milestone(
        actor=actor, case=plan.case, effect="plan_replied", evidence={"plan": f"{plan.case.number}/{plan.version}"}, now=now
    )
    return plan


@transaction.atomic
def accept_option(*, actor: Actor, option_id: UUID | str, now: datetime) -> Reservation:
    """
    Accept one option of a replied plan for the customer and reserve its capacity, at both connections of a dual supply.

    :raises NotAllowed: if the actor is neither the customer of the case nor acts by his mandate
    :raises PlanExpired: if the plan's last day has passed
    :raises NotOpen: if the plan is not approved, the case not open, or the option not feasible
    :raises PlanOutdated: if others reserved capacity in the same part of the network since the plan was made
    :raises PartOfJointPlan: if it is part of a joint plan
    """
    option = queries.find_option(option_id=option_id)
    plan, case = option.plan, option.plan.case
    _check_alone(plan)
    actor = people.act_for(actor, "accept_option", customer=case.customer, now=now)
    if plan.status != rules.Status.APPROVED or case.state != Case.State.OPEN or not option.is_feasible:
        raise NotOpen(
            N_("This option cannot be accepted: its plan is %(status)s, its case %(state)s."), status=plan.status, state=case.state
        )
    check_valid(plan, now)
    check_still_fits(option, now)
    reservation = hold(actor=actor, option=option, now=now)
    enqueue_once(task=CAPACITY_TASK, key=f"option {option.pk}", now=timezone.now())
    return reservation


def hold(*, actor: Actor, option: Option, now: datetime) -> Reservation:
    """
    Mark a plan as accepted by one of its options and reserve its capacity, in the running transaction; whether it may be was checked.
    """
    plan, case = option.plan, option.plan.case
    plan.status, plan.accepted_at = rules.Status.ACCEPTED, now
    plan.save(update_fields=["status", "accepted_at"])
    buses = [option.bus_id, *option.second_bus_ids]
    reservation, *_standby = [
        Reservation.objects.create(
            option=option,
            case=case,
            network=plan.network,
            bus_id=bus_id,
            p_kw=option.p_kw,
            q_kvar=option.q_kvar,
            held_at=now,
            expires_at=last_moment(plan),
            is_standby=at > 0,
        )
        for at, bus_id in enumerate(buses)
    ]
    values = {"option": str(option.pk), "rank": option.rank, "kw": option.p_kw, "bus": option.bus_id}
    journal.record(actor=actor, kind=events.PLAN_ACCEPTED, subject=plan, now=now, values=values)
    cases.reach_milestone(actor=actor, case=case, effect="plan_accepted", evidence={}, now=now)
    return reservation


@transaction.atomic
def bind_reservation(*, actor: Actor, case: Case, now: datetime) -> None:
    """
    A signed contract binds the case's reservation: it does not expire any more. Called by the action that records the contract.
    """
    people.require(actor, "bind_reservation")
    for reservation in Reservation.objects.filter(case=case, expires_at__isnull=False).holding(now):
        reservation.expires_at = None
        reservation.save(update_fields=["expires_at"])
        journal.record(
            actor=actor, kind=events.RESERVATION_BOUND, subject=reservation.option.plan, now=now, values={"kw": reservation.p_kw}
        )


@transaction.atomic
def expire_plans(*, actor: Actor, now: datetime) -> tuple[Plan, ...]:
    """
    Mark replied and accepted plans whose last day has passed without a contract. Their capacity is free from that moment anyway.
    """
    people.require(actor, "expire_plans")
    open_cases = Plan.objects.filter(case__state=Case.State.OPEN, valid_until__lt=timezone.localdate(now))
    bound = Reservation.objects.filter(expires_at__isnull=True).values("option__plan")
    expired = tuple(open_cases.filter(status__in=[rules.Status.APPROVED, rules.Status.ACCEPTED]).exclude(pk__in=bound))
    for plan in expired:
        plan.status = rules.Status.EXPIRED
        plan.save(update_fields=["status"])
        journal.record(actor=actor, kind=events.PLAN_EXPIRED, subject=plan, now=now, values={"version": plan.version})
    lasting = Plan.objects.filter(status__in=[rules.Status.APPROVED, rules.Status.ACCEPTED], joint__isnull=False).values("joint")
    ended = JointPlan.objects.filter(plans__in=expired).exclude(pk__in=lasting).values_list("pk", flat=True)
    JointPlan.objects.filter(pk__in=list(ended)).update(status=rules.Status.EXPIRED)
    return expired


def compute_capacity(*, actor: Actor, now: datetime) -> tuple[int, ...]:
    """
    Calculate what the current network can still carry, everything reserved counted: only the islands for which something has changed.

    Return the source buses of these.

    :raises NoNetwork: if none has been imported
    """
    people.require(actor, "compute_capacity")
    ground = queries.get_ground(at=now)
    return network_actions.compute_capacity(
        actor=actor, network_id=ground.network_id, held=ground.held, coming=ground.coming, limits=ground.limits, now=now
    )


def request_capacity(*, now: datetime) -> bool:
    """
    Let a worker bring the stored answers up to what is reserved at this moment, once for each state of the reservations and day.

    Return whether that was not asked for before.
    """
    ground = queries.get_ground(at=now)
    state = hashlib.sha256(repr((str(ground.network_id), ground.held, ground.coming, sorted(ground.limits))).encode()).hexdigest()
    return enqueue_once(task=CAPACITY_TASK, key=f"{now.date().isoformat()} {state[:40]}", now=timezone.now())


def check_needs_plan(case: Case, now: datetime) -> None:
    """
    Refuse a case that needs no plan.

    :raises NotApplicable: if it is not open, has nothing to supply, or has an accepted plan that still holds
    """
    if case.state != Case.State.OPEN:
        raise NotApplicable(N_("The case %(number)s is %(state)s: it needs no plan."), number=case.number, state=case.state)
    if not case.application.get("devices"):
        raise NotApplicable(N_("The case %(number)s has no application with devices: it needs no plan."), number=case.number)
    if Reservation.objects.filter(case=case).holding(now).exists():
        raise NotApplicable(N_("The case %(number)s has an accepted plan. Withdraw it before making another."), number=case.number)


def last_moment(answer: Plan | JointPlan) -> datetime:
    """
    Return the first moment at which an approved plan, or a joint one, cannot be accepted any more.
    """
    assert answer.valid_until is not None  # an approved plan has a last day
    return rules.end_of(answer.valid_until, timezone.get_current_timezone())


def check_valid(answer: Plan | JointPlan, now: datetime) -> None:
    """
    Refuse an approved plan, or a joint one, whose last day has passed.

    :raises PlanExpired: if so
    """
    if now >= last_moment(answer):
        assert answer.valid_until is not None
        raise PlanExpired(N_("This plan expired on %(day)s. Ask for a new one."), day=answer.valid_until.isoformat())


def _check_alone(plan: Plan) -> None:
    if plan.joint is not None:
        text = N_("This plan is part of the joint plan %(version)s of %(place)s: it is approved and accepted there, with the others.")
        raise PartOfJointPlan(text, version=plan.joint.version, place=str(plan.joint.community))


def check_still_fits(option: Option, now: datetime) -> None:
    """
    Compare the reservations counted by the plan with those of today, in the part of the network that feeds the option.

    :raises PlanOutdated: if others were made since
    """
    from tongdian.engines import grid

    network = network_queries.get_network(network_id=option.plan.network_id)
    island = grid.island_at(network, grid.position_of(network.buses, option.bus_id))
    fed: Iterable[int] = (int(identifier) for identifier in island.buses.id)
    today = Reservation.objects.filter(network_id=option.plan.network_id).holding(now).at_buses(fed)
    counted = set(option.plan.document["reservations"])
    if any(str(reservation.pk) not in counted for reservation in today):
        raise PlanOutdated(N_("Somebody else reserved capacity here after this plan was made. Ask for a new plan: it takes a moment."))
