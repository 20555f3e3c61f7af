"""
Reads demands with a trained model: categories, urgency, whether a person must look, and the words that decided.
"""

from collections.abc import Sequence

import numpy as np

from tongdian.engines.text._features import BLOCKS, read_features, simplify
from tongdian.engines.text._model import Model
from tongdian.engines.text._normalise import normalise
from tongdian.engines.text._values import Doubt, Guess, Reason, Understanding, Urgency

TOP = 3
NOTHING = Understanding(
    guesses=(), second_category="", urgency=Urgency.NORMAL, doubt=Doubt.NO_WORDS, danger_probability=0.0, elsewhere_probability=0.0
)


def understand(texts: Sequence[str], model: Model) -> tuple[Understanding, ...]:
    """
    Return what each text is about. A text without a letter or digit is not understood: no guess, normal, a person must look.
    """
    plain = [simplify(text) for text in texts]
    rows = [row for row, text in enumerate(plain) if text[:1].isalnum() or any(map(str.isalnum, text))]
    found = [NOTHING] * len(plain)
    if not rows:
        return tuple(found)
    size, by = len(model.labels), model.calibration
    scores = model.score_plain([plain[row] for row in rows])
    chances = model.weigh(scores)
    sides = 1 / (1 + np.exp(-scores[:, size:].astype(np.float64)))
    best = np.argsort(-chances, axis=1, kind="stable")[:, :TOP]
    top = np.take_along_axis(chances, best, axis=1)
    danger, urgent = sides[:, 0] >= by.danger_from, sides[:, 1] >= by.urgent_from
    labels, level = model.labels, (Urgency.NORMAL, Urgency.URGENT, Urgency.DANGER)
    steps = np.where(danger, 2, np.where(urgent, 1, 0)).tolist()
    why = (None, Doubt.CATEGORY, Doubt.ELSEWHERE)
    doubts = np.where(sides[:, 2] >= by.elsewhere_from, 2, np.where(top[:, 0] < by.sure_from, 1, 0)).tolist()
    for position, (row, numbers, values) in enumerate(zip(rows, best.tolist(), top.tolist(), strict=True)):
        found[row] = Understanding(
            guesses=tuple(Guess(category=labels[number], probability=value) for number, value in zip(numbers, values, strict=True)),
            second_category=labels[numbers[1]] if values[1] >= by.second_from else "",
            urgency=level[steps[position]],
            doubt=why[doubts[position]],
            danger_probability=float(sides[position, 0]),
            elsewhere_probability=float(sides[position, 2]),
        )
    return tuple(found)


def explain(text: str, model: Model, *, category: str, most: int = 5) -> tuple[Reason, ...]:
    """
    Return the words of a text that spoke most for a category, the strongest first; overlapping pieces are told once.

    A word's weight is what it and its concepts added to the category's score beyond the mean of all categories.
    """
    if category not in model.labels:
        return ()
    size, column = len(model.labels), model.labels.index(category)
    row = model.vectorise(text)
    names = _name_columns(text, model)
    weights = model.weights[row.columns, :size]
    gains = row.values * (weights[:, column] - weights.mean(axis=1))
    told: dict[str, float] = {}
    for position, gain in zip(row.columns.tolist(), gains.tolist(), strict=True):
        words = names.get(position, ())
        for word in words:
            told[word] = told.get(word, 0.0) + gain / len(words)
    kept: list[Reason] = []
    for word, gain in sorted(told.items(), key=lambda item: (-item[1], item[0])):
        if gain <= 0 or len(kept) == most:
            break
        if not any(word in reason.words or reason.words in word for reason in kept):
            kept.append(Reason(words=word, weight=round(gain, 4)))
    return tuple(kept)


def _name_columns(text: str, model: Model) -> dict[int, tuple[str, ...]]:
    """
    Return, for each column of a text, the words it was read from; pairs of concepts and single characters tell a reader nothing,
    and other offices no category.
    """
    words = model.vocabulary
    read = read_features(text, words.lexicon)
    terms: dict[str, list[str]] = {}
    for term in sorted(words.lexicon.find_terms(normalise(text))):
        for concept in words.lexicon.concepts_of[term]:
            terms.setdefault(concept, []).append(term)
    found: dict[int, tuple[str, ...]] = {}
    for block in BLOCKS:
        for name in read[block]:
            column = words.columns[block].get(name)
            if column is None or block in ("pairs", "offices"):
                continue
            shown = tuple(terms.get(name, ())) if block == "concepts" else (name.strip(),)
            found[column] = tuple(word for word in shown if len(word) > 1)
    return found
