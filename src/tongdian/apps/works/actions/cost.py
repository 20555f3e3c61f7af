"""
What the works really cost, beside what the plan estimated.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import queries as case_queries
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.plans.models import Option
from tongdian.apps.works import events
from tongdian.apps.works.models import Settlement
from tongdian.kit.refused import N_, Refused


class UnusableSettlement(Refused):
    """
    The settlement cannot be recorded as it is given.
    """


@transaction.atomic
def record_settlement(
    *, actor: Actor, case_id: UUID | str, amount_yuan: Decimal, settled_on: date, file: tuple[str, bytes] | None = None, now: datetime
) -> Settlement:
    """
    Record once what a case's works cost the utility; its share in the accepted plan's estimate stands beside it.

    :raises UnusableSettlement: if the amount is not positive, the day lies in the future, or another amount was recorded already
    """
    people.require(actor, "record_settlement")
    case = case_queries.find_case(case_id=case_id)
    if amount_yuan <= 0 or settled_on > timezone.localdate(now):
        raise UnusableSettlement(N_("A settlement is an amount above zero, on a day that has come."))
    if known := Settlement.objects.filter(case=case).first():
        if (known.amount_yuan, known.settled_on) != (amount_yuan, settled_on):
            raise UnusableSettlement(
                N_("The settlement of the case %(number)s is recorded already: %(amount)s yuan."),
                number=case.number,
                amount=known.amount_yuan,
            )
        return known
    accepted = Option.objects.filter(plan__case=case, reservation__isnull=False).order_by("-plan__version").first()
    settlement = Settlement.objects.create(
        case=case,
        amount_yuan=amount_yuan,
        estimate_yuan=accepted.utility_yuan if accepted else None,
        settled_on=settled_on,
        file_sha256=journal.keep_file(content=file[1]) if file else "",
    )
    values = {"amount_yuan": str(amount_yuan), "estimate_yuan": str(settlement.estimate_yuan or ""), "file": settlement.file_sha256}
    journal.record(actor=actor, kind=events.COST_SETTLED, subject=case, now=now, values=values)
    return settlement
