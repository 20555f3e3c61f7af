"""
Building a town into a store with many workers: a feeder each, what is whole already is kept.
"""

import json
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

from tongdian.engines.grid._store.columns import refuse_unwritable
from tongdian.engines.grid._store.store import Entry, Store, finish_store, put_feeder, refuse_finished, stored_design, stored_entry
from tongdian.engines.grid._town.generate import SOURCE, Town, generate_feeder
from tongdian.kit.refused import N_, Refused

AHEAD = 2
BUILDER = "1"  # one more when the same design gives another town


class LostWorker(Refused):
    """
    A worker's process died.
    """


def generate_store(
    folder: Path,
    town: Town,
    executors: "Callable[[], AbstractContextManager[Executor]]",
    *,
    workers: int,
    told: Callable[[str], None] = lambda _: None,
) -> Store:
    """
    Build a town's feeders side by side and write the store; run again after a kill it goes on where it was.

    :raises NoStore: if the folder has a finished store
    :raises NoRoom: if the folder cannot be written to
    :raises LostWorker: if a worker's process dies
    """
    refuse_finished(folder)
    refuse_unwritable(folder)
    entries: list[Entry] = []
    missing = []
    for index in range(town.feeders):
        kept = stored_entry(folder, town.feeder_name(index)) if stored_design(folder, town.feeder_name(index)) == _design(town) else None
        if kept is None:
            missing.append(index)
        else:
            entries.append(kept)
            told(kept.name)
    if missing:
        entries += _build(folder, town, missing, executors, workers=workers, told=told)
    return finish_store(folder, entries, label=SOURCE.format(seed=town.seed, name=f"1 to {town.feeders}"))


def build_feeder(folder: str, town: Town, index: int) -> Entry:
    """
    Build one feeder into a store: the piece of work that a worker does.
    """
    return put_feeder(Path(folder), town.feeder_name(index), generate_feeder(town, index), design=_design(town))


def _design(town: Town) -> str:
    return json.dumps({"builder": BUILDER, **asdict(town)}, sort_keys=True)


def _build(
    folder: Path,
    town: Town,
    missing: list[int],
    executors: "Callable[[], AbstractContextManager[Executor]]",
    *,
    workers: int,
    told: Callable[[str], None],
) -> list[Entry]:
    queue = iter(missing)
    built: list[Entry] = []
    running: set[Future[Entry]] = set()
    with executors() as executor:
        while True:
            while len(running) < AHEAD * workers and (index := next(queue, None)) is not None:
                running.add(executor.submit(build_feeder, str(folder), town, index))
            if not running:
                return built
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    entry = future.result()
                except BrokenProcessPool as error:
                    raise LostWorker(
                        N_("A worker's process died, perhaps for want of memory. Run it again: what is done is kept.")
                    ) from error
                built.append(entry)
                told(entry.name)
