import math

import pytest

from tongdian.interfaces.console import network_map
from tongdian.interfaces.console.network_map import HEIGHT, WIDTH, Frame, class_of, frame_around, path_of


def test_frame_holds_every_place():
    places = [(7.8855, 48.4604), (7.8800, 48.4585), (7.8871, 48.4561)]
    frame = frame_around(places)
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in (frame.place(place) for place in places))


def test_one_place_alone_still_shows_its_neighbourhood():
    frame = frame_around([(7.88, 48.46)])
    assert frame.width_m >= network_map.NARROWEST_M
    assert frame.place((7.88, 48.46)) == (WIDTH / 2, HEIGHT / 2)


def test_north_is_up_and_east_is_right():
    frame = Frame(7.88, 48.46, 400.0)
    x, y = frame.place((7.881, 48.461))
    assert x > WIDTH / 2
    assert y < HEIGHT / 2


def test_a_metre_is_as_long_to_the_north_as_to_the_east():
    frame = Frame(7.88, 48.46, 400.0)
    x, _ = frame.place((7.88 + 100 / (network_map.METRES_PER_DEGREE * math.cos(math.radians(48.46))), 48.46))
    _, y = frame.place((7.88, 48.46 - 100 / network_map.METRES_PER_DEGREE))
    assert x - WIDTH / 2 == pytest.approx(y - HEIGHT / 2) == pytest.approx(WIDTH / 4)


def test_box_is_what_the_frame_shows():
    frame = Frame(7.88, 48.46, 400.0)
    west, south, east, north = frame.box()
    assert frame.place((west, north)) == pytest.approx((0, 0), abs=1e-6)
    assert frame.place((east, south)) == pytest.approx((WIDTH, HEIGHT))


@pytest.mark.parametrize(
    ("loading", "style"), [(0, "load-0"), (0.4, "load-0"), (0.41, "load-1"), (0.79, "load-2"), (1.0, "load-3"), (1.2, "load-4")]
)
def test_loading_has_five_classes(loading, style):
    assert class_of(loading) == style


def test_course_is_written_as_an_svg_path():
    assert path_of([(7.88, 48.46), (7.88, 48.46)], Frame(7.88, 48.46, 400.0)) == "M400.0 300.0L400.0 300.0"
