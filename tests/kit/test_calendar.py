"""
The working calendar, against the State Council's notices as the swapped days of single years show them.
"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.kit import calendar as module
from tongdian.kit import tables
from tongdian.kit.calendar import CERTAIN_HOLIDAYS, WorkingCalendar, national_calendar

CALENDAR = national_calendar()
DAYS = st.dates(min_value=date(2003, 1, 1), max_value=date(2040, 12, 31))
NEAR = st.integers(min_value=0, max_value=40)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2021, 2, 7), True),  # a Sunday, worked for Spring Festival
        (date(2021, 2, 11), False),  # New Year's Eve, a Thursday
        (date(2021, 6, 14), False),  # Dragon Boat, a Monday
        (date(2021, 10, 9), True),  # a Saturday, worked for the National Day week
        (date(2025, 5, 2), False),  # a holiday since 2025
        (date(2025, 4, 27), True),  # a Sunday, worked for Labour Day
    ],
)
def test_swapped_days_follow_the_notice(day, worked):
    assert CALENDAR.is_working_day(day) is worked
    assert not CALENDAR.is_provisional(day)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_certain_days_were_days_off_in_every_year_of_the_regulation(year):
    assert [date(year, *day) for day in CERTAIN_HOLIDAYS if CALENDAR.is_working_day(date(year, *day))] == []


@given(DAYS)
def test_every_day_of_any_year_is_worked_or_not_and_a_year_without_a_notice_is_provisional(day):
    assert isinstance(CALENDAR.is_working_day(day), bool)
    assert CALENDAR.is_provisional(day) == (day.year not in range(2004, 2027))


@pytest.mark.parametrize(
    ("day", "worked"),
    [(date(2027, 5, 2), False), (date(2027, 10, 1), False), (date(2027, 10, 5), True), (date(2027, 10, 9), False)],
)
def test_beyond_the_notices_weekends_and_certain_holidays_are_off(day, worked):
    assert CALENDAR.is_working_day(day) is worked


@given(DAYS, NEAR)
def test_adding_working_days_lands_on_the_day_that_counting_finds(start, count):
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.working_days_between(start, end) == count
    assert count == 0 or CALENDAR.is_working_day(end)


@given(DAYS, NEAR, NEAR)
def test_working_days_add_up_over_any_day_between(start, first, second):
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = CALENDAR.working_days_between(start, end)
    assert whole == CALENDAR.working_days_between(start, middle) + CALENDAR.working_days_between(middle, end)
    assert 0 <= whole <= first + second


@given(DAYS, NEAR)
def test_more_working_days_never_end_earlier(start, count):
    assert CALENDAR.add_working_days(start, count) < CALENDAR.add_working_days(start, count + 1)


@given(DAYS)
def test_rolling_forward_stays_on_a_working_day_and_skips_none(day):
    rolled = CALENDAR.roll_forward(day)
    assert CALENDAR.is_working_day(rolled)
    assert CALENDAR.working_days_between(day - timedelta(days=1), rolled) == 1


def test_a_single_day_of_ones_own_leaves_the_rest_of_its_year_as_published():
    calendar = national_calendar({date(2021, 6, 15): False})
    assert not calendar.is_working_day(date(2021, 6, 15))
    assert not calendar.is_working_day(date(2021, 6, 14))
    assert calendar.is_working_day(date(2021, 2, 7))


def test_a_notice_of_ones_own_ends_the_doubt_about_its_year():
    calendar = WorkingCalendar(own={date(2027, 2, 5): False, date(2027, 2, 14): True}, own_years=frozenset({2027}))
    assert not calendar.is_provisional(date(2027, 2, 5))
    assert [calendar.is_working_day(date(2027, 2, day)) for day in (4, 5, 13, 14)] == [True, False, False, True]


def test_own_tables_are_read_from_the_data_folder(tmp_path, monkeypatch):
    (tmp_path / "data" / "calendar").mkdir(parents=True)
    (tmp_path / "data" / "calendar" / "2027.csv").write_text("date,is_working_day\n2027-02-05,0\n2027-02-14,1\n", encoding="utf-8")
    monkeypatch.setattr(tables, "files", lambda _: tmp_path)
    module._read_own.cache_clear()
    try:
        calendar = national_calendar()
    finally:
        module._read_own.cache_clear()
    assert calendar.own_years == {2027}
    assert [calendar.is_working_day(date(2027, 2, day)) for day in (5, 14)] == [False, True]
