"""
A connection at 10 kV made by hand: the planner chooses the point of the ring, the corridors, the cable and its laying.

It is run over every step of the year in normal operation and with every section around the point out, as the engine's own options are.
Of a dual supply the first connection is chosen; the second is the cheapest of another feeder.
"""

from collections.abc import Sequence

import numpy as np

from tongdian.engines.supply._candidates import Candidate
from tongdian.engines.supply._hand.choices import HandPoint, UnusableByHand
from tongdian.engines.supply._hand.way import Terrain, find_kind, find_way, lay
from tongdian.engines.supply._medium.plan import MediumSearch, Way
from tongdian.engines.supply._medium.points import point_kind
from tongdian.engines.supply._study import position
from tongdian.engines.supply._values import Cable, Option, Place
from tongdian.kit.refused import N_


def medium_points_by_hand(search: MediumSearch) -> tuple[HandPoint, ...]:
    """
    Return every point of the 10 kV network that can be chosen by hand, the cheapest way first.
    """
    network, areas, corridors = search.setting.network, search.setting.areas, search.map
    cost, limit = corridors.ways.cost[: len(network.buses)], search.setting.catalogue.rules["route_max_m"]
    found = []
    for bus in np.argsort(cost, kind="stable").tolist():
        kind = point_kind(bus, search.units)
        if not (search.points[bus] and kind and np.isfinite(cost[bus])) or (route_m := corridors.length_to(bus)) > limit:
            continue
        found.append(
            HandPoint(
                bus_id=int(network.buses.id[bus]),
                bus_name=network.buses.name[bus],
                bus_lon=float(network.buses.lon[bus]),
                bus_lat=float(network.buses.lat[bus]),
                kind=kind,
                transformer_name=network.transformers.name[int(areas.transformer[bus])],
                route_m=round(route_m, 2),
            )
        )
    return tuple(found)


def evaluate_medium_by_hand(search: MediumSearch, bus_id: int, via: Sequence[Place], *, cable: str, parallel: int, laying: str) -> Option:
    """
    Return one option at 10 kV as it was chosen, over the whole year.

    :raises UnusableByHand: if the point, the way, the cable or the laying cannot be used; the text names which and why
    :raises NoSecondSupply: if a dual supply finds no second feeder
    :raises NoPowerFlow: if the network collapses under the load there
    """
    setting, application = search.setting, search.setting.request.application
    bus, kind = _find_point(search, bus_id)
    terrain = Terrain(
        network=search.ground, site=(application.site_lon, application.site_lat), corridors=search.map, catalogue=setting.catalogue
    )
    route, edges = find_way(terrain, bus, via)
    way = search.along(
        Candidate(bus=bus, kind=kind, group=(int(setting.areas.area[bus]), 0, kind == "ring_joint")),
        lay(route, laying, setting.catalogue),
        edges,
    )
    chosen = _find_cable(search, way, cable, parallel)
    return search.option(1, search.look(search.offer(way, chosen)))


def _find_point(search: MediumSearch, bus_id: int) -> tuple[int, str]:
    """
    Return where a chosen point stands, and what connecting there means.

    :raises UnusableByHand: if the site cannot be connected there
    """
    network = search.setting.network
    if bus_id not in set(network.buses.id.tolist()):
        raise UnusableByHand(N_("The network has no connection point %(bus)s. Choose one of the list."), bus=bus_id)
    bus = position(network.buses, bus_id)
    name, kind = network.buses.name[bus], point_kind(bus, search.units)
    if not search.points[bus]:
        text = N_("%(point)s is no point of the 10 kV ring at which a customer can be connected. Choose one of the list.")
        raise UnusableByHand(text, point=name)
    if not kind:
        raise UnusableByHand(N_("The ring-main unit %(point)s has no way left and cannot be enlarged. Choose another point."), point=name)
    if not np.isfinite(search.map.ways.cost[bus]):
        raise UnusableByHand(N_("No corridor leads from the site to %(point)s. Choose a point that a line reaches."), point=name)
    return bus, kind


def _find_cable(search: MediumSearch, way: Way, code: str, parallel: int) -> Cable:
    """
    Return the cable that was chosen, the cheapest that holds where none was.

    :raises UnusableByHand: if the table has no such cable, or it carries less than the customer's transformers draw
    """
    if not code:
        return way.cables[0]
    catalogue = search.setting.catalogue
    kind = find_kind(catalogue, code, parallel)
    cable = search.cable(way, kind, parallel)
    if cable.ampacity_a * parallel < cable.design_current_a:
        least = way.cables[0]
        text = N_("%(count)s × %(cable)s is too small here: it carries %(carries)s A, the station draws %(draws)s A. %(least)s holds.")
        values = {"carries": f"{cable.ampacity_a * parallel:.0f}", "draws": f"{cable.design_current_a:.0f}"}
        raise UnusableByHand(text, count=parallel, cable=code, least=f"{least.parallel} × {least.code}", **values)
    return cable
