"""
Keeping what a planner chose by hand as another version of a plan.
"""

import time
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.cases import queries as case_queries
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.plans import events, queries, rules
from tongdian.apps.plans.actions.answer import NotOpen, check_needs_plan, store_plan
from tongdian.apps.plans.models import Plan
from tongdian.kit.refused import N_, Refused

LONGEST_REASON = 300


class ReasonMissing(Refused):
    """
    A plan is changed by hand for a reason.
    """


def keep_by_hand(*, actor: Actor, plan_id: UUID | str, chosen: rules.ByHand, reason: str, now: datetime) -> Plan:
    """
    Keep what was chosen by hand as the next version of a plan, recommended; a second person approves it like any other.

    It is checked anew with everything reserved now. The plan's own options stay beside it, unless somebody reserved capacity since.

    :raises ReasonMissing: without a reason
    :raises NotOpen: if the plan is replaced, accepted or expired
    :raises Refused: if what was chosen cannot be used or does not hold; the text names it
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "propose_plan")
    if not reason.strip():
        raise ReasonMissing(N_("Say why you choose this way: the second person will read it."))
    before = queries.find_plan(plan_id=plan_id)
    _check_open(before)
    check_needs_plan(before.case, now)
    started = time.perf_counter()
    held = queries.list_holding(network_id=before.network_id, at=now)
    option = queries.evaluate(plan=before, chosen=chosen, held=held, now=now)
    beside = {str(one.pk) for one in held} <= set(before.document["reservations"])
    answer = mapping.with_option(before, option, beside=beside)
    seconds = time.perf_counter() - started
    with transaction.atomic():
        _check_open(queries.find_plan(plan_id=plan_id))
        check_needs_plan(case_queries.find_case(case_id=before.case_id), now)
        plan = store_plan(
            actor=actor,
            case=before.case,
            model=before.network,
            answer=answer,
            counted=held,
            seconds=seconds,
            now=now,
            reason=reason.strip()[:LONGEST_REASON],
        )
        values = {
            "version": plan.version,
            "of": before.version,
            "point": option.bus_name,
            "bus": option.bus_id,
            "cable": option.cable.code,
            "length_m": round(option.route.length_m),
            "corridors": len(chosen.via),
            "reason": journal.seal(subject=plan, field="reason", value=plan.reason),
        }
        journal.record(actor=actor, kind=events.PLAN_BY_HAND, subject=plan, now=now, values=values)
    return plan


def _check_open(plan: Plan) -> None:
    if plan.status not in rules.CHANGEABLE:
        raise NotOpen(N_("This plan cannot be changed any more: it is %(status)s."), status=plan.status)
    if not plan.network.is_current:
        raise NotOpen(N_("The network was imported anew after this plan was made. Ask for a new plan: it takes a moment."))
