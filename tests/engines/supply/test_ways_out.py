"""
What makes a point hold: each way is re-solved by pandapower or compared with a hand sum.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from tongdian.engines import grid, supply
from tongdian.engines.supply._reinforce import second_cables, taps, transformer_exchanges

from . import hamlet
from .reference import solve

CATALOGUE = supply.shipped_catalogue()


def chargers(count=14):
    return hamlet.elevator(devices=(supply.Device(kind="charger", kw=7.0, count=count),))


@pytest.fixture(scope="module")
def small():
    return hamlet.build(kva=(63.0, 63.0))


@pytest.fixture(scope="module")
def plan(small):
    return supply.propose(chargers(), small, ())


def kinds(plan):
    return {way.kind: way for way in plan.ways_out}


def test_an_overloaded_transformer_has_ways_out_by_cost(plan):
    assert not plan.feasible
    assert {"managed_charging", "larger_transformer", "second_transformer", "new_station", "medium_feeder"} <= set(kinds(plan))
    totals = [way.total_yuan for way in plan.ways_out]
    assert totals == sorted(totals)
    assert all(way.binding.passed and way.steps == hamlet.STEPS for way in plan.ways_out)
    assert plan.options[0].ways_out


def test_managed_charging_leaves_what_holds_and_costs_its_controller(plan):
    way = next(way for way in plan.ways_out if way.kind == "managed_charging" and way.bus_name == plan.options[0].bus_name)
    assert way.added_yuan == CATALOGUE.price("charge-management").unit_price_yuan
    assert way.after < way.before
    assert way.after == pytest.approx(plan.fits_kw, rel=0.03)


def test_what_would_fit_fits_and_a_tenth_more_does_not(plan, small):
    fits = supply.Device(kind="charger", kw=plan.fits_kw / 1, count=1)
    assert supply.propose(hamlet.elevator(devices=(replace(fits, kw=plan.fits_kw * 0.98),)), small, ()).feasible
    more = supply.propose(hamlet.elevator(devices=(replace(fits, kw=plan.fits_kw * 1.1),)), small, (), ways_out=False)
    assert plan.options[0].bus_name not in {option.bus_name for option in more.options if option.feasible}


def test_an_exchanged_transformer_costs_its_price_and_the_works(plan):
    way = kinds(plan)["larger_transformer"]
    kind = next(row for row in CATALOGUE.transformers if row.rated_kva == way.after)
    assert way.added_yuan == CATALOGUE.price(kind.code).unit_price_yuan + CATALOGUE.price("transformer-exchange").unit_price_yuan


def test_pandapower_agrees_on_a_network_with_a_way_out():
    network = hamlet.build()
    changed = next(iter(transformer_exchanges(network, 0, CATALOGUE))).network
    changed = next(iter(second_cables(changed, [0, 1], CATALOGUE))).network
    extra = (grid.ExtraLoad(bus=4, p_kw=60.0, q_kvar=12.0),)
    ours = grid.solve_voltages(changed, extra=extra, steps=np.array([78]))
    theirs, _ = solve(changed, extra, [78])
    assert np.nanmax(np.abs(ours - theirs)) < 1e-6


def test_a_second_cable_like_the_first_halves_the_impedance():
    network = hamlet.build()
    kind = replace(CATALOGUE.cables[0], r20_ohm_per_km=0.208 / 1.2821, x_ohm_per_km=0.080, ampacity_a={"buried": 1e4})
    lines = next(iter(second_cables(network, [0], replace(CATALOGUE, cables=(kind,))))).network.lines
    assert lines.r_ohm_per_km[0] == pytest.approx(0.104, rel=1e-4)
    assert lines.rated_a[0] == pytest.approx(540, rel=1e-3)


def test_a_tap_is_named_with_its_positions():
    low = hamlet.build()
    change = next(iter(taps(low, 0)))
    assert (change.kind, change.before, change.after, change.elements) == ("tap", 0.0, -1.0, ("T1",))


def test_a_low_voltage_is_cured_by_a_tap():
    network = hamlet.build(kva=(400.0, 400.0), line_types=["NAYY 4x50"] * 6)
    weak = replace(network, sources=replace(network.sources, voltage_pu=np.full(2, 0.905)))
    plan = supply.propose(hamlet.elevator(30.0), weak, ())
    ways = {way.kind for way in plan.ways_out} | {way.kind for one in plan.rejected for way in one.ways_out}
    assert "tap" in ways


def test_a_motor_gets_a_soft_starter():
    plan = supply.propose(hamlet.elevator(devices=(supply.Device(kind="motor", kw=45.0),)), hamlet.build(), ())
    way = kinds(plan)["soft_starter"]
    assert (way.before, way.after) == (6.0, 2.5)
    assert way.added_yuan == Decimal("4800.00")


def test_why_not_cheaper_is_answered_with_a_way_that_would_be(small):
    plan = supply.propose(chargers(), hamlet.build(), ())
    assert plan.feasible
    first = plan.rejected[0]
    assert first.cost_yuan < plan.options[0].cost.total_yuan
    assert all(way.total_yuan < plan.options[0].cost.total_yuan for way in first.ways_out)
    assert "managed_charging" in {way.kind for way in first.ways_out}


def test_nothing_is_sought_where_nobody_asks(small):
    plan = supply.propose(chargers(), small, (), ways_out=False)
    assert plan.ways_out == ()
    assert plan.fits_kw is None
