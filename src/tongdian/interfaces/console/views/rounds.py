"""
The crews' day: who goes where, in which order and when, and what found no crew.
"""

from datetime import date
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext

from tongdian.apps.people.rules import may
from tongdian.apps.works import actions, queries
from tongdian.apps.works.rules import LEFT_OUT, SKILLS
from tongdian.interfaces.console.forms import CrewForm
from tongdian.interfaces.console.round_bars import draw_bars
from tongdian.interfaces.console.web import Asked, page, status_of, step
from tongdian.kit.refused import Refused

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@page
def show_rounds(asked: Asked) -> HttpResponse:
    """
    Show the rounds of a day, today's if the address names none.
    """
    return _show(asked, day=_read_day(asked.request.GET.get("day", ""), asked))


@step(back="")
def plan_rounds(asked: Asked) -> HttpResponse:
    """
    Give every visit of the day a crew, an order and a time.
    """
    day = _read_day(asked.request.POST.get("day", ""), asked)
    try:
        placed = actions.plan_rounds(actor=asked.actor, day=day, now=asked.now)
    except Refused as refused:
        return _show(asked, day=day, refused=refused, status=status_of(refused))
    said = ngettext("One visit has its crew and time.", "%(count)s visits have their crew and time.", placed) % {"count": placed}
    messages.success(asked.request, said)
    return redirect(f"{reverse('console:rounds')}?day={day.isoformat()}")


@step(back="")
def form_crew(asked: Asked) -> HttpResponse:
    """
    Form a crew, or change what is known of it.
    """
    form = CrewForm(asked.request.POST)
    day = timezone.localdate(asked.now)
    if not form.is_valid():
        return _show(asked, day=day, form=form, status=WRONG)
    given = form.cleaned_data
    try:
        actions.form_crew(
            actor=asked.actor,
            title=given["title"],
            skills=given["skills"],
            hours=(given["starts"], given["ends"]),
            lon=given["lon"],
            lat=given["lat"],
            members=form.get_members(),
            now=asked.now,
        )
    except Refused as refused:
        return _show(asked, day=day, form=form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The crew is formed."))
    return redirect("console:rounds")


def _read_day(text: str, asked: Asked) -> date:
    try:
        return parse_date(text) or timezone.localdate(asked.now)
    except ValueError:  # 31 February
        return timezone.localdate(asked.now)


def _show(
    asked: Asked,
    *,
    day: date,
    form: CrewForm | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    rounds = queries.get_rounds(actor=asked.actor, day=day)
    today = timezone.localdate(asked.now)
    context = {
        "day": day,
        "days": queries.list_days_with_visits(actor=asked.actor, since=today),
        "rounds": rounds,
        "bars": draw_bars(rounds.crews),
        "visits": sum(len(crew.visits) for crew in rounds.crews) + len(rounds.waiting),
        "may_plan": may(asked.actor.role, "plan_rounds") and day >= today and bool(rounds.crews),
        "form": (form or CrewForm()) if may(asked.actor.role, "form_crew") else None,
        "forming": form is not None,
        "left_out": LEFT_OUT,
        "skills": SKILLS,
        "refused": refused,
    }
    return asked.show("rounds", context, status=status)
