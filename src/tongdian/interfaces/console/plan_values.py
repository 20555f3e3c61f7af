"""
A plan's document, as the engine wrote it, put into what the plan's pages show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, pgettext

from tongdian.apps.plans.queries import OptionView, PlanView
from tongdian.interfaces.console.plan_advice import WayShown, find_missing, say_label, say_method, say_turn, to_way
from tongdian.interfaces.console.plan_changes import Change, Site, say_voltage, to_changes
from tongdian.interfaces.console.words import say_number

LOW_KV, ABOVE_LOW_KV, ABOVE_HIGH_KV = 0.4, 20, 110


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckShown:
    """
    One value against its limit, in words. ``used``: share of the permitted range in per cent, above 100 when broken.
    """

    name: str
    element: str
    value: str
    limit: str
    moment: str
    used: float
    passed: bool
    decides: bool
    broken_before: bool

    @property
    def said(self) -> str:
        """
        The whole check as one sentence, for the name of its bar.
        """
        return gettext("%(name)s, %(element)s: %(value)s, limit %(limit)s") % {
            "name": self.name,
            "element": self.element,
            "value": self.value,
            "limit": self.limit,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """
    What exists between the transformer and the connection point, for the one-line diagram.
    """

    transformer: str
    transformer_kva: float
    transformer_before: float
    transformer_after: float
    line_count: int
    line_m: float
    line_before: float
    line_after: float
    kv: float
    above_kv: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageShown:
    """
    One section of the ring out: what is closed instead, the weakest voltage and the heaviest line then.
    """

    section: str
    closed: str
    restored: bool
    voltage: str
    line: str
    loading: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionShown:
    """
    One option as the workbench shows it; ``document`` is the engine's own. ``checks``: what is broken first.
    """

    id: UUID
    letter: str
    is_feasible: bool
    is_accepted: bool
    is_pick: bool
    document: Mapping[str, Any]
    binding: CheckShown
    checks: tuple[CheckShown, ...]
    total_yuan: float
    utility_yuan: float
    customer_yuan: float
    has_example_prices: bool
    dip_percent: float | None
    lowest_before: str
    lowest_after: str
    feed: Feed
    changes: tuple[Change, ...]
    outages: tuple[OutageShown, ...]
    independence: str
    labels: tuple[str, ...] = ()
    margin_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedShown:
    """
    A connection point that was tried and does not hold.
    """

    point: str
    transformer: str
    route_m: float
    yuan: float
    binding: CheckShown
    way: WayShown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShown:
    """
    A plan as the workbench and the case page show it.
    """

    options: tuple[OptionShown, ...]
    best: OptionShown | None
    rejected: tuple[RejectedShown, ...]
    document: Mapping[str, Any]
    ways: tuple[WayShown, ...] = ()
    turns: tuple[str, ...] = ()
    fits_kw: float | None = None
    applied: tuple[tuple[str, float], ...] = ()
    missing: tuple[Mapping[str, Any], ...] = ()


def to_plan(plan: PlanView) -> PlanShown:
    """
    Return what is shown of a plan: the accepted option first in mind, else the recommended one.
    """
    accepted = next((at for at, option in enumerate(plan.options) if option.is_accepted), None)
    pick = accepted if accepted is not None else plan.document.get("recommended")
    site = site_of(plan.document)
    options = tuple(_option(option, at, is_pick=at == pick, site=site) for at, option in enumerate(plan.options))
    best = next((option for option in options if option.is_pick), options[0] if options else None)
    return PlanShown(
        options=options,
        best=best,
        rejected=tuple(_rejected(one, site) for one in plan.document.get("rejected", ())),
        document=plan.document,
        ways=tuple(to_way(way) for way in plan.document.get("ways_out", ())),
        turns=tuple(say_turn(turn) for turn in plan.document.get("turns", ())),
        fits_kw=plan.document.get("fits_kw"),
        applied=tuple((say_method(one["method"]), one["kw"]) for one in plan.document.get("applied_by", ())),
        missing=find_missing(plan.document),
    )


def site_of(document: Mapping[str, Any]) -> Site:
    """
    Return the new supply point of a plan's document.
    """
    return Site(reference=document["application"]["reference"], kv=document.get("nominal_kv", LOW_KV), limits=document["limits"])


def to_tried(document: Mapping[str, Any], plan: PlanView) -> OptionShown:
    """
    Return an option that somebody tries by hand, as the map and the tables show it.
    """
    view = OptionView(id=plan.id, rank=0, is_feasible=document["feasible"], is_accepted=False, document=dict(document))
    shown = _option(view, 0, is_pick=True, site=site_of(plan.document))
    return replace(shown, letter=pgettext("an option made by hand, in one or two letters", "H"))


def _option(option: OptionView, at: int, *, is_pick: bool, site: Site) -> OptionShown:
    document = option.document
    cost = document["cost"]
    start = document["start"]
    return OptionShown(
        id=option.id,
        letter=pgettext("option of a plan, by its place", "ABCDEFGHIJ")[at],
        is_feasible=option.is_feasible,
        is_accepted=option.is_accepted,
        is_pick=is_pick,
        document=document,
        binding=to_check(document["binding"], site=site),
        checks=tuple(
            sorted((to_check(check, site=site) for check in document["checks"]), key=lambda check: check.passed or not check.decides)
        ),
        total_yuan=float(cost["total_yuan"]),
        utility_yuan=float(cost["utility_yuan"]),
        customer_yuan=float(cost["customer_yuan"]),
        has_example_prices=cost["price_standing"] == "example",
        dip_percent=100 * start["site_dip"] if start else None,
        lowest_before=say_voltage(document["before"]["voltage_min_pu"], site.kv),
        lowest_after=say_voltage(document["after"]["voltage_min_pu"], site.kv),
        feed=_feed(document, site.kv),
        changes=to_changes(document, site),
        outages=tuple(_outage(outage, site.kv) for outage in document.get("outages", ())),
        independence=say_independence((document.get("second") or {}).get("independence", "")),
        labels=tuple(say_label(label) for label in document.get("labels", ())),
        margin_percent=None if document.get("margin") is None else 100 * document["margin"],
    )


def _outage(outage: Mapping[str, Any], kv: float) -> OutageShown:
    return OutageShown(
        section=outage["section"],
        closed=outage["closed"],
        restored=outage["restored"],
        voltage=f"{say_voltage(outage['voltage_min_pu'], kv)} · {outage['voltage_min_name']}",
        line=outage["line_loading_name"],
        loading=100 * outage["line_loading_max"],
    )


def _feed(document: Mapping[str, Any], kv: float) -> Feed:
    transformers = [element for element in document["feed"] if element["kind"] == "transformer"]
    lines = [element for element in document["feed"] if element["kind"] == "line"]
    return Feed(
        transformer=document["transformer_name"],
        transformer_kva=document["transformer_kva"],
        transformer_before=100 * max((element["loading_before"] for element in transformers), default=0.0),
        transformer_after=100 * max((element["loading_after"] for element in transformers), default=0.0),
        line_count=len(lines),
        line_m=sum(element["length_m"] for element in lines),
        line_before=100 * max((element["loading_before"] for element in lines), default=0.0),
        line_after=100 * max((element["loading_after"] for element in lines), default=0.0),
        kv=kv,
        above_kv=ABOVE_LOW_KV if kv < 1 else ABOVE_HIGH_KV,
    )


def _rejected(one: Mapping[str, Any], site: Site) -> RejectedShown:
    return RejectedShown(
        point=one["bus_name"],
        transformer=one["transformer_name"],
        route_m=one["route_m"],
        yuan=float(one["cost_yuan"]),
        binding=to_check(one["binding"], site=site),
        way=next((to_way(way) for way in one.get("ways_out", ())), None),
    )


def to_check(check: Mapping[str, Any], *, site: Site) -> CheckShown:
    """
    Return a check in words; ``site`` is the reference under which the engine knows the new supply point.
    """
    element = gettext("the new supply point") if check["element_name"] == site.reference else check["element_name"]
    if check.get("outage"):
        element = gettext("%(element)s, while %(section)s is out") % {"element": element, "section": check["outage"]}
    return CheckShown(
        name=say_check(check["kind"]),
        element=element,
        value=say_measured(check["value"], check["unit"], site.kv),
        limit=say_measured(check["limit"], check["unit"], site.kv),
        moment=check["moment"] or "",
        used=100 * (1 - check["margin"]),
        passed=check["passed"],
        decides=check["decides"],
        broken_before=check["broken_before"],
    )


def say_independence(code: str) -> str:
    """
    Return what the two sources of a dual supply have not in common.
    """
    names = {
        "bus_section": gettext("two bus sections of one substation, each behind its own transformer"),
        "substation": gettext("two substations"),
    }
    return names.get(code, code)


def say_check(kind: str) -> str:
    """
    Return what a kind of check is called.
    """
    names = {
        "voltage_min": gettext("Lowest voltage"),
        "voltage_max": gettext("Highest voltage"),
        "line_loading": gettext("Line loading"),
        "transformer_loading": gettext("Transformer loading, nameplate"),
        "transformer_planning": gettext("Transformer loading, planning margin"),
        "service_drop": gettext("Voltage drop along the new cable"),
        "start_voltage": gettext("Voltage while the motor starts"),
        "start_dip": gettext("Voltage change at other customers while the motor starts"),
        "free_capacity": gettext("Free capacity at the connection point"),
        "outage_voltage_min": gettext("Lowest voltage with one section out"),
        "outage_voltage_max": gettext("Highest voltage with one section out"),
        "outage_line_loading": gettext("Line loading with one section out"),
        "outage_transformer_loading": gettext("Transformer loading with one section out"),
        "outage_supply": gettext("Outages that leave the connection point dark"),
        "short_circuit": gettext("Cross-section for the short circuit"),
        "unit_way": gettext("Current through the way of the ring-main unit"),
        "switchgear": gettext("Short-circuit current at the connection point"),
        "disconnection": gettext("Least fault current at the end of the new cable"),
        "breaking_capacity": gettext("Breaking capacity at the connection point"),
        "grading": gettext("Protection above over the new breaker"),
        "phase_voltage_min": gettext("Lowest voltage of a phase"),
        "phase_voltage_max": gettext("Highest voltage of a phase"),
        "voltage_unbalance": gettext("Voltage unbalance"),
    }
    return names.get(kind, kind)


def say_measured(value: float, unit: str, kv: float = LOW_KV) -> str:
    """
    Return a value with its unit: per unit as volts on the base given, fractions in per cent, a count as it is.
    """
    if unit == "pu":
        return say_voltage(value, kv)
    if not unit:
        return say_number(value, 0)
    if unit in {"1", "fraction"}:
        return f"{say_number(100 * value, 1)} %"
    return f"{say_number(value, 1)} {unit}"
