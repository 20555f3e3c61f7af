"""
Due dates, set anew whenever something happened that moves them; and both clocks, kept when a case has ended.
"""

from collections.abc import Iterable

from tongdian.apps.cases import queries
from tongdian.apps.cases.models import Case, Milestone


def set_due_dates(case: Case, milestones: Iterable[Milestone] | None = None) -> None:
    """
    Compute the due date of every milestone that is not reached, from those that are: a late one moves all that depend on it.

    :param milestones: all of the case as they stand now, where the caller has read them
    """
    rows = {row.code: row for row in (case.milestones.all() if milestones is None else milestones)}
    for code, due in queries.get_due_dates(case=case, milestones=rows.values()).items():
        row = rows[code]
        if row.done_at is None and (row.due_date, row.due_is_provisional) != (due.date, due.provisional):
            row.due_date, row.due_is_provisional = due.date, due.provisional
            row.save(update_fields=["due_date", "due_is_provisional"])


def keep_clocks(case: Case) -> None:
    """
    Keep both clocks of a case that has just ended, or forget them if it was reopened.
    """
    if case.ended_at is None:
        case.whole_working_days = case.utility_working_days = case.whole_calendar_days = case.utility_calendar_days = None
    else:
        clocks = queries.get_clocks(case=case, now=case.ended_at)
        case.whole_working_days, case.utility_working_days = clocks.whole.working_days, clocks.utility.working_days
        case.whole_calendar_days, case.utility_calendar_days = clocks.whole.calendar_days, clocks.utility.calendar_days
    case.save(update_fields=["whole_working_days", "utility_working_days", "whole_calendar_days", "utility_calendar_days"])
