"""
Measure towns from small to large: building, storing and studying them, time, growth and memory of a worker.

    python bench/scale.py [--quick] [--connections N …] [--workers 2] [--every N] [--folder FOLDER] [--split] [--keep]

``--quick``: 1,000 and 5,000 connections. By default 1,000, 10,000 and 70,000 (about 10³, 10⁴ and 10⁵ buses); the bar of the issue is
``--connections 160000 --workers 2``, of which ``--every 20`` builds and studies every twentieth feeder only. Every size is measured in a
process of its own, so that memory is that size's. A store that was built already in FOLDER is used again; results are always computed
anew, under a key of their own. ``--split`` compares a whole feeder with its two levels: each station's area with its 10 kV voltage held,
and the 10 kV feeder with stations as loads.
"""

import argparse
import functools
import itertools
import json
import math
import resource
import shutil
import subprocess
import sys
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
    grid.study_again(store, STUDY, store.entries[0].name)


def measure(folder, connections, workers, every):
    """
    Build and study a town in this process and its workers, and print what it took as one line of JSON.
    """
    warm_up(Path(tempfile.mkdtemp(prefix="tongdian-warm-")) / "store")
    opens = functools.partial(grid.local_workers, workers)
    town = grid.Town(connections=connections)
    cpu, own = children_cpu(), time.process_time()
    try:
        store, built = grid.open_store(folder), float("nan")
    except grid.NoStore:
        if every > 1:
            some = ((town.feeder_name(at), grid.generate_feeder(town, at)) for at in range(0, town.feeders, every))
            built, store = timed(lambda: grid.write_store(folder, some, label=f"synthetic, every {every}th feeder"))
        else:
            built, store = timed(lambda: grid.generate_store(folder, town, opens, workers=workers))
    build_cpu, cpu = children_cpu() - cpu + time.process_time() - own, children_cpu()
    shutil.rmtree(folder / "results", ignore_errors=True)
    seconds, outcomes = timed(lambda: grid.run_study(store, STUDY, opens, workers=workers))
    cpu = children_cpu() - cpu
    summary = grid.summarise_study(store, STUDY)
    found = {
        "connections": sum(one.connections for one in store.entries),
        "feeders": len(store.entries),
        "buses": sum(one.buses for one in store.entries),
        "built": built,
        "build_cpu": build_cpu,
        "studied": seconds,
        "cpu": cpu,
        "worker_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "own_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk_mb": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6,
        "broken": summary.broken,
        "failed": sum(one.state != "done" for one in outcomes),
    }
    print(json.dumps(found))


def apart(folder, connections, workers, every):
    """
    Measure one size in a process of its own and show it.
    """
    options = ["--folder", str(folder), "--workers", str(workers), "--every", str(every)]
    command = [sys.executable, __file__, "--only", str(connections), *options]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    one = json.loads(lines[-1])
    print(
        f"{one['connections']:>9,} {one['feeders']:>8,} {one['buses']:>10,} {one['built']:>9.1f} {one['build_cpu']:>9.1f}"
        f" {one['studied']:>9.1f} {one['cpu']:>9.1f} {one['cpu'] / one['buses'] * 1e3:>8.2f}"
        f" {one['worker_mb']:>10.0f} {one['own_mb']:>8.0f} {one['disk_mb']:>9.1f} {one['broken']:>7} {one['failed']:>7}",
        flush=True,
    )
    return one["buses"], one["cpu"], one["worker_mb"]


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
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", type=int, help="one size, in this process; prints JSON")
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    if arguments.split:
        split((arguments.connections or [1000])[0])
        return
    if arguments.only:
        measure(arguments.folder, arguments.only, arguments.workers, arguments.every)
        return
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="tongdian-scale-"))
    sizes = arguments.connections or ([1_000, 5_000] if arguments.quick else [1_000, 10_000, 70_000])
    print(f"{arguments.workers} workers; CPU is that of all workers, memory that of the largest worker and of this process")
    print("connects.  feeders      buses   build s build CPU   study s     CPU s  ms a bus  worker MB   own MB   disk MB  broken  failed")
    every = arguments.every
    points = [apart(folder / f"{size}-{every}", size, arguments.workers, every) for size in sizes]
    for (n1, t1, m1), (n2, t2, m2) in itertools.pairwise(points):
        growth, memory = (math.log(b / a) / math.log(n2 / n1) for a, b in ((t1, t2), (m1, m2)))
        print(f"growth from {n1:,} to {n2:,} buses: exponent {growth:.3f} (CPU), {memory:.3f} (memory of a worker)")
    if not arguments.keep and arguments.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
