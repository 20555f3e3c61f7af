"""
Due dates, turns and clocks.

Counting by law (民法典 §§200-203): the starting day is not counted, and a last day that is a day off rolls to the next working day. A
turn therefore counts the days in (first date, last date]: consecutive turns add up to the whole without gap or overlap.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from tongdian.engines.measure._values import Clocks, Due, Duration, Limit, Milestone, Party, Procedure, Turn, Unit
from tongdian.kit.calendar import WorkingCalendar

CHINA = ZoneInfo("Asia/Shanghai")


def ball(milestones: Sequence[Milestone], done: Container[str]) -> Milestone | None:
    """
    Return the milestone whose party must act: the first one that is not reached while all before it are; None at the end.
    """
    return next((step for step in milestones if step.code not in done and all(code in done for code in step.after)), None)


def turns(
    milestones: Sequence[Milestone], done: Mapping[str, datetime], *, started_at: datetime, ended_at: datetime | None
) -> tuple[Turn, ...]:
    """
    Divide the time from the start of a case into the turns of the parties: at every moment exactly one milestone is waited for.

    :param done: milestone code -> when it was reached
    :param ended_at: when the case ended, None while it is open
    """
    found: list[Turn] = []
    reached: set[str] = set()
    at = started_at
    for code in sorted(done, key=lambda code: (done[code], [step.code for step in milestones].index(code))):
        holder = ball(milestones, reached)
        if holder is not None and done[code] > at:
            found.append(Turn(party=holder.party, milestone=holder.code, started_at=at, ended_at=done[code]))
            at = done[code]
        reached.add(code)
    holder = ball(milestones, reached)
    if holder is not None and (ended_at is None or ended_at > at):
        found.append(Turn(party=holder.party, milestone=holder.code, started_at=at, ended_at=ended_at))
    return tuple(found)


def clocks(turns: Sequence[Turn], *, now: datetime, calendar: WorkingCalendar, zone: tzinfo = CHINA) -> Clocks:
    """
    Add up the turns: the whole process, the utility alone, and every party.

    :param now: until when a turn that lasts is counted
    """
    parties = list(dict.fromkeys(turn.party for turn in turns))
    by_party = tuple((party, _sum((turn for turn in turns if turn.party == party), now, calendar, zone)) for party in parties)
    utility = next((duration for party, duration in by_party if party == Party.UTILITY), _sum((), now, calendar, zone))
    return Clocks(whole=_sum(turns, now, calendar, zone), utility=utility, by_party=by_party, turns=tuple(turns))


def due_date(start: date, limit: Limit, calendar: WorkingCalendar) -> Due:
    """
    Return the last day of a limit that starts on a day.
    """
    if limit.unit == Unit.WORKING_DAY:
        last = calendar.add_working_days(start, limit.value)
    else:
        last = start + timedelta(days=limit.value)
        if limit.unit == Unit.CALENDAR_DAY:
            last = calendar.roll_forward(last)
    return Due(date=last, provisional=calendar.is_provisional(last))


def due_dates(procedure: Procedure, *, opened_on: date, done: Mapping[str, date], calendar: WorkingCalendar) -> dict[str, Due]:
    """
    Return the due date of every milestone with a limit, counted from the day its start was reached or is due itself.

    A milestone that is late therefore moves every date that depends on it, once it is reached.

    :param done: milestone code -> the day it was reached
    """
    due: dict[str, Due] = {}
    reached = dict(done)
    for step in procedure.milestones:
        starts = [step.limit.since] if step.limit and step.limit.since else list(step.after)
        start = max((reached[code] for code in starts if code in reached), default=opened_on)
        if step.limit is not None:
            due[step.code] = due_date(start, step.limit, calendar)
            start = due[step.code].date
        reached.setdefault(step.code, start)
    return due


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


def _sum(turns: Iterable[Turn], now: datetime, calendar: WorkingCalendar, zone: tzinfo) -> Duration:
    calendar_days, working_days, seconds = 0, 0, 0.0
    for turn in turns:
        end = turn.ended_at or max(now, turn.started_at)
        first, last = turn.started_at.astimezone(zone).date(), end.astimezone(zone).date()
        calendar_days += (last - first).days
        working_days += calendar.working_days_between(first, last)
        seconds += (end - turn.started_at).total_seconds()
    return Duration(calendar_days=calendar_days, working_days=working_days, seconds=seconds)
