from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.network import queries as network
from tongdian.apps.people.rules import may
from tongdian.apps.plans import actions, queries
from tongdian.interfaces.console.network_map import draw_map, frame_around, places_of
from tongdian.interfaces.console.plan_values import to_plan
from tongdian.interfaces.console.tables import send_paper, send_workbook
from tongdian.interfaces.console.web import Asked, act, page, step
from tongdian.interfaces.console.words import say_number
from tongdian.kit.refused import Refused

TIMES_AROUND = 3  # how many times its width a map can be moved over
TONES = {"proposed": "warn", "approved": "on", "accepted": "ok"}


@page
def show_plan(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Show a supply plan as a workbench: map and reason, options side by side, one-line diagram.
    """
    return _show(asked, plan_id)


@page
def show_reply(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Send the plan's reply as PDF, in the reader's language.
    """
    return send_paper(asked, partial(queries.get_reply_paper, plan_id=plan_id))


@page
def show_bill(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Send the bills of the plan's options as a workbook.
    """
    return send_workbook(*queries.get_bill_sheet(actor=asked.actor, plan_id=plan_id))


@step(back="plan")
def approve_plan(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Approve, as the second person.
    """
    return _act(
        asked,
        plan_id,
        lambda: actions.approve_plan(actor=asked.actor, plan_id=plan_id, now=asked.now),
        said=gettext("Approved. The customer can choose now."),
    )


@step(back="plan")
def accept_option(asked: Asked, plan_id: UUID, option_id: UUID) -> HttpResponse:
    """
    Accept an option for the customer; its capacity is reserved.
    """
    return _act(
        asked,
        plan_id,
        lambda: actions.accept_option(actor=asked.actor, option_id=option_id, now=asked.now),
        said=gettext("Accepted. The capacity is reserved."),
    )


def _act(asked: Asked, plan_id: UUID, change: Callable[[], object], *, said: str) -> HttpResponse:
    return act(
        asked,
        change,
        said=said,
        to=reverse("console:plan", args=[plan_id]),
        again=lambda refused, status: _show(asked, plan_id, refused=refused, status=status),
    )


def _show(asked: Asked, plan_id: UUID, *, refused: Refused | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    plan = queries.get_plan(actor=asked.actor, plan_id=plan_id)
    drawn = to_plan(plan)
    frame = frame_around(places_of(drawn))
    context = {
        "plan": plan,
        "plan_tone": TONES.get(plan.status, ""),
        "line": cases.get_thread(actor=asked.actor, case_id=plan.case_id, now=asked.now).line,
        "drawn": drawn,
        "planning_percent": say_number(100 * drawn.document["transformer_planning"], 0),
        "map": draw_map(
            drawn,
            network.get_nearby(network_id=plan.network_id, box=frame.box()),
            frame,
            around=network.get_nearby(network_id=plan.network_id, box=frame.widened(TIMES_AROUND).box()),
        ),
        "may_view_joint": may(asked.actor.role, "view_cases"),
        "may_reject": may(asked.actor.role, "reject_case") and plan.status in {"proposed", "infeasible", "approved"},
        "refused": refused,
    }
    return asked.show("plan", context, status=status)
