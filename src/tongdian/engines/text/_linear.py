"""
Fits linear models: the one place that knows scikit-learn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._features import Floats, Ints, Vectors
from tongdian.engines.text._sparse import build_matrix, mean_length, scale_columns, stack_thinned

MAX_ITERATIONS = 3000
LOGISTIC_TOLERANCE = 1e-2
NEVER = -30.0
BY_SHARE = 0.35  # how much of a label's share among the examples is taken out of its offset
COPIES, KEPT = 4, 0.5  # the margin model learns from so many copies of the rows, each keeping this share of its features
MARGIN_STRENGTH = 0.05
MANY_COPIES, FEW_KEPT = 8, 0.3  # the same for danger and for urgency
SMOOTHING, RATIO_STRENGTH = 0.1, 1.0
ENOUGH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """
    A linear model: ``matrix`` [features, outputs] and ``offset`` [outputs], giving log-odds up to a constant and a common factor.
    """

    matrix: Floats
    offset: Floats


def fit_labels(vectors: Vectors, width: int, labels: Ints, *, outputs: int, sample_weight: Floats, strength: float, seed: int) -> Weights:
    """
    Fit each label against the rest, twice, and return the mean of both models, each scaled to scores of unit spread on its own rows.

    One is logistic (L2, inverse penalty ``strength``), the other a support vector machine that learns from copies in which half of the
    features are left out, so that it leans on many words rather than on few. Both are linear: their mean is one matrix and costs no
    more to apply. How many examples were written for a label says nothing about how often people speak of it: labels with more get a
    lower offset. A label that no row has (its examples were all kept out) gets no weight and the offset ``NEVER``.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    rows = build_matrix(vectors, width)
    with threadpool_limits(limits=1):  # threads would share the sums differently and fight for cores
        parts = [
            _fit_logistic(rows, labels, outputs=outputs, sample_weight=sample_weight, strength=strength),
            _fit_margin(rows, labels, outputs=outputs, sample_weight=sample_weight, seed=seed),
        ]
    matrix, offset = np.zeros((width, outputs)), np.zeros(outputs)
    present = np.unique(labels)
    for part in parts:
        scores = rows @ part.matrix[:, present] + part.offset[present]
        spread = max(float((scores - scores.mean(axis=1, keepdims=True)).std()), ENOUGH)
        matrix += part.matrix / spread / len(parts)
        offset += part.offset / spread / len(parts)
    counts = np.bincount(labels, minlength=outputs)[present]
    offset[present] -= BY_SHARE * np.log(counts / np.median(counts))
    offset[np.setdiff1d(np.arange(outputs), present)] = NEVER
    return Weights(matrix=matrix, offset=offset)


def fit_label_ratios(vectors: Vectors, width: int, labels: Ints, *, outputs: int, sample_weight: Floats) -> Weights:
    """
    Fit each label against the rest by a support vector machine on features scaled by how much likelier they are with the label.

    After Wang and Manning (2012), "Baselines and bigrams": the scale is the logarithm of the ratio of smoothed sums of a feature inside
    and outside the label. For long texts with many examples a label. A label that no row has gets no weight and the offset ``NEVER``.
    """
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    rows = build_matrix(vectors, width)
    sums = np.asarray(rows.sum(axis=0)).ravel()
    matrix, offset = np.zeros((width, outputs)), np.full(outputs, NEVER)
    with threadpool_limits(limits=1):
        for label in np.unique(labels):
            inside = np.asarray(rows[labels == label].sum(axis=0)).ravel()
            with_label, without = inside + SMOOTHING, sums - inside + SMOOTHING
            ratio = np.log(with_label / with_label.sum()) - np.log(without / without.sum())
            ratio /= max(mean_length(scale_columns(rows, ratio)), ENOUGH)
            scaled = scale_columns(rows, ratio)
            model = LinearSVC(C=RATIO_STRENGTH, max_iter=MAX_ITERATIONS, tol=1e-3, random_state=0)
            model.fit(scaled, (labels == label).astype(np.int64), sample_weight=sample_weight)
            matrix[:, label], offset[label] = model.coef_[0] * ratio, model.intercept_[0]
    return Weights(matrix=matrix, offset=offset)


def fit_yes_or_no(
    vectors: Vectors, width: int, labels: Ints, *, sample_weight: Floats, strength: float, thinned: bool, seed: int
) -> Weights:
    """
    Fit a logistic model of label 1 against label 0, ``thinned`` on copies of the rows in which most features are left out; ``strength`` is
    the inverse of the L2 penalty.

    Danger is told by few words of many ("躺", "没反应"): a model that learns without most of them leans on whatever else is there.
    """
    from threadpoolctl import threadpool_limits

    rows, copies = build_matrix(vectors, width), 1
    if thinned:
        rows, copies = stack_thinned(rows, copies=MANY_COPIES, kept=FEW_KEPT, seed=seed), MANY_COPIES
    with threadpool_limits(limits=1):
        model = _logistic(rows, np.tile(labels, copies), sample_weight=np.tile(sample_weight, copies), strength=strength)
    return Weights(matrix=model.coef_.T.astype(np.float64), offset=model.intercept_.astype(np.float64))


def _logistic(rows: Any, labels: Ints, *, sample_weight: Floats, strength: float) -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.linear_model import LogisticRegression

    # liblinear draws nothing for this problem: the same rows give the same weights
    return LogisticRegression(C=strength, solver="liblinear", max_iter=MAX_ITERATIONS, tol=LOGISTIC_TOLERANCE).fit(
        rows, labels, sample_weight=sample_weight
    )


def _fit_logistic(rows: Any, labels: Ints, *, outputs: int, sample_weight: Floats, strength: float) -> Weights:  # noqa: ANN401
    matrix, offset = np.zeros((rows.shape[1], outputs)), np.zeros(outputs)
    for label in np.unique(labels):
        model = _logistic(rows, (labels == label).astype(np.int64), sample_weight=sample_weight, strength=strength)
        matrix[:, label], offset[label] = model.coef_[0], model.intercept_[0]
    return Weights(matrix=matrix, offset=offset)


def _fit_margin(rows: Any, labels: Ints, *, outputs: int, sample_weight: Floats, seed: int) -> Weights:  # noqa: ANN401
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=MARGIN_STRENGTH, max_iter=MAX_ITERATIONS, tol=1e-3, random_state=seed)
    model.fit(
        stack_thinned(rows, copies=COPIES, kept=KEPT, seed=seed), np.tile(labels, COPIES), sample_weight=np.tile(sample_weight, COPIES)
    )
    matrix, offset = np.zeros((rows.shape[1], outputs)), np.zeros(outputs)
    if len(model.classes_) == 2:  # noqa: PLR2004 - scikit-learn gives two labels one output, of the second
        matrix[:, model.classes_] = np.stack([-model.coef_[0], model.coef_[0]], axis=1) / 2
        offset[model.classes_] = np.array([-model.intercept_[0], model.intercept_[0]]) / 2
    else:
        matrix[:, model.classes_], offset[model.classes_] = model.coef_.T, model.intercept_
    return Weights(matrix=matrix, offset=offset)


def split_folds(labels: npt.NDArray[np.int64], groups: Ints, *, folds: int, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """
    Yield positions to learn from and to test on; a group never stands on both sides, labels are spread evenly.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels, groups)
