from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from tongdian.interfaces.console.clocks import to_clock, working_days_after

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(month, day, hour=10):
    return datetime(2021, month, day, hour, tzinfo=SHANGHAI)


def turn(party, start, end):
    return SimpleNamespace(party=party, milestone="", started_at=start, ended_at=end)


def days(working):
    return SimpleNamespace(working_days=working, calendar_days=working, seconds=0.0)


@pytest.fixture
def thread():
    """Opened on Tuesday 13 April; the utility for two days, the customer for two, the utility again since Monday 19 April."""
    turns = (
        turn("utility", at(4, 13), at(4, 14)),
        turn("utility", at(4, 14), at(4, 15)),
        turn("customer", at(4, 15), at(4, 19)),
        turn("utility", at(4, 19), None),
    )
    return SimpleNamespace(
        line=SimpleNamespace(opened_at=at(4, 13), ended_at=None, state="open"),
        clocks=SimpleNamespace(turns=turns, whole=days(5), utility=days(3)),
        milestones=(SimpleNamespace(state="now", due_date=date(2021, 4, 21)), SimpleNamespace(state="todo", due_date=date(2021, 4, 22))),
        whole_limit=SimpleNamespace(value=None, instrument="2021年江苏时限", rule_set="JS-2021", standing="not_found"),
        utility_limit=SimpleNamespace(value=6, instrument="十项承诺", rule_set="SG10-2023", standing="verified"),
    )


def test_every_working_day_belongs_to_one_party(thread):
    clock = to_clock(thread, now=at(4, 20))
    held = [(segment.party, segment.days) for segment in clock.whole.segments if not segment.is_expected]
    assert held == [("utility", 2), ("customer", 2), ("utility", 1)]
    assert sum(length for _, length in held) == clock.whole.used_days


def test_utility_clock_holds_only_its_own_days(thread):
    clock = to_clock(thread, now=at(4, 20))
    assert [(segment.party, segment.days) for segment in clock.utility.segments] == [("utility", 3)]


def test_what_is_expected_lasts_until_the_last_due_date(thread):
    clock = to_clock(thread, now=at(4, 20))
    assert [segment.days for segment in clock.whole.segments if segment.is_expected] == [2]
    assert clock.whole.expected_days == 7


def test_late_case_promises_nothing(thread):
    clock = to_clock(thread, now=at(4, 26))
    assert clock.whole.expected_days is None


def test_ruler_begins_after_the_opening_day_and_leaves_room_behind_the_limit(thread):
    clock = to_clock(thread, now=at(4, 20))
    assert clock.days[0] == date(2021, 4, 14)
    assert len(clock.days) > clock.utility.limit_days


def test_limit_that_was_not_found_says_so_without_a_flag(thread):
    clock = to_clock(thread, now=at(4, 20))
    assert (clock.whole.limit_days, clock.whole.standing) == (None, "not_found")


def test_ruler_skips_days_off_and_takes_swapped_working_days():
    # 2021-04-25 is a Sunday that was worked for the holiday of 1 to 5 May; 8 May a Saturday likewise
    found = list(working_days_after(date(2021, 4, 23), count=8))
    assert found == [date(2021, 4, day) for day in (25, 26, 27, 28, 29, 30)] + [date(2021, 5, 6), date(2021, 5, 7)]
