"""
Cases: opened, read, moved on; and their supply plans.
"""

import base64
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from tongdian.apps.cases import actions, queries
from tongdian.apps.plans import actions as plan_actions
from tongdian.apps.plans import queries as plans
from tongdian.apps.works import actions as works
from tongdian.interfaces.api.asking import Scoped, answer_once, asking_of
from tongdian.interfaces.api.schemas import CaseFilter, CaseIn, CaseLineOut, CaseOut, CasePageOut, FileIn, MilestoneIn, PlanOut
from tongdian.kit.refused import N_, Refused

router = Router(tags=["cases"])


class UnreadableFile(Refused):
    """
    A file does not come as Base64.
    """


@router.get("/cases", response=CasePageOut, auth=Scoped("cases:read"))
def list_cases(request: HttpRequest, asked: Query[CaseFilter]) -> CasePageOut:
    """
    Return cases, those due first.
    """
    asking = asking_of(request)
    given = asked.dict()
    size, page = given.pop("page_size"), given.pop("page")
    found = queries.list_cases(actor=asking.actor, now=asking.now, **given)
    pages = max(1, -(-len(found) // size))
    page = min(page, pages)
    items = [CaseLineOut.from_orm(line) for line in found[(page - 1) * size : page * size]]
    return CasePageOut(items=items, total=len(found), page=page, pages=pages)


@router.post("/cases", response={HTTPStatus.CREATED: CaseOut}, auth=Scoped("cases:write"))
def open_case(request: HttpRequest, taken: CaseIn) -> HttpResponse:
    """
    Take up a confirmed demand: its building, its customer and its case.
    """
    asking = asking_of(request)

    def take_up() -> CaseOut:
        return _show(request, actions.take_up_demand(actor=asking.actor, now=asking.now, **taken.dict()).pk)

    return answer_once(request, take_up, status=HTTPStatus.CREATED)


@router.get("/cases/{uuid:case_id}", response=CaseOut, auth=Scoped("cases:read"))
def get_case(request: HttpRequest, case_id: UUID) -> CaseOut:
    """
    Return one case with its milestones and clocks.
    """
    return _show(request, case_id)


@router.post("/cases/{uuid:case_id}/milestones/{slug:code}", response=CaseOut, auth=Scoped("cases:write"))
def record_milestone(request: HttpRequest, case_id: UUID, code: str, reached: MilestoneIn) -> HttpResponse:
    """
    Record a milestone that is reached outside a visit, with its evidence.
    """
    asking = asking_of(request)

    def record() -> CaseOut:
        evidence = {name: _read(given) for name, given in reached.evidence.items()}
        works.record_milestone(
            actor=asking.actor, case_id=case_id, code=code, evidence=evidence, now=asking.now, occurred_at=reached.occurred_at
        )
        return _show(request, case_id)

    return answer_once(request, record)


@router.post("/cases/{uuid:case_id}/plans", response={HTTPStatus.CREATED: PlanOut}, auth=Scoped("plans:write"), tags=["plans"])
def propose_plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """
    Let the engine answer a case's application: a full plan, in a second or a few.
    """
    asking = asking_of(request)

    def propose() -> PlanOut:
        plan = plan_actions.propose_plan(actor=asking.actor, case_id=case_id, now=asking.now)
        return _show_plan(request, plan.pk)

    return answer_once(request, propose, status=HTTPStatus.CREATED, is_long=True)


@router.get("/plans/{uuid:plan_id}", response=PlanOut, auth=Scoped("plans:read"), tags=["plans"])
def get_plan(request: HttpRequest, plan_id: UUID) -> PlanOut:
    """
    Return one supply plan with its options.
    """
    return _show_plan(request, plan_id)


@router.post("/plans/{uuid:plan_id}/approval", response=PlanOut, auth=Scoped("plans:write"), tags=["plans"])
def approve_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """
    Approve a plan that somebody else proposed.
    """
    asking = asking_of(request)

    def approve() -> PlanOut:
        plan_actions.approve_plan(actor=asking.actor, plan_id=plan_id, now=asking.now)
        return _show_plan(request, plan_id)

    return answer_once(request, approve)


@router.post("/plans/{uuid:plan_id}/options/{uuid:option_id}/acceptance", response=PlanOut, auth=Scoped("plans:write"), tags=["plans"])
def accept_option(request: HttpRequest, plan_id: UUID, option_id: UUID) -> HttpResponse:
    """
    Accept an option for its customer: its capacity is reserved.
    """
    asking = asking_of(request)

    def accept() -> PlanOut:
        plan_actions.accept_option(actor=asking.actor, option_id=option_id, now=asking.now)
        return _show_plan(request, plan_id)

    return answer_once(request, accept)


def _show(request: HttpRequest, case_id: UUID) -> CaseOut:
    asking = asking_of(request)
    return CaseOut.from_orm(queries.get_thread(actor=asking.actor, case_id=case_id, now=asking.now))


def _show_plan(request: HttpRequest, plan_id: UUID) -> PlanOut:
    return PlanOut.from_orm(plans.get_plan(actor=asking_of(request).actor, plan_id=plan_id))


def _read(given: FileIn | float | str) -> Any:  # noqa: ANN401 - text, a number, or a file's name and content
    if not isinstance(given, FileIn):
        return given
    try:
        return given.name, base64.b64decode(given.content_base64, validate=True)
    except ValueError:  # no Base64, or no ASCII
        raise UnreadableFile(N_("The content of %(name)s is no Base64."), name=given.name) from None
