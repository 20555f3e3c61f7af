"""
Bills of resold electricity, checked in a case.
"""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.cases.models import Case, Milestone
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.plans import events, mapping, queries
from tongdian.apps.plans.models import BillCheck
from tongdian.kit.refused import N_, Refused

PROCEDURE, MILESTONE = "resale_markup", "comparison"


class NotABillCheck(Refused):
    """
    The case is not about resold electricity, or the check cannot stand as its comparison.
    """


def check_bills(*, actor: Actor, case_id: UUID | str, content: bytes, filename: str, method: str, now: datetime) -> BillCheck:
    """
    Check the bills of a case; bills, result and report are kept, and the journal names them by their hashes.

    :param method: how losses and shared use count: ``price`` or ``share``
    :raises NotABillCheck: if the case is not open or about something else
    """
    people.require(actor, "check_bills")
    case = case_queries.find_case(case_id=case_id)
    if case.procedure.code != PROCEDURE or case.state != Case.State.OPEN:
        raise NotABillCheck(N_("The case %(number)s is not an open check of resold electricity."), number=case.number)
    document, report = mapping.check_bills(content, filename=filename, method=method, on=timezone.localdate(now))
    bills_sha256, report_sha256 = journal.keep_file(content=content), journal.keep_file(content=report)
    with transaction.atomic():
        check = BillCheck.objects.create(
            case=case,
            method=method,
            document=document,
            over_yuan=Decimal(document["over_yuan"]),
            bills_sha256=bills_sha256,
            bills_name=Path(filename).name[:120],
            report_sha256=report_sha256,
            checked_by=User.objects.get(pk=actor.id),
            checked_at=now,
        )
        values = {"over": document["over_yuan"], "method": method, "bills": bills_sha256, "report": report_sha256}
        journal.record(actor=actor, kind=events.BILLS_CHECKED, subject=case, now=now, values=values)
    return check


@transaction.atomic
def record_comparison(*, actor: Actor, check_id: UUID | str, now: datetime) -> Milestone:
    """
    Record a complete check as the case's comparison: the benchmark and what was charged too much.

    :raises NotABillCheck: if a period could not be judged, or periods have different benchmarks: then a person writes the figures
    """
    people.require(actor, "check_bills")
    check = queries.find_bill_check(check_id=check_id)
    benchmarks = {month["benchmark"] for month in check.document["months"]}
    if not check.document["is_complete"] or check.document["returned"] or len(benchmarks) != 1:
        raise NotABillCheck(N_("This check leaves something open, or has several benchmarks: record the comparison by hand."))
    evidence = {"benchmark_yuan_per_kwh": float(benchmarks.pop()), "excess_yuan": float(check.over_yuan)}
    return cases.complete_milestone(actor=actor, case_id=check.case_id, code=MILESTONE, evidence=evidence, now=now)
