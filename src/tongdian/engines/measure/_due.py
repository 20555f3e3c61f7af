"""
Due dates.

By law (民法典 §§201, 203; read at https://neixun.cn/peixun/ldbj/sangongliuyuanqishierfei/sangongliuyuanqishierfei_057.htm) the starting
day is not counted, a last day that is a day off rolls to the next working day, and the last day ends at 24:00. One utility's practice
instead moves the start into its office hours, 08:30 to 17:30 of a working day, and counts 24 hours for each working day.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from tongdian.engines.measure._clock import CHINA
from tongdian.engines.measure._values import Counting, Due, Limit, Milestone, Party, Procedure, Stop, Unit
from tongdian.kit.calendar import WorkingCalendar

DAY = timedelta(days=1)
WINDOW_OPENS, WINDOW_CLOSES = time(8, 30), time(17, 30)


def due_date(start: date, limit: Limit, calendar: WorkingCalendar, *, stopped: Container[date] = ()) -> Due:
    """
    Return the last day of a limit that starts on a day.

    :param stopped: days that do not count, because the clock stood still (:func:`stopped_days`)
    """
    last = calendar.roll_forward(start) if limit.counting == Counting.WINDOW else start
    left = limit.value
    while left:
        last += DAY
        left -= last not in stopped and (limit.unit != Unit.WORKING_DAY or calendar.is_working_day(last))
    if limit.unit == Unit.CALENDAR_DAY:
        last = calendar.roll_forward(last)
    return Due(date=last, provisional=calendar.is_provisional(last))


def due_moment(
    start: datetime, limit: Limit, calendar: WorkingCalendar, *, zone: tzinfo = CHINA, stopped: Container[date] = ()
) -> datetime:
    """
    Return the moment at which a limit runs out that starts at a moment.

    By law that is the midnight which ends the last day. By the window it is, for working days, the time of day of the start as moved
    into the window; for other units the close of the window on the last day.
    """
    local = start.astimezone(zone)
    if limit.counting == Counting.LAW:
        last = due_date(local.date(), limit, calendar, stopped=stopped).date
        return datetime.combine(last + DAY, time(), zone)
    opened = into_window(local, calendar)
    last = due_date(opened.date(), limit, calendar, stopped=stopped).date
    return datetime.combine(last, opened.time() if limit.unit == Unit.WORKING_DAY else WINDOW_CLOSES, zone)


def into_window(moment: datetime, calendar: WorkingCalendar) -> datetime:
    """
    Return the first moment, not before the given local one, within 08:30 to 17:30 of a working day.
    """
    day = moment.date() if moment.time() <= WINDOW_CLOSES else moment.date() + DAY
    worked = calendar.roll_forward(day)
    if worked == moment.date() and moment.time() >= WINDOW_OPENS:
        return moment
    return datetime.combine(worked, WINDOW_OPENS, moment.tzinfo)


def stopped_days(stops: Iterable[Stop], *, now: datetime, zone: tzinfo = CHINA) -> frozenset[date]:
    """
    Return the days on which a clock stood still: those in (first date, last date] of each stop, of one that lasts until ``now``.
    """
    return frozenset(
        first + offset * DAY
        for stop in stops
        for first in [stop.started_at.astimezone(zone).date()]
        for offset in range(1, ((stop.ended_at or now).astimezone(zone).date() - first).days + 1)
    )


def due_dates(
    procedure: Procedure,
    *,
    opened_on: date,
    done: Mapping[str, date],
    calendar: WorkingCalendar,
    stopped: Container[date] = (),
    agreed: Mapping[str, date] | None = None,
) -> dict[str, Due]:
    """
    Return the due date of every milestone with a limit or an agreed day; a limit counts from the day its start was reached or is due.

    A milestone that is late therefore moves every date that depends on it, once it is reached.

    :param done: milestone code -> the day it was reached
    :param stopped: days that do not count for the utility's milestones
    :param agreed: milestone code -> the day which its party signed for; it takes the place of the limit
    """
    due: dict[str, Due] = {}
    reached = dict(done)
    for step in procedure.milestones:
        start = max((reached[code] for code in _starts(step) if code in reached), default=opened_on)
        if agreed and step.code in agreed:
            due[step.code] = Due(date=agreed[step.code], provisional=False)
        elif step.limit is not None:
            due[step.code] = due_date(start, step.limit, calendar, stopped=stopped if step.party == Party.UTILITY else ())
        reached.setdefault(step.code, due[step.code].date if step.code in due else start)
    return due


def expected_dates(
    procedure: Procedure,
    *,
    opened_on: date,
    done: Mapping[str, date],
    today: date,
    calendar: WorkingCalendar,
    stopped: Container[date] = (),
    agreed: Mapping[str, date] | None = None,
) -> dict[str, date]:
    """
    Return the day on which each milestone that is not reached can be expected, if from today everybody takes the time that was planned.

    Nothing is expected in the past: a milestone that is late today already moves all that depend on it by as many days. A milestone
    without limit or agreed day takes no time of its own.
    """
    due = due_dates(procedure, opened_on=opened_on, done=done, calendar=calendar, stopped=stopped, agreed=agreed)
    planned, expected = dict(done), dict(done)
    for step in procedure.milestones:
        if step.code in done:
            continue
        plan_start = max((planned[code] for code in _starts(step)), default=opened_on)
        start = max((expected[code] for code in _starts(step)), default=opened_on)
        planned[step.code] = due[step.code].date if step.code in due else plan_start
        if step.limit is not None and not (agreed and step.code in agreed):
            day = due_date(start, step.limit, calendar, stopped=stopped if step.party == Party.UTILITY else ()).date
        else:
            day = max(planned[step.code], start + (planned[step.code] - plan_start))
        expected[step.code] = max(day, today, *(expected[code] for code in step.after))
    return {code: day for code, day in expected.items() if code not in done}


def _starts(step: Milestone) -> tuple[str, ...]:
    return (step.limit.since,) if step.limit and step.limit.since else step.after


def lateness(due: date, *, at: date, calendar: WorkingCalendar) -> int:
    """
    Return how many working days a day is after a due date; at least 1 if it is later at all, 0 if it is not.
    """
    return max(1, calendar.working_days_between(due, at)) if at > due else 0


def is_due_soon(due: date, *, today: date, calendar: WorkingCalendar) -> bool:
    """
    Return whether something is due today or up to the next working day.
    """
    return today <= due <= calendar.next_working_day(today)
