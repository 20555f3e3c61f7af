"""
Importing networks.
"""

import hashlib
import math
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from tongdian.apps.background.actions import report_progress
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import events
from tongdian.apps.network.models import CapacityIsland, NetworkModel
from tongdian.apps.network.rules import Held, list_askings
from tongdian.apps.people import queries as people
from tongdian.kit.refused import Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Limits, Network

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


def compute_capacity(
    *, actor: Actor, network_id: UUID, held: tuple[Held, ...], coming: tuple[Held, ...], limits: "Mapping[str, Limits]", now: datetime
) -> tuple[int, ...]:
    """
    Calculate what every bus can still carry; islands whose answer would be the same are left alone. Return the others' source buses.

    Each island is kept as soon as it is done: a job that is killed or cancelled goes on where it was.

    :param held: everything that is reserved in the network
    :param coming: needs that nobody has reserved for; where an island has some, it is also answered with them
    :param limits: by margin (``nameplate``, ``planning``)
    """
    from tongdian.apps.network import mapping

    people.require(actor, "compute_capacity")
    model = NetworkModel.objects.defer("document").get(pk=network_id)
    islands = mapping.list_islands(str(model.pk))
    known = {
        (row.source_bus_id, row.margin, row.generation, row.needs): row.key
        for row in CapacityIsland.objects.filter(network=model).only("source_bus_id", "margin", "generation", "needs", "key")
    }
    todo = []
    for source in islands:
        buses = mapping.buses_of(str(model.pk), source)
        for asking in list_askings(limits, has_needs=any(one.bus_id in buses for one in coming)):
            counted = (*held, *coming) if asking.needs else held
            key = mapping.to_key(model, source, limits[asking.margin], counted, buses, generation=asking.generation)
            if known.get((source, asking.margin, asking.generation, asking.needs)) != key:
                todo.append((source, asking, counted, key))
    for done, (source, asking, counted, key) in enumerate(todo):
        report_progress(done, len(todo))
        values = _answer(mapping.hold(islands[source], counted), limits[asking.margin], generation=asking.generation)
        CapacityIsland.objects.update_or_create(
            network=model,
            source_bus_id=source,
            margin=asking.margin,
            generation=asking.generation,
            needs=asking.needs,
            defaults={"key": key, "computed_at": now, **values},
        )
    changed = tuple(dict.fromkeys(source for source, *_ in todo))
    if changed:
        values = {"title": model.name, "islands": len(changed), "fingerprint": model.fingerprint}
        with transaction.atomic():
            journal.record(actor=actor, kind=events.CAPACITY_COMPUTED, subject=model, now=now, values=values)
    return changed


def _answer(island: "Network", limits: "Limits", *, generation: bool) -> dict[str, Any]:
    """
    Return the stored form of an island's answers.
    """
    from tongdian.apps.network import mapping
    from tongdian.engines import grid

    started, question = time.perf_counter(), mapping.to_question(island, limits, generation=generation)
    try:
        table = grid.capacity(island, limits, power_factor=question.power_factor, generation=generation, voltage_at=question.voltage_at)
    except Refused as refused:
        said = {"text": refused.text, "values": {name: str(value) for name, value in refused.values.items()}}
        return {"rows": [], "base_margin": None, "refused": said, "seconds": time.perf_counter() - started}
    columns = (table.bus, table.capacity_kw, table.limit, table.element_kind, table.element_id, table.element_name, table.at)
    rows = [
        [int(bus), round(kw, 3) if math.isfinite(kw) else None, limit, kind, int(element), name, int(at)]
        for bus, kw, limit, kind, element, name, at in zip(*columns, strict=True)
    ]
    margin = float(table.base_margin[0]) if rows else None
    return {"rows": rows, "base_margin": margin, "refused": None, "seconds": time.perf_counter() - started}
