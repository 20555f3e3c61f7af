"""
What all answers of the engine have in common on pages: plans of cases, joint plans, renewals; and which of them wait for approval.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.people.rules import may
from tongdian.apps.plans.models import Answer, JointPlan, Plan, Renewal
from tongdian.apps.plans.rules import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """
    An answer of the engine for pages. ``document`` is the engine's value as published in docs/engines/supply.md.
    """

    id: UUID
    network_id: UUID
    version: int
    status: str
    document: dict[str, Any]
    proposed_by: str
    proposed_at: datetime
    seconds: float
    approved_by: str
    approved_at: datetime | None
    may_approve: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedForCase(Proposed):
    """
    An answer to one case.
    """

    case_id: UUID
    case_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAnswer:
    """
    An answer that waits for the reader's approval. ``kind``: ``plan``, ``joint_plan`` or ``renewal``; ``number``: of its case, or its
    version.
    """

    kind: str
    id: UUID
    place: str
    number: str
    proposed_by: str
    proposed_at: datetime


def in_common(answer: Answer, actor: Actor, *, waits: bool) -> dict[str, Any]:
    """
    Return the fields that all answers have.

    :param waits: whether its case, or all its cases, are open
    """
    return {
        "id": answer.pk,
        "network_id": answer.network_id,
        "version": answer.version,
        "status": answer.status,
        "document": answer.document,
        "proposed_by": answer.proposed_by.display_name,
        "proposed_at": answer.proposed_at,
        "seconds": answer.seconds,
        "approved_by": answer.approved_by.display_name if answer.approved_by else "",
        "approved_at": answer.approved_at,
        "may_approve": waits
        and answer.status == Status.PROPOSED
        and may(actor.role, "approve_plan")
        and str(answer.proposed_by_id) != actor.id,
    }


def of_case(answer: Plan | Renewal, actor: Actor) -> dict[str, Any]:
    """
    Return the fields that answers to one case have.
    """
    common = in_common(answer, actor, waits=answer.case.state == Case.State.OPEN)
    return common | {"case_id": answer.case_id, "case_number": answer.case.number}


def list_to_approve(*, actor: Actor) -> tuple[WaitingAnswer, ...]:
    """
    Return what is proposed and the actor may approve, the oldest first: not what he proposed himself.

    The plans of a joint plan wait with it, as one.
    """
    if not may(actor.role, "approve_plan"):
        return ()
    found: list[WaitingAnswer] = []
    for kind, model in (("plan", Plan.objects.filter(joint=None)), ("renewal", Renewal.objects.all())):
        waiting = model.filter(status=Status.PROPOSED, case__state=Case.State.OPEN).exclude(proposed_by_id=int(actor.id))
        found += [
            _waiting(kind, answer, place=str(answer.case.building), number=answer.case.number)
            for answer in waiting.select_related("case__building__community", "proposed_by")
        ]
    joint = JointPlan.objects.filter(status=Status.PROPOSED).exclude(proposed_by_id=int(actor.id))
    found += [
        _waiting("joint_plan", answer, place=str(answer.community), number=str(answer.version))
        for answer in joint.select_related("community", "proposed_by")
    ]
    return tuple(sorted(found, key=lambda one: (one.proposed_at, one.number)))


def _waiting(kind: str, answer: Answer, *, place: str, number: str) -> WaitingAnswer:
    return WaitingAnswer(
        kind=kind,
        id=answer.pk,
        place=place,
        number=number,
        proposed_by=answer.proposed_by.display_name,
        proposed_at=answer.proposed_at,
    )
