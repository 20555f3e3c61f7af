"""
Closing a demand with a reply, which is checked first.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.demands import events, mapping, queries
from tongdian.apps.demands.models import Demand, Reply
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused

LONGEST_REPLY = 4000
LONGEST_REASON = 300


class UnusableReply(Refused):
    """
    There are no words, or far too many.
    """


class ReplyLacks(Refused):
    """
    The check found something missing, and nobody said why the reply is enough.
    """


class AlreadyClosed(Refused):
    """
    The demand was closed by another reply.
    """


@transaction.atomic
def close_demand(*, actor: Actor, demand_id: UUID | str, text: str, because: str = "", now: datetime) -> Reply:
    """
    Close a demand with a reply, if the check finds core, progress, reason and date in it; sending the same again changes nothing.

    :param because: why the reply is enough though the check finds something missing; kept beside it
    :raises UnusableReply: if it is empty or too long
    :raises ReplyLacks: if something is missing and no reason is given
    :raises AlreadyClosed: if another reply closed it
    """
    people.require(actor, "close_demand")
    demand = Demand.objects.select_for_update().get(pk=queries.find_demand(demand_id=demand_id).pk)
    text, because = text.strip(), because.strip()
    if known := Reply.objects.filter(demand=demand).first():
        if known.text == text:
            return known
        raise AlreadyClosed(N_("The demand %(number)s is closed already, with the reply below."), number=demand.number)
    if not 0 < len(text) <= LONGEST_REPLY:
        raise UnusableReply(N_("Write the reply, at most %(limit)s characters."), limit=LONGEST_REPLY)
    missing = mapping.check_reply(demand.text, text, now=now).missing
    if missing and not because:
        raise ReplyLacks(N_("The reply lacks what is named below. Add it, or say why it is enough as it is."))
    reply = Reply.objects.create(
        demand=demand,
        text=text,
        missing=[part.value for part in missing],
        overruled_because=because[:LONGEST_REASON] if missing else "",
        replied_by_id=int(actor.id),
        replied_at=now,
    )
    sealed = {
        field: journal.seal(subject=demand, field=field, value=value)
        for field, value in (("reply", text), ("overruled_because", reply.overruled_because))
        if value
    }
    kind = events.DEMAND_CLOSED_OVERRULED if missing else events.DEMAND_CLOSED
    journal.record(actor=actor, kind=kind, subject=demand, now=now, values={"missing": reply.missing, **sealed})
    return reply
