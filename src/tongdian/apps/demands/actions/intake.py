"""
Receiving demands: every row lands, is known, or is returned with its reason.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongdian.apps.demands import events, mapping, rules
from tongdian.apps.demands.models import Demand, Visit
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_
from tongdian.kit.sheets import Sheet

CHUNK = 500  # rows that land together: large enough to be fast, small enough that other writers wait little


class OtherWords(rules.UnusableRow):
    """
    A reference that is known comes back with other words.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedRow:
    """
    A row that did not land, as the user sees it, and why.
    """

    row: int
    cells: tuple[str, ...]
    reason: rules.UnusableRow


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReport:
    """
    What became of every row.
    """

    landed: int
    known: int
    returned: tuple[ReturnedRow, ...]


def receive_demands(*, actor: Actor, sheet: Sheet, now: datetime) -> IntakeReport:
    """
    Receive a table of demands: every row lands, is known already, or is returned with its row number and reason.

    Rows land in chunks, each in its own transaction: after a crash the same table again adds just what is missing.

    :raises MissingColumn: if the table has no column of words; nothing lands
    """
    people.require(actor, "receive_demands")
    columns = rules.find_columns(sheet.header)
    landed, known, returned = 0, 0, list[ReturnedRow]()
    for start in range(0, len(sheet.rows), CHUNK):
        with transaction.atomic():
            for offset, cells in enumerate(sheet.rows[start : start + CHUNK], start=start):
                if not any(cell.strip() for cell in cells):
                    continue
                try:
                    row = rules.read_row({name: cells[at] for name, at in columns.items()}, zone=timezone.get_default_timezone())
                    is_new = land_demand(actor=actor, row=row, now=now)[1]
                except rules.UnusableRow as reason:
                    returned.append(ReturnedRow(row=sheet.first_row + offset, cells=cells, reason=reason))
                    continue
                landed += is_new
                known += not is_new
    return IntakeReport(landed=landed, known=known, returned=tuple(returned))


@transaction.atomic
def land_one(*, actor: Actor, row: rules.DemandRow, now: datetime) -> Demand:
    """
    Receive one demand; the same again returns it unchanged.

    :raises OtherWords: if its reference is known with other words
    """
    people.require(actor, "receive_demands")
    return land_demand(actor=actor, row=row, now=now)[0]


def land_demand(*, actor: Actor, row: rules.DemandRow, now: datetime, visit: Visit | None = None) -> tuple[Demand, bool]:
    """
    Create the demand of a row unless it is known; return it and whether it is new. The permission was checked by the caller.

    :raises OtherWords: if its reference is known with other words
    """
    if known := Demand.objects.filter(source_key=row.source_key).first():
        if known.text != row.text:
            raise OtherWords(
                N_("The reference %(reference)s is known with other words, as %(number)s. Give this demand a reference of its own."),
                reference=row.reference,
                number=known.number,
            )
        return known, False
    reported_at = row.reported_at or now
    demand = Demand.objects.create(
        number=_next_number(now),
        source_key=row.source_key,
        reported_at=reported_at,
        received_at=now,
        visit=visit,
        suggestion=(suggestion := mapping.suggest([row.text])[0]),
        urgency=suggestion["urgency"],
        **{
            name: getattr(row, name)
            for name in ("reference", "text", "channel", "city", "county", "place", "contact_name", "contact_phone")
        },
    )
    sealed = {
        field: journal.seal(subject=demand, field=field, value=getattr(demand, field))
        for field in ("text", "contact_name", "contact_phone")
    }
    values = {"number": demand.number, "channel": demand.channel, "suggested": suggestion["guesses"][:1], **sealed}
    journal.record(actor=actor, kind=events.DEMAND_RECEIVED, subject=demand, now=now, occurred_at=reported_at, values=values)
    return demand, True


def _next_number(now: datetime) -> str:
    prefix = f"SQ-{now.year}-"
    last = Demand.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}"
