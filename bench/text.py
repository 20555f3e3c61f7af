"""
Measures the text engine: `python bench/text.py DATA [--quick]`, DATA being a folder with demands_a.tsv, hot_events.csv, hot_events_key.tsv,
public_messages_train.csv and real_power_messages.csv. Nothing it prints is used by the program. Figures of record stand in
docs/engines/text.md.
"""

import csv
import math
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations, product
from pathlib import Path

import numpy as np

from tongdian.engines.text import Demand, Doubt, Evidence, Example, Model, Urgency, find_topics, load_corpus, train, understand
from tongdian.engines.text import _train as training
from tongdian.engines.text._calibrate import RECALL, measure

Z = 1.96
TOPIC_LOAD = 100_000
OWN = Path(__file__).parent / "data"  # written for this project, kept apart from training
GRID = {"prior": (-3.0, -2.0, -1.0), "place": (4.0, 6.0), "meaning": (1.5, 2.0, 2.5), "meaning_base": (0.05, 0.08, 0.12)}


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
    texts = [row["text"] for row in rows]
    classes = np.array([model.labels.index(row["category"]) for row in rows])
    chances = model.weigh(model.score(texts))
    print("held out:", measure(chances, classes, sure_from=model.calibration.sure_from))
    right = chances.argmax(axis=1) == classes
    sure = np.array([not one.unsure for one in understand(texts, model)])
    print("  right:", wilson(int(right.sum()), len(right)), "| answered:", wilson(int(sure.sum()), len(sure)))
    if sure.any():
        print("  precision of the answered:", wilson(int(right[sure].sum()), int(sure.sum())))
    draw = np.random.default_rng(0)
    again = [measure(chances[pick], classes[pick], sure_from=2.0)["macro_f1"] for pick in draw.integers(0, len(rows), (500, len(rows)))]
    print(f"  macro-F1 bootstrap 95 %: [{np.quantile(again, 0.025):.3f}, {np.quantile(again, 0.975):.3f}]")


def measure_elsewhere(data: Path, model: Model) -> None:
    """
    Print how much of what was meant for other offices is answered without a person, and how much of what was not is taken for it.
    """
    messages = [row for row in read_table(data / "public_messages_train.csv") if "电" not in row["subject"] + row["text"]]
    sets = {
        "kept apart, to other offices": [row["text"] for row in read_table(OWN / "other_own.csv")],
        "real, to other offices, subject": [row["subject"] for row in messages],
        "real, to other offices, text": [row["text"] for row in messages],
        "kept apart, plain demands": [row["text"] for row in read_table(OWN / "plain_own.csv")],
        "kept apart, danger": [row["text"] for row in read_table(OWN / "danger_own.csv") if row["danger"] == "1"],
        "held out": [row["text"] for row in read_table(data / "demands_a.tsv")],
        "real, about electricity": [row["text"] for row in read_table(data / "real_power_messages.csv")],
    }
    for name, texts in sets.items():
        found = understand(texts, model)
        away = sum(one.doubt is Doubt.ELSEWHERE for one in found)
        answered = sum(not one.unsure for one in found)
        print(f"{name}: answered", wilson(answered, len(found)), "| perhaps elsewhere", wilson(away, len(found)))


def measure_danger(examples: tuple[Example, ...], seed: int) -> None:
    """
    Print recall and precision of danger on the hard positives and hard negatives of the corpus, by models that saw none of their fold.
    """
    negatives = {row["text"] for row in read_table(Path(sys.modules[load_corpus.__module__].CORPUS) / "danger_negative.csv")}
    task = training.urgency_task(examples, Urgency.DANGER)
    scores = training.score_kept_out(task, training.read_examples(examples), outputs=1, seed=seed, folds=training.URGENCY_FOLDS)[:, 0]
    told = scores >= np.quantile(scores[task.classes == 1], 1 - RECALL, method="lower")
    hard = (task.classes == 1) | np.array([examples[row].text in negatives for row in task.rows])
    hits, total = int(told[task.classes == 1].sum()), int(task.classes.sum())
    print(f"danger, {total} hard positives and {int(hard.sum()) - total} hard negatives, seed {seed}: recall", wilson(hits, total), end="")
    print(" | precision", wilson(hits, int(told[hard].sum())), "| among all examples", wilson(hits, int(told.sum())))


def measure_danger_held_out(rows: list[dict[str, str]], model: Model) -> None:
    """
    Print the same on examples kept apart from training.
    """
    found = [one.urgency is Urgency.DANGER for one in understand([row["text"] for row in rows], model)]
    wanted = [row["danger"] == "1" for row in rows]
    hits = sum(said and meant for said, meant in zip(found, wanted, strict=True))
    print(f"danger, kept apart ({len(rows)}): recall", wilson(hits, sum(wanted)), "| precision", wilson(hits, sum(found)))


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


def list_pairs(groups: Iterable[Iterable[str]]) -> set[tuple[str, str]]:
    """
    Return the pairs that stand together.
    """
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def score_pairs(found: set[tuple[str, str]], key: set[tuple[str, str]]) -> float:
    """
    Return pairwise F1.
    """
    return 2 * len(found & key) / max(1, len(found) + len(key))


def list_events(rows: list[dict[str, str]]) -> dict[str, set[tuple[str, str]]]:
    """
    Return each event's pairs of demands.
    """
    events: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["event"]:
            events[row["event"]].append(row["id"])
    return {event: list_pairs([members]) for event, members in events.items()}


def measure_topics(rows: list[dict[str, str]], model: Model) -> None:
    """
    Print pairwise F1 of topics against the key's events, and what each event was split into or merged with.
    """
    event_of, events = {row["id"]: row["event"] for row in rows}, list_events(rows)
    topics = find_topics(as_demands(rows), model)
    found = list_pairs(topic.demand_ids for topic in topics)
    each = [score_pairs({pair for pair in found if event in (event_of[pair[0]], event_of[pair[1]])}, key) for event, key in events.items()]
    together = score_pairs(found, set[tuple[str, str]]().union(*events.values()))
    print(f"topics: pairwise F1 {together:.3f}, {len(topics)} topics for {len(events)} events, ", end="")
    print(f"mean of the events {np.mean(each):.3f}, spread {np.std(each):.3f}")
    for topic in topics:
        print("  ", topic.title, dict(Counter(event_of[one] or "single" for one in topic.demand_ids)))


def measure_topics_left_out(sets: list[list[dict[str, str]]], model: Model) -> None:
    """
    Print the same for each set with weights chosen on the other events of all sets: the middle one of the best of a grid.
    """
    tried = [Evidence(**dict(zip(GRID, one, strict=True))) for one in product(*GRID.values())]
    found = [[list_pairs(topic.demand_ids for topic in find_topics(as_demands(rows), model, evidence=by)) for rows in sets] for by in tried]
    events = [list_events(rows) for rows in sets]
    for number, rows in enumerate(sets):
        event_of = {row["id"]: row["event"] for row in rows}
        keys = [set[tuple[str, str]]().union(*one.values()) for one in events]
        left_out, chosen_all = [], set[tuple[str, str]]()
        for event, key in events[number].items():
            mine = [{pair for pair in one[number] if event in (event_of[pair[0]], event_of[pair[1]])} for one in found]
            others = []
            for one, out in zip(found, mine, strict=True):
                hits = sum(len(pairs & wanted) for pairs, wanted in zip(one, keys, strict=True)) - len(out & key)
                others.append(2 * hits / (sum(map(len, one)) - len(out) + sum(map(len, keys)) - len(key)))
            best = [place for place, score in enumerate(others) if score >= max(others)]
            left_out.append(score_pairs(mine[best[len(best) // 2]], key))
            chosen_all |= mine[best[len(best) // 2]]
        grid = [score_pairs(one[number], keys[number]) for one in found]
        means = (
            f"mean {np.mean(left_out):.3f}, spread {np.std(left_out):.3f}, all pairs together {score_pairs(chosen_all, keys[number]):.3f}"
        )
        print(f"  weights chosen without the event, {len(tried)} tried: {means}; over the whole grid {min(grid):.3f} to {max(grid):.3f}")


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
    Print macro-F1 of the same training on seven classes of public messages: by its own five folds, and on a fifth that no choice has seen.
    """
    apart = np.random.default_rng(12345).random(len(rows)) < 1 / 5
    for name, columns in (("text", ["text"]), ("subject and text", ["subject", "text"])):
        examples = [Example(text="\n".join(row[one] for one in columns).strip(), category=row["label"]) for row in rows]
        start = time.process_time()
        model = train([one for one, left in zip(examples, apart, strict=True) if not left])
        print(
            f"seven classes by {name}, four fifths: {time.process_time() - start:.0f} s", model.report["blocks"], model.report["category"]
        )
        kept = [one for one, left in zip(examples, apart, strict=True) if left]
        measure_held_out([{"text": one.text, "category": one.category} for one in kept], model)


def main() -> None:
    """
    Measure everything, or with --quick without cross-validation of danger and without the seven classes.
    """
    data, quick = Path(sys.argv[1]), "--quick" in sys.argv
    examples = load_corpus()
    rows, events = read_table(data / "demands_a.tsv"), read_table(data / "hot_events.csv")
    model = measure_cross_validated(examples, range(1 if quick else 3))
    measure_held_out(rows, model)
    own = read_table(OWN / "hot_events_own.csv")
    for one in (events, own, read_table(OWN / "hot_events_new.csv")):
        measure_topics(one, model)
    measure_topics_left_out([events, own], model)
    measure_speed(rows, events, model)
    measure_danger_held_out(read_table(OWN / "danger_own.csv"), model)
    measure_elsewhere(data, model)
    if not quick:
        for seed in range(3):
            measure_danger(examples, seed)
        measure_generality(read_table(data / "public_messages_train.csv"))


if __name__ == "__main__":
    main()
