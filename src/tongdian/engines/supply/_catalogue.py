"""
The tables that decide a plan: cables, laying, prices, who pays, devices and rules, each row with unit, source, date and standing.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

from tongdian.engines.grid import Limits
from tongdian.engines.supply._tables import (
    DemandFactor,
    Importance,
    LeadTime,
    MeteringClass,
    Policy,
    RequiredDocument,
    Simultaneity,
    StreetLaying,
    read_demand_factor,
    read_document,
    read_importance,
    read_lead_time,
    read_metering,
    read_policy,
    read_simultaneity,
    read_street_laying,
)
from tongdian.kit.refused import N_, Refused

TABLES = {
    "cables": "cables.csv",
    "factors": "cables_factors.csv",
    "laying": "cables_laying.csv",
    "medium_cables": "cables_medium.csv",
    "devices": "equipment.csv",
    "parts": "equipment_supply.csv",
    "transformers": "equipment_transformers.csv",
    "substation_transformers": "equipment_transformers_substation.csv",
    "rules": "equipment_rules.csv",
    "diversity": "diversity.csv",
    "prices": "prices.csv",
    "policies": "prices_policy.csv",
    "lead_times": "lead_times.csv",
    "demand_factors": "demand_factors.csv",
    "documents": "documents_required.csv",
    "metering": "metering.csv",
    "importance": "supply_importance.csv",
    "streets": "street_laying.csv",
}


class MissingRow(Refused):
    """
    A table lacks the row that a plan needs.
    """


class Rules(dict[str, float]):
    """
    The numbers by which plans are made, by key.
    """

    def __missing__(self, key: str) -> float:
        raise MissingRow(N_("The table of rules has no row %(key)s. Add one with value, unit, date and source."), key=key)

    def __or__(self, other: dict[str, float]) -> "Rules":  # type: ignore[override]
        return Rules({**self, **other})


@dataclass(frozen=True, slots=True, kw_only=True)
class CableType:
    """
    One type of cable; ampacities at the base conditions of their standard, one per way of laying.
    """

    code: str
    name_zh: str
    name_en: str
    conductor: str
    section_mm2: float
    r20_ohm_per_km: float
    x_ohm_per_km: float
    ampacity_a: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laying:
    """
    One way of laying: its design temperature, and how many loaded cables it is assumed to lie beside.
    """

    method: str
    name_zh: str
    name_en: str
    temperature_c: float
    neighbours: int
    corridor_pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceType:
    """
    What is assumed of a kind of device where the application does not say it.
    """

    kind: str
    name_zh: str
    name_en: str
    power_factor: float
    starting_current_ratio: float
    starting_power_factor: float
    starts_often: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    A part of a supply: ``role`` says what for, ``rating`` up to which current (A) or section (mm²).
    """

    code: str
    role: str
    rating: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerType:
    """
    A customer's transformer of the standard row, with its losses in watts.
    """

    code: str
    name_zh: str
    name_en: str
    rated_kva: float
    no_load_w: float
    load_w: float
    no_load_percent: float
    vk_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """
    A unit price, with the standing that every document shows.
    """

    code: str
    name_zh: str
    name_en: str
    unit: str
    unit_price_yuan: Decimal
    kind: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """
    All tables together. Replace one with :func:`dataclasses.replace`, or read another folder with :func:`read_catalogue`.
    """

    cables: tuple[CableType, ...]
    factors: dict[tuple[str, str], tuple[tuple[float, float], ...]]
    laying: dict[str, Laying]
    devices: dict[str, DeviceType]
    parts: tuple[Part, ...]
    rules: Rules
    diversity: tuple[Simultaneity, ...]
    prices: dict[str, Price]
    policies: tuple[Policy, ...]
    medium_cables: tuple[CableType, ...] = ()
    transformers: tuple[TransformerType, ...] = ()
    substation_transformers: tuple[TransformerType, ...] = ()
    lead_times: tuple[LeadTime, ...] = ()
    demand_factors: tuple[DemandFactor, ...] = ()
    documents: tuple[RequiredDocument, ...] = ()
    metering: tuple[MeteringClass, ...] = ()
    importance: tuple[Importance, ...] = ()
    streets: tuple[StreetLaying, ...] = ()

    def price(self, code: str) -> Price:
        """
        Return the price of a code.

        :raises MissingRow: if the table has none
        """
        if code not in self.prices:
            raise MissingRow(N_("The price table has no row for %(code)s. Add one with unit, price, date and source."), code=code)
        return self.prices[code]

    def part(self, role: str, rating: float = 0.0) -> Part:
        """
        Return the smallest part of a role that reaches a rating (A or mm²).

        :raises MissingRow: if none is large enough
        """
        fitting = [part for part in self.parts if part.role == role and part.rating >= rating]
        if not fitting:
            text = N_("The table of parts has no %(role)s for %(rating)s. Add a row or split the load.")
            raise MissingRow(text, role=role, rating=f"{rating:g}")
        return min(fitting, key=lambda part: part.rating)

    def factor(self, method: str, kind: str, at: float) -> float:
        """
        Return the correction factor of ampacity, interpolated; below the first row the first, beyond the last row refused.

        :raises MissingRow: if the table ends before ``at``
        """
        rows = self.factors.get((method, kind), ())
        for (low, first), (high, second) in pairwise(((-1e9, rows[0][1]), *rows) if rows else ()):
            if low <= at <= high:
                return first + (second - first) * (at - low) / (high - low)
        text = N_("The table of cable factors has no %(kind)s factor for %(method)s at %(at)s. Add a row.")
        raise MissingRow(text, kind=kind, method=method, at=f"{at:g}")

    def corridor_method(self, line_type: str) -> str:
        """
        Return the way of laying along an existing line of a type: as that line is laid; buried unless its name says overhead.
        """
        for laying in self.laying.values():
            if laying.corridor_pattern and re.search(laying.corridor_pattern, line_type):
                return laying.method
        return "buried"

    def simultaneity(self, kind: str, count: int) -> Simultaneity:
        """
        Return the factor of a number of like devices: the row of the largest count not above it; 1 where no row exists.
        """
        rows = [row for row in self.diversity if row.kind == kind and row.count <= count]
        if not rows:
            return Simultaneity(kind=kind, count=count, factor=1.0, source="all devices at full power at once", standing="safe side")
        return max(rows, key=lambda row: row.count)

    def policy(self, customer_class: str, kw: float, day: date, voltage: str = "low") -> Policy:
        """
        Return who pays on a day: of the rows in force for the class, power and voltage the narrowest by power, then the latest.

        :raises MissingRow: if no row is in force
        """
        fitting = [
            row
            for row in self.policies
            if row.in_force_from <= day
            and row.customer_class in {"*", customer_class}
            and row.voltage in {"*", voltage}
            and kw <= row.max_kw
        ]
        if not fitting:
            raise MissingRow(N_("No rule on who pays was in force on %(day)s. Add a row to the policy table."), day=day.isoformat())
        return min(fitting, key=lambda row: (row.max_kw, -row.in_force_from.toordinal()))

    def at_medium_voltage(self) -> "Catalogue":
        """
        Return the catalogue as a 10 kV connection sees it: a row named ``medium-…`` stands in for its low-voltage counterpart.
        """

        def own(code: str) -> str:
            return code.removeprefix("medium-")

        replaced = {own(part.role) for part in self.parts if part.role != own(part.role)}
        return replace(
            self,
            cables=self.medium_cables,
            factors=self.factors | {(own(method), kind): rows for (method, kind), rows in self.factors.items() if method != own(method)},
            laying={own(code): replace(row, method=own(code)) for code, row in self.laying.items() if code != own(code)},
            parts=tuple(replace(part, role=own(part.role)) for part in self.parts if part.role not in replaced),
            rules=self.rules | {key.removeprefix("medium_"): value for key, value in self.rules.items() if key.startswith("medium_")},
            prices=self.prices | {code.replace("lay-medium-", "lay-"): row for code, row in self.prices.items() if "lay-medium-" in code},
        )

    def limits(self, base_kv: float) -> Limits:
        """
        Return the limits of the tables: the customer's nominal voltage and its deviations on a base in kV, and the loadings.
        """
        ratio = self.rules["customer_nominal_kv"] / base_kv
        return Limits(
            voltage_min_pu=round(ratio * (1 - self.rules["customer_voltage_below"]), 9),
            voltage_max_pu=round(ratio * (1 + self.rules["customer_voltage_above"]), 9),
            line_loading=self.rules["line_loading"],
            transformer_loading=self.rules["transformer_loading"],
        )


def _rows(folder: Traversable, table: str, *, needed: bool = True) -> Iterator[dict[str, str]]:
    """
    Yield the rows of a table; one that is not needed may be missing in a folder that was written before it existed.
    """
    if not needed and not (folder / TABLES[table]).is_file():
        return
    text = (folder / TABLES[table]).read_text(encoding="utf-8-sig")
    yield from csv.DictReader(io.StringIO(text))


def _pick(row: dict[str, str], *names: str) -> dict[str, str]:
    return {name: row[name] for name in names}


def _cable(row: dict[str, str]) -> CableType:
    methods = ("buried", "duct", "wall", "overhead")
    return CableType(
        **_pick(row, "code", "name_zh", "name_en", "conductor"),
        section_mm2=float(row["section_mm2"]),
        r20_ohm_per_km=float(row["r20_ohm_per_km"]),
        x_ohm_per_km=float(row["x_ohm_per_km"]),
        ampacity_a={method: float(row[f"ampacity_{method}_a"]) for method in methods if f"ampacity_{method}_a" in row},
    )


def _device(row: dict[str, str]) -> DeviceType:
    return DeviceType(
        kind=row["kind"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        power_factor=float(row["power_factor"]),
        starting_current_ratio=float(row["starting_current_ratio"]),
        starting_power_factor=float(row["starting_power_factor"]),
        starts_often=row["starts_often"] == "yes",
    )


def _laying(row: dict[str, str]) -> Laying:
    return Laying(
        method=row["method"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        temperature_c=float(row["temperature_c"]),
        neighbours=int(row["neighbours"]),
        corridor_pattern=row["corridor_pattern"],
    )


def _price(row: dict[str, str]) -> Price:
    return Price(
        **_pick(row, "code", "name_zh", "name_en", "unit", "kind", "source", "standing"),
        unit_price_yuan=Decimal(row["unit_price_yuan"]),
    )


def _transformer(row: dict[str, str]) -> TransformerType:
    return TransformerType(
        **_pick(row, "code", "name_zh", "name_en"),
        rated_kva=float(row["rated_kva"]),
        no_load_w=float(row["no_load_w"]),
        load_w=float(row["load_w"]),
        no_load_percent=float(row["no_load_percent"]),
        vk_percent=float(row["vk_percent"]),
    )


def _factors(folder: Traversable) -> dict[tuple[str, str], tuple[tuple[float, float], ...]]:
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in _rows(folder, "factors"):
        found.setdefault((row["method"], row["kind"]), []).append((float(row["at"]), float(row["factor"])))
    return {key: tuple(sorted(pairs)) for key, pairs in found.items()}


def read_catalogue(folder: Traversable) -> Catalogue:
    """
    Return the catalogue of a folder that holds the files named in :data:`TABLES`.
    """
    return Catalogue(
        cables=tuple(_cable(row) for row in _rows(folder, "cables")),
        factors=_factors(folder),
        laying={row["method"]: _laying(row) for row in _rows(folder, "laying")},
        devices={row["kind"]: _device(row) for row in _rows(folder, "devices")},
        parts=tuple(Part(code=row["code"], role=row["role"], rating=float(row["rating"])) for row in _rows(folder, "parts")),
        rules=Rules((row["key"], float(row["value"])) for row in _rows(folder, "rules")),
        diversity=tuple(read_simultaneity(row) for row in _rows(folder, "diversity")),
        prices={row["code"]: _price(row) for row in _rows(folder, "prices")},
        policies=tuple(read_policy(row) for row in _rows(folder, "policies")),
        medium_cables=tuple(_cable(row) for row in _rows(folder, "medium_cables")),
        transformers=tuple(_transformer(row) for row in _rows(folder, "transformers")),
        substation_transformers=tuple(_transformer(row) for row in _rows(folder, "substation_transformers", needed=False)),
        lead_times=tuple(read_lead_time(row) for row in _rows(folder, "lead_times")),
        demand_factors=tuple(read_demand_factor(row) for row in _rows(folder, "demand_factors")),
        documents=tuple(read_document(row) for row in _rows(folder, "documents")),
        metering=tuple(read_metering(row) for row in _rows(folder, "metering")),
        importance=tuple(read_importance(row) for row in _rows(folder, "importance")),
        streets=tuple(read_street_laying(row) for row in _rows(folder, "streets")),
    )


@lru_cache(maxsize=1)
def shipped_catalogue() -> Catalogue:
    """
    Return the catalogue that comes with Tongdian; its prices are examples.
    """
    return read_catalogue(files("tongdian") / "data")
