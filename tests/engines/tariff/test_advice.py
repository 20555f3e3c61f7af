"""
Findings against figures worked out by hand.
"""

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

from tongdian.engines import tariff
from tongdian.engines.tariff import (
    Contract,
    LoadCurve,
    UnusableContract,
    adjustment_percent,
    advice_to_dict,
    draw_day,
    give_advice,
    read_prices,
)

HEAD = "kind,period,region,customer_class,voltage,value,unit,in_force_from,in_force_until,standing\n"
ROUND = read_prices(
    HEAD
    + "catalogue,peak,jiangsu,industry,10kv,1.0,CNY/kWh,2021-01-01,,verified\n"
    + "catalogue,flat,jiangsu,industry,10kv,0.6,CNY/kWh,2021-01-01,,verified\n"
    + "catalogue,valley,jiangsu,industry,10kv,0.3,CNY/kWh,2021-01-01,,verified\n"
    + "capacity,,jiangsu,industry,10kv,30,CNY/kVA/month,2021-01-01,,verified\n"
    + "demand,,jiangsu,industry,10kv,40,CNY/kW/month,2021-01-01,,verified\n",
    source="round.csv",
)
HOURS = np.arange(365 * 24) % 24


def year(kw, kvar=None):
    """A curve of hours over 2021."""
    values = np.broadcast_to(np.asarray(kw, dtype=float), HOURS.shape).copy()
    reactive = None if kvar is None else np.broadcast_to(np.asarray(kvar, dtype=float), HOURS.shape).copy()
    return LoadCurve(start=datetime(2021, 1, 1), step_minutes=60, kw=values, kvar=reactive)


def finding(code, curve, prices=ROUND, **contract):
    given = {"capacity_kva": 200.0, **contract}
    return next(one for one in give_advice(curve, Contract(**given), prices=prices).findings if one.code == code)


def test_load_factor_and_hours_of_use():
    found = finding("shape", year(np.where(HOURS < 12, 100.0, 50.0)))
    assert (found.figures["load_factor"], found.figures["use_h"], found.figures["kwh_a_year"]) == (0.75, 6570.0, 657_000.0)


@pytest.mark.parametrize(
    ("standard", "cos", "percent"),
    [
        (0.90, 0.90, "0"), (0.90, 0.89, "0.5"), (0.90, 0.70, "10"), (0.90, 0.65, "15"), (0.90, 0.64, "17"), (0.90, 0.94, "-0.6"), (0.90, 1.0, "-0.75"),
        (0.85, 0.80, "2.5"), (0.85, 0.65, "10"), (0.85, 0.60, "15"), (0.85, 0.59, "17"), (0.85, 0.90, "-0.5"), (0.85, 0.94, "-1.1"),
        (0.80, 0.75, "2.5"), (0.80, 0.60, "10"), (0.80, 0.55, "15"), (0.80, 0.90, "-1"), (0.80, 0.91, "-1.15"), (0.80, 0.92, "-1.3"),
        (0.90, 0.8949, "0.5"), (0.90, 1.2, "-0.75"),
    ],
)  # fmt: skip
def test_the_power_factor_s_table(standard, cos, percent):
    assert adjustment_percent(standard=standard, power_factor=cos) == Decimal(percent)


def test_a_poor_power_factor_costs_and_capacitors_save():
    # 100 kW and 75 kvar: cos φ 0.80, +5 %; energy 100 · (8 · 1.0 + 8 · 0.6 + 8 · 0.3) · 365 = 554,800; capacity 200 · 30 · 12 = 72,000
    found = finding("power_factor", year(100, 75))
    assert found.figures["cos_phi"] == pytest.approx(0.8)
    assert found.figures["adjustment_percent"] == 5.0
    assert found.figures["capacitor_kvar"] == pytest.approx(75 - 32.868, abs=0.01)
    assert found.yuan_per_year == Decimal("36041.00")  # 5.75 % of 626,800
    assert "+31,340.00 yuan a year" in str(found.said)


def test_the_standard_follows_the_capacity():
    assert finding("power_factor", year(100, 75), capacity_kva=125.0).figures["standard"] == 0.85
    assert finding("power_factor", year(100, 75), capacity_kva=125.0, standard=0.80).figures["adjustment_percent"] == 0.0


def test_shifting_saves_the_difference_of_two_prices():
    found = finding("time_of_use", year(np.where((HOURS >= 8) & (HOURS < 12), 100.0, 40.0)), shift_kwh=10_000)
    assert found.figures["peak_kwh"] == 100 * 4 * 365 + 40 * 4 * 365
    assert found.yuan_per_year == Decimal("7000.00")


def test_no_more_moves_than_fits_into_the_valley():
    found = finding("time_of_use", year(np.where(HOURS < 8, 99.0, 100.0)), shift_kwh=1e6)
    assert found.figures["moved_kwh"] == found.figures["valley_headroom_kwh"] == 8 * 365
    assert found.yuan_per_year == Decimal("2044.00")


def test_demand_against_capacity_with_break_even():
    found = finding("basic_charge", year(120.0))
    # 200 · 30 · 12 = 72,000; 120 · 40 · 12 = 57,600; equal at 150 kW
    assert (found.figures["capacity_yuan"], found.figures["demand_yuan"], found.figures["break_even_kw"]) == (72_000, 57_600, 150)
    assert found.yuan_per_year == Decimal("14400.00")
    assert finding("basic_charge", year(120.0), billing="demand").yuan_per_year == 0
    assert "By capacity is cheaper" in str(finding("basic_charge", year(190.0)).said)


def test_a_demand_charge_counts_at_least_its_floor():
    assert finding("basic_charge", year(10.0)).figures["demand_yuan"] == 0.4 * 200 * 40 * 12


def test_the_month_s_highest_value_is_what_is_billed():
    kw = np.full(HOURS.shape, 100.0)
    kw[0] = 160.0  # in January alone
    assert finding("basic_charge", year(kw)).figures["mean_demand_kw"] == pytest.approx((160 + 11 * 100) / 12)


def test_losses_of_the_transformer_by_the_closed_form():
    # 90 kW at cos φ 0.9: 100 kVA flat; 200 kVA: 495 W + 2530 W / 4; 160 kVA: 430 W + 2130 W · (100/160)², loaded to 62.5 %
    found = finding("transformer", year(90.0))
    assert found.figures["loading_percent"] == pytest.approx(50)
    assert found.figures["losses_kwh"] == pytest.approx((495 + 2530 / 4) * 8.76)
    assert found.figures["best_kva"] == 160
    average = (1.0 + 0.6 + 0.3) / 3
    losses = (495 + 2530 / 4 - 430 - 2130 * (100 / 160) ** 2) * 8.76 * average
    assert float(found.yuan_per_year) == pytest.approx(losses + 40 * 30 * 12, abs=0.01)
    assert found.table[1][0] == "160"


def test_a_load_that_no_single_transformer_carries_is_said():
    found = finding("transformer", year(2400.0), capacity_kva=2500.0)
    assert any("two are needed" in str(said) for said in found.missing)


def test_a_capacity_that_is_no_standard_size_is_said():
    assert any(
        "no single standard transformer of 1030" in str(said) for said in finding("transformer", year(90.0), capacity_kva=1030.0).missing
    )


def test_without_prices_the_figures_stand_and_no_yuan_is_invented():
    advice = give_advice(year(100, 75), Contract(capacity_kva=200.0, price_date=date(2024, 6, 1)), prices=())
    assert [one.yuan_per_year for one in advice.findings if one.code != "shape"] == [None] * 4
    assert all(one.missing for one in advice.findings if one.code != "shape")
    assert advice.findings[1].figures["adjustment_percent"] == 5.0


def test_without_a_contract_or_reactive_power_what_is_missing_is_said():
    advice = give_advice(year(100), Contract(), prices=ROUND)
    told = [str(said) for one in advice.findings for said in one.missing]
    assert sum("capacity in kVA" in one for one in told) == 2
    assert any("reactive" in one for one in told)


def test_windows_that_are_not_known_are_said():
    found = finding("time_of_use", year(100), price_date=date(2026, 1, 1))
    assert found.yuan_per_year is None
    assert "2026-01-01" in str(found.missing[0])


def test_a_flat_price_alone_is_enough_for_the_bill():
    flat = read_prices(HEAD + "agency,flat,jiangsu,industry,10kv,0.7,CNY/kWh,2021-01-01,,verified\n", source="flat.csv")
    found = finding("power_factor", year(100, 75), prices=flat)
    assert found.yuan_per_year == Decimal("35259.00")  # 876,000 · 0.7 · 5.75 %


def test_a_short_curve_is_extrapolated_and_says_so():
    curve = LoadCurve(start=datetime(2021, 5, 1), step_minutes=15, kw=np.full(96 * 2, 50.0), kvar=None)
    advice = give_advice(curve, Contract(), prices=ROUND)
    assert advice.findings[0].figures["kwh_a_year"] == pytest.approx(438_000)
    assert "2.0 days" in str(advice.notes[0])


def test_prices_that_were_not_verified_are_pointed_out():
    curve = LoadCurve(start=datetime(2021, 5, 1), step_minutes=15, kw=np.full(96, 50.0), kvar=None)
    assert any("not verified" in str(said) for said in give_advice(curve, Contract()).notes)


@pytest.mark.parametrize(
    ("contract", "word"),
    [({"capacity_kva": -1.0}, "kVA"), ({"billing": "gift"}, "gift"), ({"standard": 0.7}, "0.7"), ({"shift_kwh": -1.0}, "-1")],
)
def test_a_contract_that_cannot_be_is_refused(contract, word):
    with pytest.raises(UnusableContract, match=word):
        give_advice(year(100), Contract(**contract))


def test_the_picture_says_its_windows_in_words_and_stays_inside():
    from xml.etree import ElementTree as ET

    advice = give_advice(year(np.where(HOURS < 12, 100.0, 50.0)), Contract(), prices=ROUND)
    tree = ET.fromstring(draw_day(advice, str))
    texts = [node.text for node in tree.iter() if node.text]
    assert [text for text in texts if "hours" in text] == ["valley hours", "peak hours", "flat hours", "peak hours", "flat hours"]
    lines = [node.get("points") for node in tree.iter() if node.tag.endswith("polyline")]
    assert all(0 <= float(y) <= 300 for line in lines for _, y in (point.split(",") for point in line.split()))
    unknown = give_advice(year(100), Contract(price_date=date(2026, 1, 1)), prices=ROUND)
    assert "hours</text>" not in draw_day(unknown, str)


def test_the_json_keeps_sentences_with_their_values():
    document = advice_to_dict(give_advice(year(100, 75), Contract(capacity_kva=200.0), prices=ROUND))
    assert document["findings"][1]["yuan_per_year"] == "36041.00"
    assert document["findings"][1]["said"]["said"].startswith("The power factor is 0.80")


def test_the_report_prints_what_is_missing_too():
    from tongdian.engines.documents import render_pdf

    values = tariff.report_advice(give_advice(year(100), Contract(), prices=()), on=date(2021, 5, 1), language="en", translate=str)
    assert ["Power factor", "not judged: something is missing"] in values["facts"]
    assert render_pdf("report", values).startswith(b"%PDF")


def test_nothing_to_save_is_said():
    found = finding("basic_charge", year(120.0), billing="demand")
    assert tariff.saving(found, str) == "nothing to save"
