"""
Trying another point, way or cable on a plan, without changing anything.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.people import queries as people
from tongdian.apps.plans.models import Plan, Reservation
from tongdian.apps.plans.queries.find import find_plan, get_below, list_holding
from tongdian.apps.plans.rules import ByHand

if TYPE_CHECKING:
    from tongdian.apps.plans.mapping import HandChoices
    from tongdian.engines.supply import Option


def list_hand_choices(*, actor: Actor, plan_id: UUID | str, now: datetime) -> "HandChoices":
    """
    Return what can be chosen by hand for a plan.

    :raises Refused: if nothing can
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "propose_plan")
    plan = find_plan(plan_id=plan_id)
    return mapping.to_choices(plan, list_holding(network_id=plan.network_id, at=now))


def try_by_hand(*, actor: Actor, plan_id: UUID | str, chosen: ByHand, now: datetime) -> dict[str, Any]:
    """
    Return the option that was chosen by hand, with everything reserved now, as published in docs/engines/supply.md.

    :raises Refused: if what was chosen cannot be used; the text names it
    """
    people.require(actor, "propose_plan")
    plan = find_plan(plan_id=plan_id)
    return evaluate(plan=plan, chosen=chosen, held=list_holding(network_id=plan.network_id, at=now), now=now).to_dict()


def evaluate(*, plan: Plan, chosen: ByHand, held: Iterable[Reservation], now: datetime) -> "Option":
    """
    Return the engine's option for what was chosen by hand on a plan, for actions.
    """
    from tongdian.apps.plans import mapping

    network, (below, carried) = network_queries.get_network(network_id=plan.network_id), get_below(model=plan.network, at=now)
    return mapping.to_option_by_hand(plan, network, mapping.with_carried(held, below, carried), chosen, below=below)
