"""
The extremes of a year from few of its steps, against the whole year.
"""

import gzip
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import frame

from tongdian.engines import grid
from tongdian.engines.grid._flow.extremes import WORTH, steps_of_extremes
from tongdian.kit.tables import data_file

COLUMNS = ("voltage_min_pu", "voltage_max_pu", "line_loading_max", "transformer_loading_max")
FEW = 0.3  # of the year's steps


@pytest.fixture(scope="module")
def schutterwald():
    document = gzip.decompress(data_file("networks/lv_schutterwald.json.gz").read_bytes())
    return grid.synthetic_year(grid.read_pandapower(document), seed=3, step_minutes=60)


@pytest.fixture(scope="module")
def sunny():
    town = grid.generate_feeder(grid.Town(connections=300, per_feeder=150, step_minutes=60, seed=4), 1)
    assert len(town.generators)
    return town


def compare(network, extra=()):
    whole, few = grid.run_year(network, extra), grid.run_extremes(network, extra)
    assert few.steps == whole.steps
    assert few.losses_kwh == whole.losses_kwh if steps_of_extremes_or_none(network, extra) is None else np.isnan(few.losses_kwh)
    for name in COLUMNS:
        one, other = getattr(whole, name), getattr(few, name)
        assert (np.isnan(one) == np.isnan(other)).all(), name
        assert np.nanmax(np.abs(one - other), initial=0.0) < 2e-9, name
    for name, at in (("voltage_min_pu", "voltage_min_step"), ("line_loading_max", "line_loading_max_step")):
        for where in np.flatnonzero(getattr(whole, at) != getattr(few, at)):  # the same value in another step: nothing flows, or the source
            step = np.array([getattr(few, at)[where]])
            assert getattr(grid.run_year(network, extra, steps=step), name)[where] == pytest.approx(getattr(whole, name)[where], abs=2e-9)


def steps_of_extremes_or_none(network, extra):
    return steps_of_extremes(network, extra) if network.profiles is not None and network.profiles.steps > WORTH else None


def scaled(network, loads, generators):
    return replace(
        network,
        loads=replace(network.loads, p_kw=network.loads.p_kw * loads, q_kvar=network.loads.q_kvar * loads),
        generators=replace(network.generators, p_kw=network.generators.p_kw * generators),
    )


def test_islands_with_added_loads_need_few_steps(schutterwald):
    rng = np.random.default_rng(1)
    for transformer in (0, 3, 7, 9):
        island = grid.island_at(schutterwald, int(schutterwald.transformers.lv_bus[transformer]))
        shape = rng.uniform(0, 1, island.profiles.steps)
        buses = rng.choice(len(island.buses), 3, replace=False)
        extra = [grid.ExtraLoad(bus=int(bus), p_kw=8.0, q_kvar=2.0, shape=shape if at else None) for at, bus in enumerate(buses)]
        compare(island, extra)
        compare(scaled(island, 1.5, 1.0))
        assert len(steps_of_extremes(island)) < FEW * island.profiles.steps


@pytest.mark.parametrize(("loads", "generators"), [(1.0, 1.0), (0.3, 8.0), (1.5, 4.0), (1.0, 0.0)])
def test_roofs_that_turn_the_flow_around(sunny, loads, generators):
    compare(scaled(sunny, loads, generators))


def test_every_state_of_a_ring_with_a_section_out(schutterwald):
    ring = grid.synthetic_ring(schutterwald, seed=2)
    extra = [grid.ExtraLoad(bus=9, p_kw=900.0, q_kvar=300.0)]
    for line in range(0, len(ring.lines), 7):
        running = ring.lines.in_service.copy()
        running[line] = False
        out = replace(ring, lines=replace(ring.lines, in_service=running))
        compare(out, extra)
        assert len(steps_of_extremes(out, extra)) < FEW * ring.profiles.steps


def test_a_loop_a_short_year_and_no_year_are_solved_whole(schutterwald):
    assert steps_of_extremes(schutterwald) is None  # one of its islands has a closed loop
    year = schutterwald.profiles
    compare(replace(schutterwald, profiles=replace(year, p=year.p[:, :50], q=year.q[:, :50])))
    compare(replace(schutterwald, profiles=None))


def test_negative_reactance_is_solved_whole(sunny):
    lines = sunny.lines
    odd = replace(sunny, lines=replace(lines, x_ohm_per_km=np.where(np.arange(len(lines)) == 5, -0.01, lines.x_ohm_per_km)))
    assert steps_of_extremes(odd) is None
    compare(odd)


def test_a_generator_alone():
    generator = frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["PV", 20, 0.05, 0.01, 1.0, True]])
    compare(grid.synthetic_year(grid.read_pandapower(two_buses(sgen=generator)), seed=4, step_minutes=60))


def test_what_collapses_says_so():
    network = grid.synthetic_year(grid.read_pandapower(two_buses(p_mw=1.0)), seed=4, step_minutes=60)
    assert steps_of_extremes(network) is None
    with pytest.raises(grid.NoPowerFlow):
        grid.run_extremes(network)


def test_years_are_forgotten_when_there_are_many():
    from tongdian.engines.grid._flow import extremes as _extremes

    for seed in range(_extremes.REMEMBERED + 2):
        compare(grid.synthetic_year(grid.read_pandapower(two_buses()), seed=seed, step_minutes=60))
    assert len(_extremes._kept) == _extremes.REMEMBERED
