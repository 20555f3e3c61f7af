"""
Rounds by PyVRP (iterated local search; N. Wouda, L. Lan, W. Kool, "PyVRP: A High-Performance VRP Solver Package", INFORMS Journal on
Computing 36, 2024). The only file that imports it.
"""

import math
from collections.abc import Sequence
from typing import Any

from tongdian.engines.dispatch._values import Crew, Job, Plan, Round, Stop, Travel, Unassigned
from tongdian.kit.geometry import distance_m
from tongdian.kit.refused import N_, Refused

ITERATIONS = 500
PRIZE = 100_000  # worth of one more job, in minutes: no way is too long for a job that fits
DAY = 24 * 60
NO_WAY = 7 * DAY  # minutes: longer than any day, yet small; with PyVRP's own default (near 2**44) its search does not end


class UnusableJob(Refused):
    """
    A job or crew has no place, no time or no name of its own.
    """


def plan_rounds(
    jobs: Sequence[Job], crews: Sequence[Crew], *, travel: Travel | None = None, seed: int = 0, iterations: int = ITERATIONS
) -> Plan:
    """
    Return who does what, in which order and when; as many jobs as fit (by priority), then as little time on the way as found.

    The same input and seed give the same rounds.

    :raises UnusableJob: if a place is none, a duration is not positive, or an identifier stands twice
    """
    _check(jobs, crews)
    way = travel or Travel()
    hopeless = {job.id: reason for job in jobs if (reason := _never(job, crews, way))}
    left = [job for job in jobs if job.id not in hopeless]
    routes = _solve(left, crews, way, seed=seed, iterations=iterations) if left else []
    rounds = tuple(_round(crews[at], [left[client] for client in clients], way) for at, clients in sorted(routes))
    done = {stop.job for found in rounds for stop in found.stops}
    return Plan(
        rounds=rounds,
        unassigned=tuple(Unassigned(job=job.id, reason=hopeless.get(job.id, "no_time")) for job in jobs if job.id not in done),
    )


def _check(jobs: Sequence[Job], crews: Sequence[Crew]) -> None:
    for things in (jobs, crews):
        if len({thing.id for thing in things}) < len(things):
            raise UnusableJob(N_("Two jobs or crews have the same name."))
        for thing in things:
            if not (math.isfinite(thing.lon) and math.isfinite(thing.lat) and abs(thing.lon) <= 180 and abs(thing.lat) <= 90):  # noqa: PLR2004
                raise UnusableJob(N_("%(name)s has no place: give WGS84 longitude and latitude."), name=thing.id)
    for job in jobs:
        if not 0 < job.minutes <= DAY:
            raise UnusableJob(N_("%(name)s takes %(minutes)s minutes: that is no duration within a day."), name=job.id, minutes=job.minutes)


def _minutes(one: Job | Crew, other: Job | Crew, way: Travel) -> tuple[int, int]:
    """
    Return metres and minutes of a way, each rounded up.
    """
    metres = distance_m(one.lon, one.lat, other.lon, other.lat) * way.detour
    return math.ceil(metres), math.ceil(metres / 1000 / way.speed_kmh * 60) + (way.stop_minutes if metres else 0)


def _never(job: Job, crews: Sequence[Crew], way: Travel) -> str:
    """
    Return why no crew can do a job even alone, empty if one can.
    """
    able = [crew for crew in crews if not job.skill or job.skill in crew.skills]
    if not able:
        return "no_skill"
    return "" if any(_fits(crew, [job], way) for crew in able) else "no_hours"


def _fits(crew: Crew, jobs: Sequence[Job], way: Travel) -> bool:
    clock, place = crew.starts, crew
    here: Job | Crew = place
    for job in jobs:
        begins = max(clock + _minutes(here, job, way)[1], job.earliest)
        if begins > job.latest:
            return False
        clock, here = begins + job.minutes, job
    return clock + _minutes(here, crew, way)[1] <= crew.ends


def _solve(jobs: Sequence[Job], crews: Sequence[Crew], way: Travel, *, seed: int, iterations: int) -> list[tuple[int, list[int]]]:
    """
    Return for every crew that goes out its position and those of its jobs, in order.
    """
    import pyvrp
    from pyvrp.stop import MaxIterations

    model = pyvrp.Model()
    homes = [model.add_location(crew.lon, crew.lat) for crew in crews]
    places = [model.add_location(job.lon, job.lat) for job in jobs]
    depots = [model.add_depot(home) for home in homes]
    profiles = [model.add_profile() for _ in crews]
    for crew, depot, profile in zip(crews, depots, profiles, strict=True):
        model.add_vehicle_type(
            1, start_depot=depot, end_depot=depot, tw_early=crew.starts, tw_late=crew.ends, profile=profile, unit_distance_cost=0,
            unit_duration_cost=1,
        )  # fmt: skip
    for job, place in zip(jobs, places, strict=True):
        model.add_client(
            place,
            service_duration=job.minutes,
            tw_early=job.earliest,
            tw_late=job.latest,
            prize=PRIZE * max(1, job.priority),
            required=False,
        )
    ends: list[tuple[Any, Job | Crew]] = [*zip(homes, crews, strict=True), *zip(places, jobs, strict=True)]
    for crew, profile in zip(crews, profiles, strict=True):
        able = [(place, thing) for place, thing in ends if isinstance(thing, Crew) or not thing.skill or thing.skill in crew.skills]
        for one, start in able:
            for other, end in able:
                if one is not other:
                    metres, minutes = _minutes(start, end, way)
                    model.add_edge(one, other, distance=metres, duration=minutes, profile=profile)
    found = model.solve(MaxIterations(iterations), seed=seed, display=False, collect_stats=False, missing_value=NO_WAY)
    if not found.is_feasible():
        return []
    return [(route.vehicle_type(), [stop.idx for stop in route if stop.is_client()]) for route in found.best.routes()]


def _round(crew: Crew, jobs: Sequence[Job], way: Travel) -> Round:
    """
    Return the crew's day: it leaves so that it does not wait before its first job.
    """
    first = _minutes(crew, jobs[0], way)[1]
    clock = max(crew.starts, jobs[0].earliest - first)
    starts, total = clock, 0
    here: Job | Crew = crew
    stops = []
    for job in jobs:
        metres, minutes = _minutes(here, job, way)
        begins = max(clock + minutes, job.earliest)
        stops.append(Stop(job=job.id, begins=begins, ends=begins + job.minutes, travel_minutes=minutes, distance_m=metres))
        clock, here, total = begins + job.minutes, job, total + metres
    metres, minutes = _minutes(here, crew, way)
    return Round(crew=crew.id, stops=tuple(stops), starts=starts, ends=clock + minutes, distance_m=total + metres)
