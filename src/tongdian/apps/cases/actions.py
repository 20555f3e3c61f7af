"""
Opening cases, reaching milestones, ending cases.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import events, mapping, queries
from tongdian.apps.cases.models import Case, Evidence, Milestone, ProcedureVersion
from tongdian.apps.demands import actions as demand_actions
from tongdian.apps.demands import queries as demands
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import SYSTEM, Actor
from tongdian.apps.people import actions as people_actions
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import Customer, User
from tongdian.apps.places import actions as places
from tongdian.apps.places.models import Building
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused

LARGEST_FILE_BYTES = 20 * 2**20


class CategoryUnconfirmed(Refused):
    """
    A case is opened for a demand that a person has understood.
    """


class AlreadyPromised(Refused):
    """
    The demand already has a case by the same procedure.
    """


class CaseNotOpen(Refused):
    """
    The case has ended.
    """


class NotYet(Refused):
    """
    A milestone before this one is not reached.
    """


class ImpossibleMoment(Refused):
    """
    A milestone was reached neither before those it waits for nor in the future.
    """


class UnusableEvidence(Refused):
    """
    Evidence is missing or cannot be what it says.
    """


class ReasonNeeded(Refused):
    """
    A case ends early only with a reason.
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
    shipped = mapping.read_shipped_procedure(procedure)
    version, _ = ProcedureVersion.objects.get_or_create(
        code=shipped.code, version=shipped.version, defaults={"document": mapping.read_document(procedure)}
    )
    case = Case.objects.create(
        number=_next_number(now), procedure=version, building=building, customer=customer, application=dict(application), opened_at=now
    )
    case.demands.set(said)
    Milestone.objects.bulk_create(Milestone(case=case, code=step.code, position=at) for at, step in enumerate(shipped.milestones))
    values = {"number": case.number, "procedure": f"{version.code}/{version.version}", "demands": [demand.number for demand in said]}
    journal.record(actor=actor, kind=events.CASE_OPENED, subject=case, now=now, values=values)
    _set_due_dates(case)
    return case


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
def complete_milestone(
    *, actor: Actor, case_id: UUID | str, code: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime | None = None
) -> Milestone:
    """
    Record that a milestone is reached, with its evidence; recording it again changes nothing.

    :param evidence: evidence code -> text, number, or (file name, bytes)
    :raises CaseNotOpen: if the case has ended
    :raises NotYet: if a predecessor is not reached
    :raises UnusableEvidence: if required evidence is missing or not of its kind
    """
    case = queries.find_case(case_id=case_id)
    people.require(actor, "complete_milestone", customer=case.customer)
    step = queries.get_step(case=case, code=code)
    if actor.role not in {step.role, SYSTEM} and not (step.role == "customer" and case.customer.belongs_to(actor)):
        raise people.NotAllowed(
            N_("Your role does not allow this step (%(action)s). Ask somebody of: %(roles)s."), action=code, roles=step.role
        )
    return _reach(actor=actor, case=case, code=code, evidence=evidence, now=now, occurred_at=occurred_at or now)


@transaction.atomic
def reach_milestone(
    *, actor: Actor, case: Case, effect: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime | None = None
) -> Milestone | None:
    """
    Record the milestone that an action of another app brings about (``plan_replied``, ``plan_accepted``, …), if the procedure has one.

    The permission was checked by that action.
    """
    procedure = queries.get_procedure(case=case)
    step = next((step for step in procedure.milestones if step.effect == effect), None)
    if step is None:
        return None
    return _reach(actor=actor, case=case, code=step.code, evidence=evidence, now=now, occurred_at=occurred_at or now)


@transaction.atomic
def reach_visit_milestone(
    *, actor: Actor, case: Case, code: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime
) -> Milestone:
    """
    Record one milestone of a reported visit; the permission to report it was checked by that action.
    """
    return _reach(actor=actor, case=case, code=code, evidence=evidence, now=now, occurred_at=occurred_at)


@transaction.atomic
def withdraw_case(*, actor: Actor, case_id: UUID | str, reason: str, now: datetime) -> Case:
    """
    The customer does not want it any more. What was reserved for the case is free at once.

    :raises ReasonNeeded: without a reason
    :raises CaseNotOpen: if it has ended already
    """
    case = queries.find_case(case_id=case_id)
    people.require(actor, "withdraw_case", customer=case.customer)
    return _end(actor=actor, case=case, state=Case.State.WITHDRAWN, kind=events.CASE_WITHDRAWN, reason=reason, now=now)


@transaction.atomic
def reject_case(*, actor: Actor, case_id: UUID | str, reason: str, now: datetime) -> Case:
    """
    The utility cannot fulfil it, and says why. What was reserved for the case is free at once.

    :raises ReasonNeeded: without a reason
    :raises CaseNotOpen: if it has ended already
    """
    people.require(actor, "reject_case")
    case = queries.find_case(case_id=case_id)
    return _end(actor=actor, case=case, state=Case.State.REJECTED, kind=events.CASE_REJECTED, reason=reason, now=now)


def keep_file(*, content: bytes) -> str:
    """
    Keep a file under its SHA-256 in the data folder and return that; written beside and renamed, so never half there.

    :raises UnusableEvidence: if it is empty or too large
    """
    if not 0 < len(content) <= LARGEST_FILE_BYTES:
        raise UnusableEvidence(
            N_("The file has %(size)s bytes: send one between 1 byte and %(limit)s MB."),
            size=len(content),
            limit=LARGEST_FILE_BYTES // 2**20,
        )
    sha256 = hashlib.sha256(content).hexdigest()
    target = Path(settings.DATA_DIR) / "files" / sha256[:2] / sha256
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(target)
    return sha256


def _reach(*, actor: Actor, case: Case, code: str, evidence: Mapping[str, Any], now: datetime, occurred_at: datetime) -> Milestone:
    step = queries.get_step(case=case, code=code)
    milestone = Milestone.objects.select_for_update().get(case=case, code=code)
    if milestone.done_at is not None:
        return milestone
    if case.state != Case.State.OPEN:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    if waiting := list(case.milestones.filter(code__in=step.after, done_at__isnull=True).values_list("code", flat=True)):
        raise NotYet(N_("“%(milestone)s” comes after “%(before)s”, which is not reached yet."), milestone=code, before=", ".join(waiting))
    _check_moment(case, step, occurred_at=occurred_at, now=now)
    noted = {spec.code: _keep_evidence(milestone, spec, evidence.get(spec.code)) for spec in step.evidence}
    milestone.done_at, milestone.done_by = occurred_at, User.objects.filter(pk=actor.id).first() if actor.id.isdigit() else None
    milestone.save(update_fields=["done_at", "done_by"])
    values = {"milestone": code, "evidence": {name: value for name, value in noted.items() if value is not None}}
    journal.record(actor=actor, kind=events.MILESTONE_DONE, subject=case, now=now, occurred_at=occurred_at, values=values)
    if not case.milestones.filter(done_at__isnull=True).exists():
        case.state, case.ended_at = Case.State.CLOSED, occurred_at
        case.save(update_fields=["state", "ended_at"])
        journal.record(actor=actor, kind=events.CASE_CLOSED, subject=case, now=now, occurred_at=occurred_at)
    _set_due_dates(case)
    return milestone


def _check_moment(case: Case, step: measure.Milestone, *, occurred_at: datetime, now: datetime) -> None:
    before = case.milestones.filter(code__in=step.after).values_list("done_at", flat=True)
    earliest = max([case.opened_at, *(done_at for done_at in before if done_at is not None)]).replace(
        second=0, microsecond=0
    )  # people say minutes
    if not earliest <= occurred_at <= now:
        raise ImpossibleMoment(
            N_("“%(milestone)s” cannot have been reached on %(moment)s: it lies between %(earliest)s and now."),
            milestone=step.code,
            moment=f"{timezone.localtime(occurred_at):%Y-%m-%d %H:%M}",
            earliest=f"{timezone.localtime(earliest):%Y-%m-%d %H:%M}",
        )


def _keep_evidence(milestone: Milestone, spec: measure.EvidenceSpec, given: Any) -> Any:  # noqa: ANN401 - JSON scalar
    """
    Check one piece of evidence, store it, and return what the journal notes: a number, a file's hash, or a text's seal.
    """
    if given in (None, "", b""):
        if spec.required:
            raise UnusableEvidence(N_("“%(evidence)s” is missing."), evidence=spec.code)
        return None
    stored = Evidence(milestone=milestone, code=spec.code)
    if spec.kind == "number":
        try:
            stored.number = float(given)
        except (TypeError, ValueError):
            raise UnusableEvidence(N_("“%(evidence)s” must be a number: %(given)s."), evidence=spec.code, given=str(given)) from None
        noted: Any = stored.number
    elif spec.kind == "file":
        stored.file_name, content = given
        stored.file_name = Path(stored.file_name).name[:120]
        noted = stored.file_sha256 = keep_file(content=content)
    else:
        stored.text = str(given).strip()[:300]
        noted = journal.seal(subject=milestone.case, field=spec.code, value=stored.text)
    stored.save()
    return noted


def _end(*, actor: Actor, case: Case, state: str, kind: str, reason: str, now: datetime) -> Case:
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded(N_("Give the reason: the customer and the auditor will read it."))
    if case.state != Case.State.OPEN:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    case.state, case.ended_at, case.reason = state, now, reason[:300]
    case.save(update_fields=["state", "ended_at", "reason"])
    journal.record(
        actor=actor, kind=kind, subject=case, now=now, values={"reason": journal.seal(subject=case, field="reason", value=case.reason)}
    )
    return case


def _set_due_dates(case: Case) -> None:
    """
    Compute the due date of every milestone that is not reached, from those that are: a late one moves all that depend on it.
    """
    rows = {row.code: row for row in case.milestones.all()}
    due = mapping.compute_due_dates(
        queries.get_procedure(case=case), opened_on=timezone.localdate(case.opened_at), done=_done_dates(rows.values())
    )
    for code, date in due.items():
        row = rows[code]
        if row.done_at is None and (row.due_date, row.due_is_provisional) != (date.date, date.provisional):
            row.due_date, row.due_is_provisional = date.date, date.provisional
            row.save(update_fields=["due_date", "due_is_provisional"])


def _done_dates(rows: Any) -> dict[str, Any]:  # noqa: ANN401
    return {row.code: timezone.localdate(row.done_at) for row in rows if row.done_at is not None}


def _next_number(now: datetime) -> str:
    prefix = f"TD-{now.year}-"
    last = Case.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"
