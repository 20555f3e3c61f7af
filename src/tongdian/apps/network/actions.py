"""
Importing networks.
"""

import hashlib
from datetime import datetime

from django.db import transaction

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import events
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.people import queries as people


def import_network(*, actor: Actor, title: str, document: bytes, attribution: str, seed: int, year: int, now: datetime) -> NetworkModel:
    """
    Import a pandapower document as the current network; the same document with the same year again changes nothing.

    :raises UnreadableNetwork: if the document cannot be read; it names the element
    """
    from tongdian.apps.network.mapping import build_network

    people.require(actor, "import_network")
    sha256 = hashlib.sha256(document).hexdigest()
    same = NetworkModel.objects.filter(document_sha256=sha256, profile_seed=seed, profile_year=year).defer("document").first()
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
