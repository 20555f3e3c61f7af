"""
Where a 10 kV customer can be connected: ring-main units with a spare way, units to be replaced, joints at which a new unit is cut in.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tongdian.engines.grid import Bools, Floats, Network, Table
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV, Areas
from tongdian.engines.supply._candidates import Candidate, NoWay, UnusableNetwork
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._demand import Request, TooLarge
from tongdian.engines.supply._evaluate import Setting
from tongdian.engines.supply._study import append, position
from tongdian.engines.supply._values import Reservation
from tongdian.engines.supply._way.corridors import Corridors
from tongdian.engines.supply._way.plane import to_plane
from tongdian.kit.refused import N_

MEDIUM_KV = 36.0  # above it is transmission
RING_WAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """
    The ring-main units: buses (positions) with customers or reservations, how many ways are still free in each, and which of those
    without a free way can be replaced by a larger one.
    """

    spare: dict[int, int]
    replaceable: frozenset[int]


def check_medium_network(network: Network, request: Request) -> None:
    """
    Refuse a network on which no 10 kV supply can be planned.

    :raises UnusableNetwork: without a year of profiles
    :raises TooLarge: if it has no line between 1 and 36 kV
    """
    if network.profiles is None or network.profiles.steps == 0:
        raise UnusableNetwork(N_("The network has no yearly profiles, so no plan can be checked. Attach measured or synthetic ones first."))
    kv = network.buses.nominal_kv[network.lines.from_bus]
    if not ((kv >= LOW_VOLTAGE_KV) & (kv <= MEDIUM_KV) & network.lines.in_service).any():
        text = N_("%(kw)s kW is supplied at 10 kV, but this network has no 10 kV line. Plan it on the network of that level.")
        raise TooLarge(text, kw=f"{request.applied_kw:g}")


def medium_points(network: Network, areas: Areas) -> Bools:
    """
    Return which buses can be connected to: between 1 and 36 kV, live, behind a transformer, place known, no busbar of a substation.
    """
    buses = network.buses
    known = np.isfinite(buses.lon) & np.isfinite(buses.lat)
    level = (buses.nominal_kv >= LOW_VOLTAGE_KV) & (buses.nominal_kv <= MEDIUM_KV)
    return np.asarray(level & known & areas.live & (areas.transformer >= 0) & (areas.degree > 0) & ~areas.busbar)


def find_units(network: Network, reservations: Sequence[Reservation], catalogue: Catalogue) -> Units:
    """
    Return the ring-main units with their spare ways.

    Those that stand have as many as the rule ``unit_spare_ways`` says; if they hold more reservations, they are being replaced by one
    with ``unit_ways``, of which two serve the ring and one the station. Reservations at a joint stand for a unit to be built there.
    """
    held = Counter(position(network.buses, one.bus_id) for one in reservations if not one.carried)
    standing = {int(bus) for bus in network.loads.bus[network.loads.in_service]}
    ready, new = int(catalogue.rules["unit_spare_ways"]), int(catalogue.rules["unit_ways"]) - RING_WAYS
    spare = {bus: new - held[bus] for bus in held if bus not in standing}
    for bus in standing:
        spare[bus] = ready - held[bus] if held[bus] <= ready else new - 1 - held[bus]
    replaceable = frozenset(bus for bus in standing if held[bus] == ready and new - 1 > held[bus])
    return Units(spare=spare, replaceable=replaceable)


def find_medium_candidates(setting: Setting, corridors: Corridors, points: Bools, units: Units) -> tuple[Candidate, ...]:
    """
    Return the points to consider, cheapest way first: the nearest ones, and of each feeder the nearest unit and the nearest joint.

    :raises NoWay: if no point is reached within the rule ``route_max_m``
    """
    network, areas, rules = setting.network, setting.areas, setting.catalogue.rules
    cost = corridors.ways.cost[: len(network.buses)]
    usable = points & np.isfinite(cost)
    chosen: list[Candidate] = []
    groups: set[tuple[int, int, bool]] = set()
    for bus in np.argsort(cost, kind="stable").tolist():
        if not usable[bus] or corridors.length_to(bus) > rules["route_max_m"]:
            continue
        kind = point_kind(bus, units)
        group = (int(areas.area[bus]), 0, kind == "ring_joint")
        if kind and (len(chosen) < int(rules["nearest_points"]) or group not in groups):
            groups.add(group)
            chosen.append(Candidate(bus=bus, kind=kind, group=group))
    if not chosen:
        text = N_("No 10 kV point is reached within %(limit)s m along existing lines. Check the site or the lines' paths.")
        raise NoWay(text, limit=f"{rules['route_max_m']:g}")
    return tuple(chosen)


def further_candidates(
    setting: Setting, corridors: Corridors, points: Bools, units: Units, tried: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """
    Return further points for where none of the nearest holds, cheapest way first: as many as the rule says, spread over all within reach.
    """
    network, areas, rules = setting.network, setting.areas, setting.catalogue.rules
    cost = corridors.ways.cost[: len(network.buses)]
    usable = points & np.isfinite(cost)
    usable[[candidate.bus for candidate in tried]] = False
    ranked = [bus for bus in np.argsort(cost, kind="stable").tolist() if usable[bus] and point_kind(bus, units)]
    reached = [bus for bus in ranked if corridors.length_to(bus) <= rules["route_max_m"]]
    count = min(len(reached), int(rules["further_points"]))
    chosen = [reached[at] for at in np.unique(np.linspace(0, len(reached) - 1, count).round().astype(np.int64)).tolist()] if count else []
    kinds = {bus: point_kind(bus, units) for bus in chosen}
    return tuple(Candidate(bus=bus, kind=kind, group=(int(areas.area[bus]), 0, kind == "ring_joint")) for bus, kind in kinds.items())


def point_kind(bus: int, units: Units) -> str:
    """
    Return what connecting at a bus (position) means; empty where a unit is full.
    """
    if bus not in units.spare:
        return "ring_joint"
    if units.spare[bus] > 0:
        return "ring_unit"
    return "ring_replace" if bus in units.replaceable else ""


def with_corridors(network: Network, corridors: Network | None, catalogue: Catalogue) -> Network:
    """
    Return a network for finding ways only: the lines of another network added, and each 10 kV point tied to its nearest bus there.

    Positions of the first network's buses stay the same.
    """
    if corridors is None or not len(corridors.lines):
        return network
    shift = len(network.buses)
    buses = _joined(network.buses, corridors.buses)
    moved = replace(corridors.lines, from_bus=corridors.lines.from_bus + shift, to_bus=corridors.lines.to_bus + shift)
    lines = _joined(network.lines, moved)
    reached = np.unique(np.concatenate([corridors.lines.from_bus, corridors.lines.to_bus]))
    places = np.column_stack([corridors.buses.lon, corridors.buses.lat])[reached]
    wanted = np.unique(np.concatenate([network.lines.from_bus, network.lines.to_bus]))
    for bus in wanted.tolist():
        origin = (float(network.buses.lon[bus]), float(network.buses.lat[bus]))
        distance: Floats = np.hypot(*to_plane(places, origin).T)
        if not np.isfinite(distance).any() or np.nanmin(distance) > catalogue.rules["station_yard_m"]:
            continue
        near = int(np.nanargmin(distance))
        lines = append(lines, **_tie(bus, shift + int(reached[near]), float(distance[near])))
    return replace(network, buses=buses, lines=lines)


def _tie(bus: int, other: int, length_m: float) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "g_us_per_km", "derating"), 0.0)
    more = {"id": -1, "name": "", "type_name": "", "from_bus": bus, "to_bus": other, "length_m": max(length_m, 1e-3), "rated_a": np.inf}
    return row | more | {"parallel": 1, "in_service": False, "path": None}


def _joined(one: Any, other: Any) -> Any:  # noqa: ANN401 - two tables of the same type
    columns: dict[str, Any] = {}
    for field in fields(one):
        first, second = getattr(one, field.name), getattr(other, field.name)
        columns[field.name] = np.concatenate([first, second]) if isinstance(first, np.ndarray) else (*first, *second)
    table: Table = type(one)(**columns)
    return table
