"""
What is read before it is kept or sent — words just said, a reply — and the versions of the model that reads.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tongdian.apps.demands import mapping
from tongdian.apps.demands.models import Demand, ModelVersion, Reply
from tongdian.apps.demands.queries.find import Guess, find_demand
from tongdian.apps.demands.queries.topics import NEW, EarlierLine, list_earlier_of_words
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """
    A version of the model. ``right_before`` and ``right_now``: how many of the ``compared`` corrections, which neither had learnt, the
    version then in use and this one took for what a person said; None for what was not measured.
    """

    version: str
    trained_at: datetime | None
    corrections: int
    compared: int
    right_before: int | None
    right_now: int | None
    macro_f1: float | None
    is_in_use: bool
    is_shipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFindings:
    """
    What a reply holds, in its own words, and which parts are missing: ``core``, ``progress``, ``reason``, ``date``.
    """

    core: tuple[str, ...]
    progress: tuple[str, ...]
    blocked: tuple[str, ...]
    reason: tuple[str, ...]
    dates: tuple[str, ...]
    vague: tuple[str, ...]
    asked: tuple[str, ...]
    unanswered: tuple[str, ...]
    promised_on: date | None
    is_overdue: bool
    missing: tuple[str, ...]


def check_reply(*, actor: Actor, demand_id: UUID | str, text: str, now: datetime) -> ReplyFindings:
    """
    Return what a reply says to a demand and what it lacks.
    """
    people.require(actor, "view_demands")
    found = mapping.check_reply(find_demand(demand_id=demand_id).text, text, now=now)
    return ReplyFindings(
        core=found.core,
        progress=found.progress,
        blocked=found.blocked,
        reason=found.reason,
        dates=found.dates,
        vague=found.vague,
        asked=tuple(part.value for part in found.asked),
        unanswered=tuple(part.value for part in found.unanswered),
        promised_on=found.promised_on,
        is_overdue=found.overdue,
        missing=tuple(part.value for part in found.missing),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """
    What is known of words before they are kept: what they are about, how urgent, where, whom they name, and earlier demands that
    probably tell of the same problem. ``is_elsewhere``: they are perhaps not about electricity.
    """

    guesses: tuple[Guess, ...]
    is_unsure: bool
    is_elsewhere: bool
    urgency: str
    core: str
    building: str
    unit: str
    contacts: int
    masked: str
    earlier: tuple[EarlierLine, ...]


def preview(*, actor: Actor, words: str, city: str, county: str, place: str, now: datetime) -> Preview:
    """
    Read words that somebody is just saying; nothing is kept.
    """
    people.require(actor, "receive_demands")
    suggestion = mapping.suggest([words])[0]
    where = mapping.read_place(place, city=city, county=county)
    masked, contacts = mapping.mask(words)
    return Preview(
        guesses=tuple(Guess(category=code, probability=chance) for code, chance in suggestion["guesses"]),
        is_unsure=suggestion["unsure"],
        is_elsewhere=suggestion["elsewhere"],
        urgency=suggestion["urgency"],
        contacts=contacts,
        masked=masked,
        earlier=list_earlier_of_words(key=NEW, words=words, reported_at=now, city=city, county=county, place=place),
        **where,
    )


def get_reply(*, demand_id: UUID | str) -> Reply | None:
    """
    Return the reply that closed a demand, None while it is open.
    """
    return Reply.objects.select_related("replied_by").filter(demand_id=demand_id).first()


def list_versions(*, actor: Actor) -> tuple[VersionLine, ...]:
    """
    Return the versions of the model, the latest first, the shipped one last.
    """
    people.require(actor, "view_demands")
    used = mapping.get_version_in_use()
    lines = [
        VersionLine(
            version=row.version,
            trained_at=row.trained_at,
            corrections=row.corrections,
            compared=row.report.get("compared", 0),
            right_before=row.report.get("right_before"),
            right_now=row.report.get("right_now"),
            macro_f1=row.report.get("macro_f1"),
            is_in_use=row.version == used,
            is_shipped=False,
        )
        for row in ModelVersion.objects.all()
    ]
    shipped = VersionLine(
        version=mapping.SHIPPED,
        trained_at=None,
        corrections=0,
        compared=0,
        right_before=None,
        right_now=None,
        macro_f1=None,
        is_in_use=used == mapping.SHIPPED,
        is_shipped=True,
    )
    return (*lines, shipped)


def count_corrections() -> int:
    """
    Return how many demands have a category that a person confirmed.
    """
    return Demand.objects.exclude(category="").exclude(confirmed_at=None).count()
