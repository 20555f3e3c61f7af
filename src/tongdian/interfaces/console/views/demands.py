from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.cases import actions as case_actions
from tongdian.apps.cases import queries as cases
from tongdian.apps.demands import actions, queries
from tongdian.apps.people.rules import may
from tongdian.interfaces.console.forms import CategoryForm, DemandFilter, OpenCaseForm, ReplyForm, find_category
from tongdian.interfaces.console.parts import Pages, page_number
from tongdian.interfaces.console.tables import send_table, write_day
from tongdian.interfaces.console.web import Asked, act, page, status_of, step
from tongdian.interfaces.console.words import say_code, say_name
from tongdian.kit.refused import Refused

PAGE_SIZE = 20
LARGEST_TABLE = 100_000  # rows


@page
def list_demands(asked: Asked) -> HttpResponse:
    """
    Show the demands, newest first; the filters stand in the address.
    """
    form, found = _find(asked, page=page_number(asked.request.GET.get("page", "")), page_size=PAGE_SIZE)
    counts = queries.count_demands()
    context = {
        "form": form,
        "rows": [(line, find_category(line.category)) for line in found.lines],
        "pages": Pages(page=found.page, pages=found.pages, total=found.total),
        "may_import": may(asked.actor.role, "receive_demands"),
        "counts": counts | {"waiting": counts["total"] - counts["confirmed"]},
    }
    return asked.show("demands", context)


@page
def export_demands(asked: Asked) -> HttpResponse:
    """
    Hand out the demands that the filters find, as a table; contact details stay masked.
    """
    header = (gettext("Number"), gettext("What was said"), gettext("Category"), gettext("Urgency"), gettext("Channel"), gettext("Said on"),
              gettext("City"), gettext("County or district"), gettext("Place"))  # fmt: skip
    rows = [
        (line.number, line.shown, say_name(category) if (category := find_category(line.category)) else "", say_code(line.urgency),
         say_code(line.channel), write_day(line.reported_at), line.city, line.county, line.place)
        for line in _find(asked, page=1, page_size=LARGEST_TABLE)[1].lines
    ]  # fmt: skip
    return send_table("demands.xlsx", header, rows)


def _find(asked: Asked, *, page: int, page_size: int) -> tuple[DemandFilter, queries.DemandPage]:
    form = DemandFilter(asked.request.GET, cities=queries.list_cities())
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    return form, queries.list_demands(
        actor=asked.actor,
        category=wanted.get("category", ""),
        state=wanted.get("state", ""),
        city=wanted.get("city", ""),
        urgency=wanted.get("urgency", ""),
        visit=asked.request.GET.get("visit", ""),
        visited=wanted.get("visited", ""),
        words=wanted.get("q", ""),
        page=page,
        page_size=page_size,
    )


@page
def show_demand(asked: Asked, demand_id: UUID) -> HttpResponse:
    """
    Show one demand: its words first.
    """
    return _show(asked, demand_id)


@step(back="demand")
def confirm_category(asked: Asked, demand_id: UUID) -> HttpResponse:
    """
    Say what a demand is about.
    """
    form = CategoryForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, demand_id, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    category = find_category(form.cleaned_data["category"])
    return act(
        asked,
        lambda: actions.confirm_category(actor=asked.actor, demand_id=demand_id, now=asked.now, **form.cleaned_data),
        said=gettext("Confirmed: %(category)s") % {"category": say_name(category)},
        to=reverse("console:demand", args=[demand_id]),
        again=lambda refused, status: _show(asked, demand_id, form=form, refused=refused, status=status),
    )


@step(back="demand")
def reveal_contact(asked: Asked, demand_id: UUID) -> HttpResponse:
    """
    Show the contact in full, once; the journal notes who looked.
    """
    try:
        name, phone = actions.reveal_contact(actor=asked.actor, demand_id=demand_id, now=asked.now)
    except Refused as refused:
        return _show(asked, demand_id, refused=refused, status=HTTPStatus.FORBIDDEN)
    return _show(asked, demand_id, contact=(name, phone))


@step(back="demand")
def close_demand(asked: Asked, demand_id: UUID) -> HttpResponse:
    """
    Check a reply, or close the demand with it; what the check finds is shown beside it.
    """
    form = ReplyForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, demand_id, reply_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    given = form.cleaned_data
    findings = queries.check_reply(actor=asked.actor, demand_id=demand_id, text=given["reply"], now=asked.now)
    if "check" in asked.request.POST:
        return _show(asked, demand_id, reply_form=form, findings=findings)
    return act(
        asked,
        lambda: actions.close_demand(actor=asked.actor, demand_id=demand_id, text=given["reply"], because=given["because"], now=asked.now),
        said=gettext("The demand is closed; who said it can read the reply."),
        to=reverse("console:demand", args=[demand_id]),
        again=lambda refused, status: _show(asked, demand_id, reply_form=form, findings=findings, refused=refused, status=status),
    )


@step(back="demand")
def open_case(asked: Asked, demand_id: UUID) -> HttpResponse:
    """
    Promise a connection for a demand: open its case.
    """
    demand = queries.get_demand(actor=asked.actor, demand_id=demand_id)
    form = OpenCaseForm(asked.request.POST, procedures=cases.list_procedures(category=demand.category))
    if not form.is_valid():
        return _show(asked, demand_id, case_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        case = case_actions.take_up_demand(
            actor=asked.actor,
            demand_id=demand_id,
            now=asked.now,
            application=form.get_application(),
            **{name: form.cleaned_data[name] for name in ("procedure", "building", "lon", "lat")},
        )
    except Refused as refused:
        return _show(asked, demand_id, case_form=form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The case %(number)s is open.") % {"number": case.number})
    return redirect("console:case", case_id=case.pk)


def _show(
    asked: Asked,
    demand_id: UUID,
    *,
    form: CategoryForm | None = None,
    case_form: OpenCaseForm | None = None,
    reply_form: ReplyForm | None = None,
    findings: queries.ReplyFindings | None = None,
    contact: tuple[str, str] | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    demand = queries.get_demand(actor=asked.actor, demand_id=demand_id)
    role = asked.actor.role
    suggested = demand.guesses[0].category if demand.guesses and not demand.is_unsure else ""
    chosen = {"category": demand.category or suggested, "second_category": demand.second_category}
    procedures = cases.list_procedures(category=demand.category)
    context = {
        "demand": demand,
        "category": find_category(demand.category),
        "second_category": find_category(demand.second_category),
        "guesses": [(guess, find_category(guess.category)) for guess in demand.guesses],
        "deciding": queries.explain_suggestion(demand=demand) if not demand.confirmed_at else (),
        "earlier": queries.list_earlier(actor=asked.actor, demand=demand),
        "cases": cases.list_cases_of_demand(actor=asked.actor, demand_id=demand.id, now=asked.now),
        "contact_name": contact[0] if contact else demand.contact_name,
        "contact_phone": contact[1] if contact else demand.contact_phone,
        "is_revealed": contact is not None,
        "may_confirm": may(role, "confirm_category"),
        "may_reveal": may(role, "reveal_contact"),
        "may_open": may(role, "open_case") and demand.confirmed_at is not None,
        "form": form or CategoryForm(initial=chosen),
        "procedures": procedures,
        "category_count": len(queries.list_categories()),
        "case_form": case_form or OpenCaseForm(procedures=procedures, initial=_place(demand_id) if procedures else {}),
        "reply": queries.get_reply(demand_id=demand.id),
        "reply_form": reply_form or ReplyForm(),
        "findings": findings,
        "may_close": may(role, "close_demand"),
        "refused": refused,
    }
    return asked.show("demand", context, status=status)


def _place(demand_id: UUID) -> dict[str, Any]:
    building = queries.find_demand(demand_id=demand_id).building
    return {"building": building.name, "lon": building.lon, "lat": building.lat} if building else {}
