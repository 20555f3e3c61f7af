"""
Time supply plans on the shipped network of Schutterwald and on the synthetic ring above it, with a full year of quarter hours.

    python bench/plan.py [--sites 20] [--high] [--seed 7] [--kw 800] [--dual]
    python bench/plan.py --network 1-MVLV-urban-all.json --profiles loads.csv --profiles renewables.csv [--sites 20]

Sites are drawn at random among the places of the loads. Figures are in process and warm (kernels compiled) but for what is new at each
site; ``years`` counts full-year power flows per plan, ``cpu`` the process's own time, ``rest`` the time outside runs. With a network of
both levels (pandapower JSON, and the tables of its year as SimBench publishes them) an enterprise of 800 kW is planned at 10 kV; folding
its low voltage once is told apart. Bind the process to one core (``taskset -c 0``) for figures of one core.
"""

import argparse
import gzip
import statistics
import time
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np

from tongdian.engines import grid, supply
from tongdian.engines.supply._fold import fold

DAY = date(2021, 7, 5)


class Counted:
    """Counts full-year runs and the time in all runs, in place of ``grid.run_year``."""

    def __init__(self, run):
        self.run, self.years, self.seconds = run, 0, 0.0

    def __call__(self, network, extra=(), *, steps=None, **more):
        begin = time.perf_counter()
        try:
            return self.run(network, extra, steps=steps, **more)
        finally:
            self.seconds += time.perf_counter() - begin
            self.years += steps is None


def read_network(chosen):
    """
    Return the network to plan on, and the low-voltage one whose places the sites are drawn from.
    """
    if chosen.network is None:
        document = gzip.decompress((files("tongdian") / "data/networks/lv_schutterwald.json.gz").read_bytes())
        town = grid.synthetic_year(grid.read_pandapower(document, source="Schutterwald"), seed=2021)
        return (grid.synthetic_ring(town, seed=2021) if chosen.high else town), town
    network = grid.read_pandapower(chosen.network.read_bytes(), source=chosen.network.stem)
    network = grid.attach_year(network, [(table.name, table.read_bytes()) for table in chosen.profiles], label="SimBench 2016")
    begin = time.perf_counter(), time.process_time()
    fold(network)
    print(f"low voltage folded once: {time.perf_counter() - begin[0]:.1f} s, cpu {time.process_time() - begin[1]:.1f} s", flush=True)
    return network, network


def application(town, load, chosen, *, high):
    bus = town.loads.bus[load]
    device = supply.Device(kind="factory", kw=chosen.kw or 800.0) if high else supply.Device(kind="elevator", kw=chosen.kw or 15.0)
    return supply.Application(
        reference=f"site {load}",
        site_lon=float(town.buses.lon[bus]) + 1e-5,
        site_lat=float(town.buses.lat[bus]),
        devices=(device,),
        customer_class="industry" if high else "household",
        wanted_date=DAY,
        supply="dual" if chosen.dual else "single",
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--high", action="store_true")
    parser.add_argument("--kw", type=float, default=0.0)
    parser.add_argument("--dual", action="store_true")
    parser.add_argument("--network", type=Path)
    parser.add_argument("--profiles", type=Path, action="append", default=[])
    chosen = parser.parse_args()
    network, town = read_network(chosen)
    high = chosen.high or chosen.network is not None
    sites = np.random.default_rng(chosen.seed).choice(len(town.loads), chosen.sites, replace=False)
    grid.warm()
    counted = grid.run_year = Counted(grid.run_year)
    times, cpus = [], []
    for load in sites.tolist():
        counted.years, counted.seconds = 0, 0.0
        begin, cpu = time.perf_counter(), time.process_time()
        plan = supply.propose(application(town, load, chosen, high=high), network, (), corridors=town if chosen.high else None)
        times.append(time.perf_counter() - begin)
        cpus.append(time.process_time() - cpu)
        print(
            f"load {load:5d}: {times[-1]:6.2f} s, cpu {cpus[-1]:5.2f} s, {counted.years:3d} years, "
            f"rest {times[-1] - counted.seconds:5.2f} s, "
            f"{'holds' if plan.feasible else 'does not hold'}, {len(plan.options)} options, {len(plan.ways_out)} ways out",
            flush=True,
        )
    print(f"cpu: median {statistics.median(cpus):.2f} s, 95th percentile {np.percentile(cpus, 95):.2f} s, most {max(cpus):.2f} s")
    print(f"median {statistics.median(times):.2f} s, 95th percentile {np.percentile(times, 95):.2f} s, most {max(times):.2f} s")


if __name__ == "__main__":
    main()
