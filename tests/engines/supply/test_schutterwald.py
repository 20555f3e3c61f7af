"""
On the real network of Schutterwald, with a thinned synthetic year: every 97th quarter hour, so that all hours and seasons occur.
"""

import gzip
import json
from dataclasses import replace
from datetime import date
from importlib.resources import files

import numpy as np
import pytest

from tongdian.engines import grid, supply

from .reference import solve, with_cable


@pytest.fixture(scope="module")
def network():
    packed = (files("tongdian") / "data" / "networks" / "lv_schutterwald.json.gz").read_bytes()
    whole = grid.synthetic_year(grid.read_pandapower(gzip.decompress(packed), source="Schutterwald"), seed=1)
    year = whole.profiles
    thin = replace(year, p=np.ascontiguousarray(year.p[:, ::97]), q=np.ascontiguousarray(year.q[:, ::97]), step_minutes=15 * 97)
    return replace(whole, profiles=thin)


def at_house(network, load, kw=15.0, reference="elevator"):
    bus = network.loads.bus[load]
    return supply.Application(
        reference=reference,
        site_lon=float(network.buses.lon[bus]) + 1e-5,
        site_lat=float(network.buses.lat[bus]),
        devices=(supply.Device(kind="elevator", kw=kw),),
        customer_class="household",
        wanted_date=date(2021, 7, 5),
    )


@pytest.fixture(scope="module")
def plan(network):
    return supply.propose(at_house(network, 1000), network, ())


def test_an_elevator_gets_up_to_three_different_points(plan):
    assert plan.feasible
    assert len({option.bus_id for option in plan.options}) == len(plan.options) == 3
    totals = [option.cost.total_yuan for option in plan.options]
    assert totals == sorted(totals)
    for option in plan.options:
        assert all(check.passed for check in option.checks if check.decides)
        assert option.route.length_m == pytest.approx(sum(segment.length_m for segment in option.route.segments), abs=0.01)


def test_routes_hang_together_and_end_at_the_site(plan):
    for option in plan.options:
        for one, other in zip(option.route.segments, option.route.segments[1:], strict=False):
            assert one.path[-1] == pytest.approx(other.path[0], abs=2e-4)  # some recorded lines end beside their bus
        site = (plan.application.site_lon, plan.application.site_lat)
        assert option.route.segments[-1].path[-1] == pytest.approx(site, abs=1e-7)


def test_pandapower_agrees_at_the_worst_steps_and_a_sample(plan, network):
    option = plan.options[0]
    island = grid.island_at(network, grid.position_of(network.buses, option.bus_id))
    grown, extra = with_cable(island, option, (plan.reserve_kw, plan.reserve_kvar))
    told = {check.step: check for check in option.checks if check.kind == "voltage_min"}
    sample = [int(step) for step in np.linspace(0, network.profiles.steps - 1, 12)]
    steps = [*told, *sample]
    voltages, _ = solve(grown, extra, steps)
    for at, (_, check) in enumerate(told.items()):
        bus = -1 if check.element_kind == "site" else grid.position_of(grown.buses, check.element_id)
        assert check.value == pytest.approx(voltages[at, bus], abs=1e-5)
    ours = grid.solve_voltages(grown, extra=extra, steps=np.array(steps))
    assert np.abs(ours - voltages).max() < 1e-5
    assert voltages.min() >= min(check.value for check in told.values()) - 1e-5


def test_the_second_applicant_is_refused_when_reservations_took_the_rest(network):
    application = at_house(network, 1000, kw=100.0, reference="second")
    near = supply.propose(at_house(network, 1000), network, ()).options
    held = tuple(
        supply.Reservation(bus_id=bus, p_kw=260.0, q_kvar=60.0, reference=f"held {bus}")
        for bus in sorted({int(network.buses.id[row]) for row in network.transformers.lv_bus})
    )
    plan = supply.propose(application, network, held)
    assert not plan.feasible
    assert [option.feasible for option in plan.options] == [False]
    binding = plan.options[0].binding
    assert not binding.passed
    assert binding.element_name
    assert binding.moment.startswith("2021-")
    assert near[0].feasible


def test_the_same_house_twice_has_the_same_answer(plan, network):
    assert supply.propose(at_house(network, 1000), network, ()) == plan


def test_every_option_survives_json(plan):
    assert supply.SupplyPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_the_map_around_shows_the_feed(plan, network):
    option = plan.options[0]
    around = supply.neighbourhood(network, option, 100.0)
    assert len(around.lines) > 10
    assert any(line.feeds and line.loading_after is not None for line in around.lines)
    assert {bus.role for bus in around.buses} >= {"connection", "node"}
