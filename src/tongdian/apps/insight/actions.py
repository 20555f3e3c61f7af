"""
Telling people what waits for them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from tongdian.apps.cases import queries as cases
from tongdian.apps.notices import rules as notice_rules
from tongdian.apps.notices.actions import tell
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import RESPONSIBLE, Role


def remind_people(*, now: datetime) -> int:
    """
    Tell everybody who can log in which of his cases are late or due today or on the next working day, once a day; return how many were
    told something new. Who has nothing to hear hears nothing.

    Whoever answers for the whole hears of cases that are late with others, too; everybody else only of what he can move himself.
    """
    today = timezone.localdate(now)
    of_all: tuple[cases.CaseLine, ...] | None = None  # staff see every case: read once, not once a person
    told = 0
    for actor in people.list_actors():
        if actor.role == Role.CUSTOMER:
            waiting = cases.list_cases(actor=actor, state="open", now=now)
        else:
            waiting = of_all = cases.list_cases(actor=actor, state="open", now=now) if of_all is None else of_all
        mine = [line for line in waiting if line.role == actor.role and not line.is_stopped]
        late = [line for line in mine if line.late_days > 0]
        due = [line for line in mine if line.late_days == 0 and line.is_due_soon]
        elsewhere = [line for line in waiting if actor.role in RESPONSIBLE and line.role != actor.role and line.late_days > 0]
        if not (late or due or elsewhere):
            continue
        values = {"late": len(late), "due": len(due), "elsewhere": len(elsewhere), "cases": _write(late, due, elsewhere)}
        told += tell(user_id=actor.id, kind=notice_rules.DAY, key=f"{notice_rules.DAY}-{today}", values=values, now=now)
    return told


def _write(*groups: Sequence[cases.CaseLine]) -> list[Mapping[str, Any]]:
    lines = [line for group in groups for line in group][: notice_rules.LONGEST_LIST]
    return [
        {
            "id": str(line.id),
            "number": line.number,
            "party": line.party,
            "place": line.place,
            "due": line.due_date.isoformat() if line.due_date else "",
            "late_days": line.late_days,
            **{name: getattr(line, name) for name in ("procedure_zh", "procedure_en", "milestone_zh", "milestone_en")},
        }
        for line in lines
    ]
