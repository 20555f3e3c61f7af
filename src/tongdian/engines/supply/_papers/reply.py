"""
The reply to an application as a paper's values: 供电方案答复单 at low and at high voltage, with its annexes, in Chinese or English.

The values fit the template ``plan_reply``; the engine of documents sets them. Fields follow the reply forms in use; what nobody has told
(contacts, dates) stays empty to be filled in by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from tongdian.engines.supply._facts import Check, Cost, Material
from tongdian.engines.supply._papers.document import price_mark
from tongdian.engines.supply._papers.reply_ways import check_name, measured, standing, time_rows, way_sections
from tongdian.engines.supply._values import Option, SupplyPlan
from tongdian.engines.supply._words import (
    BOUNDARY,
    CLASSES,
    CLAUSES,
    FRAME,
    NATURE,
    POINTS,
    UNITS,
    Speaker,
    kind_name,
    tariff,
)

EMPTY = "—"


def reply_values(
    plan: SupplyPlan,
    *,
    number: str,
    replied_on: date,
    valid_until: date | None,
    language: str = "zh",
    given: Mapping[str, str] | None = None,
    draft: str = "",
    notes: tuple[str, ...] = (),
    chosen: int | None = None,
) -> dict[str, Any]:
    """
    Return the values of a reply's paper, for the option ``chosen`` or the recommended one.

    :param given: what is known of the parties: ``customer``, ``address``, ``customer_contact``, ``utility_contact``, ``applied_on``
    :param draft: a line below the title, such as that nobody has approved it yet
    """
    say = Speaker(language)
    at = chosen if chosen is not None else plan.recommended
    option = plan.options[at or 0] if plan.options else None
    known = {key: value for key, value in (given or {}).items() if value}
    mark = price_mark(plan)
    values = {
        "language": say.language,
        "title": say("title_high" if plan.voltage == "high" else "title_low"),
        "number": number,
        "date": [replied_on.year, replied_on.month, replied_on.day],
        "draft": draft,
        "mark": mark,
        "mark_sentence": say("mark") if mark else "",
        "words": frame(say),
        "sections": _sections(plan, option, known, replied_on, say),
        "option_mm": [9, 0, 15, 32, 24, 24, 15],
        "options": [_option_row(one, at == place, say) for place, one in enumerate(plan.options)],
        "checked": say("checked", network=say.network(plan.network_source), year=say.year(plan.year_label), count=plan.considered),
        "checks": check_rows(worst_of_each_kind(option.checks if option else ()), plan.nominal_kv, say, plan.application.reference),
        "notes": [*notes, *([] if plan.feasible else [say("nothing_fits")])],
        "validity": say("valid", day=valid_until.isoformat()) if valid_until and plan.feasible else say("not_valid"),
        "clauses": _clauses(plan, option, say),
        "materials": material_rows(option.materials, say) if option and option.feasible else [],
        "sums": _sums(option, say),
        "price_source": say("price_source"),
    }
    plain: dict[str, Any] = printable(values)
    return plain


def printable(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """
    Return values without the arrow that names of ring sections bear and the paper's typeface lacks.
    """
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [printable(one) for one in value]
    return value.replace("⇢", "→") if isinstance(value, str) else value


def frame(say: Speaker) -> dict[str, Any]:
    """
    Return the words around a paper's values.
    """
    return {key: _spoken(value, say) for key, value in FRAME.items()}


def _spoken(value: Any, say: Speaker) -> Any:  # noqa: ANN401 - a pair of texts, or a list of pairs
    return say.of(value) if isinstance(value, tuple) else [say.of(pair) for pair in value]


def worst_of_each_kind(checks: Iterable[Check]) -> tuple[Check, ...]:
    """
    Return the checks that a paper tells: the worst of each kind, the binding one first.
    """
    found: dict[str, Check] = {}
    for check in checks:
        if check.kind not in found or check.margin < found[check.kind].margin:
            found[check.kind] = check
    return tuple(sorted(found.values(), key=lambda check: check.margin))


def _sections(plan: SupplyPlan, option: Option | None, known: Mapping[str, str], replied_on: date, say: Speaker) -> list[dict[str, Any]]:
    application = plan.application
    devices = ("；" if say.at == 0 else "; ").join(
        f"{say.of(kind_name(device.kind))} {device.kw:g} kW × {device.count}" for device in application.devices
    )
    sections = [
        {
            "title": say("basics"),
            "rows": [
                [say("customer"), known.get("customer", EMPTY), say("reference"), application.reference],
                [say("address"), known.get("address") or f"{application.site_lon:.5f}, {application.site_lat:.5f}"],
                [
                    say("utility_contact"),
                    known.get("utility_contact", EMPTY),
                    say("customer_contact"),
                    known.get("customer_contact", EMPTY),
                ],
                [say("applied_on"), known.get("applied_on", EMPTY), say("replied_on"), replied_on.isoformat()],
                [
                    say("class"),
                    say.of(CLASSES.get(application.customer_class, (application.customer_class,) * 2)),
                    say("wanted_on"),
                    application.wanted_date.isoformat(),
                ],
            ],
        },
        {
            "title": say("capacity"),
            "rows": [
                [say("applied"), f"{plan.applied_kw:g} kW / {plan.applied_kva:.1f} kVA", say("reserved"), f"{plan.reserve_kw:.1f} kW"],
                [say("devices"), devices],
                [say("level"), say("kv_high" if plan.voltage == "high" else "kv_low"), say("grade"), say("grade_value")],
            ],
        },
    ]
    if option is None:
        return sections
    sections.append({"title": say("access"), "rows": _access(plan, option, say)})
    if plan.voltage == "high":
        sections.append({"title": say("receiving"), "rows": _receiving(option, say)})
    sections.append({"title": say("metering"), "rows": _metering(plan, option, say)})
    sections.append({"title": say("money"), "rows": _money(option, say)})
    if option.days is not None and option.feasible:
        sections.append({"title": say("time"), "rows": time_rows(option.days, say)})
    return [*sections, *way_sections(plan, say)]


def _access(plan: SupplyPlan, option: Option, say: Speaker) -> list[list[str]]:
    feed = next((element.name for element in option.feed if element.kind == "line"), say("busbar_itself"))
    way = f"{option.transformer_name} → {feed} → {option.bus_name}"
    rows = [
        [say("supply"), say("dual" if plan.application.supply == "dual" else "single"), say("nature"), say.of(NATURE[0])],
        [say("point"), say("in_brackets", text=way, more=say.of(POINTS.get(option.point_kind, (option.point_kind,) * 2)))],
        [say("boundary"), say.of(BOUNDARY[option.cost.pays_to])],
        *_way(option.route.segments, option.cable, say),
    ]
    if option.second is not None:
        second = option.second
        rows += [
            [say("nature"), f"{say.of(NATURE[1])}{'：' if say.at == 0 else ': '}{second.transformer_name} → {second.bus_name}"],
            *_way(second.route.segments, second.cable, say),
        ]
    return rows


def _way(segments: Any, cable: Any, say: Speaker) -> list[list[str]]:  # noqa: ANN401 - of either supply
    overhead = sum(segment.length_m for segment in segments if "overhead" in segment.method)
    total = sum(segment.length_m for segment in segments)
    laid = ("；" if say.at == 0 else "; ").join(f"{say.named(segment)} {segment.length_m:.0f} m" for segment in segments)
    parallel = f"{cable.parallel} × " if cable.parallel > 1 else ""
    return [
        [say("overhead"), f"{overhead:.0f} m", say("cable"), f"{total - overhead:.0f} m"],
        [say("conductor"), f"{parallel}{say.named(cable)}，{laid}" if say.at == 0 else f"{parallel}{say.named(cable)}; {laid}"],
        [
            say("current"),
            f"{cable.design_current_a:.0f} A / {cable.ampacity_a * cable.parallel:.0f} A",
            say("drop"),
            f"{100 * cable.drop:.2f} %",
        ],
    ]


def _receiving(option: Option, say: Speaker) -> list[list[str]]:
    station = option.station
    size = f"{station.count} × {say.named(station)}" if station else EMPTY
    return [
        [say("station"), size, say("station_kind"), say("station_value")],
        [say("protection"), say("protection_high")],
    ]


def _metering(plan: SupplyPlan, option: Option, say: Speaker) -> list[list[str]]:
    ratio = next((line for line in option.materials if line.code.startswith("ct-")), None)
    meter = next((line for line in option.materials if line.code.startswith("meter-") and line.code != "meter-box"), None)
    high = plan.voltage == "high"
    kva = option.station.rated_kva * option.station.count if option.station else plan.applied_kva
    fee = {field: say.of(tariff(field, plan.application.customer_class, kva)) for field in ("price_category", "power_factor")}
    fee |= {field: say.of(tariff(field, plan.application.customer_class, kva)) for field in ("demand_charge", "time_of_use")}
    return [
        [say("meter_at"), say("meter_high" if high else "meter_low"), say("meter_kv"), "10 kV" if high else "0.4 kV"],
        [say("wiring"), _wiring(plan, option, say), say("accuracy"), say("accuracy_high" if high else "accuracy_low")],
        [say("meter"), say.named(meter) if meter else EMPTY],
        [say("ratio"), f"{say.named(ratio)} × {ratio.quantity:g}" if ratio else say("no_ratio")],
        [say("price_category"), fee["price_category"], say("time_of_use"), fee["time_of_use"]],
        [say("power_factor"), fee["power_factor"], say("demand_charge"), fee["demand_charge"]],
        [say("losses"), say("losses_high" if high else "losses_low")],
        [say("standing"), say("tariff_standing")],
    ]


def _wiring(plan: SupplyPlan, option: Option, say: Speaker) -> str:
    if plan.voltage == "high":
        return say("three_wire")
    return say("one_phase" if any(line.code == "meter-1p" for line in option.materials) else "four_wire")


def _money(option: Option, say: Speaker) -> list[list[str]]:
    cost = option.cost
    return [
        [say("total"), f"{cost.total_yuan:,.2f}", say("split"), f"{cost.utility_yuan:,.2f} / {cost.customer_yuan:,.2f}"],
        [say("policy"), cost.policy_zh if say.at == 0 else cost.policy_en],
        [say("policy_source"), _source(cost, say)],
    ]


def _source(cost: Cost, say: Speaker) -> str:
    source = cost.source if say.at == 0 else cost.source_en or cost.source
    word, day = standing(cost.standing, say), cost.in_force_from.isoformat()
    return f"{source}（{word}，{day}）" if say.at == 0 else f"{source} ({word}, {day})"


def _option_row(option: Option, picked: bool, say: Speaker) -> list[str]:  # noqa: FBT001 - one of a row's cells
    cable = f"{option.cable.parallel}× {option.cable.code}" if option.cable.parallel > 1 else option.cable.code
    return [
        f"{option.rank}{' ✓' if picked else ''}",
        f"{option.transformer_name} → {option.bus_name}",
        f"{option.route.length_m:.0f}",
        cable,
        f"{option.cost.total_yuan:,.2f}",
        f"{option.cost.customer_yuan:,.2f}",
        say("holds" if option.feasible else "fails"),
    ]


def check_rows(checks: Sequence[Check], nominal_kv: float, say: Speaker, site: str = "") -> list[list[str]]:
    """
    Return checks as rows of a paper; ``site`` is the reference under which the engine knows the new supply point.
    """
    return [_check_row(check, nominal_kv, say, site) for check in checks]


def _check_row(check: Check, nominal_kv: float, say: Speaker, site: str) -> list[str]:
    element = check.element_name if check.element_name != site else say("new_point")
    if check.outage:
        element = say("while_out", element=element, section=check.outage)
    state = "pass" if check.passed else "break" if check.decides else "told"
    return [
        check_name(check, say),
        element,
        measured(check.value, check.unit, nominal_kv, say),
        measured(check.limit, check.unit, nominal_kv, say),
        (check.moment or "").replace("T", " "),
        say(state),
    ]


def _clauses(plan: SupplyPlan, option: Option | None, say: Speaker) -> list[str]:
    if option is None:
        return []
    fill = {
        "boundary": say.of(BOUNDARY[option.cost.pays_to]),
        "kw": f"{plan.reserve_kw:.1f}",
        "bus": option.bus_name,
        "utility": f"{option.cost.utility_yuan:,.2f}",
        "customer": f"{option.cost.customer_yuan:,.2f}",
        "policy": option.cost.policy_zh if say.at == 0 else option.cost.policy_en,
    }
    return [say.of(clause).format(**fill) for clause in CLAUSES]


def material_rows(materials: Sequence[Material], say: Speaker) -> list[list[str]]:
    """
    Return a bill as rows of a paper.
    """
    payer = {"utility": say("utility"), "customer": say("customer_pays")}
    return [
        [
            say.named(line),
            f"{line.quantity.normalize():f}",
            say.of(UNITS.get(line.unit, (line.unit, line.unit))),
            f"{line.unit_price_yuan:,.2f}",
            f"{line.amount_yuan:,.2f}",
            payer[line.payer],
        ]
        for line in materials
    ]


def _sums(option: Option | None, say: Speaker) -> list[list[str]]:
    if option is None:
        return []
    cost = option.cost
    return [
        [say("total"), f"{cost.total_yuan:,.2f}"],
        [say("of_utility"), f"{cost.utility_yuan:,.2f}"],
        [say("of_customer"), f"{cost.customer_yuan:,.2f}"],
    ]


BILL_COLUMNS = ("code", "名称", "name", "kind", "unit", "quantity", "unit_price_yuan", "amount_yuan", "payer", "standing", "source")


def bill_row(line: Material) -> list[object]:
    """
    Return one line of a bill with numbers as numbers.
    """
    told: list[object] = [line.code, line.name_zh, line.name_en, line.kind, line.unit]
    told += [float(line.quantity), float(line.unit_price_yuan), float(line.amount_yuan)]
    return [*told, line.payer, line.standing, line.source]


def bill_rows(option: Option) -> tuple[tuple[str, ...], list[list[object]]]:
    """
    Return the bill of materials as a table: names of the columns, rows with numbers as numbers; for a spreadsheet.
    """
    rows = [bill_row(line) for line in option.materials]
    rows.append(["", "合计", "total", "", "", "", "", float(option.cost.total_yuan), "", option.cost.price_standing, ""])
    return BILL_COLUMNS, rows
