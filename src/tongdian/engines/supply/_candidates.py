"""
Which connection points are considered for a site.
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Bools, Floats, Ints, Network
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV, Areas
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._values import Place
from tongdian.engines.supply._way.corridors import Corridors
from tongdian.engines.supply._way.plane import to_plane
from tongdian.kit.refused import N_, Refused

DEAD_END = 1


class SiteOffTheMap(Refused):
    """
    No connection point of the network lies near the site.
    """


class NoWay(Refused):
    """
    No existing line leads from the site to a connection point.
    """


class UnusableNetwork(Refused):
    """
    The network lacks what a plan needs.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    A connection point: position of its bus, what it is (``busbar``, ``terminal`` or ``line``), and its group for variety.
    """

    bus: int
    kind: str
    group: tuple[int, int, bool]


def check_network(network: Network) -> None:
    """
    Refuse a network that cannot be planned on.

    :raises UnusableNetwork: without a year of profiles, without transformer, or without any low-voltage bus
    """
    if network.profiles is None or network.profiles.steps == 0:
        raise UnusableNetwork(N_("The network has no yearly profiles, so no plan can be checked. Attach measured or synthetic ones first."))
    if not (network.buses.nominal_kv < LOW_VOLTAGE_KV).any():
        raise UnusableNetwork(N_("The network has no low-voltage bus. Read a network that reaches down to the customers."))
    if not network.transformers.in_service.any():
        raise UnusableNetwork(N_("The network has no transformer in service, so nothing feeds its low voltage. Complete the network data."))


def low_voltage_kv(network: Network) -> float:
    """
    Return the base of the low-voltage buses' per-unit voltages: the most frequent one.
    """
    values, counts = np.unique(network.buses.nominal_kv[network.buses.nominal_kv < LOW_VOLTAGE_KV], return_counts=True)
    return float(values[counts.argmax()])


def connection_points(network: Network, areas: Areas) -> Bools:
    """
    Return which buses can be connected to at all: low voltage, in service, live, behind a transformer, place known.
    """
    buses = network.buses
    known = np.isfinite(buses.lon) & np.isfinite(buses.lat)
    return np.asarray((buses.nominal_kv < LOW_VOLTAGE_KV) & areas.live & (areas.transformer >= 0) & known)


def distances_m(network: Network, site: Place) -> Floats:
    """
    Return the straight distance of every bus from the site in metres, inf where its place is unknown.
    """
    places = np.column_stack([network.buses.lon, network.buses.lat])
    distance = np.hypot(*to_plane(places, site).T)
    return np.where(np.isfinite(distance), distance, np.inf)


def check_site(points: Bools, distance: Floats, catalogue: Catalogue, reference: str) -> None:
    """
    Refuse a site that is too far from every connection point.

    :raises UnusableNetwork: if there is no connection point
    :raises SiteOffTheMap: if the nearest is farther than the rule ``site_max_m``
    """
    if not points.any():
        raise UnusableNetwork(N_("No low-voltage bus with known place is live. Close its switches or complete its coordinates."))
    nearest = float(distance[points].min())
    if nearest > catalogue.rules["site_max_m"]:
        text = N_("The site of %(reference)s is %(distance)s m from the nearest bus (limit %(limit)s m). Check its place, longitude first.")
        raise SiteOffTheMap(text, reference=reference, distance=f"{nearest:.0f}", limit=f"{catalogue.rules['site_max_m']:g}")


def straight_ties(points: Bools, distance: Floats, catalogue: Catalogue) -> Ints:
    """
    Return the buses to which the site is tied straight: all connection points at hand, at least the nearest one.
    """
    near = points & (distance <= catalogue.rules["terminal_radius_m"])
    if not near.any():
        near = points & (distance == distance[points].min())
    return np.flatnonzero(near).astype(np.int64)


def find_candidates(
    network: Network, areas: Areas, corridors: Corridors, distance: Floats, catalogue: Catalogue, *, reference: str = ""
) -> tuple[Candidate, ...]:
    """
    Return the connection points to consider, cheapest way first.

    These are the nearest ones along the corridors, and in each of the nearest transformer areas the nearest one of every feeder
    and the busbar. A customer's terminal — the loaded dead end of a line, no busbar — serves other sites only at hand.

    :raises NoWay: if no point is reached within the rule ``route_max_m``
    """
    rules = catalogue.rules
    cost = corridors.ways.cost[: len(network.buses)]
    terminal = (areas.degree == DEAD_END) & areas.loaded & ~areas.busbar
    usable = connection_points(network, areas) & np.isfinite(cost) & ~(terminal & (distance > rules["terminal_radius_m"]))
    ranked = [bus for bus in np.argsort(cost, kind="stable").tolist() if usable[bus]]
    chosen: list[int] = []
    near_areas: list[int] = []
    feeders: set[int] = set()
    for bus in ranked:
        area, feeder = int(areas.area[bus]), int(areas.feeder[bus])
        if area not in near_areas and len(near_areas) < int(rules["nearest_areas"]):
            near_areas.append(area)
        wanted = len(chosen) < int(rules["nearest_points"]) or (area in near_areas and feeder not in feeders)
        if not wanted or corridors.length_to(bus) > rules["route_max_m"] or _same_place(network, bus, chosen, rules["same_place_m"]):
            continue
        feeders.add(feeder)
        chosen.append(bus)
    if not chosen:
        text = N_("From the site of %(reference)s no connection point is reached within %(limit)s m. Check the site or give streets.")
        raise NoWay(text, reference=reference, limit=f"{rules['route_max_m']:g}")
    kinds = {bus: "busbar" if areas.busbar[bus] else "terminal" if terminal[bus] else "line" for bus in chosen}
    return tuple(
        Candidate(bus=bus, kind=kinds[bus], group=(int(areas.area[bus]), int(areas.feeder[bus]), kinds[bus] == "terminal"))
        for bus in chosen
    )


def _same_place(network: Network, bus: int, chosen: list[int], radius_m: float) -> bool:
    if not chosen:
        return False
    places = np.column_stack([network.buses.lon[chosen], network.buses.lat[chosen]])
    origin = (float(network.buses.lon[bus]), float(network.buses.lat[bus]))
    return bool((np.hypot(*to_plane(places, origin).T) < radius_m).any())
