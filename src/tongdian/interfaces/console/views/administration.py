"""
Administration: who works here, which rules hold, which cells there are.
"""

import secrets
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.people import actions, queries
from tongdian.apps.people.rules import PERMISSIONS, may
from tongdian.apps.places import queries as places
from tongdian.interfaces.console.forms import UserForm
from tongdian.interfaces.console.web import Asked, page, status_of, step
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
    context = {
        "rules": cases.list_rules(actor=asked.actor),
        "grounds": cases.list_grounds(),
        "procedures": cases.list_procedures(),
        "cells": places.list_cells(),
    }
    return asked.show("rules", context)


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
