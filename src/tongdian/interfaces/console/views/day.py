from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.insight import queries
from tongdian.apps.people.rules import may
from tongdian.apps.plans import queries as plan_queries
from tongdian.interfaces.console.forms import find_category
from tongdian.interfaces.console.web import Asked, page

SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlan:
    """
    A plan, joint plan or renewal that waits for the reader's approval.
    """

    link: str
    place: str
    said: str
    number: str
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
        "joint_places": plan_queries.list_waiting_places(actor=asked.actor)[:SHOWN],
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


def _waiting(answer: plan_queries.WaitingAnswer) -> WaitingPlan:
    said = {"plan": gettext("supply plan"), "joint_plan": gettext("joint plan"), "renewal": gettext("renewal of lines")}
    return WaitingPlan(
        link=reverse(f"console:{answer.kind}", args=[answer.id]),
        place=answer.place,
        said=said[answer.kind],
        number=answer.number if answer.kind != "joint_plan" else f"J{answer.number}",
        proposed_by=answer.proposed_by,
        proposed_at=answer.proposed_at,
    )
