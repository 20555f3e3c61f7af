"""
Trains a model from labelled demands and calibrates it on folds kept out of training.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._calibrate import (
    find_danger_threshold,
    find_elsewhere_threshold,
    find_second_threshold,
    find_sure_threshold,
    find_temperature,
    find_urgent_threshold,
    measure,
    measure_binary,
    measure_labels,
    weigh_plain,
)
from tongdian.engines.text._features import (
    ABOUT_US,
    BLOCKS,
    LONGEST,
    SHORT,
    WITHOUT_LEXICON,
    Floats,
    Ints,
    Vectors,
    Vocabulary,
    learn_vocabulary,
    read_all,
    vectorise,
)
from tongdian.engines.text._lexicon import load_lexicon
from tongdian.engines.text._linear import fit_label_ratios, fit_labels, fit_yes_or_no, split_folds
from tongdian.engines.text._model import FORMAT, Calibration, Model, name_text, softmax
from tongdian.engines.text._normalise import normalise
from tongdian.engines.text._sparse import group_alike, multiply
from tongdian.engines.text._values import Example, Urgency
from tongdian.kit.refused import N_, Refused

FOLDS = 10  # of the categories: models that learn from nine tenths are nearly as good as the one that learns from all
URGENCY_FOLDS = 5
FEWEST = 5  # examples a label needs
ALIKE = 0.8  # texts with this cosine are never on both sides of a fold
MAX_GRAMS = 120_000
STRENGTH = 20.0
URGENCY_STRENGTH = 3.0
CHOOSING_FOLDS = 3
METHOD = 5  # changes whenever the same examples shall give another model
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
    One thing to learn: which rows, their classes, how much each counts, how strongly to fit, from which blocks of features, from n-grams up
    to which length, whether by ratios (:func:`fit_label_ratios`), and whether a yes or no from thinned rows (:func:`fit_yes_or_no`).
    """

    rows: Ints
    classes: Ints
    weight: Floats
    strength: float
    blocks: tuple[str, ...] = ABOUT_US
    longest: int = LONGEST
    by_ratios: bool = False
    thinned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """
    A model, and for each example that names a category what models said of it that had not seen it (label numbers).
    """

    model: Model
    examples: tuple[Example, ...]
    guesses: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """
    Everything read once: texts' features, which were not judged for other offices alone, the vocabulary of these, the rows of all, and
    which are so alike that they stay together.

    What was judged for that alone gives the vocabulary no words: categories and urgency are learnt as if it were not there.
    """

    features: list[dict[str, list[str]]]
    ours: npt.NDArray[np.bool_]
    vocabulary: Vocabulary
    vectors: Vectors
    groups: Ints


def train(examples: Sequence[Example], *, seed: int = 0) -> Model:
    """
    Train and calibrate a model. The same examples and seed give the same model.

    Categories are learnt from the examples that name one, urgency from those where somebody judged it (none: everything is normal).

    :raises OneLabelOnly: if fewer than two categories are named
    :raises TooFewExamples: if a category has fewer than five examples
    """
    return learn(examples, seed=seed).model


def learn(examples: Sequence[Example], *, seed: int = 0) -> Trained:
    """
    Train as :func:`train` does, and keep what was said of each example by models that had not seen it.
    """
    examples = [example for example in examples if normalise(example.text)]
    labels = _check_labels(examples)
    read = read_examples(examples)
    category, kept_out = _choose_blocks(_category_task(examples, labels), read, outputs=len(labels), seed=seed)
    kept_out = score_kept_out(category, read, outputs=len(labels), seed=seed, known=kept_out)
    if category.longest < LONGEST:
        read = read_examples(examples, longest=category.longest, before=read)
    calibration, report, kin = _calibrate_category(kept_out, category, examples, labels)
    report["blocks"] = list(category.blocks)
    matrix, offset = _fit(category, read.vectors, read.vocabulary, outputs=len(labels), seed=seed)
    sides, thresholds = _learn_urgency(examples, read, report, longest=category.longest, seed=seed)
    sides.append(_learn_elsewhere(examples, read, report, thresholds, longest=category.longest, seed=seed))
    model = Model(
        labels=labels,
        vocabulary=read.vocabulary,
        # half precision, as in the file: a model just trained answers exactly like the same one read back
        weights=np.hstack([matrix, *(part for part, _ in sides)]).astype(np.float16).astype(np.float32),
        offset=np.concatenate([offset, *(part for _, part in sides)]).astype(np.float32),
        kin=kin,
        calibration=Calibration(**calibration, **thresholds),
        version=name_version(examples, seed=seed),
        seen=np.array(sorted({name_text(example.text) for example in examples}), dtype=np.uint64),
        report=report,
    )
    named = int((category.weight >= 1.0).sum())
    told = tuple(examples[row] for row in category.rows[:named])
    return Trained(model=model, examples=told, guesses=kept_out[:named].argmax(axis=1))


def read_examples(examples: Sequence[Example], *, longest: int = LONGEST, before: _Read | None = None) -> _Read:
    """
    Read examples, or, read ``before``, give them the vocabulary of n-grams up to another length.
    """
    features = before.features if before else read_all([example.text for example in examples], load_lexicon())
    ours = np.array([example.elsewhere is None for example in examples])
    vocabulary = learn_vocabulary([features[row] for row in np.flatnonzero(ours)], max_grams=MAX_GRAMS, longest=longest)
    vectors = vectorise(features, vocabulary)
    groups = before.groups if before else group_alike(_keep_blocks(vectors, vocabulary, ABOUT_US), len(vocabulary), alike=ALIKE)
    return _Read(features=features, ours=ours, vocabulary=vocabulary, vectors=vectors, groups=groups)


def _learn_urgency(
    examples: Sequence[Example], read: _Read, report: dict[str, Any], *, longest: int, seed: int
) -> tuple[list[tuple[Floats, Floats]], dict[str, float]]:
    """
    Return weights and offset for danger and for urgent, and their thresholds; what was measured goes into the report.
    """
    fitted: list[tuple[Floats, Floats]] = []
    thresholds: dict[str, float] = {}
    for wanted, find in ((Urgency.DANGER, find_danger_threshold), (Urgency.URGENT, find_urgent_threshold)):
        task = urgency_task(examples, wanted)
        if task is None:
            fitted.append((np.zeros((len(read.vocabulary), 1)), np.array([-10.0])))
            continue
        kept = score_kept_out(replace(task, longest=longest), read, outputs=1, seed=seed, folds=URGENCY_FOLDS)[:, 0]
        thresholds[f"{wanted.value}_from"] = find(kept, task.classes)
        report[wanted.value] = measure_binary(kept, task.classes, thresholds[f"{wanted.value}_from"])
        fitted.append(_fit(task, read.vectors, read.vocabulary, outputs=1, seed=seed))
    return fitted, thresholds


def _learn_elsewhere(
    examples: Sequence[Example], read: _Read, report: dict[str, Any], thresholds: dict[str, float], *, longest: int, seed: int
) -> tuple[Floats, Floats]:
    """
    Return weights and offset for what was meant for another office; its threshold and what was measured go where they belong.
    """
    task = elsewhere_task(examples)
    if task is None:
        return np.zeros((len(read.vocabulary), 1)), np.array([-10.0])
    task = replace(task, longest=longest)
    kept = score_kept_out(task, read, outputs=1, seed=seed, folds=URGENCY_FOLDS)[:, 0]
    ours = np.flatnonzero(task.classes == 0)
    weight = weigh_plain(np.array([examples[row].confusable for row in task.rows[ours]]))
    found = find_elsewhere_threshold(kept, ours, weight)
    thresholds["elsewhere_from"] = found
    plain = 1 / (1 + np.exp(-kept[ours][weight > 0])) >= found
    report["elsewhere"] = measure_binary(kept, task.classes, found) | {"mistaken": round(float(plain.mean()), 4)}
    return _fit(task, read.vectors, read.vocabulary, outputs=1, seed=seed)


def _choose_blocks(task: _Task, read: _Read, *, outputs: int, seed: int) -> tuple[_Task, Floats]:
    """
    Return the task with the lexicon's blocks or, by ratios of short n-grams, without, whichever answers better on the first folds: the
    lexicon knows electricity and harms other subjects. Also return the scores on these folds.
    """
    best, chosen, kept_out = -1.0, task, np.zeros((0, outputs))
    for tried in (task, replace(task, blocks=WITHOUT_LEXICON, longest=SHORT, by_ratios=True)):
        scores = score_kept_out(tried, read, outputs=outputs, seed=seed, only=CHOOSING_FOLDS)
        known = np.isfinite(scores[:, 0]) & (task.weight >= 1.0)
        found = measure(softmax(scores[known], 1.0), task.classes[known], sure_from=2.0)["macro_f1"]
        if found > best:
            best, chosen, kept_out = found, tried, scores
    return chosen, kept_out


def name_version(examples: Sequence[Example], *, seed: int) -> str:
    """
    Return a short name that changes with anything a model depends on.
    """
    digest = hashlib.sha256(f"{FORMAT}/{METHOD}/{seed}/{load_lexicon().fingerprint}".encode())
    for example in examples:
        told = (example.text, example.category, example.second_category, example.urgency, example.confusable, example.elsewhere)
        digest.update(repr(told).encode(errors="surrogatepass"))
    return digest.hexdigest()[:ALPHABET]


def _check_labels(examples: Sequence[Example]) -> tuple[str, ...]:
    counts = Counter(example.category for example in examples if example.category)
    if len(counts) < 2:  # noqa: PLR2004
        raise OneLabelOnly(N_("The examples name fewer than two labels. Label at least two, each with five examples or more."))
    for label, count in sorted(counts.items()):
        if count < FEWEST:
            raise TooFewExamples(
                N_("The label “%(label)s” has %(count)s examples; it needs at least %(needed)s. Add some, or join it with another label."),
                label=label,
                count=count,
                needed=FEWEST,
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


def urgency_task(examples: Sequence[Example], wanted: Urgency) -> _Task | None:
    """
    Return danger against the rest, or urgent against normal; None where one side has fewer than five examples.
    """
    judged = [row for row, example in enumerate(examples) if example.urgency is not None]
    if wanted is not Urgency.DANGER:
        judged = [row for row in judged if examples[row].urgency is not Urgency.DANGER]
    classes = np.array([int(examples[row].urgency is wanted) for row in judged], dtype=np.int64)
    return _yes_or_no_task(judged, classes)


def elsewhere_task(examples: Sequence[Example]) -> _Task | None:
    """
    Return what was meant for another office against what has a category; None where one side has fewer than five examples.
    """
    rows = [row for row, example in enumerate(examples) if example.elsewhere is not None or example.category]
    task = _yes_or_no_task(rows, np.array([int(examples[row].elsewhere is True) for row in rows], dtype=np.int64))
    return task and replace(task, blocks=BLOCKS, thinned=False)


def _yes_or_no_task(rows: Sequence[int], classes: Ints) -> _Task | None:
    if min(classes.sum(), len(classes) - classes.sum()) < FEWEST:
        return None
    weight = np.where(classes == 1, min(4.0, 0.5 / classes.mean()), 1.0)
    return _Task(rows=np.array(rows), classes=classes, weight=weight, strength=URGENCY_STRENGTH)


def _take(vectors: Vectors, rows: Ints) -> Vectors:
    """
    Return some rows of vectors, in the given order, with repeats.
    """
    lengths = np.diff(vectors.starts)[rows]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    inside = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    positions = np.repeat(vectors.starts[rows], lengths) + inside
    return Vectors(values=vectors.values[positions], columns=vectors.columns[positions], starts=starts.astype(np.int64))


def _keep_blocks(vectors: Vectors, vocabulary: Vocabulary, blocks: Sequence[str]) -> Vectors:
    """
    Return vectors without the entries of the other blocks; each block has a length of its own, so the rest stays as it was.
    """
    if tuple(blocks) == BLOCKS:
        return vectors
    kept = np.isin(vocabulary.block_of[vectors.columns], [BLOCKS.index(block) for block in blocks])
    before = np.concatenate([[0], np.cumsum(kept)])
    return Vectors(values=vectors.values[kept], columns=vectors.columns[kept], starts=before[vectors.starts].astype(np.int64))


def _fit(task: _Task, vectors: Vectors, vocabulary: Vocabulary, *, outputs: int, seed: int) -> tuple[Floats, Floats]:
    taken = _take(_keep_blocks(vectors, vocabulary, task.blocks), task.rows)
    if outputs == 1:
        fitted = fit_yes_or_no(
            taken, len(vocabulary), task.classes, sample_weight=task.weight, strength=task.strength, thinned=task.thinned, seed=seed
        )
    elif task.by_ratios:
        fitted = fit_label_ratios(taken, len(vocabulary), task.classes, outputs=outputs, sample_weight=task.weight)
    else:
        fitted = fit_labels(
            taken, len(vocabulary), task.classes, outputs=outputs, sample_weight=task.weight, strength=task.strength, seed=seed
        )
    return fitted.matrix, fitted.offset


def score_kept_out(
    task: _Task, read: _Read, *, outputs: int, seed: int, folds: int = FOLDS, only: int | None = None, known: Floats | None = None
) -> Floats:
    """
    Return the scores [rows of the task, outputs] that models give which were trained without these rows (and without their vocabulary).

    ``folds``: into how many parts the rows are split, fewer where a label has fewer examples. ``only``: so many of the folds; the rows of
    the others stay NaN. ``known``: the scores of folds already done.
    """
    scores = np.full((len(task.rows), outputs), np.nan) if known is None else known
    together = read.groups[task.rows]
    fewest = min(len(np.unique(together[task.classes == label])) for label in np.unique(task.classes))
    if fewest < FEWEST:
        together, fewest = np.arange(len(task.rows)), FEWEST  # texts so alike can only be split apart
    for learn_from, test in islice(split_folds(task.classes, together, folds=min(folds, fewest), seed=seed), only):
        if np.isfinite(scores[test]).all():
            continue
        learnt = [read.features[row] for row in np.unique(task.rows[learn_from]) if read.ours[row]]
        vocabulary = learn_vocabulary(learnt, max_grams=MAX_GRAMS, longest=task.longest)
        vectors = vectorise([read.features[row] for row in task.rows], vocabulary)
        part = replace(task, rows=learn_from, classes=task.classes[learn_from], weight=task.weight[learn_from])
        matrix, offset = _fit(part, vectors, vocabulary, outputs=outputs, seed=seed)
        scores[test] = multiply(_take(vectors, test), matrix.astype(np.float32)) + offset
    return scores


def _calibrate_category(
    scores: Floats, task: _Task, examples: Sequence[Example], labels: tuple[str, ...]
) -> tuple[dict[str, float], dict[str, Any], npt.NDArray[np.float32]]:
    first = task.weight >= 1.0
    scores, classes, rows = scores[first], task.classes[first], task.rows[first]
    weight = weigh_plain(np.array([examples[row].confusable for row in rows], dtype=np.bool_))
    temperature, stretch = find_temperature(scores, classes, weight)
    chances = softmax(scores, temperature, stretch)
    position = {label: number for number, label in enumerate(labels)}
    second = np.array([position.get(examples[row].second_category, -1) for row in rows], dtype=np.int64)
    calibration = {
        "temperature": temperature,
        "stretch": stretch,
        "sure_from": find_sure_threshold(chances, classes, weight),
        "second_from": find_second_threshold(chances, classes, second),
    }
    report: dict[str, Any] = {"category": measure(chances, classes, sure_from=calibration["sure_from"])}
    report["category"]["examples"] = len(classes)
    report["labels"] = measure_labels(chances.argmax(axis=1), classes, labels)
    plain = np.array([not examples[row].confusable for row in rows], dtype=np.bool_)
    if plain.any() and not plain.all():
        report["plain"] = measure(chances[plain], classes[plain], sure_from=calibration["sure_from"])
    kin = np.zeros((len(labels), len(labels)))
    np.add.at(kin, classes, chances)
    kin /= np.maximum(kin.sum(axis=1, keepdims=True), 1e-12)
    return calibration, report, ((kin + kin.T) / 2).astype(np.float32)
