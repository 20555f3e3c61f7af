"""
Acting for somebody else: with consent, in stated matters, until a day.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import events, queries
from tongdian.apps.people.models import Customer, Mandate, User
from tongdian.apps.people.rules import MANDATABLE, STAFF
from tongdian.kit.refused import N_, Refused


class UnusableMandate(Refused):
    """
    Nobody can act by such a mandate.
    """


@transaction.atomic
def grant_mandate(
    *,
    actor: Actor,
    customer: Customer,
    agent: str,
    matters: Sequence[str],
    valid_until: date,
    consent: tuple[str, bytes],
    now: datetime,
) -> Mandate:
    """
    Record that a customer lets somebody of the utility act for him.

    :param agent: login name of who may act
    :param matters: which of ``accept_option``, ``complete_milestone``, ``withdraw_case``
    :param consent: name and content of the file with the customer's consent
    :raises UnusableMandate: if the agent is no active member of staff, a matter cannot be mandated, or the last day has passed
    """
    queries.require(actor, "grant_mandate")
    user = User.objects.filter(username=agent, is_active=True, role__in=STAFF).first()
    if user is None:
        raise UnusableMandate(N_("There is no member of staff with the login name %(username)s."), username=agent)
    if not matters or set(matters) - set(MANDATABLE):
        raise UnusableMandate(N_("A mandate names what may be done: %(matters)s."), matters=", ".join(MANDATABLE))
    if valid_until < timezone.localdate(now):
        raise UnusableMandate(N_("The last day of the mandate has passed."))
    name, content = consent
    mandate = Mandate.objects.create(
        number=_next_number(now),
        customer=customer,
        agent=user,
        actions=sorted(set(matters)),
        granted_at=now,
        valid_until=valid_until,
        consent_sha256=journal.keep_file(content=content),
        consent_name=Path(name).name[:120],
    )
    values = {
        "mandate": mandate.number,
        "customer": customer.reference,
        "agent": str(user.pk),
        "matters": mandate.actions,
        "valid_until": valid_until.isoformat(),
        "consent": mandate.consent_sha256,
    }
    journal.record(actor=actor, kind=events.MANDATE_GRANTED, subject=mandate, now=now, values=values)
    return mandate


@transaction.atomic
def revoke_mandate(*, actor: Actor, number: str, now: datetime) -> Mandate:
    """
    End a mandate at once; revoking it again changes nothing. Its customer may always do so.

    :raises UnusableMandate: if there is no such mandate
    """
    mandate = Mandate.objects.select_related("customer").filter(number=number).first()
    if mandate is None:
        raise UnusableMandate(N_("There is no mandate %(number)s."), number=number)
    if not mandate.customer.belongs_to(actor):
        queries.require(actor, "grant_mandate")
    if mandate.revoked_at is None:
        mandate.revoked_at = now
        mandate.save(update_fields=["revoked_at"])
        journal.record(actor=actor, kind=events.MANDATE_REVOKED, subject=mandate, now=now, values={"mandate": mandate.number})
    return mandate


def _next_number(now: datetime) -> str:
    prefix = f"BB-{now.year}-"
    last = Mandate.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"
