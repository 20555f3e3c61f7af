"""
Neighbours who tell of one problem: what becomes a topic. They are written for the demo; nobody opens a case for each of them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from tongdian.apps.demands import actions as demands
from tongdian.apps.demands import queries as demand_queries
from tongdian.apps.demands.rules import DemandRow
from tongdian.apps.journal.events import Actor
from tongdian.apps.people.rules import Role
from tongdian.apps.places import actions as places
from tongdian.interfaces.commands._story import cast
from tongdian.kit.tables import read_table

UNDERSTOOD_AFTER = timedelta(hours=14)


def plan_neighbours(later: Callable[..., None], cast_of: Callable[[Role], Actor]) -> None:
    """
    Put what the neighbours say into the story's queue: it comes in, and the next morning somebody says what it is about and where.
    """
    for row in read_table("demo/neighbours.csv"):
        said = cast.at(datetime.fromisoformat(row["reported_at"]))
        later(said + timedelta(minutes=5), _receiver(row, said, cast_of), whose=row["reference"])
        later(said + UNDERSTOOD_AFTER, _understander(row, cast_of), whose=row["reference"])


def _receiver(row: dict[str, str], said: datetime, cast_of: Callable[[Role], Actor]) -> Callable[[datetime], None]:
    def receive(now: datetime) -> None:
        raised = DemandRow(
            reference=row["reference"],
            text=row["text"],
            channel=row["channel"],
            reported_at=said,
            city=row["city"],
            county=row["county"],
            place=row["place"],
            contact_name="",
            contact_phone="",
        )
        demands.land_one(actor=cast_of(Role.SERVICE_TEAM), row=raised, now=now)

    return receive


def _understander(row: dict[str, str], cast_of: Callable[[Role], Actor]) -> Callable[[datetime], None]:
    def understand(now: datetime) -> None:
        manager = cast_of(Role.CELL_MANAGER)
        demand = demand_queries.list_by_reference(references=[row["reference"]])[row["reference"]]
        if demand.confirmed_at is None:
            demands.confirm_category(actor=manager, demand_id=demand.pk, category=row["category"], now=now)
        if demand.building_id is None:
            where = {"city": row["city"], "county": row["county"], "community": row["place"], "building": row["building"]}
            building = places.register_building(actor=manager, lon=float(row["lon"]), lat=float(row["lat"]), now=now, **where)
            demands.place_demand(actor=manager, demand_id=demand.pk, building=building, now=now)

    return understand
