"""
Where independent pieces of work run: processes of this machine, or a Dask cluster. The only file that imports distributed.
"""

import asyncio
import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

from tongdian.kit.refused import N_, Refused

WAIT_S = 5
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class NoCluster(Refused):
    """
    A cluster that cannot be reached or has no workers.
    """


@contextlib.contextmanager
def local_workers(workers: int) -> Iterator[Executor]:
    """
    Give processes of this machine, started afresh (spawn), each with one thread for linear algebra; they end with the block.
    """
    executor = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def dask_workers(address: str) -> Iterator[tuple[Executor, int]]:
    """
    Give a Dask cluster's workers as an executor, and how many threads they have together.

    The program must be installed on the workers, and the store be reachable under the same path (a shared folder).

    :param address: of the scheduler, such as tcp://host:8786
    :raises NoCluster: if nobody answers there, or it has no workers
    """
    import distributed

    library: Any = distributed  # it has no types worth the name
    try:
        _knock(library, address)
        client = library.Client(address, timeout=WAIT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        text = N_("No Dask scheduler answers at %(address)s. Start one (dask scheduler), or leave the address out to use this machine.")
        raise NoCluster(text, address=address) from error
    try:
        threads = sum(client.ncores().values())
        if not threads:
            raise NoCluster(N_("The Dask cluster at %(address)s has no workers. Start some: dask worker %(address)s"), address=address)
        executor = client.get_executor(pure=False, retries=2)
        yield executor, threads
    finally:
        client.close()


def _knock(library: Any, address: str) -> None:  # noqa: ANN401 - a library without types
    """
    Ask the scheduler who it is: the library's client would wait without end for somebody who listens and says nothing.

    :raises ValueError: if it is no address
    :raises OSError: if no scheduler answers there in time
    """

    async def ask() -> None:
        async with library.rpc(address, timeout=WAIT_S) as scheduler:
            await scheduler.identity()

    asyncio.run(asyncio.wait_for(ask(), WAIT_S))


def _one_thread() -> None:  # pragma: no cover - runs in the worker's process
    for name in ONE_THREAD:
        os.environ[name] = "1"
