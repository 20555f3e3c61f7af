"""
Files handed out: lists as tables, papers and bills.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext

from tongdian.kit.sheets import write_sheet

if TYPE_CHECKING:
    from tongdian.interfaces.console.web import Asked

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send_table(filename: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> HttpResponse:
    """
    Return a table as a file to be saved.
    """
    return send_workbook(filename, write_sheet(header, rows, filename=filename))


def send_workbook(filename: str, content: bytes) -> HttpResponse:
    """
    Return a workbook as a file to be saved.
    """
    name = content_disposition_header(as_attachment=True, filename=filename)
    return HttpResponse(content, content_type=WORKBOOK, headers={"Content-Disposition": str(name)})


def send_paper(asked: "Asked", get: Callable[..., tuple[str, bytes]]) -> HttpResponse:
    """
    Return the paper of an answer as PDF to be read, in the reader's language; it says that it is a draft until it is approved.

    :param get: gives name and paper for ``actor``, ``language``, ``draft`` and ``now``
    """
    language = "en" if get_language() == "en" else "zh"
    draft = gettext("Draft: to be approved by a second person before it is sent")
    filename, paper = get(actor=asked.actor, language=language, draft=draft, now=asked.now)
    name = content_disposition_header(as_attachment=False, filename=filename)
    return HttpResponse(paper, content_type="application/pdf", headers={"Content-Disposition": str(name)})


def write_day(moment: datetime | date | None) -> str:
    """
    Return a day as ISO 8601, which every table reads; empty if there is none.
    """
    if isinstance(moment, datetime):
        moment = timezone.localdate(moment)
    return moment.isoformat() if moment else ""
