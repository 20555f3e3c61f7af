"""
What was found, as tables and as the values of a printed report. The caller brings the language.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tongdian.engines.tariff._values import MonthCheck, ResaleCheck, Said
from tongdian.kit.refused import N_

RESULT_COLUMNS = (
    "row",
    "place",
    "tenant",
    "first_day",
    "last_day",
    "kwh",
    "yuan",
    "yuan_per_kwh",
    "benchmark",
    "benchmark_yuan_per_kwh",
    "standing",
    "limit_yuan_per_kwh",
    "allowed_yuan",
    "over_yuan",
    "missing",
)
PRICE_DIGITS = Decimal("0.0001")
WORDS = {
    "verified": N_("verified"),
    "from_memory": N_("from memory"),
    "example": N_("example"),
    "not_found": N_("not found"),
    "measured": N_("from the bill"),
    "catalogue": N_("catalogue price"),
    "agency": N_("agency price"),
    "master": N_("master account's own price"),
    "general": N_("general commerce and industry"),
    "industry": N_("large industry"),
    "residential": N_("residential"),
    "jiangsu": N_("Jiangsu"),
    "lt1kv": N_("below 1 kV"),
    "10kv": N_("1–10 kV"),
    "energy": N_("energy"),
    "capacity": N_("capacity"),
    "demand": N_("demand"),
    "time-of-use": N_("time-of-use"),
    "price": N_("not in the price per kWh"),
    "share": N_("shared by the tenants' meters"),
}
Translate = Callable[[str], str]


def say(said: Said, translate: Translate) -> str:
    """
    Return a sentence in a language, its places filled; codes of standings, bases and classes become words.
    """
    text = translate(said.text)
    values = {name: word(value, translate) if isinstance(value, str) else value for name, value in said.values.items()}
    return text % values if values else text


def word(code: str, translate: Translate) -> str:
    """
    Return the word for a code; what is no code stays as it is.
    """
    return translate(WORDS[code]) if code in WORDS else code


def result_rows(check: ResaleCheck, translate: Translate) -> tuple[tuple[str, ...], ...]:
    """
    Return one row for each tenant's bill, by the columns ``RESULT_COLUMNS``; empty cells where nothing was judged.
    """
    return tuple(
        (
            str(tenant.bill.row),
            month.place,
            tenant.bill.name,
            month.first_day.isoformat(),
            month.last_day.isoformat(),
            str(tenant.bill.kwh),
            str(tenant.bill.yuan),
            str(tenant.bill.yuan_per_kwh.quantize(PRICE_DIGITS)),
            month.benchmark.basis if month.benchmark else "",
            _text(month.benchmark.yuan_per_kwh.quantize(PRICE_DIGITS) if month.benchmark else None),
            month.benchmark.standing if month.benchmark else "",
            _text(month.limit_yuan_per_kwh.quantize(PRICE_DIGITS) if month.limit_yuan_per_kwh is not None else None),
            _text(tenant.allowed_yuan),
            _text(tenant.over_yuan),
            " ".join(say(said, translate) for said in month.missing),
        )
        for month in check.months
        for tenant in month.tenants
    )


def report_resale(check: ResaleCheck, *, returned: int, on: date, language: str, translate: Translate) -> dict[str, Any]:
    """
    Return the values of the template ``report``: totals, then each place and period with its working and its tenants.

    :param returned: how many rows could not be read
    :param on: day of the report
    :param language: ``zh`` or ``en``, for hyphenation and fonts
    """
    facts = [
        [translate(N_("Charged too much, in all")), _yuan(check.over_yuan)],
        [
            translate(N_("Tenants charged too much")),
            str(len({(m.place, t.bill.name) for m in check.months for t in m.tenants if t.is_over})),
        ],
        [translate(N_("Losses and shared use")), word(check.method, translate)],
        [translate(N_("Places and periods")), str(len(check.months))],
    ]
    notes = []
    if returned:
        notes.append(translate(N_("%(count)s rows could not be read and are not counted.")) % {"count": returned})
    if not check.is_complete:
        notes.append(translate(N_("Some periods could not be judged; what is missing stands beside them.")))
    return {
        "lang": language,
        "date": [on.year, on.month, on.day],
        "title": translate(N_("Check of resold electricity")),
        "subtitle": on.isoformat(),
        "facts": facts,
        "notes": notes,
        "sections": [_section(month, translate) for month in check.months],
        "foot": translate(N_("Prices carry their standing; an unverified one is no ground for a demand for money.")),
    }


def _section(month: MonthCheck, translate: Translate) -> dict[str, Any]:
    header = [N_("Tenant"), N_("kWh"), N_("yuan"), N_("yuan/kWh"), N_("may be"), N_("too much")]
    found: dict[str, Any] = {
        "heading": f"{month.place} {month.first_day} – {month.last_day}".strip(),
        "steps": [say(said, translate) for said in month.steps],
        "notes": [say(said, translate) for said in (*month.missing, *month.warnings)],
    }
    if month.limit_yuan_per_kwh is not None:
        found["lead"] = translate(N_("%(over)s charged too much; a kWh may cost %(limit)s yuan")) % {
            "over": _yuan(month.over_yuan),
            "limit": month.limit_yuan_per_kwh.quantize(PRICE_DIGITS),
        }
    if month.tenants:
        found["table"] = {
            "header": [translate(name) for name in header],
            "rows": [
                [
                    tenant.bill.name,
                    f"{tenant.bill.kwh:,}",
                    f"{tenant.bill.yuan:,.2f}",
                    str(tenant.bill.yuan_per_kwh.quantize(PRICE_DIGITS)),
                    "—" if tenant.allowed_yuan is None else f"{tenant.allowed_yuan:,.2f}",
                    "—" if tenant.over_yuan is None else f"{tenant.over_yuan:,.2f}",
                ]
                for tenant in month.tenants
            ],
        }
    return found


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _yuan(value: Decimal) -> str:
    return f"¥{value:,.2f}"
