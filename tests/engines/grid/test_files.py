"""
Our own network file, tables of profiles and shapes: what is written comes back, what is damaged is refused by name.
"""

import gzip
import io
import json
import random
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.grid.documents import two_buses
from tests.pandapower_documents import LINE, LOAD, frame

from tongdian.engines import grid

COURSE = json.dumps({"type": "LineString", "coordinates": [[118.8, 32.0], [118.81, 32.0], [118.82, 32.1]]})


@pytest.fixture(scope="module")
def network():
    line = frame(LINE, [["L", "电缆", 10, 20, 0.4, 0.5, 0.1, 0.0, 0.0, None, 1.0, 1, True, COURSE]], [7])
    text = two_buses(line=line, load=frame([*LOAD, "profile"], [["户", 20, 0.03, 0.01, 1.0, True, "HH", "H0"]], [3]))
    table = "time,H0_pload,H0_qload\n" + "".join(f"2021-01-01 {hour:02}:00,{hour / 24:.3f},0.5\n" for hour in range(24))
    return grid.attach_year(grid.read_pandapower(text, source="here"), [("day.csv", table.encode())])


def test_a_network_comes_back_whole_from_its_file_and_the_same_network_gives_the_same_bytes(network, tmp_path):
    fingerprint = grid.write_network(network, tmp_path / "a.net")
    again = grid.read_network(tmp_path / "a.net")
    assert again.fingerprint() == fingerprint == network.fingerprint()
    assert grid.pack_network(again) == (tmp_path / "a.net").read_bytes()
    assert (again.lines.path[0].tolist(), again.loads.name, again.source) == (network.lines.path[0].tolist(), ("户",), "here")
    assert (again.profiles.start, again.profiles.step_minutes, again.loads.profile_name) == ("2021-01-01T00:00:00", 60, ("H0",))
    assert [path.name for path in tmp_path.iterdir()] == ["a.net"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(network, tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        grid.write_network(network, tmp_path / "a.net")
    assert list(tmp_path.iterdir()) == []


def repacked(content, name, change):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.namelist():
            held = old.read(entry)
            new.writestr(entry, change(held) if entry == name else held)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("header.json", lambda held: held.replace(b'"version": 1', b'"version": 2'), "has version 2"),
        ("header.json", lambda held: held.replace(b"tongdian-network", b"other"), "no network of Tongdian"),
        ("header.json", lambda held: held.replace(b'"frequency_hz": 50.0', b'"frequency_hz": 60.0'), "fingerprint"),
        ("header.json", lambda held: held[:1], "damaged"),
        ("lines/length_m.npy", lambda held: held[:-8] + np.float64(9.0).tobytes(), "fingerprint"),
        ("lines/length_m.npy", lambda held: held[:20], "damaged"),
        ("buses/id.npy", lambda held: b"\x80\x04N." + held, "damaged"),
    ],
)  # fmt: skip
def test_a_changed_file_is_refused(network, name, change, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(repacked(grid.pack_network(network), name, change))


@given(st.data())
def test_no_damaged_file_is_read_as_another_network(network, data):
    content = bytearray(grid.pack_network(network))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    with suppress(grid.UnreadableNetwork):
        assert grid.read_network(bytes(content)).fingerprint() == network.fingerprint()


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08", b"PK\x03\x04 rest", b"hello", b"{", b'{"a": 1}', b"[]", b"\xff" * 40])
def test_a_file_of_no_known_kind_is_refused(content):
    with pytest.raises(grid.UnreadableNetwork):
        grid.read_network(content)


def test_an_archive_of_a_version_that_is_not_known_is_refused(network):
    content = bytearray(grid.pack_network(network))
    content[content.rindex(b"PK\x01\x02") + 6] = 99  # version needed to extract
    with pytest.raises(grid.UnreadableNetwork, match="damaged"):
        grid.read_network(bytes(content))


def test_a_gzipped_file_is_read_and_a_missing_one_refused(network, tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(two_buses().encode()))
    assert len(grid.read_network(tmp_path / "a.gz").buses) == 2
    with pytest.raises(grid.UnreadableNetwork, match=r"b\.json cannot be read"):
        grid.read_network(tmp_path / "b.json")


def shape_of(cells, separator=",", end="\n"):
    return end.join(["t" + separator + "v", *(f"0{separator}{cell}" for cell in cells)]).encode()


def test_numbers_of_every_form_are_read_as_python_reads_them():
    dice = random.Random(5)
    forms = [
        lambda: repr(dice.random()), lambda: repr(-dice.random() * 1e5), lambda: str(dice.randint(-(10**12), 10**12)),
        lambda: f"{dice.uniform(-9, 9):.3f}", lambda: f"{dice.random() * 10 ** dice.randint(-12, 12):g}", lambda: f"{dice.uniform(-9, 9):.8f}",
        lambda: f"{dice.randint(0, 10**9)}.{dice.randint(0, 10**9)}", lambda: "+3.25", lambda: ".5", lambda: "5.", lambda: "-0.125e-3", lambda: " 7",
    ]  # fmt: skip
    cells = [dice.choice(forms)() for _ in range(20_000)]
    for separator, end in ((",", "\n"), (";", "\r\n"), ("\t", "\n")):
        found = grid.read_shape(
            shape_of([cell.replace("-", "") for cell in cells], separator, end), name="x", steps=len(cells), step_minutes=1
        )
        assert found.tolist() == [float(cell.replace("-", "")) for cell in cells]


@given(st.text(alphabet="0123456789.-+eE_ /:xn", min_size=1, max_size=18))
def test_a_cell_is_read_as_its_number_or_refused(cell):
    try:
        expected = float(cell) if "_" not in cell and "n" not in cell else None
    except ValueError:
        expected = None
    try:
        (found, _) = grid.read_shape(shape_of([cell, "1"]), name="x", steps=2, step_minutes=15)
    except grid.UnreadableNetwork:
        assert expected is None or not 0 <= expected < float("inf")
    else:
        assert found == expected


def test_a_shape_may_be_a_day_in_hours_or_every_step():
    hours = grid.read_shape("\n".join(map(str, range(24))).encode(), name="day", steps=192, step_minutes=15)
    assert (len(hours), hours[4], hours[96 + 95]) == (192, 1.0, 23.0)
    every = grid.read_shape(b"time,kw\n00:00,1\n01:00,2\n02:00,3\n", name="all", steps=3, step_minutes=60)
    assert every.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("content", [b"1\n2\n3\n4\n5\n", b"a\n-1\n1\n", b"a\n0\n0\n", b"a\n1\nx\n", b"a\n1\n\n2\n", b"", b"a,b\n1\n"])
def test_a_shape_that_fits_nothing_is_refused(content):
    with pytest.raises(grid.UnreadableNetwork):
        grid.read_shape(content, name="x", steps=35040, step_minutes=15)


def year(rows, names=("H0_pload", "H0_qload"), stamp=lambda at: f"2021-01-{at // 24 + 1:02} {at % 24:02}:00"):
    return "\n".join([",".join(["time", *names]), *(",".join([stamp(at), *["1"] * len(names)]) for at in rows)]).encode()


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ([year([0, 1, 3])], "uneven times: row 2 follows the one before by 120 minutes, not 60"),
        ([year([0, 1, 1])], "uneven times: row 2"),
        ([year([2, 1, 0])], "uneven times: row 1"),
        ([year(range(3), ("H0_pload",)), year(range(4), ("H0_qload",))], "differ in length: 3, 4 rows"),
        ([year(range(3), ("H0_pload",)), year(range(1, 4), ("H0_qload",))], "different times in row 0"),
        ([year(range(3), ("H0_pload",))], "No table has the profile “H0_qload”"),
        ([year(range(3), ("H0_pload", "H0_pload"))], "“H0_pload” twice"),
        ([b"time,H0_pload,H0_qload\n00:00,1,1\n00:15,1\n"], "Row 1 of the table 0 has 2 cells, not 3"),
        ([b"time,H0_pload,H0_qload\n00:00,1,1\n00:15,,1\n"], "“H0_pload” has no number in row 1 of the table 0: “”"),
        ([b"time,H0_pload,H0_qload\n00:00,1,nan\n"], "no number in row 0"),
        ([b"time,H0_pload,H0_qload\n"], "no rows"),
        ([b'"time,H0_pload\n'], "no rows"),
        ([b"\x1f\x8b\x08\x00"], "damaged"),
    ],
)  # fmt: skip
def test_profiles_that_are_short_gapped_or_missing_are_refused_by_name(network, tables, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.attach_year(network, [(str(at), content) for at, content in enumerate(tables)])


def test_the_hours_of_summer_time_are_no_gaps_and_rows_without_times_are_a_year_by_their_number(network):
    moments = [datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * at) for at in range(35040)]
    local = [moment.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d.%m.%Y %H:%M") for moment in moments]
    summer = year(range(35040), stamp=lambda at: local[at])
    assert grid.attach_year(network, [("t", summer)]).profiles.steps == 35040
    with pytest.raises(grid.UnreadableNetwork, match="uneven times"):
        grid.attach_year(network, [("t", summer.replace(b"15.07.2021 12:00,1,1\n", b""))])
    plain = b"H0_pload,H0_qload\n" + b"1,1\n" * 8784
    found = grid.attach_year(network, [("t", plain)]).profiles
    assert (found.start, found.step_minutes, grid.covers_a_year(found)) == ("2020-01-01T00:00:00", 60, True)
    assert not grid.covers_a_year(network.profiles)


def test_a_network_without_profile_names_takes_no_year():
    with pytest.raises(grid.UnreadableNetwork, match="names a profile"):
        grid.attach_year(grid.read_pandapower(two_buses()), [("t", year(range(3)))])


def test_a_quoted_table_is_read_and_elements_out_of_service_need_no_profile():
    rows = [["户", 20, 0.03, 0.01, 1.0, True, "HH", "H0"], ["户", 20, 0.03, 0.01, 1.0, False, "HH", "gone"]]
    text = two_buses(load=frame([*LOAD, "profile"], rows))
    table = b'"time";"H0_pload";"H0_qload"\r\n"1;2";"0.5";0.25\r\n'
    joined = grid.attach_year(grid.read_pandapower(text), [("t", table)])
    assert (joined.profiles.p.tolist(), joined.profiles.q.tolist(), joined.loads.profile.tolist()) == ([[0.5]], [[0.25]], [0, -1])
