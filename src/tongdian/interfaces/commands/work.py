"""
`tongdian work`: a worker for background jobs.
"""

import math
import os
import signal
import socket
import subprocess
import sys
import time

import click

PAUSE_S = 0.5
LOOK_AT_CLOCK_S = 60.0
BEFORE_ANOTHER_S = 3.0


@click.command(help="Do background jobs until stopped (Ctrl-C or SIGTERM ends it after the job in hand).")
@click.option("--once", is_flag=True, help="Do what waits, then end.")
@click.option("--keep", is_flag=True, help="Start the worker as a process of its own, and another whenever it was killed.")
def work(*, once: bool, keep: bool) -> None:
    """
    Take one job after another; what is to be done every day is enqueued on the way.
    """
    if keep:
        _keep()
        return
    from django.utils import timezone

    from tongdian.apps.background.actions import enqueue_daily, work_once
    from tongdian.apps.people.queries import get_now

    stopping = _list_signals()
    worker = f"{socket.gethostname()[:40]}-{os.getpid()}-{time.monotonic_ns() % 10**9}"
    parent = os.getppid()
    looked_at = -math.inf
    while not stopping:
        if time.monotonic() - looked_at >= LOOK_AT_CLOCK_S:
            looked_at = time.monotonic()
            enqueue_daily(now=get_now(now=timezone.now()))
        if work_once(worker=worker):
            continue
        if once:
            return
        if os.getppid() != parent:  # whoever started the worker is gone
            return
        time.sleep(PAUSE_S)


def start_worker(*options: str) -> "subprocess.Popen[bytes]":
    """
    Start ``tongdian work`` as a process of its own; it ends when this process is gone.
    """
    program = "from tongdian.interfaces.commands import main; main()"
    return subprocess.Popen([sys.executable, "-c", program, "work", *options])  # noqa: S603 - this program itself


def _list_signals() -> list[int]:
    """
    Return a list that grows when somebody asks this process to end.
    """
    stopping: list[int] = []
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda number, _frame: stopping.append(number))
    return stopping


def _keep() -> None:
    """
    Keep one worker running as long as whoever started this process is there: a killed one loses its job to the next.
    """
    stopping, parent = _list_signals(), os.getppid()
    worker, started = start_worker(), time.monotonic()
    while not stopping and os.getppid() == parent:
        if worker.poll() is not None and time.monotonic() - started >= BEFORE_ANOTHER_S:  # one that can't start is no reason to spin
            worker, started = start_worker(), time.monotonic()
        time.sleep(PAUSE_S)
    worker.terminate()  # it ends after the job in hand
    worker.wait()
