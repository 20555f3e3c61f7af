"""
Reading demands and the categories they can have.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, Q

from tongdian.apps.demands import mapping
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import mask_name, mask_phone
from tongdian.kit.refused import N_, Refused
from tongdian.kit.tables import read_table

OWN_CATEGORIES = "categories.csv"
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class UnknownDemand(Refused):
    """
    There is no such demand.
    """


class UnknownCategory(Refused):
    """
    The category is not in the table.
    """


class UnusableCategory(Refused):
    """
    A category that the installation added is not whole.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """
    One of the categories a demand can have.
    """

    code: str
    group: str
    name_zh: str
    name_en: str
    definition_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """
    A category that the engine takes a demand to be about, and how likely that is.
    """

    category: str
    probability: float

    @property
    def percent(self) -> int:
        """
        The probability in whole percent.
        """
        return round(100 * self.probability)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandLine:
    """
    One demand as a list or a page shows it; contact details are masked.
    """

    id: UUID
    number: str
    text: str
    channel: str
    reported_at: datetime
    city: str
    county: str
    place: str
    building: str
    building_id: int | None
    category: str
    second_category: str
    confirmed_at: datetime | None
    contact_name: str
    contact_phone: str
    guesses: tuple[Guess, ...]
    is_unsure: bool
    is_elsewhere: bool
    urgency: str
    team: str
    topic_id: UUID | None

    @property
    def shown(self) -> str:
        """
        The words with telephones, numbers and names in them hidden.
        """
        return mapping.mask(self.text)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandPage:
    """
    A page of a list, with the number of all that match.
    """

    lines: tuple[DemandLine, ...]
    total: int
    page: int
    pages: int


def list_categories() -> tuple[Category, ...]:
    """
    Return all categories in the order of the table, then those that the installation added: the rows of ``categories.csv`` in its data
    folder, which has the same columns.
    """
    own = Path(settings.DATA_DIR) / OWN_CATEGORIES
    return _read_categories() + (_read_own(own, own.stat().st_mtime_ns) if own.exists() else ())


@cache
def _read_categories() -> tuple[Category, ...]:
    return tuple(Category(**{name: row[name] for name in Category.__slots__}) for row in read_table("categories.csv"))


@lru_cache(maxsize=2)
def _read_own(path: Path, changed: int) -> tuple[Category, ...]:
    del changed  # a table that was changed is read again
    shipped = {one.code for one in _read_categories()}
    rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    found = [{name: (row.get(name) or "").strip() for name in Category.__slots__} for row in rows]
    if bad := next((row for row in found if not CODE.fullmatch(row["code"]) or not all(row.values()) or row["code"] in shipped), None):
        raise UnusableCategory(
            N_("In %(file)s the row “%(code)s” is no category: fill every column, with a code of your own in small letters."),
            file=path.name,
            code=bad["code"],
        )
    return tuple(Category(**row) for row in found)


def get_category(*, code: str) -> Category:
    """
    Return one category.

    :raises UnknownCategory: if the table has none with this code
    """
    for category in list_categories():
        if category.code == code:
            return category
    raise UnknownCategory(N_("There is no category “%(code)s”. Choose one from the list."), code=code)


def get_demand(*, actor: Actor, demand_id: UUID | str) -> DemandLine:
    """
    Return one demand with masked contact details.

    :raises UnknownDemand: if there is none
    """
    people.require(actor, "view_demands")
    return to_line(find_demand(demand_id=demand_id))


def explain_suggestion(*, demand: DemandLine) -> tuple[str, ...]:
    """
    Return the words of a demand that spoke most for what the engine suggests.
    """
    return mapping.explain(demand.text, category=demand.guesses[0].category) if demand.guesses else ()


def find_demand(*, demand_id: UUID | str) -> Demand:
    """
    Return the demand itself, for actions.

    :raises UnknownDemand: if there is none
    """
    try:
        return Demand.objects.select_related("building__community", "visit__team").get(pk=demand_id)
    except (Demand.DoesNotExist, ValidationError):  # or not even an identifier
        raise UnknownDemand(N_("There is no demand %(id)s."), id=str(demand_id)) from None


def list_demands(
    *,
    actor: Actor,
    category: str = "",
    state: str = "",
    city: str = "",
    urgency: str = "",
    visit: str = "",
    visited: str = "",
    words: str = "",
    page: int = 1,
    page_size: int = 30,
) -> DemandPage:
    """
    Return one page of demands, newest first.

    :param state: ``new`` (category not confirmed), ``confirmed`` or empty for all
    :param visit: key of the outreach visit at which it was raised
    :param visited: whom the visit was to at which it was raised: ``households``, ``enterprises`` or ``community``
    :param words: part of the words, place or number
    """
    people.require(actor, "view_demands")
    found = Demand.objects.select_related("building__community", "visit__team")
    if category:
        found = found.filter(category=category)
    if state:
        found = found.filter(confirmed_at__isnull=state == "new")
    if city:
        found = found.filter(city=city)
    if urgency:
        found = found.filter(urgency=urgency)
    if visit:
        found = found.filter(visit__key=visit)
    if visited:
        found = found.filter(visit__kind=visited)
    for word in words.split():
        found = found.filter(Q(text__icontains=word) | Q(place__icontains=word) | Q(county__icontains=word) | Q(number__iexact=word))
    total = found.count()
    pages = max(1, -(-total // page_size))
    page = min(max(1, page), pages)
    lines = tuple(to_line(demand) for demand in found[(page - 1) * page_size : page * page_size])
    return DemandPage(lines=lines, total=total, page=page, pages=pages)


def list_cities() -> tuple[str, ...]:
    """
    Return the cities from which demands came.
    """
    return tuple(Demand.objects.exclude(city="").order_by("city").values_list("city", flat=True).distinct())


def list_unconfirmed(*, limit: int) -> tuple[DemandLine, ...]:
    """
    Return the latest demands whose category nobody has confirmed.
    """
    newest = Demand.objects.filter(confirmed_at__isnull=True).select_related("building__community", "visit__team")
    return tuple(to_line(demand) for demand in newest[:limit])


def list_by_reference(*, references: Iterable[str]) -> dict[str, Demand]:
    """
    Return demands by the reference they were received with.
    """
    return {demand.reference: demand for demand in Demand.objects.filter(reference__in=list(references))}


def count_demands() -> dict[str, int]:
    """
    Return how many demands there are: ``total`` and ``confirmed``.
    """
    return Demand.objects.aggregate(total=Count("pk"), confirmed=Count("pk", filter=Q(confirmed_at__isnull=False)))


def to_line(demand: Demand) -> DemandLine:
    """
    Return a demand as pages show it.
    """
    return DemandLine(
        id=demand.pk,
        number=demand.number,
        text=demand.text,
        channel=demand.channel,
        reported_at=demand.reported_at,
        city=demand.city,
        county=demand.county,
        place=demand.place,
        building=str(demand.building) if demand.building else "",
        building_id=demand.building_id,
        category=demand.category,
        second_category=demand.second_category,
        confirmed_at=demand.confirmed_at,
        contact_name=mask_name(demand.contact_name),
        contact_phone=mask_phone(demand.contact_phone),
        guesses=tuple(Guess(category=code, probability=chance) for code, chance in demand.suggestion.get("guesses", ())),
        is_unsure=demand.suggestion.get("unsure", True),
        is_elsewhere=demand.suggestion.get("elsewhere", False),
        urgency=demand.urgency,
        team=demand.visit.team.name if demand.visit else "",
        topic_id=demand.topic_id,
    )
