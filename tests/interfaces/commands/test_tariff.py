"""
`tongdian tariff check` as people run it: what it writes, what it says, and how it ends.
"""

import csv
import io

import pytest
from click.testing import CliRunner

from tongdian.interfaces.commands import main
from tongdian.kit.sheets import read_sheet

BILLS = "place,party,tenant,month,kwh,yuan\nmall,master,,2022-03,10000,7000\nmall,tenant,noodles,2022-03,5000,{yuan}\n"


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")

    def run(text, *words, encoding="utf-8"):
        (tmp_path / "bills.csv").write_bytes(text.encode(encoding))
        return CliRunner().invoke(main, ["tariff", "check", str(tmp_path / "bills.csv"), "-o", str(tmp_path / "out"), *words])

    return run


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_fair_bills_end_with_zero(check, tmp_path):
    done = check(BILLS.format(yuan=3500))
    assert (done.exit_code, (tmp_path / "out" / "report.pdf").read_bytes()[:5]) == (0, b"%PDF-")
    assert [(row["tenant"], row["over_yuan"]) for row in rows_of(tmp_path / "out" / "result.csv")] == [("noodles", "0.00")]
    assert not (tmp_path / "out" / "returned.csv").exists()


def test_what_was_charged_too_much_is_said_with_its_working(check):
    done = check(BILLS.format(yuan=5000))
    assert done.exit_code == 1
    assert "7000.00 yuan / 10000 kWh = 0.7000 yuan/kWh" in done.output
    assert "1,500.00 yuan charged too much" in done.output


def test_a_bad_row_comes_back_and_the_others_are_judged(check, tmp_path):
    done = check(BILLS.format(yuan=3500) + "mall,tenant,shoes,2022-03,many,1\n")
    assert done.exit_code == 1
    assert "row 4: “many” under “kwh” is no number." in done.output
    returned = read_sheet((tmp_path / "out" / "returned.csv").read_bytes(), filename="returned.csv")
    assert [row[0] for row in returned.rows] == ["4"]
    assert len(rows_of(tmp_path / "out" / "result.csv")) == 1


def test_what_is_missing_is_said_and_nothing_is_judged(check, tmp_path):
    done = check("tenant,month,kwh,yuan\na,2024-03,100,90\n")
    assert done.exit_code == 1
    assert "agency price of Jiangsu" in done.output
    assert [row["over_yuan"] for row in rows_of(tmp_path / "out" / "result.csv")] == [""]


def test_a_price_table_of_ones_own_is_used(check, tmp_path):
    head = "kind,region,customer_class,voltage,value,unit,in_force_from,in_force_until,standing\n"
    (tmp_path / "own.csv").write_text(head + "agency,jiangsu,general,lt1kv,0.8,CNY/kWh,2024-03-01,2024-03-31,verified\n")
    done = check("tenant,month,kwh,yuan\na,2024-03,100,90\n", "--table", str(tmp_path / "own.csv"))
    assert "10.00 yuan charged too much" in done.output


@pytest.mark.parametrize(("text", "word"), [("", "empty"), ("a,b\n1,2\n", "kwh"), ('a,"b\n', "damaged")])
def test_a_file_that_holds_no_bills_is_refused(check, text, word):
    done = check(text)
    assert (done.exit_code, word in done.output) == (2, True)


def test_a_table_without_any_bill_is_no_success(check):
    assert check("tenant,month,kwh,yuan\n").exit_code == 1


def test_the_report_is_chinese_where_the_terminal_is(check, monkeypatch, tmp_path):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "zh")
    assert check(BILLS.format(yuan=3500), encoding="gb18030").exit_code == 0
    assert (tmp_path / "out" / "report.pdf").stat().st_size > 1000
