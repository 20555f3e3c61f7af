"""
What an application changes between the transformer and its end: before and after, in words and bars.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tongdian.interfaces.console.words import say_number

MOST_LINES = 3  # of the way, the heaviest, told before and after


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    The new supply point: the reference under which the engine knows it, the nominal voltage of its network, the limits of the plan.
    """

    reference: str
    kv: float
    limits: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One value before and after the application; ``used_…`` are shares of what is permitted in per cent, None where it was not there before.
    """

    name: str
    before: str
    after: str
    limit: str
    used_before: float | None
    used_after: float

    @property
    def scale(self) -> float:
        """
        What the whole bar stands for, in per cent of what is permitted.
        """
        return max(110.0, 1.05 * max(self.used_after, self.used_before or 0.0))

    @property
    def x_before(self) -> float | None:
        """
        Where the bar of before ends, in per cent of the whole bar.
        """
        return None if self.used_before is None else round(max(0.0, 100 * self.used_before / self.scale), 2)

    @property
    def x_after(self) -> float:
        """
        Where the bar of after ends.
        """
        return round(max(0.0, 100 * self.used_after / self.scale), 2)

    @property
    def x_limit(self) -> float:
        """
        Where the limit is.
        """
        return round(10_000 / self.scale, 2)


def to_changes(document: Mapping[str, Any], site: Site) -> tuple[Change, ...]:
    """
    Return what the application changes on the way from the transformer.
    """
    return tuple(_changes(document, site))


def _changes(document: Mapping[str, Any], site: Site) -> Iterator[Change]:
    """
    Yield what the application changes on the way from the transformer: its loading, the heaviest lines', the voltages at the end.
    """
    limits, before, after = site.limits, document["before"], document["after"]
    transformers = [one for one in document["feed"] if one["kind"] == "transformer"]
    lines = sorted((one for one in document["feed"] if one["kind"] == "line"), key=lambda one: -one["loading_after"])
    for one in (*transformers, *lines[:MOST_LINES]):
        limit = limits["transformer_loading" if one["kind"] == "transformer" else "line_loading"]
        values = (one["loading_before"], one["loading_after"], limit)
        said = [f"{say_number(100 * value, 0)} %" for value in values]
        name = (gettext("Transformer %(name)s") if one["kind"] == "transformer" else gettext("Line %(name)s")) % {"name": one["name"]}
        yield Change(
            name=name, before=said[0], after=said[1], limit=said[2], used_before=100 * values[0] / limit, used_after=100 * values[1] / limit
        )
    own = [check for check in document["checks"] if check["kind"] == "voltage_min" and check["element_kind"] == "site"]
    voltages = [
        (
            gettext("Lowest voltage at %(point)s") % {"point": document["bus_name"]},
            before["point_voltage_min_pu"],
            after["point_voltage_min_pu"],
        ),
        *((gettext("Lowest voltage at the end, the new supply point"), None, check["value"]) for check in own),
        (gettext("Lowest voltage of the area"), before["voltage_min_pu"], after["voltage_min_pu"]),
    ]
    low, high = (site.limits[name] for name in ("voltage_min_pu", "voltage_max_pu"))
    for name, was, now in voltages:
        yield Change(
            name=name,
            before="—" if was is None else say_voltage(was, site.kv),
            after=say_voltage(now, site.kv),
            limit=say_voltage(low, site.kv),
            used_before=None if was is None else 100 * (high - was) / (high - low),
            used_after=100 * (high - now) / (high - low),
        )


def say_voltage(value_pu: float, kv: float = 0.4) -> str:
    """
    Return a voltage as it is measured between two phases: in volts at low voltage, in kilovolts above.
    """
    return f"{say_number(1000 * kv * value_pu, 1)} V" if kv < 1 else f"{say_number(kv * value_pu, 2)} kV"
