"""
Workers killed with SIGKILL in the middle of their jobs: every job is done in the end, nothing twice.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_killed_workers_lose_and_double_nothing():
    script = ROOT / "bench" / "kill_tasks.py"
    done = subprocess.run([sys.executable, str(script), "150", "4", "3"], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done 150" in done.stdout
    assert "demands 150" in done.stdout


def workers_of(keeper, *, but=()):
    """
    Return the processes that a keeper has started, once there is one that is not in ``but``.
    """
    for _ in range(200):
        listed = Path(f"/proc/{keeper.pid}/task/{keeper.pid}/children").read_text(encoding="ascii").split()
        if found := [int(pid) for pid in listed if int(pid) not in but]:
            return found
        time.sleep(0.1)
    return []


def test_another_worker_follows_a_killed_one_until_the_keeper_is_asked_to_end(tmp_path):
    command = [sys.executable, "-c", "from tongdian.interfaces.commands import main; main()"]
    environment = {**os.environ, "TONGDIAN_DATA_DIR": str(tmp_path), "TONGDIAN_DEBUG": "1"}
    subprocess.run([*command, "migrate"], env=environment, check=True, capture_output=True)
    keeper = subprocess.Popen([*command, "work", "--keep"], env=environment)
    try:
        (first,) = workers_of(keeper)
        os.kill(first, signal.SIGKILL)
        (second,) = workers_of(keeper, but=(first,))
        keeper.send_signal(signal.SIGTERM)
        assert keeper.wait(timeout=60) == 0
        assert not Path(f"/proc/{second}").exists()
    finally:
        keeper.kill()
