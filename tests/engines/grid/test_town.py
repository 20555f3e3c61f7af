"""
Made-up towns: the same seed gives the same bytes, every feeder stands alone, and it holds.
"""

from dataclasses import fields, replace

import numpy as np
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._store import columns as _columns
from tongdian.engines.grid._town import generate
from tongdian.engines.grid._town.doubtful import doubtful_steps, judged_tree
from tongdian.engines.grid._town.town_year import town_shapes

LIMITS = grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
TOWN = grid.Town(connections=250, per_feeder=120, step_minutes=60, seed=4)


@pytest.fixture(scope="module")
def feeders():
    return dict(grid.generate_feeders(TOWN))


def test_a_town_has_exactly_the_connections_asked_for(feeders):
    assert [len(one.loads) for one in feeders.values()] == [120, 120, 10]
    assert list(feeders) == ["S0001-R1A", "S0001-R1B", "S0001-R2A"]


def test_a_feeder_depends_on_design_and_index_only(feeders, tmp_path):
    again = grid.generate_feeder(TOWN, 1)
    first = grid.write_store(tmp_path / "a", [("F", feeders["S0001-R1B"])], label="x")
    second = grid.write_store(tmp_path / "b", [("F", again)], label="x")
    assert first.entries == second.entries
    assert (tmp_path / "a/feeders/F.parquet").read_bytes() == (tmp_path / "b/feeders/F.parquet").read_bytes()


def test_another_seed_gives_another_town(feeders):
    other = grid.generate_feeder(replace(TOWN, seed=5), 0)
    assert other.fingerprint() != feeders["S0001-R1A"].fingerprint()


def test_every_feeder_is_a_sound_network(feeders):
    for network in feeders.values():
        assert [one for one in grid.check_network(network) if one.level == "error"] == []
        assert (network.lines.length_m > 1).all()
        assert np.isfinite(network.lines.rated_a).all()


def test_no_base_case_is_broken(feeders):
    for network in feeders.values():
        assert grid.violations(network, grid.run_year(network), LIMITS) == ()


@pytest.mark.parametrize(("connections", "seed", "roofs"), [(30, 3, 0.08), (150, 11, 1.0), (90, 2, 1.0)])
def test_a_feeder_that_broke_at_first_is_relieved_until_it_holds(connections, seed, roofs):
    town = grid.Town(connections=connections, per_feeder=connections, step_minutes=60, seed=seed, roof_share=roofs)
    network = grid.generate_feeder(town, 0)
    assert grid.violations(network, grid.run_year(network), LIMITS) == ()


def test_too_much_sun_is_taken_off_the_roofs_and_no_load(feeders):
    network = feeders["S0001-R1A"]
    sunny = replace(network, generators=replace(network.generators, p_kw=network.generators.p_kw * 40))
    noon = np.array([int(network.profiles.p[-1].argmax())])
    relieved = generate._relieve(sunny, noon)
    assert relieved.generators.p_kw.sum() < sunny.generators.p_kw.sum()
    assert grid.violations(relieved, grid.run_year(relieved, steps=noon), LIMITS) == ()


@pytest.mark.parametrize("function", ["_settle", "_relieve"])
def test_a_design_that_never_holds_is_a_bug(function, feeders, monkeypatch):
    monkeypatch.setattr(generate, "ATTEMPTS", 0)
    shapes = [town_shapes(TOWN.seed, TOWN.year, TOWN.step_minutes)] if function == "_settle" else []
    with pytest.raises(AssertionError, match="bug"):
        getattr(generate, function)(feeders["S0001-R2A"], np.zeros(1, np.int64), *shapes)


def test_an_overloaded_feeder_is_broken_at_a_transformer():
    network = grid.generate_feeder(replace(TOWN, overloaded_share=1.0), 0)
    worst = grid.violations(network, grid.run_year(network), LIMITS)
    assert "transformer_loading" in {one.kind for one in worst}


def test_everything_says_that_it_is_synthetic(feeders):
    for network in feeders.values():
        assert "synthetic" in network.source
        assert "synthetic" in network.profiles.label


def test_lines_follow_courses_of_their_length(feeders):
    network = feeders["S0001-R1A"]
    for path, length in zip(network.lines.path, network.lines.length_m, strict=True):
        steps = np.diff(path, axis=0) * 111_195.08 * np.array([np.cos(np.deg2rad(32.0)), 1.0])
        assert np.hypot(*steps.T).sum() == pytest.approx(length, abs=0.1)


def test_a_ring_is_open_at_the_end_of_its_first_feeder(feeders):
    first, second = feeders["S0001-R1A"], feeders["S0001-R1B"]
    assert not first.switches.closed.any()
    assert len(first.switches) == 1
    assert len(second.switches) == 0
    assert first.buses.name[first.switches.bus[0]].endswith("open point")


def test_roofs_shine_by_day_only(feeders):
    year = feeders["S0001-R1A"].profiles
    roofs = year.p[[name.startswith("roof") for name in year.name]].reshape(-1, 365, 24)
    assert roofs[:, :, 0].max() == 0
    assert roofs.max() == 1
    assert roofs[:, 150:200, 12].mean() > 2 * roofs[:, :20, 12].mean() * 0.6


@pytest.mark.parametrize(
    "wrong",
    [{"connections": 0}, {"per_feeder": 0}, {"roof_share": 1.5}, {"overloaded_share": -1}, {"step_minutes": 7}, {"seed": -1}, {"year": 0}],
)
def test_an_impossible_town_is_refused(wrong):
    with pytest.raises(grid.NoTown):
        replace(TOWN, **wrong)


def test_a_feeder_that_the_town_has_not_is_refused():
    with pytest.raises(grid.NoTown):
        grid.generate_feeder(TOWN, 3)


def test_a_network_is_cut_at_its_sources(feeders):
    one = feeders["S0001-R2A"]
    cut = dict(grid.split_feeders(one))
    assert list(cut) == [f"S0001-R2A-10-kV-{one.sources.id[0]}"]
    assert len(next(iter(cut.values())).loads) == len(one.loads)


def test_sources_of_one_island_make_one_feeder_and_dead_ones_none(feeders):
    one = feeders["S0001-R1A"]
    rows = np.zeros(3, np.int64)
    dead = int(np.flatnonzero(~one.buses.in_service)[0])
    three = replace(one.sources.take(rows), id=np.arange(3), bus=np.array([0, 0, dead]))
    assert list(dict(grid.split_feeders(replace(one, sources=three)))) == ["S0001-R1A-10-kV-0"]


def test_a_network_without_source_has_no_feeders(feeders):
    one = feeders["S0001-R2A"]
    dark = replace(one, sources=replace(one.sources, in_service=np.zeros(1, np.bool_)))
    with pytest.raises(grid.NoFeeders):
        list(grid.split_feeders(dark))


def test_columns_come_back_as_they_went(feeders, tmp_path):
    table = feeders["S0001-R2A"].lines
    columns = {f"lines.{one.name}": getattr(table, one.name) for one in fields(table)}
    columns["lines.path"] = (None, *columns["lines.path"][1:])
    _columns.write_lists(tmp_path / "x.parquet", columns, {"a": "b"})
    found, facts = _columns.read_lists(tmp_path / "x.parquet")
    assert facts["a"] == "b"
    assert found["lines.path"][0] is None
    assert np.array_equal(found["lines.path"][1], columns["lines.path"][1])
    assert found["lines.name"] == table.name


@pytest.mark.parametrize(
    ("stress", "kind"), [(2.2, "line_loading"), (1.9, "transformer_loading"), (2.0, "voltage_low"), (40.0, "voltage_high")]
)
def test_no_step_breaks_a_limit_that_the_bounds_cleared(stress, kind):
    town = grid.Town(connections=60, per_feeder=60, step_minutes=60, seed=4, roof_share=0.6)
    network = grid.generate_feeder(town, 0)
    loads, roofs = network.loads, network.generators
    if kind == "voltage_high":
        network = replace(network, generators=replace(roofs, p_kw=roofs.p_kw * stress))
    else:
        network = replace(network, loads=replace(loads, p_kw=loads.p_kw * stress, q_kvar=loads.q_kvar * stress))
    shapes = town_shapes(town.seed, town.year, town.step_minutes)
    doubtful = doubtful_steps(network, judged_tree(network, LIMITS), shapes)
    cleared = np.setdiff1d(np.arange(8760), doubtful)
    assert 0 < len(doubtful) < 8760
    assert kind in {one.kind for one in grid.violations(network, grid.run_year(network, steps=doubtful), LIMITS)}
    assert grid.violations(network, grid.run_year(network, steps=cleared), LIMITS) == ()


def test_a_years_peak_is_found_without_summing_every_step():
    shapes = town_shapes(4, 2021, 60)
    random = np.random.default_rng(1)
    for _ in range(20):
        weights = random.normal(size=len(shapes.rows)) * (random.uniform(size=len(shapes.rows)) < 0.4)
        assert shapes.peak(weights) == int((weights @ shapes.rows).argmax())
