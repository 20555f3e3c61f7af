"""
Studies in pieces: every answer is the engine's own, what is done stays done, and one bad feeder stops nobody.
"""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._store import columns
from tongdian.engines.grid._store.feeder_study import result_path
from tongdian.kit.refused import Refused

TOWN = grid.Town(connections=30, per_feeder=10, step_minutes=60, seed=4)
STUDY = grid.Study()


@pytest.fixture(scope="module")
def feeders():
    return tuple(grid.generate_feeders(TOWN))


@pytest.fixture
def store(tmp_path, feeders):
    return grid.write_store(tmp_path / "store", feeders, label="synthetic")


def states(outcomes):
    return [one.state for one in outcomes]


def test_a_study_answers_what_the_engine_answers(store, feeders, inline):
    study = grid.Study(generation=True, planning=True)
    assert states(grid.run_study(store, study, inline, workers=1)) == ["done"] * 3
    found, _ = columns.read_columns(result_path(store, study, store.entries[0]))
    limits = replace(study.limits, transformer_loading=0.8)
    table = grid.capacity(feeders[0][1], limits, generation=True)
    rows = [at for at, key in enumerate(zip(found["direction"], found["margin"], strict=True)) if key == ("generation", "planning")]
    assert np.array_equal(found["capacity_kw"][rows], table.capacity_kw)
    assert [found["limit"][at] for at in rows] == list(table.limit)


def test_what_is_done_is_kept(store, inline):
    grid.run_study(store, STUDY, inline, workers=1)
    result_path(store, STUDY, store.entries[1]).write_bytes(b"half")
    assert states(grid.run_study(store, STUDY, inline, workers=1)) == ["kept", "done", "kept"]


def test_another_question_is_another_result(store, inline):
    grid.run_study(store, STUDY, inline, workers=1)
    assert states(grid.run_study(store, replace(STUDY, power_factor=0.9), inline, workers=1)) == ["done"] * 3


def test_a_bad_feeder_is_recorded_and_stops_nobody(store, inline):
    sound = (store.folder / "feeders" / "S0001-R1B.parquet").read_bytes()
    (store.folder / "feeders" / "S0001-R1B.parquet").write_bytes(b"nothing")
    heard = []
    assert states(grid.run_study(store, STUDY, inline, workers=1, told=heard.append)) == ["done", "failed", "done"]
    assert len(heard) == 3
    summary = grid.summarise_study(store, STUDY)
    assert [name for name, _ in summary.failed] == ["S0001-R1B"]
    assert summary.failed[0][1].values == {"name": "S0001-R1B"}  # in a form that can be said in any language
    (store.folder / "feeders" / "S0001-R1B.parquet").write_bytes(sound)
    assert states(grid.run_study(store, STUDY, inline, workers=1)) == ["kept", "done", "kept"]
    assert not list(store.folder.rglob("*.failed.json"))


def test_a_fault_of_the_program_is_a_reason_too(store, monkeypatch):
    monkeypatch.setattr("tongdian.engines.grid._store.feeder_study.capacity", lambda *_, **__: 1 / 0)
    assert "ZeroDivisionError" in grid.study_again(store, STUDY, "S0001-R1A").reason


def test_the_summary_counts_classes_limits_and_broken_feeders(tmp_path, inline):
    town = replace(TOWN, connections=20, overloaded_share=1.0)
    store = grid.write_store(tmp_path / "s", grid.generate_feeders(town), label="synthetic")
    grid.run_study(store, STUDY, inline, workers=1)
    summary = grid.summarise_study(store, STUDY)
    assert (summary.feeders, summary.studied, summary.broken) == (2, 2, 2)
    assert sum(row[0] for row in summary.still_kw.values()) == 20
    assert sum(summary.binding.values()) == summary.buses
    assert all(row[1:] == (0.0, 0.0, 0.0) for row in summary.still_kw.values())


def test_an_accepted_application_costs_its_feeder_only(store, feeders, inline):
    grid.run_study(store, STUDY, inline, workers=1)
    name, network = feeders[0]
    more = replace(network, loads=replace(network.loads, p_kw=network.loads.p_kw + 1.0))
    changed = grid.replace_feeder(store, name, more)
    assert grid.study_again(changed, STUDY, name).state == "done"
    assert states(grid.run_study(changed, STUDY, inline, workers=1)) == ["kept"] * 3
    withdrawn = grid.replace_feeder(changed, name, network)
    assert grid.study_again(withdrawn, STUDY, name).state == "kept"


@pytest.mark.parametrize("wrong", [{"power_factor": 0.0}, {"limits": grid.Limits(voltage_min_pu=1.0, voltage_max_pu=0.9)}])
def test_an_impossible_question_is_refused(wrong):
    with pytest.raises(Refused, match=r"lies outside|must lie below"):
        grid.Study(**wrong)


def test_a_failure_that_cannot_be_read_is_none(store, inline):
    (store.folder / "feeders" / "S0001-R1B.parquet").write_bytes(b"nothing")
    grid.run_study(store, STUDY, inline, workers=1)
    next(store.folder.rglob("*.failed.json")).write_text("{")
    assert grid.summarise_study(store, STUDY).failed == ()


def test_a_store_that_cannot_be_written_to_is_refused_before_the_work(store, inline):
    (store.folder / "results").write_text("a file where the folder would stand")
    with pytest.raises(grid.NoRoom, match="run it again"):
        grid.run_study(store, STUDY, inline, workers=1)


def test_a_disk_that_fills_up_ends_the_study_and_loses_nothing(store, inline, monkeypatch):
    whole, room = columns._write, []

    def write(path, table):
        room.append(path)
        if len(room) > 1:
            with columns._in_place(path):
                raise OSError(errno.ENOSPC, "full")
        return whole(path, table)

    def full(path, text):
        with columns._in_place(path):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(columns, "_write", write)
    monkeypatch.setattr(columns, "write_text", full)
    with pytest.raises(grid.NoRoom, match="No space left"):
        grid.run_study(store, STUDY, inline, workers=1)
    monkeypatch.undo()
    assert states(grid.run_study(store, STUDY, inline, workers=1)) == ["kept", "done", "done"]
    assert not list(store.folder.rglob("*.part"))


def test_two_studies_of_one_store_at_once_disturb_neither(store, inline):
    with ThreadPoolExecutor(2) as both:
        started = [both.submit(grid.run_study, store, STUDY, inline, workers=1) for _ in range(2)]
        found = [states(one.result()) for one in started]
    assert all(set(one) <= {"done", "kept"} for one in found)
    assert states(grid.run_study(store, STUDY, inline, workers=1)) == ["kept"] * 3
    assert not list(store.folder.rglob("*.part"))


class Fragile(ThreadPoolExecutor):
    """
    An executor whose process dies with one feeder.
    """

    def submit(self, function, folder, name, study):
        if name == "S0001-R1B":
            future = Future()
            future.set_exception(BrokenProcessPool("a process died"))
            return future
        return super().submit(function, folder, name, study)


def test_a_feeder_that_kills_its_process_is_found_and_the_others_go_on(store):
    outcomes = grid.run_study(store, STUDY, lambda: Fragile(1), workers=1)
    assert states(outcomes) == ["done", "failed", "done"]
    assert "died twice" in outcomes[1].reason


def test_a_lost_cluster_worker_is_a_reason(store):
    class Lossy(Fragile):
        def submit(self, function, folder, name, study):
            future = super().submit(function, folder, name, study)
            if name == "S0001-R1B":
                future = Future()
                future.set_exception(RuntimeError("KilledWorker"))
            return future

    assert "KilledWorker" in grid.run_study(store, STUDY, lambda: Lossy(1), workers=1)[1].reason


PROGRAM = """
import sys
from pathlib import Path
from tongdian.engines import grid
if __name__ == "__main__":
    store = grid.open_store(Path(sys.argv[1]))
    grid.run_study(store, grid.Study(), lambda: grid.local_workers(1), workers=1, told=lambda one: print(one.state, flush=True))
"""


def test_a_study_killed_by_kill_9_goes_on_where_it_was(tmp_path, store, inline):
    (tmp_path / "program.py").write_text(PROGRAM)
    running = subprocess.Popen(
        [sys.executable, tmp_path / "program.py", store.folder], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert running.stdout.readline().strip() == "done"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    before = {path.name for path in (store.folder / "results" / STUDY.key).glob("*.parquet")}
    again = states(grid.run_study(store, STUDY, inline, workers=1))
    assert again.count("kept") == len(before) >= 1
    assert set(again) <= {"kept", "done"}


def test_local_workers_are_started_afresh():
    with grid.local_workers(1) as executor:
        assert isinstance(executor, ProcessPoolExecutor)
        assert executor.submit(os.getpid).result() != os.getpid()
        assert executor.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"


@pytest.fixture
def scheduler(tmp_path):
    """
    A Dask scheduler and one worker on this machine, ended by their process ids.
    """
    (file := tmp_path / "scheduler.json").unlink(missing_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    flags = ["--scheduler-file", str(file), "--no-dashboard"]
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *flags]
    started = [subprocess.Popen(command, **quiet)]
    worker = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        "--nthreads",
        "1",
        "--no-nanny",
        "--local-directory",
        str(tmp_path),
        *flags,
    ]
    yield file, lambda: started.append(subprocess.Popen(worker, **quiet))
    for process in reversed(started):
        process.terminate()
        process.wait(20)


def address_of(file):
    for _ in range(300):
        if file.exists() and file.stat().st_size:
            return json.loads(file.read_text())["address"]
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


def test_the_same_study_runs_on_a_dask_cluster(store, scheduler, inline):
    file, add_worker = scheduler
    address = address_of(file)
    with pytest.raises(grid.NoCluster, match="no workers"), grid.dask_workers(address):
        pass
    add_worker()
    for _ in range(300):
        try:
            with grid.dask_workers(address) as (executor, threads):
                outcomes = grid.run_study(store, STUDY, lambda: nullcontext(executor), workers=threads)
            break
        except grid.NoCluster:
            time.sleep(0.1)
    assert [one.reason for one in outcomes] == [""] * 3
    assert states(grid.run_study(store, STUDY, inline, workers=1)) == ["kept"] * 3


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9", "tcp://", "carrier://pigeon:1", "tcp://127.0.0.1:none"])
def test_a_cluster_that_does_not_answer_is_refused(address, monkeypatch):
    monkeypatch.setattr("tongdian.engines.grid._store.cluster.WAIT_S", 0.3)
    with pytest.raises(grid.NoCluster, match=re.escape(address)), grid.dask_workers(address):
        pass


def test_somebody_who_listens_and_is_no_scheduler_is_refused(monkeypatch):
    monkeypatch.setattr("tongdian.engines.grid._store.cluster.WAIT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(grid.NoCluster, match=re.escape(address)), grid.dask_workers(address):
            pass
