"""
`kill -9` in the middle of the demo, and starting again: nothing is lost and nothing is doubled.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

DEMO = [sys.executable, "-c", "from tongdian.interfaces.commands import main; main()", "demo", "--plans", "1"]
# the installation's own date is set by the machine's clock, everything else happens at the story's time
STORY_TIME = "CASE kind WHEN 'installation.set' THEN '' ELSE recorded_at || occurred_at END"
TOLD = f"SELECT sequence, kind, {STORY_TIME}, actor_role FROM journal_entry ORDER BY sequence"
TABLES = (
    "demands_demand", "cases_case", "cases_milestone", "cases_evidence", "plans_plan", "plans_option", "plans_reservation",
    "works_workorder", "works_visitreport", "places_usagepoint", "people_user", "people_customer",
)  # fmt: skip


def environment(folder):
    return {**os.environ, "TONGDIAN_DATA_DIR": str(folder), "TONGDIAN_DEBUG": "1", "DJANGO_SETTINGS_MODULE": "tongdian.server.settings"}


def ask(folder, sql):
    with closing(sqlite3.connect(f"file:{folder / 'tongdian.sqlite3'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def count_entries(folder):
    try:
        return ask(folder, "SELECT count(*) FROM journal_entry")[0][0]
    except sqlite3.OperationalError:  # not migrated yet, or just being written
        return 0


def kill_at(folder, entries):
    """Start the demo and kill it as soon as the journal has so many entries; return whether it was still running."""
    running = subprocess.Popen(DEMO, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and count_entries(folder) < entries:
        time.sleep(0.02)
    was_running = running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.wait()
    return was_running


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(DEMO, env=environment(folder), check=True, capture_output=True)
    return folder


def test_killed_four_times_it_ends_as_if_nothing_had_happened(undisturbed, tmp_path):
    all_entries = count_entries(undisturbed)
    kills = [kill_at(tmp_path, entries) for entries in (1, 40, all_entries // 2, all_entries - 40)]
    assert kills == [True] * 4
    subprocess.run(DEMO, env=environment(tmp_path), check=True, capture_output=True)
    assert ask(tmp_path, TOLD) == ask(undisturbed, TOLD)
    assert [ask(tmp_path, f"SELECT count(*) FROM {table}") for table in TABLES] == [
        ask(undisturbed, f"SELECT count(*) FROM {table}") for table in TABLES
    ]


def test_again_it_changes_nothing(undisturbed):
    before = ask(undisturbed, TOLD)
    finished = subprocess.run(DEMO, env=environment(undisturbed), check=True, capture_output=True, text=True)
    assert ask(undisturbed, TOLD) == before
    said = ask(undisturbed, "SELECT count(*) FROM demands_demand")[0][0]
    assert said > 250
    assert f": {said}\n" in finished.stdout


def test_it_is_refused_without_debug_and_over_a_real_installation(undisturbed, tmp_path):
    refused = subprocess.run(DEMO, env={**environment(tmp_path), "TONGDIAN_DEBUG": "0"}, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "TONGDIAN_DEBUG=1" in refused.stderr
    assert not (tmp_path / "tongdian.sqlite3").exists()
