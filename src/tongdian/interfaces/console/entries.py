"""
Journal entries in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from tongdian.apps.cases import queries as cases
from tongdian.apps.insight.queries import NamedEntry
from tongdian.apps.journal.events import SYSTEM
from tongdian.interfaces.console.forms import find_category
from tongdian.interfaces.console.words import fill, say_code, say_name


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
        who=_who(entry),
        role="" if is_system else say_code(line.actor_role),
        said=fill(line.text, {name: _word(value, names) for name, value in line.values.items()}),
        hash=line.hash,
    )


def _who(entry: NamedEntry) -> str:
    who = gettext("the system") if entry.line.actor_id == SYSTEM else entry.actor_name or entry.line.actor_id
    if not entry.line.on_behalf_of:
        return who
    return gettext("%(who)s for %(customer)s") % {"who": who, "customer": entry.line.on_behalf_of}


def _word(value: object, names: Mapping[str, str]) -> object:
    if not isinstance(value, str):
        return value
    if all(item in names for item in value.split(", ")):
        return tuple(names[item] for item in value.split(", "))
    named = find_category(value) or next((ground for ground in cases.list_grounds() if ground.code == value), None)
    return say_name(named) if named else value
