"""
Capacity for an addition of a daily shape: against brute force, and its steps of one value apart against all steps at once.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.test_capacity import LIMITS, breaks, stressed

from tongdian.engines import grid
from tongdian.engines.grid._capacity.coarse_year import no_base_case
from tongdian.engines.grid._capacity.shares import told_by_the_year
from tongdian.kit.refused import Refused

NIGHT = np.array([1.0] * 6 + [0.2] * 14 + [1.0] * 4)
SHOP = np.array([0.0] * 8 + [1.0] * 12 + [0.0] * 4)
HOURS = np.linspace(1.0, 0.1, 24)


@pytest.mark.parametrize("shape", [NIGHT, SHOP, HOURS])
@pytest.mark.parametrize("generation", [False, True])
def test_a_shape_is_judged_by_its_peak(village, generation, shape):
    network, sign = stressed(village, 1.5, 1.0), -1.0 if generation else 1.0
    table, flat = (grid.capacity(network, LIMITS, shape=each, generation=generation) for each in (shape, None))
    whole = np.tile(shape, network.profiles.steps // 24)
    assert (table.capacity_kw >= flat.capacity_kw - 1e-6).all()
    assert table.looked_at.max() < network.profiles.steps / 2
    for bus, kw in zip(table.bus, np.floor(table.capacity_kw), strict=True):
        assert not breaks(network, bus, kw, sign=sign, shape=whole), (bus, kw)
        assert breaks(network, bus, kw + 1, sign=sign, shape=whole), (bus, kw)


@pytest.mark.parametrize("shape", [NIGHT, SHOP, HOURS])
@pytest.mark.parametrize("generation", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_steps_of_one_share_apart_are_answered_as_all_at_once(village, closed, generation, shape):
    switches, tells = village.switches, shape is SHOP and not closed
    network = replace(village, switches=replace(switches, closed=switches.closed | closed))
    whole = np.tile(shape, network.profiles.steps // 24)
    unlike = np.where(whole < 1, np.maximum(whole - np.arange(len(whole)) * 1e-14, 0.0), 1.0)  # no two steps the same, and all as they were
    apart, at_once = (grid.capacity(network, LIMITS, shape=each, generation=generation, following=tells) for each in (whole, unlike))
    assert np.abs(apart.capacity_kw - at_once.capacity_kw).max() < 1e-5
    assert (apart.limit, apart.element_id.tolist(), apart.at.tolist()) == (at_once.limit, at_once.element_id.tolist(), at_once.at.tolist())
    assert apart.base_margin == pytest.approx(at_once.base_margin, abs=1e-9)
    if tells:
        assert apart.following.capacity_kw == pytest.approx(at_once.following.capacity_kw, abs=1e-5)
        assert apart.margin_elsewhere == pytest.approx(at_once.margin_elsewhere, abs=1e-7)


def test_hours_without_an_addition_still_tell_of_a_base_case_that_is_broken(village):
    network = stressed(village, 9.0, 1.0)
    worst = grid.capacity(network, LIMITS)
    table = grid.capacity(network, LIMITS, shape=np.where(np.arange(network.profiles.steps) == worst.at[0], 0.0, 1.0))
    assert (table.capacity_kw == 0).all()
    assert table.base_margin == pytest.approx(worst.base_margin)
    assert (table.base_margin < 0).all()
    assert (table.at == worst.at).all()


def test_a_step_without_a_base_case_is_told_by_its_number_in_the_year():
    with pytest.raises(grid.NoBaseCase) as refused, told_by_the_year(np.array([5, 9, 13])):
        raise no_base_case(1)
    assert refused.value.values["step"] == 9


@pytest.mark.parametrize("shape", [[], [0.5, 0.5], [0.5] * 24, [1.0, math.nan] * 12, [1.0] * 23 + [-0.1], [[1.0] * 24]])
def test_a_shape_that_is_none_is_refused(village, shape):
    with pytest.raises(Refused, match="shape"):
        grid.capacity(village, LIMITS, shape=shape)
