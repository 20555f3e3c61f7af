import math
from dataclasses import replace

import pytest

from tongdian.engines import supply
from tongdian.engines.supply._demand import understand
from tongdian.engines.supply._sizing import ampacity_a, find_cables

from .hamlet import elevator

CATALOGUE = supply.shipped_catalogue()


def route(*stretches):
    segments = tuple(
        supply.Segment(
            method=method, name_zh="", name_en="", on_corridor=method == "buried", length_m=length, path=((0.0, 0.0), (0.0, 1.0))
        )
        for method, length in stretches
    )
    return supply.Route(segments=segments, length_m=sum(length for _, length in stretches))


def cable(code):
    return next(row for row in CATALOGUE.cables if row.code == code)


def request(kw=15.0, **device):
    return understand(elevator(devices=(supply.Device(**({"kind": "elevator", "kw": kw} | device)),)), CATALOGUE)


def test_ampacity_is_the_least_along_the_route():
    way = route(("buried", 40.0), ("wall", 10.0))
    # buried: 117 A, soil 25 °C 0.96, beside one existing cable 0.90; wall: 136 A, air 40 °C 0.91, alone
    assert ampacity_a(cable("YJLV22-4x50"), way, 1, CATALOGUE) == pytest.approx(min(117 * 0.96 * 0.90, 136 * 0.91))


def test_parallel_cables_warm_each_other():
    # in duct: 106 A, 0.96, two in touching ducts 0.85
    assert ampacity_a(cable("YJLV22-4x50"), route(("duct", 40.0)), 2, CATALOGUE) == pytest.approx(106 * 0.96 * 0.85)


def test_the_cheapest_cable_that_holds_equals_the_hand_calculation():
    chosen = find_cables(request(15.0), route(("buried", 90.0), ("wall", 10.0)), CATALOGUE)[0]
    current = 15 / 0.85 / (math.sqrt(3) * 0.38)
    ohm = 1.91 * (1 + 0.00403 * 70) * 0.1
    drop = math.sqrt(3) * current * (ohm * 0.85 + 0.090 * 0.1 * math.sqrt(1 - 0.85**2)) / 380
    assert (chosen.code, chosen.parallel, chosen.breaker_a) == ("YJLV22-4x16", 1, 32.0)
    assert chosen.design_current_a == pytest.approx(26.812, abs=1e-3)
    assert chosen.drop == pytest.approx(drop, abs=1e-6)
    assert chosen.ampacity_a == pytest.approx(64 * 0.96 * 0.90, abs=1e-3)


def test_a_long_way_needs_a_thicker_cable():
    # 16 mm² aluminium: 15 kW · 2.449 Ω/km · 0.3 km / 380² V² = 7.6 %; 35 mm²: 1.113 Ω/km gives 3.6 % with reactance
    chosen = find_cables(request(15.0), route(("buried", 300.0)), CATALOGUE)[0]
    assert chosen.code == "YJLV22-4x35"
    assert chosen.drop < 0.04


def test_breaker_lies_between_load_and_cable():
    for chosen in find_cables(request(90.0), route(("buried", 50.0)), CATALOGUE):
        assert chosen.design_current_a <= chosen.breaker_a <= chosen.ampacity_a * chosen.parallel


def test_two_in_parallel_when_one_does_not_carry():
    aluminium = replace(CATALOGUE, cables=tuple(row for row in CATALOGUE.cables if row.conductor == "aluminium"))
    chosen = find_cables(request(150.0), route(("buried", 30.0)), aluminium)
    # I_B = 268 A, breaker 315 A; one 240 mm² carries 290 · 0.96 · 0.90 = 251 A
    assert chosen[0].breaker_a == 315.0
    assert {row.parallel for row in chosen} == {2}


def test_a_single_phase_load_drops_twice_as_much():
    way = route(("wall", 14.0))
    one = find_cables(request(7.0, kind="charger", phases=1), way, CATALOGUE)[0]
    three = find_cables(request(7.0, kind="charger", phases=1, count=3), way, CATALOGUE)[0]
    assert one.drop == pytest.approx(2 * three.drop, abs=1e-6)


def test_without_any_that_holds_the_one_with_least_drop_is_returned():
    chosen = find_cables(request(150.0), route(("buried", 2000.0)), CATALOGUE)
    assert [(row.code, row.parallel) for row in chosen] == [("YJV22-4x240", 2)]
    assert chosen[0].drop > 0.04


def test_refuses_when_no_breaker_is_large_enough():
    small = replace(CATALOGUE, parts=tuple(part for part in CATALOGUE.parts if part.role != "breaker" or part.rating < 100))
    with pytest.raises(supply.MissingRow, match="no breaker for"):
        find_cables(request(100.0), route(("wall", 5.0)), small)


def test_refuses_a_temperature_beyond_the_table():
    hot = replace(CATALOGUE, laying=CATALOGUE.laying | {"wall": replace(CATALOGUE.laying["wall"], temperature_c=70.0)})
    with pytest.raises(supply.MissingRow, match="no temperature factor for wall at 70"):
        find_cables(request(15.0), route(("wall", 5.0)), hot)


@pytest.mark.parametrize("method", ["buried", "duct", "wall", "overhead"])
@pytest.mark.parametrize("conductor", ["copper", "aluminium"])
def test_a_thicker_conductor_carries_more_and_resists_less(method, conductor):
    rows = sorted((row for row in CATALOGUE.cables if row.conductor == conductor), key=lambda row: row.section_mm2)
    ampacities = [row.ampacity_a[method] for row in rows]
    resistances = [row.r20_ohm_per_km for row in rows]
    assert ampacities == sorted(set(ampacities))
    assert resistances == sorted(set(resistances), reverse=True)
