from django.http import HttpResponse

from tongdian.apps.insight import queries
from tongdian.interfaces.console.web import Asked, page


@page
def search(asked: Asked) -> HttpResponse:
    """
    Show what holds the words of the box in the top bar.
    """
    found = queries.search(actor=asked.actor, words=asked.request.GET.get("q", ""), now=asked.now)
    is_empty = bool(found.words) and not (found.demands or found.cases or found.buildings or found.procedures or found.categories)
    return asked.show("search", {"found": found, "is_empty": is_empty})
