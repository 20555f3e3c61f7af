"""
Importing networks.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import events
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.people import queries as people

RING_TITLE = "{base} 10 kV {seed}"
RING_ATTRIBUTION = "synthetic 10 kV ring, built for this program, no real network"


def import_network(*, actor: Actor, title: str, document: bytes, attribution: str, seed: int, year: int, now: datetime) -> NetworkModel:
    """
    Import a pandapower document as the current low-voltage network; the same document with the same year again changes nothing.

    A ring that was built above another network is not current any more.

    :raises UnreadableNetwork: if the document cannot be read; it names the element
    """
    from tongdian.apps.network.mapping import build_network

    people.require(actor, "import_network")
    sha256 = hashlib.sha256(document).hexdigest()
    same = (
        NetworkModel.objects.filter(document_sha256=sha256, profile_seed=seed, profile_year=year, derived_from=None)
        .defer("document")
        .first()
    )
    if same is not None:
        return same
    network = build_network(document=document, source=title, seed=seed, year=year)
    with transaction.atomic():
        NetworkModel.objects.filter(is_current=True).update(is_current=False)
        model = NetworkModel.objects.create(
            name=title,
            attribution=attribution,
            document=document,
            document_sha256=sha256,
            profile_seed=seed,
            profile_year=year,
            fingerprint=network.fingerprint(),
            imported_at=now,
        )
        values = {"title": title, "buses": len(network.buses), "fingerprint": model.fingerprint, "sha256": sha256}
        journal.record(actor=actor, kind=events.NETWORK_IMPORTED, subject=model, now=now, values=values)
    return model


def build_ring(*, actor: Actor, network_id: UUID, seed: int, now: datetime) -> NetworkModel:
    """
    Build the synthetic 10 kV ring above a low-voltage network and make it the current one of its level; the same again changes nothing.

    :raises NoRing: if no ring can be laid through the network; it says why
    """
    from tongdian.apps.network import mapping

    people.require(actor, "import_network")
    base = NetworkModel.objects.defer("document").get(pk=network_id)
    current = NetworkModel.objects.filter(is_current=True, voltage=NetworkModel.Voltage.HIGH).defer("document").first()
    if current is not None and (current.derived_from_id, current.profile_seed) == (base.pk, seed):
        return current
    ring = mapping.build_ring(mapping.to_network(base), seed=seed)
    fingerprint = ring.fingerprint()
    if current is not None and current.fingerprint == fingerprint:
        return current  # another seed, but the same ring
    with transaction.atomic():
        NetworkModel.objects.filter(is_current=True, voltage=NetworkModel.Voltage.HIGH).update(is_current=False)
        known = NetworkModel.objects.filter(fingerprint=fingerprint).defer("document").first()
        if known is not None:
            known.is_current = True
            known.save(update_fields=["is_current"])
            _record_ring(actor, known, base, len(ring.buses), now)
            return known
        model = NetworkModel.objects.create(
            name=RING_TITLE.format(base=base.name, seed=seed),
            attribution=f"{RING_ATTRIBUTION}; {base.attribution}"[:240],
            voltage=NetworkModel.Voltage.HIGH,
            derived_from=base,
            document=b"",
            document_sha256=base.document_sha256,
            profile_seed=seed,
            profile_year=base.profile_year,
            fingerprint=fingerprint,
            imported_at=now,
        )
        _record_ring(actor, model, base, len(ring.buses), now)
    return model


def _record_ring(actor: Actor, model: NetworkModel, base: NetworkModel, buses: int, now: datetime) -> None:
    values = {"title": model.name, "base": base.name, "buses": buses, "fingerprint": model.fingerprint}
    journal.record(actor=actor, kind=events.RING_BUILT, subject=model, now=now, values=values)
