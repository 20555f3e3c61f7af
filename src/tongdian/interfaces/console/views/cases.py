from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from tongdian.apps.cases import actions, queries
from tongdian.apps.people.rules import may
from tongdian.apps.plans import actions as plan_actions
from tongdian.apps.works import actions as works_actions
from tongdian.apps.works import queries as works
from tongdian.interfaces.console.case_page import act_on_case, show_thread
from tongdian.interfaces.console.forms import CaseFilter, MilestoneForm, ReasonForm, VisitDayForm, VisitForm
from tongdian.interfaces.console.parts import Pages, page_number
from tongdian.interfaces.console.tables import send_table, write_day
from tongdian.interfaces.console.web import Asked, page, step
from tongdian.interfaces.console.words import say_attribute, say_code, say_day, say_name

PAGE_SIZE = 20


@page
def list_cases(asked: Asked) -> HttpResponse:
    """
    Show the cases, those due first; the filters stand in the address.
    """
    form, found = _find(asked)
    pages = Pages.of(total=len(found), size=PAGE_SIZE, asked=page_number(asked.request.GET.get("page", "")))
    context = {
        "form": form,
        "lines": found[pages.before * PAGE_SIZE : pages.page * PAGE_SIZE],
        "pages": pages,
        "counts": queries.count_states() if may(asked.actor.role, "view_cases") else None,
    }
    return asked.show("cases", context)


@page
def export_cases(asked: Asked) -> HttpResponse:
    """
    Hand out all cases that the filters find, as a table.
    """
    header = (gettext("Number"), gettext("Procedure"), gettext("Place"), gettext("State"), gettext("Opened"), gettext("Ended"),
              gettext("Milestone"), gettext("With whom"), gettext("Due"), gettext("Working days late"))  # fmt: skip
    rows = [
        (line.number, say_attribute(line, "procedure"), line.place, say_code(line.state), write_day(line.opened_at),
         write_day(line.ended_at), say_attribute(line, "milestone"), say_code(line.party), write_day(line.due_date),
         str(line.late_days or ""))
        for line in _find(asked)[1]
    ]  # fmt: skip
    return send_table("cases.xlsx", header, rows)


def _find(asked: Asked) -> tuple[CaseFilter, tuple[queries.CaseLine, ...]]:
    form = CaseFilter(asked.request.GET)
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    return form, queries.list_cases(
        actor=asked.actor,
        state=wanted.get("state", ""),
        role=wanted.get("role", ""),
        party=wanted.get("party", ""),
        procedure=wanted.get("procedure", ""),
        customer_class=wanted.get("customer_class", ""),
        opened=asked.request.GET.get("opened", ""),
        ended=asked.request.GET.get("ended", ""),
        late=wanted.get("late", "") == "late",
        words=wanted.get("q", ""),
        now=asked.now,
    )


@page
def show_file(asked: Asked, case_id: UUID, sha256: str) -> HttpResponse:
    """
    Hand out a file that proves a milestone. It is saved, never shown: what somebody uploaded does not run in our name.
    """
    name, content = queries.get_evidence_file(actor=asked.actor, case_id=case_id, sha256=sha256)
    saved = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type="application/octet-stream", headers={"Content-Disposition": saved or "attachment"})


@page
def show_case(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Show one case as a thread.
    """
    return show_thread(asked, case_id)


@step(back="case")
def complete_milestone(asked: Asked, case_id: UUID, code: str) -> HttpResponse:
    """
    Record that a milestone is reached, with its evidence.
    """
    thread = queries.get_thread(actor=asked.actor, case_id=case_id, now=asked.now)
    milestone = next((one for one in thread.milestones if one.code == code), None)
    wanted = milestone.wanted_evidence if milestone else ()
    form = MilestoneForm(asked.request.POST, asked.request.FILES, asked=wanted, now=asked.now)
    if not form.is_valid():
        return show_thread(asked, case_id, milestone_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def change() -> None:
        works_actions.record_milestone(
            actor=asked.actor,
            case_id=case_id,
            code=code,
            evidence=form.get_evidence(),
            occurred_at=form.cleaned_data["occurred_at"],
            now=asked.now,
        )

    return act_on_case(asked, case_id, change, said=gettext("Recorded: %(name)s") % {"name": say_name(milestone)}, milestone_form=form)


@step(back="case")
def propose_plan(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Let the engine look for a supply on the current network.
    """
    return act_on_case(
        asked,
        case_id,
        lambda: plan_actions.propose_plan(actor=asked.actor, case_id=case_id, now=asked.now),
        said=gettext("The supply plan is made."),
    )


@step(back="case")
def plan_visit(asked: Asked, case_id: UUID, visit: str) -> HttpResponse:
    """
    Plan a visit for a day.
    """
    form = VisitDayForm(asked.request.POST)
    if not form.is_valid():
        return show_thread(asked, case_id, day_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    day = form.cleaned_data["day"]
    return act_on_case(
        asked,
        case_id,
        lambda: works_actions.plan_visit(actor=asked.actor, case_id=case_id, visit=visit, day=day, now=asked.now),
        said=gettext("The visit is planned for %(day)s.") % {"day": say_day(day)},
        day_form=form,
    )


@step(back="case")
def report_visit(asked: Asked, case_id: UUID, order_id: UUID) -> HttpResponse:
    """
    Report a whole visit at once: every milestone that shares it, with its evidence.
    """
    thread = queries.get_thread(actor=asked.actor, case_id=case_id, now=asked.now)
    order = next((one for one in works.list_visits(actor=asked.actor, case_id=case_id) if one.id == order_id), None)
    if order is None:
        return show_thread(asked, case_id)
    steps = [milestone for milestone in thread.milestones if milestone.visit == order.visit]
    form = VisitForm(asked.request.POST, asked.request.FILES, steps=steps, now=asked.now)
    if not form.is_valid():
        return show_thread(asked, case_id, report_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def change() -> None:
        works_actions.report_visit(
            actor=asked.actor,
            order_id=order_id,
            key=form.cleaned_data["key"],
            evidence=form.get_evidence_by_milestone(),
            occurred_at=form.cleaned_data["occurred_at"],
            now=asked.now,
        )

    return act_on_case(asked, case_id, change, said=gettext("The visit is recorded."), report_form=form)


@step(back="case")
def withdraw_case(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    The customer does not want it any more.
    """
    return _end(asked, case_id, actions.withdraw_case, said=gettext("The case is withdrawn; what was reserved is free."))


@step(back="case")
def reopen_case(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Take it up again.
    """
    return _end(asked, case_id, actions.reopen_case, said=gettext("The case is open again."))


@step(back="case")
def reject_case(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    The utility cannot fulfil it.
    """
    return _end(asked, case_id, actions.reject_case, said=gettext("The case is rejected; what was reserved is free."))


def _end(asked: Asked, case_id: UUID, change: Callable[..., object], *, said: str) -> HttpResponse:
    form = ReasonForm(asked.request.POST)
    if not form.is_valid():
        return show_thread(asked, case_id, reason_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    reason = form.cleaned_data["reason"]
    return act_on_case(
        asked, case_id, lambda: change(actor=asked.actor, case_id=case_id, reason=reason, now=asked.now), said=said, reason_form=form
    )
