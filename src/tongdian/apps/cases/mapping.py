"""
Between stored cases and the engine of time: procedures, due dates, clocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import timezone

from tongdian.apps.cases.models import Case, HouseLimit
from tongdian.apps.people.queries import get_installation
from tongdian.engines import measure
from tongdian.kit.calendar import WorkingCalendar, national_calendar
from tongdian.kit.refused import N_, Refused
from tongdian.kit.tables import data_file, read_table

PARTY_NAMES = {
    "utility": "供电公司",
    "customer": "客户",
    "authority": "政府部门",
    "property_manager": "物业服务企业",
    "contractor": "施工单位",
    "supplier": "供货单位",
}
THREE = "甲乙丙"
COPIES = dict(enumerate("二三四五六", start=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """
    A legal ground on which the utility's clock may stand still, with its standing.
    """

    code: str
    name_zh: str
    name_en: str
    ground: str
    standing: str
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """
    Everything that a case's dates and clocks are computed from.
    """

    opened_at: datetime
    ended_at: datetime | None
    done: Mapping[str, datetime]
    stops: tuple[measure.Stop, ...] = ()
    agreed: Mapping[str, date] = field(default_factory=dict)


class UnknownProcedure(Refused):
    """
    No procedure is shipped under this code.
    """


@cache
def get_calendar() -> WorkingCalendar:
    """
    Return the national working calendar.
    """
    return national_calendar()


@cache
def list_rules() -> tuple[measure.Rule, ...]:
    """
    Return every dated time limit that is shipped.
    """
    return measure.read_rules(read_table("limits.csv"))


def read_document(code: str) -> str:
    """
    Return the newest shipped document of a procedure.

    :raises UnknownProcedure: if there is none
    """
    if not code.isidentifier():
        raise UnknownProcedure(N_("There is no procedure “%(code)s”."), code=code)
    file = data_file(f"procedures/{code}.toml")
    if not file.is_file():
        raise UnknownProcedure(N_("There is no procedure “%(code)s”."), code=code)
    return file.read_text(encoding="utf-8")


def read_shipped_procedure(code: str) -> measure.Procedure:
    """
    Return the newest shipped version of a procedure.
    """
    return parse(read_document(code))


def read_document_in_force(code: str, *, on: date) -> str:
    """
    Return the document of a procedure with the utility's own limits that hold for cases opened on a day.

    :raises UnknownProcedure: if there is none
    """
    held = list_house_limits_in_force(code, on=on)
    document = read_document(code)
    return measure.add_house_limits(document, held) if held else document


def list_house_limits_in_force(code: str, *, on: date) -> list[tuple[str, int, str]]:
    """
    Return the utility's own limits in a procedure that hold for cases opened on a day: milestone, days, why.
    """
    latest: dict[str, HouseLimit] = {}
    for row in HouseLimit.objects.filter(procedure=code, valid_from__lte=on):  # the latest first
        latest.setdefault(row.milestone, row)
    return sorted((row.milestone, row.days, row.why) for row in latest.values() if row.days is not None)


@cache
def list_shipped_procedures() -> tuple[measure.Procedure, ...]:
    """
    Return the newest shipped version of every procedure.
    """
    files = sorted(file.name for file in data_file("procedures").iterdir() if file.name.endswith(".toml"))
    return tuple(read_shipped_procedure(name.removesuffix(".toml")) for name in files)


@cache
def parse(document: str) -> measure.Procedure:
    """
    Return a procedure's value; documents are few and never change, so each is parsed once.
    """
    return measure.parse_procedure(document)


@cache
def list_grounds() -> tuple[Ground, ...]:
    """
    Return the legal grounds on which the utility's clock may stand still.
    """
    return tuple(Ground(**{name: row[name] for name in Ground.__slots__}) for row in read_table("limits_stops.csv"))


def compute_due_dates(procedure: measure.Procedure, times: Times, *, now: datetime | None = None) -> dict[str, measure.Due]:
    """
    Return the due date of every milestone with a limit or an agreed day.
    """
    return measure.due_dates(
        procedure,
        opened_on=timezone.localdate(times.opened_at),
        done=_days(times.done),
        calendar=get_calendar(),
        stopped=_stopped(times, now),
        agreed=times.agreed,
    )


def compute_expected_dates(procedure: measure.Procedure, times: Times, *, now: datetime) -> dict[str, date]:
    """
    Return the day on which each milestone that is not reached can be expected as things stand.
    """
    return measure.expected_dates(
        procedure,
        opened_on=timezone.localdate(times.opened_at),
        done=_days(times.done),
        today=timezone.localdate(now),
        calendar=get_calendar(),
        stopped=_stopped(times, now),
        agreed=times.agreed,
    )


def compute_clocks(procedure: measure.Procedure, times: Times, *, now: datetime) -> measure.Clocks:
    """
    Return the two clocks of a case: the whole process and the utility alone, every interval held by one party.
    """
    turns = measure.turns(procedure.milestones, times.done, started_at=times.opened_at, ended_at=times.ended_at, stops=times.stops)
    return measure.clocks(turns, now=now, calendar=get_calendar())


def render_agreement(
    *,
    case: Case,
    number: str,
    parties: Mapping[str, str],
    duties: Sequence[tuple[measure.Milestone, Any]],
    drawn_up_on: date,
) -> bytes:
    """
    Return the paper of an agreement as PDF.

    :param parties: party -> name
    :param duties: each milestone with its terms (task, due_date)
    """
    from tongdian.engines import documents

    installation = get_installation(now=timezone.now())
    procedure = parse(case.procedure.document)
    kw = sum(device["kw"] * device.get("count", 1) for device in case.application.get("devices", ()))
    return documents.render_pdf(
        "agreement",
        {
            "title": "三方协议" if len(parties) == len(THREE) else "共建协议",
            "number": number,
            "date": [drawn_up_on.year, drawn_up_on.month, drawn_up_on.day],
            "demo": f"演示文件：{installation.name}" if installation.is_demo else "",
            "parties": [{"role": PARTY_NAMES[party], "name": name} for party, name in parties.items()],
            "case": case.number,
            "what": f"{procedure.name_zh}{f'（{kw:g} kW）' if kw else ''}",
            "place": str(case.building),
            "copies": COPIES[len(parties)],
            "duties": [
                {
                    "owner": parties[step.party],
                    "task": terms.task or step.name_zh,
                    "due": terms.due_date.isoformat(),
                    "proof": "、".join(spec.name_zh for spec in step.evidence) or "—",
                }
                for step, terms in duties
            ],
        },
    )


def _days(done: Mapping[str, datetime]) -> dict[str, date]:
    return {code: timezone.localdate(moment) for code, moment in done.items()}


def _stopped(times: Times, now: datetime | None) -> frozenset[date]:
    if now is None:  # a stop that lasts moves nothing yet: what it moves is known when it ends
        return measure.stopped_days([stop for stop in times.stops if stop.ended_at], now=times.opened_at)
    return measure.stopped_days(times.stops, now=now)
