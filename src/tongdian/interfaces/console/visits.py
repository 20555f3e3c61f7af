"""
What the case page shows of a case's visits, and the forms for the next one.
"""

from typing import Any

from tongdian.apps.cases.queries import CaseThread, MilestoneView
from tongdian.apps.people.rules import may
from tongdian.apps.works import queries as works
from tongdian.interfaces.console.forms import VisitDayForm, VisitForm
from tongdian.interfaces.console.web import Asked


def show_visits(
    asked: Asked, thread: CaseThread, current: MilestoneView | None, *, report_form: VisitForm | None, day_form: VisitDayForm | None
) -> dict[str, Any]:
    """
    Return the visits of a case and, where the ball lies at one, its forms.
    """
    orders = works.list_visits(actor=asked.actor, case_id=thread.line.id)
    visit = current.visit if current is not None else ""
    order = next((one for one in orders if one.visit == visit and one.state == "planned"), None)
    may_plan = bool(visit) and may(asked.actor.role, "plan_visits")
    may_report = order is not None and may(asked.actor.role, "report_visit") and asked.actor.role == order.role
    if report_form is None and may_report:
        steps = [milestone for milestone in thread.milestones if milestone.visit == visit]
        report_form = VisitForm(steps=steps, now=asked.now)
    return {
        "visits": [(one, [milestone for milestone in thread.milestones if milestone.visit == one.visit]) for one in orders],
        "visit": visit,
        "order": order,
        "day_form": (day_form or VisitDayForm(initial={"day": order.planned_on if order else None})) if may_plan else None,
        "report_form": report_form if may_report else None,
    }
