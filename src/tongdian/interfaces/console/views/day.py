from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from tongdian.apps.insight import queries
from tongdian.apps.people.rules import may
from tongdian.interfaces.console.forms import find_category
from tongdian.interfaces.console.web import Asked, page

SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlan:
    """
    A plan that waits for the reader's approval.
    """

    id: UUID
    place: str
    case_number: str
    proposed_by: str
    proposed_at: datetime


@page
def show_day(asked: Asked) -> HttpResponse:
    """
    Show what waits for the reader, by due date, and what is late elsewhere.
    """
    day = queries.get_day(actor=asked.actor, now=asked.now)
    plans = tuple(_waiting(plan) for plan in day.to_approve)
    context = {
        "role": asked.actor.role,
        "mine": day.mine[:SHOWN],
        "mine_count": len(day.mine),
        "more": max(0, len(day.mine) - SHOWN),
        "plans": plans[:SHOWN],
        "more_plans": max(0, len(plans) - SHOWN),
        "visits": day.visits[:SHOWN],
        "waiting": len(day.mine) + len(plans),
        "late": day.late_elsewhere[:SHOWN],
        "late_count": len(day.late_elsewhere),
        "demands": [(line, find_category(line.category)) for line in day.to_confirm],
        "unconfirmed": day.unconfirmed,
        "may_confirm": may(asked.actor.role, "confirm_category"),
        "summary": day.summary,
    }
    return asked.show("day", context)


def _waiting(plan: Any) -> WaitingPlan:  # noqa: ANN401 - a model, which interfaces do not import
    return WaitingPlan(
        id=plan.pk,
        place=str(plan.case.building),
        case_number=plan.case.number,
        proposed_by=plan.proposed_by.display_name,
        proposed_at=plan.proposed_at,
    )
