"""
When limits run out: by law, by the window of one utility's practice, and with the clock stopped.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tongdian.engines import measure
from tongdian.engines.measure import Counting, Limit, Stop, Unit
from tongdian.kit.calendar import national_calendar
from tongdian.kit.tables import data_file

CALENDAR = national_calendar()
CHINA = ZoneInfo("Asia/Shanghai")
ELEVATOR = measure.parse_procedure(data_file("procedures/elevator.toml").read_text(encoding="utf-8"))


def at(day, hour=9, minute=0):
    return datetime(2021, 6, day, hour, minute, tzinfo=CHINA)


def limit(value, unit=Unit.WORKING_DAY, counting=Counting.LAW):
    return Limit(value=value, unit=unit, since="", rule="", counting=counting)


def test_by_law_the_last_day_ends_at_midnight():
    assert measure.due_moment(at(8, 16), limit(2), CALENDAR) == datetime(2021, 6, 11, 0, 0, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (at(8, 10, 15), at(9, 10, 15)),  # within the window: 24 hours later
        (at(8, 7), at(9, 8, 30)),  # before it opens: from 08:30 on
        (at(8, 18), at(10, 8, 30)),  # after it closes: from the next day's 08:30 on
        (at(11, 17, 30), at(15, 17, 30)),  # over the Dragon Boat holiday
        (at(12, 10), at(16, 8, 30)),  # a day off: from the next working day's 08:30 on
        (at(11, 17, 31), at(16, 8, 30)),  # a Friday evening before it
    ],
)
def test_by_the_window_a_working_day_is_24_hours_from_a_start_within_office_hours(start, due):
    assert measure.due_moment(start, limit(1, counting=Counting.WINDOW), CALENDAR) == due


def test_by_the_window_other_limits_end_when_the_window_closes():
    next_day = limit(1, Unit.NEXT_DAY, Counting.WINDOW)
    assert measure.due_moment(at(8, 10), next_day, CALENDAR) == at(9, 17, 30)


def test_by_the_window_a_day_off_starts_on_the_next_working_day():
    assert measure.due_date(date(2021, 6, 12), limit(1, counting=Counting.WINDOW), CALENDAR).date == date(2021, 6, 16)
    assert measure.due_date(date(2021, 6, 12), limit(1), CALENDAR).date == date(2021, 6, 15)


def test_moments_of_another_zone_count_as_china_s_days():
    late_evening_in_utc = at(9, 1).astimezone(ZoneInfo("UTC"))
    assert late_evening_in_utc.day == 8
    assert measure.due_moment(late_evening_in_utc, limit(1), CALENDAR) == datetime(2021, 6, 11, 0, 0, tzinfo=CHINA)


def test_a_stop_moves_the_due_date_by_its_days():
    stop = Stop(reason="force_majeure", started_at=at(8), ended_at=at(10))
    stopped = measure.stopped_days([stop], now=at(20))
    assert stopped == {date(2021, 6, 9), date(2021, 6, 10)}
    assert measure.due_date(date(2021, 6, 8), limit(1), CALENDAR, stopped=stopped).date == date(2021, 6, 11)


def test_a_stop_that_lasts_counts_until_now():
    assert measure.stopped_days([Stop(reason="force_majeure", started_at=at(8), ended_at=None)], now=at(10)) == {
        date(2021, 6, 9),
        date(2021, 6, 10),
    }


def test_the_utility_s_clock_leaves_out_the_stop_and_says_why():
    stop = Stop(reason="force_majeure", started_at=at(8), ended_at=at(10))
    turns = measure.turns(ELEVATOR.milestones, {"application": at(7)}, started_at=at(7), ended_at=at(11), stops=[stop])
    assert [(turn.milestone, turn.stop_reason) for turn in turns] == [
        ("plan_reply", None),
        ("plan_reply", "force_majeure"),
        ("plan_reply", None),
    ]
    clocks = measure.clocks(turns, now=at(20), calendar=CALENDAR)
    assert (clocks.whole.working_days, clocks.utility.working_days, clocks.stopped.working_days) == (4, 2, 2)


@pytest.mark.parametrize(("reason", "length", "fault"), [("", 1, "only with a reason"), ("force_majeure", -1, "ends before it begins")])
def test_a_stop_has_a_reason_and_a_length(reason, length, fault):
    with pytest.raises(ValueError, match=fault):
        Stop(reason=reason, started_at=at(8), ended_at=at(8) + timedelta(days=length))


def test_a_late_milestone_moves_what_depends_on_it():
    """
    Opened on Monday 7 June. The plan is replied two working days after the application, the survey follows two after the customer's
    acceptance; 12 to 14 June is a holiday. The contract shares the survey's visit, meter and power on follow on the next day.
    """
    planned = measure.due_dates(ELEVATOR, opened_on=date(2021, 6, 7), done={}, calendar=CALENDAR)
    assert {code: due.date.day for code, due in planned.items()} == {
        "application": 7,
        "plan_reply": 9,
        "survey": 11,
        "contract": 11,
        "meter": 12,
        "power_on": 12,
    }
    late = measure.due_dates(ELEVATOR, opened_on=date(2021, 6, 7), done={"plan_reply": date(2021, 6, 10)}, calendar=CALENDAR)
    assert {code: due.date.day for code, due in late.items()} == {
        "application": 7,
        "plan_reply": 9,
        "survey": 15,
        "contract": 15,
        "meter": 16,
        "power_on": 16,
    }


def test_a_stop_moves_the_utility_s_dates():
    stopped = measure.stopped_days([Stop(reason="force_majeure", started_at=at(7), ended_at=at(8))], now=at(8))
    moved = measure.due_dates(ELEVATOR, opened_on=date(2021, 6, 7), done={}, calendar=CALENDAR, stopped=stopped)
    assert moved["plan_reply"].date == date(2021, 6, 10)
