"""
The main thread in a real browser, with hands: from somebody's words to power on, each person logging in for his own step.
"""

from datetime import datetime, timedelta

import pytest
from tests.conftest import SHANGHAI

from tongdian.apps.cases.models import Case
from tongdian.apps.demands.actions import receive_demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.queries import verify_chain
from tongdian.apps.people.models import Customer, User
from tongdian.kit.sheets import Sheet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"
WORDS = "井道已经封顶，电从哪块接？"
ROLES = ("cell_manager", "planner", "programme_manager", "customer", "dispatcher", "crew", "auditor")


class Hands:
    """What people do in front of the console."""

    def __init__(self, page, base):
        self.page, self.base = page, base

    def log_in(self, name):
        self.page.context.clear_cookies(name="sessionid")
        self.page.goto(f"{self.base}/login/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button.go, .td-card button.go")
        self.page.wait_for_url(f"{self.base}/")

    def send(self, form, *, files=(), **fields):
        """Fill the form whose action ends so, send it, and wait for the page that comes."""
        found = self.page.locator(f"form[action$='{form}']").first
        for name, value in fields.items():
            field = found.locator(f"[name='{name.replace('__', '-')}']")
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        for name in files:
            document = {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF " + name.encode()}
            found.locator(f"[name='{name}']").set_input_files(document)
        with self.page.expect_navigation(timeout=60_000) as answered:
            found.locator("button[type=submit]").first.click()
        assert answered.value.status == 200, self.page.text_content("main")


@pytest.fixture
def hands(page, live_server, settings, hire, request):
    language = request.param
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for role in ROLES:
        hire(role, role, PASSWORD)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    page.language = language
    return Hands(page, live_server.url)


def receive(actor, now):
    sheet = Sheet(header=("id", "text", "channel", "city", "county", "place"), rows=(("A1", WORDS, "visit", "南京", "鼓楼区", "汉西新村"),))
    receive_demands(actor=actor, sheet=sheet, now=now)
    return Demand.objects.get()


@pytest.mark.parametrize("hands", ["zh-hans", "en"], indirect=True)
def test_from_words_to_power_on(hands, town, now, monkeypatch):
    clock = {"now": now}
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: clock["now"])
    page = hands.page
    demand = receive(User.objects.get(username="cell_manager").as_actor(), now)

    hands.log_in("cell_manager")
    page.click(f"a[href$='/demands/{demand.pk}/']")
    page.wait_for_selector(f"text={WORDS}")
    hands.send("/category/", category="elevator_connection")
    hands.send("/case/", procedure="elevator", building="3幢1单元", lon="7.88176", lat="48.46007", kw="15")
    case = Case.objects.get()
    assert page.url == f"{hands.base}/cases/{case.pk}/"
    Customer.objects.update(user=User.objects.get(username="customer"))
    hands.send("/milestones/application/", files=["evidence-application_form"], occurred_at="2021-04-13T09:30")

    hands.log_in("planner")
    page.click(f"a[href*='/cases/{case.pk}/']")
    hands.send("/plan/")
    page.wait_for_selector("a[href*='/plans/']")
    hands.log_in("programme_manager")
    page.click("a[href*='/plans/'].td-btn")
    hands.send("/approve/")
    hands.log_in("customer")
    page.click(f"a[href*='/cases/{case.pk}/']")
    page.click("a.td-btn.go[href*='/plans/']")
    hands.send("/accept/")

    hands.log_in("dispatcher")
    page.goto(f"{hands.base}/cases/{case.pk}/")
    hands.send("/visits/A/day/", day="2021-04-15")
    clock["now"] = now + timedelta(days=2, hours=2)
    hands.log_in("cell_manager")
    page.goto(f"{hands.base}/cases/{case.pk}/")
    survey = {"survey__supply_voltage_v": "231.4", "survey__route_length_m": "24", "occurred_at": "2021-04-15T10:00"}
    hands.send("/report/", files=["survey-site_photo", "contract-contract"], **survey)
    hands.log_in("dispatcher")
    page.goto(f"{hands.base}/cases/{case.pk}/")
    hands.send("/visits/B/day/", day="2021-04-16")
    clock["now"] = now + timedelta(days=3, hours=6)
    hands.log_in("crew")
    page.click(f"a[href*='/cases/{case.pk}/']")
    power = {"meter__meter_number": "322000000001", "power_on__voltage_v": "230.6", "power_on__earth_resistance_ohm": "3.1"}
    hands.send("/report/", files=["meter-meter_photo"], occurred_at="2021-04-16T14:30", **power)

    case.refresh_from_db()
    assert case.state == "closed"
    assert case.ended_at.astimezone(SHANGHAI) == datetime(2021, 4, 16, 14, 30, tzinfo=SHANGHAI)
    said = {"zh-hans": "送电", "en": "power on"}[page.language]
    assert said in page.text_content("section.lead").lower()
    assert verify_chain().is_intact
    assert page.faults == []
