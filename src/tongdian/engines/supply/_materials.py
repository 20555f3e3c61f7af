"""
The bill of materials and labour of one option, and who pays which line.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._demand import Request
from tongdian.engines.supply._facts import Cost, Material
from tongdian.engines.supply._sizing import cable_metres
from tongdian.engines.supply._tables import Policy
from tongdian.engines.supply._values import Cable, Route, Segment

FEN = Decimal("0.01")
# Where a line lies, seen from the utility: before the plot's red line, on the plot, the metering, behind the meter.
GRID, PLOT, METER, BEHIND = "grid", "plot", "meter", "behind"
UTILITY_PAYS = {"connection_point": {METER}, "red_line": {GRID, METER}, "meter": {GRID, PLOT, METER}}
POINT_ROLE = {"busbar": "at_busbar", "terminal": "at_terminal", "line": "at_line"}

Item = tuple[str, Decimal, str]


def _metres(length: float) -> Decimal:
    return Decimal(str(round(length, 2))).quantize(FEN)


def _cable_items(route: Route, cable: Cable, catalogue: Catalogue) -> Iterator[Item]:
    """
    Yield cable by the metre, split where the plot begins: the whole metres on the plot follow from the last metres of the route.
    """
    total = cable_metres(route, cable.parallel, catalogue)
    length = max(route.length_m, 1e-9)
    plot_share = sum(segment.length_m for segment in route.segments if _is_on_plot(segment)) / length
    plot = total if all(_is_on_plot(segment) for segment in route.segments) else min(total, math.ceil(round(total * plot_share, 6)))
    yield cable.code, Decimal(total - plot), GRID
    yield cable.code, Decimal(plot), PLOT


def _is_on_plot(segment: Segment) -> bool:
    """
    Return whether a stretch lies within the red line; where no red line is known, whether it lies off the corridors.
    """
    return segment.on_plot if segment.on_plot is not None else not segment.on_corridor


def _laying_items(route: Route, cable: Cable, catalogue: Catalogue) -> Iterator[Item]:
    """
    Yield labour by the metre and way of laying; what the rule ``service_min_m`` adds runs along the wall.
    """
    for segment in route.segments:
        side = PLOT if _is_on_plot(segment) else GRID
        for crossed in segment.crossings:
            yield f"crossing-{crossed}", Decimal(1), side
        yield f"lay-{segment.method}", _metres(segment.length_m), side
        if cable.parallel > 1:
            yield "lay-further", _metres(segment.length_m * (cable.parallel - 1)), side
    missing = catalogue.rules["service_min_m"] - route.length_m
    if missing > 0:
        yield "lay-wall" if catalogue.rules["wall_max_m"] > 0 else "lay-duct", _metres(missing), PLOT


def part_items(request: Request, cable: Cable, point_kind: str, catalogue: Catalogue) -> Iterator[Item]:
    """
    Yield what a connection needs beside its cable: the tie-in, ends, metering, breaker, tests.
    """
    ends = Decimal(cable.parallel)
    termination = catalogue.part("termination", cable.section_mm2).code
    yield catalogue.part(POINT_ROLE[point_kind]).code, Decimal(1), GRID
    yield termination, ends, GRID
    yield termination, ends, PLOT
    joints = math.floor(max(cable.length_m - 1e-6, 0.0) / catalogue.rules["drum_m"])
    yield catalogue.part("joint", cable.section_mm2).code, Decimal(joints * cable.parallel), GRID
    yield catalogue.part("meter_box").code, Decimal(1), METER
    if cable.design_current_a > catalogue.rules["direct_meter_a"]:
        yield catalogue.part("meter_transformer").code, Decimal(1), METER
        yield catalogue.part("current_transformer", cable.design_current_a).code, Decimal(3), METER
    else:
        yield catalogue.part("meter_single_phase" if request.single_phase else "meter_direct").code, Decimal(1), METER
    yield "install-meter", Decimal(1), METER
    yield catalogue.part("breaker", cable.design_current_a).code, Decimal(1), BEHIND
    yield "commissioning", Decimal(1), GRID


def list_materials(request: Request, route: Route, cable: Cable, point_kind: str, catalogue: Catalogue) -> tuple[Material, ...]:
    """
    Return the bill of one option; equal codes with one payer are one line. Amounts are rounded to the fen, line by line.

    :raises MissingRow: if a price or a part is missing
    """
    items = (*way_items(route, cable, catalogue), *part_items(request, cable, point_kind, catalogue))
    return list_items(items, find_policy(request, catalogue), catalogue)


def way_items(route: Route, cable: Cable, catalogue: Catalogue) -> Iterator[Item]:
    """
    Yield cable and laying along a route.
    """
    yield from _cable_items(route, cable, catalogue)
    yield from _laying_items(route, cable, catalogue)


def list_items(items: Iterable[Item], policy: Policy, catalogue: Catalogue) -> tuple[Material, ...]:
    """
    Return items with their prices and payers; equal codes with one payer are one line.

    :raises MissingRow: if a price is missing
    """
    paid = UTILITY_PAYS[policy.pays_to]
    lines: dict[tuple[str, str], Material] = {}
    for code, quantity, side in items:
        if not quantity:
            continue
        price = catalogue.price(code)
        payer = "utility" if side in paid else "customer"
        line = lines.get((code, payer)) or Material(
            code=price.code,
            name_zh=price.name_zh,
            name_en=price.name_en,
            kind=price.kind,
            unit=price.unit,
            quantity=Decimal(0),
            unit_price_yuan=price.unit_price_yuan.quantize(FEN, ROUND_HALF_UP),
            amount_yuan=Decimal(0),
            payer=payer,
            standing=price.standing,
            source=price.source,
        )
        total = line.quantity + quantity
        amount = (total * line.unit_price_yuan).quantize(FEN, ROUND_HALF_UP)
        lines[code, payer] = replace(line, quantity=total, amount_yuan=amount)
    return tuple(lines.values())


def find_policy(request: Request, catalogue: Catalogue) -> Policy:
    """
    Return the rule on who pays that is in force on the wanted date.
    """
    application = request.application
    return catalogue.policy(application.customer_class, request.applied_kw, application.wanted_date, request.voltage)


def sum_cost(materials: tuple[Material, ...], policy: Policy) -> Cost:
    """
    Return the total and its split; a sum's price standing is the weakest of its lines (``example`` as soon as one is).
    """
    utility = sum((line.amount_yuan for line in materials if line.payer == "utility"), Decimal("0.00"))
    customer = sum((line.amount_yuan for line in materials if line.payer == "customer"), Decimal("0.00"))
    standings = sorted({line.standing for line in materials}, key=lambda standing: (standing != "example", standing))
    return Cost(
        total_yuan=utility + customer,
        utility_yuan=utility,
        customer_yuan=customer,
        policy=policy.code,
        pays_to=policy.pays_to,
        policy_zh=policy.name_zh,
        policy_en=policy.name_en,
        in_force_from=policy.in_force_from,
        source=policy.source,
        standing=policy.standing,
        source_en=policy.source_en,
        price_standing=standings[0],
    )
