"""
The Tasks API's backend on our own table: ``task.enqueue(…)`` writes a job in the transaction of the caller.
"""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.utils import normalize_json

from tongdian.apps.background.models import Job

STATUSES = {
    Job.Status.READY: TaskResultStatus.READY,
    Job.Status.RUNNING: TaskResultStatus.RUNNING,
    Job.Status.DONE: TaskResultStatus.SUCCESSFUL,
}


class JobBackend(BaseTaskBackend):
    """
    Keeps calls as jobs; a worker makes them (:func:`tongdian.apps.background.actions.work_once`).

    An argument named ``owner`` also says whose job it is.
    """

    supports_get_result = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:  # noqa: ANN401 - the API's signature
        """
        Keep one call.
        """
        self.validate_task(task)
        job = Job.objects.create(
            task=task.module_path,
            args=normalize_json(list(args)),
            kwargs=normalize_json(dict(kwargs)),
            owner=str(kwargs.get("owner", "")),
            enqueued_at=timezone.now(),
        )
        return self._result(task, job)

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """
        Return where a call stands.
        """
        from django.utils.module_loading import import_string

        job = Job.objects.filter(pk=UUID(result_id)).first()
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return self._result(import_string(job.task), job)

    def _result(self, task: Task[Any, Any], job: Job) -> TaskResult[Any]:
        result: TaskResult[Any] = TaskResult(
            task=task,
            id=str(job.pk),
            status=STATUSES.get(Job.Status(job.status), TaskResultStatus.FAILED),
            enqueued_at=job.enqueued_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            last_attempted_at=job.started_at,
            args=job.args,
            kwargs=job.kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[job.worker] if job.worker else [],
        )
        object.__setattr__(result, "_return_value", job.result)
        return result
