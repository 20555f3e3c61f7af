"""
Rounds against brute force on small days, and what finds no place named with its reason.
"""

import itertools
import math
import random

import pytest

from tongdian.engines import dispatch
from tongdian.engines.dispatch import Crew, Job
from tongdian.engines.dispatch._pyvrp import _fits, _minutes

TRAVEL = dispatch.Travel()


def crew(name="一班", starts=510, ends=1050, skills=("lv",), lon=118.78, lat=32.04):
    return Crew(id=name, lon=lon, lat=lat, starts=starts, ends=ends, skills=frozenset(skills))


def job(name, lon=118.79, lat=32.05, minutes=60, **more):
    return Job(id=name, lon=lon, lat=lat, minutes=minutes, skill="lv", **more)


def duration(who, jobs):
    clock, here = who.starts, who
    for one in jobs:
        clock = max(clock + _minutes(here, one, TRAVEL)[1], one.earliest) + one.minutes
        here = one
    return clock + _minutes(here, who, TRAVEL)[1] - who.starts


@pytest.mark.parametrize("seed", range(6))
def test_a_small_day_is_as_short_as_brute_force_finds_it(seed):
    dice = random.Random(seed)
    jobs = [job(str(at), lon=118.78 + dice.uniform(-0.05, 0.05), lat=32.04 + dice.uniform(-0.05, 0.05), minutes=30) for at in range(6)]
    plan = dispatch.plan_rounds(jobs, [crew()], seed=1)
    best = min(duration(crew(), order) for order in itertools.permutations(jobs))
    assert plan.unassigned == ()
    assert plan.rounds[0].ends - plan.rounds[0].starts == best


def test_rounds_keep_hours_windows_and_skills():
    dice = random.Random(4)
    crews = [crew("一班"), crew("二班", starts=540, ends=900, skills=("hv",), lon=118.80)]
    jobs = [
        Job(id=str(at), lon=118.78 + dice.uniform(-0.03, 0.03), lat=32.04, minutes=45, skill=("lv", "hv")[at % 2], earliest=540, latest=960)
        for at in range(12)
    ]
    plan = dispatch.plan_rounds(jobs, crews, seed=2)
    by_id = {one.id: one for one in jobs}
    for found in plan.rounds:
        who = next(one for one in crews if one.id == found.crew)
        members = [by_id[stop.job] for stop in found.stops]
        assert _fits(who, members, TRAVEL)
        assert all(one.skill in who.skills for one in members)
        assert all(540 <= stop.begins <= 960 for stop in found.stops)
        assert found.ends <= who.ends
    assert len({stop.job for found in plan.rounds for stop in found.stops}) + len(plan.unassigned) == 12


@pytest.mark.parametrize(
    ("jobs", "crews", "reasons"),
    [
        ([job("a")], [crew(skills=("hv",))], {"a": "no_skill"}),
        ([job("a")], [], {"a": "no_skill"}),
        ([job("a", minutes=600)], [crew()], {"a": "no_hours"}),
        ([job("a", latest=400)], [crew()], {"a": "no_hours"}),
        (
            [job(str(at), minutes=240, priority=1 + (at == 2)) for at in range(3)],
            [crew(starts=510, ends=800)],
            {"0": "no_time", "1": "no_time"},
        ),
    ],
)
def test_what_nobody_does_is_named_with_its_reason(jobs, crews, reasons):
    assert {one.job: one.reason for one in dispatch.plan_rounds(jobs, crews).unassigned} == reasons


def test_the_same_seed_gives_the_same_rounds():
    jobs = [job(str(at), lon=118.78 + at * 0.003) for at in range(8)]
    crews = [crew("一班"), crew("二班")]
    assert dispatch.plan_rounds(jobs, crews, seed=5) == dispatch.plan_rounds(jobs, crews, seed=5)


def test_a_day_without_jobs_has_no_rounds():
    assert dispatch.plan_rounds([], [crew()]) == dispatch.Plan(rounds=(), unassigned=())


def test_two_jobs_at_one_place_need_no_way_between_them():
    plan = dispatch.plan_rounds([job("a"), job("b")], [crew()])
    assert plan.rounds[0].stops[1].travel_minutes == 0


@pytest.mark.parametrize("wrong", [[job("a", lon=math.nan)], [job("a", lat=91)], [job("a", minutes=0)], [job("a"), job("a")]])
def test_a_job_that_cannot_be_is_refused(wrong):
    with pytest.raises(dispatch.UnusableJob):
        dispatch.plan_rounds(wrong, [crew()])
