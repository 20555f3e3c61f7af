"""
What a branch beside the path may lose between two samples of the voltage: the bound holds, and where it says too little, nothing is believed.
"""

import math

import numpy as np
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._capacity.search import Study
from tongdian.engines.grid._flow.powers import power_table
from tongdian.engines.grid._flow.radial import trees
from tongdian.kit.tables import data_file

LIMITS = grid.Limits(voltage_min_pu=0.9, voltage_max_pu=1.1)
FLAT = math.tan(math.acos(0.95))


@pytest.fixture(scope="module")
def study():
    import gzip

    network = grid.read_pandapower(gzip.decompress(data_file("networks/lv_schutterwald.json.gz").read_bytes()))
    network = grid.synthetic_year(grid.island_at(network, int(network.transformers.lv_bus[13])), seed=3, step_minutes=60)
    (tree,) = trees(network, LIMITS)
    return Study(tree, power_table(network, tree, ()), (1.0, FLAT), np.ones(8760))


def rooms_at(study, step, squares):
    """
    Return for every source voltage what both ends of every branch may still carry, squared [ends, nodes, voltages].
    """
    from tongdian.engines.grid._capacity.rooms import end_squares
    from tongdian.engines.grid._flow.sweeps import LANES, flow, load_lanes

    tree, nodes = study.tree.columns(), len(study.tree.parent)
    p, q, fp, fq, el, v = (np.zeros((nodes, LANES)) for _ in range(6))
    v[:] = np.resize(squares, LANES)
    load_lanes(*study.csr, np.full(LANES, step), p, q)
    assert flow(*tree[:5], tree[12], p, q, fp, fq, el, v, p[:0], q[:0], np.empty(LANES), 1e-14)
    found = np.full((2, nodes, len(squares)), np.inf)
    for i in range(1, nodes):
        for a in range(len(squares)):
            pc, qc, pp, qp, most_c, most_p = end_squares(tree, i, fp[i, a], fq[i, a], el[i, a], v[i, a], v[tree[0][i], a])
            found[:, i, a] = most_c - pc**2 - qc**2, most_p - pp**2 - qp**2
    return found


def test_rooms_bend_no_more_than_the_bound_says(study):
    apart = 0.01
    base, source = study.base, study.tree.source_v
    assert base.span > 0
    widest = 0.0
    for step in (int(study.csr[4].sum(axis=0).argmax()), 4000, 17):
        for square in source + np.array([-0.1, -0.04, 0.01]):
            below, here, above = np.moveaxis(rooms_at(study, step, np.array([square - apart, square, square + apart])), 2, 0)
            rated = np.isfinite(here[0])
            bend = np.abs(below[:, rated] + above[:, rated] - 2 * here[:, rated]) / apart**2
            noise = 1e-13 / apart**2
            assert (bend <= base.turns[1, rated] + noise).all()
            widest = max(widest, bend.max() / base.turns[1, rated].max())
    assert widest > 1e-3  # a bound, not a wall far away


@pytest.mark.parametrize(("bend", "expected"), [(2.0, 0.8), (1e-9, -np.inf)])
def test_a_room_lost_between_two_samples_is_seen_where_the_bend_allows_it(bend, expected):
    from tongdian.engines.grid._capacity.sides import POINTS, end_of_room

    samples = np.linspace(0.3, 1.0, POINTS)
    room = (samples - 0.75) ** 2 - 1e-3  # less than nothing from 0.718 to 0.782, between two samples
    assert (room > 0).all()
    found = end_of_room(samples, POINTS - 1, -1, bend, room, samples, np.empty(POINTS))
    assert found == pytest.approx(expected)


def test_where_a_room_ends_is_found_between_samples():
    from tongdian.engines.grid._capacity.sides import POINTS, end_of_room

    samples = np.linspace(0.3, 1.0, POINTS)
    c = np.empty(POINTS)
    assert end_of_room(samples, 4, -1, 0.01, samples - 0.44, samples, c) == pytest.approx(0.44)
    assert end_of_room(samples, 4, 1, 0.01, 0.81 - samples, samples, c) == pytest.approx(0.81)
    assert end_of_room(samples, 4, 1, 0.01, samples - 0.44, samples, c) == np.inf


def test_bounds_that_say_too_little_leave_the_answers_exact(study, monkeypatch):
    from tongdian.engines.grid._capacity.base import Base

    expected = study.answer()
    proven = Base._bends

    def useless(self, *args):
        proven(self, *args)
        self.turns *= 1e6

    monkeypatch.setattr(Base, "_bends", useless)
    careful = Study(study.tree, study.csr, (1.0, FLAT), np.ones(8760)).answer()
    assert careful.scanned.sum() > expected.scanned.sum() == 0
    np.testing.assert_allclose(careful.kw, expected.kw, atol=1e-5)
