"""
Stores and studies from the command line: made, studied, gone on, and refused in words.
"""

import pytest
from click.testing import CliRunner

from tongdian.engines import grid
from tongdian.interfaces.commands import main


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")
    monkeypatch.delenv("TONGDIAN_CLUSTER", raising=False)


@pytest.fixture
def store(tmp_path):
    town = grid.Town(connections=20, per_feeder=10, step_minutes=60)
    return grid.write_store(tmp_path / "store", grid.generate_feeders(town), label="synthetic").folder


@pytest.fixture
def run(monkeypatch, inline):
    monkeypatch.setattr(grid, "local_workers", lambda _: inline())
    return lambda *words: CliRunner().invoke(main, ["grid", *map(str, words)])


@pytest.fixture
def inline():
    from concurrent.futures import ThreadPoolExecutor

    return lambda: ThreadPoolExecutor(1)


def test_a_town_is_built_and_studied(tmp_path, run):
    built = run("generate", tmp_path / "s", "--connections", 12, "--per-feeder", 6, "--step-minutes", 60)
    assert built.exit_code == 0, built.output
    assert "12 connections" in built.output
    done = run("study", tmp_path / "s", "--workers", 1)
    assert done.exit_code == 0, done.output
    assert "2 of 2 feeders studied" in done.output
    assert "synthetic" in done.output


def test_one_feeder_is_studied_alone(store, run):
    done = run("study", store, "--feeder", "S0001-R1B")
    assert "1 of 1 feeders studied" in done.output
    assert len(list(store.rglob("results/*/*.parquet"))) == 1


def test_a_failed_feeder_is_told_and_the_exit_code_says_so(store, run):
    (store / "feeders" / "S0001-R1A.parquet").write_bytes(b"")
    done = run("study", store)
    assert done.exit_code == 1
    assert "S0001-R1A failed" in done.output
    assert "1 of 2 feeders studied" in done.output


@pytest.mark.parametrize("words", [["--feeder", "X"], ["--vmin", "2"], ["--power-factor", "0"]])
def test_an_impossible_study_is_refused(store, run, words):
    done = run("study", store, *words)
    assert done.exit_code == 2, done.output


def test_a_missing_store_is_refused(tmp_path, run):
    done = run("study", tmp_path / "nothing")
    assert done.exit_code == 2
    assert "no store of feeders" in done.output


def test_an_unreachable_cluster_is_refused(store, run, monkeypatch):
    monkeypatch.setattr("tongdian.engines.grid._store.cluster.WAIT_S", 0.3)
    done = run("study", store, "--cluster", "tcp://127.0.0.1:9")
    assert done.exit_code == 2
    assert "No Dask scheduler answers" in done.output


def test_an_address_that_is_none_is_refused(store, run):
    assert run("study", store, "--cluster", "nonsense://x").exit_code == 2


def test_a_finished_store_is_not_built_again(store, run):
    done = run("generate", store)
    assert done.exit_code == 2
    assert "finished store" in done.output


def test_a_network_becomes_a_store(tmp_path, run, store):
    network = grid.read_feeder(grid.open_store(store), "S0001-R1A")
    grid.write_network(network, tmp_path / "net.tgn")
    done = run("split", tmp_path / "net.tgn", "-o", tmp_path / "cut")
    assert done.exit_code == 0, done.output
    assert len(grid.open_store(tmp_path / "cut").entries) == 1
