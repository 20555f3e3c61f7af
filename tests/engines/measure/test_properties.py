"""
What holds for every procedure, every course of a case and every stop of its clock.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.engines import measure
from tongdian.engines.measure import Limit, Milestone, Party, Stop, Unit
from tongdian.kit.calendar import national_calendar

CALENDAR = national_calendar()
START = datetime(2021, 4, 1, 1, tzinfo=UTC)
MINUTES = st.integers(min_value=0, max_value=60 * 24 * 120)


def moment(minutes):
    return START + timedelta(minutes=minutes)


@st.composite
def networks(draw):
    """Milestones that wait for any of those before them, and so are acyclic, held by any party."""
    return tuple(
        Milestone(
            code=f"m{at}",
            name_zh="x",
            name_en="x",
            after=tuple(f"m{before}" for before in sorted(draw(st.sets(st.integers(min_value=0, max_value=at - 1), max_size=3))))
            if at
            else (),
            party=draw(st.sampled_from(Party)),
            role="crew",
            visit="",
            effect="",
            limit=None,
            evidence=(),
        )
        for at in range(draw(st.integers(min_value=1, max_value=7)))
    )


@st.composite
def courses(draw):
    """A case: its milestones, and when some of them were reached, each after those it waits for."""
    milestones, done = draw(networks()), {}
    for step in milestones:
        if all(code in done for code in step.after) and draw(st.booleans()):
            done[step.code] = max((done[code] for code in step.after), default=START) + timedelta(minutes=draw(MINUTES) // 10)
    return milestones, done


@st.composite
def stops(draw):
    times = sorted(draw(st.lists(MINUTES, max_size=6, unique=True)))
    pairs = list(zip(times[::2], times[1::2], strict=False))
    found = [Stop(reason=f"r{at}", started_at=moment(first), ended_at=moment(last)) for at, (first, last) in enumerate(pairs)]
    return [*found, Stop(reason="lasting", started_at=moment(times[-1]), ended_at=None)] if len(times) % 2 else found


def total(durations):
    lengths = list(durations)
    return tuple(sum(getattr(length, name) for length in lengths) for name in ("calendar_days", "working_days", "seconds"))


@given(courses(), stops())
def test_the_turns_follow_each_other_without_gap_or_overlap_from_the_start_on(course, stopped):
    milestones, done = course
    turns = measure.turns(milestones, done, started_at=START, ended_at=None, stops=stopped)
    is_ended = len(done) == len(milestones)
    assert turns == () or turns[0].started_at == START
    assert all(first.ended_at == second.started_at for first, second in pairwise(turns))
    assert is_ended or turns[-1].ended_at is None
    assert not is_ended or (turns[-1].ended_at if turns else START) == max(done.values())


@given(courses())
def test_every_turn_waits_for_a_milestone_that_is_open_and_whose_predecessors_are_reached(course):
    milestones, done = course
    steps = {step.code: step for step in milestones}
    for turn in measure.turns(milestones, done, started_at=START, ended_at=None):
        assert steps[turn.milestone].party == turn.party
        assert done.get(turn.milestone, turn.started_at + timedelta(days=1)) > turn.started_at
        assert all(done[code] <= turn.started_at for code in steps[turn.milestone].after)


@given(courses(), stops(), MINUTES)
def test_parties_add_up_to_the_whole_and_the_utility_s_two_parts_to_its_share(course, stopped, now):
    milestones, done = course
    now = max([moment(now), *done.values(), *(stop.ended_at or stop.started_at for stop in stopped)])
    clocks = measure.clocks(measure.turns(milestones, done, started_at=START, ended_at=None, stops=stopped), now=now, calendar=CALENDAR)
    assert total(length for _, length in clocks.by_party) == pytest.approx(total([clocks.whole]))
    share = [length for party, length in clocks.by_party if party == Party.UTILITY]
    assert total([clocks.utility, clocks.stopped]) == pytest.approx(total(share))


@given(courses(), stops(), MINUTES)
def test_stops_change_no_total_but_the_utility_s_and_that_only_downwards(course, stopped, now):
    milestones, done = course
    now = max([moment(now), *done.values(), *(stop.ended_at or stop.started_at for stop in stopped)])
    with_stops, without = (
        measure.clocks(measure.turns(milestones, done, started_at=START, ended_at=None, stops=some), now=now, calendar=CALENDAR)
        for some in (stopped, [])
    )
    assert total([with_stops.whole]) == pytest.approx(total([without.whole]))
    assert with_stops.utility.working_days <= without.utility.working_days
    assert with_stops.utility.seconds <= without.utility.seconds + 1e-6


@given(courses(), MINUTES, MINUTES)
def test_clocks_never_run_backwards(course, first, second):
    milestones, done = course
    turns = measure.turns(milestones, done, started_at=START, ended_at=None)
    last = max([START, *done.values()])
    earlier, later = (
        measure.clocks(turns, now=last + timedelta(minutes=minutes), calendar=CALENDAR) for minutes in sorted((first, second))
    )
    assert all(before <= after for before, after in zip(total([earlier.whole]), total([later.whole]), strict=True))
    assert all(before <= after for before, after in zip(total([earlier.utility]), total([later.utility]), strict=True))


@given(
    st.dates(min_value=START.date()),
    st.integers(min_value=0, max_value=60),
    st.sampled_from([Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.NEXT_DAY]),
)
def test_a_longer_limit_and_a_later_start_are_never_due_earlier(start, value, unit):
    start = min(start, datetime(2035, 1, 1, tzinfo=UTC).date())

    def due(day, count):
        return measure.due_date(day, Limit(value=count, unit=unit, since="", rule=""), CALENDAR).date

    assert start <= due(start, value) <= due(start, value + 1)
    assert due(start, value) <= due(start + timedelta(days=1), value)


@given(st.integers(min_value=1, max_value=20), st.integers(min_value=0, max_value=30), st.sampled_from([Unit.WORKING_DAY, Unit.NEXT_DAY]))
def test_days_of_a_stop_do_not_count(value, length, unit):
    limit = Limit(value=value, unit=unit, since="", rule="")
    stop = Stop(reason="force_majeure", started_at=START, ended_at=START + timedelta(days=length))
    stopped = measure.stopped_days([stop], now=START)
    assert len(stopped) == length
    resumed = measure.due_date(START.date() + timedelta(days=length), limit, CALENDAR)
    assert measure.due_date(START.date(), limit, CALENDAR, stopped=stopped) == resumed
