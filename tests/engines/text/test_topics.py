import dataclasses
import random
from datetime import datetime, timedelta, timezone

import pytest

from tongdian.engines.text import Demand, RepeatedDemand, compare_places, find_earlier, find_topics, parse_place
from tongdian.engines.text._topics import LARGEST

DARK = ("家里突然停电了，什么时候来电", "整个小区都没电，抢修车来了没有", "又停电了，摸黑做饭，几点来电", "停电两个小时了，没人来修")
TREE = ("树枝碰到电线了，请来修剪", "香樟长到电线里去了，该锯了", "行道树的枝条压着线，请砍一砍")


def sizes(topics):
    return sorted(len(topic.demand_ids) for topic in topics)


def test_one_outage_told_by_many_with_a_misspelt_place_is_one_topic(model, say):
    places = ("翠岚湾花园", "翠兰湾", "翠岚湾12幢", "翠湾")
    told = [say(text, place, f"2021-05-10 20:0{n}") for n, (text, place) in enumerate(zip(DARK, places, strict=True))]
    (topic,) = find_topics(told, model)
    assert topic.demand_ids == ("D1", "D2", "D3", "D4")
    assert (topic.category, topic.place, topic.heat) == ("unplanned_outage", "翠岚湾花园", (("2021-05-10", 4),))
    assert topic.title == "翠岚湾花园5月10日突然停电"


def test_another_problem_at_the_same_place_is_another_topic(model, say):
    told = [say(text, "翠岚湾") for text in DARK] + [say(text, "翠岚湾") for text in TREE]
    topics = find_topics(told, model)
    assert [(topic.category, len(topic.demand_ids)) for topic in topics] == [("unplanned_outage", 4), ("tree_conflict", 3)]


def test_the_same_problem_elsewhere_is_another_topic(model, say):
    told = [say(text, "翠岚湾") for text in DARK] + [say(text, "桐芳里") for text in DARK]
    told += [say(text, "翠岚湾", county="浦口区") for text in DARK]
    assert sizes(find_topics(told, model)) == [4, 4, 4]


def test_an_outage_weeks_later_is_another_topic(model, say):
    told = [say(text, "翠岚湾") for text in DARK] + [say(text, "翠岚湾", "2021-06-09 20:00") for text in DARK]
    assert sizes(find_topics(told, model)) == [4, 4]


def test_two_buildings_matter_only_where_each_has_its_own_elevator(model, say):
    wish = ("想在车位上装充电桩，物业不肯盖章", "充电桩的申请被退回来了，物业不同意", "买了电动车，充电桩什么时候能装上")
    told = [say(text, f"兰庄新村{building}幢") for building in (7, 21) for text in wish]
    assert sizes(find_topics(told, model)) == [6]
    renamed = tuple("elevator_connection" if label == "ev_charger_connection" else label for label in model.labels)
    assert sizes(find_topics(told, dataclasses.replace(model, labels=renamed))) == [3, 3]


def test_two_outages_of_one_place_a_week_apart_are_two_topics(model, say):
    told = [say(text, "翠岚湾", f"2021-05-{day} 20:00") for day in (10, 17) for text in DARK]
    assert sizes(find_topics(told, model)) == [4, 4]


def test_times_of_any_year_and_zone_are_compared(model, say):
    zone = timezone(timedelta(hours=8))
    told = [say(DARK[n], "翠岚湾") for n in range(2)]
    away = [dataclasses.replace(one, reported_at=one.reported_at.replace(tzinfo=zone)) for one in told]
    assert sizes(find_topics(away, model)) == [2]
    first, last = say(DARK[0], "翠岚湾", "0001-01-01 00:00"), say(DARK[1], "翠岚湾", "9999-12-31 23:59")
    assert find_topics([first, last], model) == ()


def test_single_demands_and_empty_ones_belong_to_no_topic(model, say):
    told = [say(DARK[0], "翠岚湾"), say(TREE[0], "桐芳里"), say("", "翠岚湾"), say("  ", "翠岚湾")]
    assert find_topics(told, model) == ()
    assert find_topics([], model) == ()


def test_demands_without_a_time_still_join_by_place_and_meaning(model, say):
    (topic,) = find_topics([say(text, "翠岚湾", None) for text in TREE], model)
    assert (len(topic.demand_ids), topic.first_at, topic.heat, topic.title) == (3, None, (), "翠岚湾树枝碰线")


def test_an_identifier_used_twice_is_refused(model, say):
    one = say(DARK[0])
    with pytest.raises(RepeatedDemand, match="D1"):
        find_topics([one, one], model)


def test_the_order_of_rows_changes_no_topic(model, say):
    told = [say(text, place) for place in ("翠岚湾", "桐芳里") for text in (*DARK, *TREE)]
    shuffled = random.Random(7).sample(told, len(told))
    assert {topic.demand_ids for topic in find_topics(shuffled, model)} == {topic.demand_ids for topic in find_topics(told, model)}


def test_a_topic_larger_than_what_is_joined_at_once_stays_one(model):
    start = datetime.fromisoformat("2021-05-10 20:00")
    count = LARGEST + 50
    told = [
        Demand(id=f"{n:05d}", text=DARK[n % 4], reported_at=start + timedelta(minutes=n / 10), city="南京", county="秦淮区", place="翠岚湾")
        for n in range(count)
    ]
    assert sizes(find_topics(told, model)) == [count]


def test_an_earlier_demand_about_the_same_is_shown_before_submitting(model, say):
    earlier = [say(DARK[1], "翠岚湾花园"), say(TREE[0], "翠岚湾花园"), say(DARK[2], "桐芳里"), say(DARK[2], "翠岚湾", county="浦口区")]
    found = find_earlier(say(DARK[0], "翠兰湾", "2021-05-10 20:30"), earlier, model)
    assert [likely.demand_id for likely in found] == ["D1"]
    assert found[0].probability > 0.5
    assert found[0].same_place == pytest.approx(0.95)
    assert find_earlier(say("", "翠兰湾"), earlier, model) == ()
    assert find_earlier(say(DARK[0], "翠兰湾"), [], model) == ()


@pytest.mark.parametrize(
    ("text", "core", "building", "unit"),
    [
        ("翠岚湾花园3幢2单元", "翠岚湾", "3", "2"),
        ("秦淮区集庆门十二栋", "集庆门", "12", ""),
        ("南京市秦淮区饮马坊08号楼", "饮马坊", "8", ""),
        ("花木大道", "花木大道", "", ""),
        ("二十幢", "二十幢", "20", ""),
        ("", "", "", ""),
    ],
)
def test_a_place_is_read_into_name_building_and_unit(text, core, building, unit):
    place = parse_place(text, "南京", "秦淮区")
    assert (place.core, place.building, place.unit) == (core, building, unit)


@pytest.mark.parametrize(
    ("one", "two", "least", "most"),
    [
        ("翠岚湾", "翠岚湾", 1.0, 1.0),
        ("翠岚湾", "翠兰弯", 0.95, 0.95),
        ("汉御", "汉御花城", 0.9, 0.9),
        ("淮东路", "淮涟东路", 0.8, 0.8),
        ("颜圩花木道", "颜圩草木道", 0.7, 0.7),
        ("桐芳里", "桐泾里", 0.0, 0.45),
        ("翠岚湾", "石垣城", 0.0, 0.1),
        ("湾", "翠岚湾", 0.3, 0.3),
        ("湾", "石垣城", 0.0, 0.0),
        ("", "翠岚湾", 0.0, 0.0),
    ],
)
def test_places_are_compared_by_sound_and_abbreviation(one, two, least, most):
    assert least <= compare_places(one, two) <= most
    assert compare_places(one, two) == compare_places(two, one)
