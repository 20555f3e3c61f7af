"""
The nightly run: plans whose last day has passed.
"""

from django.utils import timezone
from django_tasks import task

from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.people import queries as people
from tongdian.apps.plans.actions import expire_plans


@task()
def expire() -> int:
    """
    Mark plans whose last day has passed; return how many.
    """
    return len(expire_plans(actor=SYSTEM_ACTOR, now=people.get_now(now=timezone.now())))
