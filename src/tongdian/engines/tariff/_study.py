"""
What the findings of a load curve share: the contract, the year, prices and windows in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from tongdian.engines.tariff._curve import LoadCurve
from tongdian.engines.tariff._tables import find_price, rule
from tongdian.engines.tariff._values import Price, Said
from tongdian.kit.money import yuan
from tongdian.kit.refused import N_
from tongdian.kit.tables import read_table

HOURS_A_YEAR = 8760
ASSUMED_COS = 0.90  # where no reactive power was measured, for loading only
MEASURED_STEP = 15  # minutes: what a demand meter averages over
HEAVY_HV_KVA = 160  # from here on the standard power factor is 0.90 (水电财字〔1983〕215号)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """
    How the customer is billed. ``capacity_kva`` None: not known, then charges by capacity and transformers are not judged.

    ``price_date`` is the day whose prices count (None: the curve's last day); ``shift_kwh`` what is moved from peak to valley in a year
    (None: a tenth of the peak hours' energy); ``standard`` the power factor to keep (None: 0.90 from 160 kVA on, else 0.85).
    """

    capacity_kva: float | None = None
    region: str = "jiangsu"
    customer_class: str = "industry"
    voltage: str = "10kv"
    billing: str = "capacity"
    standard: float | None = None
    price_date: date | None = None
    shift_kwh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One finding. ``yuan_per_year`` is what could be saved in a year (0: nothing, None: it cannot be said, ``missing`` says why);
    ``figures`` are its numbers with the unit in the name; ``table`` a header and its rows, where there is one.
    """

    code: str
    said: Said
    yuan_per_year: Decimal | None
    steps: tuple[Said, ...] = ()
    missing: tuple[Said, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """
    The diagnosis of one curve. ``periods`` names the time-of-use period of each interval, empty where the windows are not known.
    """

    curve: LoadCurve
    contract: Contract
    findings: tuple[Finding, ...]
    notes: tuple[Said, ...]
    periods: NDArray[np.str_] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """
    What the findings share: the curve, the contract, prices in force, and the year's factor.
    """

    curve: LoadCurve
    contract: Contract
    prices: Sequence[Price]
    day: date
    year_factor: float
    periods: NDArray[np.str_] | None

    def price(self, kind: str, period: str = "flat") -> Price | None:
        """
        Return a price in force that has a value, None where there is none.
        """
        found = find_price(
            self.prices,
            kind=kind,
            region=self.contract.region,
            customer_class=self.contract.customer_class,
            voltage=self.contract.voltage,
            day=self.day,
            period=period,
        )
        return found if found is not None and found.value is not None else None

    def energy_price(self, period: str = "flat") -> Price | None:
        """
        Return the price of a kWh in a period: the catalogue's, after it the agency's.
        """
        return self.price("catalogue", period) or self.price("agency", period)

    def missing(self, what: str) -> Said:
        """
        Return the sentence that a price is not known.
        """
        return Said(
            text=N_("The %(what)s price of %(region)s, %(class)s, %(voltage)s on %(day)s is not known: name it in a table of your own."),
            values={
                "what": what,
                "region": self.contract.region,
                "class": self.contract.customer_class,
                "voltage": self.contract.voltage,
                "day": self.day,
            },
        )

    def kwh_a_year(self) -> dict[str, float]:
        """
        Return the energy of a year by period, under ``flat`` alone where windows or their prices are not known.
        """
        if self.periods is None or self.energy_price("peak") is None or self.energy_price("valley") is None:
            return {"flat": self.curve.kwh * self.year_factor}
        hours = self.curve.hours * self.year_factor
        return {period: float(self.curve.kw[self.periods == period].sum()) * hours for period in ("peak", "flat", "valley")}

    def energy_yuan(self) -> Decimal | None:
        """
        Return what the energy of a year costs, None where a price is not known.
        """
        total = Decimal(0)
        for period, kwh in self.kwh_a_year().items():
            price = self.energy_price(period)
            if price is None or price.value is None:
                return None
            total += decimal(kwh) * price.value
        return total

    def basic_yuan(self) -> dict[str, Decimal | None]:
        """
        Return what a year costs by capacity and by demand, None where price or capacity is not known.
        """
        capacity, demand = self.price("capacity"), self.price("demand")
        kva = self.contract.capacity_kva
        by_capacity = None if capacity is None or capacity.value is None or kva is None else decimal(kva) * capacity.value * 12
        if demand is None or demand.value is None:
            return {"capacity": by_capacity, "demand": None}
        return {"capacity": by_capacity, "demand": decimal(sum(self.billed_kw()) / len(self.billed_kw()) * 12) * demand.value}

    def billed_kw(self) -> list[float]:
        """
        Return the demand that is billed in each month, in kW: the highest interval, at least the floor's share of the capacity.
        """
        floor = float(rule("demand_floor_percent")) / 100 * (self.contract.capacity_kva or 0.0)
        return [max(float(self.curve.kw[part].max()), floor) for _, _, part in self.curve.months()]


def find_periods(curve: LoadCurve, contract: Contract, day: date) -> NDArray[np.str_] | None:
    """
    Return the time-of-use period of each interval (``data/tariff_windows.csv``), None where the windows of that day are not known.
    """
    rows = [
        row
        for row in read_table("tariff_windows.csv")
        if row["region"] == contract.region
        and row["customer_class"] == contract.customer_class
        and date.fromisoformat(row["in_force_from"]) <= day
        and (not row["in_force_until"] or day <= date.fromisoformat(row["in_force_until"]))
    ]
    if not rows:
        return None
    minutes = curve.minutes_of_day()
    periods = np.full(len(minutes), "flat", dtype="<U6")
    for row in rows:
        inside = (minutes >= 60 * float(row["from_hour"])) & (minutes < 60 * float(row["until_hour"]))
        periods[inside] = row["period"]
    return periods


def adjustment_percent(*, standard: float, power_factor: float) -> Decimal:
    """
    Return by how many per cent a bill changes for its power factor (力率调整电费): above 0 a surcharge, below 0 a bonus.

    The power factor is rounded to hundredths, as the table of 水电财字〔1983〕215号 has it (from memory).
    """
    wanted = (f"{standard:.2f}", f"{min(max(power_factor, 0.0), 1.0):.2f}")
    return next(
        Decimal(row["adjustment"]) for row in read_table("tariff_power_factor.csv") if (row["standard"], row["power_factor"]) == wanted
    )


def decimal(value: float) -> Decimal:
    """
    Return a measured value as a decimal to a millionth, for money.
    """
    return Decimal(str(round(value, 6)))


def whole_yuan(value: Decimal) -> Decimal:
    """
    Return an amount to the fen, never below zero: what is saved.
    """
    return max(Decimal("0.00"), yuan(value))
