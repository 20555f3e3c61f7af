"""
How long an option made by hand takes: in process, each island's year before the application known (warm) and not (cold).

`python bench/plan_by_hand.py [--sites 8] [--points 12] [--medium]` on Schutterwald, or on the ring above it; wall clock and process
time, one line each.
"""

import argparse
import gzip
import statistics
import time
from datetime import date
from importlib.resources import files

import numpy as np

from tongdian.engines import grid, supply
from tongdian.kit.refused import Refused


def main() -> None:
    """
    Measure and print.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=8)
    parser.add_argument("--points", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--medium", action="store_true", help="works of 800 kW at 10 kV")
    asked = parser.parse_args()
    document = gzip.decompress((files("tongdian") / "data/networks/lv_schutterwald.json.gz").read_bytes())
    network = grid.synthetic_year(grid.read_pandapower(document, source="Schutterwald"), seed=1)
    level = grid.synthetic_ring(network, seed=asked.seed) if asked.medium else network
    corridors = network if asked.medium else None
    device = supply.Device(kind="other", kw=800.0) if asked.medium else supply.Device(kind="elevator", kw=15.0)
    jobs = []
    for bus in np.random.default_rng(asked.seed).choice(np.flatnonzero(network.buses.nominal_kv < 1), asked.sites, replace=False):
        application = supply.Application(
            reference=str(bus),
            site_lon=float(network.buses.lon[bus]) + 1e-4,
            site_lat=float(network.buses.lat[bus]),
            devices=(device,),
            customer_class="industry" if asked.medium else "household",
            wanted_date=date(2021, 7, 5),
        )
        jobs += [(application, point.bus_id) for point in supply.points_by_hand(application, level, corridors=corridors)[: asked.points]]
    for name in ("cold, then known", "warm"):
        wall, cpu, refused = [], [], 0
        for application, bus_id in jobs:
            begun = time.perf_counter(), time.process_time()
            try:
                supply.evaluate_by_hand(application, level, (), bus_id=bus_id, corridors=corridors)
            except Refused:
                refused += 1
            wall.append(time.perf_counter() - begun[0])
            cpu.append(time.process_time() - begun[1])
        for kind, found in (("wall", wall), ("process", cpu)):
            p95 = sorted(found)[int(0.95 * len(found))]
            told = f"median {statistics.median(found):.3f} p95 {p95:.3f} max {max(found):.3f} s"
            print(f"{name}: n={len(found)} refused={refused} {kind} {told}")


if __name__ == "__main__":
    main()
