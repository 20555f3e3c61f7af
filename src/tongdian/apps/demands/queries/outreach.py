"""
Reading outreach visits and the welfare list.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Sum

from tongdian.apps.demands.models import CareHousehold, Demand, Visit
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import Role, mask_name, mask_phone
from tongdian.kit.refused import N_, Refused


class UnknownHousehold(Refused):
    """
    There is no such household, or somebody else takes care of it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """
    A visit as lists show it.
    """

    id: UUID
    key: str
    team: str
    visited_at: datetime
    person_times: int
    kind: str
    count: int
    city: str
    county: str
    place: str
    note: str
    opinions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCounts:
    """
    What the visits add up to.
    """

    visits: int
    teams: int
    person_times: int
    households: int
    enterprises: int
    opinions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CareLine:
    """
    A household of the welfare list; masked unless it was revealed.
    """

    id: UUID
    place: str
    door: str
    name: str
    phone: str
    need: str
    note: str
    team: str
    cell: str


def list_outreach(*, actor: Actor, team: str = "", kind: str = "", limit: int = 200) -> tuple[VisitLine, ...]:
    """
    Return the latest visits.
    """
    people.require(actor, "view_demands")
    visits = _of(Visit.objects.all(), team=team, kind=kind)
    found = visits.select_related("team").annotate(opinions=Count("demands")).order_by("-visited_at", "key")
    return tuple(
        VisitLine(
            id=visit.pk,
            key=visit.key,
            team=visit.team.name,
            visited_at=visit.visited_at,
            person_times=visit.person_times,
            kind=visit.kind,
            count=visit.count,
            city=visit.city,
            county=visit.county,
            place=visit.place,
            note=visit.note,
            opinions=visit.opinions,
        )
        for visit in found[:limit]
    )


def count_outreach(*, team: str = "", kind: str = "") -> VisitCounts:
    """
    Return what all visits, or those of a team or to one kind of people, add up to.
    """
    visits = _of(Visit.objects.all(), team=team, kind=kind)
    total = visits.aggregate(
        visits=Count("pk"),
        teams=Count("team", distinct=True),
        person_times=Sum("person_times", default=0),
        households=Sum("count", filter=Q(kind=Visit.Kind.HOUSEHOLDS), default=0),
        enterprises=Sum("count", filter=Q(kind=Visit.Kind.ENTERPRISES), default=0),
    )
    opinions = visits.aggregate(opinions=Count("demands"))["opinions"]
    return VisitCounts(**total, opinions=opinions)


def count_raised(*, actor: Actor, team: str = "", kind: str = "") -> tuple[tuple[str, int], ...]:
    """
    Return what was raised at visits: confirmed categories with their demands, most first; an empty code where nobody has confirmed yet.
    """
    people.require(actor, "view_demands")
    visits = _of(Visit.objects.all(), team=team, kind=kind)
    counted = Demand.objects.filter(visit__in=visits).values_list("category").annotate(demands=Count("pk"))
    return tuple(sorted(counted, key=lambda pair: (pair[0] == "", -pair[1], pair[0])))


def _of(visits: "QuerySet[Visit]", *, team: str, kind: str) -> "QuerySet[Visit]":
    if team:
        visits = visits.filter(team__name=team)
    return visits.filter(kind=kind) if kind else visits


def list_care_households(*, actor: Actor) -> tuple[CareLine, ...]:
    """
    Return the households the actor takes care of, masked. Looking at the list is an action: it is journalled there.
    """
    return tuple(to_care_line(household) for household in _mine(actor).filter(ended_at__isnull=True))


def find_care_household(*, actor: Actor, household_id: UUID | str) -> CareHousehold:
    """
    Return one household the actor takes care of.

    :raises UnknownHousehold: if there is none, or somebody else takes care of it
    """
    try:
        household = _mine(actor).filter(pk=household_id).first()
    except ValidationError:
        household = None
    if household is None:
        raise UnknownHousehold(N_("There is no household %(id)s in your care."), id=str(household_id))
    return household


def to_care_line(household: CareHousehold, *, is_masked: bool = True) -> CareLine:
    """
    Return a household as pages show it.
    """
    cell = household.building.cell
    return CareLine(
        id=household.pk,
        place=str(household.building),
        door="***" if is_masked and household.door else household.door,
        name=mask_name(household.name) if is_masked else household.name,
        phone=mask_phone(household.phone) if is_masked else household.phone,
        need=household.need,
        note="" if is_masked else household.note,
        team=household.team.name if household.team else "",
        cell=cell.name if cell else "",
    )


def _mine(actor: Actor) -> "QuerySet[CareHousehold]":
    """
    Households of the actor's own grid cells or of his teams; the programme manager answers for all.
    """
    found = CareHousehold.objects.select_related("building__community", "building__cell", "team")
    if actor.role == Role.PROGRAMME_MANAGER:
        return found
    number = int(actor.id) if actor.id.isdigit() else None
    return found.filter(Q(building__cell__manager_id=number) | Q(team__members=number)).distinct()
