"""
What the network can still carry, every reservation counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network
from tongdian.apps.network.rules import NAMEPLATE, Asking, Held
from tongdian.apps.people import queries as people
from tongdian.apps.plans.queries.find import list_holding
from tongdian.apps.plans.queries.papers import list_open_needs
from tongdian.apps.plans.rules import NEEDS_WITHIN_DAYS

if TYPE_CHECKING:
    from tongdian.engines.grid import Explanation, Gain, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """
    What capacity is counted on: the current low-voltage network, everything reserved in it, the needs that may come, each by its
    likelihood, and the limits by margin. ``needs_left_out``: needs without a place in the network, or too large for low voltage.
    """

    network_id: UUID
    held: tuple[Held, ...]
    coming: tuple[Held, ...]
    needs_left_out: int
    limits: "dict[str, Limits]"

    def counted(self, asking: Asking) -> tuple[Held, ...]:
        """
        Return what a question counts: everything reserved, and the coming needs if it asks for them.
        """
        return (*self.held, *self.coming) if asking.needs and not asking.generation else self.held


def get_ground(*, at: datetime) -> Ground:
    """
    Return what capacity is counted on at a moment.

    :raises NoNetwork: if none has been imported
    """
    from tongdian.apps.plans import mapping

    model = network.get_current_network()
    buses = network.get_network(network_id=model.pk).buses
    base_kv = float(buses.nominal_kv[buses.nominal_kv < 1].min(initial=0.4))
    held = mapping.to_held(list_holding(network_id=model.pk, at=at))
    needs = list_open_needs(by=timezone.localdate(at) + timedelta(days=NEEDS_WITHIN_DAYS))
    placed = [(need, mapping.find_bus_of_need(model.pk, need)) for need in needs]
    coming = mapping.to_coming((bus, need.expected_kw) for need, bus in placed if bus is not None)
    return Ground(
        network_id=model.pk,
        held=held,
        coming=coming,
        needs_left_out=sum(bus is None for _, bus in placed),
        limits=mapping.to_limits(base_kv),
    )


def get_planning_percent() -> int:
    """
    Return the per cent of a transformer's nameplate that planning allows.
    """
    from tongdian.apps.plans import mapping

    return mapping.get_planning_percent()


def get_capacity(*, actor: Actor, asking: Asking, now: datetime) -> network.CapacityTable:
    """
    Return what every bus of the current network can still carry, as it was last calculated.
    """
    people.require(actor, "view_capacity")
    ground = get_ground(at=now)
    return network.get_capacity(
        network_id=ground.network_id, asking=asking, held=ground.held, coming=ground.coming, limits=ground.limits[asking.margin]
    )


def is_capacity_stale(*, now: datetime) -> bool:
    """
    Return whether the stored answers were calculated for something else than what is counted now; not where there are none.
    """
    try:
        ground = get_ground(at=now)
    except network.NoNetwork:
        return False
    limits = ground.limits[NAMEPLATE]
    table = network.get_capacity(
        network_id=ground.network_id, asking=Asking(needs=True), held=ground.held, coming=ground.coming, limits=limits
    )
    return table.computed_at is not None and table.stale > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """
    Why a bus can take what it can. ``reserved``: how much is reserved in the whole network, and at how many connections.
    """

    explanation: "Explanation"
    reserved_kw: float
    reservations: int
    year_start: str
    year_label: str

    def draw(self, words: Mapping[str, str]) -> tuple[str, ...]:
        """
        Return the pictures as SVG: voltages, loadings, and the year where something binds; their words are passed in.
        """
        from tongdian.apps.plans import mapping

        return mapping.draw_explanation(self.explanation, words, start=self.year_start)


def explain_capacity(*, actor: Actor, bus_id: int, asking: Asking, now: datetime) -> Explained:
    """
    Return why a bus can take what it can today, calculated anew with everything reserved counted.
    """
    people.require(actor, "view_capacity")
    ground = get_ground(at=now)
    explanation = network.explain_bus(
        network_id=ground.network_id,
        bus_id=bus_id,
        held=ground.counted(asking),
        limits=ground.limits[asking.margin],
        generation=asking.generation,
    )
    profiles = network.get_network(network_id=ground.network_id).profiles
    return Explained(
        explanation=explanation,
        reserved_kw=sum(held.p_kw for held in ground.held),
        reservations=len(ground.held),
        year_start=profiles.start if profiles else "",
        year_label=profiles.label if profiles else "",
    )


def list_capacity_gains(*, actor: Actor, bus_id: int, asking: Asking, now: datetime) -> "tuple[Gain, ...]":
    """
    Return which single change brings a bus how much, each calculated for the whole year; the most first.
    """
    people.require(actor, "view_capacity")
    ground = get_ground(at=now)
    return network.find_gains(
        network_id=ground.network_id,
        bus_id=bus_id,
        held=ground.counted(asking),
        limits=ground.limits[asking.margin],
        generation=asking.generation,
    )
