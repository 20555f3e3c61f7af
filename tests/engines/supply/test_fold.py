"""
A network of both levels: the hamlet with a 10 kV feeder above it.
"""

from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import grid, supply
from tongdian.engines.supply._fold import fold, fold_reservations

from . import hamlet


def both_levels():
    """
    110 kV ══ 10 kV busbar ── Q (T1's bus) ── R (T2's bus), closed in a row.
    """
    network = hamlet.build()
    buses, lines, rows = network.buses, network.lines, network.transformers
    lon, lat = hamlet.at(-300, 0)
    place = {"lon": lon, "lat": lat, "in_service": True}
    from tongdian.engines.supply._study import append

    buses = replace(buses, nominal_kv=np.where(buses.nominal_kv > 1, 10.0, buses.nominal_kv))
    buses = append(append(buses, id=109, name="S", nominal_kv=10.0, **place), id=110, name="HV", nominal_kv=110.0, **place)
    cable = {
        "type_name": "YJV22",
        "r_ohm_per_km": 0.0754,
        "x_ohm_per_km": 0.093,
        "c_nf_per_km": 300.0,
        "g_us_per_km": 0.0,
        "rated_a": 376.0,
    }
    cable |= {"derating": 1.0, "parallel": 1, "in_service": True, "path": None}
    lines = append(lines, id=506, name="S-Q", from_bus=9, to_bus=0, length_m=300.0, **cable)
    lines = append(lines, id=507, name="Q-R", from_bus=0, to_bus=6, length_m=200.0, **cable)
    lines = replace(lines, path=(*lines.path[:6], None, None))
    wound = {
        name: getattr(rows, name)[0] for name in ("tap_on_hv", "tap_neutral", "tap_min", "tap_max", "tap_position", "tap_step_percent")
    }
    wound |= {"rated_kva": 40000.0, "rated_hv_kv": 110.0, "rated_lv_kv": 10.0, "vk_percent": 10.5, "vkr_percent": 0.4, "iron_loss_kw": 18.0}
    wound |= {"no_load_percent": 0.1, "shift_degree": 330.0, "parallel": 1, "in_service": True, "type_name": "", "id": 902, "name": "1T"}
    rows = replace(rows, rated_hv_kv=np.full(2, 10.0))
    rows = append(rows, hv_bus=10, lv_bus=9, **wound)
    source = replace(network.sources.take(np.array([0])), bus=np.array([10]))
    return replace(network, buses=buses, lines=lines, transformers=rows, sources=source)


@pytest.fixture(scope="module")
def network():
    return both_levels()


def test_the_folded_level_has_the_voltages_of_the_whole(network):
    folded = fold(network)
    steps = np.arange(0, 96, 8)
    whole, level = grid.solve_voltages(network, steps=steps), grid.solve_voltages(folded.network, steps=steps)
    high = network.buses.nominal_kv > 1
    assert np.abs(whole[:, high] - level).max() < 2e-6
    assert folded.network.buses.id.tolist() == network.buses.id[high].tolist()
    assert len(folded.low.lines) == 6


def test_a_level_alone_stays_as_it_is(network):
    alone = fold(network).network
    assert fold(alone).network is alone


def test_a_low_reservation_stands_at_its_station(network):
    low = supply.Reservation(bus_id=104, p_kw=5.0, q_kvar=1.0, reference="low")
    high = supply.Reservation(bus_id=109, p_kw=9.0, q_kvar=1.0, reference="high")
    assert fold_reservations(network, (low, high)) == (high, replace(low, bus_id=100, carried=True))


def test_an_enterprise_is_planned_on_a_network_of_both_levels(network):
    works = replace(hamlet.elevator(devices=(supply.Device(kind="factory", kw=400.0),), customer_class="industry"), reference="works")
    plan = supply.propose(works, network, ())
    assert not plan.feasible  # a row without an open point: its outage leaves the enterprise dark
    assert plan.options[0].binding.kind == "outage_supply"
    assert (plan.voltage, plan.nominal_kv) == ("high", 10.0)
    assert plan.network_fingerprint == network.fingerprint()
    option = plan.options[0]
    assert option.bus_id in {100, 106}
    assert option.station.rated_kva >= 400
    assert (option.metering.meter_class, option.days.median > 60) == ("0.5S", True)
