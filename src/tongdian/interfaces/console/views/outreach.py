"""
Outreach: visits of the service teams, the teams themselves, and the welfare list.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tongdian.apps.demands import actions, queries
from tongdian.apps.demands.rules import DemandRow, VisitRow
from tongdian.apps.people import actions as people_actions
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import may
from tongdian.apps.places import queries as places
from tongdian.interfaces.console.forms import CareForm, OutreachForm, TeamForm, find_category
from tongdian.interfaces.console.web import Asked, page, status_of, step
from tongdian.kit.refused import Refused

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY
SHOWN = 100


@page
def list_outreach(asked: Asked) -> HttpResponse:
    """
    Show the latest visits and what they add up to.
    """
    return _show(asked)


@step(back="")
def record_visit(asked: Asked) -> HttpResponse:
    """
    Record a visit; every opinion raised becomes a demand.
    """
    form = OutreachForm(asked.request.POST, teams=people.list_teams(), now=asked.now)
    if not form.is_valid():
        return _show(asked, form=form, status=WRONG)
    try:
        visit, opinions = _read(form)
        actions.record_visit(actor=asked.actor, visit=visit, opinions=opinions, now=asked.now)
    except Refused as refused:
        return _show(asked, form=form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The visit is recorded with %(count)s opinions.") % {"count": len(opinions)})
    return redirect("console:outreach")


@step(back="")
def form_team(asked: Asked) -> HttpResponse:
    """
    Form a team, or let more people join it.
    """
    form = TeamForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, team_form=form, status=WRONG)
    given = form.cleaned_data
    try:
        people_actions.form_team(actor=asked.actor, title=given["title"], kind=given["kind"], members=form.get_members(), now=asked.now)
    except Refused as refused:
        return _show(asked, team_form=form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The team is formed."))
    return redirect("console:outreach")


@page
def list_care(asked: Asked) -> HttpResponse:
    """
    Show whom the reader takes care of; that he looked is journalled.
    """
    return _show_care(asked)


@step(back="")
def add_care(asked: Asked) -> HttpResponse:
    """
    Take a household onto the welfare list.
    """
    form = _care_form(asked.request.POST)
    if not form.is_valid():
        return _show_care(asked, form=form, status=WRONG)
    given = dict(form.cleaned_data)
    try:
        building = places.get_building(building_id=given.pop("building_id"))
        actions.add_care_household(actor=asked.actor, building=building, now=asked.now, **given)
    except Refused as refused:
        return _show_care(asked, form=form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The household is on the list."))
    return redirect("console:care")


@step(back="")
def reveal_care(asked: Asked, household_id: UUID) -> HttpResponse:
    """
    Show one household in full, once.
    """
    try:
        shown = actions.reveal_care_household(actor=asked.actor, household_id=household_id, now=asked.now)
    except Refused as refused:
        return _show_care(asked, refused=refused, status=status_of(refused))
    return _show_care(asked, revealed=shown)


@step(back="")
def end_care(asked: Asked, household_id: UUID) -> HttpResponse:
    """
    Take a household off the list.
    """
    try:
        actions.end_care_household(actor=asked.actor, household_id=household_id, now=asked.now)
    except Refused as refused:
        return _show_care(asked, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The household is off the list."))
    return redirect("console:care")


def _show(
    asked: Asked,
    *,
    form: OutreachForm | None = None,
    team_form: TeamForm | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    teams = people.list_teams()
    team = asked.request.GET.get("team", "")
    kind = asked.request.GET.get("kind", "")
    raised = queries.count_raised(actor=asked.actor, team=team, kind=kind)
    context = {
        "visits": queries.list_outreach(actor=asked.actor, team=team, kind=kind, limit=SHOWN),
        "team": team,
        "kind": kind,
        "kinds": [code for code in ("households", "enterprises", "community") if code != kind],
        "counts": queries.count_outreach(team=team, kind=kind),
        "raised": [(find_category(code), count) for code, count in raised],
        "teams": teams,
        "form": (form or OutreachForm(teams=teams, now=asked.now, initial={"key": str(uuid4())}))
        if teams and may(asked.actor.role, "record_visit")
        else None,
        "recording": form is not None,
        "team_form": (team_form or TeamForm()) if may(asked.actor.role, "form_team") else None,
        "forming": team_form is not None,
        "refused": refused,
    }
    return asked.show("outreach", context, status=status)


def _read(form: OutreachForm) -> tuple[VisitRow, list[DemandRow]]:
    given: dict[str, Any] = dict(form.cleaned_data)
    lines = [line.strip() for line in given.pop("opinions").splitlines() if line.strip()]
    visit = VisitRow(visited_at=given.pop("occurred_at"), **given)
    opinions = [
        DemandRow(
            reference=f"{visit.key}/{position}",
            text=line,
            channel="visit",
            reported_at=visit.visited_at,
            city=visit.city,
            county=visit.county,
            place=visit.place,
            contact_name="",
            contact_phone="",
        )
        for position, line in enumerate(lines, start=1)
    ]
    return visit, opinions


def _care_form(data: Any = None) -> CareForm:  # noqa: ANN401 - Django's QueryDict
    return CareForm(data, buildings=places.list_building_names(), teams=people.list_teams())


def _show_care(
    asked: Asked,
    *,
    form: CareForm | None = None,
    revealed: Any = None,  # noqa: ANN401 - a line of the list, in full
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    lines = actions.look_at_care_list(actor=asked.actor, now=asked.now)
    may_keep = may(asked.actor.role, "keep_care_list")
    context = {
        "lines": [revealed if revealed and line.id == revealed.id else line for line in lines],
        "revealed": revealed,
        "may_keep": may_keep,
        "form": (form or _care_form()) if may_keep else None,
        "adding": form is not None,
        "refused": refused,
    }
    return asked.show("care", context, status=status)
