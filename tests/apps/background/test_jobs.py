"""
Background work: a job is begun, counted, finished once; what a killed worker left is taken over, a poison job is parked.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tongdian.apps.background import queries, rules
from tongdian.apps.background.actions import cancel_job, report_progress, work_once
from tongdian.apps.background.models import Job
from tongdian.apps.demands.models import Demand
from tongdian.apps.demands.tasks import receive_table
from tongdian.apps.journal.actions import keep_file
from tongdian.apps.journal.queries import read_file
from tongdian.apps.plans.tasks import expire

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "编号,诉求内容\nT1,电梯要接电\nT2,\nT3,灯老是闪\n".encode()


def enqueue(content=TABLE, owner="7"):
    return receive_table.enqueue(sha256=keep_file(content=content), filename="t.csv", username="cell_manager", is_visits=False, owner=owner)


def test_a_job_takes_in_a_table_and_hands_back_what_it_could_not(cell_manager):
    result = enqueue()
    assert Demand.objects.count() == 0
    assert work_once(worker="w1")
    line = queries.get_job(owner="7", job_id=Job.objects.get().pk)
    assert (line.status, line.result["landed"], line.result["returned"], line.percent) == ("done", 2, 1, 100)
    assert read_file(sha256=line.result["file"]).startswith(b"PK")
    assert not work_once(worker="w1")
    fetched = receive_table.get_result(result.id)
    assert fetched.status.name == "SUCCESSFUL"
    assert fetched.return_value["landed"] == 2


def test_what_a_killed_worker_left_is_taken_over_and_nothing_is_doubled(cell_manager):
    enqueue()
    work_once(worker="w1")
    silent = timezone.now() - rules.SILENT_FOR - timedelta(seconds=1)
    Job.objects.update(status=Job.Status.RUNNING, heartbeat_at=silent)  # as if it had been killed before it could say so
    assert work_once(worker="w2")
    job = Job.objects.get()
    assert (job.status, job.attempts, job.worker, Demand.objects.count()) == ("done", 2, "w2", 2)


def test_a_job_with_a_heartbeat_is_left_to_its_worker(cell_manager):
    enqueue()
    Job.objects.update(status=Job.Status.RUNNING, worker="w1", heartbeat_at=timezone.now())
    assert not work_once(worker="w2")


def test_a_job_that_kills_its_workers_is_parked(cell_manager):
    enqueue()
    silent = timezone.now() - rules.SILENT_FOR - timedelta(seconds=1)
    Job.objects.update(status=Job.Status.RUNNING, attempts=rules.MOST_ATTEMPTS, heartbeat_at=silent)
    assert not work_once(worker="w2")
    assert Job.objects.get().status == "parked"


def test_a_worker_that_was_taken_over_does_not_write_its_end_over_the_other_s(cell_manager):
    enqueue()

    from tongdian.apps.background.actions import work

    job = work._take(worker="w1", now=timezone.now())
    Job.objects.update(worker="w2")
    work._finish(job, Job.Status.DONE, result={"late": True})
    assert Job.objects.get().status == "running"


def test_a_mistake_in_a_task_ends_the_job_not_the_worker(cell_manager):
    enqueue(content=b"\x00\x01")
    assert work_once(worker="w1")
    job = Job.objects.get()
    assert job.status == "failed"
    assert job.error


def test_a_job_is_cancelled_by_its_owner_before_it_begins_or_between_two_steps(cell_manager):
    enqueue()
    waiting = Job.objects.get()
    with pytest.raises(queries.UnknownJob):
        cancel_job(owner="8", job_id=waiting.pk)
    assert cancel_job(owner="7", job_id=waiting.pk).status == "cancelled"
    assert not work_once(worker="w1")
    enqueue()
    Job.objects.filter(status="ready").update(is_cancel_asked=True)
    assert work_once(worker="w1")
    assert sorted(Job.objects.values_list("status", flat=True)) == ["cancelled", "cancelled"]


def test_progress_without_a_worker_says_nothing():
    report_progress(1, 2)
    assert queries.count_by_status()["running"] == 0


def test_the_nightly_run_is_a_task(cell_manager):
    expire.enqueue()
    work_once(worker="w1")
    assert Job.objects.get().result == 0
    assert queries.list_jobs(owner="")[0].task == "expire"


def test_a_job_that_somebody_waits_for_comes_first(cell_manager):
    expire.enqueue()
    enqueue()
    assert work_once(worker="one")
    assert Job.objects.get(owner="7").status == Job.Status.DONE
    assert Job.objects.get(owner="").status == Job.Status.READY
