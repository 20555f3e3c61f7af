"""
Cities, counties and grid cells: boundaries from GeoJSON, and the cell in which a building stands.
"""

import gzip
import json

import pytest

from tongdian.apps.places import actions, queries
from tongdian.apps.places.models import Cell, Region
from tongdian.kit.tables import data_file

pytestmark = pytest.mark.django_db


def square(code, west, south, size=0.01, **properties):
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"网格 {code}", **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


@pytest.fixture
def building(cell_manager, now):
    def register(name, lon, lat):
        return actions.register_building(
            actor=cell_manager, city="南京市", county="秦淮区", community="汉西新村", building=name, lon=lon, lat=lat, now=now
        )

    return register


def test_a_building_belongs_to_the_cell_it_stands_in(building, planner, cell_manager, now):
    early = building("1幢", 118.785, 32.025)
    actions.import_cells(
        actor=planner,
        collection=collection(square("W1", 118.78, 32.02, manager="cell_manager"), square("W2", 118.80, 32.02)),
        now=now,
    )
    early.refresh_from_db()
    assert (early.cell.code, str(early.cell.manager_id)) == ("W1", cell_manager.id)
    assert building("2幢", 118.805, 32.025).cell.code == "W2"
    assert building("3幢", 119.5, 32.025).cell is None


def test_a_cell_that_comes_again_is_replaced(building, planner, now):
    moved = building("1幢", 118.785, 32.025)
    for west in (118.78, 118.90):
        actions.import_cells(actor=planner, collection=collection(square("W1", west, 32.02)), now=now)
    moved.refresh_from_db()
    assert (Cell.objects.count(), moved.cell) == (1, None)


def test_a_bad_feature_is_returned_with_its_reason_and_the_others_land(planner, now):
    bowtie = square("W2", 118.8, 32.02)
    bowtie["geometry"]["coordinates"] = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    point = square("W3", 1, 1) | {"geometry": {"type": "Point", "coordinates": [1, 1]}}
    features = [square("W1", 118.78, 32.02), bowtie, point, square("", 1, 1), square("W4", 1, 1, manager="nobody"), square("W5", 200, 1)]
    broken = square("W6", 1, 1) | {"geometry": {"type": "Polygon", "coordinates": [["a"]]}}
    report = actions.import_cells(actor=planner, collection=collection(*features, broken), now=now)
    assert (report.landed, [returned.position for returned in report.returned]) == (1, [2, 3, 4, 5, 6, 7])
    told = [str(returned.reason) for returned in report.returned]
    assert "Self-intersection" in told[0]
    assert "Point" in told[1]
    assert "nobody" in told[3]
    assert "WGS84" in told[4]


@pytest.mark.parametrize("document", [{}, {"features": "all"}, {"features": [1]}, []])
def test_what_is_no_collection_is_refused(planner, now, document):
    with pytest.raises(actions.NoCollection):
        actions.import_cells(actor=planner, collection=document, now=now)


def test_the_shipped_province_has_its_cities_and_counties(planner, now):
    document = json.loads(gzip.decompress(data_file("places/jiangsu.geojson.gz").read_bytes()))
    report = actions.import_regions(actor=planner, collection=document, now=now)
    assert (report.landed, report.returned) == (108, ())
    names = queries.list_regions()
    assert len(names) == 13
    assert "秦淮区" in names["南京市"]
    assert queries.find_region(lon=118.79, lat=32.02).name == "秦淮区"
    assert queries.find_region(lon=0.0, lat=0.0) is None
    assert actions.import_regions(actor=planner, collection=document, now=now).landed == 108
    assert Region.objects.count() == 108


def test_cells_are_listed_with_their_managers(building, planner, cell_manager, now):
    actions.import_cells(actor=planner, collection=collection(square("W1", 118.78, 32.02, manager="cell_manager")), now=now)
    building("1幢", 118.785, 32.025)
    assert [(cell.code, cell.manager, cell.buildings) for cell in queries.list_cells()] == [("W1", "Cell_Manager", 1)]


def test_a_metered_point_is_registered_once(building, cell_manager, now):
    home = building("1幢", 118.785, 32.025)
    for meter in ("A", "B"):
        point = actions.register_usage_point(actor=cell_manager, building=home, consumer_number="0001", meter_number=meter, now=now)
    assert point.meter_number == "A"
