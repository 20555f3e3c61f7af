"""
Coming needs: known before anybody applies, counted without a reservation.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.people.rules import may
from tongdian.apps.plans import actions, queries
from tongdian.interfaces.console.forms import CloseNeedForm, NeedForm, NeedTableForm
from tongdian.interfaces.console.tables import send_table
from tongdian.interfaces.console.web import Asked, act, page, status_of, step
from tongdian.interfaces.console.words import say_refusal
from tongdian.kit.refused import Refused
from tongdian.kit.sheets import read_sheet

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY
STATES = ("open", "applied", "dropped")


@page
def list_needs(asked: Asked) -> HttpResponse:
    """
    Show the needs, those wanted first in front.
    """
    return _show(asked)


@step(back="")
def record_need(asked: Asked) -> HttpResponse:
    """
    Record one need.
    """
    form = NeedForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, form=form, status=WRONG)
    return _act(
        asked, lambda: actions.record_need(actor=asked.actor, given=form.cleaned_data, now=asked.now), gettext("Recorded."), form=form
    )


@step(back="")
def import_needs(asked: Asked) -> HttpResponse:
    """
    Take in a list of needs; rows that cannot land come back as a table with their reasons.
    """
    form = NeedTableForm(asked.request.POST, asked.request.FILES)
    if not form.is_valid():
        return _show(asked, table_form=form, status=WRONG)
    table = form.cleaned_data["table"]
    try:
        sheet = read_sheet(table.read(), filename=table.name)
        report = actions.receive_needs(actor=asked.actor, sheet=sheet, now=asked.now)
    except Refused as refused:
        return _show(asked, table_form=form, refused=refused, status=status_of(refused))
    if report.returned:
        header = (gettext("Row"), gettext("Reason"), *sheet.header)
        return send_table("returned.xlsx", header, [(str(row.row), say_refusal(row.reason), *row.cells) for row in report.returned])
    said = gettext("%(landed)s landed, %(known)s were known.") % {"landed": report.landed, "known": report.known}
    messages.success(asked.request, said)
    return _act(asked, lambda: None, "")


@step(back="")
def close_need(asked: Asked, need_id: UUID) -> HttpResponse:
    """
    Close a need: the case it became, or why it came to nothing.
    """
    form = CloseNeedForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, status=WRONG)
    return _act(
        asked,
        lambda: actions.close_need(actor=asked.actor, need_id=need_id, now=asked.now, **form.cleaned_data),
        gettext("The need is closed."),
    )


def _act(asked: Asked, change: Callable[[], object], said: str, **forms: Any) -> HttpResponse:  # noqa: ANN401 - bound forms
    return act(
        asked,
        change,
        said=said,
        to=reverse("console:needs"),
        again=lambda refused, status: _show(asked, refused=refused, status=status, **forms),
    )


def _show(
    asked: Asked,
    *,
    form: NeedForm | None = None,
    table_form: NeedTableForm | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    state = asked.request.GET.get("state", "open")
    state = state if state in STATES else "open"
    needs = queries.list_needs(actor=asked.actor, state=state)
    may_record = may(asked.actor.role, "record_need")
    context = {
        "needs": needs,
        "state": state,
        "other_states": [one for one in STATES if one != state],
        "total_kw": sum(need.kw for need in needs),
        "expected_kw": sum(need.kw * need.probability / 100 for need in needs),
        "form": (form or NeedForm()) if may_record else None,
        "recording": form is not None,
        "table_form": (table_form or NeedTableForm()) if may_record else None,
        "importing": table_form is not None,
        "close_form": CloseNeedForm() if may_record and state == "open" else None,
        "refused": refused,
    }
    return asked.show("needs", context, status=status)
