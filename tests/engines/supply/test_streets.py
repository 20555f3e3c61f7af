import gzip
import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import supply

from . import hamlet

OSM = """<osm><node id="1" lon="118.8" lat="32.0"/><node id="2" lon="118.801" lat="32.0"/>
<way id="3"><nd ref="1"/><nd ref="2"/><nd ref="9"/><tag k="highway" v="residential"/><tag k="name" v="榆树街"/></way>
<way id="4"><nd ref="1"/><nd ref="2"/><tag k="railway" v="rail"/></way></osm>"""


def feature(places, **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": [hamlet.at(*p) for p in places]}}


def streets(*features):
    return supply.read_streets(json.dumps({"type": "FeatureCollection", "features": features}).encode())


def far_site():
    return hamlet.elevator(place=(420, 12))


def test_a_site_away_from_every_line_is_reached_along_a_street():
    along = streets(feature([(190, 5), (300, 5), (430, 5)], highway="residential", name="Elm Street"))
    plan = supply.propose(far_site(), hamlet.build(), (), streets=along, ways_out=False)
    segments = plan.options[0].route.segments
    assert [segment.street for segment in segments if segment.street] == ["Elm Street"]
    assert plan.options[0].route.length_m == pytest.approx(5 + 220 + 7, abs=1)
    assert "road" in segments[1].permits
    assert {step.code for step in plan.options[0].days.steps} >= {"road"}


def test_a_river_costs_its_crossing_and_is_named():
    street = feature([(190, 5), (430, 5)], highway="residential", name="Elm Street")
    river = feature([(300, -900), (300, 900)], waterway="river")
    dry = supply.propose(far_site(), hamlet.build(), (), streets=streets(street), shown=1, ways_out=False).options[0]
    wet = supply.propose(far_site(), hamlet.build(), (), streets=streets(street, river), shown=1, ways_out=False).options[0]
    price = supply.shipped_catalogue().price("crossing-water").unit_price_yuan
    assert wet.cost.total_yuan - dry.cost.total_yuan == price
    assert [crossing for segment in wet.route.segments for crossing in segment.crossings] == ["water"]


def test_an_unknown_street_is_refused_by_its_name():
    known = streets(feature([(0, 5), (100, 5)], highway="residential", name="Elm Street"))
    asked = replace(hamlet.elevator(), street="Oak Street")
    with pytest.raises(supply.UnknownStreet, match="Oak Street"):
        supply.propose(asked, hamlet.build(), (), streets=known)


def test_a_street_without_any_streets_is_refused_and_not_passed_over():
    asked = replace(hamlet.elevator(), street="Oak Street")
    with pytest.raises(supply.UnknownStreet, match="“Oak Street”, but no streets are given"):
        supply.propose(asked, hamlet.build(), ())
    with pytest.raises(supply.UnknownStreet, match="no streets are given"):
        supply.propose_together([asked, hamlet.elevator(reference="b")], hamlet.build())


@pytest.mark.parametrize("packed", [False, True])
def test_osm_is_read_with_its_barriers(packed):
    document = OSM.encode()
    found = supply.read_streets(gzip.compress(document) if packed else document)
    assert [(street.name, street.kind, len(street.path)) for street in found.streets] == [("榆树街", "residential", 2)]
    assert [barrier.kind for barrier in found.barriers] == ["rail"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"{}",
        b"<osm/>",
        b'{"features": []}',
        b"<!DOCTYPE a><osm/>",
        b"SQLite format 3\x00",
        b"\x1f\x8bx",
        b"[1]",
        b'{"features": [1]}',
    ],
)
def test_what_holds_no_streets_is_refused(document):
    with pytest.raises(supply.UnreadableStreets):
        supply.read_streets(document)


def test_a_geopackage_geometry_in_web_mercator_is_turned_back():
    x, y = 13224918.9, 3762827.0  # 118.80183, 32.0 by the formula of EPSG:3857
    body = struct.pack("<BII4d", 1, 2, 2, x, y, x + 100, y)
    header = b"GP\x00\x01" + struct.pack("<i", 3857)
    (line,) = supply.read_geopackage_geometry(header + body, 3857)
    assert line[0] == pytest.approx([np.degrees(x / 6378137), np.degrees(2 * np.arctan(np.exp(y / 6378137)) - np.pi / 2)])
    many = struct.pack("<BII", 1, 5, 1) + body
    assert len(supply.read_geopackage_geometry(many, 4326)) == 1
    with pytest.raises(supply.UnreadableStreets, match="EPSG:2180"):
        supply.read_geopackage_geometry(body, 2180)
    with pytest.raises(supply.UnreadableStreets, match="no line"):
        supply.read_geopackage_geometry(struct.pack("<BII", 1, 1, 1), 4326)


def test_the_red_line_cuts_the_route_and_shares_its_cost():
    def plot(*corners):
        return tuple(hamlet.at(*corner) for corner in corners)

    asked = replace(
        hamlet.elevator(customer_class="industry", kw=15.0),
        wanted_date=hamlet.date(2021, 3, 2),
        red_line=plot((70, 5), (90, 5), (90, 20), (70, 20)),
    )
    option = supply.propose(asked, hamlet.build(), (), shown=1, ways_out=False).options[0]
    assert [(segment.length_m, segment.on_plot) for segment in option.route.segments] == [(5.0, False), (5.0, True)]
    with pytest.raises(supply.UnusableRedLine):
        supply.propose(replace(asked, red_line=plot((0, 0), (1, 1))), hamlet.build(), ())
