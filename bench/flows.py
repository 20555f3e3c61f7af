"""
Count exact power flows a second beside other programs, on the same network and year, in one run, one thread each, in processor time.

    python bench/flows.py FOLDER NETWORK.json [--steps 2000] [--peak GFLOPS]

FOLDER holds SimBench networks as pandapower JSON and their tables ``profiles_*.csv.gz``. Ours solves the whole year to 1e-12 of the squared
voltage, the peers its first ``--steps`` steps to 1e-8 p.u.: power-grid-model (iterative current and Newton–Raphson) in one batch,
lightsim2grid's Newton–Raphson and OpenDSS with a loop of their own, pandapower (with lightsim2grid where it is installed, and without) a
fiftieth of the steps. Programs that are not installed are passed over. ``--peak``: of one core in double precision, for the share of it
that the sweeps reach: 25 operations a node and sweep, a division counted as one, and the loads' sums.
"""

import argparse
import importlib.util
import os
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"  # before anything reads it

import numpy as np  # noqa: E402

from tongdian.engines import grid  # noqa: E402
from tongdian.engines.grid._flow import pgm, powers, radial, solver  # noqa: E402

OPERATIONS, SWEEPS = 25, 4


def timed(do):
    begin = time.process_time()
    do()
    return time.process_time() - begin


def ours(network):
    """
    Return flows a second, and operations of one flow.
    """
    steps, seconds, operations = np.arange(network.profiles.steps), 0.0, 0
    solver.SMALLEST_SHARE = len(steps) + 1  # one thread
    for tree in radial.trees(network, solver.NOMINAL, bundled=True):
        table = powers.power_table(network, tree)
        solver.solve_tree(network, tree, table, steps[:64])
        seconds += min(timed(lambda: solver.solve_tree(network, tree, table, steps)) for _ in range(3))  # noqa: B023 - called at once
        operations += OPERATIONS * SWEEPS * len(tree.parent) + 4 * len(table[1])
    return len(steps) / seconds, operations


def by_power_grid_model(network, count, method):
    from power_grid_model import CalculationMethod, ComponentType

    model, loaded = pgm._model(network, ())  # noqa: SLF001 - the same model as the reference's
    p, q = pgm._powers(network, (), loaded, np.arange(count))  # noqa: SLF001
    asked = {
        "update_data": {ComponentType.sym_load: {"p_specified": np.ascontiguousarray(p), "q_specified": np.ascontiguousarray(q)}},
        "calculation_method": getattr(CalculationMethod, method),
        "error_tolerance": 1e-8,
        "threading": -1,
        "output_component_types": {ComponentType.node: ["u_pu"]},
    }
    return count / timed(lambda: model.calculate_power_flow(**asked))


def in_pandapower(network, path):
    """
    Return the network in pandapower and the year of its loads and generators in MW and Mvar.
    """
    import pandapower

    net = pandapower.from_json(str(path))
    year = network.profiles
    tables = []
    for table in (network.loads, network.generators):
        shaped = table.profile >= 0
        p, q = (np.tile(column, (year.steps, 1)) / 1e3 for column in (table.p_kw, table.q_kvar))
        p[:, shaped] *= year.p[table.profile[shaped]].T
        q[:, shaped] *= year.q[table.profile[shaped]].T
        tables += [p, q]
    return net, tables


def by_pandapower(net, tables, count, **asked):
    import pandapower

    def do():
        for at in range(count):
            net.load["p_mw"], net.load["q_mvar"] = tables[0][at], tables[1][at]
            if len(net.sgen):
                net.sgen["p_mw"], net.sgen["q_mvar"] = tables[2][at], tables[3][at]
            pandapower.runpp(net, trafo_model="pi", init="dc" if at == 0 else "results", **asked)

    return count / timed(do)


def by_lightsim2grid(net, tables, count):
    """
    Run lightsim2grid's own model (no pandapower around its Newton–Raphson).
    """
    import pandapower
    from lightsim2grid.gridmodel import init_from_pandapower

    bounds = [name for name in net.sgen.columns if name.startswith(("min_", "max_"))]
    net.sgen = net.sgen.drop(columns=bounds)  # SimBench leaves them empty
    pandapower.runpp(net)  # it takes the "t" model only: another transformer, the same work
    model = init_from_pandapower(net)
    start = np.ones(model.total_bus(), dtype=complex)

    def do():
        last = model.dc_pf(start, 1, 1e-8)
        for at in range(count):
            for row in range(len(net.load)):
                model.change_p_load(row, tables[0][at, row])
                model.change_q_load(row, tables[1][at, row])
            last = model.ac_pf(last, 20, 1e-8)
            if not len(last):
                raise RuntimeError

    return count / timed(do)


def by_opendss(network, count):
    """
    Run OpenDSS in its own daily loop on a circuit with the same lines' and transformers' sequence values.
    """
    import opendssdirect as dss

    dss.Text.Command("clear")
    buses, lines, rows = network.buses, network.lines, network.transformers
    hv = int(network.sources.bus[0])
    dss.Text.Command(f"new circuit.c basekv={buses.nominal_kv[hv]} bus1=b{hv} pu={network.sources.voltage_pu[0]} r1=0 x1=1e-6 r0=0 x0=1e-6")
    for at in np.flatnonzero(lines.in_service):
        dss.Text.Command(
            f"new line.l{at} bus1=b{lines.from_bus[at]} bus2=b{lines.to_bus[at]} r1={lines.r_ohm_per_km[at]} x1={lines.x_ohm_per_km[at]} "
            f"c1={lines.c_nf_per_km[at]} r0=0.8 x0=0.3 c0=0 units=km length={lines.length_m[at] / 1e3}"
        )
    for at in range(len(rows)):
        dss.Text.Command(
            f"new transformer.t{at} phases=3 windings=2 buses=(b{rows.hv_bus[at]}, b{rows.lv_bus[at]}) conns=(wye, wye) "
            f"kvs=({rows.rated_hv_kv[at]}, {rows.rated_lv_kv[at]}) kvas=({rows.rated_kva[at]}, {rows.rated_kva[at]}) "
            f"xhl={rows.vk_percent[at]} %loadloss={rows.vkr_percent[at]}"
        )
    for kind, table, sign in (("load", network.loads, 1), ("sun", network.generators, -1)):
        for at in range(len(table.bus)):
            p, q = sign * table.p_kw[at], sign * table.q_kvar[at]
            kv = buses.nominal_kv[int(table.bus[at])]
            dss.Text.Command(f"new load.{kind}{at} bus1=b{table.bus[at]} kv={kv} kw={p} kvar={q} model=1 vminpu=0.5 vmaxpu=1.5")
    for row in np.unique(np.concatenate([network.loads.profile, network.generators.profile])):
        if row >= 0:
            values = " ".join(f"{value:.6g}" for value in network.profiles.p[row, :count])
            dss.Text.Command(f"new loadshape.s{row} npts={count} interval=0.25 mult=({values})")
    for kind, table in (("load", network.loads), ("sun", network.generators)):
        for at in np.flatnonzero(table.profile >= 0):
            dss.Text.Command(f"edit load.{kind}{at} daily=s{table.profile[at]}")
    dss.Text.Command(f"set mode=daily number={count} stepsize=15m tolerance=1e-8 controlmode=off")
    return count / timed(dss.Solution.Solve)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("network")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--peak", type=float, default=0.0)
    arguments = parser.parse_args()
    path, count = arguments.folder / arguments.network, arguments.steps
    tables = [(table.name, table.read_bytes()) for table in sorted(arguments.folder.glob("profiles_*.csv.gz"))]
    network = grid.attach_year(grid.read_pandapower(path.read_text(encoding="utf-8")), tables)
    a_second, operations = ours(network)
    print(f"{arguments.network}: ours {a_second:,.0f} flows a second, {operations * a_second / 1e9:.1f} · 10⁹ operations a second")
    if arguments.peak:
        print(f"  {operations * a_second / 1e9 / arguments.peak:.0%} of the arithmetic peak")
    few = max(count // 50, 2)
    peers = {
        "power-grid-model, iterative current": ("power_grid_model", lambda: by_power_grid_model(network, count, "iterative_current")),
        "power-grid-model, Newton–Raphson": ("power_grid_model", lambda: by_power_grid_model(network, count, "newton_raphson")),
        "lightsim2grid, Newton–Raphson": ("lightsim2grid", lambda: by_lightsim2grid(*in_pandapower(network, path), count)),
        "OpenDSS": ("opendssdirect", lambda: by_opendss(network, count)),
        "pandapower": ("pandapower", lambda: by_pandapower(*in_pandapower(network, path), few, lightsim2grid=False)),
    }
    for name, (module, run) in peers.items():
        if importlib.util.find_spec(module) is None:
            print(f"  {name}: not installed")
            continue
        try:
            other = run()
        except RuntimeError:
            print(f"  {name}: found no solution")
            continue
        print(f"  {name}: {other:,.0f} flows a second, ours {a_second / other:,.0f} times as many")


if __name__ == "__main__":
    main()
