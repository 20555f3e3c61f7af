"""
The bell, the page of notices, and the limits that the utility sets itself, as their readers use them.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from tongdian.apps.cases.models import HouseLimit
from tongdian.apps.insight.actions import remind_people
from tongdian.apps.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def reminded(applied, planner, visit, now):
    applied()
    remind_people(now=now + timedelta(days=8))
    return visit(planner, "zh-hans")


def test_the_bell_counts_until_the_notices_are_read(reminded):
    assert 'data-unread="1"' in reminded.get("/").content.decode()
    page = reminded.get("/notices/").content.decode()
    assert "供电方案答复" in page
    assert "晚 4 个工作日" in page
    assert reminded.post("/notices/read/").headers["Location"] == "/notices/"
    assert "data-unread" not in reminded.get("/notices/").content.decode()


def test_mail_is_asked_for_and_ended_on_the_page(reminded, planner, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    assert reminded.post("/notices/mail/", {"address": "no address"}).status_code == 409
    assert reminded.post("/notices/mail/", {"address": "a@utility.example"}).status_code == 302
    assert User.objects.get(pk=planner.id).email == "a@utility.example"
    assert 'value="a@utility.example"' in reminded.get("/notices/").content.decode()
    reminded.post("/notices/mail/", {"address": ""})
    assert User.objects.get(pk=planner.id).email == ""


def test_without_a_mail_server_the_page_says_so(reminded, settings):
    settings.EMAIL_HOST = ""
    assert "TONGDIAN_MAIL" in reminded.get("/notices/").content.decode()


def test_a_limit_is_set_on_screen_and_shown_with_its_reason(visit, administrator, now):
    client = visit(administrator, "zh-hans")
    given = {"milestone": "elevator/plan_reply", "days": "1", "valid_from": now.date().isoformat(), "why": "试行一天答复"}
    assert client.post(reverse("console:set_house_limit"), given).headers["Location"] == "/rules/#own"
    page = client.get("/rules/").content.decode()
    assert "试行一天答复" in page
    assert "自定" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"days": "many"}, "请填数字"),
        ({"milestone": "elevator/nothing"}, "有效"),
        ({"valid_from": "2020-01-01"}, "今天"),
        ({"why": ""}, "理由"),
    ],
    ids=["days", "milestone", "day", "why"],
)
def test_a_limit_that_cannot_hold_is_refused_on_the_page(visit, administrator, now, change, said):
    given = {"milestone": "elevator/plan_reply", "days": "1", "valid_from": now.date().isoformat(), "why": "x", **change}
    answer = visit(administrator, "zh-hans").post(reverse("console:set_house_limit"), given)
    assert answer.status_code in {409, 422}
    assert said in answer.content.decode()
    assert HouseLimit.objects.count() == 0


def test_who_only_reads_rules_sees_no_form(visit, crew):
    assert 'action="/rules/limits/"' not in visit(crew, "zh-hans").get("/rules/").content.decode()
