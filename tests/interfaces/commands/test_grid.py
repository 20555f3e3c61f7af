"""
`tongdian grid` as a person meets it: files in, files out, sentences and exit codes.
"""

import csv
import json

import pytest
from click.testing import CliRunner
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import LINE, LOAD, frame

from tongdian.interfaces.commands import main


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")
    return lambda *words: CliRunner().invoke(main, ["grid", *map(str, words)])


@pytest.fixture
def source(tmp_path):
    load = frame([*LOAD, "profile"], [["H", 20, 0.03, 0.01, 1.0, True, "HH", "H0"]], [3])
    (tmp_path / "net.json").write_text(two_buses(load=load))
    (tmp_path / "year.csv").write_text("time,H0_pload,H0_qload\n" + "".join(f"{at},{0.5 if at % 7 else 1},0.5\n" for at in range(8760)))
    return tmp_path / "net.json"


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_capacity_has_the_promised_columns_and_the_imported_file_gives_the_same_answer(run, source, tmp_path):
    words = ("--profiles", tmp_path / "year.csv")
    done = run("capacity", source, *words, "-o", tmp_path / "a.csv")
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    (row,) = rows_of(tmp_path / "a.csv")
    assert list(row) == ["bus", "capacity_kw", "limit", "element", "at", "base_margin"]
    assert (row["bus"], row["limit"], row["element"], int(row["at"]) % 7) == ("20", "voltage_low", "bus 20", 0)
    assert float(row["capacity_kw"]) == pytest.approx(21.98, abs=0.01)  # by hand: 0.93 · (0.99987 − 0.93) / 1.25 MW − 30 kW
    assert run("import", source, *words, "-o", tmp_path / "a.net").exit_code == 0
    assert run("capacity", tmp_path / "a.net", "-o", tmp_path / "b.csv").exit_code == 0
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def test_without_a_year_one_step_is_looked_at_and_that_is_said(run, source, tmp_path):
    done = run("capacity", source, "--generation", "--power-factor", "1", "--vmax", "1.05", "-o", tmp_path / "a.csv")
    assert done.stderr.startswith("Without --profiles")
    (row,) = rows_of(tmp_path / "a.csv")
    assert (row["limit"], row["at"]) == ("voltage_high", "0")


def test_a_broken_base_case_has_no_capacity_and_says_what_is_broken(run, source, tmp_path):
    source.write_text(two_buses(p_mw=0.1))
    done = run("capacity", source, "-o", tmp_path / "a.csv")
    assert done.exit_code == 0
    assert "Already broken: voltage_low at bus 20 by 8.22 % in step 0. Its island has capacity 0." in done.stderr
    assert rows_of(tmp_path / "a.csv")[0]["capacity_kw"] == "0.000000"


def test_buses_without_supply_have_no_capacity_and_that_is_said(run, source, tmp_path):
    source.write_text(two_buses(line=frame(LINE, [])))
    done = run("capacity", source, "-o", tmp_path / "a.csv")
    assert "1 buses have no supply (the first: 20): capacity 0." in done.stderr
    assert rows_of(tmp_path / "a.csv") == [
        {"bus": "20", "capacity_kw": "0.000000", "limit": "no_supply", "element": "bus 20", "at": "", "base_margin": ""}
    ]


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("{}", (), "no pandapower JSON"),
        (two_buses(length_km=0.0), (), "Line 7 (L) has a length of 0.0 m"),
        (two_buses(ward=frame(["bus", "in_service"], [[10, True]])), (), "“ward”"),
        (two_buses(), ("--vmin", "1.1"), "lowest voltage"),
        (two_buses(), ("--power-factor", "0"), "power factor"),
        (
            two_buses(load=frame([*LOAD, "profile"], [["H", 20, 0.03, 0.01, 1.0, True, "HH", "H9"]])),
            ("--profiles", "year.csv"),
            "“H9_pload”",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence_and_nothing_is_written(run, source, tmp_path, text, words, reason):
    source.write_text(text)
    words = [tmp_path / word if str(word).endswith(".csv") else word for word in words]
    done = run("capacity", source, *words, "-o", tmp_path / "a.csv")
    assert (done.exit_code, reason in done.stderr, "Traceback" in done.output) == (2, True, False), done.output
    assert not (tmp_path / "a.csv").exists()


def test_check_lists_findings_and_its_exit_code_tells_errors(run, source):
    done = run("check", source)
    assert (done.exit_code, done.output) == (0, "0 errors, 0 warnings\n")
    source.write_text(two_buses(length_km=0.0))
    done = run("check", source, "--json")
    assert done.exit_code == 1
    assert json.loads(done.output) == [
        {
            "level": "error",
            "code": "length",
            "element": "line 7",
            "name": "L",
            "text": "Line 7 (L) has a length of 0.0 m. Give its length, or make it a closed switch.",
        }
    ]
    source.write_text("")
    assert run("check", source).exit_code == 2


def test_check_looks_at_every_step_unless_told_not_to(run, source):
    source.write_text(two_buses(p_mw=0.1))
    assert "error: Bus 20 (B) falls to 0.8536 p.u. in step 0, below 0.93." in run("check", source).output
    assert run("check", source, "--static").exit_code == 0


def test_check_of_many_alike_shows_the_first_and_counts_the_rest(run, source):
    rows = [[f"L{at}", "t", 10, 20, 0.0, 0.5, 0.1, 0.0, 0.0, 0.2, 1.0, 1, True, None] for at in range(30)]
    source.write_text(two_buses(line=frame(LINE, rows)))
    lines = run("check", source).output.splitlines()
    assert (len(lines), lines[-2], lines[-1]) == (22, "… and 10 more of this kind (length); --json lists all.", "30 errors, 0 warnings")


def test_single_phases_are_refused_unless_told_to_spread_them(run, tmp_path):
    script = "new circuit.c basekv=0.4 bus1=a mvasc3=10\nnew line.l bus1=a bus2=b r1=0.3 x1=0.1 length=0.3 units=km normamps=200\n"
    (tmp_path / "net.dss").write_text(script + "new load.one phases=1 bus1=b.2 kv=0.23 kw=3\n")
    done = run("capacity", tmp_path / "net.dss", "-o", tmp_path / "a.csv")
    assert (done.exit_code, "load 0 (one) stands on phase B" in done.stderr) == (2, True), done.output
    assert run("capacity", tmp_path / "net.dss", "--balanced", "-o", tmp_path / "a.csv").exit_code == 0
    assert [row["bus"] for row in rows_of(tmp_path / "a.csv")] == ["0", "2"]


def test_a_template_is_written_and_networks_are_exported(run, source, tmp_path):
    assert run("template", "-o", tmp_path / "empty.xlsx").exit_code == 0
    assert "has no rows" in run("check", tmp_path / "empty.xlsx").stderr
    for form in ("pandapower", "power-grid-model", "geopackage"):
        assert run("export", source, "--to", form, "-o", tmp_path / form).exit_code == 0
        assert run("check", tmp_path / form).exit_code == 0


def test_cim_goes_out_and_in(run, source, tmp_path):
    pytest.importorskip("pypowsybl", reason="CIM is read by pypowsybl: pip install pypowsybl")
    assert run("export", source, "--to", "cim", "-o", tmp_path / "net.zip").exit_code == 0
    done = run("import", tmp_path / "net.zip", "-o", tmp_path / "net.tdn")
    assert (done.exit_code, "lines" in done.output) == (0, True), done.output
