"""
The worker: takes a job, makes its call under a heartbeat, and takes over what a killed worker left behind.
"""

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Q, When
from django.utils import timezone
from django.utils.module_loading import import_string

from tongdian.apps.background import queries, rules
from tongdian.apps.background.models import Job

log = logging.getLogger(__name__)
_running = threading.local()


class Cancelled(Exception):  # noqa: N818 - what happened, not a mistake
    """
    Somebody does not want the job any more; it stops between two of its steps.
    """


def work_once(*, worker: str) -> bool:
    """
    Take one job and see it through; return whether there was one.

    :param worker: a name of its own for every process
    """
    job = _take(worker=worker, now=timezone.now())
    if job is None:
        return False
    with _heartbeat(job):
        _running.job = job
        try:
            result = import_string(job.task).call(*job.args, **job.kwargs)
        except Cancelled:
            _finish(job, Job.Status.CANCELLED)
        except Exception as error:  # whatever a task does must not end its worker
            log.exception("the job %s failed", job.pk)
            last = traceback.format_exception_only(error)[-1].strip()
            _finish(job, Job.Status.FAILED, error=f"{last}\n{traceback.format_exc()}"[:20_000])
        else:
            _finish(job, Job.Status.DONE, result=result)
        finally:
            _running.job = None
    return True


@transaction.atomic
def enqueue_once(*, task: str, key: str, now: datetime) -> bool:
    """
    Enqueue a task unless that was done under the same key before; return whether it is new.

    :param task: its path, for example ``tongdian.apps.plans.tasks.expire``
    """
    _, is_new = Job.objects.get_or_create(once=f"{task} {key}", defaults={"task": task, "enqueued_at": now})
    return is_new


def enqueue_daily(*, now: datetime) -> int:
    """
    Enqueue what is to be done every day, once a day from the set time on, whichever worker comes first; return how many tasks are new.

    :param now: the moment it is in this installation
    """
    local = timezone.localtime(now)
    if local.time() < time.fromisoformat(settings.DAILY_AT):
        return 0
    key = local.date().isoformat()
    return sum(enqueue_once(task=task, key=key, now=timezone.now()) for task in settings.DAILY_TASKS)


def report_progress(done: int, total: int) -> None:
    """
    Say how far the running job is; between two steps it may end here because somebody cancelled it. Without a worker: nothing.

    :raises Cancelled: if somebody asked for it
    """
    job = getattr(_running, "job", None)
    if job is None:
        return
    mine = Job.objects.filter(pk=job.pk, worker=job.worker)
    if mine.filter(is_cancel_asked=True).exists():
        raise Cancelled
    mine.update(done=done, total=total, heartbeat_at=timezone.now())


def cancel_job(*, owner: str, job_id: UUID) -> queries.JobLine:
    """
    Ask for a job of one's own to end; one that has not begun ends at once.

    :raises UnknownJob: if there is none
    """
    queries.get_job(owner=owner, job_id=job_id)
    with transaction.atomic():
        Job.objects.filter(pk=job_id, status=Job.Status.READY).update(status=Job.Status.CANCELLED, finished_at=timezone.now())
        Job.objects.filter(pk=job_id, status=Job.Status.RUNNING).update(is_cancel_asked=True)
    return queries.get_job(owner=owner, job_id=job_id)


@transaction.atomic
def _take(*, worker: str, now: datetime) -> Job | None:
    """
    Take the oldest job that waits, those first for which somebody waits, or one whose worker fell silent; the attempt is counted before the
    call begins.
    """
    silent = Q(status=Job.Status.RUNNING, heartbeat_at__lt=now - rules.SILENT_FOR)
    spent = Job.objects.filter(silent, attempts__gte=rules.MOST_ATTEMPTS)
    spent.update(status=Job.Status.PARKED, finished_at=now, error="its workers were killed five times")
    unasked = Case(When(owner="", then=1), default=0)
    job = Job.objects.select_for_update().filter(Q(status=Job.Status.READY) | silent).order_by(unasked, "enqueued_at", "id").first()
    if job is None:
        return None
    job.status, job.worker, job.attempts = Job.Status.RUNNING, worker, job.attempts + 1
    job.started_at, job.heartbeat_at = job.started_at or now, now
    job.save(update_fields=["status", "worker", "attempts", "started_at", "heartbeat_at"])
    return job


def _finish(job: Job, status: str, *, result: object = None, error: str = "") -> None:
    """
    Note the end, unless another worker has taken the job over meanwhile: then the end is its to note.
    """
    Job.objects.filter(pk=job.pk, worker=job.worker, status=Job.Status.RUNNING).update(
        status=status, finished_at=timezone.now(), result=result, error=error
    )


@contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """
    Say every few seconds that the worker lives, on a connection of its own.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(rules.HEARTBEAT_S):
            Job.objects.filter(pk=job.pk, worker=job.worker).update(heartbeat_at=timezone.now())
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
