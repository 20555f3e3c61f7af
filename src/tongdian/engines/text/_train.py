"""
Trains a model from labelled demands and calibrates it on folds kept out of training.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._calibrate import (
    find_danger_threshold,
    find_second_threshold,
    find_sure_threshold,
    find_temperature,
    find_urgent_threshold,
    measure,
    measure_binary,
)
from tongdian.engines.text._features import Floats, Ints, Vectors, Vocabulary, learn_vocabulary, read_all, vectorise
from tongdian.engines.text._lexicon import load_lexicon
from tongdian.engines.text._linear import fit_weights, split_folds
from tongdian.engines.text._model import FORMAT, Calibration, Model, softmax
from tongdian.engines.text._normalise import normalise
from tongdian.engines.text._sparse import group_alike
from tongdian.engines.text._values import Example, Urgency
from tongdian.kit.refused import N_, Refused

FOLDS = 5
FEWEST = 5  # examples a label needs, one for each fold
ALIKE = 0.8  # texts with this cosine are never on both sides of a fold
MAX_GRAMS = 120_000
STRENGTH = 20.0
URGENCY_STRENGTH = 10.0
SECOND_WEIGHT = 0.3  # a demand counts this much for its second category
ALPHABET = 12


class TooFewExamples(Refused):
    """
    A label has too few examples to learn from and to test on.
    """


class OneLabelOnly(Refused):
    """
    Nothing can be told apart.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """
    One thing to learn: which rows, their classes, how much each counts, and how strongly to fit.
    """

    rows: Ints
    classes: Ints
    weight: Floats
    strength: float


def train(examples: Sequence[Example], *, seed: int = 0) -> Model:
    """
    Train and calibrate a model. The same examples and seed give the same model.

    Categories are learnt from the examples that name one, urgency from those where somebody judged it (none: everything is normal).

    :raises OneLabelOnly: if fewer than two categories are named
    :raises TooFewExamples: if a category has fewer than five examples
    """
    examples = [example for example in examples if normalise(example.text)]
    labels = _check_labels(examples)
    read = read_all([example.text for example in examples], load_lexicon())
    vocabulary = learn_vocabulary(read, max_grams=MAX_GRAMS)
    vectors = vectorise(read, vocabulary)
    groups = group_alike(vectors, len(vocabulary), alike=ALIKE)
    category = _category_task(examples, labels)
    danger, urgent = _urgency_task(examples, Urgency.DANGER), _urgency_task(examples, Urgency.URGENT)

    kept_out = _score_kept_out(category, read, groups, outputs=len(labels), seed=seed)
    calibration, report, kin = _calibrate_category(kept_out, category, examples, labels)
    matrix, offset = _fit(category, vectors, vocabulary, outputs=len(labels))
    columns, offsets = [matrix], [offset]
    thresholds = {}
    for name, task in (("danger", danger), ("urgent", urgent)):
        if task is None:
            columns.append(np.zeros((len(vocabulary), 1)))
            offsets.append(np.array([-10.0]))
            continue
        kept = _score_kept_out(task, read, groups, outputs=1, seed=seed)[:, 0]
        find = find_danger_threshold if name == "danger" else find_urgent_threshold
        thresholds[f"{name}_from"] = find(kept, task.classes)
        report[name] = measure_binary(kept, task.classes, thresholds[f"{name}_from"])
        matrix, offset = _fit(task, vectors, vocabulary, outputs=1)
        columns.append(matrix)
        offsets.append(offset)
    return Model(
        labels=labels,
        vocabulary=vocabulary,
        # half precision, as in the file: a model just trained answers exactly like the same one read back
        weights=np.hstack(columns).astype(np.float16).astype(np.float32),
        offset=np.concatenate(offsets).astype(np.float32),
        kin=kin,
        calibration=Calibration(**calibration, **thresholds),
        version=name_version(examples, seed=seed),
        report=report,
    )


def name_version(examples: Sequence[Example], *, seed: int) -> str:
    """
    Return a short name that changes with anything a model depends on.
    """
    digest = hashlib.sha256(f"{FORMAT}/{seed}/{load_lexicon().fingerprint}".encode())
    for example in examples:
        digest.update(repr((example.text, example.category, example.second_category, example.urgency)).encode(errors="surrogatepass"))
    return digest.hexdigest()[:ALPHABET]


def _check_labels(examples: Sequence[Example]) -> tuple[str, ...]:
    counts = Counter(example.category for example in examples if example.category)
    if len(counts) < 2:  # noqa: PLR2004
        raise OneLabelOnly(N_("The examples name fewer than two labels. Label at least two, each with five examples or more."))
    for label, count in sorted(counts.items()):
        if count < FEWEST:
            raise TooFewExamples(
                N_("The label “%(label)s” has %(count)s examples; it needs at least %(needed)s."), label=label, count=count, needed=FEWEST
            )
    return tuple(sorted(counts))


def _category_task(examples: Sequence[Example], labels: tuple[str, ...]) -> _Task:
    position = {label: number for number, label in enumerate(labels)}
    rows, classes, weight = [], [], []
    for row, example in enumerate(examples):
        if example.category:
            rows.append(row)
            classes.append(position[example.category])
            weight.append(1.0)
    for row, example in enumerate(examples):
        if example.category and example.second_category in position and example.second_category != example.category:
            rows.append(row)
            classes.append(position[example.second_category])
            weight.append(SECOND_WEIGHT)
    return _Task(rows=np.array(rows), classes=np.array(classes), weight=np.array(weight), strength=STRENGTH)


def _urgency_task(examples: Sequence[Example], wanted: Urgency) -> _Task | None:
    """
    Return danger against the rest, or urgent against normal; None where one side has fewer than five examples.
    """
    judged = [row for row, example in enumerate(examples) if example.urgency is not None]
    if wanted is not Urgency.DANGER:
        judged = [row for row in judged if examples[row].urgency is not Urgency.DANGER]
    classes = np.array([int(examples[row].urgency is wanted) for row in judged], dtype=np.int64)
    if min(classes.sum(), len(classes) - classes.sum()) < FEWEST:
        return None
    share = classes.mean()
    weight = np.where(classes == 1, min(4.0, 0.5 / share), 1.0)
    return _Task(rows=np.array(judged), classes=classes, weight=weight, strength=URGENCY_STRENGTH)


def _take(vectors: Vectors, rows: Ints) -> Vectors:
    """
    Return some rows of vectors, in the given order, with repeats.
    """
    lengths = np.diff(vectors.starts)[rows]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    inside = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    positions = np.repeat(vectors.starts[rows], lengths) + inside
    return Vectors(values=vectors.values[positions], columns=vectors.columns[positions], starts=starts.astype(np.int64))


def _fit(task: _Task, vectors: Vectors, vocabulary: Vocabulary, *, outputs: int) -> tuple[Floats, Floats]:
    taken = _take(vectors, task.rows)
    fitted = fit_weights(taken, len(vocabulary), task.classes, outputs=outputs, sample_weight=task.weight, strength=task.strength)
    return fitted.matrix, fitted.offset


def _score_kept_out(task: _Task, read: list[dict[str, list[str]]], groups: Ints, *, outputs: int, seed: int) -> Floats:
    """
    Return the scores [rows of the task, outputs] that models give which were trained without these rows (and without their vocabulary).
    """
    scores = np.zeros((len(task.rows), outputs))
    together = groups[task.rows]
    if min(len(np.unique(together[task.classes == label])) for label in np.unique(task.classes)) < FOLDS:
        together = np.arange(len(task.rows))  # texts so alike can only be split apart
    for learn, test in split_folds(task.classes, together, folds=FOLDS, seed=seed):
        vocabulary = learn_vocabulary([read[row] for row in np.unique(task.rows[learn])], max_grams=MAX_GRAMS)
        vectors = vectorise([read[row] for row in task.rows], vocabulary)
        part = _Task(rows=learn, classes=task.classes[learn], weight=task.weight[learn], strength=task.strength)
        matrix, offset = _fit(part, vectors, vocabulary, outputs=outputs)
        held = _take(vectors, test)
        product = held.values[:, None] * matrix[held.columns]
        sums = np.vstack([np.zeros((1, matrix.shape[1])), np.cumsum(product, axis=0)])
        scores[test] = sums[held.starts[1:]] - sums[held.starts[:-1]] + offset
    return scores


def _calibrate_category(
    scores: Floats, task: _Task, examples: Sequence[Example], labels: tuple[str, ...]
) -> tuple[dict[str, float], dict[str, Any], npt.NDArray[np.float32]]:
    first = task.weight >= 1.0
    scores, classes, rows = scores[first], task.classes[first], task.rows[first]
    temperature = find_temperature(scores, classes)
    chances = softmax(scores, temperature)
    position = {label: number for number, label in enumerate(labels)}
    second = np.array([position.get(examples[row].second_category, -1) for row in rows], dtype=np.int64)
    calibration = {
        "temperature": temperature,
        "sure_from": find_sure_threshold(chances, classes),
        "second_from": find_second_threshold(chances, classes, second),
    }
    report: dict[str, Any] = {"category": measure(chances, classes, sure_from=calibration["sure_from"])}
    report["category"]["examples"] = len(classes)
    kin = np.zeros((len(labels), len(labels)))
    np.add.at(kin, classes, chances)
    kin /= np.maximum(kin.sum(axis=1, keepdims=True), 1e-12)
    return calibration, report, ((kin + kin.T) / 2).astype(np.float32)
