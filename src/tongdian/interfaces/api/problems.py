"""
What went wrong, as problem documents (RFC 9457).
"""

import logging
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema

from tongdian.apps.background.queries import UnknownJob
from tongdian.apps.cases.queries import UnknownCase, UnknownMilestone
from tongdian.apps.demands.queries import UnknownDemand
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans.queries import UnknownPlan
from tongdian.interfaces.api.schemas import Problem
from tongdian.kit.refused import N_, Refused

UNKNOWN = (UnknownCase, UnknownDemand, UnknownJob, UnknownMilestone, UnknownPlan)
TYPES = "urn:tongdian:problem:"
SENTENCES = {
    HTTPStatus.BAD_REQUEST: N_("The body cannot be read. Send what the description asks, whole and with its content type."),
    HTTPStatus.UNAUTHORIZED: N_("Send a token that is valid: Authorization: Bearer td_…"),
    HTTPStatus.NOT_FOUND: N_("There is nothing at this address."),
    HTTPStatus.UNPROCESSABLE_ENTITY: N_("The request is not as the description asks; see errors."),
    HTTPStatus.TOO_MANY_REQUESTS: N_("Too many requests. Wait as long as Retry-After says, in seconds."),
    HTTPStatus.INTERNAL_SERVER_ERROR: N_("Something broke on our side. It is written down; try again later."),
}


MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The body cannot be read.",
    HTTPStatus.UNAUTHORIZED: "No token, or one that has ended.",
    HTTPStatus.FORBIDDEN: "The token lacks the scope, or its user's role may not do this.",
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.CONFLICT: "The step is not possible now; detail says what to do.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request is not as described; errors names each mistake.",
    HTTPStatus.TOO_MANY_REQUESTS: "Asked too often; Retry-After says how many seconds to wait.",
}


class DescribedAPI(NinjaAPI):
    """
    An API whose description also says what can go wrong: every operation may answer by a problem document.
    """

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401 - ninja's signature
        """
        Return the description with the problem documents of every operation.
        """
        schema = super().get_openapi_schema(**options)
        described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"].update({**described.pop("$defs", {}), "Problem": described})
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        wrong = {int(status): {"description": meaning, "content": content} for status, meaning in MEANINGS.items()}
        for methods in schema["paths"].values():
            for operation in methods.values():
                operation["responses"] = {**operation["responses"], **wrong}
        return schema


def problem(request: HttpRequest, *, status: int, kind: str, detail: str, more: Mapping[str, Any] | None = None) -> HttpResponse:
    """
    Return a problem document.

    :param kind: the last part of its type, in kebab case
    """
    document = {
        "type": f"{TYPES}{kind}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": request.path,
        **(more or {}),
    }
    answer = JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Content-Type"] = "application/problem+json"
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """
    Answer an address below the API's that nothing stands at, so that a program never gets a page.
    """
    return _plain(request, HTTPStatus.NOT_FOUND, "nothing-here")


def register(api: NinjaAPI) -> None:
    """
    Let an API answer everything that goes wrong by problem documents.
    """
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(AuthenticationError, _unauthorized)
    api.add_exception_handler(AuthorizationError, _forbidden)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Throttled, _throttled)
    api.add_exception_handler(Http404, _missing)
    for unreadable in (MultiPartParserError, UnreadablePostError, SuspiciousOperation):
        api.add_exception_handler(unreadable, _unreadable)
    api.add_exception_handler(Exception, _broken)


def _refused(request: HttpRequest, refused: Any) -> HttpResponse:  # noqa: ANN401 - ninja's signature, here and below
    status = HTTPStatus.CONFLICT
    if isinstance(refused, NotAllowed):
        status = HTTPStatus.FORBIDDEN
    elif isinstance(refused, UNKNOWN):
        status = HTTPStatus.NOT_FOUND
    text = gettext(refused.text)
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(refused).__name__).lower()
    return problem(request, status=status, kind=kind, detail=text % refused.values if refused.values else text)


def _unauthorized(request: HttpRequest, _: Any) -> HttpResponse:  # noqa: ANN401
    return _plain(request, HTTPStatus.UNAUTHORIZED, "no-token")


def _forbidden(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ANN401
    scope = str(error.message)
    detail = gettext("The token lacks the scope %(scope)s.") % {"scope": scope}
    return problem(request, status=HTTPStatus.FORBIDDEN, kind="no-scope", detail=detail, more={"scope": scope})


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ANN401
    wrong = [{"pointer": "/" + "/".join(str(part) for part in one["loc"]), "detail": one["msg"]} for one in error.errors]
    detail = gettext(SENTENCES[HTTPStatus.UNPROCESSABLE_ENTITY])
    return problem(request, status=HTTPStatus.UNPROCESSABLE_ENTITY, kind="invalid", detail=detail, more={"errors": wrong})


def _http(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ANN401
    return problem(request, status=error.status_code, kind="unreadable", detail=str(error.message))


def _unreadable(request: HttpRequest, _: Any) -> HttpResponse:  # noqa: ANN401
    return _plain(request, HTTPStatus.BAD_REQUEST, "unreadable")


def _throttled(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ANN401
    answer = _plain(request, HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests")
    answer["Retry-After"] = str(math.ceil(error.wait or 1))
    return answer


def _missing(request: HttpRequest, _: Any) -> HttpResponse:  # noqa: ANN401
    return _plain(request, HTTPStatus.NOT_FOUND, "nothing-here")


def _broken(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ANN401
    logging.getLogger(__name__).error("%s %s", request.method, request.path, exc_info=error)
    return _plain(request, HTTPStatus.INTERNAL_SERVER_ERROR, "broken")


def _plain(request: HttpRequest, status: HTTPStatus, kind: str) -> HttpResponse:
    return problem(request, status=status, kind=kind, detail=gettext(SENTENCES[status]))
