"""
Reads the written training corpus and keeps the model trained from it.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from tongdian.engines.text._lexicon import FOLDER
from tongdian.engines.text._model import Model, UnreadableModel, load_model, save_model
from tongdian.engines.text._train import name_version, train
from tongdian.engines.text._values import Example, Urgency

CORPUS = FOLDER / "corpus"
OTHER_HAND = FOLDER.parent / "demo" / "demands_a.tsv"
SHIPPED = FOLDER / "model.npz"
ELSEWHERE = {"other": True, "other_negative": False}
DANGER = {"danger_positive": Urgency.DANGER, "danger_negative": Urgency.NORMAL}


def load_corpus(folder: Path = CORPUS) -> tuple[Example, ...]:
    """
    Return the written examples of a folder, in the order of the files' names.

    ``<category>.csv`` holds the examples of one category, ``supplement.csv`` names it in a column; ``danger_positive.csv`` and
    ``danger_negative.csv`` are judged for danger to life only: what is no danger there may still be urgent. ``other.csv`` was said to
    another office, ``other_negative.csv`` to ours in words that also others hear; nobody judged their urgency or category. The supplement
    is plain speech, the rest holds many demands written to be confused with a neighbour.
    """
    return tuple(example for path in sorted(folder.glob("*.csv")) for example in _read(path))


def load_other_hand() -> tuple[Example, ...]:
    """
    Return the demonstration's demands, written by another author; nobody judged their urgency.

    The figures in docs/engines/text.md are those of models that never saw them. The shipped model learns from them, too.
    """
    with OTHER_HAND.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return tuple(Example(text=row["text"], category=row["category"], second_category=row["second_category"]) for row in rows)


def load_shipped() -> tuple[Example, ...]:
    """
    Return everything that the shipped model learns from: the written corpus and the demonstration's demands.
    """
    return load_corpus() + load_other_hand()


def load_or_train(folder: Path, *, seed: int = 0) -> Model:
    """
    Return the model of :func:`load_shipped`: the shipped one, or, where the corpus was changed, one trained and kept in ``folder``.
    """
    examples = load_shipped()
    version = name_version(examples, seed=seed)
    path = folder / f"text-{version}.npz"
    for kept in (SHIPPED, path):
        try:
            model = load_model(kept)
        except UnreadableModel:
            continue
        if model.version == version:
            return model
    model = train(examples, seed=seed)
    save_model(model, path)
    return model


def _read(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if path.stem in ELSEWHERE:
                elsewhere = ELSEWHERE[path.stem]
                yield Example(text=row["text"], category="", elsewhere=elsewhere, confusable=not elsewhere)
                continue
            judged = DANGER.get(path.stem)
            yield Example(
                text=row["text"],
                category=row.get("category", "") if judged or path.stem == "supplement" else path.stem,
                second_category=row.get("second_category", ""),
                urgency=judged or Urgency(row["urgency"]),
                confusable=path.stem != "supplement",
            )
