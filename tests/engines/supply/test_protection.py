"""
Short circuit by hand, and phases against pandapower's three-phase power flow in closed form.
"""

import math

import numpy as np
import pytest

from tongdian.engines import grid, supply
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._protection import Faults, find_protection, protection_checks

from . import hamlet

CATALOGUE = supply.shipped_catalogue()


@pytest.fixture(scope="module")
def option():
    return supply.propose(hamlet.elevator(), hamlet.build(), (), ways_out=False).options[0]


def test_short_circuit_equals_the_hand_calculation(option):
    r_t, x_t = 0.012 * 1.6, math.sqrt(0.04**2 - 0.012**2) * 1.6  # 400 V, 100 kVA, uk 4 %
    cold = complex(0.208, 0.080) * 0.08  # A0 to A2
    most = 1.05 * 400 / math.sqrt(3) / abs(0.16j / 200 + complex(r_t, x_t) + cold)
    found = option.protection
    assert found.ik3_max_point_a == pytest.approx(most, rel=1e-4)
    warm = (
        complex(0.208 * 1.24, 0.080) * 0.08 + complex(option.cable.r_ohm_per_km, option.cable.x_ohm_per_km) * option.cable.length_m / 1000
    )
    z1 = 0.16j / 100 + complex(r_t, x_t) + warm
    least = math.sqrt(3) * 0.95 * 400 / abs(2 * z1 + 0.95 * complex(r_t, x_t) + 4 * warm)
    assert found.ik1_min_site_a == pytest.approx(least, rel=1e-4)


def test_a_long_thin_way_cannot_disconnect_and_the_check_says_so(option):
    network = hamlet.build()
    way = Faults(network, find_areas(network), CATALOGUE).way(3)
    from dataclasses import replace

    far = replace(way, lines=way.lines * 40)
    found = find_protection(far, option.cable, CATALOGUE)
    checks = {check.kind: check for check in protection_checks(found, option.cable, ("bus", 103, "A2"), CATALOGUE)}
    assert not checks["disconnection"].passed
    assert checks["disconnection"].limit == pytest.approx(option.cable.breaker_a * 5 * 1.3)
    assert not checks["grading"].decides


def test_single_phase_load_lowers_its_phase_as_the_closed_form_says():
    """
    A stiff source, one four-wire line, one load on one phase: U = E − Z I, with Z = (2 Z1 + Z0) / 3 = 2 Z1 for Z0 = 4 Z1.
    """
    network = hamlet.build()
    only = grid.take_buses(network, np.isin(np.arange(len(network.buses)), [1, 2]))
    from dataclasses import replace

    fed = grid.Sources(
        id=np.array([0]), name=("",), bus=np.array([0]), voltage_pu=np.ones(1), angle_degree=np.zeros(1), in_service=np.ones(1, bool)
    )
    lines = replace(only.lines, c_nf_per_km=np.zeros(1))
    simple = replace(only, sources=fed, lines=lines, profiles=None)
    found = grid.solve_phases(simple, ((1, (5.0, 0.0, 0.0), (0.0, 0.0, 0.0)),))[0, 1]
    e, z = 400 / math.sqrt(3), 2 * complex(0.208, 0.080) * 0.04
    u = e
    for _ in range(50):
        u = e - z * np.conj(5000 / u)
    assert abs(found[0]) == pytest.approx(abs(u) / e, abs=1e-7)
    assert abs(found[1]) == pytest.approx(abs(e * np.exp(-2j * math.pi / 3) - (z / 2) * np.conj(5000 / u)) / e, abs=1e-6)


def test_the_phase_that_is_loaded_already_is_not_chosen():
    from dataclasses import replace

    network = hamlet.build()
    taken = replace(network, loads=replace(network.loads, phases=("A", "ABC", "ABC"), p_kw=np.array([12.0, 10.0, 15.0])))
    asked = hamlet.elevator(devices=(supply.Device(kind="charger", kw=7.0, phases=1),))
    option = supply.propose(asked, taken, (), shown=1, ways_out=False).options[0]
    assert option.balance.phase in {"L2", "L3"}
    assert option.balance.voltage_min_pu[0] < min(option.balance.voltage_min_pu[1:])
    assert {"phase_voltage_min", "phase_voltage_max", "voltage_unbalance"} <= {check.kind for check in option.checks}


def test_three_like_devices_need_no_unbalanced_look():
    asked = hamlet.elevator(devices=(supply.Device(kind="charger", kw=3.0, phases=1, count=3),))
    assert supply.propose(asked, hamlet.build(), (), shown=1, ways_out=False).options[0].balance is None
