"""
Reading renewals of lines.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import may
from tongdian.apps.plans.models import Renewal
from tongdian.apps.plans.queries.find import UnknownPlan
from tongdian.apps.plans.queries.proposed import ProposedForCase, of_case
from tongdian.apps.plans.rules import RENEWAL_EFFECT, Status
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.supply import HandLine

MOST_LINES = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalView(ProposedForCase):
    """
    A renewal for pages; ``document`` is the engine's renewal as published in docs/engines/supply.md.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalChoices:
    """
    Which lines near the case's place can be renewed, the old ones first, and on which network.
    """

    network_id: UUID
    place: tuple[float, float]
    lines: "tuple[HandLine, ...]"


def renews_lines(case: Case) -> bool:
    """
    Return whether a case's procedure settles a scheme for renewing lines.
    """
    return any(step.effect == RENEWAL_EFFECT for step in case_queries.get_procedure(case=case).milestones)


def find_renewal(*, renewal_id: UUID | str) -> Renewal:
    """
    Return the renewal itself, for actions.

    :raises UnknownPlan: if there is none
    """
    found = Renewal.objects.select_related("case__customer", "proposed_by", "approved_by").filter(pk=renewal_id).first()
    if found is None:
        raise UnknownPlan(N_("There is no renewal %(id)s."), id=str(renewal_id))
    return found


def get_renewal(*, actor: Actor, renewal_id: UUID | str) -> RenewalView:
    """
    Return one renewal for its page.
    """
    return _view(find_renewal(renewal_id=renewal_id), actor)


def get_latest_renewal(*, actor: Actor, case_id: UUID) -> RenewalView | None:
    """
    Return the newest renewal of a case, or None.
    """
    newest = Renewal.objects.filter(case_id=case_id).select_related("case__customer", "proposed_by", "approved_by").first()
    return _view(newest, actor) if newest else None


def may_renew(*, actor: Actor, case_id: UUID) -> bool:
    """
    Return whether the actor may plan a renewal for a case: it renews lines, is open and has no approved one.
    """
    if not may(actor.role, "propose_plan"):
        return False
    case = case_queries.find_case(case_id=case_id)
    settled = Renewal.objects.filter(case=case, status=Status.APPROVED).exists()
    return case.state == Case.State.OPEN and not settled and renews_lines(case)


def list_renewal_choices(*, actor: Actor, case_id: UUID) -> RenewalChoices:
    """
    Return the lines near a case's place.
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "propose_plan")
    case = case_queries.find_case(case_id=case_id)
    model = network_queries.get_current_network()
    place = (case.building.lon, case.building.lat)
    lines = mapping.list_lines(network_queries.get_network(network_id=model.pk), place, most=MOST_LINES)
    return RenewalChoices(network_id=model.pk, place=place, lines=lines)


def get_renewal_paper(*, actor: Actor, renewal_id: UUID | str, language: str, draft: str, now: datetime) -> tuple[str, bytes]:
    """
    Return the paper of a renewal as PDF with the name of its file.

    :param draft: what it says below its title as long as nobody has approved it
    """
    from tongdian.apps.plans import mapping

    renewal = find_renewal(renewal_id=renewal_id)
    people.require(actor, "view_plan", customer=renewal.case.customer)
    paper = mapping.to_renewal_paper(renewal, language=language, draft="" if renewal.approved_at else draft, today=timezone.localdate(now))
    return f"{renewal.case.number}-R{renewal.version}.pdf", paper


def get_renewal_bill(*, actor: Actor, renewal_id: UUID | str) -> tuple[str, bytes]:
    """
    Return the bill of a renewal as a workbook with the name of its file.
    """
    from tongdian.apps.plans import mapping

    renewal = find_renewal(renewal_id=renewal_id)
    people.require(actor, "view_plan", customer=renewal.case.customer)
    return f"{renewal.case.number}-R{renewal.version}.xlsx", mapping.to_renewal_bill(renewal)


def _view(renewal: Renewal, actor: Actor) -> RenewalView:
    people.require(actor, "view_plan", customer=renewal.case.customer)
    return RenewalView(**of_case(renewal, actor))
