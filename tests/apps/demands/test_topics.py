"""
Topics: found by the engine, sorted by people, every change undoable; and the earlier demand that a new one repeats.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from tongdian.apps.demands import queries
from tongdian.apps.demands.actions import UnusableChange, find_topics, merge_topics, receive_demands, split_topic, undo_change
from tongdian.apps.demands.models import Demand, Topic
from tongdian.apps.demands.tasks import sort_topics
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
HEADER = ("id", "text", "reported_at", "city", "county", "place")
OUTAGE = (
    ("A1", "整个小区都没电了，什么时候来电", "2021-04-10 19:05", "南京", "江宁区", "翠岚湾花园"),
    ("A2", "停电两小时了，抢修车呢", "2021-04-10 20:40", "南京", "江宁区", "翠兰湾3幢"),
    ("A3", "又黑了，我们这栋全灭，几点能好", "2021-04-10 19:30", "南京", "江宁区", "翠岚湾"),
)
LAMPS = (
    ("B1", "门口路灯坏了三盏，晚上看不见路", "2021-04-02 08:00", "南京", "江宁区", "百家湖西路"),
    ("B2", "百家湖西路路灯不亮，老人差点摔了", "2021-04-04 21:00", "南京", "江宁区", "百家湖西路12号"),
)


@pytest.fixture
def said(cell_manager, now):
    def receive(*rows):
        receive_demands(actor=cell_manager, sheet=Sheet(header=HEADER, rows=rows), now=now)
        return {one.reference: one for one in Demand.objects.all()}

    return receive


def members(actor):
    return {line.number: {one.reference for one in Demand.objects.filter(topic=line.id)} for line in queries.list_topics(actor=actor)}


def test_one_problem_told_three_times_is_one_topic_and_another_is_another(said, cell_manager, now):
    said(*OUTAGE, *LAMPS, ("C1", "请问电费发票怎么开", "2021-04-05 10:00", "南京", "江宁区", "翠岚湾花园"))
    assert find_topics(now=now) == 2
    assert sorted(members(cell_manager).values(), key=len) == [{"B1", "B2"}, {"A1", "A2", "A3"}]
    largest = queries.list_topics(actor=cell_manager)[0]
    assert (largest.size, largest.heat[-1], sum(largest.heat)) == (3, 3, 3)
    assert "翠岚湾" in largest.title
    assert Entry.objects.filter(kind="topic.found").count() == 2
    assert find_topics(now=now) == 0  # again: nothing new, nothing moved
    assert sorted(members(cell_manager).values(), key=len) == [{"B1", "B2"}, {"A1", "A2", "A3"}]


def test_a_later_demand_joins_the_topic_that_is_there(said, cell_manager, now):
    said(*OUTAGE)
    find_topics(now=now)
    number = queries.list_topics(actor=cell_manager)[0].number
    said(("A4", "翠岚湾花园停电，电梯里还有人吗", "2021-04-10 21:00", "南京", "江宁区", "翠岚湾花园5幢"))
    assert find_topics(now=now) == 0
    assert members(cell_manager) == {number: {"A1", "A2", "A3", "A4"}}


def test_what_people_merge_stays_merged_until_it_is_undone(said, cell_manager, now):
    said(*OUTAGE, *LAMPS)
    find_topics(now=now)
    keep, other = queries.list_topics(actor=cell_manager)
    change = merge_topics(actor=cell_manager, keep_id=keep.id, other_id=other.id, now=now)
    find_topics(now=now)
    assert members(cell_manager) == {keep.number: {"A1", "A2", "A3", "B1", "B2"}}
    line, _, demands = queries.get_topic(actor=cell_manager, topic_id=keep.id)
    assert (line.is_by_hand, next(one.place for one in demands)) == (True, "百家湖西路")
    (shown,) = queries.list_changes(topic=Topic.objects.get(pk=keep.id))
    assert (shown.kind, shown.count, shown.is_undone) == ("merged", 2, False)
    undo_change(actor=cell_manager, change_id=change.pk, now=now)
    undo_change(actor=cell_manager, change_id=change.pk, now=now)  # twice: nothing more
    assert members(cell_manager) == {keep.number: {"A1", "A2", "A3"}, other.number: {"B1", "B2"}}
    assert not Demand.objects.filter(is_in_topic_by_hand=True).exists()
    assert [entry.kind for entry in Entry.objects.filter(kind__startswith="topic.").order_by("sequence")][-2:] == [
        "topic.merged",
        "topic.undone",
    ]


def test_what_people_split_off_stays_apart(said, cell_manager, now):
    demands = said(*OUTAGE)
    find_topics(now=now)
    (topic,) = queries.list_topics(actor=cell_manager)
    change = split_topic(actor=cell_manager, topic_id=topic.id, demand_ids=[demands["A2"].pk], now=now)
    find_topics(now=now)
    assert members(cell_manager) == {topic.number: {"A1", "A3"}}
    assert Demand.objects.get(reference="A2").topic != Demand.objects.get(reference="A1").topic
    undo_change(actor=cell_manager, change_id=change.pk, now=now)
    assert members(cell_manager) == {topic.number: {"A1", "A2", "A3"}}


def test_a_change_is_undone_only_after_those_that_came_later(said, cell_manager, now):
    demands = said(*OUTAGE, *LAMPS)
    find_topics(now=now)
    keep, other = queries.list_topics(actor=cell_manager)
    first = merge_topics(actor=cell_manager, keep_id=keep.id, other_id=other.id, now=now)
    second = split_topic(actor=cell_manager, topic_id=keep.id, demand_ids=[demands["B1"].pk], now=now)
    with pytest.raises(UnusableChange, match="later"):
        undo_change(actor=cell_manager, change_id=first.pk, now=now)
    undo_change(actor=cell_manager, change_id=second.pk, now=now)
    undo_change(actor=cell_manager, change_id=first.pk, now=now)
    assert members(cell_manager) == {keep.number: {"A1", "A2", "A3"}, other.number: {"B1", "B2"}}


def test_changes_that_make_no_sense_are_refused(said, cell_manager, crew, now):
    demands = said(*OUTAGE)
    find_topics(now=now)
    (topic,) = queries.list_topics(actor=cell_manager)
    every = [one.pk for one in demands.values()]
    for chosen in ([], every, [uuid4()]):
        with pytest.raises(UnusableChange):
            split_topic(actor=cell_manager, topic_id=topic.id, demand_ids=chosen, now=now)
    with pytest.raises(UnusableChange):
        merge_topics(actor=cell_manager, keep_id=topic.id, other_id=topic.id, now=now)
    for unknown in (uuid4(), "no topic"):
        with pytest.raises(queries.UnknownTopic):
            merge_topics(actor=cell_manager, keep_id=topic.id, other_id=unknown, now=now)
    with pytest.raises(UnusableChange):
        undo_change(actor=cell_manager, change_id=99, now=now)
    with pytest.raises(NotAllowed):
        split_topic(actor=crew, topic_id=topic.id, demand_ids=every[:1], now=now)


def test_a_problem_that_is_over_is_no_topic_any_more_when_its_demands_are_alone(said, now):
    said(*OUTAGE[:2])
    find_topics(now=now)
    Demand.objects.filter(reference="A2").update(text="电费发票抬头开错了，想改一下")
    find_topics(now=now)
    assert not Demand.objects.filter(topic__isnull=False).exists()


def test_a_worker_sorts_them_every_morning(said, monkeypatch, now):
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now)
    said(*OUTAGE)
    assert sort_topics.call() == {"topics": 1}


def test_the_likely_earlier_demand_is_shown_with_its_probability(said, cell_manager):
    demands = said(*OUTAGE, *LAMPS)
    later = queries.get_demand(actor=cell_manager, demand_id=demands["A2"].pk)
    found = queries.list_earlier(actor=cell_manager, demand=later)
    assert {one.demand.number for one in found} <= {demands["A1"].number, demands["A3"].number}
    assert found
    assert 50 < found[0].percent <= 100
    first = queries.get_demand(actor=cell_manager, demand_id=demands["B1"].pk)
    assert queries.list_earlier(actor=cell_manager, demand=first) == ()


def test_at_the_door_only_day_and_place_of_the_earlier_one_are_said(said, now):
    said(*OUTAGE)
    where = {"city": "南京", "county": "江宁区", "place": "翠岚湾花园"}
    found = queries.find_said_before(key="k", words="我们小区停电了", now=now - timedelta(days=2, hours=12), **where)
    assert (found.day.isoformat(), "翠" in found.place) == ("2021-04-10", True)
    assert queries.find_said_before(key="k", words="想给电动汽车装充电桩", now=now, **where) is None
    assert queries.find_said_before(key="k", words="我们小区停电了", now=now, **{**where, "county": "鼓楼区"}) is None


@pytest.mark.parametrize(
    ("points", "km"), [([], None), ([(118.0, 32.0)] * 2, None), ([(118.0, 32.0), (118.0, 33.0)], 111.2), ([(118, 0), (119, 0)], 111.2)]
)
def test_the_width_is_the_diagonal_of_the_box(points, km):
    assert queries.measure_width_km(points) == (None if km is None else pytest.approx(km, abs=0.1))
