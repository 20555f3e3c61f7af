"""
Opening cases, and joining demands to them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from tongdian.apps.cases import events, mapping, queries
from tongdian.apps.cases.actions.due import set_due_dates
from tongdian.apps.cases.actions.milestones import CaseNotOpen
from tongdian.apps.cases.models import Case, Milestone, ProcedureVersion
from tongdian.apps.demands import actions as demand_actions
from tongdian.apps.demands import queries as demands
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import actions as people_actions
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import Customer
from tongdian.apps.places import actions as places
from tongdian.apps.places.models import Building
from tongdian.kit.refused import N_, Refused


class CategoryUnconfirmed(Refused):
    """
    A case is opened for a demand that a person has understood.
    """


class NoBuilding(Refused):
    """
    Nobody knows where it is.
    """


class AlreadyPromised(Refused):
    """
    The demand already has a case by the same procedure.
    """


@transaction.atomic
def open_case(
    *,
    actor: Actor,
    demand_ids: Sequence[UUID | str],
    procedure: str,
    building: Building,
    customer: Customer,
    application: Mapping[str, Any],
    now: datetime,
) -> Case:
    """
    Promise something to a place: open a case by the newest version of a procedure, for one or more demands.

    :param application: what is applied for (devices, class, wanted date), empty where the procedure needs none
    :raises CategoryUnconfirmed: if nobody has confirmed what a demand is about
    :raises AlreadyPromised: if a demand already has an open or closed case by this procedure
    """
    people.require(actor, "open_case")
    said = [demands.find_demand(demand_id=demand_id) for demand_id in demand_ids]
    for demand in said:
        if demand.confirmed_at is None:
            raise CategoryUnconfirmed(N_("Confirm first what the demand %(number)s is about."), number=demand.number)
        promised = demand.cases.filter(procedure__code=procedure, state__in=[Case.State.OPEN, Case.State.CLOSED]).first()
        if promised is not None:
            raise AlreadyPromised(N_("The demand %(demand)s already has the case %(case)s."), demand=demand.number, case=promised.number)
    version = _find_version(procedure, now)
    steps = mapping.parse(version.document).milestones
    case = Case.objects.create(
        number=_next_number(now), procedure=version, building=building, customer=customer, application=dict(application), opened_at=now
    )
    case.demands.set(said)
    Milestone.objects.bulk_create(Milestone(case=case, code=step.code, position=at) for at, step in enumerate(steps))
    values = {"number": case.number, "procedure": str(version).replace(" ", "/"), "demands": [demand.number for demand in said]}
    journal.record(actor=actor, kind=events.CASE_OPENED, subject=case, now=now, values=values)
    set_due_dates(case)
    return case


def _find_version(code: str, now: datetime) -> ProcedureVersion:
    """
    Return the procedure as it holds for cases opened now: as shipped, with the utility's own limits.
    """
    document = mapping.read_document_in_force(code, on=timezone.localdate(now))
    known = ProcedureVersion.objects.filter(code=code, version=mapping.parse(document).version)
    found = known.filter(document=document).first()
    if found is not None:
        return found
    latest = known.aggregate(models.Max("edition"))["edition__max"]
    as_shipped = document == mapping.read_document(code)
    edition = 0 if latest is None and as_shipped else (latest or 0) + 1
    return ProcedureVersion.objects.create(code=code, version=mapping.parse(document).version, edition=edition, document=document)


@transaction.atomic
def take_up_demand(
    *,
    actor: Actor,
    demand_id: UUID | str,
    procedure: str,
    building: str,
    lon: float,
    lat: float,
    application: Mapping[str, Any],
    now: datetime,
) -> Case:
    """
    Take up a confirmed demand in one step: its building, its customer and its case.

    :param building: name of the building within the demand's place
    :param lon: WGS84 longitude in degrees, ``lat`` the latitude
    :raises CategoryUnconfirmed: if nobody has confirmed what the demand is about
    :raises AlreadyPromised: if it has a case by this procedure
    """
    demand = demands.find_demand(demand_id=demand_id)
    place = places.register_building(
        actor=actor, city=demand.city, county=demand.county, community=demand.place, building=building, lon=lon, lat=lat, now=now
    )
    demand_actions.place_demand(actor=actor, demand_id=demand.pk, building=place, now=now)
    customer = people_actions.register_customer(
        actor=actor, reference=demand.number, kind=Customer.Kind.RESIDENTS, name=demand.contact_name, phone=demand.contact_phone, now=now
    )
    return open_case(
        actor=actor, demand_ids=[demand.pk], procedure=procedure, building=place, customer=customer, application=application, now=now
    )


@transaction.atomic
def join_demand(*, actor: Actor, case_id: UUID | str, demand_id: UUID | str, now: datetime) -> Case:
    """
    Let a case answer one more demand: many people can ask for what one case brings. Joining it again changes nothing.

    :raises CategoryUnconfirmed: if nobody has confirmed what the demand is about
    :raises CaseNotOpen: if the case ended early
    """
    people.require(actor, "open_case")
    case, demand = queries.find_case(case_id=case_id), demands.find_demand(demand_id=demand_id)
    if demand.confirmed_at is None:
        raise CategoryUnconfirmed(N_("Confirm first what the demand %(number)s is about."), number=demand.number)
    if case.state in {Case.State.WITHDRAWN, Case.State.REJECTED}:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    if not case.demands.filter(pk=demand.pk).exists():
        case.demands.add(demand)
        journal.record(actor=actor, kind=events.DEMAND_JOINED, subject=case, now=now, values={"demand": demand.number})
    return case


@transaction.atomic
def take_up_together(*, actor: Actor, demand_ids: Sequence[UUID | str], procedure: str, now: datetime) -> Case:
    """
    Let one case answer many demands: it is opened at the building of the first that has one, and the others join it.

    :raises NoBuilding: if none of them has a building
    :raises CategoryUnconfirmed: if nobody has confirmed what one of them is about; nothing is opened then
    :raises AlreadyPromised: if the first has a case by this procedure
    """
    people.require(actor, "open_case")
    said = [demands.find_demand(demand_id=demand_id) for demand_id in demand_ids]
    first = next((one for one in said if one.building is not None), None)
    if first is None or first.building is None:
        raise NoBuilding(N_("None of these demands has a building yet. Open a case for one of them first."))
    customer = people_actions.register_customer(
        actor=actor, reference=first.number, kind=Customer.Kind.COMMUNITY, name=first.contact_name, phone=first.contact_phone, now=now
    )
    case = open_case(
        actor=actor, demand_ids=[first.pk], procedure=procedure, building=first.building, customer=customer, application={}, now=now
    )
    for demand in said:
        join_demand(actor=actor, case_id=case.pk, demand_id=demand.pk, now=now)
    return case


def _next_number(now: datetime) -> str:
    prefix = f"TD-{now.year}-"
    last = Case.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"
