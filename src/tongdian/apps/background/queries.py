"""
Reading jobs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tongdian.apps.background.models import Job
from tongdian.kit.refused import N_, Refused


class UnknownJob(Refused):
    """
    There is no such job, or it is somebody else's.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """
    A job as pages show it.
    """

    id: UUID
    task: str
    asked: dict[str, Any]
    status: str
    attempts: int
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    percent: int | None
    done: int
    total: int
    is_cancel_asked: bool
    result: Any
    is_finished: bool


def get_job(*, owner: str, job_id: UUID) -> JobLine:
    """
    Return a job of somebody's own.

    :raises UnknownJob: if there is none
    """
    job = Job.objects.filter(pk=job_id, owner=owner).first()
    if job is None:
        raise UnknownJob(N_("There is no job %(id)s of yours."), id=str(job_id))
    return to_line(job)


def list_jobs(*, owner: str, limit: int = 20) -> tuple[JobLine, ...]:
    """
    Return somebody's latest jobs.
    """
    return tuple(to_line(job) for job in Job.objects.filter(owner=owner)[:limit])


def count_by_status() -> dict[str, int]:
    """
    Return how many jobs stand where.
    """
    counts = dict.fromkeys(Job.Status.values, 0)
    for status in Job.objects.order_by().values_list("status", flat=True):
        counts[status] += 1
    return counts


def to_line(job: Job) -> JobLine:
    """
    Return a job as pages show it.
    """
    return JobLine(
        id=job.pk,
        task=job.task.rsplit(".", 1)[-1],
        asked=job.kwargs,
        status=job.status,
        attempts=job.attempts,
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        percent=round(100 * job.done / job.total) if job.total else None,
        done=job.done,
        total=job.total,
        is_cancel_asked=job.is_cancel_asked,
        result=job.result,
        is_finished=job.status not in {Job.Status.READY, Job.Status.RUNNING},
    )
