"""
Time and judge plans for many applications on the shipped network of Schutterwald.

    python bench/plans_many.py batch [--applications 1000] [--held 0] [--seed 7]    # each counts those before it
    python bench/plans_many.py joint [--communities 20] [--first 0] [--seed 7]       # joint plan against single answers
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
from dataclasses import replace
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
    wanted = list(draw_applications(town, chosen.held + chosen.applications, chosen.seed))
    held, wanted = [reserve_nearby(town, one) for one in wanted[: chosen.held]], wanted[chosen.held :]
    middle = len(wanted) // 2  # one that is refused stops no other
    wanted[middle] = replace(wanted[middle], devices=(supply.Device(kind="shop", kw=0.0),))
    began, cpu = time.perf_counter(), time.process_time()
    times, spent, kept = [], [], {"feasible": 0, "infeasible": 0, "refused": 0}
    last = began
    for answer in supply.propose_many(wanted, town, held):
        state = "refused" if answer.plan is None else "feasible" if answer.plan.feasible else "infeasible"
        kept[state] += 1
        now = time.perf_counter()
        times.append(now - last)
        spent.append(time.process_time() - cpu)
        last = now
        if len(spent) % 100 == 0:
            before = spent[-101] if len(spent) > 100 else 0.0
            print(f"{len(spent):5d} answered: {(spent[-1] - before) / 100:.3f} s of processor for each of the last hundred", flush=True)
    print(f"{len(wanted)} applications: {last - began:.1f} s, {time.process_time() - cpu:.1f} s of processor; {kept}")
    print(f"each: median {statistics.median(times):.3f} s, 95th percentile {np.percentile(times, 95):.3f} s, most {max(times):.2f} s")


def reserve_nearby(town, application):
    """Return what an application would hold at the nearest customer's bus, to begin with many held without answering them."""
    from tongdian.engines.supply._demand import understand

    east = town.buses.lon[town.loads.bus] - application.site_lon
    north = town.buses.lat[town.loads.bus] - application.site_lat
    load = understand(application, supply.shipped_catalogue()).load
    bus = int(town.buses.id[town.loads.bus[np.hypot(east, north).argmin()]])
    return supply.Reservation(bus_id=bus, p_kw=load.p_kw, q_kvar=load.q_kvar, reference=application.reference)


def draw_community(town, seed):
    """Return a community's applications around one station: car parks of chargers, two elevators, a few shops, in random order."""
    random = np.random.default_rng(seed)
    areas = supply_areas(town)
    station = int(random.choice([at for at in range(len(town.transformers)) if at not in areas["looped"]]))
    loads = np.flatnonzero(areas["station"][town.loads.bus] == station)
    metre = 1 / 111_195
    wanted = []

    def place(bus, east, north):
        return float(town.buses.lon[bus] + east * metre * 1.5), float(town.buses.lat[bus] + north * metre)

    def add(kind, kw, spot):
        wanted.append((kind, kw, *spot))

    for _ in range(int(random.integers(1, 3))):
        bus = int(town.loads.bus[random.choice(loads)])
        east, north = random.uniform(12, 25, 2)
        for number in range(int(random.integers(6, 13))):
            add("charger", 7.0, place(bus, east + 2.7 * (number // 2), north + 5.5 * (number % 2)))
    for kind, kw, count in (("elevator", 15.0, 2), ("shop", 12.0, int(random.integers(2, 5)))):
        for load in random.choice(loads, count, replace=False):
            add(kind, kw, place(int(town.loads.bus[load]), *random.uniform(-14, 14, 2)))
    return [
        supply.Application(
            reference=f"{number:02d}-{kind}",
            site_lon=lon,
            site_lat=lat,
            devices=(supply.Device(kind=kind, kw=kw),),
            customer_class="household",
            wanted_date=DAY,
        )
        for number, (kind, kw, lon, lat) in enumerate(wanted[at] for at in random.permutation(len(wanted)))
    ]


def supply_areas(town):
    """Return the station (position) of every bus, and the stations whose area is operated in a loop (their year takes minutes)."""
    from tongdian.engines.supply._areas import find_areas

    areas = find_areas(town)
    closed = areas.lines_closed
    looped = set()
    for at in range(len(town.transformers)):
        buses = areas.transformer == at
        if (closed & buses[town.lines.from_bus]).sum() >= buses.sum():
            looped.add(at)
    return {"station": areas.transformer, "looped": looped}


def contest(town, wanted, share, seed):
    """Return what is reserved already: so much at the station that only a share of what is wanted still fits its nameplate."""
    from tongdian.engines.supply._areas import find_areas

    areas = find_areas(town)
    distance = np.hypot(town.buses.lon - wanted[0].site_lon, town.buses.lat - wanted[0].site_lat)
    distance[(areas.transformer < 0) | ~areas.loaded] = np.inf
    station = int(areas.transformer[int(np.argmin(distance))])
    bus = int(town.transformers.lv_bus[station])
    part = grid.island_at(town, bus)
    peak = float(grid.run_year(part).transformer_loading_max.max()) * float(town.transformers.rated_kva[station])
    kw = sum(one.devices[0].kw for one in wanted)
    held = float(town.transformers.rated_kva[station]) * 0.97 - peak - share * kw
    return [supply.Reservation(bus_id=int(town.buses.id[bus]), p_kw=max(held, 0.0), q_kvar=0.0, reference=f"held {seed}")]


def measure_joint(chosen):
    town = read_town(step_minutes=60)
    grid.warm()
    saved = []
    for number in range(chosen.first, chosen.first + chosen.communities):
        wanted = draw_community(town, chosen.seed * 1000 + number)
        held = contest(town, wanted, 0.5, number)
        began = time.process_time()
        plan = supply.propose_together(wanted, town, held)
        share = 1 - plan.total_yuan / plan.singles_yuan if plan.singles_yuan else 0
        kinds = [one.kind for one in plan.reinforced]
        confirmed = all(check.passed for check in plan.checks if check.decides)
        capped = all(one.yuan <= one.alone_yuan for one in plan.shares)
        saved.append(float(share))
        print(
            f"{number:2d}: {len(wanted)} applications, {len(plan.groups)} groups, singles {plan.singles_yuan} (unserved "
            f"{len(plan.singles_unserved)}), joint {plan.total_yuan} (unserved {len(plan.unserved)}), {100 * share:.1f} % cheaper, "
            f"{kinds}, whole year {confirmed}, nobody dearer {capped}, {time.process_time() - began:.0f} s",
            flush=True,
        )
    print(f"cheaper by: median {100 * statistics.median(saved):.1f} %, least {100 * min(saved):.1f} %")


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
    parser.add_argument("--held", type=int, default=0, help="applications before, taken as accepted at the nearest bus")
    parser.add_argument("--communities", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first community")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    {"batch": measure_batch, "joint": measure_joint, "cold": measure_cold}[chosen.what](chosen)


if __name__ == "__main__":
    main()
