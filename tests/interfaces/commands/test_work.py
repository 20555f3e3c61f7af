"""
Workers killed with SIGKILL in the middle of their jobs: every job is done in the end, nothing twice.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_killed_workers_lose_and_double_nothing():
    script = ROOT / "bench" / "kill_tasks.py"
    done = subprocess.run([sys.executable, str(script), "150", "4", "3"], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done 150" in done.stdout
    assert "demands 150" in done.stdout
