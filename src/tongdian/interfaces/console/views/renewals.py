"""
Renewing old lines: the stretch is chosen, the engine plans it, a second person approves.
"""

import math
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.network import queries as network
from tongdian.apps.plans import actions, queries
from tongdian.interfaces.console.network_map import NetworkMap, frame_around
from tongdian.interfaces.console.renewal_values import draw_lines, to_renewal
from tongdian.interfaces.console.tables import send_paper, send_workbook
from tongdian.interfaces.console.views.plans import TONES
from tongdian.interfaces.console.web import UNKNOWN, Asked, act, page, status_of, step
from tongdian.kit.refused import Refused

GROWTH_PERCENT = "30"
TIMES_AROUND = 3
LONGEST_NUMBER = 16


@page
def choose_lines(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Show the lines near the case's place, to choose the stretch that becomes cable.
    """
    return _choose(asked, case_id, lines=(), growth=GROWTH_PERCENT)


@step(back="case")
def propose_renewal(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Let the engine plan the renewal of the chosen lines.
    """
    given = asked.request.POST
    lines = [int(line) for line in given.getlist("via") if line.isascii() and line.isdigit() and len(line) < LONGEST_NUMBER]
    growth = given.get("growth", "")
    try:
        fraction = _fraction(growth)
        made = actions.propose_renewal(actor=asked.actor, case_id=case_id, lines=lines, growth=fraction, now=asked.now)
    except UNKNOWN:
        raise
    except Refused as refused:
        return _choose(asked, case_id, lines=lines, growth=growth, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The renewal is planned. A second person approves it."))
    return redirect("console:renewal", made.pk)


@page
def show_renewal(asked: Asked, renewal_id: UUID) -> HttpResponse:
    """
    Show a renewal: map, before and after, the steps with who is dark how long, the bill.
    """
    return _show(asked, renewal_id)


@step(back="renewal")
def approve_renewal(asked: Asked, renewal_id: UUID) -> HttpResponse:
    """
    Approve, as the second person.
    """
    return act(
        asked,
        lambda: actions.approve_renewal(actor=asked.actor, renewal_id=renewal_id, now=asked.now),
        said=gettext("Approved. The scheme of the case is settled."),
        to=reverse("console:renewal", args=[renewal_id]),
        again=lambda refused, status: _show(asked, renewal_id, refused=refused, status=status),
    )


@page
def show_paper(asked: Asked, renewal_id: UUID) -> HttpResponse:
    """
    Send the paper of a renewal as PDF, in the reader's language.
    """
    return send_paper(asked, partial(queries.get_renewal_paper, renewal_id=renewal_id))


@page
def show_bill(asked: Asked, renewal_id: UUID) -> HttpResponse:
    """
    Send the bill of a renewal as a workbook.
    """
    return send_workbook(*queries.get_renewal_bill(actor=asked.actor, renewal_id=renewal_id))


def _fraction(percent: str) -> float:
    """
    Return a percentage as a fraction; what is no number is left to the engine to refuse.
    """
    try:
        return float(percent.strip().rstrip("%％ ")) / 100
    except ValueError:
        return math.nan


def _choose(
    asked: Asked, case_id: UUID, *, lines: Sequence[int], growth: str, refused: Refused | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    choices = queries.list_renewal_choices(actor=asked.actor, case_id=case_id)
    thread = cases.get_thread(actor=asked.actor, case_id=case_id, now=asked.now)
    chosen = set(lines)
    context = {
        "line": thread.line,
        "may_renew": queries.may_renew(actor=asked.actor, case_id=case_id),
        "lines": [{"line": one, "is_on": one.line_id in chosen} for one in choices.lines],
        "growth": growth,
        "map": _draw(choices.network_id, choices.place, [(line, ()) for line in lines]),
        "refused": refused,
    }
    return asked.show("renewal_new", context, status=status)


def _draw(network_id: UUID, place: tuple[float, float], chosen: Sequence[tuple[int, Sequence[Sequence[float]]]]) -> NetworkMap:
    places = [(lon, lat) for _, path in chosen for lon, lat in path] or [place]
    frame = frame_around([*places, place]).widened(1.0 if chosen and chosen[0][1] else 2.0)
    return draw_lines(
        network.get_nearby(network_id=network_id, box=frame.box()),
        frame,
        chosen,
        place,
        around=network.get_nearby(network_id=network_id, box=frame.widened(TIMES_AROUND).box()),
    )


def _show(asked: Asked, renewal_id: UUID, *, refused: Refused | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    renewal = queries.get_renewal(actor=asked.actor, renewal_id=renewal_id)
    sections = [(section["line_id"], section["path"]) for section in renewal.document["sections"]]
    first = sections[0][1][0]
    context = {
        "renewal": renewal,
        "tone": TONES.get(renewal.status, "bad"),
        "line": cases.get_thread(actor=asked.actor, case_id=renewal.case_id, now=asked.now).line,
        "drawn": to_renewal(renewal),
        "map": _draw(renewal.network_id, (first[0], first[1]), sections),
        "may_renew": queries.may_renew(actor=asked.actor, case_id=renewal.case_id),
        "refused": refused,
    }
    return asked.show("renewal", context, status=status)
