"""
The papers of a joint plan and of a renewal: values for the same template as a reply, and their maps.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tongdian.engines.supply._facts import Check, Material
from tongdian.engines.supply._joint.values import Group, JointPlan, Share
from tongdian.engines.supply._papers.document import EXAMPLE_MARK, mark_of, to_feature
from tongdian.engines.supply._papers.reply import check_rows, frame, material_rows, printable, worst_of_each_kind
from tongdian.engines.supply._renewal.values import OutageStep, Renewal
from tongdian.engines.supply._words import CHANGES, Speaker

NUMBER_OF_CHECKS = 12


def _paper(say: Speaker, *, number: str, day: date, example: bool, **own: Any) -> dict[str, Any]:  # noqa: ANN401 - any plain value
    base = {
        "language": say.language,
        "number": number,
        "date": [day.year, day.month, day.day],
        "mark": EXAMPLE_MARK if example else "",
        "mark_sentence": say("mark") if example else "",
        "price_source": say("price_source"),
        "validity": say("not_valid"),
        "clauses": [],
    }
    values: dict[str, Any] = printable(base | own)
    return values


def joint_materials(plan: JointPlan) -> tuple[Material, ...]:
    """
    Return the bill of a whole joint plan; equal codes with one payer are one line.
    """
    bills = [*(group.materials for group in plan.groups), *(made.materials for made in plan.reinforced)]
    found: dict[tuple[str, str], Material] = {}
    for line in (line for bill in bills for line in bill):
        known = found.get((line.code, line.payer))
        found[line.code, line.payer] = (
            replace(known, quantity=known.quantity + line.quantity, amount_yuan=known.amount_yuan + line.amount_yuan) if known else line
        )
    return tuple(found.values())


def _worst(checks: Sequence[Check]) -> list[Check]:
    return sorted((check for check in checks if check.decides), key=lambda check: check.margin)[:NUMBER_OF_CHECKS]


def joint_values(
    plan: JointPlan, *, number: str, day: date, language: str = "zh", draft: str = "", notes: tuple[str, ...] = ()
) -> dict[str, Any]:
    """
    Return the values of a joint plan's paper: what is built, what is reinforced, what falls to each, the bill.
    """
    say = Speaker(language)
    saved = plan.singles_yuan - plan.total_yuan
    kv = plan.groups[0].plan.nominal_kv if plan.groups else 0.4
    overview = [
        [say("joint_count"), str(len(plan.applications)), say("joint_groups"), str(len(plan.groups))],
        [say("total"), f"{plan.total_yuan:,.2f}", say("joint_singles"), f"{plan.singles_yuan:,.2f}"],
        [say("joint_saved"), f"{saved:,.2f}", say("joint_unserved"), "、".join(plan.unserved) or "—"],
    ]
    sections = [
        {"title": say("joint_overview"), "rows": overview},
        {"title": say("joint_built"), "rows": [[group.hub, _built(group, say)] for group in plan.groups]},
    ]
    if plan.reinforced:
        rows = [
            [
                say.of(CHANGES.get(one.kind, (one.kind, one.kind))),
                f"{'、'.join(one.elements)}: {_change(one.before, one.after, one.unit)}; {one.total_yuan:,.2f}",
            ]
            for one in plan.reinforced
        ]
        sections.append({"title": say("joint_reinforced"), "rows": rows})
    if plan.complaints:
        rows = [
            [one.reference, f"{one.bus_name}: {one.before_pu:.4f} → {one.after_pu:.4f} (≥ {one.limit_pu:.4f})"] for one in plan.complaints
        ]
        sections.append({"title": say("joint_complaints"), "rows": rows})
    if plan.prospects:
        rows = [[one.reference, f"{one.kw:g} kW × {one.probability:g}"] for one in plan.prospects]
        sections.append({"title": say("joint_prospects"), "rows": rows})
    words = frame(say) | {"options": say("joint_shares"), "option_heads": [say(f"share_{at}") for at in range(7)]}
    return _paper(
        say,
        number=number,
        day=day,
        example=plan.price_standing == "example",
        title=say("title_joint"),
        draft=draft,
        words=words,
        sections=sections,
        option_mm=[0, 14, 14, 26, 26, 26, 26],
        options=[_share_row(one) for one in plan.shares],
        checked=say("checked_short", network=say.network(plan.network_source), year=say.year(plan.year_label)),
        checks=check_rows(worst_of_each_kind(check for check in plan.checks if check.decides), kv, say),
        notes=[say("share_rule"), *notes],
        materials=material_rows(joint_materials(plan), say),
        sums=[[say("total"), f"{plan.total_yuan:,.2f}"]],
    )


def _share_row(share: Share) -> list[str]:
    paid = (share.own_yuan, share.shared_yuan, share.yuan, share.alone_yuan)
    return [share.reference, "", f"{share.kw:g}", *(f"{yuan:,.2f}" for yuan in paid)]


def _built(group: Group, say: Speaker) -> str:
    cable = group.option.cable
    parallel = f"{cable.parallel} × " if cable.parallel > 1 else ""
    text = f"{group.option.bus_name} → {group.hub}: {parallel}{cable.code}, {cable.length_m:.0f} m; {group.total_yuan:,.2f}"
    if not group.spokes:
        return text
    return f"{text}; {say('joint_box')} → {'、'.join(spoke.reference for spoke in group.spokes)}"


def _change(before: float | None, after: float | None, unit: str) -> str:
    known = [f"{value:g}" for value in (before, after) if value is not None]
    return f"{' → '.join(known)} {unit}"


def renewal_values(
    plan: Renewal, *, number: str, day: date, language: str = "zh", draft: str = "", notes: tuple[str, ...] = ()
) -> dict[str, Any]:
    """
    Return the values of a renewal's paper: sections, before and after, the steps with who is dark how long, the bill.
    """
    say = Speaker(language)
    states = (("before", plan.before), ("after", plan.after), ("grown", plan.grown))
    overview = [
        [say("renewal_from"), f"{plan.transformer_name} → {plan.fed_from}", say("renewal_length"), f"{plan.length_m:.0f} m"],
        [say("renewal_customers"), str(plan.customers), say("renewal_growth"), f"{100 * plan.growth:.0f} %"],
        [say("renewal_hours"), f"{plan.customer_hours:g}", say("renewal_at_once"), f"{plan.customer_hours_at_once:g}"],
        [say("total"), f"{plan.cost.total_yuan:,.2f}", say("policy"), say.of((plan.cost.policy_zh, plan.cost.policy_en))],
    ]
    compared = [
        [
            say(f"renewal_{name}"),
            say(
                "renewal_state",
                volts=f"{1000 * plan.nominal_kv * state.voltage_min_pu:.1f}",
                line=f"{100 * state.line_loading_max:.0f}",
                transformer=f"{100 * state.transformer_loading_max:.0f}",
                losses=f"{state.losses_kwh:,.0f}",
            ),
        ]
        for name, state in states
    ]
    words = frame(say) | {"options": say("renewal_sections"), "option_heads": [say(f"section_{at}") for at in range(7)]}
    return _paper(
        say,
        number=number,
        day=day,
        example=plan.cost.price_standing == "example",
        title=say("title_renewal"),
        draft=draft,
        words=words,
        sections=[
            {"title": say("renewal_overview"), "rows": overview},
            {"title": say("renewal_compared"), "rows": compared},
            {"title": say("renewal_steps"), "rows": [[f"{step.number} · {step.bus_name}", _told(step, plan, say)] for step in plan.steps]},
        ],
        option_mm=[32, 0, 14, 30, 16, 16, 14],
        options=[
            [
                one.line_name,
                f"{one.from_name} → {one.to_name} ({one.was_type})",
                f"{one.length_m:.0f}",
                one.code,
                f"{one.peak_a:.0f}",
                f"{one.ampacity_a:.0f}",
                say("renewal_entry" if one.entry else "renewal_through"),
            ]
            for one in plan.sections
        ],
        checked=say("checked_short", network=say.network(plan.network_source), year=say.year(plan.year_label)),
        checks=check_rows(_worst(plan.checks), plan.nominal_kv, say),
        notes=[*([say("renewal_not_old", lines="、".join(plan.notes))] if plan.notes else []), *notes],
        materials=material_rows(plan.materials, say),
        sums=[[say("total"), f"{plan.cost.total_yuan:,.2f}"]],
    )


def _told(step: OutageStep, plan: Renewal, say: Speaker) -> str:
    name = say.of((step.name_zh, step.name_en))
    if not step.dark:
        return f"{name}; {step.hours:g} h"
    dark = say("renewal_dark", customers=step.customers, joints="、".join(step.dark), hours=f"{step.hours:g}")
    volts = "" if step.voltage_min_pu is None else f"; ≥ {1000 * plan.nominal_kv * step.voltage_min_pu:.0f} V"
    return f"{name}; {dark}{volts}"


def joint_map(plan: JointPlan) -> dict[str, Any]:
    """
    Return the map of a joint plan: sites, shared cables, each member's own.
    """
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [one.site_lon, one.site_lat]},
            "properties": {"role": "site", "reference": one.reference},
        }
        for one in plan.applications
    ]
    for group in plan.groups:
        told = {"group": group.hub, "cost_yuan": str(group.total_yuan)}
        features.append(to_feature(group.option.route, role="shared" if group.spokes else "route", cable=group.option.cable.code, **told))
        features += [
            to_feature(spoke.route, role="spoke", reference=spoke.reference, cable=spoke.cable.code, group=group.hub)
            for spoke in group.spokes
        ]
    return {"type": "FeatureCollection", "features": features, "price_mark": mark_of(plan.price_standing)}


def renewal_map(plan: Renewal) -> dict[str, Any]:
    """
    Return the map of a renewal: its sections.
    """
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(place) for place in one.path]},
            "properties": {"role": "entry" if one.entry else "through", "line": one.line_id, "was": one.was_type, "cable": one.code},
        }
        for one in plan.sections
    ]
    return {"type": "FeatureCollection", "features": features, "price_mark": mark_of(plan.cost.price_standing)}


def bill_of_lines(materials: Sequence[Material], total: Decimal) -> tuple[tuple[str, ...], list[list[object]]]:
    """
    Return a bill as a table for a spreadsheet.
    """
    from tongdian.engines.supply._papers.reply import BILL_COLUMNS, bill_row

    return BILL_COLUMNS, [*(bill_row(line) for line in materials), ["", "合计", "total", "", "", "", "", float(total), "", "", ""]]


def joint_bill(plan: JointPlan) -> tuple[tuple[str, ...], list[list[object]]]:
    """
    Return the bill of a joint plan as a table.
    """
    return bill_of_lines(joint_materials(plan), plan.total_yuan)
