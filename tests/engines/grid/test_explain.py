"""
Explanations and single-phase answers, against full years of another kind of run.
"""

import gzip
from dataclasses import replace
from importlib.resources import files
from math import floor

import numpy as np
import pytest
from tests.apps.conftest import small_document

from tongdian.engines import grid
from tongdian.engines.grid._flow.pgm_phases import PhaseModel

LIMITS = grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.07)


@pytest.fixture(scope="module")
def town():
    return grid.synthetic_year(grid.read_pandapower(small_document()), seed=1, step_minutes=60)


@pytest.fixture(scope="module")
def question(town):
    return grid.Question(limits=LIMITS, voltage_at=town.buses.nominal_kv < 1)


def extra(question, bus, kw):
    return grid.ExtraLoad(bus=bus, p_kw=kw, q_kvar=question.reactive(kw))


def test_the_answer_is_that_of_the_table_and_its_way_that_of_the_year(town, question):
    found = grid.explain(town, question, bus=4)
    table = grid.capacity(town, LIMITS, voltage_at=question.voltage_at)
    assert found.capacity_kw == pytest.approx(table.capacity_kw[3], rel=1e-9)
    year = grid.run_year(town, (extra(question, 4, found.capacity_kw),), steps=np.array([found.at]), solver="power_grid_model")
    assert [node.after_pu for node in found.nodes] == pytest.approx(year.voltage_min_pu[[0, 1, 2, 3, 4]], abs=1e-7)
    assert [line.after for line in found.elements[1:]] == pytest.approx(year.line_loading_max, abs=1e-6)


def test_each_limit_alone_is_the_capacity_without_the_others(town, question):
    found = grid.explain(town, question, bus=4)
    assert found.rooms[0].capacity_kw == pytest.approx(found.capacity_kw)
    assert found.next_room == found.rooms[1]
    free = replace(LIMITS, voltage_min_pu=0.01, voltage_max_pu=9.0, line_loading=100.0)
    alone = grid.capacity(town, free, voltage_at=np.zeros(5, dtype=np.bool_))
    room = next(room for room in found.rooms if room.kind == "transformer_loading")
    assert room.capacity_kw == pytest.approx(alone.capacity_kw[3], rel=1e-6)


def test_the_worst_of_every_day_is_that_of_the_year(town, question):
    found = grid.explain(town, question, bus=4)
    assert len(found.days_before) == 365
    year = grid.run_year(town, solver="power_grid_model")
    lowest = {"bus": year.voltage_min_pu, "line": -year.line_loading_max, "transformer": -year.transformer_loading_max}[found.element_kind]
    worst = found.days_before.min() if found.element_kind == "bus" else -found.days_before.max()
    at = found.element_id if found.element_kind == "bus" else 0
    assert worst == pytest.approx(lowest[at], abs=1e-6)
    assert found.threshold == pytest.approx(found.days_after.min() if found.element_kind == "bus" else found.days_after.max(), abs=1e-6)


def test_a_gain_is_the_capacity_of_the_changed_network(town, question):
    now = grid.explain(town, question, bus=4).capacity_kw
    gains = {gain.change.kind: gain for gain in grid.find_gains(town, question, bus=4)}
    doubled = replace(town, lines=replace(town.lines, parallel=town.lines.parallel + 1))
    table = grid.capacity(doubled, LIMITS, voltage_at=question.voltage_at)
    assert gains["second_cable"].capacity_kw == pytest.approx(table.capacity_kw[3], rel=1e-9)
    assert all(gain.gain_kw == pytest.approx(gain.capacity_kw - now) and gain.gain_kw > 0 for gain in gains.values())


def test_a_bus_without_an_answer_is_refused(town, question):
    with pytest.raises(grid.NotSupplied):
        grid.explain(town, question, bus=0)


def test_pictures_are_text_with_title_and_words(town, question):
    found = grid.explain(town, question, bus=4)
    words = grid.Words(voltages="V<", loadings="L", days="D", says_voltages="sv", says_loadings="sl", says_days="sd",
                       now="now", added="+1", limit="limit", transformer="T")  # fmt: skip
    drawn = grid.draw_explanation(found, words, start=town.profiles.start)
    assert 'role="img"' in drawn
    assert "V&lt;" in drawn
    assert "nan" not in drawn


def broken_phases(network, question, phases, bus, phase, kw):
    """Tell whether any step of the year breaks a limit, by a model of its own: each load its own asymmetric load."""
    island = grid.island_at(network, bus)
    at = grid.position_of(island.buses, int(network.buses.id[bus]))
    own = phases[[grid.position_of(network.loads, int(number)) for number in island.loads.id]]
    model = PhaseModel(island, np.append(island.loads.bus, at), (4.0, 4.0, 0.6))
    share = np.where(own[:, None] < 0, 1 / 3, np.eye(3)[np.maximum(own, 0)])
    profiles, loads = island.profiles, island.loads
    p = profiles.p[loads.profile].T[:, :, None] * (loads.p_kw[:, None] * share) * 1e3
    q = profiles.q[loads.profile].T[:, :, None] * (loads.q_kvar[:, None] * share) * 1e3
    one = np.zeros((len(p), 1, 3))
    one[:, 0, phase] = 1e3
    volts, amps, powers = model.solve(np.concatenate([p, one * kw], axis=1), np.concatenate([q, one * question.reactive(kw)], axis=1))
    low = island.buses.nominal_kv < 1
    rated = island.lines.rated_a * island.lines.derating * island.lines.parallel
    third = island.transformers.rated_kva * island.transformers.parallel * 1e3 / 3
    limits = question.limits
    return bool(
        (volts[:, low] < limits.voltage_min_pu).any()
        or (volts[:, low] > limits.voltage_max_pu).any()
        or (amps > rated[None, :, None]).any()
        or (powers > third[None, :, None]).any()
    )


def check_phases(network, question, bus):
    phases = grid.assign_phases(network, seed=3)
    for at, room in enumerate(grid.phase_capacity(network, question, bus=bus, phases=phases)):
        assert room.phase == "abc"[at]
        assert not broken_phases(network, question, phases, bus, at, floor(room.capacity_kw))
        assert broken_phases(network, question, phases, bus, at, room.capacity_kw + 1)


def test_single_phase_answers_hold_the_whole_year_and_one_kilowatt_more_does_not(town, question):
    check_phases(town, question, 4)


def test_so_they_do_on_a_real_island():
    document = gzip.decompress((files("tongdian") / "data/networks/lv_schutterwald.json.gz").read_bytes())
    network = grid.synthetic_year(grid.read_pandapower(document), seed=1, step_minutes=60)
    sizes = [(len(grid.island_at(network, int(bus)).buses), int(bus)) for bus in network.sources.bus]
    island = grid.island_at(network, min(sizes)[1])
    steps = np.arange(0, 8760, 24) + 19  # a year of evenings
    profiles = replace(
        island.profiles, p=np.ascontiguousarray(island.profiles.p[:, steps]), q=np.ascontiguousarray(island.profiles.q[:, steps])
    )
    island = replace(island, profiles=profiles)
    limits = grid.Limits(voltage_min_pu=0.85, voltage_max_pu=1.1)
    check_phases(island, grid.Question(limits=limits, voltage_at=island.buses.nominal_kv < 1), int(island.loads.bus[-1]))


def test_the_same_seed_deals_the_same_phases(town):
    one, other = grid.assign_phases(town, seed=1), grid.assign_phases(town, seed=1)
    assert (one == other).all()
    assert set(one.tolist()) == {0, 1, 2}


def test_phases_that_do_not_fit_are_refused(town, question):
    with pytest.raises(grid.UnknownPhases):
        grid.phase_capacity(town, question, bus=4, phases=np.array([7]))
