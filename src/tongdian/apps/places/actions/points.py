"""
Registering buildings and usage points, and switching the power on at a usage point.
"""

import math
from datetime import datetime

from django.db import transaction

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.places import events, queries
from tongdian.apps.places.models import Building, Community, UsagePoint
from tongdian.kit.refused import N_, Refused


class NoSuchPlace(Refused):
    """
    The coordinates are no place on Earth.
    """


@transaction.atomic
def register_building(
    *, actor: Actor, city: str, county: str, community: str, building: str, lon: float, lat: float, now: datetime
) -> Building:
    """
    Register a building once by community and name; a second call returns it unchanged.

    :raises NoSuchPlace: if the coordinates are not WGS84 degrees
    """
    people.require(actor, "register_building")
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - degrees
        raise NoSuchPlace(N_("%(lon)s, %(lat)s is no place: give WGS84 longitude and latitude in degrees."), lon=lon, lat=lat)
    home, _ = Community.objects.get_or_create(city=city, county=county, name=community)
    if known := Building.objects.filter(community=home, name=building).first():
        return known
    registered = Building.objects.create(community=home, name=building, lon=lon, lat=lat, cell=queries.find_cell(lon=lon, lat=lat))
    journal.record(actor=actor, kind=events.BUILDING_REGISTERED, subject=registered, now=now, values={"lon": lon, "lat": lat})
    return registered


@transaction.atomic
def register_usage_point(*, actor: Actor, building: Building, consumer_number: str, meter_number: str, now: datetime) -> UsagePoint:
    """
    Register a metered point that exists already; a second call with the same consumer number returns it unchanged.
    """
    people.require(actor, "register_building")
    point, is_new = UsagePoint.objects.get_or_create(
        consumer_number=consumer_number, defaults={"building": building, "meter_number": meter_number}
    )
    if is_new:
        values = {"consumer_number": consumer_number, "meter_number": meter_number}
        journal.record(actor=actor, kind=events.USAGE_POINT_REGISTERED, subject=point, now=now, values=values)
    return point


@transaction.atomic
def energise_usage_point(
    *, actor: Actor, building: Building, consumer_number: str, meter_number: str, occurred_at: datetime, now: datetime
) -> UsagePoint:
    """
    Record that power is on at a usage point, creating it at its first energisation; once energised it stays as it is.
    """
    people.require(actor, "report_visit")
    point, _ = UsagePoint.objects.get_or_create(
        consumer_number=consumer_number, defaults={"building": building, "meter_number": meter_number}
    )
    if point.energised_at is None:
        point.energised_at, point.meter_number = occurred_at, meter_number
        point.save(update_fields=["energised_at", "meter_number"])
        values = {"consumer_number": consumer_number, "meter_number": meter_number}
        journal.record(actor=actor, kind=events.USAGE_POINT_ENERGISED, subject=point, now=now, occurred_at=occurred_at, values=values)
    return point
