"""
Between stored cases and the engine of time: procedures, due dates, clocks.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

from tongdian.engines import measure
from tongdian.kit.calendar import WorkingCalendar, national_calendar
from tongdian.kit.refused import N_, Refused
from tongdian.kit.tables import data_file, read_table


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


def compute_due_dates(procedure: measure.Procedure, *, opened_on: date, done: Mapping[str, date]) -> dict[str, measure.Due]:
    """
    Return the due date of every milestone with a limit, counted from the day its clock starts or is expected to start.
    """
    return measure.due_dates(procedure, opened_on=opened_on, done=done, calendar=get_calendar())


def compute_clocks(
    procedure: measure.Procedure, *, opened_at: datetime, done: Mapping[str, datetime], ended_at: datetime | None, now: datetime
) -> measure.Clocks:
    """
    Return the two clocks of a case: the whole process and the utility alone, every interval held by one party.
    """
    turns = measure.turns(procedure.milestones, done, started_at=opened_at, ended_at=ended_at)
    return measure.clocks(turns, now=now, calendar=get_calendar())
