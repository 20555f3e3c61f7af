"""
The limits that the utility set itself, and procedures as they hold with them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from tongdian.apps.cases import mapping
from tongdian.apps.cases.models import HouseLimit
from tongdian.engines import measure

CHANGEABLE = (measure.Unit.WORKING_DAY, measure.Unit.CALENDAR_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseLimitLine:
    """
    One setting of a limit. ``days`` None: the shipped limit holds again from then on.
    """

    procedure: str
    procedure_zh: str
    procedure_en: str
    milestone: str
    milestone_zh: str
    milestone_en: str
    days: int | None
    unit: str
    valid_from: date
    why: str
    set_by: str
    set_at: datetime


def list_house_limits(*, procedure: str = "") -> tuple[HouseLimitLine, ...]:
    """
    Return every setting of the utility's own limits, the one that holds latest first.
    """
    rows = HouseLimit.objects.select_related("set_by")
    if procedure:
        rows = rows.filter(procedure=procedure)
    known = {one.code: one for one in mapping.list_shipped_procedures()}
    found = []
    for row in rows:
        if row.procedure not in known:  # a procedure that is not shipped any more
            continue
        of = known[row.procedure]
        step = next((one for one in of.milestones if one.code == row.milestone), None)
        found.append(
            HouseLimitLine(
                procedure=of.code,
                procedure_zh=of.name_zh,
                procedure_en=of.name_en,
                milestone=row.milestone,
                milestone_zh=step.name_zh if step else row.milestone,
                milestone_en=step.name_en if step else row.milestone,
                days=row.days,
                unit=step.limit.unit if step and step.limit else measure.Unit.WORKING_DAY,
                valid_from=row.valid_from,
                why=row.why,
                set_by=row.set_by.display_name,
                set_at=row.set_at,
            )
        )
    return tuple(found)


def list_procedures_in_force(*, on: date) -> tuple[measure.Procedure, ...]:
    """
    Return every procedure as it holds for cases that open on a day.
    """
    return tuple(mapping.parse(mapping.read_document_in_force(one.code, on=on)) for one in mapping.list_shipped_procedures())


def list_changeable_limits() -> tuple[tuple[measure.Procedure, tuple[measure.Milestone, ...]], ...]:
    """
    Return the milestones whose limit the utility may set itself, by procedure.
    """
    found = []
    for procedure in mapping.list_shipped_procedures():
        steps = tuple(step for step in procedure.milestones if step.limit and step.limit.unit in CHANGEABLE and step.limit.value)
        if steps:
            found.append((procedure, steps))
    return tuple(found)
