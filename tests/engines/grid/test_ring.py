"""
The synthetic ring above Schutterwald, with a thinned year.
"""

import gzip
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandapower as pp
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._town.ways import cheapest_round

STATIONS = 14


@pytest.fixture(scope="module")
def town():
    packed = (files("tongdian") / "data" / "networks" / "lv_schutterwald.json.gz").read_bytes()
    return grid.synthetic_year(grid.read_pandapower(gzip.decompress(packed), source="Schutterwald"), seed=1, step_minutes=60)


@pytest.fixture(scope="module")
def ring(town):
    return grid.synthetic_ring(town, seed=2021)


def out(network, line, *, tie):
    running = network.lines.in_service.copy()
    running[line] = False
    closed = network.switches.closed.copy()
    closed[list(network.switches.kind).index("line")] = tie
    return replace(network, lines=replace(network.lines, in_service=running), switches=replace(network.switches, closed=closed))


def test_every_station_hangs_on_one_of_two_feeders(town, ring):
    labels = grid.island_labels(ring)
    assert len(set(labels.tolist())) == 1
    stations = ring.buses.id[ring.loads.bus]
    assert sorted(stations.tolist()) == sorted(town.buses.id[town.transformers.hv_bus].tolist())
    assert len(stations) == STATIONS
    heads = replace(ring, transformers=replace(ring.transformers, in_service=np.zeros(2, dtype=bool)))
    feeders = grid.island_labels(heads)[ring.loads.bus]
    sizes = sorted(float(ring.loads.p_kw[feeders == feeder].sum()) for feeder in set(feeders.tolist()))
    assert len(sizes) == 2
    assert sizes[0] > 0.4 * sum(sizes)  # the open point divides the load about evenly


def test_the_year_is_radial_and_within_limits(ring):
    assert len(grid.capacity(ring, grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)).bus) == len(ring.buses) - 1  # a tree
    assert grid.violations(ring, grid.run_year(ring), grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)) == ()


def test_any_length_of_cable_may_fail_when_the_open_point_is_closed(ring):
    for line in range(len(ring.lines)):
        voltages = grid.solve_voltages(out(ring, line, tie=True), steps=np.array([0]))
        assert (voltages[0, ring.loads.bus] > 0.9).all()
    alone = grid.solve_voltages(out(ring, 0, tie=False), steps=np.array([0]))
    assert (alone[0, ring.loads.bus] == 0).any()


def test_a_station_takes_what_its_low_voltage_network_takes(town, ring):
    year = town.profiles
    steps = np.linspace(0, year.steps - 1, 6).astype(int)
    for at in (0, 7, 13):
        transformer = int(np.flatnonzero(town.transformers.id == ring.loads.id[at])[0])
        island = grid.island_at(town, int(town.transformers.lv_bus[transformer]))
        for step in [*steps.tolist(), int(ring.profiles.p[at].argmax())]:
            year_of_step = grid.run_year(island, steps=np.array([step]))
            loads = island.loads
            taken = float((loads.p_kw * year.p[loads.profile, step]).sum()) + year_of_step.losses_kwh
            ours = float(ring.loads.p_kw[at] * ring.profiles.p[at, step])
            # cables lose the share of the peak at every step: never less than is lost, at most a twentieth of the power more
            assert taken * 0.995 <= ours <= taken * 1.05


def test_pandapower_agrees_with_one_section_out(ring):
    step = int(ring.profiles.p.sum(axis=0).argmax())
    broken = out(ring, 0, tie=True)
    ours = grid.solve_voltages(broken, steps=np.array([step]))[0]
    net = pp.create_empty_network()
    for kv in ring.buses.nominal_kv:
        pp.create_bus(net, vn_kv=float(kv))
    lines, trafos = broken.lines, broken.transformers
    for i in range(len(lines)):
        pp.create_line_from_parameters(
            net, int(lines.from_bus[i]), int(lines.to_bus[i]), lines.length_m[i] / 1000, lines.r_ohm_per_km[i], lines.x_ohm_per_km[i],
            lines.c_nf_per_km[i], lines.rated_a[i] / 1000, in_service=bool(lines.in_service[i]),
        )  # fmt: skip
    for i in range(2):
        pp.create_transformer_from_parameters(
            net, int(trafos.hv_bus[i]), int(trafos.lv_bus[i]), trafos.rated_kva[i] / 1000, trafos.rated_hv_kv[i], trafos.rated_lv_kv[i],
            trafos.vkr_percent[i], trafos.vk_percent[i], trafos.iron_loss_kw[i], trafos.no_load_percent[i],
        )  # fmt: skip
    loads, year = ring.loads, ring.profiles
    for i in range(len(loads)):
        pp.create_load(net, int(loads.bus[i]), loads.p_kw[i] * year.p[i, step] / 1000, loads.q_kvar[i] * year.q[i, step] / 1000)
    pp.create_ext_grid(net, 0)
    pp.runpp(net, trafo_model="pi", tolerance_mva=1e-10, numba=False)
    assert np.abs(net.res_bus.vm_pu.to_numpy() - ours).max() < 1e-6


def test_sections_follow_the_lines_and_say_that_they_are_synthetic(town, ring):
    places = {(round(lon, 9), round(lat, 9)) for path in town.lines.path for lon, lat in path}
    places |= set(zip(town.buses.lon.round(9).tolist(), town.buses.lat.round(9).tolist(), strict=True))
    for path in ring.lines.path:
        assert {(round(lon, 9), round(lat, 9)) for lon, lat in path.tolist()} <= places
    assert "synthetic" in ring.source
    assert "Schutterwald" in ring.source
    assert "synthetic" in ring.profiles.label


def test_the_same_seed_gives_the_same_ring(town, ring):
    assert grid.synthetic_ring(town, seed=2021).fingerprint() == ring.fingerprint()
    assert grid.synthetic_ring(town, seed=5).fingerprint() != ring.fingerprint()


def test_refuses_what_no_ring_can_feed(town):
    with pytest.raises(grid.NoRing, match="profiles"):
        grid.synthetic_ring(replace(town, profiles=None), seed=1)
    apart = replace(town, lines=town.lines.take(np.arange(40)))
    with pytest.raises(grid.NoRing, match="No line course"):
        grid.synthetic_ring(apart, seed=1)
    switches = town.switches
    joined = replace(town, switches=replace(switches, closed=np.ones(len(switches), dtype=bool)))
    with pytest.raises(grid.NoRing, match="Two transformers"):
        grid.synthetic_ring(joined, seed=1)


def test_a_round_has_no_crossing():
    corners = np.array([[0, 0], [10, 10], [10, 0], [0, 10], [5, -1]], dtype=float)
    lengths = np.hypot(*(corners[:, None] - corners[None, :]).transpose(2, 0, 1))
    order = cheapest_round(lengths)
    assert order in ([0, 4, 2, 1, 3], [0, 3, 1, 2, 4])
    assert cheapest_round(np.array([[0.0, np.inf], [np.inf, 0.0]])) is None
