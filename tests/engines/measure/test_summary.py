"""
Figures against tables computed by hand.
"""

import pytest

from tongdian.engines import measure


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3], 0.9, 3), ([1, 2], 0.5, 1.5), ([1, 2, 3, 4], 0.9, 3.7), ([10, 1, 7, 4], 0.0, 1), ([10, 1, 7, 4], 1.0, 10), ([], 0.5, None)],
)
def test_quantiles_lie_between_the_nearest_ranks(values, share, expected):
    assert measure.quantile(values, share) == (None if expected is None else pytest.approx(expected))


def test_a_share_beyond_one_is_a_mistake():
    with pytest.raises(ValueError, match="between 0 and 1"):
        measure.quantile([1], 1.1)


def test_a_summary_says_on_how_many_it_rests():
    found = measure.summarise([2, 4, 6, 8, 30])
    assert (found.count, found.median, found.p90, found.mean) == (5, 6, pytest.approx(21.2), 10)
    nothing = measure.summarise([])
    assert (nothing.count, nothing.median, nothing.p90, nothing.mean) == (0, None, None, None)


def test_how_much_shorter_is_counted_from_the_year_before():
    before, now = measure.summarise([20.0, 30.0]), measure.summarise([20.52, 20.52])
    assert measure.shorter_percent(before, now) == pytest.approx(17.92)
    assert measure.shorter_percent(now, before) < 0
    assert measure.shorter_percent(measure.summarise([]), now) is None
    assert measure.shorter_percent(before, measure.summarise([])) is None
