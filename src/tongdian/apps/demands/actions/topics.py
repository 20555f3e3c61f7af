"""
Topics: found by the engine, sorted by people, every change undoable.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tongdian.apps.demands import events, mapping, queries
from tongdian.apps.demands.models import Demand, Topic, TopicChange
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import SYSTEM_ACTOR, Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused

WINDOW = timedelta(days=120)  # older demands keep the topic they have


class UnusableChange(Refused):
    """
    The topics cannot be changed so.
    """


@transaction.atomic
def find_topics(*, now: datetime, actor: Actor = SYSTEM_ACTOR) -> int:
    """
    Sort the demands of the last months into topics; return how many topics are new. Doing it again changes nothing.

    A group that the engine finds goes on with the topic that most of its members had. What a person sorted stays where he put it.
    """
    people.require(actor, "find_topics")
    demands = {str(one.pk): one for one in Demand.objects.filter(reported_at__gte=now - WINDOW).exclude(text="")}
    taken: set[UUID] = set()
    new = 0
    placed: set[str] = set()
    for group in mapping.find_topics(list(demands.values())):
        members = [demands[key] for key in group.demand_ids]
        free = [one for one in members if not one.is_in_topic_by_hand]
        had = Counter(one.topic_id for one in members if one.topic_id and one.topic_id not in taken)
        topic = Topic.objects.filter(pk=had.most_common(1)[0][0]).first() if had else None
        if topic is None:
            if len(free) < queries.FEWEST:
                continue
            topic = Topic.objects.create(number=_next_number(now), found_at=now, **_said(group))
            journal.record(
                actor=actor, kind=events.TOPIC_FOUND, subject=topic, now=now, values={"number": topic.number, "count": len(members)}
            )
            new += 1
        elif not topic.is_by_hand:
            Topic.objects.filter(pk=topic.pk).update(**_said(group))
        taken.add(topic.pk)
        placed |= {str(one.pk) for one in free}
        Demand.objects.filter(pk__in=[one.pk for one in free]).exclude(topic=topic).update(topic=topic)
    left = [one.pk for key, one in demands.items() if key not in placed and one.topic_id and not one.is_in_topic_by_hand]
    Demand.objects.filter(pk__in=left).update(topic=None)
    return new


@transaction.atomic
def merge_topics(*, actor: Actor, keep_id: UUID | str, other_id: UUID | str, now: datetime) -> TopicChange:
    """
    Say that two topics are one: the demands of the other move into the one that is kept.

    :raises UnknownTopic: if one does not exist
    :raises UnusableChange: if they are the same, or the other has no demands
    """
    people.require(actor, "sort_topics")
    keep, other = queries.find_topic(topic_id=keep_id), queries.find_topic(topic_id=other_id)
    if keep.pk == other.pk or not other.demands.exists():
        raise UnusableChange(N_("Choose another topic that has demands."))
    count = other.demands.count()
    moved = [*other.demands.all(), *keep.demands.all()]  # its own members stay, too, whatever the engine thinks later
    change = _move(actor, TopicChange.Kind.MERGED, moved, to=keep, other=other, now=now)
    values = {"number": keep.number, "other": other.number, "count": count}
    journal.record(actor=actor, kind=events.TOPIC_MERGED, subject=keep, now=now, values=values)
    return change


@transaction.atomic
def split_topic(*, actor: Actor, topic_id: UUID | str, demand_ids: Sequence[UUID | str], now: datetime) -> TopicChange:
    """
    Say that some demands of a topic tell of another problem: they get a topic of their own, a single one none.

    :raises UnknownTopic: if it does not exist
    :raises UnusableChange: if no demand of it is named, or all are
    """
    people.require(actor, "sort_topics")
    topic = queries.find_topic(topic_id=topic_id)
    chosen = list(topic.demands.filter(pk__in=list(demand_ids)).order_by("reported_at", "number"))
    if not chosen or len(chosen) == topic.demands.count():
        raise UnusableChange(N_("Choose some of the demands, not all: what is left stays in the topic."))
    new = Topic.objects.create(
        number=_next_number(now),
        title=topic.title,
        category=chosen[0].category or topic.category,
        city=topic.city,
        county=topic.county,
        place=chosen[0].place or topic.place,
        found_at=now,
    )
    change = _move(actor, TopicChange.Kind.SPLIT, chosen, to=new, other=topic, now=now)
    values = {"number": new.number, "other": topic.number, "count": len(change.moved)}
    journal.record(actor=actor, kind=events.TOPIC_SPLIT, subject=topic, now=now, values=values)
    return change


@transaction.atomic
def undo_change(*, actor: Actor, change_id: int, now: datetime) -> TopicChange:
    """
    Undo what a person did to topics; doing it twice changes nothing.

    :raises UnusableChange: if there is no such change, or a later one moved the same demands
    """
    people.require(actor, "sort_topics")
    change = TopicChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise UnusableChange(N_("There is no such change."))
    if change.undone_at is not None:
        return change
    demands = {str(one.pk): one for one in Demand.objects.filter(pk__in=list(change.moved))}
    if any(str(demands[key].topic_id) != after for key, (_, after, _) in change.moved.items()):
        raise UnusableChange(N_("A later change moved the same demands. Undo that one first."))
    for key, (before, _, was_by_hand) in change.moved.items():
        Demand.objects.filter(pk=key).update(topic=before, is_in_topic_by_hand=was_by_hand)
    change.undone_at = now
    change.save(update_fields=["undone_at"])
    _keep_by_hand(change.topic)
    journal.record(actor=actor, kind=events.TOPIC_UNDONE, subject=change.topic, now=now, values={"count": len(change.moved)})
    return change


def _move(actor: Actor, kind: str, demands: Iterable[Demand], *, to: Topic, other: Topic, now: datetime) -> TopicChange:
    moved = {str(one.pk): [str(one.topic_id) if one.topic_id else None, str(to.pk), one.is_in_topic_by_hand] for one in demands}
    Demand.objects.filter(pk__in=list(moved)).update(topic=to, is_in_topic_by_hand=True)
    change = TopicChange.objects.create(kind=kind, topic=to, other=other, moved=moved, made_by_id=actor.id, made_at=now)
    _keep_by_hand(to)
    return change


def _keep_by_hand(topic: Topic) -> None:
    """
    Keep a topic's title as long as a change by hand stands behind it.
    """
    Topic.objects.filter(pk=topic.pk).update(is_by_hand=topic.changes.filter(undone_at=None).exists())


def _said(group: Any) -> dict[str, str]:  # noqa: ANN401 - the engine's topic, whose module is loaded late
    return {name: getattr(group, name) for name in ("title", "category", "city", "county", "place")}


def _next_number(now: datetime) -> str:
    prefix = f"T-{now.year}-"
    last = Topic.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.rpartition('-')[2]) + 1 if last else 1:04d}"
