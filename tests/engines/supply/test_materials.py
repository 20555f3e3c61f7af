from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tongdian.engines import supply
from tongdian.engines.supply._demand import understand
from tongdian.engines.supply._materials import find_policy, list_materials, sum_cost
from tongdian.engines.supply._sizing import find_cables

from .hamlet import elevator
from .test_sizing import route

CATALOGUE = supply.shipped_catalogue()
LONG = (("buried", 40.4), ("wall", 10.2))


def bill(kw=15.0, way=LONG, point="line", catalogue=CATALOGUE, wanted=date(2021, 7, 5), **device):
    devices = (supply.Device(**({"kind": "elevator", "kw": kw} | device)),)
    request = understand(elevator(devices=devices, wanted=wanted), catalogue)
    chosen = find_cables(request, route(*way), catalogue)[0]
    lines = list_materials(request, route(*way), chosen, point, catalogue)
    return lines, sum_cost(lines, find_policy(request, catalogue))


def test_cost_equals_the_hand_sum():
    lines, cost = bill()
    by_hand = {
        "YJLV22-4x16": Decimal(57) * 11,  # 50.6 m and 2 · 3 m at the ends, whole metres
        "lay-buried": Decimal("40.40") * 95,
        "lay-wall": Decimal("10.20") * 42,
        "branch-box": Decimal(4600),
        "termination-35": Decimal(2) * 85,
        "meter-box": Decimal(680),
        "meter-3p": Decimal(420),
        "install-meter": Decimal(380),
        "mccb-32": Decimal(105),
        "commissioning": Decimal(900),
    }
    assert {line.code: line.amount_yuan for line in lines} == by_hand
    assert cost.total_yuan == Decimal("12148.40") == sum(by_hand.values())


def test_up_to_160_kw_the_utility_pays_through_the_meter():
    _, cost = bill()
    assert (cost.policy, cost.pays_to) == ("zero-investment", "meter")
    assert (cost.utility_yuan, cost.customer_yuan) == (Decimal("12043.40"), Decimal("105.00"))


def test_up_to_the_red_line_the_customer_pays_the_plot():
    red_line = replace(CATALOGUE, policies=tuple(row for row in CATALOGUE.policies if row.code == "red-line"))
    lines, cost = bill(catalogue=red_line)
    customers = {line.code: line.amount_yuan for line in lines if line.payer == "customer"}
    # 57 m of cable · 10.2 / 50.6 of the route, whole metres: 12 m
    assert customers == {
        "YJLV22-4x16": Decimal(132),
        "lay-wall": Decimal("428.40"),
        "termination-35": Decimal(85),
        "mccb-32": Decimal(105),
    }
    assert cost.customer_yuan == Decimal("750.40")
    assert cost.total_yuan == Decimal("12148.40")


def test_before_2021_the_customer_paid_from_the_connection_point():
    _, cost = bill(wanted=date(2020, 1, 1))
    assert cost.pays_to == "connection_point"
    assert cost.utility_yuan == Decimal(680 + 420 + 380)


def test_above_60_a_current_transformers_measure():
    lines, _ = bill(kw=60.0)  # 107 A
    found = {line.code: line.quantity for line in lines}
    assert (found["meter-3p-ct"], found["ct-150-5"], found["mccb-125"]) == (1, 3, 1)


def test_parallel_cables_are_laid_together_and_terminated_each():
    aluminium = replace(CATALOGUE, cables=tuple(row for row in CATALOGUE.cables if row.conductor == "aluminium"))
    lines, _ = bill(kw=150.0, catalogue=aluminium)
    found = {line.code: line.quantity for line in lines}
    assert found["lay-buried"] == Decimal("40.40")
    assert found["lay-further"] == Decimal("50.60")
    assert next(line.quantity for line in lines if line.code.startswith("termination")) == 4


def test_long_cables_are_jointed():
    lines, _ = bill(kw=5.0, way=(("buried", 501.0),))
    assert next(line.quantity for line in lines if line.code.startswith("joint")) == 1


@pytest.mark.parametrize(("point", "code"), [("busbar", "feeder-way"), ("line", "branch-box"), ("terminal", "terminal-tap")])
def test_the_connection_point_decides_how_it_is_tied_in(point, code):
    lines, _ = bill(point=point)
    assert code in {line.code for line in lines}


def test_a_very_short_cable_still_costs_its_least_length():
    lines, _ = bill(way=(("wall", 1.0),))
    found = {line.code: line.quantity for line in lines}
    assert found["YJLV22-4x16"] == 11  # 5 m at least, and 2 · 3 m
    assert found["lay-wall"] == 5


def test_a_single_phase_device_gets_a_single_phase_meter():
    lines, _ = bill(kw=7.0, kind="charger", phases=1)
    assert "meter-1p" in {line.code for line in lines}


def test_a_missing_price_is_named():
    prices = {code: price for code, price in CATALOGUE.prices.items() if code != "meter-box"}
    with pytest.raises(supply.MissingRow, match="no row for meter-box"):
        bill(catalogue=replace(CATALOGUE, prices=prices))


def test_example_prices_say_so():
    lines, cost = bill()
    assert {line.standing for line in lines} == {"example"}
    assert cost.price_standing == "example"


def test_every_cable_and_part_has_a_price():
    codes = {row.code for row in CATALOGUE.cables} | {part.code for part in CATALOGUE.parts}
    assert codes <= set(CATALOGUE.prices)


def test_amounts_are_whole_fen():
    dear = replace(CATALOGUE.prices["lay-wall"], unit_price_yuan=Decimal("42.333"))
    lines, cost = bill(catalogue=replace(CATALOGUE, prices=CATALOGUE.prices | {"lay-wall": dear}))
    wall = next(line for line in lines if line.code == "lay-wall")
    assert wall.amount_yuan == Decimal("431.77")  # 10.20 · 42.33 = 431.766
    assert cost.total_yuan == cost.utility_yuan + cost.customer_yuan


def test_a_rule_that_the_table_lacks_is_named_also_at_10_kv():
    rules = supply.shipped_catalogue().at_medium_voltage().rules
    with pytest.raises(supply.MissingRow) as refused:
        rules["no_such_rule"]
    assert refused.value.values == {"key": "no_such_rule"}
