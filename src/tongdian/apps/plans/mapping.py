"""
Between the engine's values and the stored plans.
"""

import contextlib
import math
import os
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext

from tongdian.apps.network.rules import NAMEPLATE, PLANNING, Held
from tongdian.apps.plans.models import Option, Plan, Reservation
from tongdian.apps.plans.rules import certificate_rule
from tongdian.engines import documents, grid, supply, tariff
from tongdian.kit.sheets import read_sheet

if TYPE_CHECKING:
    from tongdian.apps.network.queries import SupplyFacts

KEY_FILE = "certificate.key"


def to_application(
    *, reference: str, place: tuple[float, float], application: Mapping[str, Any], procedure: str, today: date
) -> supply.Application:
    """
    Return the engine's application of a case.

    :param place: lon, lat
    :param application: as the case keeps it: ``devices`` [{kind, kw, phases, count, power_factor, starting_current_ratio}],
        ``customer_class``, and optional: ``wanted_date`` (ISO; today), ``voltage`` and ``supply`` (those of the procedure)
    :param procedure: code of the case's procedure; ``hv_single`` and ``hv_dual`` are at 10 kV
    """
    wanted = application.get("wanted_date")
    return supply.Application(
        reference=reference,
        site_lon=place[0],
        site_lat=place[1],
        devices=tuple(supply.Device(**device) for device in application["devices"]),
        customer_class=application["customer_class"],
        wanted_date=date.fromisoformat(wanted) if wanted else today,
        voltage=application.get("voltage") or ("high" if procedure.startswith("hv_") else ""),
        supply=application.get("supply") or ("dual" if procedure == "hv_dual" else "single"),
    )


def to_reservations(models: Iterable[Reservation]) -> tuple[supply.Reservation, ...]:
    """
    Return the engine's reservations, in a stable order.
    """
    return tuple(
        supply.Reservation(bus_id=model.bus_id, p_kw=model.p_kw, q_kvar=model.q_kvar, reference=model.case.number, standby=model.is_standby)
        for model in sorted(models, key=lambda model: (model.held_at, str(model.pk)))
    )


def to_options(plan: Plan, answer: supply.SupplyPlan) -> list[Option]:
    """
    Return unsaved rows for the options of an answer.
    """
    document = answer.to_dict()
    return [
        Option(
            plan=plan,
            rank=option.rank,
            is_feasible=option.feasible,
            bus_id=option.bus_id,
            p_kw=answer.reserve_kw,
            q_kvar=answer.reserve_kvar,
            length_m=option.route.length_m,
            cost_yuan=_fen(option.cost.total_yuan),
            utility_yuan=_fen(option.cost.utility_yuan),
            customer_yuan=_fen(option.cost.customer_yuan),
            document=stored,
        )
        for option, stored in zip(answer.options, document["options"], strict=True)
    ]


def _fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def to_binding_name(answer: supply.SupplyPlan) -> str:
    """
    Return the name of the element that keeps the best option of an infeasible answer from being feasible.
    """
    return answer.options[0].binding.element_name if answer.options else ""


def sum_reserved_kva(network_id: UUID, station: int, held: Iterable[Reservation]) -> float:
    """
    Return the apparent power reserved below a station, added as numbers: at most this much can come on top of the year.

    :param station: position of the transformer in the network
    """
    from tongdian.apps.network import queries as network_queries
    from tongdian.engines import grid

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
    return documents.make_verifier(keys=keys, revocations=revocations, issuer=issuer, language=_language())


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
        "lang": _language(),
        "date": [issued.year, issued.month, issued.day],
        "title": gettext("Certificate of capacity"),
        "subtitle": payload["issued"],
        "facts": facts,
        "notes": notes.get(state, []),
        "sections": [check],
        "foot": " ".join(textwrap.wrap(address.rpartition("#")[2], 80)),  # verifiers pass over blanks
    }
    return documents.render_pdf("report", values)


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


def check_bills(content: bytes, *, filename: str, method: str, on: date) -> tuple[dict[str, Any], bytes]:
    """
    Let the engine check a table of bills; return the result as JSON values and the printed report.

    :param on: day of the report
    """
    bills, returned = tariff.read_bills(read_sheet(content, filename=filename))
    check = tariff.check_resale(bills, method=tariff.Method(method))
    values = tariff.report_resale(check, returned=len(returned), on=on, language=_language(), translate=gettext)
    document = {
        "over_yuan": str(check.over_yuan),
        "is_complete": check.is_complete and bool(check.months),
        "returned": [{"row": row.row, "text": row.reason.text, "values": _texts(row.reason.values)} for row in returned],
        "months": [_month(month) for month in check.months],
    }
    return document, documents.render_pdf("report", values)


def _month(month: tariff.MonthCheck) -> dict[str, Any]:
    return {
        "place": month.place,
        "first_day": month.first_day.isoformat(),
        "last_day": month.last_day.isoformat(),
        "basis": month.benchmark.basis if month.benchmark else "",
        "standing": month.benchmark.standing if month.benchmark else "",
        "benchmark": None if month.benchmark is None else f"{month.benchmark.yuan_per_kwh:.6f}",
        "limit": None if month.limit_yuan_per_kwh is None else f"{month.limit_yuan_per_kwh:.6f}",
        "collected": str(month.collected_yuan),
        "allowed_total": None if month.allowed_total_yuan is None else str(month.allowed_total_yuan),
        "over_total": None if month.over_total_yuan is None else str(month.over_total_yuan),
        "over": str(month.over_yuan),
        "steps": [said.to_dict() for said in month.steps],
        "missing": [said.to_dict() for said in month.missing],
        "warnings": [said.to_dict() for said in month.warnings],
        "tenants": [
            {
                "row": tenant.bill.row,
                "tenant": tenant.bill.name,
                "kwh": str(tenant.bill.kwh),
                "yuan": str(tenant.bill.yuan),
                "price": f"{tenant.bill.yuan_per_kwh:.4f}",
                "allowed": None if tenant.allowed_yuan is None else str(tenant.allowed_yuan),
                "over": None if tenant.over_yuan is None else str(tenant.over_yuan),
            }
            for tenant in month.tenants
        ],
    }


def say(said: Mapping[str, Any]) -> str:
    """
    Return a stored sentence of the tariff engine in the language of the page.
    """
    return tariff.say(tariff.Said(text=said["text"], values=said["values"]), gettext)


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _language() -> str:
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def to_held(models: Iterable[Reservation]) -> tuple[Held, ...]:
    """
    Return what is reserved, at both connections of a dual supply, in a stable order.
    """
    found = (Held(bus_id=model.bus_id, p_kw=model.p_kw, q_kvar=model.q_kvar) for model in models)
    return tuple(sorted(found, key=lambda held: (held.bus_id, held.p_kw, held.q_kvar)))


def to_limits(base_kv: float) -> dict[str, grid.Limits]:
    """
    Return the limits of the tables by margin: the transformers' nameplate, and the share from which planning calls them heavily loaded.
    """
    catalogue = supply.shipped_catalogue()
    nameplate = catalogue.limits(base_kv)
    return {NAMEPLATE: nameplate, PLANNING: replace(nameplate, transformer_loading=catalogue.rules["transformer_planning"])}


def draw_explanation(explanation: grid.Explanation, words: Mapping[str, str], *, start: str) -> tuple[str, ...]:
    """
    Return the pictures of an explanation.
    """
    said = grid.Words(**words)
    drawn = grid.draw_voltages(explanation, said), grid.draw_loadings(explanation, said), grid.draw_days(explanation, said, start=start)
    return tuple(picture for picture in drawn if picture)
