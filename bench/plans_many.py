"""
Time and judge plans for many applications on the shipped network of Schutterwald.

    python bench/plans_many.py batch [--applications 1000] [--seed 7]    # each counts those before it
    python bench/plans_many.py joint [--communities 20] [--seed 7]       # joint plan against single answers
    python bench/plans_many.py cold                                      # the whole command, started from nothing

Sites are drawn at random among the places of the loads. Figures are wall clock and process time of this process; bind it to one core
(``taskset -c 0``) for figures of one core.
"""

import argparse
import gzip
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np

from tongdian.engines import grid, supply

DAY = date(2021, 7, 5)
NETWORK = "data/networks/lv_schutterwald.json.gz"
KINDS = (("charger", 7.0, 3), ("elevator", 15.0, 3), ("shop", 12.0, 3), ("household", 8.0, 3), ("heat_pump", 9.0, 3))


def read_town(step_minutes=15):
    document = gzip.decompress((files("tongdian") / NETWORK).read_bytes())
    return grid.synthetic_year(grid.read_pandapower(document, source="Schutterwald"), seed=2021, step_minutes=step_minutes)


def draw_applications(town, count, seed):
    random = np.random.default_rng(seed)
    for number, load in enumerate(random.choice(len(town.loads), count, replace=count > len(town.loads)).tolist()):
        kind, kw, phases = KINDS[int(random.integers(len(KINDS)))]
        east, north = random.uniform(-8, 8, 2) / 111_195
        bus = town.loads.bus[load]
        yield supply.Application(
            reference=f"{number:04d}",
            site_lon=float(town.buses.lon[bus] + east * 1.5),
            site_lat=float(town.buses.lat[bus] + north),
            devices=(supply.Device(kind=kind, kw=kw, phases=phases),),
            customer_class="household",
            wanted_date=DAY,
        )


def measure_batch(chosen):
    town = read_town()
    grid.warm()
    wanted = list(draw_applications(town, chosen.applications, chosen.seed))
    began, cpu = time.perf_counter(), time.process_time()
    times, kept = [], {"feasible": 0, "infeasible": 0, "refused": 0}
    last = began
    for answer in supply.propose_many(wanted, town):
        state = "refused" if answer.plan is None else "feasible" if answer.plan.feasible else "infeasible"
        kept[state] += 1
        now = time.perf_counter()
        times.append(now - last)
        last = now
    print(f"{len(wanted)} applications: {last - began:.1f} s, {time.process_time() - cpu:.1f} s of processor; {kept}")
    print(f"each: median {statistics.median(times):.3f} s, 95th percentile {np.percentile(times, 95):.3f} s, most {max(times):.2f} s")


def measure_cold(chosen):
    del chosen
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            words = ["plan", str(files("tongdian") / "data/examples/application.json"), "--network", str(files("tongdian") / NETWORK)]
            command = [str(Path(sys.executable).with_name("tongdian")), *words, "-o", f"{folder}/{number}"]
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - began)
    print(f"the whole command, cold: median {statistics.median(times):.1f} s of {len(times)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["batch", "joint", "cold"])
    parser.add_argument("--applications", type=int, default=1000)
    parser.add_argument("--communities", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    {"batch": measure_batch, "cold": measure_cold}[chosen.what](chosen)


if __name__ == "__main__":
    main()
