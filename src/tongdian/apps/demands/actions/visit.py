"""
Outreach visits: recorded one by one or brought in as a table; what was raised becomes demands.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongdian.apps.demands import events, rules
from tongdian.apps.demands.actions.intake import IntakeReport, ReturnedRow, land_demand
from tongdian.apps.demands.models import Visit
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import Team, User
from tongdian.kit.refused import N_
from tongdian.kit.sheets import Sheet


class UnusableVisit(rules.UnusableRow):
    """
    The visit cannot be recorded as it is described.
    """


@transaction.atomic
def record_visit(*, actor: Actor, visit: rules.VisitRow, opinions: Sequence[rules.DemandRow], now: datetime) -> Visit:
    """
    Record one visit with what was raised; the same key again changes nothing but adds opinions that are new.

    :raises UnusableVisit: if the team is unknown, nobody went, nobody was visited, or it lies in the future
    """
    people.require(actor, "record_visit")
    team = Team.objects.filter(name=visit.team).first()
    if team is None:
        raise UnusableVisit(N_("There is no team “%(team)s”. Form it first."), team=visit.team)
    if visit.visited_at > now:
        raise UnusableVisit(N_("The visit lies in the future."))
    if visit.person_times < 1 or visit.count < 1:
        raise UnusableVisit(N_("A visit has at least one person who goes and one who is visited."))
    stored, is_new = Visit.objects.get_or_create(
        key=visit.key,
        defaults={
            "team": team,
            "visited_at": visit.visited_at,
            "person_times": visit.person_times,
            "kind": visit.kind,
            "count": visit.count,
            "city": visit.city,
            "county": visit.county,
            "place": visit.place,
            "note": visit.note,
            "recorded_by": User.objects.filter(pk=actor.id).first() if actor.id.isdigit() else None,
        },
    )
    added = sum(land_demand(actor=actor, row=opinion, now=now, visit=stored)[1] for opinion in opinions)
    if is_new or added:
        values = {
            "visit": stored.key,
            "team": team.name,
            "kind": stored.kind,
            "person_times": stored.person_times,
            "count": stored.count,
            "opinions": added,
        }
        journal.record(actor=actor, kind=events.VISIT_RECORDED, subject=stored, now=now, occurred_at=stored.visited_at, values=values)
    return stored


def receive_visits(*, actor: Actor, sheet: Sheet, now: datetime) -> IntakeReport:
    """
    Bring in a table of visits: rows with the same key are one visit, each with one opinion or none. A visit lands whole or is returned.

    :raises MissingColumn: if a needed column is not there; nothing lands
    """
    people.require(actor, "record_visit")
    columns = rules.find_columns(sheet.header, headings=rules.VISIT_HEADINGS, needed=("key", "team", "visited_at", "person_times", "count"))
    visits: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for offset, cells in enumerate(sheet.rows):
        if any(cell.strip() for cell in cells):
            visits[cells[columns["key"]].strip() or f"row {offset}"].append((sheet.first_row + offset, cells))
    landed, known, returned = 0, 0, list[ReturnedRow]()
    for rows in visits.values():
        try:
            is_new = _land_rows(actor, [{name: cells[at] for name, at in columns.items()} for _, cells in rows], now=now)
        except rules.UnusableRow as reason:
            returned += [ReturnedRow(row=number, cells=cells, reason=reason) for number, cells in rows]
            continue
        landed += is_new
        known += not is_new
    return IntakeReport(landed=landed, known=known, returned=tuple(returned))


def _land_rows(actor: Actor, rows: Sequence[Mapping[str, str]], *, now: datetime) -> bool:
    zone = timezone.get_default_timezone()
    visit = rules.read_visit(rows[0], zone=zone)
    opinions = [
        rules.read_opinion(row, visit=visit, position=at, zone=zone) for at, row in enumerate(rows, start=1) if row.get("text", "").strip()
    ]
    is_known = Visit.objects.filter(key=visit.key).exists()
    record_visit(actor=actor, visit=visit, opinions=opinions, now=now)
    return not is_known
