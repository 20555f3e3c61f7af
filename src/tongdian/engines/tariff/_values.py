"""
Prices with their standing, bills, and what a check or a diagnosis found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Party(StrEnum):
    """
    Whose meter a bill is for: the master account of whoever resells, a tenant, shared use, or the reseller's own use.
    """

    MASTER = "master"
    TENANT = "tenant"
    SHARED = "shared"
    OWN = "own"


class Method(StrEnum):
    """
    How losses and shared use may be passed on: not in the price per kWh (``price``), or equally by the tenants' meters (``share``).
    """

    PRICE = "price"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    A sentence for people: an English message with ``%(name)s`` places, marked for translation, and what fills them.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text

    def to_dict(self) -> dict[str, Any]:
        """
        Return JSON values; ``said`` is the sentence in English.
        """
        return {"text": self.text, "values": {name: str(value) for name, value in self.values.items()}, "said": str(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """
    One row of a price table. ``value`` is None where the price was looked for and not found; ``standing`` is ``verified``,
    ``from_memory``, ``example`` or ``not_found``; ``in_force_until`` is the last day, None without an end.
    """

    key: str
    kind: str
    period: str
    region: str
    customer_class: str
    voltage: str
    value: Decimal | None
    unit: str
    in_force_from: date
    in_force_until: date | None
    instrument: str
    source: str
    standing: str
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """
        Return whether the price is in force on a day.
        """
        return self.in_force_from <= day and (self.in_force_until is None or day <= self.in_force_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """
    One row of the bills: ``row`` as the user sees it, energy in kWh, money in yuan; the first and last day it is for.
    """

    row: int
    place: str
    party: Party
    name: str
    first_day: date
    last_day: date
    kwh: Decimal
    yuan: Decimal
    region: str
    customer_class: str
    voltage: str

    @property
    def yuan_per_kwh(self) -> Decimal:
        """
        The average price of the bill.
        """
        return self.yuan / self.kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """
    The price per kWh that may be charged at most, and where it is from: ``catalogue``, ``agency`` or ``master``.
    """

    basis: str
    yuan_per_kwh: Decimal
    standing: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCheck:
    """
    One tenant's bill against what may be charged. ``allowed_yuan`` and ``over_yuan`` are None where there is no benchmark.
    """

    bill: Bill
    allowed_yuan: Decimal | None
    over_yuan: Decimal | None

    @property
    def is_over(self) -> bool:
        """
        Whether the tenant was charged too much.
        """
        return self.over_yuan is not None and self.over_yuan > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCheck:
    """
    All bills of one place for one period, with the working step by step.

    ``limit_yuan_per_kwh`` is what a tenant's kWh may cost at most: the benchmark, or less where the total paid leaves less. None where
    something is missing; ``missing`` then says what. ``over_total_yuan`` compares what all tenants paid with ``allowed_total_yuan``;
    both are None without the master's bill.
    """

    place: str
    first_day: date
    last_day: date
    benchmark: Benchmark | None
    limit_yuan_per_kwh: Decimal | None
    tenants: tuple[TenantCheck, ...]
    collected_yuan: Decimal
    allowed_total_yuan: Decimal | None
    over_total_yuan: Decimal | None
    steps: tuple[Said, ...]
    missing: tuple[Said, ...]
    warnings: tuple[Said, ...]

    @property
    def over_yuan(self) -> Decimal:
        """
        What the tenants of this period were charged too much, each counted for himself.
        """
        return sum((tenant.over_yuan or Decimal(0) for tenant in self.tenants), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResaleCheck:
    """
    The check of a whole table of bills.
    """

    method: Method
    months: tuple[MonthCheck, ...]

    @property
    def over_yuan(self) -> Decimal:
        """
        What was charged too much in all.
        """
        return sum((month.over_yuan for month in self.months), Decimal(0))

    @property
    def is_complete(self) -> bool:
        """
        Whether every bill could be judged.
        """
        return not any(month.missing for month in self.months)
