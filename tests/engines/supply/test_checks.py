from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import supply
from tongdian.engines.supply._checks import Case, Extremes, fails_at_site_only, find_binding, is_feasible, network_checks, single_check

from . import hamlet

CATALOGUE = supply.shipped_catalogue()
NETWORK = hamlet.build()
BUSES, LINES = len(NETWORK.buses), len(NETWORK.lines)
POINTS = np.array([4, 5])  # A3 and A4; C1 plays the site, A3–C1 the new cable


def year(voltage=0.98, highest=1.0, line=0.5, transformer=0.5, **single):
    columns = {
        "voltage_min": np.full(BUSES, voltage),
        "voltage_max": np.full(BUSES, highest),
        "line": np.full(LINES, line),
        "transformer": np.full(2, transformer),
    }
    for name, (position, value) in single.items():
        columns[name][position] = value
    steps = {f"{name}_step": np.arange(len(column)) for name, column in columns.items()}
    return Extremes(**columns, **steps, losses_kwh=0.0)


def without_site(before):
    cut = {"voltage_min": -1, "voltage_min_step": -1, "voltage_max": -1, "voltage_max_step": -1, "line": -1, "line_step": -1}
    return replace(before, **{name: getattr(before, name)[:end] for name, end in cut.items()})


def checks(before, after):
    return network_checks(
        Case(
            network=NETWORK,
            points=POINTS,
            before=without_site(before),
            after=after,
            limits=CATALOGUE.limits(0.4),
            catalogue=CATALOGUE,
            moment=lambda step: f"step {step}",
        )
    )


def broken(found):
    return [(check.kind, check.element_name) for check in found if not check.passed]


def test_all_within_limits_is_feasible_and_the_tightest_binds():
    found = checks(year(), year(transformer=(0.7)))
    assert is_feasible(found)
    binding = find_binding(found)
    assert (binding.kind, binding.value, binding.limit, binding.margin) == ("transformer_loading", 0.7, 1.0, 0.3)


def test_a_voltage_that_falls_through_the_limit_breaks():
    found = checks(year(), year(voltage_min=(4, 0.88)))
    assert broken(found) == [("voltage_min", "A3")]
    binding = find_binding(found)
    assert (binding.element_id, binding.moment, binding.before, binding.broken_before) == (104, "step 4", 0.98, False)


def test_a_joint_without_customers_has_no_voltage_limit():
    assert broken(checks(year(), year(voltage_min=(2, 0.80)))) == []


def test_what_was_broken_before_passes_unless_made_worse():
    before = year(voltage_min=(4, 0.870))
    same = checks(before, year(voltage_min=(4, 0.8696)))
    assert broken(same) == []
    assert [check.element_name for check in same if check.broken_before] == ["A3"]
    worse = checks(before, year(voltage_min=(4, 0.8694)))
    assert broken(worse) == [("voltage_min", "A3")]
    assert find_binding(worse).broken_before


def test_what_was_broken_before_never_binds_a_feasible_option():
    before = year(line=0.5)
    overloaded = replace(before, line=np.where(np.arange(LINES) == 1, 1.2, before.line))
    found = checks(overloaded, overloaded)
    assert is_feasible(found)
    assert find_binding(found).element_name != "A1-A2"


def test_heavily_loaded_is_told_but_does_not_decide():
    found = checks(year(), year(transformer=0.9))
    assert is_feasible(found)
    assert [(check.kind, check.element_name, check.decides) for check in found if not check.passed] == [
        ("transformer_planning", "T1", False),
        ("transformer_planning", "T2", False),
    ]


def test_an_overloaded_transformer_binds():
    found = checks(year(), year(transformer=(1.04)))
    assert find_binding(found).kind == "transformer_loading"
    assert not is_feasible(found)


def test_too_high_a_voltage_breaks():
    assert broken(checks(year(), year(voltage_max=(5, 1.02)))) == [("voltage_max", "A4")]


def test_site_and_cable_are_told_apart_from_the_network():
    found = checks(year(), year(voltage_min=(8, 0.87), line=(0.4)))
    assert fails_at_site_only(found)
    assert [(check.element_kind, check.before) for check in found if not check.passed] == [("site", None)]
    both = checks(year(), year(voltage=0.88))
    assert not fails_at_site_only(both)
    assert find_binding(both).element_kind == "bus"


def test_nothing_broken_is_no_failure_at_the_site():
    assert not fails_at_site_only(checks(year(), year()))


def test_at_20_kv_the_deviation_is_relative_to_20_kv():
    network = replace(NETWORK, loads=replace(NETWORK.loads, bus=np.array([0, 4, 5])))
    case = Case(
        network=network,
        points=np.array([0, 4, 5]),
        before=without_site(year()),
        after=year(voltage_min=(0, 0.92)),
        limits=CATALOGUE.limits(0.4),
        catalogue=CATALOGUE,
        moment=str,
    )
    assert [(c.element_name, c.limit) for c in network_checks(case) if not c.passed] == [("Q", pytest.approx(0.93))]


def test_every_check_has_a_label():
    low = {check.kind for check in checks(year(), year())} | {"service_drop", "start_voltage", "start_dip", "free_capacity", "power_flow"}
    high = {"outage_supply", "short_circuit", "unit_way", "switchgear", "disconnection", "breaking_capacity", "grading"} | {
        f"outage_{kind}" for kind in ("voltage_min", "voltage_max", "line_loading", "transformer_loading")
    }
    assert low | high | {"phase_voltage_min", "phase_voltage_max", "voltage_unbalance"} == set(supply.LABELS)


def test_a_single_check_knows_its_margin():
    check = single_check("start_dip", ("bus", 104, "A3"), 0.03, 0.04, sign=1, span=0.04, step=3, moment="noon")
    assert (check.passed, check.margin, check.moment) == (True, 0.25, "noon")
