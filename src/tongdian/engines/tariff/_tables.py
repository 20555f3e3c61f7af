"""
Dated tables of prices and rules: those shipped, or one of the user's own in the same form.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from tongdian.engines.tariff._values import Price
from tongdian.kit.refused import N_, Refused
from tongdian.kit.tables import read_table

COLUMNS = ("kind", "region", "customer_class", "voltage", "value", "unit", "in_force_from", "standing")
KINDS = ("catalogue", "agency", "capacity", "demand")
PERIODS = ("flat", "peak", "valley")
STANDINGS = ("verified", "from_memory", "example", "not_found")
UNITS = {"catalogue": "CNY/kWh", "agency": "CNY/kWh", "capacity": "CNY/kVA/month", "demand": "CNY/kW/month"}
FURTHEST_YUAN = Decimal(1000)  # no price of electricity has four digits: the unit is another


class UnusablePrices(Refused):
    """
    A price table cannot be used; ``row`` says where.
    """


@cache
def shipped_prices() -> tuple[Price, ...]:
    """
    Return the prices that come with the program; what was not verified says so.
    """
    return _read(read_table("tariff_prices.csv"), source="tariff_prices.csv")


def read_prices(text: str, *, source: str) -> tuple[Price, ...]:
    """
    Return the prices of a table (CSV text) with the columns of ``data/tariff_prices.csv``; those for names may be left out.

    :param source: name of the table, said in refusals
    :raises UnusablePrices: if a column is missing or a row is not what it should be
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        raise UnusablePrices(
            N_("The price table %(file)s lacks the column “%(column)s”. Its columns are those of %(example)s."),
            file=source,
            column=lacking[0],
            example="data/tariff_prices.csv",
        )
    return _read(list(reader), source=source)


def _read(rows: Iterable[dict[str, str]], *, source: str) -> tuple[Price, ...]:
    return tuple(
        _price({name: (cell or "").strip() for name, cell in row.items() if name}, number, source) for number, row in enumerate(rows, 2)
    )


def _price(row: dict[str, str], number: int, source: str) -> Price:
    kind = row["kind"]
    for name, known in (("kind", KINDS), ("standing", STANDINGS)):
        if row[name] not in known:
            raise _fault(source, number, name, row[name], ", ".join(known))
    period = row.get("period") or ("flat" if kind in {"catalogue", "agency"} else "")
    if period not in (*PERIODS, ""):
        raise _fault(source, number, "period", period, ", ".join(PERIODS))
    if row["unit"] != UNITS[kind]:
        raise _fault(source, number, "unit", row["unit"], UNITS[kind])
    value = _value(row["value"], source, number)
    if (value is None) != (row["standing"] == "not_found"):
        raise _fault(source, number, "value", row["value"], "0.6664 | (empty) + not_found")
    return Price(
        key=row.get("key") or f"{source}:{number}",
        kind=kind,
        period=period,
        region=row["region"],
        customer_class=row["customer_class"],
        voltage=row["voltage"],
        value=value,
        unit=row["unit"],
        in_force_from=_day(row["in_force_from"], source, number, "in_force_from"),
        in_force_until=_day(row["in_force_until"], source, number, "in_force_until") if row.get("in_force_until") else None,
        instrument=row.get("instrument", ""),
        source=row.get("source", ""),
        standing=row["standing"],
        note=row.get("note", ""),
    )


def _value(text: str, source: str, number: int) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 < value < FURTHEST_YUAN:
        raise _fault(source, number, "value", text, "0.0001 … 999.9999")
    return value


def _day(text: str, source: str, number: int, column: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _fault(source, number, column, text, "YYYY-MM-DD") from None


def _fault(source: str, number: int, column: str, given: str, wanted: str) -> UnusablePrices:
    return UnusablePrices(
        N_("%(file)s, row %(row)s: “%(given)s” cannot stand under “%(column)s”; write: %(wanted)s."),
        file=source,
        row=number,
        column=column,
        given=given,
        wanted=wanted,
    )


def find_price(
    prices: Sequence[Price], *, kind: str, region: str, customer_class: str, voltage: str, day: date, period: str = "flat"
) -> Price | None:
    """
    Return the price in force on a day, the one that came into force last; None where the table has no row for it.

    The row may have no value: then the price was looked for and not found.
    """
    wanted = (kind, period if kind in {"catalogue", "agency"} else "", region, customer_class, voltage)
    rows = [
        price
        for price in prices
        if (price.kind, price.period, price.region, price.customer_class, price.voltage) == wanted and price.holds_on(day)
    ]
    return max(rows, key=lambda price: price.in_force_from, default=None)


@cache
def rule(code: str) -> str:
    """
    Return the value of a row of ``data/tariff_rules.csv``.
    """
    return next(row["value"] for row in read_table("tariff_rules.csv") if row["code"] == code)


def catalogue_ends() -> date:
    """
    Return the day from which commerce and industry have no catalogue price (发改价格〔2021〕1439号).
    """
    return date.fromisoformat(rule("catalogue_ends"))


@cache
def regions() -> dict[str, str]:
    """
    Return the codes of regions by the names that bills use: the code itself, and its Chinese and English name.
    """
    return _by_name("region")


@cache
def classes() -> dict[str, str]:
    """
    Return the codes of customer classes by their names, as :func:`regions`.
    """
    return _by_name("class", code="customer_class")


@cache
def voltages() -> dict[str, str]:
    """
    Return the codes of voltage levels by their names, as :func:`regions`.
    """
    return _by_name("voltage")


def _by_name(stem: str, *, code: str = "") -> dict[str, str]:
    rows = read_table("tariff_prices.csv")
    code = code or stem
    return {row[name].lower(): row[code] for row in rows for name in (code, f"{stem}_zh", f"{stem}_en")}
