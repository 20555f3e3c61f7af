"""
Between tables of bills and the tariff engine's answers.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from tongdian.apps.plans.mapping.certificates import paper_language
from tongdian.engines import documents, tariff
from tongdian.kit.sheets import read_sheet


def check_bills(content: bytes, *, filename: str, method: str, on: date) -> tuple[dict[str, Any], bytes]:
    """
    Let the engine check a table of bills; return the result as JSON values and the printed report.

    :param on: day of the report
    """
    bills, returned = tariff.read_bills(read_sheet(content, filename=filename))
    check = tariff.check_resale(bills, method=tariff.Method(method))
    values = tariff.report_resale(check, returned=len(returned), on=on, language=paper_language(), translate=gettext)
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
