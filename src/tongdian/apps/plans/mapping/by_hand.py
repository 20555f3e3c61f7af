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
    the names of all lines.
    """

    points: tuple[supply.HandPoint, ...]
    lines: tuple[supply.HandLine, ...]
    cables: tuple[str, ...]
    layings: tuple[tuple[str, str, str], ...]
    most_parallel: int
    line_names: dict[int, str]


def to_choices(plan: Plan) -> HandChoices:
    """
    Return what can be chosen for a plan; kept in memory between calls.
    """
    return _choices(str(plan.network_id), supply.Application.from_dict(plan.document["application"]))


@lru_cache(maxsize=64)
def _choices(network_id: str, application: supply.Application) -> HandChoices:
    from tongdian.apps.network import queries as network_queries

    network, catalogue = network_queries.get_network(network_id=UUID(network_id)), supply.shipped_catalogue()
    return HandChoices(
        points=supply.points_by_hand(application, network),
        lines=supply.lines_by_hand((application.site_lon, application.site_lat), network),
        cables=tuple(cable.code for cable in catalogue.cables),
        layings=tuple((code, catalogue.laying[code].name_zh, catalogue.laying[code].name_en) for code in supply.LAYINGS),
        most_parallel=int(catalogue.rules["parallel_max"]),
        line_names=dict(zip(network.lines.id.tolist(), network.lines.name, strict=True)),
    )


def to_option_by_hand(plan: Plan, network: grid.Network, held: Iterable[Reservation], chosen: ByHand) -> supply.Option:
    """
    Return the engine's option for a choice by hand.
    """
    return supply.evaluate_by_hand(
        supply.Application.from_dict(plan.document["application"]),
        network,
        to_reservations(held),
        bus_id=chosen.bus_id,
        via=[supply.place_on_line(network, line) for line in chosen.via],
        cable=chosen.cable,
        parallel=chosen.parallel,
        laying=chosen.laying,
    )


def with_option(plan: Plan, option: supply.Option, *, beside: bool) -> supply.SupplyPlan:
    """
    Return a stored plan with an option made by hand in it.
    """
    return supply.keep_by_hand(to_supply_plan(plan), option, beside=beside)
