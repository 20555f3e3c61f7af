"""
`tongdian work`: a worker for background jobs.
"""

import math
import os
import signal
import socket
import time

import click

PAUSE_S = 0.5
LOOK_AT_CLOCK_S = 60.0


@click.command(help="Do background jobs until stopped (Ctrl-C or SIGTERM ends it after the job in hand).")
@click.option("--once", is_flag=True, help="Do what waits, then end.")
def work(*, once: bool) -> None:
    """
    Take one job after another; what is to be done every day is enqueued on the way.
    """
    from django.utils import timezone

    from tongdian.apps.background.actions import enqueue_daily, work_once
    from tongdian.apps.people.queries import get_now

    stopping: list[int] = []
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda number, _frame: stopping.append(number))
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
