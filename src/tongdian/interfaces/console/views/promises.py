"""
Agreements, stops of the clock and mandates of a case.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext

from tongdian.apps.cases import actions, queries
from tongdian.apps.people import actions as people
from tongdian.interfaces.console.case_page import act_on_case, get_open_steps, show_thread
from tongdian.interfaces.console.forms import AgreementForm, HappenedForm, MandateForm, SignForm, StopForm
from tongdian.interfaces.console.web import Asked, step

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@step(back="case")
def draw_up_agreement(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Draw up an agreement: its paper can be opened at once.
    """
    thread = queries.get_thread(actor=asked.actor, case_id=case_id, now=asked.now)
    form = AgreementForm(asked.request.POST, steps=get_open_steps(thread))
    if not form.is_valid():
        return show_thread(asked, case_id, agreement_form=form, status=WRONG)
    return act_on_case(
        asked,
        case_id,
        lambda: actions.draw_up_agreement(
            actor=asked.actor, case_id=case_id, parties=form.get_parties(), duties=form.get_duties(), now=asked.now
        ),
        said=gettext("The agreement is drawn up; have it signed."),
        agreement_form=form,
    )


@step(back="case")
def sign_agreement(asked: Asked, case_id: UUID, agreement_id: UUID) -> HttpResponse:
    """
    Record that a party signed.
    """
    thread = queries.get_thread(actor=asked.actor, case_id=case_id, now=asked.now)
    agreement = next((one for one in thread.agreements if one.id == agreement_id), None)
    form = SignForm(asked.request.POST, asked.request.FILES, parties=agreement.parties if agreement else (), now=asked.now)
    if not form.is_valid():
        return show_thread(asked, case_id, sign_form=form, status=WRONG)
    given = form.cleaned_data
    return act_on_case(
        asked,
        case_id,
        lambda: actions.sign_agreement(
            actor=asked.actor,
            agreement_id=agreement_id,
            party=given["party"],
            signer=given["signer"],
            file=_file(given["file"]),
            occurred_at=given["occurred_at"],
            now=asked.now,
        ),
        said=gettext("The signature is recorded."),
        sign_form=form,
    )


@step(back="case")
def stop_clock(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Let the utility's clock stand still.
    """
    form = StopForm(asked.request.POST, asked.request.FILES, grounds=queries.list_grounds(), now=asked.now)
    if not form.is_valid():
        return show_thread(asked, case_id, stop_form=form, status=WRONG)
    given = form.cleaned_data
    return act_on_case(
        asked,
        case_id,
        lambda: actions.stop_clock(
            actor=asked.actor,
            case_id=case_id,
            ground=given["ground"],
            note=given["note"],
            file=_file(given["file"]) if given["file"] else None,
            occurred_at=given["occurred_at"],
            now=asked.now,
        ),
        said=gettext("Our clock stands still."),
        stop_form=form,
    )


@step(back="case")
def resume_clock(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Let the utility's clock run again.
    """
    form = HappenedForm(asked.request.POST, now=asked.now)
    if not form.is_valid():
        return show_thread(asked, case_id, resume_form=form, status=WRONG)
    at = form.cleaned_data["occurred_at"]
    return act_on_case(
        asked,
        case_id,
        lambda: actions.resume_clock(actor=asked.actor, case_id=case_id, occurred_at=at, now=asked.now),
        said=gettext("Our clock runs again; the dates have moved."),
        resume_form=form,
    )


@step(back="case")
def grant_mandate(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Record that somebody may act for the customer.
    """
    form = MandateForm(asked.request.POST, asked.request.FILES)
    if not form.is_valid():
        return show_thread(asked, case_id, mandate_form=form, status=WRONG)
    given = form.cleaned_data
    return act_on_case(
        asked,
        case_id,
        lambda: people.grant_mandate(
            actor=asked.actor,
            customer=queries.find_case(case_id=case_id).customer,
            agent=given["agent"],
            matters=given["matters"],
            valid_until=given["valid_until"],
            consent=_file(given["consent"]),
            now=asked.now,
        ),
        said=gettext("The mandate is recorded."),
        mandate_form=form,
    )


@step(back="case")
def revoke_mandate(asked: Asked, case_id: UUID, number: str) -> HttpResponse:
    """
    End a mandate at once.
    """
    return act_on_case(
        asked,
        case_id,
        lambda: people.revoke_mandate(actor=asked.actor, number=number, now=asked.now),
        said=gettext("The mandate has ended."),
    )


def _file(sent: Any) -> tuple[str, bytes]:  # noqa: ANN401 - Django's uploaded file
    return sent.name, sent.read()
