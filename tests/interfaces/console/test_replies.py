"""
Replying, taking down what is said, and the versions of the model, on screen.
"""

import pytest

from tongdian.apps.demands.actions import receive_demands
from tongdian.apps.demands.models import Demand, ModelVersion, Reply
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
SAID = {"text": "门口的树枝碰到电线，请修剪", "city": "南京", "county": "鼓楼区", "place": "汉西新村3幢", "channel": "hotline", "key": "k1"}


@pytest.fixture
def tree(cell_manager, now):
    rows = (("T1", "树枝碰到电线，请修剪", "南京", "鼓楼区", "汉西新村"),)
    receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "text", "city", "county", "place"), rows=rows), now=now)
    return Demand.objects.get()


def test_a_reply_is_checked_then_refused_then_overruled_with_a_reason(visit, cell_manager, tree):
    client, at = visit(cell_manager), f"/demands/{tree.pk}/reply/"
    checked = client.post(at, {"reply": "我们会尽快修剪树枝。", "check": "1"}).content.decode()
    assert "a date" in checked
    assert "尽快" in checked
    refused = client.post(at, {"reply": "我们会尽快修剪树枝。"})
    assert refused.status_code == 409
    assert not Reply.objects.exists()
    assert client.post(at, {"reply": "我们会尽快修剪树枝。", "because": "已当面说定"}).status_code == 302
    shown = client.get(f"/demands/{tree.pk}/").content.decode()
    assert "已当面说定" in shown
    assert client.post(at, {"reply": ""}).status_code == 422


def test_what_is_said_shows_the_earlier_demand_before_it_is_kept(visit, cell_manager, tree):
    client = visit(cell_manager)
    assert client.get("/demands/take/").status_code == 200
    preview = client.post("/demands/take/", SAID).content.decode()
    assert tree.number in preview
    assert "Keep it as a demand of its own" in preview
    assert Demand.objects.count() == 1
    assert client.post("/demands/take/", {**SAID, "keep": "1"}).status_code == 302
    assert client.post("/demands/take/", {**SAID, "keep": "1"}).status_code == 302  # sent twice counts once
    assert Demand.objects.count() == 2
    assert client.post("/demands/take/", {**SAID, "text": ""}).status_code == 422
    assert client.post("/demands/take/", {**SAID, "keep": "1", "text": "另一件事，路灯不亮"}).status_code == 409


def test_what_another_office_should_hear_is_said_so_before_and_after_it_is_kept(visit, cell_manager):
    client, words = visit(cell_manager), "Perhaps this is not about electricity."
    said = {**SAID, "text": "公交车司机拒载老人，幼儿园门口的垃圾也没人清运"}
    assert words in client.post("/demands/take/", said).content.decode()
    assert words not in client.post("/demands/take/", SAID).content.decode()
    assert client.post("/demands/take/", {**said, "keep": "1"}).status_code == 302
    demand = Demand.objects.get()
    shown = client.get(f"/demands/{demand.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert words in shown or "说的可能不是用电的事" in shown
    assert not demand.category


def test_versions_are_listed_and_an_unknown_one_is_refused(visit, programme_manager, now):
    client = visit(programme_manager)
    report = {"compared": 8, "right_before": 5, "right_now": 7, "macro_f1": 0.71}
    ModelVersion.objects.create(version="abc123", corrections=9, trained_at=now, report=report)
    page = client.get("/demands/versions/").content.decode()
    assert "Of 8 confirmed demands" in page
    assert "took 5 for what a person said, this one 7" in page
    assert client.post("/demands/versions/abc123/use/").status_code == 409  # its file is not there
    assert client.post("/demands/versions/learn/").status_code == 302


def test_who_said_it_reads_the_reply(client, visit, cell_manager, now):
    from tongdian.apps.demands.actions import Submission, close_demand, submit_demand

    said = Submission(key="k", scene="complaint", text="树枝碰到电线，请修剪", city="南京", county="鼓楼区", place="汉西新村",
                      contact_name="周", contact_phone="13812342207")  # fmt: skip
    tracking = submit_demand(submission=said, now=now)
    close_demand(actor=cell_manager, demand_id=tracking.demand.pk, text="已于4月12日完成修剪，树枝已离开电线。", now=now)
    page = client.post("/portal/track/", {"number": tracking.number, "digits": "2207"}, follow=True)
    assert "已于4月12日完成修剪" in page.content.decode()
