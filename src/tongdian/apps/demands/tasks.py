"""
Tables of demands and visits, taken in by a worker; and the morning's topics.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django_tasks import task

from tongdian.apps.background.actions import report_progress
from tongdian.apps.demands.actions import find_topics, learn_from_corrections, receive_demands, receive_visits
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal import queries as files
from tongdian.apps.people import queries as people
from tongdian.kit.sheets import Sheet, read_sheet, write_sheet

STEP = 200  # rows between two reports of progress


@task()
def receive_table(*, sha256: str, filename: str, username: str, is_visits: bool, owner: str) -> dict[str, Any]:
    """
    Take in a table that was uploaded; doing it again adds nothing. Returned rows come back as a file.

    :param sha256: of the table, kept before
    :param owner: whose job it is
    """
    del owner  # names the job's owner, for its page
    sheet = read_sheet(files.read_file(sha256=sha256) or b"", filename=filename)
    actor, now = people.get_actor(username=username), people.get_now(now=timezone.now())
    receive = receive_visits if is_visits else receive_demands
    landed = known = 0
    returned: list[tuple[str, ...]] = []
    # a visit may stand in several rows: only demands are taken in step by step
    size = len(sheet.rows) if is_visits else STEP
    for start in range(0, len(sheet.rows), max(1, size)):
        part = Sheet(header=sheet.header, rows=sheet.rows[start : start + size], first_row=sheet.first_row + start)
        report = receive(actor=actor, sheet=part, now=now)
        landed, known = landed + report.landed, known + report.known
        returned += [(str(row.row), gettext(row.reason.text) % row.reason.values, *row.cells) for row in report.returned]
        report_progress(min(start + size, len(sheet.rows)), len(sheet.rows))
    name, kept = "returned.xlsx", ""
    if returned:
        kept = journal.keep_file(content=write_sheet((gettext("Row"), gettext("Reason"), *sheet.header), returned, filename=name))
    return {"landed": landed, "known": known, "returned": len(returned), "file": kept}


@task()
def sort_topics(*, owner: str = "") -> dict[str, int]:
    """
    Sort the demands of the last months into topics; doing it again changes nothing.
    """
    del owner  # names the job's owner, for its page
    return {"topics": find_topics(now=people.get_now(now=timezone.now()))}


@task()
def learn(*, username: str, owner: str = "") -> dict[str, str]:
    """
    Train a version of the model from what people confirmed; the same confirmed demands are not learnt twice.
    """
    del owner  # names the job's owner, for its page
    version = learn_from_corrections(actor=people.get_actor(username=username), now=people.get_now(now=timezone.now()))
    return {"version": version.version}
