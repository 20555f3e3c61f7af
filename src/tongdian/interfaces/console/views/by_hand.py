"""
Changing a plan by hand: another point, way, cable or laying, with the checks at once; then keeping it as another version.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.network import queries as network
from tongdian.apps.plans import actions, queries
from tongdian.apps.plans.queries import PlanView
from tongdian.apps.plans.rules import ByHand
from tongdian.interfaces.console.hand_values import read_choice, to_against, to_form, to_query
from tongdian.interfaces.console.network_map import NetworkMap, class_of, draw_map, feature, frame_around, places_of
from tongdian.interfaces.console.plan_values import OptionShown, PlanShown, to_plan, to_tried
from tongdian.interfaces.console.web import UNKNOWN, Asked, page, status_of, step
from tongdian.kit.refused import Refused

TIMES_AROUND = 5  # how many times its width a map can be moved over


@page
def show_by_hand(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Show the workbench with what the address chooses.
    """
    plan = queries.get_plan(actor=asked.actor, plan_id=plan_id)
    return _show(asked, plan, read_choice(asked.request.GET, otherwise=_first_bus(plan)))


@page
def show_part(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Show what comes of a choice: the parts beside and below the map.
    """
    plan = queries.get_plan(actor=asked.actor, plan_id=plan_id)
    chosen = read_choice(asked.request.GET, otherwise=_first_bus(plan))
    response = asked.show("by_hand_part", _context(asked, plan, chosen))
    response["HX-Push-Url"] = f"{reverse('console:by_hand', args=[plan_id])}?{to_query(chosen)}"
    return response


@step(back="plan")
def keep_by_hand(asked: Asked, plan_id: UUID) -> HttpResponse:
    """
    Keep a choice as another version of the plan.
    """
    plan = queries.get_plan(actor=asked.actor, plan_id=plan_id)
    chosen = read_choice(asked.request.POST, otherwise=_first_bus(plan))
    reason = asked.request.POST.get("reason", "")
    try:
        kept = actions.keep_by_hand(actor=asked.actor, plan_id=plan_id, chosen=chosen, reason=reason, now=asked.now)
    except UNKNOWN:
        raise
    except Refused as refused:
        return _show(asked, plan, chosen, not_kept=refused, reason=reason, status=status_of(refused))
    messages.success(asked.request, gettext("Kept as version %(version)s. A second person approves it.") % {"version": kept.version})
    return redirect("console:plan", kept.pk)


def _first_bus(plan: PlanView) -> int:
    """
    Return the connection point to begin with: the recommended option's, else the first one's; 0 where the plan has none.
    """
    at = plan.document.get("recommended") or 0
    return int(plan.options[at].document["bus_id"]) if plan.options else 0


def _show(
    asked: Asked, plan: PlanView, chosen: ByHand, *, not_kept: Refused | None = None, reason: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    context = _context(asked, plan, chosen) | {"not_kept": not_kept, "reason": reason}
    return asked.show("by_hand", context, status=status)


def _context(asked: Asked, plan: PlanView, chosen: ByHand) -> dict[str, Any]:
    choices = queries.list_hand_choices(actor=asked.actor, plan_id=plan.id, now=asked.now)
    drawn = to_plan(plan)
    if not chosen.bus_id and choices.points:
        chosen = replace(chosen, bus_id=choices.points[0].bus_id)
    tried: OptionShown | None = None
    refused: Refused | None = None
    try:
        tried = to_tried(queries.try_by_hand(actor=asked.actor, plan_id=plan.id, chosen=chosen, now=asked.now), plan)
    except Refused as reason:
        refused = reason
    drawing = _draw(plan, drawn, tried, choices.lines_network_id)
    drawing.layers["buses"] = [[round(p.bus_lon, 7), round(p.bus_lat, 7), p.bus_id] for p in choices.points]
    drawing.layers["via"] = list(chosen.via)
    return {
        "plan": plan,
        "line": cases.get_thread(actor=asked.actor, case_id=plan.case_id, now=asked.now).line,
        "drawn": drawn,
        "chosen": chosen,
        "form": to_form(choices, chosen),
        "tried": tried,
        "refused": refused,
        "against": to_against(tried, drawn) if tried else (),
        "map": drawing,
    }


def _draw(plan: PlanView, drawn: PlanShown, tried: OptionShown | None, lines_network_id: UUID) -> NetworkMap:
    """
    Draw the plan's options with the way that is tried on top.

    :param lines_network_id: the network whose lines can be chosen; where it lies below the plan's own, they are drawn beside its lines
    """
    others = tuple(replace(option, is_pick=False) for option in drawn.options)
    shown = drawn if tried is None else replace(drawn, options=(tried, *others), best=tried)
    frame = frame_around(places_of(shown))
    wide, own = frame.widened(TIMES_AROUND).box(), lines_network_id == plan.network_id
    drawing = draw_map(
        shown,
        network.get_nearby(network_id=plan.network_id, box=frame.box()),
        frame,
        around=network.get_nearby(network_id=plan.network_id, box=wide),
        with_ids=own,
    )
    if not own:
        below = network.get_nearby(network_id=lines_network_id, box=wide)
        drawing.layers["lines"]["features"] += [feature(path, class_of(0.0), line=line) for line, path in below.lines]
    return drawing
