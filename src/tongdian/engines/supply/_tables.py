"""
The smaller tables of a plan: lead times, demand factors, documents, metering classes, importance of loads, laying along streets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    Up to where the utility pays, for whom and from when.
    """

    code: str
    in_force_from: date
    customer_class: str
    max_kw: float
    voltage: str
    pays_to: str
    name_zh: str
    name_en: str
    source: str
    standing: str
    source_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simultaneity:
    """
    How much of the power of ``count`` like devices runs at once.
    """

    kind: str
    count: int
    factor: float
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """
    How long a step takes. ``role``: ``procedure`` (of a voltage), ``permit`` and ``laying`` (of ways of laying), ``material`` (pattern of
    codes),
    ``works`` (of one code). Days are calendar days; laying is per 100 m.
    """

    code: str
    role: str
    applies_to: str
    name_zh: str
    name_en: str
    median_days: float
    p90_days: float
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandFactor:
    """
    Share of the installed power of a kind of device that counts as applied, by the demand-factor method.
    """

    kind: str
    factor: float
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocument:
    """
    A document that applications of a class (``*``: all) at a voltage need.
    """

    customer_class: str
    voltage: str
    code: str
    name_zh: str
    name_en: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteringClass:
    """
    Accuracy classes by voltage and connection: ``single_phase``, ``direct`` or ``transformer``, from a power on.
    """

    voltage: str
    connection: str
    min_kw: float
    meter_class: str
    transformer_class: str
    wiring_zh: str
    wiring_en: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """
    Which supply a class of load needs.
    """

    importance: str
    supply: str
    own_source: bool
    name_zh: str
    name_en: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetLaying:
    """
    How a cable is laid along a kind of street (OpenStreetMap's ``highway`` or this project's own), and what must be permitted.
    """

    kind: str
    method: str
    permits: tuple[str, ...]
    name_zh: str
    name_en: str
    standing: str


def read_policy(row: Mapping[str, str]) -> Policy:
    """
    Return a row of ``prices_policy.csv``.
    """
    return Policy(
        **_texts(row, "code", "customer_class", "pays_to", "name_zh", "name_en", "source", "standing"),
        in_force_from=date.fromisoformat(row["in_force_from"]),
        max_kw=float(row["max_kw"] or "inf"),
        voltage=row.get("voltage") or "*",
        source_en=row.get("source_en") or "",
    )


def read_simultaneity(row: Mapping[str, str]) -> Simultaneity:
    """
    Return a row of ``diversity.csv``.
    """
    return Simultaneity(
        kind=row["kind"], count=int(row["count"]), factor=float(row["factor"]), source=row["source"], standing=row["standing"]
    )


def read_lead_time(row: Mapping[str, str]) -> LeadTime:
    """
    Return a row of ``lead_times.csv``.
    """
    return LeadTime(
        **_texts(row, "code", "role", "applies_to", "name_zh", "name_en", "source", "standing"),
        median_days=float(row["median_days"]),
        p90_days=float(row["p90_days"]),
    )


def read_demand_factor(row: Mapping[str, str]) -> DemandFactor:
    """
    Return a row of ``demand_factors.csv``.
    """
    return DemandFactor(**_texts(row, "kind", "source", "standing"), factor=float(row["factor"]))


def read_document(row: Mapping[str, str]) -> RequiredDocument:
    """
    Return a row of ``documents_required.csv``.
    """
    return RequiredDocument(**_texts(row, "customer_class", "voltage", "code", "name_zh", "name_en", "source", "standing"))


def read_metering(row: Mapping[str, str]) -> MeteringClass:
    """
    Return a row of ``metering.csv``.
    """
    texts = _texts(row, "voltage", "connection", "meter_class", "transformer_class", "wiring_zh", "wiring_en", "source", "standing")
    return MeteringClass(**texts, min_kw=float(row["min_kw"]))


def read_importance(row: Mapping[str, str]) -> Importance:
    """
    Return a row of ``supply_importance.csv``.
    """
    texts = _texts(row, "importance", "supply", "name_zh", "name_en", "source", "standing")
    return Importance(**texts, own_source=row["own_source"] == "yes")


def read_street_laying(row: Mapping[str, str]) -> StreetLaying:
    """
    Return a row of ``street_laying.csv``.
    """
    permits = tuple(permit for permit in row["permits"].split("|") if permit)
    return StreetLaying(**_texts(row, "kind", "method", "name_zh", "name_en", "standing"), permits=permits)


def _texts(row: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: row[name] for name in names}
