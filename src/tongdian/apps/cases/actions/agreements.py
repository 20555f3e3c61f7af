"""
Agreements: what each party owes and by when, drawn up as a paper, signed, in force when all have signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import events, mapping, queries
from tongdian.apps.cases.actions.due import set_due_dates
from tongdian.apps.cases.actions.milestones import CaseNotOpen, ImpossibleMoment, reach_milestone
from tongdian.apps.cases.models import Agreement, Case, Duty, Signature
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused

FEWEST_PARTIES = 2


class UnusableAgreement(Refused):
    """
    What is to be agreed names a party, a milestone or a day that cannot be.
    """


class UnknownAgreement(Refused):
    """
    There is no such agreement.
    """


class NotSignable(Refused):
    """
    The agreement does not wait for this signature.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTerms:
    """
    What is agreed of one milestone: what has to be done, and by which day. Who owes it follows from the milestone.
    """

    milestone: str
    task: str
    due_date: date


@transaction.atomic
def draw_up_agreement(
    *, actor: Actor, case_id: UUID | str, parties: Mapping[str, str], duties: Sequence[DutyTerms], now: datetime
) -> Agreement:
    """
    Draw up an agreement for a case: the paper as PDF, its duties with their days. It replaces an earlier one once all have signed it.

    :param parties: party -> the name of who it is here; the utility and every party that owes a duty must be among them
    :raises UnusableAgreement: naming what cannot be agreed
    :raises UnprintableText: if a name holds a character that cannot be printed
    """
    people.require(actor, "draw_up_agreement")
    case = _find_open(case_id)
    names = {party: name.strip()[:120] for party, name in parties.items() if name.strip()}
    steps = {step.code: step for step in queries.get_procedure(case=case).milestones}
    _check_terms(case, names, duties, steps, today=timezone.localdate(now))
    version = case.agreements.count() + 1
    number = f"{case.number.replace('TD', 'XY')}-{version}"
    paper = mapping.render_agreement(
        case=case,
        number=number,
        parties=names,
        duties=[(steps[duty.milestone], duty) for duty in duties],
        drawn_up_on=timezone.localdate(now),
    )
    agreement = Agreement.objects.create(
        case=case, number=number, version=version, parties=names, drawn_up_at=now, file_sha256=journal.keep_file(content=paper)
    )
    Duty.objects.bulk_create(
        Duty(
            agreement=agreement,
            milestone=duty.milestone,
            party=steps[duty.milestone].party,
            owner=names[steps[duty.milestone].party],
            task=duty.task.strip()[:200],
            due_date=duty.due_date,
        )
        for duty in duties
    )
    values: dict[str, Any] = {"agreement": number, "file": agreement.file_sha256, "days": _days(duties)}
    journal.record(actor=actor, kind=events.AGREEMENT_DRAWN_UP, subject=case, now=now, values=values)
    return agreement


@transaction.atomic
def sign_agreement(
    *,
    actor: Actor,
    agreement_id: UUID | str,
    party: str,
    signer: str,
    file: tuple[str, bytes],
    occurred_at: datetime,
    now: datetime,
) -> Agreement:
    """
    Record that a party signed: its signed copy is kept by its hash. With the last signature the agreed days are in force.

    :param signer: who signed for the party
    :param file: name and content of the signed copy
    :raises NotSignable: if the agreement has no such party, the party has signed already, or a newer agreement takes its place
    :raises ImpossibleMoment: if it was signed before it was drawn up, or in the future
    """
    people.require(actor, "draw_up_agreement")
    agreement = find_agreement(agreement_id=agreement_id)
    case = _find_open(agreement.case_id)
    _check_signable(agreement, party, signer)
    if not agreement.drawn_up_at.replace(second=0, microsecond=0) <= occurred_at <= now:
        raise ImpossibleMoment(
            N_("The agreement cannot have been signed on %(moment)s: it was drawn up on %(earliest)s."),
            moment=f"{timezone.localtime(occurred_at):%Y-%m-%d %H:%M}",
            earliest=f"{timezone.localtime(agreement.drawn_up_at):%Y-%m-%d %H:%M}",
        )
    name, content = file
    signature = Signature.objects.create(
        agreement=agreement,
        party=party,
        signer=signer.strip()[:64],
        signed_at=occurred_at,
        document_sha256=agreement.file_sha256,
        file_sha256=journal.keep_file(content=content),
        file_name=Path(name).name[:120],
    )
    values: dict[str, Any] = {
        "agreement": agreement.number,
        "party": party,
        "document": signature.document_sha256,
        "file": signature.file_sha256,
        "signer": journal.seal(subject=case, field="signer", value=signature.signer),
    }
    journal.record(actor=actor, kind=events.AGREEMENT_SIGNED, subject=case, now=now, occurred_at=occurred_at, values=values)
    if set(agreement.parties) == set(agreement.signatures.values_list("party", flat=True)):
        _put_in_force(actor, case, agreement, signed_copy=file, occurred_at=occurred_at, now=now)
    return agreement


def find_agreement(*, agreement_id: UUID | str) -> Agreement:
    """
    Return an agreement.

    :raises UnknownAgreement: if there is none
    """
    agreement = Agreement.objects.select_related("case").filter(pk=agreement_id).first()
    if agreement is None:
        raise UnknownAgreement(N_("There is no agreement %(id)s."), id=str(agreement_id))
    return agreement


def _put_in_force(
    actor: Actor, case: Case, agreement: Agreement, *, signed_copy: tuple[str, bytes], occurred_at: datetime, now: datetime
) -> None:
    agreement.in_force_at = occurred_at
    agreement.save(update_fields=["in_force_at"])
    values = {"agreement": agreement.number, "days": _days(list(agreement.duties.all()))}
    journal.record(actor=actor, kind=events.AGREEMENT_IN_FORCE, subject=case, now=now, occurred_at=occurred_at, values=values)
    set_due_dates(case)
    reach_milestone(
        actor=actor, case=case, effect="agreement_signed", evidence={"agreement": signed_copy}, now=now, occurred_at=occurred_at
    )


def _find_open(case_id: UUID | str) -> Case:
    case = queries.find_case(case_id=case_id)
    if case.state != Case.State.OPEN:
        raise CaseNotOpen(N_("The case %(number)s has ended: it is %(state)s."), number=case.number, state=case.state)
    return case


def _check_terms(
    case: Case, names: Mapping[str, str], duties: Sequence[DutyTerms], steps: Mapping[str, measure.Milestone], *, today: date
) -> None:
    if unknown := set(names) - set(measure.Party):
        raise UnusableAgreement(N_("“%(party)s” is no party of a case."), party=", ".join(sorted(unknown)))
    if measure.Party.UTILITY not in names or len(names) < FEWEST_PARTIES:
        raise UnusableAgreement(N_("Name the parties of the agreement: the utility and at least one other."))
    if not duties:
        raise UnusableAgreement(N_("An agreement holds at least one duty with its day."))
    done = set(case.milestones.filter(done_at__isnull=False).values_list("code", flat=True))
    seen: set[str] = set()
    for duty in duties:
        step = steps.get(duty.milestone)
        if step is None or duty.milestone in done | seen:
            raise UnusableAgreement(
                N_("“%(milestone)s” is no milestone that can still be agreed in this case, or it stands there twice."),
                milestone=duty.milestone,
            )
        if step.party not in names:
            raise UnusableAgreement(
                N_("“%(milestone)s” is owed by a party that is not named: %(party)s."), milestone=duty.milestone, party=step.party
            )
        if duty.due_date < today:
            raise UnusableAgreement(N_("The day agreed for “%(milestone)s” has passed."), milestone=duty.milestone)
        seen.add(duty.milestone)


def _check_signable(agreement: Agreement, party: str, signer: str) -> None:
    if not signer.strip():
        raise NotSignable(N_("Say who signed."))
    if party not in agreement.parties:
        raise NotSignable(N_("“%(party)s” is no party of the agreement %(number)s."), party=party, number=agreement.number)
    if agreement.signatures.filter(party=party).exists():
        raise NotSignable(N_("This party has signed the agreement %(number)s already."), number=agreement.number)
    if agreement.case.agreements.filter(version__gt=agreement.version).exists():
        raise NotSignable(N_("A newer agreement takes the place of %(number)s."), number=agreement.number)


def _days(duties: Sequence[DutyTerms | Duty]) -> dict[str, str]:
    return {duty.milestone: duty.due_date.isoformat() for duty in duties}
