"""
Expected days from the accepted plan to power on, from a table of steps with median and 90th percentile.

Permits and ordered material run beside each other: the longest counts. All other steps follow one another. The medians are added; the 90th
percentile is Σ median + √Σ (p90 − median)², as of independent steps with like-shaped delays — an approximation, which its standing says.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._facts import Days, DayStep, Material
from tongdian.engines.supply._tables import LeadTime
from tongdian.engines.supply._values import Route, Segment

WAITING = "waiting"
PER_M = 100.0


def expected_days(voltage: str, routes: Iterable[Route], materials: tuple[Material, ...], catalogue: Catalogue) -> Days:
    """
    Return the expected days of an option or a way out.

    :param voltage: ``low`` or ``high``
    """
    steps = tuple(_steps(voltage, tuple(routes), materials, catalogue))
    beside = [step for step in steps if step.beside]
    counted = [step for step in steps if not step.beside]
    if beside:
        counted.append(max(beside, key=lambda step: (step.median_days, step.p90_days)))
    median = sum(step.median_days for step in counted)
    late = math.sqrt(sum((step.p90_days - step.median_days) ** 2 for step in counted))
    standings = sorted({step.standing for step in steps}, key=lambda standing: (standing != "example", standing))
    return Days(median=round(median, 1), p90=round(median + late, 1), steps=steps, standing=standings[0] if standings else "")


def _steps(voltage: str, routes: tuple[Route, ...], materials: tuple[Material, ...], catalogue: Catalogue) -> Iterator[DayStep]:
    codes = {material.code for material in materials}
    permits = {permit for route in routes for segment in route.segments for permit in _permits(segment)}
    metres: dict[str, float] = {}
    for route in routes:
        for segment in route.segments:
            metres[segment.method] = metres.get(segment.method, 0.0) + segment.length_m
    for row in catalogue.lead_times:
        if row.role == "procedure" and row.applies_to == voltage:
            yield _step(row)
        elif _waits(row, permits, codes):
            yield _step(row, beside=WAITING)
        elif row.role == "works" and row.applies_to in codes:
            yield _step(row)
        elif row.role == "laying":
            length = sum(value for method, value in metres.items() if method in row.applies_to.split("|"))
            if length > 0:
                yield replace(
                    _step(row),
                    median_days=round(row.median_days * length / PER_M, 2),
                    p90_days=round(row.p90_days * length / PER_M, 2),
                )


def _waits(row: LeadTime, permits: set[str], codes: set[str]) -> bool:
    if row.role == "permit":
        return row.code in permits or not permits.isdisjoint(row.applies_to.split("|"))
    return row.role == "material" and any(re.search(row.applies_to, code) for code in codes)


def _permits(segment: Segment) -> tuple[str, ...]:
    """
    Return what a stretch needs permitted: as its street says; along an existing line the table's row for its way of laying.
    """
    return segment.permits or ((segment.method,) if segment.on_corridor else ())


def _step(row: LeadTime, *, beside: str = "") -> DayStep:
    return DayStep(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        median_days=row.median_days,
        p90_days=row.p90_days,
        beside=beside,
        source=row.source,
        standing=row.standing,
    )
