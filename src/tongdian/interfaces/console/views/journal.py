from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.insight import queries
from tongdian.apps.insight.queries import NamedEntry
from tongdian.apps.journal.events import SYSTEM
from tongdian.interfaces.console.forms import find_category
from tongdian.interfaces.console.web import Asked, page
from tongdian.interfaces.console.words import fill, say_code, say_name

LENGTH = 50
LONGEST_SEQUENCE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidEntry:
    """
    A journal entry in words.
    """

    occurred_at: datetime
    recorded_at: datetime
    who: str
    role: str
    said: str
    hash: str


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


def say_entries(entries: Iterable[NamedEntry], *, names: Mapping[str, str] | None = None) -> tuple[SaidEntry, ...]:
    """
    Put entries into words; ``names`` gives the names of codes that only the reader knows, such as a procedure's milestones.
    """
    return tuple(_say(entry, names or {}) for entry in entries)


def _say(entry: NamedEntry, names: Mapping[str, str]) -> SaidEntry:
    line = entry.line
    is_system = line.actor_id == SYSTEM
    return SaidEntry(
        occurred_at=line.occurred_at,
        recorded_at=line.recorded_at,
        who=gettext("the system") if is_system else entry.actor_name or line.actor_id,
        role="" if is_system else say_code(line.actor_role),
        said=fill(line.text, {name: _word(value, names) for name, value in line.values.items()}),
        hash=line.hash,
    )


def _word(value: object, names: Mapping[str, str]) -> object:
    if not isinstance(value, str):
        return value
    if all(item in names for item in value.split(", ")):
        return tuple(names[item] for item in value.split(", "))
    category = find_category(value)
    return say_name(category) if category else value
