from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from tongdian.apps.cases import actions, queries
from tongdian.apps.insight import queries as insight
from tongdian.apps.people.rules import may
from tongdian.apps.plans import actions as plan_actions
from tongdian.apps.plans import queries as plans
from tongdian.apps.works import actions as works_actions
from tongdian.apps.works import queries as works
from tongdian.interfaces.console.clocks import to_clock
from tongdian.interfaces.console.forms import CaseFilter, MilestoneForm, ReasonForm, VisitDayForm, VisitForm
from tongdian.interfaces.console.parts import Pages, page_number
from tongdian.interfaces.console.plan_values import to_plan
from tongdian.interfaces.console.views.journal import say_entries
from tongdian.interfaces.console.visits import show_visits
from tongdian.interfaces.console.web import Asked, act, page, step
from tongdian.interfaces.console.words import say_day, say_name, say_number, speaks_chinese
from tongdian.kit.refused import Refused

PAGE_SIZE = 20


@page
def list_cases(asked: Asked) -> HttpResponse:
    """
    Show the cases, those due first; the filters stand in the address.
    """
    form = CaseFilter(asked.request.GET)
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    found = queries.list_cases(
        actor=asked.actor,
        state=wanted.get("state", ""),
        role=wanted.get("role", ""),
        late=wanted.get("late", "") == "late",
        words=wanted.get("q", ""),
        now=asked.now,
    )
    pages = Pages.of(total=len(found), size=PAGE_SIZE, asked=page_number(asked.request.GET.get("page", "")))
    context = {
        "form": form,
        "lines": found[pages.before * PAGE_SIZE : pages.page * PAGE_SIZE],
        "pages": pages,
        "counts": queries.count_states() if may(asked.actor.role, "view_cases") else None,
    }
    return asked.show("cases", context)


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
    return _show(asked, case_id)


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
        return _show(asked, case_id, milestone_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def change() -> None:
        works_actions.record_milestone(
            actor=asked.actor,
            case_id=case_id,
            code=code,
            evidence=form.get_evidence(),
            occurred_at=form.cleaned_data["occurred_at"],
            now=asked.now,
        )

    return _act(asked, case_id, change, said=gettext("Recorded: %(name)s") % {"name": say_name(milestone)}, milestone_form=form)


@step(back="case")
def propose_plan(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    Let the engine look for a supply on the current network.
    """
    return _act(
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
        return _show(asked, case_id, day_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    day = form.cleaned_data["day"]
    return _act(
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
        return _show(asked, case_id)
    steps = [milestone for milestone in thread.milestones if milestone.visit == order.visit]
    form = VisitForm(asked.request.POST, asked.request.FILES, steps=steps, now=asked.now)
    if not form.is_valid():
        return _show(asked, case_id, report_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def change() -> None:
        works_actions.report_visit(
            actor=asked.actor,
            order_id=order_id,
            key=form.cleaned_data["key"],
            evidence=form.get_evidence_by_milestone(),
            occurred_at=form.cleaned_data["occurred_at"],
            now=asked.now,
        )

    return _act(asked, case_id, change, said=gettext("The visit is recorded."), report_form=form)


@step(back="case")
def withdraw_case(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    The customer does not want it any more.
    """
    return _end(asked, case_id, actions.withdraw_case, said=gettext("The case is withdrawn; what was reserved is free."))


@step(back="case")
def reject_case(asked: Asked, case_id: UUID) -> HttpResponse:
    """
    The utility cannot fulfil it.
    """
    return _end(asked, case_id, actions.reject_case, said=gettext("The case is rejected; what was reserved is free."))


def _end(asked: Asked, case_id: UUID, change: Callable[..., object], *, said: str) -> HttpResponse:
    form = ReasonForm(asked.request.POST)
    if not form.is_valid():
        return _show(asked, case_id, reason_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    reason = form.cleaned_data["reason"]
    return _act(
        asked, case_id, lambda: change(actor=asked.actor, case_id=case_id, reason=reason, now=asked.now), said=said, reason_form=form
    )


def _act(asked: Asked, case_id: UUID, change: Callable[[], object], *, said: str, **forms: Any) -> HttpResponse:  # noqa: ANN401 - bound forms
    return act(
        asked,
        change,
        said=said,
        to=reverse("console:case", args=[case_id]),
        again=lambda refused, status: _show(asked, case_id, refused=refused, status=status, **forms),
    )


def _show(
    asked: Asked,
    case_id: UUID,
    *,
    milestone_form: MilestoneForm | None = None,
    reason_form: ReasonForm | None = None,
    report_form: VisitForm | None = None,
    day_form: VisitDayForm | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    thread = queries.get_thread(actor=asked.actor, case_id=case_id, now=asked.now)
    current = next((milestone for milestone in thread.milestones if milestone.state == "now"), None)
    plan = plans.get_latest_plan(actor=asked.actor, case_id=thread.line.id)
    needs_plan = (
        thread.may_propose and current is not None and current.effect == "plan_replied" and (plan is None or plan.status != "proposed")
    )
    can_record = current is not None and current.may_complete and not current.visit
    if milestone_form is None and current is not None and can_record:
        milestone_form = MilestoneForm(asked=current.wanted_evidence, now=asked.now)
    context = {
        "thread": thread,
        "line": thread.line,
        "what": _what(thread.line),
        "clocks": to_clock(thread, now=asked.now),
        "plan": plan,
        "drawn": to_plan(plan) if plan else None,
        "needs_plan": needs_plan,
        "can_record": can_record,
        "devices": thread.application.get("devices", ()),
        "wanted_date": _day(thread.application.get("wanted_date")),
        "milestone_form": milestone_form,
        **show_visits(asked, thread, current, report_form=report_form, day_form=day_form),
        "reason_form": reason_form or ReasonForm(),
        "ending": reason_form is not None,
        "entries": tuple(reversed(say_entries(insight.list_thread_entries(actor=asked.actor, case_id=case_id), names=_names(thread)))),
        "may_view_journal": may(asked.actor.role, "view_journal"),
        "refused": refused,
    }
    return asked.show("case", context, status=status)


def _what(line: queries.CaseLine) -> str:
    name = line.procedure_zh if speaks_chinese() else line.procedure_en
    return f"{name} {say_number(line.kw)} kW" if line.kw else name


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _names(thread: queries.CaseThread) -> dict[str, str]:
    return {milestone.code: say_name(milestone) for milestone in thread.milestones}
