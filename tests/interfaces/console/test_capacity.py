"""
The page that says what the network can still carry.
"""

import pytest

from tongdian.apps.plans.actions import compute_capacity

pytestmark = pytest.mark.django_db


@pytest.fixture
def computed(town, planner, now):
    compute_capacity(actor=planner, now=now)


def test_without_a_table_the_page_offers_to_calculate_one(visit, town, planner, crew):
    html = visit(planner).get("/capacity/").content.decode()
    assert "Nothing is calculated yet" in html
    assert "/capacity/compute/" in html
    assert "/capacity/compute/" not in visit(crew).get("/capacity/").content.decode()


def test_a_worker_calculates_and_the_page_shows_it(visit, town, planner):
    from tongdian.apps.background.actions import work_once

    client = visit(planner)
    assert "Being calculated" in client.post("/capacity/compute/", follow=True).content.decode()
    assert work_once(worker="w")
    assert "4 connection points" in client.get("/capacity/").content.decode()


def test_a_bus_is_explained_beside_the_map(visit, computed, planner):
    html = visit(planner).get("/capacity/?bus=4").content.decode()
    assert "kW more fit" in html
    assert html.count('class="ex"') == 3
    assert "Three limits: first" in html


def test_ways_out_come_as_a_part_of_their_own(visit, computed, planner):
    html = visit(planner).get("/capacity/bus/gains/?bus=4").content.decode()
    assert "A larger transformer" in html or "Lay a cable" in html or "Set the tap" in html


def test_filters_stand_in_the_address_and_count(visit, computed, planner, now):
    from tongdian.apps.network.rules import Asking
    from tongdian.apps.plans.queries import get_capacity

    rooms = get_capacity(actor=planner, asking=Asking(), now=now).rooms
    client = visit(planner)
    for limit, kind in (("voltage", "voltage_low"), ("transformer", "transformer_loading")):
        count = sum(room.limit == kind for room in rooms)
        html = client.get(f"/capacity/?limit={limit}").content.decode()
        assert f"{count} connection points" in html
        assert ("Nothing matches" in html) == (count == 0)
    html = client.get("/capacity/?q=b4").content.decode()
    assert "1 connection points" in html
    assert "B4" in html


def test_what_does_not_exist_is_said(visit, computed, planner):
    client = visit(planner)
    assert "has no" in client.get("/capacity/?bus=99").content.decode()
    for nonsense in ("bus=x", "bus=²", "margin=x", "limit=x", "page=x", "bus=" + "9" * 30):
        assert client.get(f"/capacity/?{nonsense}").status_code == 200


def test_the_table_can_be_saved(visit, computed, planner):
    from tongdian.kit.sheets import read_sheet

    sheet = read_sheet(visit(planner).get("/capacity/table/").content, filename="capacity.xlsx")
    assert len(sheet.rows) == 4
    assert "kW" in sheet.header


def test_customers_see_no_capacity(visit, computed, resident):
    assert visit(resident).get("/capacity/").status_code == 403


def test_generation_can_be_asked_for(visit, computed, planner):
    client = visit(planner)
    html = client.get("/capacity/?use=generation&bus=4").content.decode()
    assert "How much generation fits here" in html
    assert "kW of generation fit" in html
    assert "solar roof 8 kW" in html
    assert client.get("/capacity/bus/gains/?bus=4&use=generation").status_code == 200


def test_coming_needs_are_a_switch(visit, computed, planner, now):
    from tests.apps.network.test_capacity_tables import need_at

    client = visit(planner)
    assert "Count coming needs" not in client.get("/capacity/").content.decode()
    need_at(planner, now, 60, 40.0)
    compute_capacity(actor=planner, now=now)
    html = client.get("/capacity/").content.decode()
    assert 'href="/capacity/?needs=1" role="switch" aria-checked="false"' in html
    assert "one need within two years, 20 kW by its likelihood" in html
    assert 'aria-checked="true"' in client.get("/capacity/?needs=1").content.decode()


def test_reading_the_page_asks_nobody_to_work(visit, computed, planner, crew, now):
    from tests.apps.network.test_capacity_tables import need_at

    from tongdian.apps.background.models import Job

    need_at(planner, now, 60, 40.0)
    html = visit(planner).get("/capacity/?needs=1").content.decode()
    assert "One station was calculated before" in html
    assert "Calculate now" in html
    assert "Calculate now" not in visit(crew).get("/capacity/?needs=1").content.decode()
    assert not Job.objects.exists()
    response = visit(planner).post("/capacity/compute/", {"back": "needs=1"})
    assert response["Location"] == "/capacity/?needs=1"
    assert Job.objects.count() == 1
