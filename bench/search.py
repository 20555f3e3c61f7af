"""
How long the search box takes on many demands: words of one, two and four characters, a number, and nothing to be found.

    python bench/search.py [DEMANDS]
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime

WORDS = ("电", "电梯", "充电桩", "SQ-2021-000", "没有这个词")


def main(count: int) -> None:
    """
    Fill a database with demands made of the demo's and print the median of nine searches for each word.
    """
    os.environ |= {"TONGDIAN_DATA_DIR": tempfile.mkdtemp(prefix="tongdian-search-"), "DJANGO_SETTINGS_MODULE": "tongdian.server.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tongdian.apps.demands.models import Demand
    from tongdian.apps.insight.queries import search
    from tongdian.apps.journal.events import Actor
    from tongdian.kit.tables import data_file

    texts = [line.split("\t")[1] for line in data_file("demo/demands_a.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    now = datetime(2021, 6, 30, tzinfo=UTC)
    Demand.objects.bulk_create(
        (
            Demand(
                number=f"SQ-2021-{at:06d}", source_key=str(at), text=texts[at % len(texts)] + str(at), channel="hotline", reported_at=now,
                received_at=now, city="南京", county="秦淮区", place="汉西新村",
            )
            for at in range(count)
        ),
        batch_size=5000,
    )  # fmt: skip
    for word in WORDS:
        times = []
        for _ in range(9):
            started = time.perf_counter()
            found = search(actor=Actor(id="1", role="leader"), words=word, now=now)
            times.append(time.perf_counter() - started)
        print(f"{word}: {found.demand_count} of {count}, {sorted(times)[4] * 1000:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
