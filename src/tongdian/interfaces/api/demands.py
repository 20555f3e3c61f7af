"""
Demands: said, read, understood.
"""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from tongdian.apps.demands import actions, queries
from tongdian.apps.demands.rules import DemandRow
from tongdian.interfaces.api.asking import Scoped, answer_once, asking_of
from tongdian.interfaces.api.schemas import CategoryIn, CategoryOut, DemandFilter, DemandIn, DemandOut, DemandPageOut

router = Router(tags=["demands"])


@router.get("/categories", response=list[CategoryOut], auth=Scoped("demands:read"))
def list_categories(request: HttpRequest) -> tuple[queries.Category, ...]:
    """
    Return the categories a demand can have.
    """
    asking_of(request)
    return queries.list_categories()


@router.get("/demands", response=DemandPageOut, auth=Scoped("demands:read"))
def list_demands(request: HttpRequest, asked: Query[DemandFilter]) -> DemandPageOut:
    """
    Return demands, newest first.
    """
    found = queries.list_demands(actor=asking_of(request).actor, **asked.dict())
    items = [DemandOut.from_orm(line) for line in found.lines]
    return DemandPageOut(items=items, total=found.total, page=found.page, pages=found.pages)


@router.post("/demands", response={HTTPStatus.CREATED: DemandOut}, auth=Scoped("demands:write"))
def receive_demand(request: HttpRequest, said: DemandIn) -> HttpResponse:
    """
    Receive a demand; it is read at once: its likely categories and how urgent it is.
    """
    asking = asking_of(request)

    def receive() -> DemandOut:
        demand = actions.land_one(actor=asking.actor, row=DemandRow(**said.dict()), now=asking.now)
        return _show(request, demand.pk)

    return answer_once(request, receive, status=HTTPStatus.CREATED)


@router.get("/demands/{uuid:demand_id}", response=DemandOut, auth=Scoped("demands:read"))
def get_demand(request: HttpRequest, demand_id: UUID) -> DemandOut:
    """
    Return one demand.
    """
    return _show(request, demand_id)


@router.post("/demands/{uuid:demand_id}/category", response=DemandOut, auth=Scoped("demands:write"))
def confirm_category(request: HttpRequest, demand_id: UUID, meant: CategoryIn) -> HttpResponse:
    """
    Confirm what a demand is about.
    """
    asking = asking_of(request)

    def confirm() -> DemandOut:
        actions.confirm_category(actor=asking.actor, demand_id=demand_id, now=asking.now, **meant.dict())
        return _show(request, demand_id)

    return answer_once(request, confirm)


def _show(request: HttpRequest, demand_id: UUID) -> DemandOut:
    return DemandOut.from_orm(queries.get_demand(actor=asking_of(request).actor, demand_id=demand_id))
