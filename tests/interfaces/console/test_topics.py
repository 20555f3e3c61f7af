"""
Topics on screen: what several tell of, sorted by hand.
"""

import pytest

from tongdian.apps.background.actions import work_once
from tongdian.apps.demands.actions import find_topics, receive_demands
from tongdian.apps.demands.models import Demand, Topic, TopicChange
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = (
    ("A1", "整个小区都没电了，什么时候来电", "2021-04-10 19:05", "南京", "江宁区", "翠岚湾花园"),
    ("A2", "停电两小时了，抢修车呢", "2021-04-10 20:40", "南京", "江宁区", "翠兰湾3幢"),
    ("B1", "门口路灯坏了三盏，晚上看不见路", "2021-04-02 08:00", "南京", "江宁区", "百家湖西路"),
    ("B2", "百家湖西路路灯不亮，老人差点摔了", "2021-04-04 21:00", "南京", "江宁区", "百家湖西路12号"),
)


@pytest.fixture
def topics(cell_manager, now):
    sheet = Sheet(header=("id", "text", "reported_at", "city", "county", "place"), rows=ROWS)
    receive_demands(actor=cell_manager, sheet=sheet, now=now)
    find_topics(now=now)
    return list(Topic.objects.order_by("number"))


def test_the_list_filters_and_opens_a_topic(topics, visit, cell_manager):
    client = visit(cell_manager, "zh-hans")
    page = client.get("/topics/").content.decode()
    assert "翠岚湾" in page
    assert "百家湖西路" in page
    assert "百家湖西路" not in client.get("/topics/?q=停电").content.decode()
    assert client.get("/topics/?q=nothing").content.decode().count("row-topic") == 0
    shown = client.get(f"/topics/{topics[0].pk}/").content.decode()
    assert shown.count('type="checkbox"') == 2


def test_merging_splitting_and_undoing_by_hand(topics, visit, cell_manager):
    client = visit(cell_manager)
    keep, other = topics
    assert client.post(f"/topics/{keep.pk}/merge/", {"other": str(other.pk)}).status_code == 302
    assert keep.demands.count() == 4
    change = TopicChange.objects.get()
    assert "Undo" in client.get(f"/topics/{keep.pk}/").content.decode()
    assert client.post(f"/topics/{keep.pk}/undo/{change.pk}/").status_code == 302
    assert keep.demands.count() == 2
    one = keep.demands.first()
    assert client.post(f"/topics/{keep.pk}/split/", {"demand": [str(one.pk)]}).status_code == 302
    assert keep.demands.count() == 1
    refused = client.post(f"/topics/{keep.pk}/split/", {})
    assert refused.status_code == 409
    assert "Choose some of the demands" in refused.content.decode()
    assert client.post(f"/topics/{keep.pk}/merge/", {"other": "no topic"}).status_code == 404


def test_an_emptied_topic_still_answers(topics, visit, cell_manager):
    client = visit(cell_manager)
    keep, other = topics
    client.post(f"/topics/{keep.pk}/merge/", {"other": str(other.pk)})
    page = client.get(f"/topics/{other.pk}/")
    assert page.status_code == 200
    assert "went to another topic" in page.content.decode()


def test_who_may_not_sort_sees_no_form(topics, visit, crew):
    page = visit(crew).get(f"/topics/{topics[0].pk}/").content.decode()
    assert 'type="checkbox"' not in page
    assert "/merge/" not in page


def test_sorting_is_left_to_a_worker(topics, visit, cell_manager):
    Demand.objects.update(topic=None)
    assert visit(cell_manager).post("/topics/sort/").headers["Location"] == "/topics/"
    while work_once(worker="w"):
        pass
    assert Demand.objects.filter(topic__isnull=False).count() == 4


def test_a_demand_shows_who_said_it_before_and_its_topic(topics, visit, cell_manager):
    later = Demand.objects.get(reference="A2")
    page = visit(cell_manager).get(f"/demands/{later.pk}/").content.decode()
    assert "Somebody has said it already?" in page
    assert ROWS[0][1] in page
    assert f"/topics/{later.topic_id}/" in page
