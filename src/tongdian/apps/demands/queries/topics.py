"""
Topics: what many tell of together, and earlier demands that a new one probably repeats.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.utils import timezone

from tongdian.apps.demands import mapping, rules
from tongdian.apps.demands.models import Demand, Topic, TopicChange
from tongdian.apps.demands.queries.find import DemandLine, to_line
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused

FEWEST = 2  # demands that make a topic
HEAT_DAYS = 30
EARLIER_DAYS = 45
MOST_EARLIER = 2000  # demands of one area that a new one is compared with
LIKELY = 0.5
NEW = "new"  # in place of the key of a demand that is not kept yet
EARTH_RADIUS_KM = 6371.0


class UnknownTopic(Refused):
    """
    There is no such topic.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLine:
    """
    A topic in a list. ``heat``: demands a day over the thirty days up to its last one; ``width_km``: how far its buildings lie apart at
    most, None where fewer than two are known.
    """

    id: UUID
    number: str
    title: str
    category: str
    city: str
    county: str
    place: str
    size: int
    first_at: datetime
    last_at: datetime
    heat: tuple[int, ...]
    width_km: float | None
    is_by_hand: bool
    open_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """
    What a person did to a topic, and whether it can still be undone.
    """

    id: int
    kind: str
    made_by: str
    made_at: datetime
    count: int
    is_undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLine:
    """
    An earlier demand that probably tells of the same problem.
    """

    demand: DemandLine
    probability: float

    @property
    def percent(self) -> int:
        """
        The probability in whole percent.
        """
        return round(100 * self.probability)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidBefore:
    """
    That somebody probably said the same before: when and where, no words.
    """

    day: date
    place: str


def list_topics(*, actor: Actor, category: str = "", city: str = "", words: str = "", limit: int = 100) -> tuple[TopicLine, ...]:
    """
    Return the topics with two demands or more, the largest first.
    """
    people.require(actor, "view_demands")
    found = Topic.objects.annotate(size=Count("demands")).filter(size__gte=FEWEST)
    if category:
        found = found.filter(category=category)
    if city:
        found = found.filter(city=city)
    for word in words.split():
        found = found.filter(Q(title__icontains=word) | Q(number__iexact=word) | Q(demands__text__icontains=word))
    rows = found.order_by("-size", "-found_at").distinct().prefetch_related("demands__building", "demands__cases")
    return tuple(to_topic_line(topic) for topic in rows[:limit])


def find_topic(*, topic_id: UUID | str) -> Topic:
    """
    Return a topic itself, for actions.

    :raises UnknownTopic: if there is none
    """
    try:
        topic = Topic.objects.filter(pk=topic_id).prefetch_related("demands__building", "demands__cases").first()
    except ValidationError:
        topic = None
    if topic is None:
        raise UnknownTopic(N_("There is no topic %(id)s."), id=str(topic_id))
    return topic


def get_topic(*, actor: Actor, topic_id: UUID | str) -> tuple[TopicLine | None, Topic, tuple[DemandLine, ...]]:
    """
    Return a topic as a line (None when it has no demands left), itself, and its demands in the order in which they were said.
    """
    people.require(actor, "view_demands")
    topic = find_topic(topic_id=topic_id)
    demands = sorted(topic.demands.select_related("building__community", "visit__team"), key=lambda one: (one.reported_at, one.number))
    return (to_topic_line(topic) if demands else None), topic, tuple(to_line(one) for one in demands)


def list_changes(*, topic: Topic) -> tuple[ChangeLine, ...]:
    """
    Return what people did to a topic, the latest first.
    """
    rows = TopicChange.objects.filter(Q(topic=topic) | Q(other=topic)).select_related("made_by")
    return tuple(
        ChangeLine(
            id=row.pk,
            kind=row.kind,
            made_by=row.made_by.display_name,
            made_at=row.made_at,
            count=sum(before != after for before, after, _ in row.moved.values()),
            is_undone=row.undone_at is not None,
        )
        for row in rows
    )


def to_topic_line(topic: Topic) -> TopicLine:
    """
    Return a topic as lists show it; it has demands.
    """
    demands = list(topic.demands.all())
    days = Counter(timezone.localdate(one.reported_at) for one in demands)
    last = max(days)
    return TopicLine(
        id=topic.pk,
        number=topic.number,
        title=topic.title,
        category=topic.category,
        city=topic.city,
        county=topic.county,
        place=topic.place,
        size=len(demands),
        first_at=min(one.reported_at for one in demands),
        last_at=max(one.reported_at for one in demands),
        heat=tuple(days[last - timedelta(days=back)] for back in reversed(range(HEAT_DAYS))),
        width_km=measure_width_km((one.building.lon, one.building.lat) for one in demands if one.building),
        is_by_hand=topic.is_by_hand,
        open_cases=len({case.pk for one in demands for case in one.cases.all() if case.state == "open"}),
    )


def measure_width_km(points: Iterable[tuple[float, float]]) -> float | None:
    """
    Return the diagonal of the box around points in km, None for fewer than two.

    :param points: WGS84 longitude and latitude, degrees
    """
    known = sorted(set(points))
    if len(known) < FEWEST:
        return None
    lons, lats = [lon for lon, _ in known], [lat for _, lat in known]
    south, north = radians(min(lats)), radians(max(lats))
    height, width = north - south, radians(max(lons) - min(lons))
    chord = sin(height / 2) ** 2 + cos(south) * cos(north) * sin(width / 2) ** 2  # haversine
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))


def list_earlier(*, actor: Actor, demand: DemandLine) -> tuple[EarlierLine, ...]:
    """
    Return earlier demands that probably tell of the same problem, the likeliest first.
    """
    people.require(actor, "view_demands")
    return list_earlier_of_words(
        key=str(demand.id), words=demand.text, reported_at=demand.reported_at, city=demand.city, county=demand.county, place=demand.place
    )


def find_said_before(*, key: str, words: str, city: str, county: str, place: str, now: datetime) -> SaidBefore | None:
    """
    Return when and where somebody probably said before what somebody is just saying at the public door, None where nobody did.

    It shows nobody's words: who asks is not known. What landed already under the same key is the same form sent twice.

    :param key: of the form
    """
    if Demand.objects.filter(reference=rules.web_reference(key)).exists():
        return None
    found = list_earlier_of_words(key=NEW, words=words, reported_at=now, city=city, county=county, place=place, most=1)
    if not found:
        return None
    earlier = found[0].demand
    return SaidBefore(day=timezone.localdate(earlier.reported_at), place=earlier.place or earlier.county)


def list_earlier_of_words(
    *, key: str, words: str, reported_at: datetime, city: str, county: str, place: str, most: int = 3
) -> tuple[EarlierLine, ...]:
    """
    Return earlier demands that probably tell of the same problem as words said at a moment and place; the caller asks who may see them.
    """
    near = Demand.objects.filter(
        city=city, county=county, reported_at__gte=reported_at - timedelta(days=EARLIER_DAYS), reported_at__lte=reported_at
    ).select_related("building__community", "visit__team")
    if key != NEW:
        near = near.exclude(pk=key)
    rows = list(near[:MOST_EARLIER])
    if not rows:
        return ()
    said = mapping.make_value(key=key, words=words, reported_at=reported_at, city=city, county=county, place=place)
    by_key = {str(row.pk): row for row in rows}
    return tuple(
        EarlierLine(demand=to_line(by_key[one.demand_id]), probability=one.probability)
        for one in mapping.find_earlier(said, rows, most=most)
        if one.probability > LIKELY
    )
