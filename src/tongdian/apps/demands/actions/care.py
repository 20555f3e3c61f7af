"""
The welfare list: households that need care, seen only by those who take care of them.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.demands import events, queries
from tongdian.apps.demands.models import CareHousehold
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import Team
from tongdian.apps.places.models import Building
from tongdian.kit.refused import N_, Refused


class UnusableHousehold(Refused):
    """
    The household cannot be taken onto the list as it is described.
    """


@transaction.atomic
def add_care_household(
    *,
    actor: Actor,
    building: Building,
    door: str,
    name: str,
    phone: str,
    need: str,
    note: str = "",
    team: str = "",
    now: datetime,
) -> CareHousehold:
    """
    Take a household onto the welfare list; the same door of the same building again returns it unchanged.

    :param team: name of the team that takes care of it, besides the manager of its grid cell
    :raises UnusableHousehold: if the name is missing, or the need or the team does not exist
    """
    people.require(actor, "keep_care_list")
    if not name.strip() or need not in CareHousehold.Need.values:
        raise UnusableHousehold(N_("Say who lives there and what care is needed: %(needs)s."), needs=", ".join(CareHousehold.Need.values))
    caring = Team.objects.filter(name=team).first()
    if team and caring is None:
        raise UnusableHousehold(N_("There is no team “%(team)s”. Form it first."), team=team)
    if known := CareHousehold.objects.filter(building=building, door=door, ended_at__isnull=True).first():
        return known
    household = CareHousehold.objects.create(
        building=building, door=door[:40], name=name.strip()[:64], phone=phone[:32], need=need, note=note[:300], team=caring, added_at=now
    )
    sealed = {field: journal.seal(subject=household, field=field, value=getattr(household, field)) for field in ("name", "phone", "note")}
    journal.record(actor=actor, kind=events.CARE_ADDED, subject=household, now=now, values=sealed)
    return household


@transaction.atomic
def end_care_household(*, actor: Actor, household_id: UUID | str, now: datetime) -> CareHousehold:
    """
    Take a household off the list: it moved, or needs no care any more. Taking it off again changes nothing.
    """
    people.require(actor, "keep_care_list")
    household = queries.find_care_household(actor=actor, household_id=household_id)
    if household.ended_at is None:
        household.ended_at = now
        household.save(update_fields=["ended_at"])
        journal.record(actor=actor, kind=events.CARE_ENDED, subject=household, now=now)
    return household


@transaction.atomic
def look_at_care_list(*, actor: Actor, now: datetime) -> tuple[queries.CareLine, ...]:
    """
    Return the households the actor takes care of, names and phones masked; that the list was looked at is journalled.
    """
    people.require(actor, "view_care_list")
    lines = queries.list_care_households(actor=actor)
    if (first := CareHousehold.objects.order_by("added_at").first()) is not None:
        journal.record(actor=actor, kind=events.CARE_LISTED, subject=first, now=now, values={"count": len(lines)})
    return lines


@transaction.atomic
def reveal_care_household(*, actor: Actor, household_id: UUID | str, now: datetime) -> queries.CareLine:
    """
    Return one household in full; that it was looked at is journalled.

    :raises UnknownHousehold: if there is none, or somebody else takes care of it: the two are not told apart
    """
    people.require(actor, "view_care_list")
    household = queries.find_care_household(actor=actor, household_id=household_id)
    journal.record(actor=actor, kind=events.CARE_REVEALED, subject=household, now=now)
    return queries.to_care_line(household, is_masked=False)
