"""
What the reader was told without asking.
"""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext

from tongdian.apps.notices import actions, queries
from tongdian.apps.people import queries as people
from tongdian.apps.people.actions import set_mail as change_mail
from tongdian.interfaces.console.forms import MailForm
from tongdian.interfaces.console.web import Asked, page, status_of, step
from tongdian.kit.refused import Refused


@page
def list_notices(asked: Asked) -> HttpResponse:
    """
    Show the reader's notices, the latest first.
    """
    return _show(asked)


@step(back="")
def read_notices(asked: Asked) -> HttpResponse:
    """
    Note that the reader has read them.
    """
    actions.read_notices(actor=asked.actor, now=asked.now)
    return redirect("console:notices")


@step(back="")
def set_mail(asked: Asked) -> HttpResponse:
    """
    Send notices by mail, too, or no more.
    """
    form = MailForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    address = form.cleaned_data["address"]
    try:
        change_mail(actor=asked.actor, address=address, language=get_language() or "", now=asked.now)
    except Refused as refused:
        return _show(asked, form=form, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("Your notices come by mail, too.") if address else gettext("No more mail comes."))
    return redirect("console:notices")


def _show(asked: Asked, *, form: MailForm | None = None, refused: Refused | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    address, _ = people.get_mail(actor=asked.actor)
    context = {
        "notices": queries.list_notices(actor=asked.actor),
        "form": form or MailForm({"address": address} if address else None),
        "sends_mail": queries.is_mail_set_up(),
        "refused": refused,
    }
    return asked.show("notices", context, status=status)
