"""
Time the capacity of all buses against full-year runs of power-grid-model, in one run on the same machine, and check answers by them.

    python bench/grid.py FOLDER NETWORK.json … [--check N] [--generation]
    python bench/grid.py FOLDER schutterwald [--check N] [--generation]
    python bench/grid.py FOLDER [NETWORK.json …] --all [--check N] [--sweeps N] [--seed S]

FOLDER holds SimBench networks as pandapower JSON and their tables ``profiles_*.csv.gz``. ``schutterwald`` is the packaged network, its
loads dealt to the tables' households by a seed, one island after another, without the peer's run. The honest baseline is one full-year run
of power-grid-model (iterative current, its fastest exact method) per bus, as if the answer were known; it is measured with all its threads
and multiplied by the number of buses. Ours is measured on one thread; CPU seconds are shown too, because machines are shared.
``--check N`` runs N buses (spread over the network) by power-grid-model at the floor of the answer and half of it, and 1 kW above; of
``schutterwald`` N in every island with a loop. Buses joined by closed switches are one there: power-grid-model's links are no ideal ones.

``--all`` asks every network of FOLDER (or those that are named), with its own table ``NETWORK.csv.gz`` where there is one, in every variant
of ``VARIANTS`` and both directions, and prints one row each. ``--check N`` draws N buses by the seed, half of them by limits that bind
rarely, and the smallest answer: by power-grid-model the whole year at the floor of the answer and at a random smaller addition, and 1 kW
above. ``--sweeps N`` draws N others and solves every step by the engine's own sweeps, at the answer itself, at a random smaller addition
and 1 W above.
"""

import argparse
import gzip
import math
import statistics
import sys
import time
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid._capacity.reference import fused

LIMITS = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
PACKAGED, HOUSEHOLDS, SEED = "schutterwald", ("H0-A", "H0-B", "H0-C", "H0-G", "H0-L"), 1
REFERENCE, SWEEPS = "power_grid_model", "sweeps"
POWER_FACTOR = 0.95


def timed(do):
    begin, cpu = time.perf_counter(), time.process_time()
    result = do()
    return time.perf_counter() - begin, time.process_time() - cpu, result


def check(network, table, count, sign, limits=LIMITS):
    trial = Trial(network, Variant(name="as it is", limits=limits), sign)
    rows = np.unique(np.linspace(0, len(table.bus) - 1, count).astype(int))
    wrong = sum(bool(trial.faults(table, int(row), 0.5, solver=REFERENCE)) for row in rows)
    print(f"  checked by full-year runs at floor and half of it, and at 1 kW above: {len(rows)} buses, {wrong} wrong")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    What is asked of a network: its loads and generators times factors, and an addition that runs all day or from 22:00 to 06:00.
    """

    name: str
    loads: float = 1.0
    generators: float = 1.0
    limits: grid.Limits = LIMITS
    power_factor: float = POWER_FACTOR
    night: bool = False

    def of(self, network):
        loads, generators = network.loads, network.generators
        return replace(
            network,
            loads=replace(loads, p_kw=loads.p_kw * self.loads, q_kvar=loads.q_kvar * self.loads),
            generators=replace(generators, p_kw=generators.p_kw * self.generators, q_kvar=generators.q_kvar * self.generators),
        )

    def shape(self, network):
        hour = np.arange(network.profiles.steps) * network.profiles.step_minutes // 60 % 24
        return np.where((hour >= 22) | (hour < 6), 1.0, 0.0) if self.night else np.ones(len(hour))


VARIANTS = (
    Variant(name="as it is"),
    Variant(name="power factor 1", power_factor=1.0),
    Variant(name="power factor 0.9", power_factor=0.9),
    Variant(name="0.95 to 1.05", limits=grid.Limits(voltage_min_pu=0.95, voltage_max_pu=1.05)),
    Variant(name="at night", night=True),
    Variant(name="loads x 1.5", loads=1.5),
    Variant(name="loads x 2", loads=2.0),
    Variant(name="sun x 3", generators=3.0),
)
SLOW_MS = 3.0  # a bus


class Trial:
    """
    Additions at the buses of a network, tried in the year of their island: whether they break something in it.
    """

    def __init__(self, network, variant, sign):
        self.network, self.limits, self.shape, self.islands = network, variant.limits, variant.shape(network), {}
        self.labels = grid.island_labels(network)
        self.p, self.q = sign, sign * math.sqrt(1 / variant.power_factor**2 - 1)

    def breaks(self, bus, kw, *, solver, steps=None, tolerance=1e-8):
        label = self.labels[grid.position_of(self.network.buses, bus)]
        if label not in self.islands:
            self.islands[label] = fused(grid.island_at(self.network, grid.position_of(self.network.buses, bus)))
        island, one = self.islands[label]
        at = int(one[grid.position_of(island.buses, bus)])
        extra = grid.ExtraLoad(bus=at, p_kw=kw * self.p, q_kvar=kw * self.q, shape=self.shape)
        try:
            year = grid.run_year(island, (extra,), solver=solver, steps=steps)
        except grid.NoPowerFlow:
            return True
        # np.nanmax warns where there is nothing: a network without transformers
        loading = np.nan_to_num(np.concatenate([year.line_loading_max, year.transformer_loading_max])).max(initial=0.0)
        low, high = np.nanmin(year.voltage_min_pu), np.nanmax(year.voltage_max_pu)
        below, above = low < self.limits.voltage_min_pu - tolerance, high > self.limits.voltage_max_pu + tolerance
        return bool(loading > 1 + tolerance or below or above)

    def faults(self, table, row, part, *, solver):
        """
        Return what is wrong with one answer: at its floor (by the sweeps: at itself), at a smaller addition, and just above it.
        """
        bus, answer, at = int(table.bus[row]), float(table.capacity_kw[row]), int(table.at[row])
        if not np.isfinite(answer):
            return [] if not self.breaks(bus, 1e6 * part, solver=solver) or np.isnan(answer) else ["breaks, told inf"]
        exact = solver == SWEEPS
        kw, more = (answer, answer + 1e-3) if exact else (math.floor(answer), math.floor(answer) + 1)
        tolerance = 2e-9 if exact else 1e-8
        tried = {
            "breaks at the answer": answer > 0 and self.breaks(bus, kw, solver=solver, tolerance=tolerance),
            "breaks below it": answer > 0 and self.breaks(bus, part * kw, solver=solver, tolerance=tolerance),
            "holds above it": not (
                self.breaks(bus, more, solver=solver, steps=np.array([at]), tolerance=0.0) or self.breaks(bus, more, solver=solver)
            ),
        }
        return [what for what, wrong in tried.items() if wrong]


def drawn_rows(table, count, rng):
    """
    Return rows of a table by chance: the smallest answer, then half by limits that bind rarely, half any.
    """
    order = rng.permutation(len(table.bus))
    binding = list(zip(table.limit, table.element_id.tolist(), strict=True))
    times = np.array([binding.count(each) for each in binding]) if len(binding) < 2000 else np.ones(len(binding))
    rare = order[np.argsort(times[order], kind="stable")]
    chosen = dict.fromkeys([int(table.capacity_kw.argmin()), *rare[: count // 2].tolist(), *order.tolist()])
    return list(chosen)[:count]


def hunt(folder, name, arguments):
    """
    Ask one network in every variant, and print a row for each.
    """
    own = folder / name.replace(".json", ".csv.gz")
    tables = [(own.name, own.read_bytes())] if own.exists() else tables_of(folder)
    read = grid.attach_year(grid.read_pandapower((folder / name).read_text(encoding="utf-8")), tables)
    rng, wrong = np.random.default_rng(arguments.seed), 0
    for variant in VARIANTS:
        network = variant.of(read)
        for sign in (1.0, -1.0):
            asked = {"power_factor": variant.power_factor, "generation": sign < 0, "shape": variant.shape(network), "threads": 1}
            _, cpu, table = timed(lambda network=network, asked=asked, variant=variant: grid.capacity(network, variant.limits, **asked))
            rows = drawn_rows(table, min(arguments.check + arguments.sweeps, len(table.bus)), rng)
            trial, faults = Trial(network, variant, sign), 0
            for number, row in enumerate(rows):
                solver = REFERENCE if number < arguments.check else SWEEPS
                for what in trial.faults(table, row, float(rng.uniform(0.05, 0.95)), solver=solver):
                    faults += 1
                    print(f"  WRONG by {solver}: bus {table.bus[row]}, {table.capacity_kw[row]!r} kW, {table.limit[row]}: {what}")
            wrong += faults
            way, scanned, each = (
                "generation" if sign < 0 else "load",
                sum(method == "scan" for method in table.method),
                cpu * 1e3 / max(1, len(table.bus)),
            )
            print(
                f"| {name.removesuffix('.json')} | {variant.name} | {way} | {len(table.bus)} | {cpu:.3f} | "
                f"{each:.2f}{' slow' if each > SLOW_MS else ''} | {scanned or ''} | {table.looked_at.mean():.1f} | "
                f"{table.base_margin.min(initial=np.inf):.4f} | {len(rows)} | {faults or ''} |",
                flush=True,
            )
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
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", type=int, default=0)
    parser.add_argument("--sweeps", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generation", action="store_true")
    arguments = parser.parse_intermixed_args()
    seconds, _, _ = timed(grid.warm)
    print(f"kernels compiled or loaded in {seconds:.1f} s")
    do, names = measure, arguments.networks
    if arguments.all:
        do, names = hunt, names or sorted(path.name for path in arguments.folder.glob("*.json"))
        print("| network | variant | direction | buses | CPU s | ms a bus | scanned | steps a bus | base margin | checked | wrong |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
    sys.exit(1 if sum(do(arguments.folder, name, arguments) for name in names) else 0)


if __name__ == "__main__":
    main()
