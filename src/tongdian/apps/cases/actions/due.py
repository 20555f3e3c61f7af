"""
Due dates, set anew whenever something happened that moves them.
"""

from tongdian.apps.cases import queries
from tongdian.apps.cases.models import Case


def set_due_dates(case: Case) -> None:
    """
    Compute the due date of every milestone that is not reached, from those that are: a late one moves all that depend on it.
    """
    rows = {row.code: row for row in case.milestones.all()}
    for code, due in queries.get_due_dates(case=case).items():
        row = rows[code]
        if row.done_at is None and (row.due_date, row.due_is_provisional) != (due.date, due.provisional):
            row.due_date, row.due_is_provisional = due.date, due.provisional
            row.save(update_fields=["due_date", "due_is_provisional"])
