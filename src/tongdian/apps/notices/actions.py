"""
Telling people.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext, pgettext

from tongdian.apps.journal.events import Actor
from tongdian.apps.notices import queries, rules
from tongdian.apps.notices.models import Notice

log = logging.getLogger(__name__)
MAIL_TIMEOUT_S = 20


@transaction.atomic
def tell(*, user_id: str, kind: str, key: str, values: Mapping[str, Any], now: datetime) -> bool:
    """
    Tell somebody something; return whether it is new. Told again under the same key, nothing changes.
    """
    _, is_new = Notice.objects.get_or_create(user_id=user_id, key=key, defaults={"kind": kind, "values": dict(values), "told_at": now})
    return is_new


@transaction.atomic
def read_notices(*, actor: Actor, now: datetime) -> int:
    """
    Note that the actor has read what he was told; return how many notices were new to him.
    """
    return Notice.objects.filter(user_id=actor.id, read_at=None).update(read_at=now)


def forget_notices(*, now: datetime) -> int:
    """
    Remove notices that are older than three months; return how many.
    """
    first = rules.count_days_kept(timezone.localdate(now))
    return Notice.objects.filter(told_at__date__lt=first).delete()[0]


def mail_notices(*, now: datetime) -> tuple[int, int]:
    """
    Send unread notices of the last day to those who want mail; return how many went out and how many did not.

    A try is counted before its mail goes out; after five it is left. A mail whose sender is killed between sending and noting it goes
    out once more, with the same Message-ID, by which mail programs know it again.
    """
    if not queries.is_mail_set_up():
        return 0, 0
    waiting = (
        Notice.objects.filter(mailed_at=None, read_at=None, mail_tries__lt=rules.MOST_MAIL_TRIES, told_at__gte=now - timedelta(days=1))
        .filter(user__is_active=True)
        .exclude(user__email="")
        .select_related("user")
    )
    sent = failed = 0
    with get_connection(timeout=MAIL_TIMEOUT_S) as connection:
        for notice in waiting:
            Notice.objects.filter(pk=notice.pk).update(mail_tries=F("mail_tries") + 1)
            try:
                _write_mail(notice, connection).send()
            except OSError:  # smtplib's errors are OSErrors, too
                log.exception("the mail of notice %s did not go out", notice.pk)
                failed += 1
                continue
            Notice.objects.filter(pk=notice.pk).update(mailed_at=now)
            sent += 1
    return sent, failed


def _write_mail(notice: Notice, connection: Any) -> EmailMessage:  # noqa: ANN401 - Django names no type
    with translation.override(notice.user.language or settings.LANGUAGE_CODE):
        is_chinese = translation.get_language() != "en"
        lines = [rules.write_line(case, is_chinese=is_chinese) for case in notice.values["cases"]]
        body = "\n".join(
            [
                gettext("%(name)s,") % {"name": notice.user.display_name},
                "",
                rules.write_title(notice.values) + pgettext("the end of a sentence", "."),
                "",
            ]
            + [f"- {line}" for line in lines]
            + ["", gettext("You get this mail because you asked for it on your page of notices; there you can end it.")]
        )
        return EmailMessage(
            subject=f"{gettext('Tongdian')}: {rules.write_title(notice.values)}",
            body=body,
            to=[notice.user.email],
            headers={
                "Message-ID": f"<notice-{notice.pk}-{notice.told_at:%Y%m%d%H%M%S}@{settings.MAIL_DOMAIN}>",
                "Auto-Submitted": "auto-generated",
            },
            connection=connection,
        )
