"""
From opinion to cause: what many complain of, beside what the network's calculated year says of the same places.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tongdian.apps.cases.models import Case
from tongdian.apps.demands import queries as demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network
from tongdian.apps.people import queries as people
from tongdian.apps.plans import queries as plans

# what weak supply makes people say
COMPLAINTS = frozenset({"low_voltage", "voltage_disturbance", "capacity_shortage", "frequent_outage"})
RENOVATION = "lv_renovation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """
    One station behind complaints of a topic.

    ``placed``: complaints at buildings that it feeds; ``explained``: those where the calculated voltage falls below its limit, or all of
    them where the transformer is overloaded: so many a renovation should remove. ``elsewhere``: such complaints that it explains outside
    the topic. ``waiting`` and ``waiting_kw``: open applications in its area; ``reserved_kw``: capacity already kept there.
    """

    facts: network.SupplyFacts
    placed: int
    explained: int
    elsewhere: int
    waiting: int
    waiting_kw: float
    reserved_kw: float

    @property
    def loading_percent(self) -> float:
        """
        The highest loading in percent of the nameplate.
        """
        return 100 * self.facts.loading

    @property
    def removes(self) -> int:
        """
        How many complaints a renovation of this area should remove.
        """
        return self.explained + self.elsewhere


def list_causes(*, actor: Actor, topic_id: UUID | str, now: datetime) -> tuple[Cause, ...]:
    """
    Return the stations behind a topic's complaints, the one that explains most first; nothing for topics of other matters, or where
    no network is imported.
    """
    people.require(actor, "view_demands")
    topic = demands.find_topic(topic_id=topic_id)
    if topic.category not in COMPLAINTS:
        return ()
    try:
        model = network.get_current_network()
    except network.NoNetwork:
        return ()
    by_station = _place(list(topic.demands.select_related("building")), model.pk)
    others = Demand.objects.filter(category__in=COMPLAINTS, building__isnull=False).exclude(topic=topic).select_related("building")
    around = _place(list(others), model.pk)
    reserved = plans.list_reserved_kw(network_id=model.pk, at=now)
    value = network.get_network(network_id=model.pk)
    found = []
    for station, facts in by_station.items():
        waiting = _waiting(station, model.pk)
        position = {int(number): at for at, number in enumerate(value.buses.id)}
        kept = sum(kw for bus, kw in reserved.items() if network.find_station_of_bus(network_id=model.pk, bus=position.get(bus)) == station)
        found.append(
            Cause(
                facts=min(facts, key=lambda one: one.lowest_volts),
                placed=len(facts),
                explained=_explained(facts),
                elsewhere=_explained(around.get(station, [])),
                waiting=len(waiting),
                waiting_kw=sum(waiting),
                reserved_kw=kept,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.removes, one.facts.station_name)))


def _place(said: list[Demand], network_id: UUID) -> dict[int, list[network.SupplyFacts]]:
    """
    Return what the network says at the buildings of demands, by station; a demand without a building, or off the network, is left out.
    """
    found: dict[int, list[network.SupplyFacts]] = defaultdict(list)
    for demand in said:
        facts = (
            network.get_supply_facts(network_id=network_id, lon=demand.building.lon, lat=demand.building.lat) if demand.building else None
        )
        if facts is not None:
            found[facts.station].append(facts)
    return found


def _explained(facts: list[network.SupplyFacts]) -> int:
    return sum(one.is_low or one.is_overloaded for one in facts)


def _waiting(station: int, network_id: UUID) -> list[float]:
    """
    Return the applied power in kW of every open case in a station's area.
    """
    found = []
    for case in Case.objects.filter(state=Case.State.OPEN).exclude(application={}).select_related("building"):
        kw = sum(device["kw"] * device.get("count", 1) for device in case.application.get("devices", ()))
        where = case.building
        if kw and network.find_station_at(network_id=network_id, lon=where.lon, lat=where.lat) == station:
            found.append(kw)
    return found
