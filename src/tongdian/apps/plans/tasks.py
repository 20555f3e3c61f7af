"""
The nightly run over plans whose last day has passed; the network's capacity after something was reserved or given back; joint plans.
"""

from typing import Any

from django.utils import timezone
from django_tasks import task

from tongdian.apps.background.actions import report_progress
from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.people import queries as people
from tongdian.apps.plans.actions import compute_capacity, expire_plans, propose_joint_plan, request_capacity
from tongdian.apps.plans.queries import is_capacity_stale
from tongdian.kit.refused import Refused


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


@task()
def propose_jointly(*, community_id: int, case_ids: list[str], counts_needs: bool, username: str, owner: str) -> dict[str, Any]:
    """
    Answer applications of a community together; return the joint plan's identifier, or the refusal as text and values.

    :param owner: whose job it is
    """
    del owner  # names the job's owner, for its page
    try:
        joint = propose_joint_plan(
            actor=people.get_actor(username=username),
            community_id=community_id,
            case_ids=case_ids,
            counts_needs=counts_needs,
            now=people.get_now(now=timezone.now()),
            progress=report_progress,
        )
    except Refused as refused:
        values = {name: value if isinstance(value, int | float) else str(value) for name, value in refused.values.items()}
        return {"community": community_id, "refused": refused.text, "values": values}
    return {"community": community_id, "joint": str(joint.pk)}
