"""
Background jobs on screen: bringing in tables, with progress, cancel, and the rows that came back.
"""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from tongdian.apps.background import queries
from tongdian.apps.background.actions import cancel_job
from tongdian.apps.demands.tasks import receive_table
from tongdian.apps.journal.actions import keep_file
from tongdian.apps.journal.queries import read_file
from tongdian.interfaces.console.forms import TableForm
from tongdian.interfaces.console.web import Asked, page, step
from tongdian.kit.refused import Refused
from tongdian.kit.sheets import read_sheet


@page
def list_jobs(asked: Asked) -> HttpResponse:
    """
    Show the reader's imports and how far each is.
    """
    return _show(asked)


@step(back="")
def import_table(asked: Asked) -> HttpResponse:
    """
    Keep an uploaded table and let a worker take it in.
    """
    form = TableForm(asked.request.POST, asked.request.FILES)
    if not form.is_valid():
        return _show(asked, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    table = form.cleaned_data["table"]
    content = table.read()
    try:
        read_sheet(content, filename=table.name)  # what is no table is said at once
        sha256 = keep_file(content=content)
    except Refused as refused:
        return _show(asked, form=form, refused=refused, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    receive_table.enqueue(
        sha256=sha256,
        filename=table.name,
        username=asked.request.user.get_username(),
        is_visits=form.cleaned_data["holds"] == "visits",
        owner=asked.actor.id,
    )
    messages.success(asked.request, gettext("The table is taken in; the rows that cannot land come back here."))
    return redirect("console:imports")


@step(back="")
def cancel(asked: Asked, job_id: UUID) -> HttpResponse:
    """
    End a job of one's own; what has landed stays.
    """
    cancel_job(owner=asked.actor.id, job_id=job_id)
    return redirect("console:imports")


@page
def show_returned(asked: Asked, job_id: UUID) -> HttpResponse:
    """
    Hand out the rows that came back, with their reasons.
    """
    job = queries.get_job(owner=asked.actor.id, job_id=job_id)
    content = read_file(sha256=job.result["file"]) if job.result and job.result.get("file") else None
    if content is None:
        raise Http404
    name = content_disposition_header(as_attachment=True, filename="returned.xlsx")
    return HttpResponse(content, content_type="application/octet-stream", headers={"Content-Disposition": name or "attachment"})


def _show(asked: Asked, *, form: TableForm | None = None, refused: Refused | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    jobs = [job for job in queries.list_jobs(owner=asked.actor.id) if job.task == "receive_table"]
    context = {
        "jobs": jobs,
        "is_running": any(not job.is_finished for job in jobs),
        "form": form or TableForm(),
        "refused": refused,
    }
    return asked.show("imports", context, status=status)
