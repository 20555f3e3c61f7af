"""
Measure towns from small to large: building, storing and studying them, time, growth and memory of a worker.

    python bench/scale.py [--quick] [--connections N …] [--workers 2] [--folder FOLDER] [--split] [--keep]

``--quick``: 1,000 and 5,000 connections. By default 1,000, 10,000 and 70,000 (about 10³, 10⁴ and 10⁵ buses); the bar of the issue is
``--connections 160000 --workers 2``. A store that was built already in FOLDER is used again; results are always computed anew, under a
key of their own. ``--split`` compares a whole feeder with its two levels: each station's area with its 10 kV voltage held, and the 10 kV
feeder with stations as loads.
"""

import argparse
import functools
import itertools
import math
import resource
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from tongdian.engines import grid

STUDY = grid.Study()


def timed(do):
    begin = time.perf_counter()
    result = do()
    return time.perf_counter() - begin, result


def warm_up(folder):
    """
    Compile or load the kernels, so that no size pays for it.
    """
    store = grid.write_store(folder, grid.generate_feeders(grid.Town(connections=5, step_minutes=60)), label="warm")
    print(f"kernels compiled or loaded in {timed(lambda: grid.study_again(store, STUDY, store.entries[0].name))[0]:.1f} s")


def measure(folder, connections, workers):
    opens = functools.partial(grid.local_workers, workers)
    town = grid.Town(connections=connections)
    try:
        store, built = grid.open_store(folder), float("nan")
    except grid.NoStore:
        built, store = timed(lambda: grid.generate_store(folder, town, opens, workers=workers))
    shutil.rmtree(folder / "results", ignore_errors=True)
    cpu = -children_cpu()
    seconds, outcomes = timed(lambda: grid.run_study(store, STUDY, opens, workers=workers))
    cpu += children_cpu()
    buses, failed = sum(one.buses for one in store.entries), sum(one.state != "done" for one in outcomes)
    summary = grid.summarise_study(store, STUDY)
    megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # of the largest child so far
    print(
        f"{connections:>9,} {len(store.entries):>8,} {buses:>10,} {built:>9.1f} {seconds:>9.1f} {cpu:>9.1f} {cpu / buses * 1e3:>8.2f}"
        f" {worker:>10.0f} {megabytes:>9.1f} {summary.broken:>7} {failed:>7}"
    )
    return buses, cpu


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def split(connections):
    """
    Compare a whole feeder with its two levels, in time and in what they answer.
    """
    network = grid.generate_feeder(grid.Town(connections=connections, per_feeder=connections), 0)
    whole_s, whole = timed(lambda: grid.capacity(network, STUDY.limits))
    areas = [area_of(network, at) for at in range(len(network.transformers))]
    parts_s, tables = timed(lambda: [grid.capacity(area, STUDY.limits) for area in areas])
    lone = {int(bus): kw for table in tables for bus, kw in zip(table.bus, table.capacity_kw, strict=True)}
    kw = dict(zip(whole.bus.tolist(), whole.capacity_kw.tolist(), strict=True))
    low = [bus for bus in kw if bus in lone]
    error = np.array([lone[bus] / kw[bus] - 1 for bus in low if kw[bus] > 0])
    print(f"one feeder, {len(network.buses)} buses: whole {whole_s:.2f} s; its {len(areas)} areas alone {parts_s:.2f} s")
    print(f"  areas alone against whole: {error.min():+.1%} to {error.max():+.1%}, mean {error.mean():+.2%}")
    print(f"  promised too much at {np.mean(error > 1e-6):.0%} of {len(error)} buses")


def area_of(network, station):
    """
    Return a station's area with the 10 kV voltage held at the least that its bus has in the year.
    """
    lines = network.lines
    medium = network.buses.nominal_kv > 1
    cut = replace(lines, in_service=lines.in_service & ~(medium[lines.from_bus] & medium[lines.to_bus]))
    bus = int(network.transformers.hv_bus[station])
    volts = grid.run_year(network).voltage_min_pu[bus]
    part = replace(network, lines=cut, sources=replace(network.sources, bus=np.array([bus]), voltage_pu=np.array([volts])))
    return grid.island_at(part, bus)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--connections", type=int, nargs="+")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="tongdian-scale-"))
    warm_up(Path(tempfile.mkdtemp(prefix="tongdian-warm-")) / "store")
    if arguments.split:
        split((arguments.connections or [1000])[0])
        return
    sizes = arguments.connections or ([1_000, 5_000] if arguments.quick else [1_000, 10_000, 70_000])
    print(f"{arguments.workers} workers; CPU is that of all workers; memory is the largest worker's so far")
    print("connects.  feeders      buses   build s   study s     CPU s  ms a bus  worker MB   disk MB  broken  failed")
    points = [measure(folder / str(size), size, arguments.workers) for size in sizes]
    for (n1, t1), (n2, t2) in itertools.pairwise(points):
        print(f"growth from {n1:,} to {n2:,} buses: exponent {math.log(t2 / t1) / math.log(n2 / n1):.3f} (CPU)")
    if not arguments.keep and arguments.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
