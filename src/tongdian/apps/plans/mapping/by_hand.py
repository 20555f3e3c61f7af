"""
Between a planner's choice by hand and the engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tongdian.apps.plans.mapping.plans import to_reservations, to_supply_plan
from tongdian.apps.plans.models import Plan, Reservation
from tongdian.apps.plans.rules import ByHand
from tongdian.engines import grid, supply


@dataclass(frozen=True, slots=True, kw_only=True)
class HandChoices:
    """
    What can be chosen by hand for a plan: connection points, the cheapest way first; lines to go over, the nearest first; cables and
    layings (code, Chinese and English name); how many cables beside each other at most.
    """

    points: tuple[supply.HandPoint, ...]
    lines: tuple[supply.HandLine, ...]
    cables: tuple[tuple[str, str, str], ...]
    layings: tuple[tuple[str, str, str], ...]
    most_parallel: int


def to_choices(plan: Plan, network: grid.Network) -> HandChoices:
    """
    Return what can be chosen for a plan.
    """
    catalogue = supply.shipped_catalogue()
    application = supply.Application.from_dict(plan.document["application"])
    return HandChoices(
        points=supply.points_by_hand(application, network),
        lines=supply.lines_by_hand(application, network),
        cables=tuple((cable.code, cable.name_zh, cable.name_en) for cable in catalogue.cables),
        layings=tuple((code, catalogue.laying[code].name_zh, catalogue.laying[code].name_en) for code in supply.LAYINGS),
        most_parallel=int(catalogue.rules["parallel_max"]),
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
