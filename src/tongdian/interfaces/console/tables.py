"""
Lists handed out as tables.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from tongdian.kit.sheets import write_sheet

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send_table(filename: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> HttpResponse:
    """
    Return a table as a file to be saved.
    """
    name = content_disposition_header(as_attachment=True, filename=filename)
    return HttpResponse(write_sheet(header, rows, filename=filename), content_type=WORKBOOK, headers={"Content-Disposition": str(name)})


def write_day(moment: datetime | date | None) -> str:
    """
    Return a day as ISO 8601, which every table reads; empty if there is none.
    """
    if isinstance(moment, datetime):
        moment = timezone.localdate(moment)
    return moment.isoformat() if moment else ""
