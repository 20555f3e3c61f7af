"""
Measures the text engine: `python bench/text.py DATA [--quick]`, DATA being a folder with demands_a.tsv, hot_events.csv, hot_events_key.tsv
and public_messages_train.csv. Nothing it prints is used by the program. Figures of record stand in docs/engines/text.md.
"""

import csv
import math
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np

from tongdian.engines.text import Demand, Example, Model, Urgency, find_topics, load_corpus, train, understand
from tongdian.engines.text._calibrate import measure
from tongdian.engines.text._model import softmax

Z = 1.96
TOPIC_LOAD = 100_000


def read_table(path: Path) -> list[dict[str, str]]:
    """
    Return the rows of a table, tab-separated when so named.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def wilson(right: int, total: int) -> str:
    """
    Return a share with its 95 % interval.
    """
    share, middle = right / total, (right + Z * Z / 2) / (total + Z * Z)
    half = Z / (total + Z * Z) * math.sqrt(right * (total - right) / total + Z * Z / 4)
    return f"{share:.3f} [{middle - half:.3f}, {middle + half:.3f}] of {total}"


def measure_cross_validated(examples: tuple[Example, ...], seeds: Iterable[int]) -> Model:
    """
    Print what training measures on folds kept out, for several splits; return the model of the first seed.
    """
    models = []
    for seed in seeds:
        start = time.perf_counter()
        models.append(train(examples, seed=seed))
        print(f"seed {seed}: {time.perf_counter() - start:.1f} s, {models[-1].report}")
    for name in ("macro_f1", "top_three", "answered", "answered_precision", "calibration_error"):
        values = [model.report["category"][name] or 0.0 for model in models]
        print(f"  {name}: mean {np.mean(values):.3f}, spread {np.std(values):.3f}")
    return models[0]


def measure_held_out(rows: list[dict[str, str]], model: Model) -> None:
    """
    Print the category figures on demands that no model was trained on.
    """
    texts, size = [row["text"] for row in rows], len(model.labels)
    classes = np.array([model.labels.index(row["category"]) for row in rows])
    chances = softmax(model.score(texts)[:, :size], model.calibration.temperature)
    print("held out:", measure(chances, classes, sure_from=model.calibration.sure_from))
    right = chances.argmax(axis=1) == classes
    sure = chances.max(axis=1) >= model.calibration.sure_from
    print("  right:", wilson(int(right.sum()), len(right)), "| answered:", wilson(int(sure.sum()), len(sure)))
    if sure.any():
        print("  precision of the answered:", wilson(int(right[sure].sum()), int(sure.sum())))
    draw = np.random.default_rng(0)
    again = [measure(chances[pick], classes[pick], sure_from=2.0)["macro_f1"] for pick in draw.integers(0, len(rows), (500, len(rows)))]
    print(f"  macro-F1 bootstrap 95 %: [{np.quantile(again, 0.025):.3f}, {np.quantile(again, 0.975):.3f}]")


def measure_danger(examples: tuple[Example, ...], folds: int = 5) -> None:
    """
    Print recall and precision on the hard positives and hard negatives of the corpus, each fold judged by a model that saw none of it.
    """
    negatives = {row["text"] for row in read_table(Path(sys.modules[load_corpus.__module__].CORPUS) / "danger_negative.csv")}
    hard = [n for n, one in enumerate(examples) if one.urgency is Urgency.DANGER or one.text in negatives]
    random.Random(0).shuffle(hard)
    hits = said = 0
    total = sum(examples[n].urgency is Urgency.DANGER for n in hard)
    for fold in range(folds):
        test = set(hard[fold::folds])
        model = train([one for n, one in enumerate(examples) if n not in test], seed=fold)
        found = understand([examples[n].text for n in sorted(test)], model)
        told = [examples[n].urgency is Urgency.DANGER for n, one in zip(sorted(test), found, strict=True) if one.urgency is Urgency.DANGER]
        hits, said = hits + sum(told), said + len(told)
    print(
        f"danger, {total} hard positives and {len(hard) - total} hard negatives: recall",
        wilson(hits, total),
        "| precision",
        wilson(hits, said),
    )


def as_demands(rows: list[dict[str, str]]) -> list[Demand]:
    """
    Return the rows of hot events as demands.
    """
    return [
        Demand(
            id=r["id"],
            text=r["text"],
            reported_at=datetime.fromisoformat(r["reported_at"]),
            city=r["city"],
            county=r["county"],
            place=r["place"],
        )
        for r in rows
    ]


def measure_topics(rows: list[dict[str, str]], model: Model) -> None:
    """
    Print pairwise F1 of topics against the key's events.
    """
    topics = find_topics(as_demands(rows), model)
    events: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["event"]:
            events[row["event"]].append(row["id"])
    key = {pair for ids in events.values() for pair in combinations(sorted(ids), 2)}
    found = {pair for topic in topics for pair in combinations(sorted(topic.demand_ids), 2)}
    precision, recall = len(key & found) / max(1, len(found)), len(key & found) / len(key)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"topics: pairwise F1 {f1:.3f}, precision {precision:.3f}, recall {recall:.3f}, {len(topics)} topics for {len(events)} events")
    for topic in topics:
        print("  ", topic.title, len(topic.demand_ids))


def measure_speed(rows: list[dict[str, str]], events: list[dict[str, str]], model: Model) -> None:
    """
    Print texts read a second and the time and memory of 100,000 demands into topics.
    """
    texts = [row["text"] for row in rows] * 40
    start = time.process_time()
    understand(texts, model)
    print(f"understand: {len(texts) / (time.process_time() - start):.0f} a second of processor time")
    draw = random.Random(0)
    pool = [row["text"] for row in rows] + [row["text"] for row in events]
    names = [f"{draw.choice('翠柳桐梅兰松云石河湖')}{draw.choice('岚溪芳园桥林湾塘岗庄')}{draw.choice('里苑湾村街巷')}" for _ in range(400)]
    demands = [
        Demand(
            id=str(n),
            text=draw.choice(pool),
            reported_at=datetime.fromisoformat("2021-01-01 00:00") + timedelta(minutes=draw.randrange(181 * 1440)),
            city="南京",
            county=f"第{draw.randrange(95)}区",
            place=draw.choice(names),
        )
        for n in range(TOPIC_LOAD)
    ]
    start, used = time.perf_counter(), time.process_time()
    found = find_topics(demands, model)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    wall, processor = time.perf_counter() - start, time.process_time() - used
    print(f"{TOPIC_LOAD} demands into {len(found)} topics: {wall:.0f} s, {processor:.0f} s of processor time, {peak:.2f} GB")


def measure_generality(rows: list[dict[str, str]]) -> None:
    """
    Print macro-F1 of the same training on seven classes of public messages, by its own five folds.
    """
    examples = [Example(text=f"{row['subject']} {row['text']}", category=row["label"]) for row in rows]
    start = time.perf_counter()
    print("seven classes:", train(examples).report["category"], f"{time.perf_counter() - start:.0f} s")


def main() -> None:
    """
    Measure everything, or with --quick without cross-validation of danger and without the seven classes.
    """
    data, quick = Path(sys.argv[1]), "--quick" in sys.argv
    examples = load_corpus()
    rows, events = read_table(data / "demands_a.tsv"), read_table(data / "hot_events.csv")
    model = measure_cross_validated(examples, range(1 if quick else 3))
    measure_held_out(rows, model)
    measure_topics(events, model)
    measure_speed(rows, events, model)
    if not quick:
        measure_danger(examples)
        measure_generality(read_table(data / "public_messages_train.csv"))


if __name__ == "__main__":
    main()
