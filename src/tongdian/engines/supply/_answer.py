"""
From a finished search to what a plan tells: options, rejected points, ways out.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from tongdian.engines.grid import NoPowerFlow
from tongdian.engines.supply._checks import find_binding, is_feasible
from tongdian.engines.supply._describe import MAP_M, describe_state, find_feed, lines_near, map_loadings
from tongdian.engines.supply._evaluate import Evaluation, Setting, confirm, protection
from tongdian.engines.supply._facts import Check, WayOut
from tongdian.engines.supply._materials import part_items, way_items
from tongdian.engines.supply._metering import find_metering
from tongdian.engines.supply._search import Offer, Search
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Option, Rejected
from tongdian.engines.supply._way.corridors import Corridors
from tongdian.engines.supply._ways_out import Failed, Ways


def to_option(setting: Setting, rank: int, offer: Offer, evaluation: Evaluation, extra: tuple[Check, ...] = ()) -> Option:
    """
    Return an evaluated offer as an option.

    :param extra: checks that are not of the year, such as the free capacity of a table
    """
    network, areas, bus = setting.network, setting.areas, offer.candidate.bus
    transformer = int(areas.transformer[bus])
    checks = (*extra, *evaluation.checks)
    near = lines_near(setting.courses, offer.route, MAP_M)
    binding = find_binding(checks)
    island, study = evaluation.island, setting.study
    year = study.with_losses(island, evaluation.network, setting.request.load, evaluation.year)
    at = position(island.network.buses, int(network.buses.id[bus]))
    return Option(
        rank=rank,
        feasible=is_feasible(checks),
        bus_id=int(network.buses.id[bus]),
        bus_name=network.buses.name[bus],
        bus_lon=float(network.buses.lon[bus]),
        bus_lat=float(network.buses.lat[bus]),
        point_kind=offer.candidate.kind,
        transformer_id=int(network.transformers.id[transformer]),
        transformer_name=network.transformers.name[transformer],
        transformer_kva=float(network.transformers.rated_kva[transformer]),
        reserved_kw=round(island.reserved_kw, 6),
        route=offer.route,
        cable=offer.cable,
        materials=offer.materials,
        cost=offer.cost,
        checks=checks,
        binding=binding,
        heavily_loaded=any(check.kind == "transformer_planning" and not check.passed for check in checks),
        start=evaluation.start,
        before=describe_state(island.network, island.points, at, island.before, study),
        after=describe_state(evaluation.network, island.points, at, year, study),
        feed=find_feed(network, areas, bus, island, year),
        line_loadings=map_loadings(network, near, island, year, study.studied()),
        days=offer.days,
        margin=binding.margin,
        losses_added_kwh=round(year.losses_kwh - island.before.losses_kwh, 3),
        metering=find_metering("low", setting.request.applied_kw, offer.materials, setting.catalogue),
        protection=protection(setting, bus, offer.cable),
        balance=evaluation.balance,
    )


def find_options(search: Search) -> tuple[Option, ...]:
    """
    Return what holds, by cost; if nothing holds, the point nearest to holding, over the whole year.

    Nothing is returned where the power flow has no solution at any point: the reasons then stand with the rejected ones.
    """
    setting = search.setting
    if search.found:
        return tuple(to_option(setting, rank, offer, evaluation) for rank, (offer, evaluation) in enumerate(search.found, start=1))
    nearest = sorted(search.failed, key=lambda pair: (-find_binding(pair[1]).margin, pair[0].candidate.bus))
    for offer, checks in nearest:
        room = tuple(check for check in checks if check.kind == "free_capacity")
        with suppress(NoPowerFlow):
            return (to_option(setting, 1, offer, confirm(setting, offer.candidate.bus, offer.cable), room),)
    return ()


def find_rejected(search: Search, ways: Mapping[int, tuple[WayOut, ...]]) -> tuple[Rejected, ...]:
    """
    Return what was tried and does not hold, by cost, with what would make it hold.
    """
    network, areas = search.setting.network, search.setting.areas
    ordered = sorted(search.failed, key=lambda pair: (pair[0].cost.total_yuan, pair[0].candidate.bus))
    return tuple(
        Rejected(
            bus_id=int(network.buses.id[offer.candidate.bus]),
            bus_name=network.buses.name[offer.candidate.bus],
            transformer_name=network.transformers.name[int(areas.transformer[offer.candidate.bus])],
            route_m=offer.route.length_m,
            cost_yuan=offer.cost.total_yuan,
            binding=find_binding(checks),
            ways_out=ways.get(offer.candidate.bus, ()),
        )
        for offer, checks in ordered
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outs:
    """
    The ways out by connection point (position), and the largest power that holds at the best infeasible one.
    """

    by_bus: dict[int, tuple[WayOut, ...]]
    fits_kw: float | None = None

    def ranked(self) -> tuple[WayOut, ...]:
        """
        Return all of them, cheapest first.
        """
        return tuple(sorted((way for ways in self.by_bus.values() for way in ways), key=lambda way: (way.total_yuan, way.kind, way.bus_id)))


def find_outs(search: Search, options: tuple[Option, ...], corridors: Corridors) -> Outs:
    """
    Return what would make points hold: where nothing does, at the option shown and at the cheapest points; else at the cheapest point
    that would
    then be cheaper than the first option, the answer to "why not cheaper".
    """
    if not search.failed:
        return Outs(by_bus={})
    feasible = bool(search.found)
    failed = sorted((offer for offer, _ in search.failed), key=lambda offer: (offer.cost.total_yuan, offer.candidate.bus))
    if feasible:
        limit = options[0].cost.total_yuan
        cheaper = [offer for offer in failed if offer.cost.total_yuan < limit][:1]
        return Outs(by_bus={bus: ways.find(limit) for bus, ways in _all_ways(search, cheaper, corridors).items()})
    shown = options[0].bus_id if options else None
    ids = search.setting.network.buses.id
    failed.sort(key=lambda offer: int(ids[offer.candidate.bus]) != shown)
    found = _all_ways(search, failed[: int(search.setting.catalogue.rules["ways_out_points"])], corridors)
    fits_kw = next((ways.fits_kw() for ways in found.values()), None)
    first = {ways.station_id: bus for bus, ways in reversed(found.items())}  # a station at the site is the same for all points of an area
    return Outs(by_bus={bus: ways.find(at_site=first[ways.station_id] == bus) for bus, ways in found.items()}, fits_kw=fits_kw)


def _all_ways(search: Search, offers: list[Offer], corridors: Corridors) -> dict[int, Ways]:
    """
    Return the search for ways out at each of some points; a point whose area has no power flow even before is left out.
    """
    found = {}
    for offer in offers:
        with suppress(NoPowerFlow):
            found[offer.candidate.bus] = _ways(search, offer, corridors)
    return found


def _ways(search: Search, offer: Offer, corridors: Corridors) -> Ways:
    setting = search.setting
    items = (
        *way_items(offer.route, offer.cable, setting.catalogue),
        *part_items(setting.request, offer.cable, offer.candidate.kind, setting.catalogue),
    )
    failed = Failed(candidate=offer.candidate, route=offer.route, cable=offer.cable, total_yuan=offer.cost.total_yuan, items=items)
    return Ways(setting, failed, corridors)


def with_ways(options: tuple[Option, ...], outs: Outs) -> tuple[Option, ...]:
    """
    Return the options with the ways out of their own points.
    """
    ways = {way.bus_id: outs.by_bus[bus] for bus, found in outs.by_bus.items() for way in found}
    return tuple(option if option.feasible else replace(option, ways_out=ways.get(option.bus_id, ())) for option in options)
