"""
Where the long commands of `tongdian grid` work: on this machine's cores or on a Dask cluster, with a bar that moves.
"""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from typing import Any

import click

from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_

Opens = Callable[[], AbstractContextManager[Executor]]


def take_workers(command: Callable[..., Any]) -> Callable[..., Any]:
    """
    Give a command the options --workers and --cluster.
    """
    cluster = click.option(
        "--cluster",
        metavar="ADDRESS",
        envvar="TONGDIAN_CLUSTER",
        default="",
        help="Dask scheduler to work on, such as tcp://host:8786 [default: TONGDIAN_CLUSTER, else this machine].",
    )
    workers = click.option("--workers", type=click.IntRange(1, 256), help="Processes on this machine [default: one a core].")
    return workers(cluster(command))


@contextlib.contextmanager
def open_workers(cluster: str, workers: int | None) -> Iterator[tuple[Opens, int]]:
    """
    Give what opens an executor, and how many pieces it does at once.
    """
    from tongdian.engines import grid

    if not cluster:
        count = workers or os.cpu_count() or 1
        yield functools.partial(grid.local_workers, count), count
        return
    with grid.dask_workers(cluster) as (executor, threads):
        yield lambda: contextlib.nullcontext(executor), threads


@contextlib.contextmanager
def show_progress(text: str, total: int) -> Iterator[Callable[[], None]]:
    """
    Show a bar on standard error while the block runs; call what is given for every piece done.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(translate(text), total=total)
        yield lambda: bar.advance(task)


FEEDERS = N_("Feeders")
