"""
Kill workers in the middle of their jobs, again and again, and see what is left: every job done, nothing done twice.

    python bench/kill_tasks.py [JOBS] [KILLS] [SEED]
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

WORKER = [sys.executable, "-c", "from tongdian.interfaces.commands import main; main()", "work"]


def main(jobs: int, kills: int, seed: int) -> int:
    """
    Print what came of it; exit code 1 if a job is not done or a demand is doubled or missing.
    """
    folder = tempfile.mkdtemp(prefix="tongdian-kill-")
    os.environ |= {"TONGDIAN_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tongdian.server.settings"}
    import django

    django.setup()
    found = kill(jobs=jobs, kills=kills, seed=seed)
    print(", ".join(f"{name} {value}" for name, value in found.items()))
    return 0 if found["done"] == found["demands"] == jobs and found["longest take-over, s"] <= 60 else 1


def kill(*, jobs: int, kills: int, seed: int) -> dict[str, float]:
    """
    Enqueue the jobs, kill workers at random moments, let the last one end; return the counts.
    """
    from django.core.management import call_command

    from tongdian.apps.background.models import Job
    from tongdian.apps.background.queries import count_by_status
    from tongdian.apps.demands.models import Demand

    call_command("migrate", verbosity=0)
    enqueue(jobs)
    dice = random.Random(seed)
    started, killed, gaps = time.monotonic(), 0, [0.0]
    stuck: dict[str, float] = {}
    while True:
        worker = subprocess.Popen(WORKER, env=os.environ)
        deadline = time.monotonic() + (dice.uniform(0.9, 1.5) if killed < kills else 1e9)
        while time.monotonic() < deadline:
            time.sleep(0.05)
            counts = count_by_status()
            note_take_overs(Job, stuck, gaps)
            if not counts["ready"] + counts["running"]:
                break
        if counts["ready"] + counts["running"]:
            stuck |= {str(key): time.monotonic() for key in Job.objects.filter(status="running").values_list("pk", flat=True)}
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed += 1
        if not counts["ready"] + counts["running"]:
            break
    attempts = Counter(Job.objects.values_list("attempts", flat=True))
    return {
        "jobs": jobs,
        "kills": killed,
        "done": Job.objects.filter(status="done", once=None).count(),  # without the day's round, which workers enqueue themselves
        "parked": counts["parked"],
        "failed": counts["failed"],
        "begun more than once": sum(count for tries, count in attempts.items() if tries > 1),
        "demands": Demand.objects.count(),
        "longest take-over, s": round(max(gaps), 1),
        "seconds": round(time.monotonic() - started, 1),
    }


def note_take_overs(job: type, stuck: dict[str, float], gaps: list[float]) -> None:
    """
    Note how long a job whose worker was killed waited for its next attempt.
    """
    from django.db.models import Q

    begun_again = [key for key in stuck if job.objects.filter(Q(attempts__gt=1) | Q(status="done"), pk=key).exists()]  # type: ignore[attr-defined]
    gaps += [time.monotonic() - stuck.pop(key) for key in begun_again]


def enqueue(jobs: int) -> None:
    """
    Enqueue jobs that each take in a table of one demand.
    """
    from django.utils import timezone

    from tongdian.apps.demands.tasks import receive_table
    from tongdian.apps.journal.actions import keep_file
    from tongdian.apps.journal.events import SYSTEM_ACTOR
    from tongdian.apps.people.actions import register_user

    register_user(actor=SYSTEM_ACTOR, username="a", display_name="A", role="cell_manager", password=None, now=timezone.now())
    for number in range(jobs):
        sha256 = keep_file(content=f"id,text\nK{number:05d},第 {number} 条诉求\n".encode())
        receive_table.enqueue(sha256=sha256, filename="t.csv", username="a", is_visits=False, owner="1")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    arguments = [int(text) for text in sys.argv[1:]] + [2000, 50, 1][len(sys.argv) - 1 :]
    sys.exit(main(*arguments[:3]))
