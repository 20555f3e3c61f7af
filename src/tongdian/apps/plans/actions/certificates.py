"""
Certificates of capacity: issued, signed, revoked.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.places.models import Building
from tongdian.apps.plans import events, mapping, queries, rules
from tongdian.apps.plans.models import Certificate, SigningKey
from tongdian.kit.refused import N_, Refused


class NoSupplyHere(Refused):
    """
    The network does not reach the building, so nothing can be certified.
    """


class ReasonNeeded(Refused):
    """
    A certificate is revoked for a reason.
    """


class AlreadyRevoked(Refused):
    """
    The certificate was revoked before.
    """


def issue_certificate(*, actor: Actor, building_id: int, issuer: str, now: datetime) -> Certificate:
    """
    Certify what the transformer that feeds a building carries in a year, and what a charger leaves, all reservations counted.

    The year is solved outside the transaction. Apparent powers are added as numbers, which never promises too much.

    :param issuer: who issues: the installation's name
    :raises NoSupplyHere: if the network does not reach the building or has no year
    """
    people.require(actor, "issue_certificate")
    building = Building.objects.select_related("community").get(pk=building_id)
    model = network_queries.get_current_network()
    facts = network_queries.get_supply_facts(network_id=model.pk, lon=building.lon, lat=building.lat)
    if facts is None:
        raise NoSupplyHere(N_("The network does not reach %(building)s: import the network there first."), building=str(building))
    reserved = mapping.sum_reserved_kva(model.pk, facts.station, queries.list_holding(network_id=model.pk, at=now))
    today = timezone.localdate(now)
    until = rules.get_certificate_until(issued_on=today)
    with transaction.atomic():
        key = _key(actor, now)
        number = _next_number(today.year)
        payload = mapping.to_certificate(
            number=number, place=str(building), facts=facts, reserved_kva=reserved, issued=today, until=until,
            fingerprint=model.fingerprint, issuer=issuer,
        )  # fmt: skip
        certificate = Certificate.objects.create(
            number=number,
            building=building,
            network=model,
            key=key,
            text=mapping.sign_certificate(payload),
            issued_by=User.objects.get(pk=actor.id),
            issued_at=now,
            valid_until=until,
        )
        values = {"number": number, "valid_until": until.isoformat(), "peak": payload["peak"], "then": payload["then"], "key": key.key_id}
        journal.record(actor=actor, kind=events.CERTIFICATE_ISSUED, subject=certificate, now=now, values=values)
    return certificate


@transaction.atomic
def revoke_certificate(*, actor: Actor, certificate_id: UUID | str, reason: str, now: datetime) -> Certificate:
    """
    Revoke a certificate: from now on the list of revoked ones names it.

    :raises ReasonNeeded: without a reason
    :raises AlreadyRevoked: if it was revoked before
    """
    people.require(actor, "revoke_certificate")
    certificate = queries.find_certificate(certificate_id=certificate_id)
    if not reason.strip():
        raise ReasonNeeded(N_("Say why the certificate is revoked."))
    if certificate.revoked_at is not None:
        raise AlreadyRevoked(N_("The certificate %(number)s was revoked before."), number=certificate.number)
    certificate.revoked_at, certificate.revoked_by = now, User.objects.get(pk=actor.id)
    certificate.reason = reason.strip()[:300]
    certificate.save(update_fields=["revoked_at", "revoked_by", "reason"])
    sealed = journal.seal(subject=certificate, field="reason", value=certificate.reason)
    values = {"number": certificate.number, "reason": sealed}
    journal.record(actor=actor, kind=events.CERTIFICATE_REVOKED, subject=certificate, now=now, values=values)
    return certificate


def _key(actor: Actor, now: datetime) -> SigningKey:
    """
    Return the public half of the installation's key; the first certificate makes it.
    """
    public, key_id = mapping.get_public_key()
    key, is_new = SigningKey.objects.get_or_create(key_id=key_id, defaults={"public_key": public, "made_at": now})
    if is_new:
        journal.record(actor=actor, kind=events.KEY_MADE, subject=key, now=now, values={"key": key_id})
    return key


def _next_number(year: int) -> str:
    last = Certificate.objects.filter(number__startswith=f"RZ-{year}-").order_by("-number").values_list("number", flat=True).first()
    return f"RZ-{year}-{int(last.rpartition('-')[2]) + 1 if last else 1:05}"
