"""
Reading notices; everybody reads his own.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from tongdian.apps.journal.events import Actor
from tongdian.apps.notices import rules
from tongdian.apps.notices.models import Notice

COUNTED = ("late", "due", "elsewhere", "expiring")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCase:
    """
    A case of which a notice tells, as it stood then. ``due`` is an ISO date, empty where there is none.
    """

    id: str
    number: str
    party: str
    place: str
    due: str
    late_days: int
    procedure_zh: str
    procedure_en: str
    milestone_zh: str
    milestone_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """
    A notice as its reader sees it. ``more``: cases that it counts but does not name.
    """

    id: int
    title: str
    told_at: datetime
    is_new: bool
    is_mailed: bool
    cases: tuple[NoticeCase, ...]
    more: int


def count_unread(*, actor: Actor) -> int:
    """
    Return how many of his notices the actor has not read.
    """
    return Notice.objects.filter(user_id=actor.id, read_at=None).count() if actor.id.isdecimal() else 0


def list_notices(*, actor: Actor, limit: int = 20) -> tuple[NoticeLine, ...]:
    """
    Return the actor's latest notices.
    """
    if not actor.id.isdecimal():
        return ()
    return tuple(
        NoticeLine(
            id=notice.pk,
            title=rules.write_title(notice.values),
            told_at=notice.told_at,
            is_new=notice.read_at is None,
            is_mailed=notice.mailed_at is not None,
            cases=tuple(NoticeCase(**case) for case in notice.values["cases"]),
            more=sum(notice.values.get(name, 0) for name in COUNTED) - len(notice.values["cases"]),
        )
        for notice in Notice.objects.filter(user_id=actor.id)[:limit]
    )


def is_mail_set_up() -> bool:
    """
    Return whether this installation can send mail.
    """
    return bool(settings.EMAIL_HOST)
