"""
Joint plans: the applications of a community that wait, answered together; approved and accepted in one transaction each.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.background.actions import enqueue_once
from tongdian.apps.cases.models import Case
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.plans import events, queries, rules
from tongdian.apps.plans.actions.answer import (
    CAPACITY_TASK,
    NotApplicable,
    NotOpen,
    SecondPersonNeeded,
    check_still_fits,
    check_valid,
    hold,
    reply,
    store_plan,
)
from tongdian.apps.plans.models import JointPlan, Option, Plan
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.apps.plans.models import Reservation
    from tongdian.engines import supply


def _quiet(_done: int, _total: int) -> None:
    """
    Tell nobody.
    """


def propose_joint_plan(
    *,
    actor: Actor,
    community_id: int,
    case_ids: Sequence[UUID | str],
    counts_needs: bool,
    now: datetime,
    progress: Callable[[int, int], None] = _quiet,
) -> JointPlan:
    """
    Let the engine answer applications of a community together, all reservations counted, and keep the answer with a plan for each.

    The study runs outside the transaction. Earlier plans of these cases that nobody accepted are superseded.

    :param case_ids: of the cases, at least two; those that wait for their plan in this community
    :param counts_needs: whether coming needs near them are counted
    :param progress: told how many answers of how many are made
    :raises NotApplicable: if fewer than two of them wait, or one of them does not wait any more
    :raises Refused: if one of them cannot be planned together with others; the text names it
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "propose_plan")
    chosen = _check_waiting(community_id, case_ids)
    model = network_queries.get_current_network()
    network = network_queries.get_network(network_id=model.pk)
    today = timezone.localdate(now)
    held = queries.list_holding(network_id=model.pk, at=now)
    places = [(case.building.lon, case.building.lat) for case in chosen]
    started = time.perf_counter()
    answer = mapping.propose_together(
        [mapping.to_application(case, today=today) for case in chosen],
        network,
        held,
        complaints=mapping.to_complaints(queries.list_complaints(community_id=community_id)),
        prospects=mapping.near(queries.list_prospects(network=network, on=today), places) if counts_needs else (),
        progress=progress,
    )
    joint = JointPlan(
        community_id=community_id,
        network=model,
        status=rules.Status.PROPOSED if mapping.holds(answer) else rules.Status.INFEASIBLE,
        document=answer.to_dict() | {"reservations": [str(one.pk) for one in held]},
        counts_needs=counts_needs,
        proposed_by=User.objects.get(pk=actor.id),
        proposed_at=now,
        seconds=time.perf_counter() - started,
    )
    with transaction.atomic():
        cases = {case.number: case for case in _check_waiting(community_id, case_ids)}
        joint.version = JointPlan.objects.filter(community_id=community_id).count() + 1
        joint.save(force_insert=True)
        values = {"version": joint.version, "cases": len(cases), "groups": len(answer.groups), "yuan": str(answer.total_yuan)}
        values |= {"alone": str(answer.singles_yuan), "network": model.fingerprint, "holds": joint.status == rules.Status.PROPOSED}
        journal.record(actor=actor, kind=events.JOINT_PROPOSED, subject=joint, now=now, values=values)
        if joint.status == rules.Status.PROPOSED:
            for plan in mapping.list_member_plans(answer):
                _store_member(actor=actor, joint=joint, case=cases[plan.application.reference], answer=plan, counted=held, now=now)
    return joint


def _check_waiting(community_id: int, case_ids: Sequence[UUID | str]) -> tuple[Case, ...]:
    """
    Return the chosen cases in the order in which they were opened.

    :raises NotApplicable: if one of them does not wait, or there are too few
    """
    wanted = {str(case_id) for case_id in case_ids}
    waiting = {str(case.pk): case for case in queries.list_waiting_cases(community_id=community_id)}
    if wanted - waiting.keys():
        gone = Case.objects.filter(pk__in=wanted - waiting.keys()).values_list("number", flat=True)
        text = N_("%(numbers)s: not waiting for a plan at this place. Open the page again and choose anew.")
        raise NotApplicable(text, numbers=", ".join(gone) or "—")
    if len(wanted) < rules.JOINT_FEWEST:
        text = N_("A joint plan needs at least %(fewest)s applications that wait. A single one is planned from its case.")
        raise NotApplicable(text, fewest=rules.JOINT_FEWEST)
    return tuple(case for pk, case in waiting.items() if pk in wanted)


def _store_member(
    *, actor: Actor, joint: JointPlan, case: Case, answer: "supply.SupplyPlan", counted: "Sequence[Reservation]", now: datetime
) -> None:
    plan = store_plan(
        actor=actor, case=case, model=joint.network, answer=answer, counted=counted, seconds=joint.seconds, now=now, joint=joint
    )
    values = {"version": plan.version, "options": 1, "kw": round(answer.applied_kw, 3), "network": joint.network.fingerprint}
    journal.record(actor=actor, kind=events.PLAN_PROPOSED, subject=plan, now=now, values=values | {"joint": str(joint.pk)})


@transaction.atomic
def approve_joint_plan(*, actor: Actor, joint_id: UUID | str, now: datetime) -> JointPlan:
    """
    A second person approves a joint plan: all its plans are replied to their customers at once, and their validity begins.

    :raises SecondPersonNeeded: if the actor proposed it himself
    :raises NotOpen: if it does not wait for approval, or one of its cases has ended; the text names it
    """
    people.require(actor, "approve_plan")
    joint = queries.find_joint_plan(joint_id=joint_id)
    if joint.status != rules.Status.PROPOSED:
        raise NotOpen(N_("This joint plan does not wait for approval: it is %(status)s."), status=joint.status)
    if str(joint.proposed_by_id) == actor.id:
        raise SecondPersonNeeded(N_("You proposed this plan yourself. Another planner or programme manager must approve it."))
    for plan in _open_plans(joint, rules.Status.PROPOSED):
        joint.valid_until = reply(actor=actor, plan=plan, now=now).valid_until
    joint.status, joint.approved_by, joint.approved_at = rules.Status.APPROVED, User.objects.get(pk=actor.id), now
    joint.save(update_fields=["status", "approved_by", "approved_at", "valid_until"])
    assert joint.valid_until is not None  # a proposed joint plan has members
    values = {"version": joint.version, "valid_until": joint.valid_until.isoformat()}
    journal.record(actor=actor, kind=events.JOINT_APPROVED, subject=joint, now=now, values=values)
    return joint


@transaction.atomic
def accept_joint_plan(*, actor: Actor, joint_id: UUID | str, now: datetime) -> JointPlan:
    """
    Accept a joint plan for all its customers: the capacity of all of them is reserved in this one transaction, or none of it.

    :raises NotAllowed: if the actor may not accept for one of them; the text names the cases
    :raises PlanExpired: if its last day has passed
    :raises NotOpen: if it is not approved, or one of its cases has ended
    :raises PlanOutdated: if others reserved capacity in the same part of the network since it was made
    """
    joint = queries.find_joint_plan(joint_id=joint_id)
    if joint.status != rules.Status.APPROVED:
        raise NotOpen(N_("This joint plan cannot be accepted: it is %(status)s."), status=joint.status)
    plans = _open_plans(joint, rules.Status.APPROVED)
    barred = [plan.case.number for plan in plans if not queries.may_accept_for(actor, plan.case.customer)]
    if barred:
        text = N_("You may not accept for: %(numbers)s. Their customers must have given you a mandate in writing.")
        raise people.NotAllowed(text, numbers=", ".join(barred))
    check_valid(joint, now)
    options = tuple(
        Option.objects.filter(plan__in=plans).select_related("plan__case__customer", "plan__network").order_by("plan__case__number")
    )
    for option in options:
        check_still_fits(option, now)
    for option in options:
        hold(actor=people.act_for(actor, "accept_option", customer=option.plan.case.customer, now=now), option=option, now=now)
    joint.status, joint.accepted_at = rules.Status.ACCEPTED, now
    joint.save(update_fields=["status", "accepted_at"])
    values = {"version": joint.version, "cases": len(options), "kw": round(sum(option.p_kw for option in options), 3)}
    journal.record(actor=actor, kind=events.JOINT_ACCEPTED, subject=joint, now=now, values=values)
    enqueue_once(task=CAPACITY_TASK, key=f"joint plan {joint.pk}", now=timezone.now())
    return joint


def _open_plans(joint: JointPlan, status: str) -> tuple[Plan, ...]:
    """
    Return the plans of a joint plan.

    :raises NotOpen: if the case of one has ended, or it does not stand as the joint plan does
    """
    plans = tuple(joint.plans.select_related("case__customer", "network").order_by("case__number"))
    ended = [plan.case.number for plan in plans if plan.case.state != Case.State.OPEN or plan.status != status]
    if ended:
        text = N_("%(numbers)s: ended since, so what the others share has changed. Make a new joint plan without it.")
        raise NotOpen(text, numbers=", ".join(ended))
    return plans
