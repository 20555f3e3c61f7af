"""
The two clocks of a case on one ruler of working days.
"""

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from tongdian.apps.cases.queries import CaseThread, get_working_days
from tongdian.interfaces.console.parts import Bar, Clock, Segment
from tongdian.interfaces.console.words import speaks_chinese

LONGEST_DAYS = 400
SHORTEST_DAYS = 3
LIMIT_ROOM = 1.4  # behind the flag of a limit stand its words
END_ROOM = 1.15


def to_clock(thread: CaseThread, *, now: datetime) -> Clock:
    """
    Return the clocks of a case as they are drawn: its parties' turns, what is still expected, and the limits.

    As the law counts, the starting day has no place on the ruler: it begins with the working day after it.
    """
    opened, today = timezone.localdate(thread.line.opened_at), timezone.localdate(thread.line.ended_at or now)
    turns = _join((str(turn.party), _days(turn.started_at, turn.ended_at or thread.line.ended_at or now)) for turn in thread.clocks.turns)
    ahead = _expected_days(thread, today)
    expected = (Segment(party="utility", days=ahead, is_expected=True),) if ahead else ()
    whole = Bar(
        segments=(*(Segment(party=party, days=days) for party, days in turns), *expected),
        used_days=thread.clocks.whole.working_days,
        expected_days=thread.clocks.whole.working_days + ahead if ahead else None,
        **_limit(thread.whole_limit),
    )
    utility = Bar(
        segments=tuple(Segment(party=party, days=days) for party, days in _join(turn for turn in turns if turn[0] == "utility")),
        used_days=thread.clocks.utility.working_days,
        **_limit(thread.utility_limit),
    )
    limit = max(whole.limit_days or 0, utility.limit_days or 0)
    length = math.ceil(max(LIMIT_ROOM * limit, END_ROOM * (whole.used_days + ahead), SHORTEST_DAYS))
    days = tuple(working_days_after(opened, count=length))
    return Clock(days=days, today=today if thread.line.state == "open" else None, whole=whole, utility=utility)


def working_days_after(start: date, *, count: int) -> Iterable[date]:
    """
    Yield the next working days after a day.
    """
    day, found = start, 0
    while found < count and (day - start).days < LONGEST_DAYS:
        day += timedelta(days=1)
        if get_working_days(start=day - timedelta(days=1), end=day):
            found += 1
            yield day


def _join(turns: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """
    Return turns of at least one day, those of one party that follow each other as one.
    """
    joined: list[tuple[str, int]] = []
    for party, days in turns:
        if joined and days and joined[-1][0] == party:
            joined[-1] = (party, joined[-1][1] + days)
        elif days:
            joined.append((party, days))
    return joined


def _days(start: datetime, end: datetime) -> int:
    return get_working_days(start=timezone.localdate(start), end=timezone.localdate(end))


def _expected_days(thread: CaseThread, today: date) -> int:
    """
    Return the working days until the last milestone is due, 0 when the case has ended or that day has passed.
    """
    due = [milestone.due_date for milestone in thread.milestones if milestone.state != "done" and milestone.due_date]
    if thread.line.state != "open" or not due or max(due) <= today:
        return 0
    return get_working_days(start=today, end=max(due))


def _limit(rule: Any) -> dict[str, Any]:  # noqa: ANN401 - a time limit as the procedure names it
    if rule is None:
        return {}
    source = rule.instrument if speaks_chinese() else rule.rule_set
    return {"limit_days": rule.value, "source": source, "standing": rule.standing}
