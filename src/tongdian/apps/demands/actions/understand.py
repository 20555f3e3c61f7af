"""
Understanding demands: what they are about, where, and from whom.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.demands import events, queries
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.places.models import Building

CHUNK = 500  # rows that land together: large enough to be fast, small enough that other writers wait little


@transaction.atomic
def confirm_category(*, actor: Actor, demand_id: UUID | str, category: str, second_category: str = "", now: datetime) -> Demand:
    """
    A person decides what a demand is about.

    :raises UnknownCategory: if a category is not in the table
    """
    people.require(actor, "confirm_category")
    queries.get_category(code=category)
    if second_category:
        queries.get_category(code=second_category)
    demand = queries.find_demand(demand_id=demand_id)
    if (demand.category, demand.second_category) == (category, second_category) and demand.confirmed_at:
        return demand
    values = {"category": category, "second_category": second_category, "before": demand.category}
    demand.category, demand.second_category = category, second_category
    demand.confirmed_by, demand.confirmed_at = User.objects.get(pk=actor.id), now
    demand.save(update_fields=["category", "second_category", "confirmed_by", "confirmed_at"])
    journal.record(actor=actor, kind=events.CATEGORY_CONFIRMED, subject=demand, now=now, values=values)
    return demand


@transaction.atomic
def place_demand(*, actor: Actor, demand_id: UUID | str, building: Building, now: datetime) -> Demand:
    """
    Say at which building a demand arose.
    """
    people.require(actor, "place_demand")
    demand = queries.find_demand(demand_id=demand_id)
    if demand.building_id == building.pk:
        return demand
    demand.building = building
    demand.save(update_fields=["building"])
    journal.record(actor=actor, kind=events.DEMAND_PLACED, subject=demand, now=now, values={"building": str(building.pk)})
    return demand


@transaction.atomic
def reveal_contact(*, actor: Actor, demand_id: UUID | str, now: datetime) -> tuple[str, str]:
    """
    Return a demand's contact name and phone in full; that it was looked at is journalled.
    """
    people.require(actor, "reveal_contact")
    demand = queries.find_demand(demand_id=demand_id)
    journal.record(actor=actor, kind=events.CONTACT_REVEALED, subject=demand, now=now)
    return demand.contact_name, demand.contact_phone
