"""
Administration: who works here, which rules hold, which cells there are.
"""

import secrets
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.apps.cases import actions as case_actions
from tongdian.apps.cases import queries as cases
from tongdian.apps.people import actions, queries
from tongdian.apps.people.rules import PERMISSIONS, may
from tongdian.apps.places import queries as places
from tongdian.interfaces.console.forms import HouseLimitForm, UserForm
from tongdian.interfaces.console.web import Asked, act, page, status_of, step
from tongdian.kit.refused import Refused

PASSWORD_BYTES = 9


@page
def list_people(asked: Asked) -> HttpResponse:
    """
    Show who works here and what each role may do.
    """
    return _show(asked)


@step(back="")
def register_user(asked: Asked) -> HttpResponse:
    """
    Register somebody; the first password is shown once.
    """
    form = UserForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        is_new = not queries.is_known_user(username=form.cleaned_data["username"])
        actions.register_user(actor=asked.actor, password=password, now=asked.now, **form.cleaned_data)
    except Refused as refused:
        return _show(asked, form=form, refused=refused, status=status_of(refused))
    if not is_new:
        form.add_error("username", gettext("this login name is taken"))
        return _show(asked, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _show(asked, password=password, new=form.cleaned_data["username"])


@step(back="")
def switch_user(asked: Asked, user_id: int) -> HttpResponse:
    """
    Let somebody log in no more, or again.
    """
    is_active = asked.request.POST.get("active") == "1"
    try:
        actions.switch_user(actor=asked.actor, user_id=user_id, is_active=is_active, now=asked.now)
    except Refused as refused:
        return _show(asked, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("Changed."))
    return redirect("console:people")


@page
def list_rules(asked: Asked) -> HttpResponse:
    """
    Show every limit with its standing, the grounds on which the clock stops, and the procedures.
    """
    return _show_rules(asked)


@step(back="")
def set_house_limit(asked: Asked) -> HttpResponse:
    """
    Set a limit of the utility's own, or end it.
    """
    form = HouseLimitForm(asked.request.POST, today=timezone.localdate(asked.now), limits=cases.list_changeable_limits())
    if not form.is_valid():
        return _show_rules(asked, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return act(
        asked,
        lambda: case_actions.set_house_limit(actor=asked.actor, now=asked.now, **form.get_limit()),
        said=gettext("The limit is set; cases that are open keep theirs."),
        to=reverse("console:rules") + "#own",
        again=lambda refused, status: _show_rules(asked, form=form, refused=refused, status=status),
    )


def _show_rules(
    asked: Asked, *, form: HouseLimitForm | None = None, refused: Refused | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    today = timezone.localdate(asked.now)
    may_set = may(asked.actor.role, "set_house_limit")
    context = {
        "rules": cases.list_rules(actor=asked.actor),
        "grounds": cases.list_grounds(),
        "procedures": cases.list_procedures_in_force(on=today),
        "cells": places.list_cells(),
        "house_limits": cases.list_house_limits(),
        "form": (form or HouseLimitForm(today=today, limits=cases.list_changeable_limits())) if may_set else None,
        "adding": form is not None,
        "refused": refused,
    }
    return asked.show("rules", context, status=status)


def _show(
    asked: Asked,
    *,
    form: UserForm | None = None,
    password: str = "",
    new: str = "",
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    may_register = may(asked.actor.role, "register_user")
    context = {
        "people": queries.list_users(actor=asked.actor),
        "permissions": [(action, sorted(roles)) for action, roles in PERMISSIONS.items()],
        "may_register": may_register,
        "form": (form or UserForm()) if may_register else None,
        "adding": form is not None,
        "password": password,
        "new": new,
        "refused": refused,
    }
    return asked.show("people", context, status=status)
