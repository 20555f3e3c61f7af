import datetime as dt

import pytest

from tongdian.interfaces.console import parts
from tongdian.interfaces.console.parts import Bar, Clock, Pages, Segment


def clock_of(days, today):
    empty = Bar(segments=(), used_days=0)
    return Clock(days=tuple(days), today=today, whole=empty, utility=empty)


def test_segments_follow_each_other_and_fill_their_share_of_the_ruler():
    drawn = parts.draw_segments((Segment(party="utility", days=4), Segment(party="customer", days=1)), length=10)
    assert [(piece.x, piece.width, piece.party) for piece in drawn] == [(0, 40, "utility"), (40, 10, "customer")]


def test_a_segment_begins_where_it_says_when_that_is_later():
    drawn = parts.draw_segments((Segment(party="utility", days=1), Segment(party="utility", days=2, start=5)), length=10)
    assert [piece.x for piece in drawn] == [0, 50]


def test_intervals_without_a_working_day_are_not_drawn():
    assert parts.draw_segments((Segment(party="customer", days=0),), length=10) == ()


@pytest.mark.parametrize(("value", "of", "share"), [(5, 10, 50), (12, 10, 100), (-1, 10, 0), (1, 0, 0)])
def test_shares_stay_within_the_bar(value, of, share):
    assert parts.percent(value, of) == share


def test_ruler_names_the_month_once_and_marks_today():
    days = [dt.date(2021, 6, 29), dt.date(2021, 6, 30), dt.date(2021, 7, 1), dt.date(2021, 7, 2)]
    ticks = parts.draw_ruler(clock_of(days, today=dt.date(2021, 7, 2)))
    assert [tick.is_new_month for tick in ticks] == [True, False, True, False]
    assert [tick.is_today for tick in ticks] == [False, False, False, True]


def test_long_ruler_thins_its_labels_but_keeps_today():
    days = [dt.date(2021, 1, 1) + dt.timedelta(days=at) for at in range(90)]
    ticks = parts.draw_ruler(clock_of(days, today=days[87]))
    assert sum(tick.shows for tick in ticks) <= parts.LABELS_ON_A_RULER + 1
    assert ticks[87].shows


@pytest.mark.parametrize(("total", "asked", "page", "pages"), [(0, 1, 1, 1), (41, 2, 2, 3), (41, 99, 3, 3), (40, 0, 1, 2)])
def test_a_page_that_does_not_exist_becomes_the_nearest(total, asked, page, pages):
    found = Pages.of(total=total, size=20, asked=asked)
    assert (found.page, found.pages) == (page, pages)


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("", 1), ("x", 1), ("-1", 1), ("²", 1), ("99999999", 1)])
def test_what_is_no_page_number_means_the_first_page(text, number):
    assert parts.page_number(text) == number
