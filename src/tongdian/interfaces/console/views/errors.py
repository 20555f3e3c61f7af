"""
Pages for what went wrong before or outside a view.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """
    Answer a request that no role makes possible, or whose form has lost its token.
    """
    return render(request, "console/403.html", status=HTTPStatus.FORBIDDEN)


def untrusted(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes it
    """
    Answer a form that came without its token: most often the page was open since before the last log-in.
    """
    return render(request, "console/403_token.html", status=HTTPStatus.FORBIDDEN)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """
    Answer an address that does not exist.
    """
    return render(request, "console/404.html", status=HTTPStatus.NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the page must not depend on it
    """
    Answer after a bug: without the database, which may be what broke.
    """
    return HttpResponse(render_to_string("console/500.html"), status=HTTPStatus.INTERNAL_SERVER_ERROR)
