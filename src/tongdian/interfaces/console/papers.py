"""
What the case page shows of papers: certificates of its building, checks of its bills.
"""

from typing import Any

from django.utils import timezone

from tongdian.apps.cases import queries as cases
from tongdian.apps.people.rules import may
from tongdian.apps.plans import queries as plans
from tongdian.interfaces.console.forms import BillsForm, RevokeForm
from tongdian.interfaces.console.web import Asked

RESALE = "resale_markup"
Bound = Any  # a bound form, shown again with what is wrong in it


def show_papers(asked: Asked, thread: cases.CaseThread, forms: dict[str, Bound]) -> dict[str, Any]:
    """
    Return what the page shows of certificates and bills, with the forms the reader may use.
    """
    if not may(asked.actor.role, "view_cases"):
        return {}
    case = cases.find_case(case_id=thread.line.id)
    is_open = thread.line.state == "open"
    may_check = is_open and case.procedure.code == RESALE and may(asked.actor.role, "check_bills")
    comparison = next((one for one in thread.milestones if one.code == "comparison"), None)
    return {
        "certificates": plans.list_certificates(actor=asked.actor, building_id=case.building_id, on=timezone.localdate(asked.now)),
        "may_certify": is_open and bool(thread.application.get("devices")) and may(asked.actor.role, "issue_certificate"),
        "revoke_form": (forms.get("revoke_form") or RevokeForm()) if may(asked.actor.role, "revoke_certificate") else None,
        "bill_checks": plans.list_bill_checks(actor=asked.actor, case_id=thread.line.id) if case.procedure.code == RESALE else (),
        "bills_form": (forms.get("bills_form") or BillsForm()) if may_check else None,
        "may_compare": may_check and comparison is not None and comparison.state == "now" and comparison.may_complete,
    }
