from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import supply
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._candidates import connection_points, distances_m, find_candidates, straight_ties
from tongdian.engines.supply._way.corridors import find_corridors, find_route
from tongdian.engines.supply._way.plane import find_courses

from . import hamlet

CATALOGUE = supply.shipped_catalogue()


def look(place, network=None, **rules):
    catalogue = replace(CATALOGUE, rules=CATALOGUE.rules | rules)
    network = network or hamlet.build()
    site = hamlet.at(*place)
    areas = find_areas(network)
    points, distance = connection_points(network, areas), distances_m(network, site)
    corridors = find_corridors(network, find_courses(network), site, straight_ties(points, distance, catalogue), catalogue)
    candidates = find_candidates(network, areas, corridors, distance, catalogue)
    names = network.buses.name
    routes = {names[c.bus]: find_route(corridors, c.bus, catalogue) for c in candidates}
    return {names[c.bus]: c.kind for c in candidates}, routes


def legs(route):
    return [(segment.method, segment.on_corridor, round(segment.length_m, 1)) for segment in route.segments]


def test_the_nearest_points_come_first_and_the_neighbours_busbar_is_there():
    kinds, _ = look((80, 10))
    assert list(kinds) == ["A2", "A1", "A3", "C1", "A0", "C0"]
    assert (kinds["A0"], kinds["C0"], kinds["A1"]) == ("busbar", "busbar", "line")


def test_last_metres_run_along_the_wall_and_the_rest_along_the_corridor():
    _, routes = look((80, 10))
    assert legs(routes["A2"]) == [("wall", False, 10.0)]
    assert legs(routes["A0"]) == [("buried", True, 80.0), ("wall", False, 10.0)]
    assert routes["A0"].length_m == pytest.approx(90.0, abs=0.02)


def test_longer_last_metres_run_in_duct():
    _, routes = look((80, 18))
    assert legs(routes["A2"]) == [("duct", False, 18.0)]


def test_the_site_may_be_tied_to_the_middle_of_a_corridor():
    _, routes = look((60, 8))
    assert legs(routes["A1"]) == [("buried", True, 20.0), ("wall", False, 8.0)]
    assert legs(routes["A2"]) == [("buried", True, 20.0), ("wall", False, 8.0)]


def test_the_route_is_drawn_from_the_connection_point_to_the_site():
    _, routes = look((60, 8))
    path = [place for segment in routes["A0"].segments for place in segment.path]
    assert path[0] == pytest.approx(hamlet.at(0, 0), abs=1e-7)
    assert path[-1] == pytest.approx(hamlet.at(60, 8), abs=1e-7)


def test_along_an_overhead_line_the_cable_is_hung():
    network = hamlet.build(line_types=["JKLYJ-50"] * 6)
    _, routes = look((60, 8), network)
    assert legs(routes["A1"]) == [("overhead", True, 20.0), ("wall", False, 8.0)]


def test_an_open_line_is_a_corridor_but_joins_no_areas():
    _, routes = look((80, 10))
    assert legs(routes["C1"]) == [("buried", True, 60.0), ("wall", False, 10.0)]
    areas = find_areas(hamlet.build())
    assert areas.area[4] != areas.area[8]


def test_another_customers_terminal_serves_only_sites_at_hand():
    assert "A4" not in look((80, 10))[0]
    assert look((45, 33))[0]["A4"] == "terminal"


def test_points_at_one_place_are_one():
    kinds, _ = look((80, 10), same_place_m=45.0)
    assert list(kinds) == ["A2", "C1", "A0", "C0"]  # A1 and A3 are 40 m from A2


def test_what_is_dead_or_out_of_service_is_no_connection_point():
    kinds, _ = look((80, 10), hamlet.build(dead=("A3",)))
    assert "A3" not in kinds
    kinds, _ = look((80, 10), hamlet.build(open_lines=(5, 2)))  # A3 hangs on nothing
    assert "A3" not in kinds


def test_points_beyond_the_longest_route_are_left_out():
    kinds, _ = look((80, 10), route_max_m=50.5)
    assert set(kinds) == {"A1", "A2", "A3"}


def test_refuses_when_no_way_leads_anywhere():
    with pytest.raises(supply.NoWay, match="within 5 m"):
        look((80, 10), route_max_m=5.0)


def test_a_line_without_course_uses_its_buses_and_without_places_is_no_corridor():
    network = hamlet.build()
    straight = replace(network, lines=replace(network.lines, path=(None,) * 6))
    assert look((60, 8), straight)[1] == look((60, 8), network)[1]
    lost = replace(straight, buses=replace(network.buses, lon=np.full(9, np.nan)))
    assert not connection_points(lost, find_areas(lost)).any()


def test_closed_bus_switches_join_and_open_transformer_switches_part():
    network = hamlet.build()
    switches = replace(
        network.switches,
        id=np.array([0, 1, 2]),
        name=("", "", ""),
        kind=("line", "bus", "transformer"),
        bus=np.array([4, 4, 0]),
        element=np.array([5, 8, 0]),
        closed=np.array([False, True, False]),
    )
    areas = find_areas(replace(network, switches=switches))
    assert areas.area[4] == areas.area[8]
    assert set(areas.transformer[[1, 2, 3, 4, 5, 7, 8]].tolist()) == {1}
    assert areas.island[0] != areas.island[1]


def test_feeders_part_at_the_busbar():
    areas = find_areas(hamlet.build())
    assert areas.feeder[2] == areas.feeder[3] == areas.feeder[5]
    assert areas.feeder[1] != areas.feeder[2]
