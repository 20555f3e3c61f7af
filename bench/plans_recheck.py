"""
Let another solver judge plans: every feasible option is solved anew by pandapower at the steps its checks name, at the heaviest and the
lightest, and at some drawn at random; at 10 kV also with every section out, of a joint plan with everybody connected.

    python bench/plans_recheck.py low [--plans 10] [--seed 7]       # plans on Schutterwald, up to three options each
    python bench/plans_recheck.py medium [--plans 4] [--seed 7]     # works of 400 to 1,600 kW on the ring above it
    python bench/plans_recheck.py joint [--plans 4] [--seed 7]      # communities whose joint plan changes nothing of the network

What is beyond a limit without the site as well may become a little worse, as the plan's rules say.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandapower as pp

from plans_many import DAY, draw_applications, draw_community, read_town

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.engines.supply.reference import powers, to_pandapower, with_cable

from tongdian.engines import grid, supply
from tongdian.engines.supply._demand import understand
from tongdian.engines.supply._medium.outages import apply, find_states

EXACT = 1e-6
RULES = supply.shipped_catalogue().rules


@dataclass
class Tally:
    """What was judged so far."""

    options: int = 0
    good: int = 0
    solved: int = 0
    apart_pu: float = 0.0

    def say(self, name):
        print(f"{name}: pandapower finds {self.good} of {self.options} feasible options within limits in {self.solved} power flows")
        print(f"voltages that a check tells for a step differ by {self.apart_pu:.1e} per unit at most", flush=True)


@dataclass
class Question:
    """A network with what is new in it, its limits, and the steps to look at."""

    network: Any
    extra: list[Any]
    limits: Any
    steps: list[int]
    line: float = 1.0
    station: float = 1.0
    new: int = 1  # buses and cables at the end that were not there before


def solved(network, extra, steps):
    """Return voltages [steps, buses], loadings of lines and of transformers by pandapower; NaN where there is no supply."""
    net = to_pandapower(network, extra)
    rated_a = network.lines.rated_a * network.lines.derating * network.lines.parallel
    rated_kva = network.transformers.rated_kva * network.transformers.parallel
    volts, lines, stations = [], [], []
    for step in steps:
        power = np.array([(p_kw, q_kvar) for _, p_kw, q_kvar in powers(network, extra, step)]) / 1000
        net.load["p_mw"], net.load["q_mvar"] = power[:, 0], power[:, 1]
        pp.runpp(net, trafo_model="pi", tolerance_mva=1e-10, calculate_voltage_angles=True, numba=False)
        found = net.res_trafo
        volts.append(net.res_bus.vm_pu.to_numpy().copy())
        lines.append(net.res_line.i_ka.to_numpy() * 1000 / rated_a)
        kva = np.maximum(np.hypot(found.p_hv_mw, found.q_hv_mvar), np.hypot(found.p_lv_mw, found.q_lv_mvar)).to_numpy() * 1000
        stations.append(kva / rated_kva)
    return np.array(volts), np.nan_to_num(lines), np.nan_to_num(stations)


def holds(question):
    """Return whether pandapower finds everything within its limits, or no worse than it was, and the voltages."""
    network, extra, limits = question.network, question.extra, question.limits
    volts, lines, stations = solved(network, extra, question.steps)
    new = range(len(network.buses) - question.new, len(network.buses))
    if not np.isfinite(volts[:, list(new)]).all():
        return False, volts
    supplied = sorted({*network.loads.bus.tolist(), *new})
    low, high = limits.voltage_min_pu, limits.voltage_max_pu
    lowest, highest = np.nanmin(volts[:, supplied], axis=0), np.nanmax(volts[:, supplied], axis=0)
    line, station = lines.max(axis=0), stations.max(axis=0)
    if (
        (lowest >= low - EXACT).all()
        and (highest <= high + EXACT).all()
        and (line <= question.line + EXACT).all()
        and (station <= question.station + EXACT).all()
    ):
        return True, volts
    none = [grid.ExtraLoad(bus=one.bus, p_kw=0.0, q_kvar=0.0) for one in extra]
    before, lines, stations = solved(network, none, question.steps)
    worse_pu, worse = RULES["worse_voltage_pu"] + EXACT, RULES["worse_loading"] + EXACT
    held = (lowest >= np.minimum(low, np.nanmin(before[:, supplied], axis=0) - worse_pu)).all()
    held &= (highest <= np.maximum(high, np.nanmax(before[:, supplied], axis=0) + worse_pu)).all()
    held &= (line <= np.maximum(question.line, lines.max(axis=0) + worse)).all()
    held &= (station <= np.maximum(question.station, stations.max(axis=0) + worse)).all()
    return bool(held), volts


def steps_to_solve(network, named, random, *, heavy=6, light=3, drawn=6):
    profiles, loads = network.profiles, network.loads
    weight = np.bincount(loads.profile, weights=loads.p_kw, minlength=len(profiles.name)) @ profiles.p
    order = np.argsort(weight)
    known = {step for step in named if step is not None and step >= 0}
    return sorted({*known, *order[-heavy:].tolist(), *order[:light].tolist(), *random.integers(0, profiles.steps, drawn).tolist()})


def apart(checks, network, volts, steps):
    """Return by how much the voltages that checks tell differ from pandapower's; -1 is the site, the last bus."""
    differences = [
        abs(
            float(volts[steps.index(check.step), -1 if check.element_id is None else grid.position_of(network.buses, check.element_id)])
            - check.value
        )
        for check in checks
        if check.kind.endswith(("voltage_min", "voltage_max")) and check.step is not None
    ]
    return max(differences, default=0.0)


def recheck_low(chosen, random, tally):
    town = read_town()
    for wanted in draw_applications(town, chosen.plans, chosen.seed):
        plan = supply.propose(wanted, town, (), ways_out=False)
        for option in plan.options:
            if not option.feasible:
                continue
            island = grid.island_at(town, grid.position_of(town.buses, option.bus_id))
            grown, extra = with_cable(island, option, (plan.reserve_kw, plan.reserve_kvar))
            steps = steps_to_solve(island, (check.step for check in option.checks), random)
            held, volts = holds(Question(network=grown, extra=extra, limits=plan.limits, steps=steps))
            told = [check for check in option.checks if check.kind.startswith("voltage_m")]
            count(tally, (held, len(steps), apart(told, grown, volts, steps)), wanted, option)


def recheck_medium(chosen, random, tally):
    town = read_town()
    ring = grid.synthetic_ring(town, seed=2021)
    for number, load in enumerate(random.choice(len(town.loads), chosen.plans, replace=False).tolist()):
        bus = town.loads.bus[load]
        wanted = supply.Application(
            reference=f"works {number}",
            site_lon=float(town.buses.lon[bus]) + 1e-4,
            site_lat=float(town.buses.lat[bus]),
            devices=(supply.Device(kind="factory", kw=float(random.integers(4, 17) * 100)),),
            customer_class="industry",
            wanted_date=DAY,
        )
        plan = supply.propose(wanted, ring, (), corridors=town, ways_out=False)
        for option in plan.options:
            if option.feasible:
                judge_medium(ring, plan, option, random, tally)


def judge_medium(ring, plan, option, random, tally):
    grown, extra = with_cable(ring, option, (plan.reserve_kw, plan.reserve_kvar), kv=plan.nominal_kv)
    at = grid.position_of(ring.buses, option.bus_id)
    states = [None, *find_states(ring, (at,), around=at)]
    held, flows, most = True, 0, 0.0
    for state in states:
        here = [check for check in option.checks if check.outage == (state.name if state else "")]
        steps = steps_to_solve(ring, (check.step for check in here), random, heavy=3, light=1, drawn=2)
        network = apply(grown, state) if state else grown
        line, station = (RULES["outage_line_loading"], RULES["outage_transformer_loading"]) if state else (1.0, 1.0)
        good, volts = holds(Question(network=network, extra=extra, limits=plan.limits, steps=steps, line=line, station=station))
        held, flows = held and good, flows + len(steps)
        most = max(most, apart([check for check in here if "voltage" in check.kind], network, volts, steps))
    count(tally, (held, flows, most), plan.application, option)


def recheck_joint(chosen, random, tally):
    town = read_town(step_minutes=60)
    seed, judged = chosen.seed * 1000, 0
    while judged < chosen.plans:
        seed += 1
        wanted = draw_community(town, seed)
        plan = supply.propose_together(wanted, town)
        if plan.reinforced or not plan.together or not all(check.passed for check in plan.checks if check.decides):
            continue
        judged += 1
        judge_joint(town, plan, random, tally)


def judge_joint(town, plan, random, tally):
    """One option is one group; all groups of an island are connected at once."""
    powers_of = {one.reference: understand(one, supply.shipped_catalogue()).load for one in plan.applications}
    islands = {}
    for group in plan.groups:
        part = grid.island_at(town, grid.position_of(town.buses, group.option.bus_id))
        islands.setdefault(tuple(part.buses.id.tolist()), (part, []))[1].append(group)
    for part, groups in islands.values():
        network, loads = part, []
        for group in groups:
            own = powers_of[group.members[0]]
            first = (0.0, 0.0) if group.spokes else (own.p_kw, own.q_kvar)
            network, extra = behind(network, group.option, first)
            box = int(network.buses.id[-1])
            loads += extra if not group.spokes else []
            full = sum(powers_of[name].p_kw for name in group.members)
            share = min(1.0, group.plan.reserve_kw / full)
            for spoke in group.spokes:
                power = powers_of[spoke.reference]
                link = SimpleNamespace(bus_id=box, cable=spoke.cable)
                network, extra = behind(network, link, (power.p_kw * share, power.q_kvar * share))
                loads += extra
        new = len(network.buses) - len(part.buses)
        steps = steps_to_solve(part, (check.step for check in plan.checks), random)
        held, _ = holds(Question(network=network, extra=loads, limits=groups[0].plan.limits, steps=steps, new=new))
        for group in groups:
            count(tally, (held, len(steps) // len(groups), 0.0), plan.applications[0], group.option)


def behind(network, link, load):
    """Return a network with a bus behind a new cable, under an identifier of its own, and its load."""
    grown, extra = with_cable(network, link, load)
    identifiers = grown.buses.id.copy()
    identifiers[-1] = 10**9 + len(identifiers)
    return replace(grown, buses=replace(grown.buses, id=identifiers)), extra


def count(tally, judged, wanted, option):
    held, flows, difference = judged
    tally.options, tally.good, tally.solved = tally.options + 1, tally.good + held, tally.solved + flows
    tally.apart_pu = max(tally.apart_pu, difference)
    if tally.options % 10 == 0:
        tally.say("so far")
    if not held:
        print(f"{wanted.reference}: option {option.rank} at {option.bus_name} is broken by pandapower", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["low", "medium", "joint"])
    parser.add_argument("--plans", type=int)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    chosen.plans = chosen.plans or {"low": 10}.get(chosen.what, 4)
    grid.warm()
    tally = Tally()
    {"low": recheck_low, "medium": recheck_medium, "joint": recheck_joint}[chosen.what](chosen, np.random.default_rng(chosen.seed), tally)
    tally.say(chosen.what)


if __name__ == "__main__":
    main()
