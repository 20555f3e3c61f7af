"""
Time supply plans on the shipped network of Schutterwald and on the synthetic ring above it, with a full year of quarter hours.

    python bench/plan.py [--sites 20] [--high] [--seed 7]

Sites are drawn at random among the places of the loads. Figures are in process and warm but for what is new at each site; ``years`` counts
full-year power flows per plan, ``rest`` the time outside them. Bind the process to one core (``taskset -c 0``) for figures of one core.
"""

import argparse
import gzip
import statistics
import time
from datetime import date
from importlib.resources import files

import numpy as np

from tongdian.engines import grid, supply

DAY = date(2021, 7, 5)


class Counted:
    """Counts full-year runs and the time in all runs, in place of ``grid.run_year``."""

    def __init__(self, run):
        self.run, self.years, self.seconds = run, 0, 0.0

    def __call__(self, network, extra=(), *, steps=None):
        begin = time.perf_counter()
        try:
            return self.run(network, extra, steps=steps)
        finally:
            self.seconds += time.perf_counter() - begin
            self.years += steps is None


def application(town, load, *, high):
    bus = town.loads.bus[load]
    device = supply.Device(kind="factory", kw=800.0) if high else supply.Device(kind="elevator", kw=15.0)
    return supply.Application(
        reference=f"site {load}",
        site_lon=float(town.buses.lon[bus]) + 1e-5,
        site_lat=float(town.buses.lat[bus]),
        devices=(device,),
        customer_class="industry" if high else "household",
        wanted_date=DAY,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--high", action="store_true")
    chosen = parser.parse_args()
    document = gzip.decompress((files("tongdian") / "data/networks/lv_schutterwald.json.gz").read_bytes())
    town = grid.synthetic_year(grid.read_pandapower(document, source="Schutterwald"), seed=2021)
    network = grid.synthetic_ring(town, seed=2021) if chosen.high else town
    sites = np.random.default_rng(chosen.seed).choice(len(town.loads), chosen.sites, replace=False)
    counted = grid.run_year = Counted(grid.run_year)
    times = []
    for load in sites.tolist():
        counted.years, counted.seconds = 0, 0.0
        begin = time.perf_counter()
        plan = supply.propose(application(town, load, high=chosen.high), network, (), corridors=town if chosen.high else None)
        times.append(time.perf_counter() - begin)
        print(
            f"load {load:5d}: {times[-1]:6.2f} s, {counted.years:3d} years, rest {times[-1] - counted.seconds:5.2f} s, "
            f"{'holds' if plan.feasible else 'does not hold'}, {len(plan.options)} options",
            flush=True,
        )
    print(f"median {statistics.median(times):.2f} s, 95th percentile {np.percentile(times, 95):.2f} s, most {max(times):.2f} s")


if __name__ == "__main__":
    main()
