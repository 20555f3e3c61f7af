"""
What a reply says beside its option: expected days, the ways out where nothing holds, and why a cheaper point is not the answer.
"""

from typing import Any

from tongdian.engines.supply._facts import Check, Days, WayOut
from tongdian.engines.supply._values import SupplyPlan
from tongdian.engines.supply._words import CHANGES, CHECKS, STANDINGS, UNITS, Speaker

MOST_WAYS = 6  # ways out told on the paper, the cheapest first
MOST_ELEMENTS = 3  # named of what a way out changes


def standing(word: str, say: Speaker) -> str:
    """
    Return how sure a row is, in words.
    """
    return say.of(STANDINGS.get(word, (word, word)))


def check_name(check: Check, say: Speaker) -> str:
    """
    Return the name of a check.
    """
    return say.of(CHECKS.get(check.kind, (check.kind, check.kind)))


def measured(value: float, unit: str, nominal_kv: float, say: Speaker) -> str:
    """
    Return a value of a check with its unit; voltages in volts.
    """
    if unit == "pu":
        volts = 1000 * nominal_kv * value
        return f"{volts:.1f} V" if nominal_kv < 1 else f"{volts / 1000:.2f} kV"
    return f"{100 * value:.1f} %" if unit == "1" else f"{value:.1f} {say.of(UNITS.get(unit, (unit, unit)))}"


def time_rows(days: Days, say: Speaker) -> list[list[str]]:
    """
    Return the expected days, together and by step.
    """
    return [
        [say("days_total"), say("days", median=days.median, p90=days.p90)],
        *([say.named(step), say("days", median=step.median_days, p90=step.p90_days)] for step in days.steps),
        [say("days_standing"), standing(days.standing, say)],
    ]


def way_sections(plan: SupplyPlan, say: Speaker) -> list[dict[str, Any]]:
    """
    Return what would make a point hold where none does, or why a cheaper point is not the answer.
    """
    if not plan.feasible:
        rows = [_way_row(way, say) for way in plan.ways_out[:MOST_WAYS]]
        if plan.fits_kw:
            rows.insert(0, [say("fits"), f"{plan.fits_kw:g} kW"])
        return [{"title": say("ways_out"), "rows": rows}] if rows else []
    best = plan.options[plan.recommended or 0].cost.total_yuan
    cheaper = [one for one in plan.rejected if one.cost_yuan < best]
    rows = []
    for one in cheaper:
        value, limit = (measured(each, one.binding.unit, plan.nominal_kv, say) for each in (one.binding.value, one.binding.limit))
        what = f"{check_name(one.binding, say)} ({one.binding.element_name})"
        rows.append([f"{one.transformer_name} → {one.bus_name}", say("binds", what=what, value=value, limit=limit)])
        rows += [_way_row(way, say) for way in one.ways_out[:MOST_WAYS]]
    return [{"title": say("not_cheaper"), "rows": rows}] if rows else []


def _way_row(way: WayOut, say: Speaker) -> list[str]:
    changed = [f"{value:g}" for value in (way.before, way.after) if value is not None]
    unit = say.of(UNITS.get(way.unit, (way.unit, way.unit)))
    named = ("、" if say.at == 0 else ", ").join(way.elements[:MOST_ELEMENTS]) + ("…" if len(way.elements) > MOST_ELEMENTS else "")
    what = f"{named} {' → '.join(changed)} {unit}".strip()
    days = say("way_days", median=way.days.median) if way.days else ""
    told = say("way_out", point=way.bus_name, what=what, total=f"{way.total_yuan:,.2f}", added=f"{way.added_yuan:,.2f}", days=days)
    return [say.of(CHANGES.get(way.kind, (way.kind, way.kind))), told]
