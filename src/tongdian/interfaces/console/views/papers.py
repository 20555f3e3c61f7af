"""
Papers of a case: certificates of capacity, checks of resold electricity.
"""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.people import queries as people
from tongdian.apps.plans import actions, queries
from tongdian.interfaces.console.case_page import act_on_case, show_thread
from tongdian.interfaces.console.forms import BillsForm, RevokeForm
from tongdian.interfaces.console.web import Asked, page, step

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


@step(back="case")
def issue_certificate(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Certify what the transformer of the case's building carries and what a charger leaves.
    """
    case = cases.find_case(case_id=case_id)
    issuer = people.get_installation(now=timezone.now()).name
    return act_on_case(
        asked,
        case_id,
        lambda: actions.issue_certificate(actor=asked.actor, building_id=case.building_id, issuer=issuer, now=asked.now),
        said=gettext("The certificate is issued."),
    )


@page
def show_certificate(asked: Asked, case_id: UUID, certificate_id: UUID) -> HttpResponse:
    """
    Hand out a certificate as PDF; its code opens the verifying page of this installation.
    """
    del case_id
    address = asked.request.build_absolute_uri(reverse("portal:verify"))
    today = timezone.localdate(asked.now)
    pdf = queries.print_certificate(actor=asked.actor, certificate_id=certificate_id, verify_url=address, on=today)
    return send_pdf(pdf, f"{queries.find_certificate(certificate_id=certificate_id).number}.pdf")


@step(back="case")
def revoke_certificate(asked: Asked, case_id: UUID, certificate_id: UUID) -> HttpResponse:
    """
    Revoke a certificate, with its reason.
    """
    form = RevokeForm(asked.request.POST)
    if not form.is_valid():
        return show_thread(asked, case_id, revoke_form=form, status=WRONG)
    reason = form.cleaned_data["reason"]
    return act_on_case(
        asked,
        case_id,
        lambda: actions.revoke_certificate(actor=asked.actor, certificate_id=certificate_id, reason=reason, now=asked.now),
        said=gettext("The certificate is revoked; the list of revoked ones names it from now on."),
        revoke_form=form,
    )


@step(back="case")
def check_bills(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Check an uploaded table of bills.
    """
    form = BillsForm(asked.request.POST, asked.request.FILES)
    if not form.is_valid():
        return show_thread(asked, case_id, bills_form=form, status=WRONG)
    table = form.cleaned_data["bills"]
    return act_on_case(
        asked,
        case_id,
        lambda: actions.check_bills(
            actor=asked.actor,
            case_id=case_id,
            content=table.read(),
            filename=table.name,
            method=form.cleaned_data["method"],
            now=asked.now,
        ),
        said=gettext("The bills are checked."),
        bills_form=form,
    )


@page
def show_bills_report(asked: Asked, case_id: UUID, check_id: UUID) -> HttpResponse:
    """
    Hand out the report of a check as PDF.
    """
    name, content = queries.get_bills_report(actor=asked.actor, case_id=case_id, check_id=check_id)
    return send_pdf(content, name)


@step(back="case")
def record_comparison(asked: Asked, case_id: UUID, check_id: UUID) -> HttpResponse:
    """
    Record a check as the comparison that the procedure asks for.
    """
    return act_on_case(
        asked,
        case_id,
        lambda: actions.record_comparison(actor=asked.actor, check_id=check_id, now=asked.now),
        said=gettext("The comparison is recorded."),
    )


def send_pdf(content: bytes, filename: str) -> HttpResponse:
    """
    Return a PDF to be saved.
    """
    saved = content_disposition_header(as_attachment=True, filename=filename)
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": saved or "attachment"})
