"""
The arithmetic of figures.
"""

from collections.abc import Sequence


def median(values: Sequence[float]) -> float | None:
    """
    Return the middle value (the mean of the two middle ones), or None of nothing.
    """
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def share(part: int, whole: int) -> float | None:
    """
    Return a part in percent of the whole, or None of nothing.
    """
    return 100.0 * part / whole if whole else None
