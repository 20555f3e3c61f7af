"""
A store of feeders: what went in comes out; what is damaged, unfinished or of another version is refused by name.
"""

import hashlib
import json
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import numpy as np
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._store import columns as _columns
from tongdian.engines.grid._town.town_store import generate_store

TOWN = grid.Town(connections=40, per_feeder=20, step_minutes=60, seed=4)


@pytest.fixture(scope="module")
def feeders():
    return tuple(grid.generate_feeders(TOWN))


@pytest.fixture
def store(tmp_path, feeders):
    return grid.write_store(tmp_path / "store", feeders, label="synthetic")


def partition(store, name="S0001-R1A"):
    return store.folder / "feeders" / f"{name}.parquet"


def test_a_feeder_comes_back_as_it_was(store):
    opened = grid.open_store(store.folder)
    assert opened == store
    for (name, network), index in zip(grid.iterate_feeders(opened), range(2), strict=True):
        assert network.fingerprint() == grid.generate_feeder(TOWN, index).fingerprint()
        assert network.buses.name == grid.generate_feeder(TOWN, index).buses.name
        assert name in network.source


def test_a_year_is_stored_once_for_all_feeders(store):
    assert len(list((store.folder / "profiles").iterdir())) == 1
    first, second = (network for _, network in grid.iterate_feeders(store))
    assert first.profiles is second.profiles


def test_unequal_reactive_profiles_come_back(tmp_path):
    network = grid.generate_feeder(TOWN, 0)
    year = network.profiles
    other = grid.Profiles(name=year.name, p=year.p, q=year.p * 0.5, start=year.start, step_minutes=60, label="x")
    changed = network.with_profiles(other, loads=network.loads.profile)
    store = grid.write_store(tmp_path / "s", [("F", changed)], label="x")
    assert np.array_equal(grid.read_feeder(store, "F").profiles.q, year.p * 0.5)


def test_a_feeder_without_year_is_stored_without(tmp_path):
    network = grid.generate_feeder(TOWN, 0)
    plain = replace(network, profiles=None)
    store = grid.write_store(tmp_path / "s", [("F", plain)], label="x")
    assert grid.read_feeder(store, "F").profiles is None


def test_a_replaced_feeder_changes_its_fingerprint_only(store):
    network = grid.read_feeder(store, "S0001-R1A")
    more = replace(network, loads=replace(network.loads, p_kw=network.loads.p_kw * 1.1))
    changed = grid.replace_feeder(grid.only_feeder(store, "S0001-R1A"), "S0001-R1A", more)
    assert changed.entry("S0001-R1A").fingerprint != store.entry("S0001-R1A").fingerprint
    assert changed.entry("S0001-R1B") == store.entry("S0001-R1B")
    assert grid.open_store(store.folder) == changed


@pytest.mark.parametrize("cut", [0, 200, -200])
def test_a_cut_off_partition_is_refused_by_name(store, cut):
    data = partition(store).read_bytes()
    partition(store).write_bytes(data[:cut] if cut else b"")
    with pytest.raises(grid.DamagedFeeder, match="S0001-R1A"):
        grid.read_feeder(store, "S0001-R1A")


def test_a_flipped_byte_is_refused_by_name(store):
    data = bytearray(partition(store).read_bytes())
    data[len(data) // 2] ^= 0xFF
    partition(store).write_bytes(bytes(data))
    with pytest.raises(grid.DamagedFeeder, match="S0001-R1A"):
        grid.read_feeder(store, "S0001-R1A")


def test_another_feeder_in_its_place_is_refused(store):
    partition(store).write_bytes(partition(store, "S0001-R1B").read_bytes())
    with pytest.raises(grid.DamagedFeeder, match="S0001-R1A"):
        grid.read_feeder(store, "S0001-R1A")


def rewritten(store, name, columns, facts):
    """
    The store after somebody wrote a partition and the manifest by hand.
    """
    _columns.write_lists(partition(store, name), columns, facts)
    digest = hashlib.sha256(partition(store, name).read_bytes()).hexdigest()
    return replace(store, entries=tuple(replace(one, digest=digest) if one.name == name else one for one in store.entries))


def test_a_changed_column_is_refused(store):
    columns, facts = _columns.read_lists(partition(store))
    columns["loads.p_kw"] = columns["loads.p_kw"] * 2
    with pytest.raises(grid.DamagedFeeder, match="fingerprint"):
        grid.read_feeder(rewritten(store, "S0001-R1A", columns, facts), "S0001-R1A")


def test_a_partition_of_another_version_is_refused(store):
    columns, facts = _columns.read_lists(partition(store))
    with pytest.raises(grid.DamagedFeeder, match="another version"):
        grid.read_feeder(rewritten(store, "S0001-R1A", columns, {**facts, "format": "0"}), "S0001-R1A")


def test_a_sound_file_that_the_manifest_does_not_mean_is_refused(store):
    columns, facts = _columns.read_lists(partition(store, "S0001-R1B"))
    with pytest.raises(grid.DamagedFeeder, match="not the one"):
        grid.read_feeder(rewritten(store, "S0001-R1A", columns, facts), "S0001-R1A")


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_profiles_that_are_gone_or_changed_are_refused(store, how):
    path = next((store.folder / "profiles").iterdir())
    if how == "gone":
        path.unlink()
    else:
        columns, facts = _columns.read_columns(path)
        _columns.write_columns(path, {**columns, "p0": columns["p0"] * 2}, facts)
    with pytest.raises(grid.DamagedFeeder, match="profiles"):
        grid.read_feeder(store, "S0001-R1A")


def test_a_folder_that_is_no_store_is_refused(tmp_path):
    with pytest.raises(grid.NoStore, match="no store"):
        grid.open_store(tmp_path)


def test_an_unfinished_store_is_refused(store):
    (store.folder / "manifest.json").unlink()
    with pytest.raises(grid.NoStore, match="never finished"):
        grid.open_store(store.folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "1", "feeders": [{}]}'])
def test_an_unreadable_manifest_is_refused(store, text):
    (store.folder / "manifest.json").write_text(text)
    with pytest.raises(grid.NoStore, match="manifest"):
        grid.open_store(store.folder)


def test_a_store_of_another_format_is_refused(store):
    path = store.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": "99"}))
    with pytest.raises(grid.NoStore, match="99"):
        grid.open_store(store.folder)


def test_a_finished_store_is_not_written_over(store):
    with pytest.raises(grid.NoStore, match="already"):
        grid.write_store(store.folder, [], label="x")


def test_a_feeder_that_is_not_there_is_refused(store):
    with pytest.raises(grid.NoStore, match="X9"):
        grid.read_feeder(store, "X9")


def test_a_name_that_leaves_the_folder_is_refused(tmp_path):
    with pytest.raises(grid.NoStore, match=r"\.\./up"):
        grid.write_store(tmp_path / "s", [("../up", grid.generate_feeder(TOWN, 0))], label="x")


def test_building_goes_on_where_it_was(tmp_path, inline):
    whole = generate_store(tmp_path / "s", TOWN, inline, workers=1)
    (whole.folder / "manifest.json").unlink()
    kept = partition(whole).stat().st_mtime_ns
    partition(whole, "S0001-R1B").write_bytes(b"half")
    again = generate_store(whole.folder, TOWN, inline, workers=1)
    assert again == whole
    assert partition(whole).stat().st_mtime_ns == kept


def test_building_another_design_keeps_nothing_of_the_first(tmp_path, inline):
    first = generate_store(tmp_path / "s", TOWN, inline, workers=1)
    (first.folder / "manifest.json").unlink()
    second = generate_store(first.folder, replace(TOWN, seed=5), inline, workers=1)
    assert {one.fingerprint for one in first.entries} & {one.fingerprint for one in second.entries} == set()


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(tmp_path, inline):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(grid.NoRoom, match="cannot be written"):
        generate_store(tmp_path / "file" / "s", TOWN, inline, workers=1)


def test_a_manifest_that_is_no_file_is_refused(store):
    (store.folder / "manifest.json").unlink()
    (store.folder / "manifest.json").mkdir()
    with pytest.raises(grid.NoStore, match="cannot be read"):
        grid.open_store(store.folder)


def test_a_worker_that_dies_ends_the_building_and_what_is_whole_stays(tmp_path, inline):
    class Fragile(ThreadPoolExecutor):
        def submit(self, function, folder, town, index):
            if index == 1:
                future = Future()
                future.set_exception(BrokenProcessPool("a process died"))
                return future
            return super().submit(function, folder, town, index)

    with pytest.raises(grid.LostWorker, match="Run it again"):
        generate_store(tmp_path / "s", TOWN, lambda: Fragile(1), workers=1)
    assert len(generate_store(tmp_path / "s", TOWN, inline, workers=1).entries) == 2
