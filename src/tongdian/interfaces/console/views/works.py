"""
Hazards of a case, and what its works cost.
"""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext

from tongdian.apps.works import actions
from tongdian.interfaces.console.case_page import act_on_case, show_thread
from tongdian.interfaces.console.forms import HazardForm, SettleHazardForm, SettlementForm
from tongdian.interfaces.console.web import Asked, step

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@step(back="case")
def note_hazard(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Note a hazard.
    """
    form = HazardForm(asked.request.POST)
    if not form.is_valid():
        return show_thread(asked, case_id, hazard_form=form, status=WRONG)
    return act_on_case(
        asked,
        case_id,
        lambda: actions.note_hazard(actor=asked.actor, case_id=case_id, now=asked.now, **form.cleaned_data),
        said=gettext("The hazard is noted."),
        hazard_form=form,
    )


@step(back="case")
def settle_hazard(asked: Asked, case_id: UUID, hazard_id: int) -> HttpResponse:
    """
    Record that a hazard is gone.
    """
    form = SettleHazardForm(asked.request.POST, asked.request.FILES)
    if not form.is_valid():
        return show_thread(asked, case_id, settle_form=form, status=WRONG)
    photo = form.cleaned_data["photo"]
    return act_on_case(
        asked,
        case_id,
        lambda: actions.settle_hazard(
            actor=asked.actor,
            hazard_id=hazard_id,
            remedy=form.cleaned_data["remedy"],
            photo=(photo.name, photo.read()) if photo else None,
            now=asked.now,
        ),
        said=gettext("The hazard is settled."),
        settle_form=form,
    )


@step(back="case")
def record_settlement(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Record what the works cost.
    """
    form = SettlementForm(asked.request.POST, asked.request.FILES)
    if not form.is_valid():
        return show_thread(asked, case_id, settlement_form=form, status=WRONG)
    given = form.cleaned_data
    return act_on_case(
        asked,
        case_id,
        lambda: actions.record_settlement(
            actor=asked.actor,
            case_id=case_id,
            amount_yuan=given["amount_yuan"],
            settled_on=given["settled_on"],
            file=(given["file"].name, given["file"].read()) if given["file"] else None,
            now=asked.now,
        ),
        said=gettext("The settlement is recorded."),
        settlement_form=form,
    )
