"""
`tongdian advice` as people run it.
"""

import json
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from tongdian.interfaces.commands import main


def curve(days=2, kw=90.0):
    moments = (datetime(2021, 5, 1) + timedelta(minutes=30 * at) for at in range(48 * days))
    return "time,kw,kvar\n" + "".join(f"{moment:%Y-%m-%d %H:%M},{kw},{kw / 2}\n" for moment in moments)


@pytest.fixture
def advise(tmp_path, monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")

    def run(text, *words):
        (tmp_path / "load.csv").write_text(text)
        return CliRunner().invoke(main, ["advice", str(tmp_path / "load.csv"), "-o", str(tmp_path / "out"), *words])

    return run


def test_findings_are_written_for_people_and_programs(advise, tmp_path):
    done = advise(curve(), "--contract-kva", "200", "--price-day", "2021-05-02")
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "out" / "advice.json").read_text(encoding="utf-8"))
    assert [one["code"] for one in document["findings"]] == ["shape", "power_factor", "time_of_use", "basic_charge", "transformer"]
    assert document["findings"][3]["figures"]["capacity_yuan"] == 72_000
    assert (tmp_path / "out" / "day.svg").read_text(encoding="utf-8").startswith("<svg")
    assert (tmp_path / "out" / "advice.pdf").read_bytes()[:5] == b"%PDF-"
    assert "not verified" in done.output


def test_faults_are_listed_with_their_rows(advise):
    lines = curve().splitlines()
    lines[10] = lines[10].replace("90.0", "-90.0", 1)
    done = advise("\n".join(lines))
    assert done.exit_code == 2
    assert "row 11: -90.0 under “kw” is negative" in done.output


def test_a_contract_that_cannot_be_is_refused(advise):
    done = advise(curve(), "--contract-kva", "-5")
    assert (done.exit_code, "kVA" in done.output) == (2, True)


def test_unknown_prices_are_said_and_the_figures_stand(advise):
    done = advise(curve(), "--price-day", "2024-05-02")
    assert done.exit_code == 0
    assert "energy price of Jiangsu, large industry, 1–10 kV on 2024-05-02 is not known" in done.output
