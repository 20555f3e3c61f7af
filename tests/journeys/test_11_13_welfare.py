"""
Sentences 11 to 13: a lonely old man's flat gets 130 m of new wire and 3 lamps; one household, one plan.
"""

from datetime import datetime, timedelta

import pytest
import time_machine
from tests.journeys.conftest import CHINA

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case, Evidence
from tongdian.apps.demands.actions import confirm_category, receive_demands
from tongdian.apps.demands.models import CareHousehold, Demand
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import get_actor
from tongdian.apps.places.actions import import_cells, register_building
from tongdian.apps.works.models import Hazard
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 4, 15, 9, tzinfo=CHINA)
RING = [[118.7, 32.0], [118.8, 32.0], [118.8, 32.1], [118.7, 32.1], [118.7, 32.0]]
CELL = {
    "type": "Feature",
    "properties": {"code": "W1", "name": "一网格", "manager": "cell_manager"},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}


@pytest.fixture
def household(log_in, post):
    """A lonely old man of the manager's own grid cell, on the welfare list."""
    import_cells(actor=get_actor(username="administrator"), collection={"features": [CELL]}, now=NOW)
    building = register_building(
        actor=get_actor(username="cell_manager"),
        city="南京",
        county="秦淮区",
        community="老门西",
        building="12号",
        lon=118.75,
        lat=32.05,
        now=NOW,
    )
    with time_machine.travel(NOW, tick=False):
        post(
            log_in("cell_manager"), "add_care", building_id=building.pk, door="302室", name="赵德发", phone="13800001111", need="alone", team="",
            note="听力不好",
        )  # fmt: skip
    return CareHousehold.objects.get()


@pytest.mark.sentence(11, screens=["/care/"])
def test_sentence_11_only_those_who_take_care_see_who_needs_it(household, log_in):
    page = log_in("cell_manager").get("/care/").content.decode()
    assert "赵**" in page
    assert "赵德发" not in page
    shown = log_in("cell_manager").post(f"/care/{household.pk}/reveal/").content.decode()
    assert "赵德发" in shown
    assert Entry.objects.filter(kind="care.revealed", subject_id=str(household.pk)).count() == 1
    assert log_in("leader").get("/care/").status_code == 403
    assert "赵德发" not in log_in("service_team").get("/care/").content.decode()


def open_household_case(post, client):
    actor = get_actor(username="cell_manager")
    receive_demands(actor=actor, sheet=Sheet(header=("text", "place"), rows=(("屋里的线还是七十年代的，灯也不亮", "老门西"),)), now=NOW)
    demand = Demand.objects.get()
    confirm_category(actor=actor, demand_id=demand.pk, category="indoor_wiring", now=NOW)
    post(client, "open_case", demand.pk, procedure="household_rewiring", building="12号302室", lon="118.75", lat="32.05")
    return Case.objects.get()


@pytest.mark.sentence(12, 13, screens=["/cases/{id}/"])
def test_sentences_12_and_13_one_household_one_plan_closes_when_each_hazard_is_settled(household, log_in, post, upload):
    manager, crew, dispatcher = log_in("cell_manager"), log_in("crew"), log_in("dispatcher")
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False) as clock:
        case = open_household_case(post, manager)
        moment = "2021-04-15T09:10"
        post(manager, "complete_milestone", case.pk, "registration", occurred_at=moment)
        post(manager, "plan_visit", case.pk, "A", day="2021-04-15")
        for kind, where in (("aged_wire", "全屋"), ("no_rcd", "表箱")):
            post(manager, "note_hazard", case.pk, kind=kind, where=where)
        post(
            manager, "report_visit", case.pk, case.work_orders.get(visit="A").pk, key="a", occurred_at=moment,
            **{
                "survey-site_photo": upload("site.jpg"), "survey-hazards": "2", "survey-insulation_mohm": "0.2",
                "consent-household_plan": upload("plan.pdf"),
            },
        )  # fmt: skip
        post(dispatcher, "complete_milestone", case.pk, "materials", occurred_at=moment, **{"evidence-materials_list": upload("list.xlsx")})
        post(dispatcher, "plan_visit", case.pk, "B", day="2021-04-16")
        clock.shift(timedelta(days=1))
        rewired = {
            "key": "b", "occurred_at": "2021-04-16T09:00", "rewiring-wire_m": "130", "rewiring-lamps": "3",
            "rewiring-after_photo": upload("after.jpg"), "hazards_settled-hazards_left": "0",
            "hazards_settled-insulation_after_mohm": "22", "hazards_settled-tripping_ma": "24",
        }  # fmt: skip
        visit = case.work_orders.get(visit="B").pk
        refused = post(crew, "report_visit", case.pk, visit, status=409, **rewired)
        assert "隐患" in refused.content.decode()
        for hazard in Hazard.objects.all():
            post(crew, "settle_hazard", case.pk, hazard.pk, remedy="已更换")
        post(crew, "report_visit", case.pk, visit, **(rewired | {"rewiring-after_photo": upload("after.jpg")}))
        post(manager, "complete_milestone", case.pk, "follow_up", occurred_at="2021-04-16T09:05", **{"evidence-answer": "灯亮了，放心了"})
    case.refresh_from_db()
    assert case.state == "closed"
    assert {one.code: one.number for one in Evidence.objects.filter(code__in=["wire_m", "lamps"])} == {"wire_m": 130.0, "lamps": 3.0}
    assert cases.list_untrue_cases() == ()
