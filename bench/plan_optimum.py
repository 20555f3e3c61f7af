"""
Check plans on seeded small cases: the cost against the exact optimum, and every feasible option by pandapower.

    python bench/plan_optimum.py [--cases 50] [--seed 1]

A case is a made-up feeder tree of a few dozen buses below one or two transformers, with a day of its own and a site at random. The
optimum is found by
trying every connection point with every cable, alone and in parallel, each over the whole day; limits are those of the plan itself.
pandapower
solves each feasible option at every step of the day.
"""

import argparse
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.engines.supply import hamlet
from tests.engines.supply.reference import solve, with_cable

from tongdian.engines import grid, supply
from tongdian.engines.supply import _propose as inside
from tongdian.engines.supply._checks import is_feasible
from tongdian.engines.supply._demand import understand
from tongdian.engines.supply._evaluate import cable_checks, confirm
from tongdian.engines.supply._sizing import find_cables

CABLES = ("NAYY 4x150", "NAYY 4x50")


def case(rng):
    """
    Return a made-up network and an application.
    """
    buses, lines, loads, transformers = [], [], [], []
    for area in range(int(rng.integers(1, 3))):
        top, first = len(buses), len(buses) + 1
        place = rng.uniform(-150, 150, 2)
        buses += [(f"M{area}", *place, 20.0), (f"B{area}", *place, 0.4)]
        transformers.append((top, first, float(rng.choice([100, 160, 250, 400]))))
        members = [first]
        for number in range(int(rng.integers(4, 14))):
            parent = int(rng.choice(members[-4:]))
            spot = np.array(buses[parent][1:3]) + rng.uniform(-40, 40, 2)
            buses.append((f"N{area}.{number}", *spot, 0.4))
            length = float(np.hypot(*(spot - np.array(buses[parent][1:3])))) * 1.1 + 1
            lines.append((parent, len(buses) - 1, length, str(rng.choice(CABLES))))
            members.append(len(buses) - 1)
            if rng.random() < 0.6:
                loads.append((len(buses) - 1, float(rng.uniform(2, 14))))
    network = build(buses, lines, loads, transformers)
    hours = replace(network.profiles, p=network.profiles.p[:, ::4].copy(), q=network.profiles.q[:, ::4].copy(), step_minutes=60)
    network = replace(network, profiles=hours)
    anchor = buses[int(rng.integers(len(buses)))]
    kind, kw = str(rng.choice(["elevator", "charger", "other", "pump"])), float(np.round(rng.uniform(4, 45), 1))
    lon, lat = hamlet.at(anchor[1] + rng.uniform(-30, 30), anchor[2] + rng.uniform(-30, 30))
    application = supply.Application(
        reference="case", site_lon=lon, site_lat=lat, devices=(supply.Device(kind=kind, kw=kw),), customer_class="household",
        wanted_date=date(2021, 7, 5),
    )  # fmt: skip
    return network, application


def build(buses, lines, loads, transformers):
    old = hamlet.build()
    places = [hamlet.at(east, north) for _, east, north, _ in buses]
    values = np.array([hamlet.NAYY[line[3]] for line in lines])
    count, tops = len(lines), np.array([top for top, _, _ in transformers])
    table = hamlet.transformers(tuple(kva for _, _, kva in transformers), {"Q": 0, "R": 0, "A0": 0, "C0": 0})
    size = len(transformers)
    names = tuple(f"T{at}" for at in range(size))
    lows = np.array([low for _, low, _ in transformers])
    table = replace(table, hv_bus=tops, lv_bus=lows, id=900 + np.arange(size), name=names)
    return replace(
        old,
        buses=grid.Buses(
            id=100 + np.arange(len(buses)), name=tuple(bus[0] for bus in buses), nominal_kv=np.array([bus[3] for bus in buses]),
            lon=np.array([lon for lon, _ in places]), lat=np.array([lat for _, lat in places]), in_service=np.ones(len(buses), np.bool_),
        ),
        lines=grid.Lines(
            id=500 + np.arange(count), name=tuple(f"L{i}" for i in range(count)), type_name=tuple(line[3] for line in lines),
            from_bus=np.array([line[0] for line in lines]), to_bus=np.array([line[1] for line in lines]),
            length_m=np.array([line[2] for line in lines]), r_ohm_per_km=values[:, 0].copy(), x_ohm_per_km=values[:, 1].copy(),
            c_nf_per_km=values[:, 2].copy(), g_us_per_km=np.zeros(count), rated_a=values[:, 3].copy(), derating=np.ones(count),
            parallel=np.ones(count, np.int64), in_service=np.ones(count, np.bool_),
            path=tuple(np.array([places[line[0]], places[line[1]]]) for line in lines),
        ),
        transformers=table,
        switches=old.switches.take(np.empty(0, np.int64)),
        loads=grid.Loads(
            id=np.arange(len(loads)), name=tuple(f"H{i}" for i in range(len(loads))), bus=np.array([bus for bus, _ in loads], np.int64),
            p_kw=np.array([kw for _, kw in loads]), q_kvar=np.array([0.2 * kw for _, kw in loads]), profile=np.zeros(len(loads), np.int64),
            customer_class=("household",) * len(loads), in_service=np.ones(len(loads), np.bool_),
        ),
        sources=grid.Sources(
            id=np.arange(size), name=("",) * size, bus=tops, voltage_pu=np.ones(size), angle_degree=np.zeros(size),
            in_service=np.ones(size, np.bool_),
        ),
    )  # fmt: skip


def optimum(application, network):
    """
    Return the least cost of all points and cables that hold, None if none does.
    """
    tables = supply.shipped_catalogue()
    wide = replace(tables, rules=tables.rules | {"nearest_points": 1000, "nearest_areas": 1000, "same_place_m": -1.0})
    setting = inside.set_up(understand(application, wide), network, (), wide, wide.limits(0.4))
    search, _ = inside._search(setting, {}, None)  # noqa: SLF001
    best = None
    for _, _, offer in search.waiting:
        for cable in find_cables(setting.request, offer.route, wide):
            cost = search.price(offer.candidate, offer.route, (cable,)).cost.total_yuan
            if (best is not None and cost >= best) or not is_feasible(cable_checks(setting, cable, offer.candidate.bus)):
                continue
            try:
                if is_feasible(confirm(setting, offer.candidate.bus, cable).checks):
                    best = cost
            except grid.NoPowerFlow:
                continue
    return best


def recheck(plan, network):
    """
    Return how many feasible options there are and how many pandapower finds within the limits at every step.
    """
    good = 0
    options = [option for option in plan.options if option.feasible]
    for option in options:
        grown, extra = with_cable(network, option, (plan.reserve_kw, plan.reserve_kvar))
        voltages, loadings = solve(grown, extra, range(network.profiles.steps))
        at = [*network.loads.bus.tolist(), len(grown.buses) - 1]
        before = {check.element_name for check in option.checks if check.broken_before}
        held = [bus for bus in at if grown.buses.name[bus] not in before]
        lines = [line for line in range(len(grown.lines)) if grown.lines.name[line] not in before]
        low, high = plan.limits.voltage_min_pu - 1e-6, plan.limits.voltage_max_pu + 1e-6
        good += bool((voltages[:, held] >= low).all() and (voltages[:, held] <= high).all() and (loadings[:, lines] <= 1 + 1e-6).all())
    return len(options), good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    above, missed, options, good, begin = [], 0, 0, 0, time.perf_counter()
    number = refused = none = 0
    while number < chosen.cases:
        network, application = case(rng)
        try:
            plan = supply.propose(application, network, (), ways_out=False)
        except supply.NoWay as refusal:
            refused += 1
            print(refusal)
            continue
        number += 1
        best = optimum(application, network)
        count, held = recheck(plan, network)
        options, good = options + count, good + held
        if best is None:
            none += 1
            assert not plan.feasible, "the plan holds where nothing should"
        elif not plan.feasible:
            missed += 1
        else:
            above.append(float(plan.options[0].cost.total_yuan / best - 1))
    print(f"{number} cases ({none} with no solution at all, {refused} more refused): {missed} missed though one exists")
    equal = sum(each == 0 for each in above)
    print(f"cost above the optimum: median {np.median(above):.2%}, most {max(above):.2%}, equal in {equal} of {len(above)}")
    print(f"pandapower: {good} of {options} feasible options within limits at every step; {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
