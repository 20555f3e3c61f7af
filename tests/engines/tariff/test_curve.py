"""
A load curve is read strictly: whatever would make later figures wrong is refused by its row.
"""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tongdian.engines.tariff import UnusableCurve, read_curve
from tongdian.kit.sheets import Sheet

START = datetime(2021, 3, 30)


def rows(step=60, count=48, kw=100.0):
    return [[f"{START + timedelta(minutes=step * at):%Y-%m-%d %H:%M}", f"{kw}"] for at in range(count)]


def read(table, header=("time", "kw"), **how):
    return read_curve(Sheet(header=header, rows=tuple(tuple(row) for row in table)), **how)


@pytest.mark.parametrize("step", [15, 30, 60])
def test_equal_steps_are_read_in_any_order(step):
    curve = read(list(reversed(rows(step, 2880 // step))))
    assert (curve.step_minutes, curve.start, curve.days, curve.kwh) == (step, START, 2.0, pytest.approx(4800))
    assert [(year, month, part.stop - part.start) for year, month, part in curve.months()] == [(2021, 3, 2880 // step)]


def test_months_are_cut_at_their_first_moment():
    curve = read(rows(60, 72))
    assert [(month, part.start, part.stop) for _, month, part in curve.months()] == [(3, 0, 48), (4, 48, 72)]


def test_energy_becomes_power():
    assert read(rows(15, 96, kw=25), header=("时间", "电量(kWh)")).kw[0] == pytest.approx(100)


def test_reactive_power_may_be_negative():
    table = [[*row, "-20"] for row in rows()]
    assert np.all(read(table, header=("time", "kw", "kvar")).kvar == -20)


@pytest.mark.parametrize(
    ("at", "row", "number", "word"),
    [
        (5, ["2021-03-30 05:00", "-1"], 7, "negative"),
        (5, ["2021-03-30 05:00", "n/a"], 7, "no number"),
        (5, ["2021-03-30 05:00", "inf"], 7, "no number"),
        (5, ["2021-03-30 05:00", "1e9"], 7, "unit"),
        (5, ["yesterday", "1"], 7, "no moment"),
        (5, ["2021-03-30 04:00", "1"], 7, "row 6 already"),
        (5, ["2021-03-30 05:07", "1"], 7, "whole step"),
    ],
)
def test_a_fault_is_told_with_its_row(at, row, number, word):
    table = rows()
    table[at] = row
    if "05:07" in row[0]:
        table.insert(at, ["2021-03-30 04:30", "1"])
        number += 1
    with pytest.raises(UnusableCurve) as refused:
        read(table)
    assert any(where == number and word in str(said) for where, said in refused.value.faults), refused.value.faults


def test_a_gap_is_told_with_how_many_are_missing():
    table = rows()
    del table[10:13]
    with pytest.raises(UnusableCurve) as refused:
        read(table)
    ((where, said),) = refused.value.faults
    assert (where, "3 readings are missing (after row 11)" in str(said)) == (12, True)


@pytest.mark.parametrize(
    ("header", "word"), [(("time", "MW"), "another unit"), (("time", "x"), "no column “kw”"), (("x", "kw"), "no column “time”")]
)
def test_other_columns_are_refused(header, word):
    with pytest.raises(UnusableCurve, match=word):
        read(rows(), header=header)


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (rows(60, 23), "less than one day"),
        (rows(60, 1), "less than one day"),
        ([], "less than one day"),
        (rows(5, 600), "5 minutes apart"),
        (rows(kw=0), "zero"),
    ],
)
def test_a_curve_that_says_nothing_is_refused(table, word):
    with pytest.raises(UnusableCurve, match=word):
        read(table)


def test_watts_under_the_heading_of_kilowatts_are_noticed():
    with pytest.raises(UnusableCurve, match="watt"):
        read(rows(kw=100_000), contract_kva=250)


def test_moments_are_read_as_spreadsheets_write_them():
    table = [[f"{START + timedelta(hours=at):%Y/%m/%d %H:%M}", "1"] for at in range(24)]
    assert read([*table, ["", ""]]).start == START
