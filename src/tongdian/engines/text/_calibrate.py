"""
Fits what is fitted on texts kept out of training, and measures on them: temperature, thresholds, calibration error.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._features import Floats, Ints
from tongdian.engines.text._model import softmax

PRECISION = 0.95  # of the answers given without a person
RECALL = 0.97  # of the dangers told in the written corpus
MISTAKEN = 0.02  # of the plain demands taken for another office's
BINS = 10
FEWEST_SURE = 30
USUAL_STRETCH = 0.2
NARROWING = (0.4, 0.1, 0.025, 0.00625)
Whole = npt.NDArray[np.int64]


def weigh_plain(confusable: npt.NDArray[np.bool_]) -> Floats:
    """
    Return how much each example counts in calibration: only the plain ones; all one if one kind is missing.

    Demands that were written to be mistaken for a neighbour are far rarer among what people say: probabilities fitted on them are too low.
    """
    share = float(confusable.mean())
    return np.ones(len(confusable)) if share in (0.0, 1.0) else np.where(confusable, 0.0, 1.0)


def find_temperature(scores: Floats, classes: Ints, weight: Floats) -> tuple[float, float]:
    """
    Return the temperature and the stretch (:func:`softmax`) with the least negative log-likelihood (after Guo et al. 2017), searched on a
    grid that narrows around its best point; a stretch that few examples speak for stays near zero.
    """
    counted = weight > 0
    scores, classes, weight = scores[counted], classes[counted], weight[counted]
    rows = np.arange(len(classes))

    def lose(warmth: float, stretch: float) -> float:
        chances = softmax(scores, float(np.exp(warmth)), stretch)[rows, classes]
        return -float((weight * np.log(chances + 1e-12)).sum()) + (stretch / USUAL_STRETCH) ** 2 / 2

    best = (float(np.log(0.3)), 0.0)
    for step in NARROWING:
        tried = [(best[0] + first * step, best[1] + second * step / 4) for first in range(-7, 8) for second in range(-4, 5)]
        best = min(tried, key=lambda point: lose(*point))
    return float(np.exp(best[0])), best[1]


def find_sure_threshold(chances: Floats, classes: Ints, weight: Floats) -> float:
    """
    Return the least probability from which ``PRECISION`` of the answers, weighted, are right; 1 where none is.
    """
    best, right = chances.max(axis=1), chances.argmax(axis=1) == classes
    order = np.argsort(-best, kind="stable")
    weight = weight[order]
    falls = np.append(np.diff(best[order]) < 0, True)
    enough = np.arange(1, len(best) + 1) >= FEWEST_SURE
    good = np.flatnonzero((np.cumsum(right[order] * weight) >= PRECISION * np.cumsum(weight)) & enough & falls)
    return float(best[order[good[-1]]]) if len(good) else 1.0


def find_danger_threshold(scores: Floats, classes: Ints) -> float:
    """
    Return the probability from which ``RECALL`` of the dangers are told: a missed one weighs more than any false alarm.
    """
    chances = 1 / (1 + np.exp(-scores[classes == 1]))
    return float(np.quantile(chances, 1 - RECALL, method="lower"))


def find_elsewhere_threshold(scores: Floats, ours: Ints, weight: Floats) -> float:
    """
    Return the probability from which ``MISTAKEN`` of our own demands (rows ``ours``, those with a weight) are taken for another office's.
    """
    chances = 1 / (1 + np.exp(-scores[ours][weight > 0]))
    return float(np.nextafter(np.quantile(chances, 1 - MISTAKEN, method="lower"), 1.0))


def find_second_threshold(chances: Floats, classes: Ints, second: Ints) -> float:
    """
    Return the probability of the next guess from which naming a second category gives the best F1; 1 where none was ever named.
    """
    if not (second >= 0).any():
        return 1.0
    ranked = np.argsort(-chances, axis=1, kind="stable")
    named, chance = ranked[:, 1], np.take_along_axis(chances, ranked[:, 1:2], axis=1)[:, 0]
    wanted = (second >= 0) & (classes >= 0)
    right = wanted & ((named == second) | (named == classes)) & ((ranked[:, 0] == second) | (ranked[:, 0] == classes))
    best, found = 0.0, 1.0
    for threshold in np.linspace(0.02, 0.5, 49):
        said = chance >= threshold
        f1 = 2 * (right & said).sum() / max(1, said.sum() + wanted.sum())
        if f1 > best:
            best, found = f1, float(threshold)
    return found


def find_urgent_threshold(scores: Floats, classes: Ints) -> float:
    """
    Return the probability from which saying yes gives the best F1; the middle between two neighbours, so that it is no one's own.
    """
    chances = 1 / (1 + np.exp(-scores))
    order = np.argsort(-chances, kind="stable")
    hits, said = np.cumsum(classes[order]), np.arange(1, len(order) + 1)
    best = int(np.argmax(2 * hits / (classes.sum() + said)))
    following = chances[order[min(best + 1, len(order) - 1)]]
    return float((chances[order[best]] + following) / 2)


def measure(chances: Floats, classes: Ints, *, sure_from: float) -> dict[str, Any]:
    """
    Return accuracy, macro-F1, top-three share, share and precision of the sure answers, expected calibration error (10 equal-width bins).
    """
    guess, best = chances.argmax(axis=1), chances.max(axis=1)
    right = guess == classes
    labels = np.unique(classes)
    f1 = [2 * (right & (classes == label)).sum() / max(1, (guess == label).sum() + (classes == label).sum()) for label in labels]
    top = np.argsort(-chances, axis=1, kind="stable")[:, :3]
    sure = best >= sure_from
    bins = np.minimum((best * BINS).astype(np.int64), BINS - 1)
    gaps = [abs(best[bins == number].sum() - right[bins == number].sum()) for number in range(BINS)]
    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(np.mean(f1)), 4),
        "top_three": round(float((top == classes[:, None]).any(axis=1).mean()), 4),
        "answered": round(float(sure.mean()), 4),
        "answered_precision": round(float(right[sure].mean()), 4) if sure.any() else None,
        "calibration_error": round(float(sum(gaps) / len(classes)), 4),
    }


def measure_labels(guesses: Ints, classes: Ints, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """
    Return F1, precision, recall and the number of examples for each label.
    """
    found = {}
    for number, label in enumerate(labels):
        hits = int(((guesses == number) & (classes == number)).sum())
        said, there = int((guesses == number).sum()), int((classes == number).sum())
        found[label] = {
            "f1": round(2 * hits / max(1, said + there), 4),
            "precision": round(hits / max(1, said), 4),
            "recall": round(hits / max(1, there), 4),
            "examples": there,
        }
    return found


def measure_binary(scores: Floats, classes: Whole, threshold: float) -> dict[str, Any]:
    """
    Return recall and precision at a threshold, with what they were counted from.
    """
    said = 1 / (1 + np.exp(-scores)) >= threshold
    hits = int((said & (classes == 1)).sum())
    return {
        "recall": round(hits / max(1, int(classes.sum())), 4),
        "precision": round(hits / max(1, int(said.sum())), 4),
        "positives": int(classes.sum()),
        "negatives": int(len(classes) - classes.sum()),
    }
