"""
The crews' day on screen: planning it, seeing it, and forming crews.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tongdian.apps.works import actions
from tongdian.apps.works.models import Crew
from tongdian.interfaces.console.round_bars import draw_bars

pytestmark = pytest.mark.django_db
CREW = {"title": "一班", "skills": ["lv"], "starts": "08:30", "ends": "17:30", "lon": "7.88", "lat": "48.46", "members": "crew"}


@pytest.fixture
def day(open_elevator_case, dispatcher, now):
    """A day with one visit of the crews."""
    day = timezone.localdate(now) + timedelta(days=1)
    actions.plan_visit(actor=dispatcher, case_id=open_elevator_case("E1").pk, visit="B", day=day, now=now)
    return day.isoformat()


def test_a_dispatcher_forms_a_crew_and_plans_its_round(visit, dispatcher, crew, day):
    client = visit(dispatcher)
    assert client.post("/rounds/crews/", CREW).status_code == 302
    assert "one visit has no crew yet" in client.get(f"/rounds/?day={day}").content.decode()
    client.post("/rounds/plan/", {"day": day})
    page = client.get(f"/rounds/?day={day}").content.decode()
    assert "the one visit has its crew" in page
    assert "08:" in page or "09:" in page
    assert "min there" in page
    home = visit(crew).get("/").content.decode()
    assert "08:" in home or "09:" in home
    assert "/rounds/" in home
    assert "Plan the rounds" not in visit(crew).get(f"/rounds/?day={day}").content.decode()


def test_without_a_crew_the_page_says_what_comes_next(visit, dispatcher):
    assert "Form a crew: its name" in visit(dispatcher).get("/rounds/").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"skills": []}, {"starts": "18:00"}, {"lon": "east"}, {"lat": "91"}, {"members": "nobody"}, {"title": ""}]
)
def test_a_crew_that_cannot_be_is_told_why(visit, dispatcher, wrong):
    answer = visit(dispatcher).post("/rounds/crews/", {**CREW, **wrong})
    assert answer.status_code in {409, 422}
    assert not Crew.objects.exists()


@pytest.mark.parametrize("asked", ["2021-02-31", "yesterday", ""])
def test_a_day_that_is_none_is_today(visit, dispatcher, asked):
    assert visit(dispatcher).get("/rounds/", {"day": asked}).status_code == 200


def test_a_day_that_has_passed_is_refused(visit, dispatcher):
    assert visit(dispatcher).post("/rounds/plan/", {"day": "2021-01-04"}).status_code == 409


def test_bars_of_no_crew_still_have_a_scale():
    assert [tick.label for tick in draw_bars([]).ticks] == ["8:00", "10:00", "12:00", "14:00", "16:00"]
