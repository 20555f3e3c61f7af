"""
One box for everything: demands, cases, places, procedures. Words of one or two Chinese characters are found like any other.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tongdian.apps.cases import queries as cases
from tongdian.apps.demands import queries as said
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.places.models import Building
from tongdian.engines import measure

SHOWN = 10
LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    What was found, the first of each kind, and how many demands there are in all. Personal fields are not searched.
    """

    words: str
    demands: tuple[said.DemandLine, ...]
    demand_count: int
    cases: tuple[cases.CaseLine, ...]
    case_count: int
    buildings: tuple[str, ...]
    procedures: tuple[measure.Procedure, ...]
    categories: tuple[said.Category, ...]


def search(*, actor: Actor, words: str, now: datetime) -> Found:
    """
    Find what holds every word; full-width letters and figures are the same as usual ones.
    """
    people.require(actor, "view_cases")
    plain = " ".join(unicodedata.normalize("NFKC", words).split())[:LONGEST]
    asked = plain.split()
    if not asked:
        return Found(words="", demands=(), demand_count=0, cases=(), case_count=0, buildings=(), procedures=(), categories=())
    rows = Demand.objects.all()
    stands = Building.objects.select_related("community")
    for word in asked:
        rows = rows.filter(
            Q(text__icontains=word)
            | Q(place__icontains=word)
            | Q(county__icontains=word)
            | Q(city__icontains=word)
            | Q(number__icontains=word)
        )
        stands = stands.filter(Q(name__icontains=word) | Q(community__name__icontains=word) | Q(community__county__icontains=word))
    lines = cases.list_cases(actor=actor, words=plain, now=now)
    return Found(
        words=plain,
        demands=tuple(said.to_line(demand) for demand in rows.select_related("building__community", "visit__team")[:SHOWN]),
        demand_count=rows.count(),
        cases=lines[:SHOWN],
        case_count=len(lines),
        buildings=tuple(str(building) for building in stands[:SHOWN]),
        procedures=tuple(one for one in cases.list_procedures() if all(word in f"{one.name_zh}{one.name_en.lower()}" for word in asked)),
        categories=tuple(
            one for one in said.list_categories() if all(word.lower() in f"{one.name_zh}{one.name_en.lower()}" for word in asked)
        ),
    )
