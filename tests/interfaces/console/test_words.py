import datetime as dt

import pytest
from django.utils import timezone, translation

from tongdian.interfaces.console import words
from tongdian.kit.refused import Refused


@pytest.fixture(autouse=True)
def _summer_of_2021():
    words.set_today(dt.date(2021, 6, 30))


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("zh-hans", dt.date(2021, 6, 5), "6月5日"),
        ("en", dt.date(2021, 6, 5), "5 June"),
        ("zh-hans", dt.date(2020, 12, 31), "2020年12月31日"),
        ("en", dt.date(2020, 12, 31), "31 December 2020"),
        ("en", None, ""),
    ],
)
def test_names_the_year_only_when_it_is_another_one(language, day, said):
    with translation.override(language):
        assert words.say_day(day) == said


def test_says_moments_in_the_time_of_the_place():
    moment = dt.datetime(2021, 6, 11, 17, 30, tzinfo=dt.UTC)  # 01:30 of the next day in Shanghai
    with translation.override("zh-hans"):
        assert words.say_moment(moment) == "6月12日 01:30"


def test_says_today_and_tomorrow():
    with translation.override("zh-hans"):
        assert [words.say_due(dt.date(2021, 6, 30) + dt.timedelta(days)) for days in (0, 1, 2)] == ["今天", "明天", "7月2日"]


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(15.0, 1, "15"), (15.25, 1, "15.2"), (24971, 0, "24,971"), (0.5, 2, "0.5"), (100, 0, "100"), (None, 1, "")],
)
def test_leaves_out_trailing_zeros_but_no_digits(value, digits, said):
    assert words.say_number(value, digits) == said


@pytest.mark.parametrize(
    ("language", "yuan", "said"),
    [("zh-hans", 109_400, "10.94 万元"), ("zh-hans", 860, "860 元"), ("en", 109_400, "¥109,400"), ("zh-hans", 826_000, "82.6 万元")],
)
def test_says_amounts_as_each_language_counts(language, yuan, said):
    with translation.override(language):
        assert words.say_yuan(yuan) == said


def test_puts_the_values_of_a_refusal_into_words():
    refused = Refused(
        "Your role does not allow this step (%(action)s). Ask somebody of: %(roles)s.", action="approve_plan", roles="leader, planner"
    )
    with translation.override("en"):
        said = words.say_refusal(refused)
    assert said == "Your role does not allow this step (approve a supply plan). Ask somebody of: Leader, Planner."


def test_translates_a_refusal_before_filling_it():
    with translation.override("zh-hans"):
        said = words.say_refusal(Refused("This plan expired on %(day)s. Ask for a new one.", day="2021-06-30"))
    assert "6月30日" in said
    assert "expired" not in said


def test_leaves_texts_alone_that_only_look_like_lists():
    with translation.override("zh-hans"):
        assert words.say_text("open, but not a code") == "open, but not a code"


def test_takes_the_name_in_the_language_of_the_page():
    document = {"name_zh": "直埋", "name_en": "buried"}
    with translation.override("zh-hans"):
        assert words.say_name(document) == "直埋"
    with translation.override("en"):
        assert words.say_name(document) == "buried"


def test_weekday_follows_the_day():
    with translation.override("zh-hans"):
        assert words.say_weekday(dt.datetime(2021, 6, 30, 8, tzinfo=timezone.get_default_timezone())) == "6月30日 星期三"


def test_an_amount_below_nothing_has_a_true_minus():
    assert words.say_money(-113958.5) == "−113,958.50"
