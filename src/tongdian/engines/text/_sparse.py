"""
Sparse matrices: the one place that knows scipy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from tongdian.engines.text._features import Ints, Vectors

Floats32 = npt.NDArray[np.float32]


def build_matrix(vectors: Vectors, width: int) -> Any:  # noqa: ANN401 - scipy's stubs name no common type
    """
    Return the rows as a compressed sparse matrix [texts, width].
    """
    return sparse.csr_matrix((vectors.values, vectors.columns, vectors.starts), shape=(len(vectors.starts) - 1, width))


def stack_thinned(rows: Any, *, copies: int, kept: float, seed: int) -> Any:  # noqa: ANN401
    """
    Return ``copies`` of a sparse matrix below each other, each with a random share of its entries left out and the rest made up for it.
    """
    draw = np.random.default_rng(seed)
    thinned = []
    for _ in range(copies):
        one = rows.copy()
        one.data = one.data * (draw.random(len(one.data)) < kept) / kept
        thinned.append(one)
    return sparse.vstack(thinned).tocsr()


def scale_columns(rows: Any, factors: npt.NDArray[np.float64]) -> Any:  # noqa: ANN401
    """
    Return a sparse matrix whose columns are multiplied by factors.
    """
    return (rows @ sparse.diags_array(factors)).tocsr()


def mean_length(rows: Any) -> float:  # noqa: ANN401
    """
    Return the mean Euclidean length of a sparse matrix's rows.
    """
    return float(np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()).mean())


def multiply(vectors: Vectors, weights: Floats32) -> Floats32:
    """
    Return rows [texts, features] times weights [features, outputs].
    """
    return np.asarray(build_matrix(vectors, len(weights)).astype(np.float32) @ weights, dtype=np.float32)


def group_alike(vectors: Vectors, width: int, *, alike: float) -> Ints:
    """
    Return a group number for each row; rows whose cosine is at least ``alike`` share one, also by way of others.
    """
    rows = build_matrix(vectors, width)
    norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows = sparse.diags_array(1 / np.maximum(norms, 1e-12)) @ rows
    close = (rows @ rows.T) >= alike
    return np.asarray(connected_components(close, directed=False)[1], dtype=np.int64)


def build_symmetric(size: int, pairs: Sequence[tuple[int, int, float]], diagonal: Floats32) -> Any:  # noqa: ANN401
    """
    Return a sparse symmetric matrix [size, size] from its upper entries and its diagonal.
    """
    rows = [one for one, _, _ in pairs] + [two for _, two, _ in pairs] + list(range(size))
    columns = [two for _, two, _ in pairs] + [one for one, _, _ in pairs] + list(range(size))
    values = np.concatenate([np.array([value for _, _, value in pairs] * 2, dtype=np.float32), diagonal])
    return sparse.csr_matrix((values, (rows, columns)), shape=(size, size))


def look_up(matrix: Any, rows: Ints, columns: Ints) -> Floats32:  # noqa: ANN401
    """
    Return the entries [rows, columns] of a sparse matrix.
    """
    return np.asarray(matrix[rows][:, columns].toarray(), dtype=np.float32)


def connect(size: int, rows: Ints, columns: Ints) -> Ints:
    """
    Return a group number for each of ``size`` things, those connected by pairs sharing one.
    """
    pairs = sparse.csr_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    return np.asarray(connected_components(pairs, directed=False)[1], dtype=np.int64)


def cluster(odds: Floats32, *, widest: float) -> Ints:
    """
    Return a cluster number for each row of symmetric log-odds: two clusters are joined while their mean log-odds are above zero.
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # these two take half a second, wanted only for topics
    from scipy.spatial.distance import squareform

    distance = widest - np.clip(odds, -widest, widest).astype(np.float64)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), method="average")
    return np.asarray(fcluster(tree, t=widest, criterion="distance"), dtype=np.int64)
