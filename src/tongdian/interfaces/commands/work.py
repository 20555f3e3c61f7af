"""
`tongdian work`: a worker for background jobs.
"""

import os
import signal
import socket
import time

import click

PAUSE_S = 0.5


@click.command(help="Do background jobs until stopped (Ctrl-C or SIGTERM ends it after the job in hand).")
@click.option("--once", is_flag=True, help="Do what waits, then end.")
def work(*, once: bool) -> None:
    """
    Take one job after another.
    """
    from tongdian.apps.background.actions import work_once

    stopping: list[int] = []
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda number, _frame: stopping.append(number))
    worker = f"{socket.gethostname()[:40]}-{os.getpid()}-{time.monotonic_ns() % 10**9}"
    parent = os.getppid()
    while not stopping:
        if work_once(worker=worker):
            continue
        if once:
            return
        if os.getppid() != parent:  # whoever started the worker is gone
            return
        time.sleep(PAUSE_S)
