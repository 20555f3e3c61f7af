"""
Renewing old lines: the engine's plan of a stretch for a case, approved by a second person.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Case
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.plans import events, queries, rules
from tongdian.apps.plans.actions.answer import NotApplicable, NotOpen, SecondPersonNeeded
from tongdian.apps.plans.models import Renewal
from tongdian.kit.refused import N_


def propose_renewal(*, actor: Actor, case_id: UUID | str, lines: Sequence[int], growth: float, now: datetime) -> Renewal:
    """
    Let the engine plan how some lines become cable, all reservations counted, and keep the answer as the case's next version.

    :param lines: identifiers of lines of the current low-voltage network
    :param growth: of the loads while the cable lies, as a fraction
    :raises NotApplicable: if the case renews no lines, is not open, or has an approved renewal
    :raises Refused: if the lines are no stretch that can be renewed; the text names why
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "propose_plan")
    case = case_queries.find_case(case_id=case_id)
    _check_renews(case)
    model = network_queries.get_current_network()
    started = time.perf_counter()
    held = queries.list_holding(network_id=model.pk, at=now)
    answer = mapping.renew(lines, network_queries.get_network(network_id=model.pk), held, growth=growth, day=timezone.localdate(now))
    seconds = time.perf_counter() - started
    with transaction.atomic():
        _check_renews(case_queries.find_case(case_id=case_id))
        Renewal.objects.filter(case=case, status__in=rules.CHANGEABLE).update(status=rules.Status.SUPERSEDED)
        renewal = Renewal.objects.create(
            case=case,
            version=Renewal.objects.filter(case=case).count() + 1,
            network=model,
            status=rules.Status.PROPOSED if answer.feasible else rules.Status.INFEASIBLE,
            lines=list(lines),
            growth=growth,
            document=answer.to_dict(),
            proposed_by=User.objects.get(pk=actor.id),
            proposed_at=now,
            seconds=seconds,
        )
        values = {"version": renewal.version, "length_m": round(answer.length_m), "network": model.fingerprint, "holds": answer.feasible}
        journal.record(actor=actor, kind=events.RENEWAL_PROPOSED, subject=renewal, now=now, values=values)
    return renewal


@transaction.atomic
def approve_renewal(*, actor: Actor, renewal_id: UUID | str, now: datetime) -> Renewal:
    """
    A second person approves a renewal: its case's scheme is settled, with the paper and the estimate as evidence.

    :raises SecondPersonNeeded: if the actor proposed it himself
    :raises NotOpen: if it does not wait for approval
    :raises NotYet: if the case has not come as far as its scheme
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "approve_plan")
    renewal = queries.find_renewal(renewal_id=renewal_id)
    if renewal.status != rules.Status.PROPOSED or renewal.case.state != Case.State.OPEN:
        raise NotOpen(
            N_("This plan does not wait for approval: it is %(status)s, its case %(state)s."),
            status=renewal.status,
            state=renewal.case.state,
        )
    if str(renewal.proposed_by_id) == actor.id:
        raise SecondPersonNeeded(N_("You proposed this plan yourself. Another planner or programme manager must approve it."))
    renewal.status, renewal.approved_by, renewal.approved_at = rules.Status.APPROVED, User.objects.get(pk=actor.id), now
    renewal.save(update_fields=["status", "approved_by", "approved_at"])
    total = renewal.document["cost"]["total_yuan"]
    values = {"version": renewal.version, "length_m": round(renewal.document["length_m"]), "yuan": total}
    journal.record(actor=actor, kind=events.RENEWAL_APPROVED, subject=renewal, now=now, values=values)
    paper = mapping.to_renewal_paper(renewal, language="zh", draft="", today=timezone.localdate(now))
    evidence = {"scheme": (f"{renewal.case.number}-R{renewal.version}.pdf", paper), "estimate_yuan": float(total)}
    cases.reach_milestone(actor=actor, case=renewal.case, effect=rules.RENEWAL_EFFECT, evidence=evidence, now=now)
    return renewal


def _check_renews(case: Case) -> None:
    if case.state != Case.State.OPEN:
        raise NotApplicable(N_("The case %(number)s is %(state)s: it needs no plan."), number=case.number, state=case.state)
    if not queries.renews_lines(case):
        raise NotApplicable(N_("The case %(number)s renews no lines."), number=case.number)
    if Renewal.objects.filter(case=case, status=rules.Status.APPROVED).exists():
        raise NotApplicable(N_("The renewal of the case %(number)s is approved already."), number=case.number)
