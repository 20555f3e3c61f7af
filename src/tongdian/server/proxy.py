"""
Behind a proxy, who asks.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class RealAddress:
    """
    Takes the asker's address from the proxy in front: it alone writes the last entry of ``X-Forwarded-For``, the others are hearsay.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer with the asker's own address in ``REMOTE_ADDR``.
        """
        if entries := request.headers.get("X-Forwarded-For", ""):
            request.META["REMOTE_ADDR"] = entries.rsplit(",", 1)[-1].strip()
        return self.get_response(request)
