"""
The ways out at the site itself: a new station of the utility, or a 10 kV feeder with the customer's own station.

Both hang on the 10 kV bus of the station that feeds the connection point, by a cable along the cheapest way there. In a network that ends
at its stations
that bus is held by the source, so the 10 kV feeder above it is not part of what is confirmed; the note says so.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tongdian.engines.grid import NoPowerFlow
from tongdian.engines.supply._catalogue import CableType, Catalogue, MissingRow, TransformerType
from tongdian.engines.supply._checks import is_feasible
from tongdian.engines.supply._evaluate import asking, examine
from tongdian.engines.supply._facts import WayOut
from tongdian.engines.supply._materials import GRID, Item, part_items, way_items
from tongdian.engines.supply._medium.materials import connection_items, station_items
from tongdian.engines.supply._medium.sizing import Need, find_medium_cables
from tongdian.engines.supply._medium.station import choose_station, design_current_a, seen_from_medium_voltage
from tongdian.engines.supply._reinforce import Change, with_station
from tongdian.engines.supply._sizing import find_cables
from tongdian.engines.supply._values import Cable, Route, Segment
from tongdian.engines.supply._way.corridors import find_route

if TYPE_CHECKING:
    from tongdian.engines.supply._ways_out import Ways

ABOVE = "the 10 kV feeder above is held by the source and not part of what was confirmed"
FREE_IDS = 10  # between the identifiers of the site and those of a new station
STATION_M = 5.0  # from the new station to the building


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """
    Everything that is needed where a way out replaces the option's own items, with the tables that price it.
    """

    items: tuple[Item, ...]
    catalogue: Catalogue
    route: Route
    voltage: str = "low"


def station_at_site(ways: "Ways") -> WayOut | None:
    """
    Return a new station at the site, serving it alone.
    """
    setting, catalogue = ways.setting, ways.setting.catalogue
    view = catalogue.at_medium_voltage()
    request = setting.request
    kind = _smallest(catalogue, request.load.s_kva / catalogue.rules["transformer_planning"])
    route = _route_to_station(ways, view)
    if kind is None or route is None or route.length_m > catalogue.rules["station_reach_m"]:
        return None
    wire = min(view.cables, key=lambda each: each.section_mm2)
    network, top = ways.island.network, _top(ways)
    ids = int(setting.network.buses.id.max()) + FREE_IDS
    grown = with_station(network, top, kind, (wire, route.length_m), ids)
    short = Route(segments=(_last_metres(route, catalogue),), length_m=STATION_M)
    try:
        cables = find_cables(request, short, catalogue)
        items = tuple(_station_items(ways, (kind, wire), route, (short, cables[0])))
        island = replace(ways.island, network=grown)
        checks = examine(setting, island, setting.study.with_site(island, ids + 1, cables[0])).checks(())
    except (MissingRow, NoPowerFlow):
        return None
    change = Change(
        kind="new_station",
        network=grown,
        element_kind="transformer",
        elements=(kind.code,),
        after=kind.rated_kva,
        unit="kVA",
        length_m=route.length_m,
        note=ABOVE,
    )
    return ways.settled(change, checks, Instead(items=items, catalogue=catalogue, route=route)) if is_feasible(checks) else None


def own_feeder(ways: "Ways") -> WayOut | None:
    """
    Return a 10 kV connection with a ring-main unit and the customer's own station.
    """
    setting = ways.setting
    view = setting.catalogue.at_medium_voltage()
    route = _route_to_station(ways, view)
    if route is None or route.length_m > view.rules["route_max_m"]:
        return None
    network, top = ways.island.network, _top(ways)
    nominal_kv = float(network.buses.nominal_kv[top])
    try:
        station, power = choose_station(setting.request, view)
        request = seen_from_medium_voltage(setting.request, power)
        current = design_current_a(station, power, nominal_kv)
        fault_ka = view.rules["medium_fault_mva_max"] / (math.sqrt(3) * nominal_kv)
        cable = find_medium_cables(request, route, Need(current_a=current, fault_ka=fault_ka, nominal_kv=nominal_kv), view)[0]
        items = (
            *connection_items("ring_joint", route, cable, view.rules["ring_mm2"], view),
            *station_items(station, 1, current, view),
        )
        asked = asking(setting, request)
        grown = asked.study.with_site(ways.island, int(network.buses.id[top]), cable)
        checks = examine(asked, ways.island, grown).checks(())
    except (MissingRow, NoPowerFlow):
        return None
    change = Change(
        kind="medium_feeder",
        network=network,
        element_kind="transformer",
        elements=(station.code,),
        after=station.rated_kva * station.count,
        unit="kVA",
        length_m=route.length_m,
        note=ABOVE,
    )
    return ways.settled(change, checks, Instead(items=items, catalogue=view, route=route, voltage="high")) if is_feasible(checks) else None


def _top(ways: "Ways") -> int:
    return int(ways.island.network.transformers.hv_bus[ways.station])


def _route_to_station(ways: "Ways", view: Catalogue) -> Route | None:
    """
    Return the cheapest way from the busbar of the point's station to the site, as a 10 kV cable is laid; None where there is none.
    """
    network = ways.setting.network
    busbar = int(network.transformers.lv_bus[int(ways.setting.areas.transformer[ways.bus])])
    if not math.isfinite(ways.corridors.ways.cost[busbar]):
        return None
    route = find_route(ways.corridors, busbar, ways.setting.catalogue)
    segments = []
    for segment in route.segments:
        method = segment.method if segment.method in view.laying else "duct"
        laying = view.laying[method]
        segments.append(replace(segment, method=method, name_zh=laying.name_zh, name_en=laying.name_en))
    return replace(route, segments=tuple(segments))


def _last_metres(route: Route, catalogue: Catalogue) -> Segment:
    site = route.segments[-1].path[-1]
    laying = catalogue.laying["wall"]
    return Segment(
        method="wall",
        name_zh=laying.name_zh,
        name_en=laying.name_en,
        on_corridor=False,
        length_m=STATION_M,
        path=(site, site),
        on_plot=True,
    )


def _station_items(ways: "Ways", kinds: tuple[TransformerType, CableType], route: Route, last: tuple[Route, Cable]) -> Iterator[Item]:
    catalogue, one = ways.setting.catalogue, Decimal(1)
    kind, wire = kinds
    yield kind.code, one, GRID
    yield "station-box", one, GRID
    yield "station-install", one, GRID
    yield wire.code, Decimal(math.ceil(route.length_m + 2 * catalogue.rules["medium_end_reserve_m"])), GRID
    for segment in route.segments:
        yield f"lay-medium-{segment.method}", Decimal(str(round(segment.length_m, 2))), GRID
    yield catalogue.part("medium-termination", wire.section_mm2).code, Decimal(2), GRID
    yield "rmu-way", one, GRID
    yield "medium-tests", one, GRID
    yield from way_items(last[0], last[1], catalogue)
    yield from part_items(ways.setting.request, last[1], "busbar", catalogue)


def _smallest(catalogue: Catalogue, kva: float) -> TransformerType | None:
    fitting = [kind for kind in catalogue.transformers if kind.rated_kva >= kva]
    return min(fitting, key=lambda kind: kind.rated_kva, default=None)
