"""
The case page: the thread of one case with everything that can be done to it, each with its form.
"""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from tongdian.apps.cases import queries
from tongdian.apps.insight import queries as insight
from tongdian.apps.people.rules import may
from tongdian.apps.plans import queries as plans
from tongdian.apps.works import queries as works
from tongdian.interfaces.console.clocks import to_clock
from tongdian.interfaces.console.entries import say_entries
from tongdian.interfaces.console.forms import (
    AgreementForm,
    HappenedForm,
    HazardForm,
    MandateForm,
    MilestoneForm,
    ReasonForm,
    SettleHazardForm,
    SettlementForm,
    SignForm,
    StopForm,
    VisitDayForm,
    VisitForm,
)
from tongdian.interfaces.console.papers import show_papers
from tongdian.interfaces.console.plan_values import to_plan
from tongdian.interfaces.console.visits import show_visits
from tongdian.interfaces.console.web import Asked, act
from tongdian.interfaces.console.words import say_name, say_number, speaks_chinese
from tongdian.kit.refused import Refused

Bound = Any  # a bound form, shown again with what is wrong in it


def act_on_case(asked: Asked, case_id: UUID, change: Callable[[], object], *, said: str, **forms: Bound) -> HttpResponse:
    """
    Do one change of a case, then show its page; if it is refused, show the page again with the reason and what was typed.
    """
    return act(
        asked,
        change,
        said=said,
        to=reverse("console:case", args=[case_id]),
        again=lambda refused, status: show_thread(asked, case_id, refused=refused, status=status, **forms),
    )


def show_thread(
    asked: Asked,
    case_id: UUID,
    *,
    milestone_form: MilestoneForm | None = None,
    reason_form: ReasonForm | None = None,
    report_form: VisitForm | None = None,
    day_form: VisitDayForm | None = None,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
    **forms: Bound,
) -> HttpResponse:
    """
    Show the page of a case; a form that is handed in is shown again with what is wrong in it.
    """
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
        "may_view_joint": may(asked.actor.role, "view_cases"),
        "together": plans.find_waiting_place_of(actor=asked.actor, case_id=thread.line.id),
        "renewal": plans.get_latest_renewal(actor=asked.actor, case_id=thread.line.id),
        "may_renew": plans.may_renew(actor=asked.actor, case_id=thread.line.id),
        "can_record": can_record,
        "devices": thread.application.get("devices", ()),
        "wanted_date": _day(thread.application.get("wanted_date")),
        "milestone_form": milestone_form,
        **show_visits(asked, thread, current, report_form=report_form, day_form=day_form),
        **_promises(asked, thread, forms),
        **_works(asked, thread, forms),
        **show_papers(asked, thread, forms),
        "reason_form": reason_form or ReasonForm(),
        "ending": reason_form is not None,
        "entries": tuple(reversed(say_entries(insight.list_thread_entries(actor=asked.actor, case_id=case_id), names=_names(thread)))),
        "may_view_journal": may(asked.actor.role, "view_journal"),
        "refused": refused,
    }
    return asked.show("case", context, status=status)


def get_open_steps(thread: queries.CaseThread) -> tuple[queries.MilestoneView, ...]:
    """
    Return the milestones that can still be agreed.
    """
    return tuple(milestone for milestone in thread.milestones if milestone.state != "done")


def _promises(asked: Asked, thread: queries.CaseThread, forms: dict[str, Bound]) -> dict[str, Any]:
    """
    Return what the page shows of agreements, stops and mandates, with the forms the reader may use.
    """
    newest = thread.agreements[0] if thread.agreements else None
    unsigned = [one for one in newest.parties if one.signed_at is None] if newest else []
    may_mandate = may(asked.actor.role, "grant_mandate") and thread.line.state == "open"
    agreement_form = forms.get("agreement_form")
    if agreement_form is None and thread.may_agree:
        agreement_form = AgreementForm(steps=get_open_steps(thread))
    return {
        "agreement_form": agreement_form if thread.may_agree else None,
        "agreeing": "agreement_form" in forms,
        "sign_form": (forms.get("sign_form") or SignForm(parties=unsigned, now=asked.now)) if unsigned and thread.may_agree else None,
        "signing": "sign_form" in forms,
        "stop_form": (forms.get("stop_form") or StopForm(grounds=queries.list_grounds(), now=asked.now))
        if thread.may_stop and not thread.line.is_stopped
        else None,
        "stopping": "stop_form" in forms,
        "resume_form": (forms.get("resume_form") or HappenedForm(now=asked.now)) if thread.may_stop and thread.line.is_stopped else None,
        "mandates": thread.mandates,
        "mandate_form": (forms.get("mandate_form") or MandateForm()) if may_mandate else None,
        "mandating": "mandate_form" in forms,
    }


def _works(asked: Asked, thread: queries.CaseThread, forms: dict[str, Bound]) -> dict[str, Any]:
    """
    Return what the page shows of hazards and of what the works cost, with the forms the reader may use.
    """
    is_open = thread.line.state == "open"
    asks_hazards = any(milestone.effect == "hazards_settled" for milestone in thread.milestones)
    may_note = is_open and asks_hazards and may(asked.actor.role, "note_hazard")
    settlement = works.get_settlement(actor=asked.actor, case_id=thread.line.id)
    may_settle = settlement is None and may(asked.actor.role, "record_settlement") and thread.line.state in {"open", "closed"}
    return {
        "asks_hazards": asks_hazards,
        "hazards": works.list_hazards(actor=asked.actor, case_id=thread.line.id) if asks_hazards else (),
        "hazard_form": (forms.get("hazard_form") or HazardForm()) if may_note else None,
        "hazarding": "hazard_form" in forms,
        "settle_form": (forms.get("settle_form") or SettleHazardForm()) if may_note else None,
        "settlement": settlement,
        "settlement_form": (forms.get("settlement_form") or SettlementForm()) if may_settle else None,
        "settling": "settlement_form" in forms,
    }


def _what(line: queries.CaseLine) -> str:
    name = line.procedure_zh if speaks_chinese() else line.procedure_en
    return f"{name} {say_number(line.kw)} kW" if line.kw else name


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _names(thread: queries.CaseThread) -> dict[str, str]:
    return {milestone.code: say_name(milestone) for milestone in thread.milestones}
