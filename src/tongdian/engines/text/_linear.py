"""
Fits linear models: the one place that knows scikit-learn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._features import Floats, Ints, Vectors
from tongdian.engines.text._sparse import build_matrix

MAX_ITERATIONS = 300
NEVER = -30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """
    A linear model: ``matrix`` [features, outputs] and ``offset`` [outputs], giving log-odds up to a constant.
    """

    matrix: Floats
    offset: Floats


def fit_weights(vectors: Vectors, width: int, labels: Ints, *, outputs: int, sample_weight: Floats, strength: float) -> Weights:
    """
    Fit a softmax model with ``outputs`` labels or, for one output, a logistic one of label 1 against label 0.

    A label that no row has (its examples were all kept out) gets no weight and the offset ``NEVER``.
    ``strength`` is the inverse of the L2 penalty. The solver starts at zero and draws nothing, so the same rows give the same weights.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = LogisticRegression(C=strength, max_iter=MAX_ITERATIONS, tol=1e-3)
    with threadpool_limits(limits=1):  # threads would share the sums differently and fight for cores
        model.fit(build_matrix(vectors, width), labels, sample_weight=sample_weight)
    if outputs == 1:
        return Weights(matrix=model.coef_.T.astype(np.float64), offset=model.intercept_.astype(np.float64))
    matrix, offset = np.zeros((width, outputs)), np.full(outputs, NEVER)
    if len(model.classes_) == 2:  # noqa: PLR2004 - scikit-learn gives two labels one output, of the second
        matrix[:, model.classes_[1]], offset[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
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
