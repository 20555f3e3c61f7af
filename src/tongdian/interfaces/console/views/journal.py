from django.http import HttpResponse

from tongdian.apps.cases import queries as cases
from tongdian.apps.insight import queries
from tongdian.interfaces.console.entries import say_entries
from tongdian.interfaces.console.web import Asked, page
from tongdian.interfaces.console.words import say_name

LENGTH = 50
LONGEST_SEQUENCE = 18


@page
def show_journal(asked: Asked) -> HttpResponse:
    """
    Show the newest entries and whether the chain is whole; walking it takes a moment and is the point of the page.
    """
    before = asked.request.GET.get("before", "")
    asked_for = int(before) if before.isdecimal() and len(before) < LONGEST_SEQUENCE else None
    found = queries.list_journal(actor=asked.actor, before=asked_for, limit=LENGTH + 1)
    report, untrue = queries.verify_journal(actor=asked.actor)
    context = {
        "entries": say_entries(found[:LENGTH], names=_list_names()),
        "before": found[LENGTH - 1].line.sequence if len(found) > LENGTH else None,
        "report": report,
        "untrue": untrue,
    }
    return asked.show("journal", context)


def _list_names() -> dict[str, str]:
    return {milestone.code: say_name(milestone) for procedure in cases.list_procedures() for milestone in procedure.milestones}
