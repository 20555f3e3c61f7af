"""
Measures an accepted application: how long its feeder's table takes anew.

    taskset -c 0 python bench/accept.py [--feeders 3] [--runs 5] [--generation]

Made-up feeders of about 1,370 buses with a year of quarter hours; an accepted elevator of 15 kW with its day is a reserved load. Timed is
`CapacityModel.with_load(...).table()` on one thread, the table before it being known; the table is then compared with one made from
nothing. Figures of record stand in docs/engines/grid.md.
"""

import argparse
import statistics
import time

import numpy as np

from tongdian.engines import grid

TRACE_KW = 1e-3
LIMITS = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
ELEVATOR = np.array([0.1] * 6 + [0.6, 1.0, 0.9] + [0.5] * 8 + [0.9, 1.0, 1.0, 0.7, 0.5, 0.3, 0.2])  # made up


def main() -> None:
    """
    Print a row for each feeder.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeders", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--generation", action="store_true", help="as what the table answers")
    asked = parser.parse_args()
    grid.warm()
    town = grid.Town(connections=3000)
    for number in range(asked.feeders):
        network = grid.generate_feeder(town, number)
        assert network.profiles is not None
        day = np.repeat(ELEVATOR, 60 // network.profiles.step_minutes)
        bus = int(network.loads.bus[len(network.loads) // 2])
        extra = grid.ExtraLoad(bus=bus, p_kw=15.0, q_kvar=5.0, shape=np.resize(day, network.profiles.steps))
        model = grid.CapacityModel(network, LIMITS, generation=asked.generation, threads=1)
        before = model.table()
        seconds, clock = [], []
        for _ in range(asked.runs):
            start, begun = time.process_time(), time.perf_counter()
            after = model.with_load(extra).table()
            seconds.append(time.process_time() - start)
            clock.append(time.perf_counter() - begun)
        reserved = grid.CapacityModel(network, LIMITS, generation=asked.generation, threads=1).with_load(extra).table()
        assert np.array_equal(after.capacity_kw, reserved.capacity_kw)
        less = before.capacity_kw - after.capacity_kw
        print(f"{len(network.buses)} buses, {network.profiles.steps} steps: median {statistics.median(seconds):.2f} s of processor time")
        print(f"  {min(seconds):.2f} to {max(seconds):.2f}; {statistics.median(clock):.2f} s by the clock")
        print(f"  {int((less > TRACE_KW).sum())} buses have less room, at most {less.max():.1f} kW less")


if __name__ == "__main__":
    main()
