"""
Background tasks: tables taken in by a worker.
"""

from http import HTTPStatus
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, UploadedFile

from tongdian.apps.background import queries
from tongdian.apps.background.actions import cancel_job
from tongdian.apps.demands.tasks import receive_table
from tongdian.apps.journal.actions import keep_file
from tongdian.apps.people import queries as people
from tongdian.interfaces.api.asking import Scoped, answer_once, asking_of
from tongdian.interfaces.api.schemas import TaskOut
from tongdian.kit.sheets import read_sheet

router = Router(tags=["tasks"])


@router.post("/tasks/imports", response={HTTPStatus.ACCEPTED: TaskOut}, auth=Scoped("tasks:write"))
def import_table(request: HttpRequest, table: File[UploadedFile], holds: Form[Literal["demands", "visits"]]) -> HttpResponse:
    """
    Keep a table (xlsx, csv) and let a worker take it in; ``GET /tasks/{id}`` says how far it is.
    """
    asking = asking_of(request)
    people.require(asking.actor, "receive_demands")

    def enqueue() -> TaskOut:
        content = table.read()
        name = table.name or "table"
        read_sheet(content, filename=name)  # what is no table is said at once
        task = receive_table.enqueue(
            sha256=keep_file(content=content), filename=name, username=asking.username, is_visits=holds == "visits", owner=asking.actor.id
        )
        return _show(request, UUID(task.id))

    return answer_once(request, enqueue, status=HTTPStatus.ACCEPTED)


@router.get("/tasks/{uuid:task_id}", response=TaskOut, auth=Scoped("tasks:read"))
def get_task(request: HttpRequest, task_id: UUID) -> TaskOut:
    """
    Return how far a task of one's own is.
    """
    return _show(request, task_id)


@router.delete("/tasks/{uuid:task_id}", response=TaskOut, auth=Scoped("tasks:write"))
def cancel_task(request: HttpRequest, task_id: UUID) -> TaskOut:
    """
    End a task of one's own; what has landed stays.
    """
    cancel_job(owner=asking_of(request).actor.id, job_id=task_id)
    return _show(request, task_id)


def _show(request: HttpRequest, task_id: UUID) -> TaskOut:
    return TaskOut.from_orm(queries.get_job(owner=asking_of(request).actor.id, job_id=task_id))
