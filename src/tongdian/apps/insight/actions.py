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
from tongdian.apps.plans import queries as plans
from tongdian.apps.plans.models import Plan
from tongdian.apps.plans.rules import REMINDED_DAYS


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


def remind_of_expiry(*, now: datetime) -> int:
    """
    Tell the customer of a supply plan, and who proposed and approved it, that its last day comes near, some days before and once more
    shortly before; return how many were told something new.
    """
    today, told = timezone.localdate(now), 0
    actors = {actor.id: actor for actor in people.list_actors()}
    for plan in plans.list_expiring(on=today, within_days=max(REMINDED_DAYS)):
        left = (plan.valid_until - today).days if plan.valid_until else 0
        stage = min(days for days in REMINDED_DAYS if left <= days)
        values = {"late": 0, "due": 0, "elsewhere": 0, "expiring": 1, "cases": [_write_plan(plan)]}
        for reader in {str(plan.case.customer.user_id), str(plan.proposed_by_id), str(plan.approved_by_id)} & set(actors):
            key = f"{notice_rules.EXPIRY}-{stage}-{plan.pk.hex}"
            told += tell(user_id=reader, kind=notice_rules.EXPIRY, key=key, values=values, now=now)
    return told


def _write_plan(plan: Plan) -> dict[str, Any]:
    procedure = cases.get_procedure(case=plan.case)
    ends_zh, ends_en = notice_rules.EXPIRY_WORDS[plan.status]
    return {
        "id": str(plan.case_id),
        "number": plan.case.number,
        "party": "customer",
        "place": str(plan.case.building),
        "due": plan.valid_until.isoformat() if plan.valid_until else "",
        "late_days": 0,
        "procedure_zh": procedure.name_zh,
        "procedure_en": procedure.name_en,
        "milestone_zh": ends_zh,
        "milestone_en": ends_en,
    }


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
