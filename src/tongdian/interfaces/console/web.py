"""
What every view does the same way: who asks, what time it is here, and how a refusal is answered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.apps.background.queries import UnknownJob
from tongdian.apps.cases.actions import UnknownAgreement
from tongdian.apps.cases.queries import UnknownCase, UnknownFile
from tongdian.apps.demands.queries import UnknownDemand, UnknownHousehold, UnknownTopic
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.people.rules import may
from tongdian.apps.plans.queries import UnknownPaper, UnknownPlan
from tongdian.apps.works.queries import UnknownHazard
from tongdian.interfaces.console import words
from tongdian.interfaces.console.access import ACCESS, ANYBODY
from tongdian.kit.refused import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    One request of somebody who is logged in: who asks, and the moment it is in this installation.
    """

    request: HttpRequest
    actor: Actor
    now: datetime

    def show(self, template: str, context: dict[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
        """
        Return a page.
        """
        return render(self.request, f"console/{template}.html", context, status=status)


PAGES_OF_ONE = frozenset({"case", "demand", "joint_plan", "plan", "renewal", "topic"})
Shown = Callable[..., HttpResponse]


def _answer(request: HttpRequest, view: Shown, address: dict[str, Any]) -> HttpResponse:
    asked = _ask(request)
    try:
        _check_access(asked)
        return view(asked, **address)
    except Refused as refused:
        return _refuse(asked, refused)


def page(view: Shown) -> Callable[..., HttpResponse]:
    """
    Make a view of a page that is read: ``view(asked, **address)``. What is refused to the reader is said, with status 403 or 404.
    """

    @never_cache
    @require_safe
    @login_required
    @wraps(view)
    def answer(request: HttpRequest, **address: Any) -> HttpResponse:  # noqa: ANN401 - parts of the address
        return _answer(request, view, address)

    return answer


def step(*, back: str) -> Callable[[Shown], Callable[..., HttpResponse]]:
    """
    Make a view of a step that changes the world: ``view(asked, **address)``, by POST. A GET of its address leads to the page ``back``
    of the same thing, or to the reader's day.
    """

    def make(view: Shown) -> Callable[..., HttpResponse]:
        @never_cache
        @require_http_methods(["GET", "POST"])
        @login_required
        @wraps(view)
        def answer(request: HttpRequest, **address: Any) -> HttpResponse:  # noqa: ANN401 - parts of the address
            if request.method == "GET":
                return redirect(f"console:{back}", address[f"{back}_id"]) if back in PAGES_OF_ONE else redirect("console:day")
            return _answer(request, view, address)

        return answer

    return make


def page_or_step(view: Shown) -> Callable[..., HttpResponse]:
    """
    Make a view of a form that answers on its own page: ``view(asked, **address)``, by GET to read and by POST to go on.
    """

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @login_required
    @wraps(view)
    def answer(request: HttpRequest, **address: Any) -> HttpResponse:  # noqa: ANN401 - parts of the address
        return _answer(request, view, address)

    return answer


def act(asked: Asked, change: Callable[[], object], *, said: str, to: str, again: Callable[[Refused, int], HttpResponse]) -> HttpResponse:
    """
    Do one change of the world, then go to the page ``to``; if it is refused, show the page ``again`` with the reason and its status.
    """
    try:
        change()
    except UNKNOWN:
        raise
    except Refused as refused:
        return again(refused, status_of(refused))
    messages.success(asked.request, said)
    return redirect(to)


UNKNOWN = (
    UnknownCase,
    UnknownFile,
    UnknownDemand,
    UnknownPlan,
    UnknownPaper,
    UnknownHousehold,
    UnknownTopic,
    UnknownHazard,
    UnknownAgreement,
    UnknownJob,
)


def status_of(refused: Refused) -> int:
    """
    Return the HTTP status by which a refusal is answered.
    """
    if isinstance(refused, NotAllowed):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.NOT_FOUND if isinstance(refused, UNKNOWN) else HTTPStatus.CONFLICT


def _ask(request: HttpRequest) -> Asked:
    now = people.get_now(now=timezone.now())
    words.set_today(timezone.localtime(now).date())
    user: Any = request.user  # a person: login_required stands before
    return Asked(request=request, actor=user.as_actor(), now=now)


def _check_access(asked: Asked) -> None:
    """
    Refuse an address that the reader's role does not open; whether a thing is a customer's own is asked by its action.
    """
    match = asked.request.resolver_match
    action = ACCESS[match.url_name or ""] if match else ANYBODY
    if action and not may(asked.actor.role, action, is_own=True):
        people.require(asked.actor, action)


def _refuse(asked: Asked, refused: Refused) -> HttpResponse:
    return asked.show("refused", {"refused": refused}, status=status_of(refused))
