"""
Crews, and who of them goes where on a day, in which order and when.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite
from operator import itemgetter

from django.db import transaction
from django.utils import timezone

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.people.rules import Role
from tongdian.apps.works import events, queries, rules
from tongdian.apps.works.models import Crew, WorkOrder
from tongdian.engines import dispatch
from tongdian.kit.refused import N_, Refused

SEED = 1
PLACE_DIGITS = 6  # of a degree: a tenth of a metre


class UnusableCrew(Refused):
    """
    The crew cannot be formed as it is described.
    """


class DayIsOver(Refused):
    """
    Rounds are planned for a day that has passed.
    """


@transaction.atomic
def form_crew(
    *,
    actor: Actor,
    title: str,
    skills: Sequence[str],
    hours: tuple[time, time],
    lon: float,
    lat: float,
    members: Sequence[str] = (),
    now: datetime,
) -> Crew:
    """
    Form a crew, or change what is known of it; the same again changes nothing.

    :param skills: codes of :data:`tongdian.apps.works.rules.SKILLS`
    :param lon: where its day begins and ends, WGS84 degrees
    :param members: login names
    :raises UnusableCrew: if a skill or member is unknown, the hours are none, or the place is none
    """
    people.require(actor, "form_crew")
    if not title.strip() or not skills or set(skills) - set(rules.SKILLS):
        raise UnusableCrew(N_("Say the crew's name and what it can do: %(skills)s."), skills=", ".join(rules.SKILLS))
    if hours[0] >= hours[1]:
        raise UnusableCrew(N_("A crew's day ends after it begins: not %(starts)s to %(ends)s."), starts=f"{hours[0]}", ends=f"{hours[1]}")
    if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - degrees
        raise UnusableCrew(N_("Say where the crew's day begins, as WGS84 longitude and latitude."))
    users = {user.username: user for user in User.objects.filter(username__in=members)}
    if missing := [username for username in members if username not in users]:
        raise UnusableCrew(N_("There is nobody with the login name %(username)s."), username=missing[0])
    known = {"skills": sorted(set(skills)), "starts": hours[0], "ends": hours[1], "lon": lon, "lat": lat}
    found = Crew.objects.filter(name=title.strip()).first()
    crew = found or Crew(name=title.strip())
    is_same = found is not None and all(getattr(found, name) == value for name, value in known.items())
    for name, value in known.items():
        setattr(crew, name, value)
    crew.save()
    joined = set(users.values()) ^ set(crew.members.all())
    crew.members.set(users.values())
    if not is_same or joined:
        told = {
            **known,
            "starts": f"{hours[0]:%H:%M}",
            "ends": f"{hours[1]:%H:%M}",
            "members": sorted(str(user.pk) for user in users.values()),
        }
        journal.record(actor=actor, kind=events.CREW_FORMED, subject=crew, now=now, values={"crew": crew.name, **told})
    return crew


@transaction.atomic
def plan_rounds(*, actor: Actor, day: date, now: datetime) -> int:
    """
    Give every visit that crews have on a day a crew, an order and a time; return how many found one. Visits that are done stay as they
    are; on the day itself the rounds go on from where each crew is and from now. The same again changes nothing.

    :raises DayIsOver: if the day has passed
    """
    people.require(actor, "plan_rounds")
    if day < timezone.localdate(now):
        raise DayIsOver(N_("%(day)s has passed: plan rounds for today or later."), day=day.isoformat())
    orders = {str(order.pk): order for order in queries.orders_of_day(day=day, role=Role.CREW)}
    crews = {str(crew.pk): crew for crew in Crew.objects.all()}
    waiting = {key: order for key, order in orders.items() if order.state == WorkOrder.State.PLANNED}
    plan = dispatch.plan_rounds(
        [_to_job(order) for order in waiting.values()],
        [_to_crew(crew, orders.values(), day=day, now=now) for crew in crews.values()],
        seed=SEED,
    )
    midnight = timezone.make_aware(datetime.combine(day, time()))
    for left in plan.unassigned:
        _place(waiting[left.job], crew=None, sequence=None, begins_at=None, travel_minutes=None, left_out=left.reason)
    for one in plan.rounds:
        crew = crews[one.crew]
        done = sum(order.crew_id == crew.pk and order.state == WorkOrder.State.DONE for order in orders.values())
        changed = [
            _place(
                waiting[stop.job],
                crew=crew,
                sequence=position,
                begins_at=midnight + timedelta(minutes=stop.begins),
                travel_minutes=stop.travel_minutes,
                left_out="",
            )
            for position, stop in enumerate(one.stops, start=done + 1)
        ]
        if any(changed):
            values = {
                "crew": crew.name,
                "day": day.isoformat(),
                "visits": len(one.stops),
                "distance_km": round(one.distance_m / 1000, 1),
                "orders": [stop.job for stop in one.stops],
            }
            journal.record(actor=actor, kind=events.ROUND_PLANNED, subject=crew, now=now, values=values)
    return len(waiting) - len(plan.unassigned)


def _to_job(order: WorkOrder) -> dispatch.Job:
    skill, minutes = rules.get_visit_work(procedure=order.case.procedure.code, visit=order.visit)
    building = order.case.building
    return dispatch.Job(id=str(order.pk), lon=building.lon, lat=building.lat, minutes=minutes, skill=skill)


def _to_crew(crew: Crew, orders: Iterable[WorkOrder], *, day: date, now: datetime) -> dispatch.Crew:
    """
    Return a crew as it can still go out: from its last visit that is done, and not before now.
    """
    done = [(order.done_at, order.case.building) for order in orders if order.crew_id == crew.pk and order.done_at is not None]
    place = max(done, key=itemgetter(0))[1] if done else crew
    starts = _minute(crew.starts)
    if day == timezone.localdate(now):
        starts = min(max(starts, _minute(timezone.localtime(now).time())), _minute(crew.ends))
    return dispatch.Crew(
        id=str(crew.pk), lon=place.lon, lat=place.lat, starts=starts, ends=_minute(crew.ends), skills=frozenset(crew.skills)
    )


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _place(order: WorkOrder, **values: object) -> bool:
    """
    Set an order's place in a round; return whether that changed anything.
    """
    if all(getattr(order, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(order, name, value)
    order.save(update_fields=list(values))
    return True
