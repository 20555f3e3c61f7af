"""
Versions of the model: learning from what people confirmed, comparing, using, going back.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.demands import actions, queries, tasks
from tongdian.apps.people.rules import may
from tongdian.interfaces.console.web import Asked, act, page, step
from tongdian.kit.refused import Refused


@page
def list_versions(asked: Asked) -> HttpResponse:
    """
    Show the versions of the model and how each compares with the one it would replace.
    """
    return _show(asked)


@step(back="")
def learn(asked: Asked) -> HttpResponse:
    """
    Let a worker train a version from what people confirmed.
    """
    tasks.learn.enqueue(username=asked.request.user.get_username(), owner=asked.actor.id)
    messages.success(asked.request, gettext("A new version is being trained; look again in some minutes."))
    return redirect("console:versions")


@step(back="")
def use_version(asked: Asked, version: str) -> HttpResponse:
    """
    Read new demands with this version from now on.
    """
    return act(
        asked,
        lambda: actions.use_model(actor=asked.actor, version=version, now=asked.now),
        said=gettext("New demands are read with this version from now on."),
        to=reverse("console:versions"),
        again=lambda refused, status: _show(asked, refused=refused, status=status),
    )


def _show(asked: Asked, *, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    corrections = queries.count_corrections()
    context = {
        "versions": queries.list_versions(actor=asked.actor),
        "corrections": corrections,
        "may_train": may(asked.actor.role, "train_model") and corrections >= actions.FEWEST,
        "may_use": may(asked.actor.role, "use_model"),
        "fewest": actions.FEWEST,
        "refused": refused,
    }
    return asked.show("versions", context, status=status)
