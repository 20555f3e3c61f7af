"""
The morning's reminders.
"""

from django.utils import timezone
from django_tasks import task

from tongdian.apps.insight.actions import remind_of_expiry, remind_people
from tongdian.apps.notices.actions import forget_notices, mail_notices
from tongdian.apps.people import queries as people


@task()
def remind() -> dict[str, int]:
    """
    Tell people what waits for them, send the mails, forget what is old; doing it again tells nothing twice.
    """
    now = people.get_now(now=timezone.now())
    told = remind_people(now=now) + remind_of_expiry(now=now)
    sent, failed = mail_notices(now=now)
    return {"told": told, "sent": sent, "failed": failed, "forgotten": forget_notices(now=now)}
