import re
from dataclasses import replace
from datetime import date

import pytest

from tongdian.engines import supply
from tongdian.engines.supply._demand import understand
from tongdian.kit.refused import Refused

from .hamlet import elevator

CATALOGUE = supply.shipped_catalogue()


def device(**changes):
    return supply.Device(**({"kind": "elevator", "kw": 15.0, "phases": 3, "count": 1} | changes))


def understood(*devices):
    return understand(elevator(devices=devices), CATALOGUE)


@pytest.mark.parametrize(
    ("changes", "kind", "named"),
    [
        ({"kw": 0.0}, supply.UnusableDevice, "elevator: 0.0 kW"),
        ({"kw": -3.0}, supply.UnusableDevice, "-3.0 kW"),
        ({"kw": float("nan")}, supply.UnusableDevice, "nan kW"),
        ({"kw": 1e7}, supply.UnusableDevice, "1e+07 kW cannot be meant"),
        ({"count": 0}, supply.UnusableDevice, "number of devices is 0"),
        ({"phases": None}, supply.UnusableDevice, "one phase or three"),
        ({"phases": 2}, supply.UnusableDevice, "one phase or three"),
        ({"power_factor": 1.2}, supply.UnusableDevice, "power factor of 1.2"),
        ({"starting_current_ratio": -1.0}, supply.UnusableDevice, "-1.0 times"),
        ({"kind": "wind tunnel"}, supply.UnusableDevice, "wind tunnel"),
    ],
)
def test_refuses_a_device_and_names_it(changes, kind, named):
    with pytest.raises(kind, match=re.escape(named)) as refusal:
        understood(device(**changes))
    assert isinstance(refusal.value, Refused)


def test_refuses_more_than_low_voltage_supplies_where_low_voltage_is_asked_for():
    with pytest.raises(supply.TooLarge, match=re.escape("161 kW is more than is supplied at low voltage (160 kW)")):
        understand(replace(elevator(161.0), voltage="low"), CATALOGUE)


def test_refuses_an_application_without_devices():
    with pytest.raises(supply.NothingApplied, match="7幢2单元 lists no device"):
        understand(replace(elevator(), devices=()), CATALOGUE)


def test_refuses_a_site_without_coordinates():
    with pytest.raises(supply.UnusableSite, match="Set its place on the map"):
        understand(replace(elevator(), site_lon=float("nan")), CATALOGUE)


def test_one_elevator_counts_in_full():
    request = understood(device())
    assert request.applied_kw == 15.0
    assert request.applied_kva == pytest.approx(15 / 0.85, abs=1e-6)
    assert request.load.p_kw == pytest.approx(15.0)
    assert request.load.q_kvar == pytest.approx(15 * 0.619744, abs=1e-4)


def test_two_elevators_share_by_the_table_even_when_listed_apart():
    request = understood(device(), device())
    assert request.applied_kw == 30.0
    assert request.load.p_kw == pytest.approx(30 * 0.91)
    assert [(d.count, d.simultaneity, d.coincident_kw) for d in request.demands] == [(2, 0.91, 27.3)]


def test_a_kind_without_row_runs_in_full():
    request = understood(device(kind="charger", kw=7.0, phases=3, count=10))
    assert request.load.p_kw == pytest.approx(70.0)


@pytest.mark.parametrize(("count", "checked_kw"), [(1, 21.0), (2, 21.0), (3, 21.0), (4, 42.0), (6, 42.0)])
def test_single_phase_devices_are_checked_as_the_heaviest_phase_on_all_three(count, checked_kw):
    request = understood(device(kind="charger", kw=7.0, phases=1, count=count))
    assert request.applied_kw == 7.0 * count
    assert request.load.p_kw == pytest.approx(checked_kw)


def test_a_load_that_returns_in_the_neutral_counts_its_drop_twice():
    assert understood(device(kind="charger", kw=7.0, phases=1, count=2)).return_factor == 2.0
    assert understood(device(kind="charger", kw=7.0, phases=1, count=3)).return_factor == 1.0


def test_only_the_heaviest_motor_starts():
    request = understood(device(kw=10.0), device(kind="pump", kw=5.5), device(kind="lighting", kw=50.0))
    assert request.start.kind == "pump"  # 5.5 kW at six times beats 10 kW at two and a half
    assert request.start.starting.s_kva == pytest.approx(5.5 / 0.85 * 6)
    assert request.start.often is False


def test_a_stated_ratio_goes_before_the_table():
    request = understood(device(starting_current_ratio=7.0, power_factor=0.8))
    assert request.start.starting.s_kva == pytest.approx(15 / 0.8 * 7)
    assert understood(device(starting_current_ratio=1.0)).start is None


def test_only_one_single_phase_device_takes_a_single_phase_meter():
    assert understood(device(kind="charger", kw=7.0, phases=1)).single_phase
    assert not understood(device(kind="charger", kw=7.0, phases=1, count=2)).single_phase
    assert not understood(device()).single_phase


def test_simultaneity_beyond_the_table_keeps_its_last_row():
    assert CATALOGUE.simultaneity("elevator", 40).factor == 0.72


@pytest.mark.parametrize(("base_kv", "lowest", "highest"), [(0.4, 0.8835, 1.0165), (0.38, 0.93, 1.07)])
def test_limits_are_those_of_380_volts_on_the_networks_base(base_kv, lowest, highest):
    limits = CATALOGUE.limits(base_kv)
    assert (limits.voltage_min_pu, limits.voltage_max_pu) == (lowest, highest)


@pytest.mark.parametrize(
    ("day", "kw", "code"),
    [
        (date(2020, 9, 24), 15.0, "before"),
        (date(2020, 9, 25), 15.0, "zero-investment"),
        (date(2021, 2, 28), 200.0, "before"),
        (date(2021, 3, 1), 200.0, "red-line"),
        (date(2021, 3, 1), 160.0, "zero-investment"),
    ],
)
def test_who_pays_follows_the_date(day, kw, code):
    assert CATALOGUE.policy("household", kw, day).code == code


def test_refuses_a_day_before_every_policy():
    with pytest.raises(supply.MissingRow, match="in force on 1990-01-01"):
        CATALOGUE.policy("household", 15.0, date(1990, 1, 1))
