"""
The nightly run over plans whose last day has passed; and the network's capacity after something was reserved or given back.
"""

from django.utils import timezone
from django_tasks import task

from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.people import queries as people
from tongdian.apps.plans.actions import compute_capacity, expire_plans, request_capacity
from tongdian.apps.plans.queries import is_capacity_stale


@task()
def expire() -> int:
    """
    Mark plans whose last day has passed; return how many. What the network can carry is brought up to what is reserved then.
    """
    now = people.get_now(now=timezone.now())
    expired = len(expire_plans(actor=SYSTEM_ACTOR, now=now))
    if is_capacity_stale(now=now):
        request_capacity(now=now)
    return expired


@task()
def refresh_capacity(*, owner: str = "") -> int:
    """
    Calculate anew what the islands can still carry for which something has changed; return how many there were.

    :param owner: whose job it is, if somebody asked for it
    """
    del owner  # names the job's owner, for its page
    return len(compute_capacity(actor=SYSTEM_ACTOR, now=people.get_now(now=timezone.now())))
