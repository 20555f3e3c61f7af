"""
Taking down what somebody says on the phone or at the counter, with what is known of it before it is kept.
"""

import secrets
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tongdian.apps.demands import actions, queries
from tongdian.apps.demands.rules import read_row
from tongdian.apps.places import queries as places
from tongdian.interfaces.console.forms import TakeForm, find_category
from tongdian.interfaces.console.web import Asked, page_or_step, status_of
from tongdian.kit.refused import Refused

KEY_BYTES = 9


@page_or_step
def take_demand(asked: Asked) -> HttpResponse:
    """
    Show an empty form; show what the program reads in the words and which earlier demand probably tells of the same; or keep them.
    """
    if asked.request.method != "POST":
        return _show(asked, TakeForm(initial={"channel": "hotline", "key": secrets.token_urlsafe(KEY_BYTES)}))
    form = TakeForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    given = dict(form.cleaned_data)
    key = given.pop("key")
    if "keep" not in asked.request.POST:
        words = {name: given[name] for name in ("city", "county", "place")}
        return _show(asked, form, preview=queries.preview(actor=asked.actor, words=given["text"], now=asked.now, **words))
    try:
        row = read_row({**given, "reference": f"desk:{key}"}, zone=asked.now.tzinfo)  # type: ignore[arg-type]
        demand = actions.land_one(actor=asked.actor, row=row, now=asked.now)
    except Refused as refused:
        return _show(asked, form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("Kept as %(number)s.") % {"number": demand.number})
    return redirect("console:demand", demand_id=demand.pk)


def _show(
    asked: Asked,
    form: TakeForm,
    *,
    preview: queries.Preview | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    regions = places.list_regions()
    context = {
        "form": form,
        "preview": preview,
        "guesses": [(guess, find_category(guess.category)) for guess in preview.guesses] if preview else [],
        "cities": list(regions),
        "counties": sorted({county for counties in regions.values() for county in counties}),
        "refused": refused,
    }
    return asked.show("take", context, status=status)
