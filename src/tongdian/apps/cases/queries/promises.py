"""
What pages show of a case's agreements and of the times its clock stood still.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from tongdian.apps.cases import mapping
from tongdian.apps.cases.models import Agreement, Case, Duty
from tongdian.apps.people.rules import mask_name
from tongdian.engines import measure


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """
    A party of an agreement; ``signed_at`` is None until it has signed.
    """

    party: str
    name: str
    signer: str
    signed_at: datetime | None
    file_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyView:
    """
    What a party owes by a day, and what became of it.
    """

    milestone: str
    name_zh: str
    name_en: str
    party: str
    owner: str
    task: str
    due_date: date
    done_at: datetime | None
    late_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementView:
    """
    An agreement of a case, the newest first.
    """

    id: UUID
    number: str
    drawn_up_at: datetime
    in_force_at: datetime | None
    is_newest: bool
    file_sha256: str
    parties: tuple[PartyView, ...]
    duties: tuple[DutyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """
    An interval in which the utility's clock stood still. ``ground`` is None where the case had ended in between, as ``reason`` says.
    """

    reason: str
    ground: mapping.Ground | None
    started_at: datetime
    ended_at: datetime | None
    note: str
    file_name: str
    file_sha256: str


def list_agreements(*, case: Case, now: datetime) -> tuple[AgreementView, ...]:
    """
    Return a case's agreements with their duties and signatures, newest first.
    """
    rows = list(case.agreements.prefetch_related("duties", "signatures"))
    done = {row.code: row.done_at for row in case.milestones.all()}
    steps = {step.code: step for step in mapping.parse(case.procedure.document).milestones}
    return tuple(
        AgreementView(
            id=row.pk,
            number=row.number,
            drawn_up_at=row.drawn_up_at,
            in_force_at=row.in_force_at,
            is_newest=row.pk == rows[0].pk,
            file_sha256=row.file_sha256,
            parties=_parties(row),
            duties=tuple(_duty(duty, steps[duty.milestone], done_at=done.get(duty.milestone), now=now) for duty in row.duties.all()),
        )
        for row in rows
    )


def list_stops(*, case: Case) -> tuple[StopView, ...]:
    """
    Return when and why the clock of a case stood still, oldest first.
    """
    grounds = {ground.code: ground for ground in mapping.list_grounds()}
    return tuple(
        StopView(
            reason=row.reason,
            ground=grounds.get(row.reason),
            started_at=row.started_at,
            ended_at=row.ended_at,
            note=row.note,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
        )
        for row in case.stops.all()
    )


def _parties(agreement: Agreement) -> tuple[PartyView, ...]:
    signed = {row.party: row for row in agreement.signatures.all()}
    return tuple(
        PartyView(
            party=party,
            name=name,
            signer=mask_name(signed[party].signer) if party in signed else "",
            signed_at=signed[party].signed_at if party in signed else None,
            file_sha256=signed[party].file_sha256 if party in signed else "",
        )
        for party, name in agreement.parties.items()
    )


def _duty(duty: Duty, step: measure.Milestone, *, done_at: datetime | None, now: datetime) -> DutyView:
    at = timezone.localdate(done_at or now)
    return DutyView(
        milestone=duty.milestone,
        name_zh=step.name_zh,
        name_en=step.name_en,
        party=duty.party,
        owner=duty.owner,
        task=duty.task,
        due_date=duty.due_date,
        done_at=done_at,
        late_days=measure.lateness(duty.due_date, at=at, calendar=mapping.get_calendar()),
    )
