"""
Time the capacity of all buses against full-year runs of power-grid-model, in one run on the same machine, and check answers by them.

    python bench/grid.py FOLDER NETWORK.json … [--check N] [--generation]
    python bench/grid.py FOLDER schutterwald [--check N] [--generation]

FOLDER holds SimBench networks as pandapower JSON and their tables ``profiles_*.csv.gz``. ``schutterwald`` is the packaged network, its
loads dealt to the tables' households by a seed, one island after another, without the peer's run. The honest baseline is one full-year run
of power-grid-model (iterative current, its fastest exact method) per bus, as if the answer were known; it is measured with all its threads
and multiplied by the number of buses. Ours is measured on one thread; CPU seconds are shown too, because machines are shared.
``--check N`` runs N buses (spread over the network) by power-grid-model at the floor of the answer and 1 kW above; of ``schutterwald`` N in
every island with a loop.
"""

import argparse
import gzip
import math
import statistics
import sys
import time
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from tongdian.engines import grid

LIMITS = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
PACKAGED, HOUSEHOLDS, SEED = "schutterwald", ("H0-A", "H0-B", "H0-C", "H0-G", "H0-L"), 1
REFERENCE = "power_grid_model"
POWER_FACTOR = 0.95
TAN = math.sqrt(1 / POWER_FACTOR**2 - 1)


def timed(do):
    begin, cpu = time.perf_counter(), time.process_time()
    result = do()
    return time.perf_counter() - begin, time.process_time() - cpu, result


def breaks(network, bus, kw, limits):
    try:
        year = grid.run_year(
            network, (grid.ExtraLoad(bus=grid.position_of(network.buses, bus), p_kw=kw, q_kvar=kw * TAN),), solver=REFERENCE
        )
    except grid.NoPowerFlow:
        return True
    loading = max(np.nanmax(year.line_loading_max), np.nanmax(year.transformer_loading_max))
    low, high = np.nanmin(year.voltage_min_pu), np.nanmax(year.voltage_max_pu)
    return bool(loading > 1 + 1e-8 or low < limits.voltage_min_pu - 1e-8 or high > limits.voltage_max_pu + 1e-8)


def check(network, table, count, sign, limits=LIMITS):
    rows = np.unique(np.linspace(0, len(table.bus) - 1, count).astype(int))
    wrong = 0
    for row in rows:
        bus, kw = int(table.bus[row]), math.floor(table.capacity_kw[row])
        wrong += breaks(network, bus, sign * kw, limits) or not breaks(network, bus, sign * (kw + 1), limits)
    print(f"  checked by full-year runs at floor and +1 kW: {len(rows)} buses, {wrong} wrong")
    return wrong


def packaged(tables):
    document = gzip.decompress((files("tongdian") / "data/networks/lv_schutterwald.json.gz").read_bytes())
    network = grid.read_pandapower(document)
    dealt = np.random.default_rng(SEED).choice(HOUSEHOLDS, len(network.loads))
    return grid.attach_year(replace(network, loads=replace(network.loads, profile_name=tuple(dealt.tolist()))), tables)


def measure_packaged(folder, arguments):
    """
    Every island by itself, as the map of the console asks for them.
    """
    limits, sign, wrong = grid.Limits(), -1 if arguments.generation else 1, 0
    network = packaged(tables_of(folder))
    whole, whole_cpu, buses = 0.0, 0.0, 0
    for source in network.sources.bus:
        island = grid.island_at(network, int(source))
        asked = {"power_factor": POWER_FACTOR, "generation": arguments.generation, "threads": 1}
        seconds, cpu, table = timed(lambda island=island, asked=asked: grid.capacity(island, limits, **asked))
        whole, whole_cpu, buses = whole + seconds, whole_cpu + cpu, buses + len(table.bus)
        loops = len(island.lines) + len(island.transformers) + 1 > len(island.buses)  # more branches than a tree has
        print(
            f"  island of bus {island.buses.id[island.sources.bus[0]]}: {len(table.bus)} buses, {seconds:.3f} s, CPU {cpu:.3f} s, "
            f"{', '.join(sorted(set(table.method)))}, solved {table.looked_at.mean():.1f} steps a bus, margin {table.base_margin[0]:.4f}"
        )
        if loops and arguments.check:
            wrong += check(island, table, arguments.check, sign, limits)
    print(f"{PACKAGED}: {buses} buses, {network.profiles.steps} steps: {whole:.3f} s, CPU {whole_cpu:.3f} s, one thread")
    return wrong


def tables_of(folder):
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("profiles_*.csv.gz"))]


def measure(folder, name, arguments):
    if name == PACKAGED:
        return measure_packaged(folder, arguments)
    document, tables = (folder / name).read_text(encoding="utf-8"), tables_of(folder)
    read, _, network = timed(lambda: grid.attach_year(grid.read_pandapower(document), tables))
    asked = {"power_factor": POWER_FACTOR, "generation": arguments.generation, "threads": 1}
    runs = [timed(lambda: grid.capacity(network, LIMITS, **asked)) for _ in range(5)]
    seconds, cpu, table = statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs), runs[0][2]
    model = grid.CapacityModel(network, LIMITS, **asked)
    alone, alone_cpu, _ = timed(lambda: model.answer_bus(grid.position_of(network.buses, int(table.bus[-1]))))
    steps, _, _ = timed(lambda: grid.run_year(network))
    one_run, one_cpu, _ = timed(lambda: grid.run_year(network, solver=REFERENCE))
    print(f"{name}: {len(table.bus)} buses, {network.profiles.steps} steps, read with profiles {read:.2f} s")
    print(f"  capacity of all buses {seconds:.3f} s, CPU {cpu:.3f} s (median of 5, one thread)")
    print(f"  steps solved exactly: mean {table.looked_at.mean():.0f}, most {table.looked_at.max()} a bus")
    print(f"  one bus alone after the base year {alone * 1e3:.1f} ms, CPU {alone_cpu * 1e3:.1f} ms")
    print(f"  a year's flows {steps:.3f} s with all threads")
    print(f"  power-grid-model, one full year: {one_run:.2f} s with all threads, CPU {one_cpu:.2f} s")
    count = len(table.bus)
    print(
        f"  one such year per bus would take {one_run * count / seconds:,.0f} times as long; by CPU time {one_cpu * count / cpu:,.0f} times"
    )
    return check(network, table, arguments.check, -1 if arguments.generation else 1) if arguments.check else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--check", type=int, default=0)
    parser.add_argument("--generation", action="store_true")
    arguments = parser.parse_args()
    seconds, _, _ = timed(grid.warm)
    print(f"kernels compiled or loaded in {seconds:.1f} s")
    sys.exit(1 if sum(measure(arguments.folder, name, arguments) for name in arguments.networks) else 0)


if __name__ == "__main__":
    main()
