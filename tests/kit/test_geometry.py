import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from tongdian.kit.geometry import EARTH_RADIUS_M, bounding_box, distance_m, length_m

NANJING, BEIJING = (118.7969, 32.0603), (116.4074, 39.9042)
PLACES = st.tuples(st.floats(min_value=-180, max_value=180), st.floats(min_value=-90, max_value=90))


def angle(first, second):
    """The angle between two places as vectors from the Earth's centre: another way to the same distance."""
    vectors = [
        (
            math.cos(math.radians(lat)) * math.cos(math.radians(lon)),
            math.cos(math.radians(lat)) * math.sin(math.radians(lon)),
            math.sin(math.radians(lat)),
        )
        for lon, lat in (first, second)
    ]
    return math.atan2(np.linalg.norm(np.cross(*vectors)), np.dot(*vectors))


def test_one_degree_of_a_meridian_is_a_360th_of_the_circumference():
    assert distance_m(118, 31, 118, 32) == pytest.approx(2 * math.pi * EARTH_RADIUS_M / 360)


@given(PLACES, PLACES)
def test_a_distance_equals_the_angle_between_vectors(first, second):
    assert distance_m(*first, *second) == pytest.approx(EARTH_RADIUS_M * angle(first, second), rel=1e-6, abs=0.5)


@given(PLACES, PLACES, PLACES)
def test_a_detour_is_never_shorter(first, second, third):
    assert distance_m(*first, *third) <= distance_m(*first, *second) + distance_m(*second, *third) + 0.5


@given(PLACES, PLACES)
def test_a_distance_is_the_same_in_both_directions(first, second):
    assert distance_m(*first, *second) == pytest.approx(distance_m(*second, *first), abs=1e-6)


def test_a_path_is_as_long_as_its_pieces():
    assert length_m([NANJING, BEIJING, NANJING]) == pytest.approx(2 * distance_m(*NANJING, *BEIJING))
    assert length_m([NANJING]) == length_m([]) == 0


@given(st.lists(PLACES, min_size=2, max_size=8))
def test_a_bounding_box_is_that_of_shapely(places):
    assert bounding_box(places) == LineString(places).bounds


def test_nothing_has_no_bounding_box():
    with pytest.raises(ValueError, match="not enough values"):
        bounding_box([])
