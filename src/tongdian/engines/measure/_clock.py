"""
Turns and clocks.

By law the starting day is not counted (民法典 §201). A turn therefore counts the days in (first date, last date]: consecutive turns add
up to the whole without gap or overlap.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from tongdian.engines.measure._values import Clocks, Duration, Milestone, Party, Stop, Turn
from tongdian.kit.calendar import WorkingCalendar

CHINA = ZoneInfo("Asia/Shanghai")


def ball(milestones: Sequence[Milestone], done: Container[str]) -> Milestone | None:
    """
    Return the milestone whose party must act: the first one that is not reached while all before it are; None at the end.
    """
    return next((step for step in milestones if step.code not in done and all(code in done for code in step.after)), None)


def turns(
    milestones: Sequence[Milestone],
    done: Mapping[str, datetime],
    *,
    started_at: datetime,
    ended_at: datetime | None,
    stops: Sequence[Stop] = (),
) -> tuple[Turn, ...]:
    """
    Divide the time from the start of a case into the turns of the parties: at every moment exactly one milestone is waited for.

    :param done: milestone code -> when it was reached
    :param ended_at: when the case ended, None while it is open
    :param stops: when the clock stood still, and why; a turn is cut there, and its party stays the one that is waited for
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
    return tuple(piece for turn in found for piece in _cut(turn, stops))


def clocks(turns: Sequence[Turn], *, now: datetime, calendar: WorkingCalendar, zone: tzinfo = CHINA) -> Clocks:
    """
    Add up the turns: the whole process, every party, and the utility alone without the time in which its clock was stopped.

    The parties add up to the whole; ``utility`` and ``stopped`` add up to the utility's share of it.

    :param now: until when a turn that lasts is counted; nothing that is told of the case happened later
    """
    parties = list(dict.fromkeys(turn.party for turn in turns))
    by_party = tuple((party, _sum((turn for turn in turns if turn.party == party), now, calendar, zone)) for party in parties)
    own = [turn for turn in turns if turn.party == Party.UTILITY]
    return Clocks(
        whole=_sum(turns, now, calendar, zone),
        utility=_sum((turn for turn in own if turn.stop_reason is None), now, calendar, zone),
        stopped=_sum((turn for turn in own if turn.stop_reason is not None), now, calendar, zone),
        by_party=by_party,
        turns=tuple(turns),
    )


def _cut(turn: Turn, stops: Sequence[Stop]) -> Iterator[Turn]:
    """
    Cut a turn where stops begin and end; the pieces within a stop carry its reason.
    """
    moments = {moment for stop in stops for moment in (stop.started_at, stop.ended_at) if moment is not None}
    inside = sorted(moment for moment in moments if turn.started_at < moment and (turn.ended_at is None or moment < turn.ended_at))
    for start, end in pairwise([turn.started_at, *inside, turn.ended_at]):
        assert start is not None
        covering = (stop for stop in stops if stop.started_at <= start and (stop.ended_at is None or start < stop.ended_at))
        yield replace(turn, started_at=start, ended_at=end, stop_reason=next((stop.reason for stop in covering), None))


def _sum(turns: Iterable[Turn], now: datetime, calendar: WorkingCalendar, zone: tzinfo) -> Duration:
    calendar_days, working_days, seconds = 0, 0, 0.0
    for turn in turns:
        end = turn.ended_at or max(now, turn.started_at)
        first, last = turn.started_at.astimezone(zone).date(), end.astimezone(zone).date()
        calendar_days += (last - first).days
        working_days += calendar.working_days_between(first, last)
        seconds += (end - turn.started_at).total_seconds()
    return Duration(calendar_days=calendar_days, working_days=working_days, seconds=seconds)
