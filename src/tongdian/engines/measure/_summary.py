"""
Summaries of durations: quantiles, and by how much one period was shorter than another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    How many durations there are, their median and 90th percentile, and their mean; None of nothing.
    """

    count: int
    median: float | None
    p90: float | None
    mean: float | None


def quantile(values: Sequence[float], share: float) -> float | None:
    """
    Return the value below which a share of the values lies, None of nothing.

    Linear between the two nearest ranks: definition 7 of R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages",
    The American Statistician 50, 1996; the default of R, NumPy and spreadsheets.

    :raises ValueError: if the share lies outside 0 to 1
    """
    if not 0 <= share <= 1:
        raise ValueError("A share lies between 0 and 1.")
    if not values:
        return None
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def summarise(values: Sequence[float]) -> Summary:
    """
    Return count, median, 90th percentile and mean of durations.
    """
    mean = math.fsum(values) / len(values) if values else None
    return Summary(count=len(values), median=quantile(values, 0.5), p90=quantile(values, 0.9), mean=mean)


def shorter_percent(before: Summary, now: Summary) -> float | None:
    """
    Return by how many percent the mean became shorter (negative: longer), None where one of the two has no cases or took no time.
    """
    if before.mean is None or now.mean is None or before.mean <= 0:
        return None
    return 100 * (before.mean - now.mean) / before.mean
