"""
From opinion to cause: complaints beside what the network's calculated year says of their places.
"""

import json

import pytest
from tests.apps.conftest import small_document

from tongdian.apps.cases.actions import NoBuilding, take_up_together
from tongdian.apps.cases.models import Case
from tongdian.apps.demands.actions import confirm_category, place_demand, receive_demands
from tongdian.apps.demands.models import Demand, Topic
from tongdian.apps.insight import queries
from tongdian.apps.network import queries as network
from tongdian.apps.network.actions import import_network
from tongdian.apps.places.actions import register_building
from tongdian.engines import grid
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
LON, LAT = 7.88, 48.46
METRE = 1 / (111_320.0 * 0.663)  # of longitude at this latitude, degrees


@pytest.fixture
def complain(cell_manager, now):
    """Let neighbours complain, each at a building so many metres east of the station."""

    def make(*metres, category="low_voltage"):
        topic = Topic.objects.create(number="T-2021-0001", title="小镇电压低", category=category, found_at=now)
        for at, east in enumerate(metres):
            rows = ((f"N{at}", f"第{at}家灯暗", "南京", "鼓楼区", "小镇"),)
            receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "text", "city", "county", "place"), rows=rows), now=now)
            demand = Demand.objects.get(reference=f"N{at}")
            confirm_category(actor=cell_manager, demand_id=demand.pk, category=category, now=now)
            if east is not None:
                where = {"city": "南京", "county": "鼓楼区", "community": "小镇", "building": f"{at}幢"}
                building = register_building(actor=cell_manager, lon=LON + east * METRE, lat=LAT, now=now, **where)
                place_demand(actor=cell_manager, demand_id=demand.pk, building=building, now=now)
            Demand.objects.filter(pk=demand.pk).update(topic=topic)
        return topic

    return make


def town(planner, now, **values):
    return import_network(actor=planner, title="town", document=small_document(**values), attribution="", seed=1, year=2021, now=now)


def test_an_overloaded_station_explains_every_complaint_it_feeds(complain, planner, cell_manager, now):
    model = town(planner, now, rated_kva=15.0)
    topic = complain(60, 120, 180, 5000, None)
    (cause,) = queries.list_causes(actor=cell_manager, topic_id=topic.pk, now=now)
    assert (cause.facts.station_name, cause.placed, cause.explained, cause.removes) == (
        "T0",
        3,
        3,
        3,
    )  # one is off the network, one nowhere
    value = network.get_network(network_id=model.pk)
    year = grid.run_year(value)
    assert cause.facts.loading == pytest.approx(year.transformer_loading_max[0], rel=1e-9)
    assert cause.facts.lowest_volts == pytest.approx(400 / 3**0.5 * year.voltage_min_pu[4], rel=1e-6)  # the farthest of the three
    assert cause.facts.is_overloaded


def test_a_strong_network_explains_nothing_and_promises_nothing(complain, planner, cell_manager, now):
    town(planner, now, rated_kva=400.0)
    topic = complain(60, 120)
    (cause,) = queries.list_causes(actor=cell_manager, topic_id=topic.pk, now=now)
    assert (cause.placed, cause.explained, cause.removes) == (2, 0, 0)
    assert cause.facts.loading < 1
    assert not cause.facts.is_low


def test_waiting_applications_and_reserved_capacity_of_the_area_are_counted(complain, accepted, cell_manager, now):
    case = accepted()
    topic = complain(60)
    (cause,) = queries.list_causes(actor=cell_manager, topic_id=topic.pk, now=now)
    assert (cause.waiting, cause.waiting_kw) == (1, 15.0)
    assert cause.reserved_kw == pytest.approx(sum(row.p_kw for row in case.reservations.all()))


def test_other_complaints_of_the_area_count_beside_the_topic(complain, planner, cell_manager, now):
    town(planner, now, rated_kva=15.0)
    topic = complain(60, 120)
    Demand.objects.filter(reference="N1").update(topic=None)
    (cause,) = queries.list_causes(actor=cell_manager, topic_id=topic.pk, now=now)
    assert (cause.explained, cause.elsewhere, cause.removes) == (1, 1, 2)


def test_other_matters_and_no_network_have_no_cause(complain, cell_manager, now):
    assert queries.list_causes(actor=cell_manager, topic_id=complain(60).pk, now=now) == ()
    Topic.objects.update(category="invoice")
    assert queries.list_causes(actor=cell_manager, topic_id=Topic.objects.get().pk, now=now) == ()


def test_one_case_answers_all_of_them(complain, cell_manager, now):
    topic = complain(None, 60, 120)
    ids = [one.pk for one in topic.demands.order_by("reference")]
    case = take_up_together(actor=cell_manager, demand_ids=ids, procedure=queries.RENOVATION, now=now)
    assert case.demands.count() == 3
    assert case.building.name == "1幢"
    assert json.dumps(case.application) == "{}"


def test_without_any_building_nothing_is_opened(complain, cell_manager, now):
    topic = complain(None)
    with pytest.raises(NoBuilding):
        take_up_together(actor=cell_manager, demand_ids=[topic.demands.get().pk], procedure=queries.RENOVATION, now=now)
    assert not Case.objects.exists()
