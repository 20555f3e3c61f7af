"""
Who asks: a bearer token and its scopes; and how a request is answered once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Schema
from ninja.errors import AuthorizationError
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import actions as people_actions
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused

LONGEST_KEY = 128
READABLE = {"ensure_ascii": False}  # Chinese as it is written


class UnusableKey(Refused):
    """
    The idempotency key is too long.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """
    One request of a program: for whom it asks, and the moment it is in this installation.
    """

    actor: Actor
    username: str
    now: datetime


class Scoped(HttpBearer):
    """
    Lets in whose token has a scope.
    """

    openapi_name = "token"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Asking | None:  # noqa: ARG002 - ninja's signature
        """
        Return who asks, None if the token is none.

        :raises AuthorizationError: if the token lacks the scope
        """
        now = people.get_now(now=timezone.now())
        grant = people_actions.use_token(text=token, now=now)
        if grant is None:
            return None
        if self.scope not in grant.scopes:
            raise AuthorizationError(HTTPStatus.FORBIDDEN, self.scope)
        return Asking(actor=grant.actor, username=grant.username, now=now)


class PerUser(SimpleRateThrottle):
    """
    Lets a user's programs ask so often and no oftener. Each worker process of the server counts for itself.
    """

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """
        Return under which name requests are counted, None for those who do not say who they are: they get no answer anyway.
        """
        asking = getattr(request, "auth", None)
        return f"api-rate-{asking.username}" if isinstance(asking, Asking) else None


THROTTLE = PerUser(settings.API_RATE)


def asking_of(request: HttpRequest) -> Asking:
    """
    Return who asks; ``Scoped`` has let him in.
    """
    found: Asking = request.auth  # type: ignore[attr-defined]
    return found


def answer_once(request: HttpRequest, answer: Callable[[], Schema], *, status: int = HTTPStatus.OK, is_long: bool = False) -> HttpResponse:
    """
    Answer a request that changes the world; with an ``Idempotency-Key``, the same request again gets the same answer.

    :raises UnusableKey: if the key is too long
    """
    asking = asking_of(request)

    def find() -> tuple[int, Any]:
        return status, answer().model_dump(mode="json")

    key = request.headers.get("Idempotency-Key", "")
    if not key:
        given, document = find()
        return JsonResponse(document, status=given, json_dumps_params=READABLE)
    if len(key) > LONGEST_KEY:
        raise UnusableKey(N_("An idempotency key has at most %(most)s characters."), most=LONGEST_KEY)
    content = b"\n".join((str(request.method).encode(), request.get_full_path().encode(), request.body))
    given, document, is_first = journal.answer_once(
        owner=asking.actor.id, key=key, request=content, now=asking.now, answer=find, is_long=is_long
    )
    return JsonResponse(document, status=given, json_dumps_params=READABLE, headers={} if is_first else {"Idempotency-Replayed": "true"})
