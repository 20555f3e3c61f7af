"""
Between the figures of the network and signed certificates.
"""

import contextlib
import math
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext

from tongdian.apps.plans.models import Reservation
from tongdian.apps.plans.rules import certificate_rule
from tongdian.engines import documents, grid

if TYPE_CHECKING:
    from tongdian.apps.network.queries import SupplyFacts


KEY_FILE = "certificate.key"
CODE_WIDTH = 72


def sum_reserved_kva(network_id: UUID, station: int, held: Iterable[Reservation]) -> float:
    """
    Return the apparent power reserved below a station, added as numbers: at most this much can come on top of the year.

    :param station: position of the transformer in the network
    """
    from tongdian.apps.network import queries as network_queries

    network = network_queries.get_network(network_id=network_id)
    return sum(
        math.hypot(model.p_kw, model.q_kvar)
        for model in held
        if network_queries.find_station_of_bus(network_id=network_id, bus=grid.position_of(network.buses, model.bus_id)) == station
    )


def to_certificate(
    *,
    number: str,
    place: str,
    facts: "SupplyFacts",
    reserved_kva: float,
    issued: date,
    until: date,
    fingerprint: str,
    issuer: str,
) -> dict[str, Any]:
    """
    Return what a certificate says: loadings in per cent rounded up, the power left in kW rounded down; figures as text.

    ``peak`` is the highest loading of the year with all reservations, ``then`` with the charger besides, ``left`` what is free then up to
    the nameplate, ``fits`` is ``yes``, ``heavy`` (beyond heavy loading) or ``full``.
    """
    charger_kw, heavy = int(certificate_rule("charger_kw")), float(certificate_rule("heavy_percent"))
    peak = 100 * (facts.loading + reserved_kva / facts.rated_kva)
    then = peak + 100 * charger_kw / facts.rated_kva
    return {
        "v": 1,
        "no": number,
        "place": place,
        "at": facts.station_name,
        "kva": f"{facts.rated_kva:g}",
        "peak": f"{math.ceil(10 * peak - 1e-9) / 10:.1f}",
        "kw": charger_kw,
        "then": f"{math.ceil(10 * then - 1e-9) / 10:.1f}",
        "left": f"{max(0, math.floor((100 - then) / 100 * facts.rated_kva)):d}",
        "fits": "yes" if then <= heavy else "heavy" if then <= 100 else "full",  # noqa: PLR2004 - per cent of the nameplate
        "issued": issued.isoformat(),
        "until": until.isoformat(),
        "net": fingerprint[:16],
        "by": issuer,
    }


def sign_certificate(payload: Mapping[str, Any]) -> str:
    """
    Return a certificate's whole text, signed by the installation's key.
    """
    return documents.sign(payload, _private_key())


def sign_revocations(*, numbers: Iterable[str], issued: date) -> str:
    """
    Return the signed list of revoked certificates; empty where the installation has no key yet.
    """
    if not _key_path().exists():
        return ""
    payload = {"numbers": sorted(numbers), "issued": issued.isoformat()}
    return documents.sign(payload, _private_key(), form=documents.REVOCATIONS)


def get_public_key() -> tuple[str, str]:
    """
    Return the public half of the installation's key and its short name; makes the key if there is none.
    """
    public = documents.public_key_of(_private_key())
    return public, documents.key_id_of(public)


def read_certificate(text: str, keys: Mapping[str, str]) -> dict[str, Any]:
    """
    Return what a certificate says, its signature checked.
    """
    return documents.verify(text, keys)


def make_verifier(*, keys: Mapping[str, str], revocations: str, issuer: str) -> documents.Verifier:
    """
    Return the page that verifies without a server.
    """
    return documents.make_verifier(keys=keys, revocations=revocations, issuer=issuer, language=paper_language())


def print_certificate(payload: Mapping[str, Any], address: str, *, state: str) -> bytes:
    """
    Return a certificate as PDF in the language of the page.

    :param address: what the QR code holds: the verifying page with the certificate behind ``#``
    """
    fits = {
        "yes": gettext("It fits"),
        "heavy": gettext("It fits, but beyond heavy loading"),
        "full": gettext("It does not fit: beyond the nameplate"),
    }
    issued = date.fromisoformat(payload["issued"])
    facts = [
        [gettext("Number"), payload["no"]],
        [gettext("Place"), payload["place"]],
        [gettext("Transformer"), f"{payload['at']}, {payload['kva']} kVA"],
        [gettext("Highest loading of the year"), f"{payload['peak']}%"],
        [gettext("With %(kw)s kW more") % {"kw": payload["kw"]}, f"{payload['then']}%"],
        [gettext("Still free then"), f"{payload['left']} kW"],
        [gettext("So"), fits[payload["fits"]]],
        [gettext("Valid until"), payload["until"]],
        [gettext("Issued by"), payload["by"]],
    ]
    notes = {"revoked": [gettext("This certificate was revoked.")], "expired": [gettext("This certificate has expired.")]}
    check = {
        "heading": gettext("Verify it"),
        "steps": [
            gettext("Scan the code: the page that opens verifies the signature on your own device."),
            gettext("Off line: save that page once, and paste the text below into it."),
        ],
        "notes": [],
        "figure": documents.draw_qr(address),
        "figure_width": 34,
    }
    values = {
        "lang": paper_language(),
        "date": [issued.year, issued.month, issued.day],
        "title": gettext("Certificate of capacity"),
        "subtitle": payload["issued"],
        "facts": facts,
        "notes": notes.get(state, []),
        "sections": [check],
        "code": _lines(address.rpartition("#")[2]),
        "foot": payload["no"],
    }
    return documents.render_pdf("report", values)


def _lines(text: str) -> list[str]:
    """
    Return a text in lines to be copied from paper. Verifiers pass over line ends; none follows a hyphen, which readers of PDF would drop.
    """
    found = []
    while text:
        length = next(length for length in range(min(CODE_WIDTH, len(text)), 0, -1) if text[length - 1] != "-" or length == 1)
        found.append(text[:length])
        text = text[length:]
    return found


def _key_path() -> Path:
    return Path(settings.DATA_DIR) / KEY_FILE


def _private_key() -> bytes:
    """
    Return the private key, made once; readable by its owner only, never in the database and left out of snapshots.
    """
    path = _key_path()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{KEY_FILE}.{os.getpid()}.partial")
        descriptor = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(documents.make_key())
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key is the one
            os.link(beside, path)
        beside.unlink()
    return path.read_bytes()


def paper_language() -> str:
    """
    Return the language of papers printed for the page that asks: ``zh`` or ``en``.
    """
    return "zh" if (get_language() or "zh").startswith("zh") else "en"
