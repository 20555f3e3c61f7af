"""
Between a planner's choice by hand and the engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from tongdian.apps.plans.mapping.plans import to_reservations, to_supply_plan
from tongdian.apps.plans.models import Plan, Reservation
from tongdian.apps.plans.rules import ByHand
from tongdian.engines import grid, supply


@dataclass(frozen=True, slots=True, kw_only=True)
class HandChoices:
    """
    What can be chosen by hand for a plan: connection points, the cheapest way first; lines to go over, the nearest first; codes of
    cables; layings (code, Chinese and English name); how many cables beside each other at most;
    the names of all lines. ``lines_network_id``: the network whose lines these are: at 10 kV the one below, where there is one.
    """

    lines_network_id: UUID

    points: tuple[supply.HandPoint, ...]
    lines: tuple[supply.HandLine, ...]
    cables: tuple[str, ...]
    layings: tuple[tuple[str, str, str], ...]
    most_parallel: int
    line_names: dict[int, str]


def to_choices(plan: Plan, held: Iterable[Reservation]) -> HandChoices:
    """
    Return what can be chosen for a plan; kept in memory between calls.

    :param held: on its network; at 10 kV each takes a way of a ring-main unit
    """
    application = supply.Application.from_dict(plan.document["application"])
    return _choices(plan.network_id, plan.network.derived_from_id, application, to_reservations(held))


@lru_cache(maxsize=64)
def _choices(network_id: UUID, below_id: UUID | None, application: supply.Application, held: tuple[supply.Reservation, ...]) -> HandChoices:
    from tongdian.apps.network import queries as network_queries

    network, catalogue = network_queries.get_network(network_id=network_id), supply.shipped_catalogue()
    below = network_queries.get_network(network_id=below_id) if below_id else None
    points = supply.points_by_hand(application, network, reservations=held, corridors=below)
    if supply.voltage_of(application) == "high":
        catalogue = catalogue.at_medium_voltage()
    network = network if below is None else below
    return HandChoices(
        lines_network_id=below_id or network_id,
        points=points,
        lines=supply.lines_by_hand((application.site_lon, application.site_lat), network),
        cables=tuple(cable.code for cable in catalogue.cables),
        layings=tuple(
            (code, catalogue.laying[code].name_zh, catalogue.laying[code].name_en) for code in supply.LAYINGS if code in catalogue.laying
        ),
        most_parallel=int(catalogue.rules["parallel_max"]),
        line_names=dict(zip(network.lines.id.tolist(), network.lines.name, strict=True)),
    )


def to_option_by_hand(
    plan: Plan, network: grid.Network, held: tuple[supply.Reservation, ...], chosen: ByHand, *, below: grid.Network | None
) -> supply.Option:
    """
    Return the engine's option for a choice by hand.

    :param below: the network below a 10 kV one, along whose lines the cable can go
    """
    return supply.evaluate_by_hand(
        supply.Application.from_dict(plan.document["application"]),
        network,
        held,
        bus_id=chosen.bus_id,
        via=[supply.place_on_line(network if below is None else below, line) for line in chosen.via],
        corridors=below,
        cable=chosen.cable,
        parallel=chosen.parallel,
        laying=chosen.laying,
    )


def with_option(plan: Plan, option: supply.Option, *, beside: bool) -> supply.SupplyPlan:
    """
    Return a stored plan with an option made by hand in it.
    """
    return supply.keep_by_hand(to_supply_plan(plan), option, beside=beside)
