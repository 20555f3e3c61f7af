"""
A small map of a plan's neighbourhood as SVG geometry: no base map, no outside request.

Lines are drawn in a view box of metres scaled to fit; points and labels are placed in per cent, so that they keep their size.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tongdian.apps.network.queries import NearbyNetwork
from tongdian.interfaces.console.plan_values import OptionShown, PlanShown

WIDTH, HEIGHT = 800.0, 600.0
MARGIN = 0.16
NARROWEST_M = 160.0
METRES_PER_DEGREE = 111_320.0
LOADING_CLASSES = (0.4, 0.6, 0.8, 1.0)
WIDE_LETTER, NARROW_LETTER = 12.5, 7.0
SCALE_STEPS = (10, 20, 50, 100, 200, 500, 1000)

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """
    One line on the map: the ``d`` of its path and the class that draws it.
    """

    path: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """
    One point with its label; places in per cent, the label's box in pixels.
    """

    x: float
    y: float
    style: str
    label: str
    box_width: float
    is_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """
    One class of loading in the legend, with how many lines it has.
    """

    style: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMap:
    """
    Everything the map draws, from below: streets, lines, routes, marks; and the legend that counts.
    """

    lines: tuple[Course, ...]
    routes: tuple[Course, ...]
    marks: tuple[Mark, ...]
    legend: tuple[Loading, ...]
    scale_m: int
    scale_percent: float
    said: str
    layers: dict[str, Any]

    @property
    def scale_end(self) -> float:
        """
        Where the scale bar ends, in per cent; it begins at 2.
        """
        return 2 + self.scale_percent


@dataclass(frozen=True, slots=True)
class Frame:
    """
    The part of the Earth that the map shows, in WGS84 degrees around a middle, and its size in metres.
    """

    lon: float
    lat: float
    width_m: float

    @property
    def height_m(self) -> float:
        """
        The height that the view box gives.
        """
        return self.width_m * HEIGHT / WIDTH

    def place(self, place: Sequence[float]) -> tuple[float, float]:
        """
        Return a place in the view box.
        """
        x = (place[0] - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        y = (self.lat - place[1]) * METRES_PER_DEGREE
        return WIDTH * (0.5 + x / self.width_m), HEIGHT * (0.5 + y / self.height_m)

    def widened(self, times: float) -> "Frame":
        """
        Return the frame around the same middle, so many times as wide.
        """
        return Frame(self.lon, self.lat, self.width_m * times)

    def box(self) -> tuple[float, float, float, float]:
        """
        Return west, south, east and north in degrees.
        """
        half_lon = self.width_m / 2 / METRES_PER_DEGREE / math.cos(math.radians(self.lat))
        half_lat = self.height_m / 2 / METRES_PER_DEGREE
        return self.lon - half_lon, self.lat - half_lat, self.lon + half_lon, self.lat + half_lat


def frame_around(places: Iterable[Place]) -> Frame:
    """
    Return the frame that holds all places with a margin.
    """
    found = list(places)
    west, east = min(lon for lon, _ in found), max(lon for lon, _ in found)
    south, north = min(lat for _, lat in found), max(lat for _, lat in found)
    lat = (south + north) / 2
    across = (east - west) * METRES_PER_DEGREE * math.cos(math.radians(lat))
    upright = (north - south) * METRES_PER_DEGREE * WIDTH / HEIGHT
    return Frame((west + east) / 2, lat, max(across, upright, NARROWEST_M) * (1 + 2 * MARGIN))


def places_of(plan: PlanShown) -> list[Place]:
    """
    Return every place of the routes of a plan, and the site.
    """
    application = plan.document["application"]
    places = [(application["site_lon"], application["site_lat"])]
    for option in plan.options:
        places.append((option.document["bus_lon"], option.document["bus_lat"]))
        places += [(lon, lat) for segment in option.document["route"]["segments"] for lon, lat in segment["path"]]
    return places


def draw_map(
    plan: PlanShown, nearby: NearbyNetwork, frame: Frame, *, around: NearbyNetwork | None = None, with_ids: bool = False
) -> NetworkMap:
    """
    Draw the neighbourhood: lines by their loading with the best option connected, the routes of all options, site and stations.

    :param around: what lies around the frame, for the map that can be moved
    :param with_ids: whether its lines know who they are, to be chosen
    """
    best = plan.best
    loadings = {item["line_id"]: item["after"] for item in best.document["line_loadings"]} if best else {}
    styles = [class_of(loadings.get(line_id, 0.0)) for line_id, _ in nearby.lines]
    lines = tuple(
        Course(path=path_of(path, frame), style=style)
        for (_, path), style in sorted(zip(nearby.lines, styles, strict=True), key=lambda pair: pair[1])
    )
    others = [option for option in plan.options if option is not best]
    routes = tuple(_route(option, frame) for option in [*others, *([best] if best else [])])
    scale_m = next((step for step in reversed(SCALE_STEPS) if step < frame.width_m / 4), SCALE_STEPS[0])
    return NetworkMap(
        lines=lines,
        routes=routes,
        marks=tuple(_marks(plan, nearby, frame)),
        legend=_legend(styles),
        scale_m=scale_m,
        scale_percent=round(100 * scale_m / frame.width_m, 2),
        said=_said(plan),
        layers=_layers(plan, around or nearby, frame, loadings, with_ids=with_ids),
    )


def _layers(plan: PlanShown, nearby: NearbyNetwork, frame: Frame, loadings: Mapping[int, float], *, with_ids: bool) -> dict[str, Any]:
    """
    Return the same map as GeoJSON, for the browser to move.
    """
    taken = [(option.document["bus_lon"], option.document["bus_lat"]) for option in plan.options]
    points = [{"style": "station", "label": name, "place": place} for name, place in nearby.stations if tuple(place) not in taken]
    routes = []
    for option in reversed(plan.options):  # the best on top
        segments = option.document["route"]["segments"]
        style = "route" if option is plan.best else "other"
        routes += [feature(segment["path"], style) for segment in segments if segment["path"]]
        place = (option.document["bus_lon"], option.document["bus_lat"])
        label = f"{option.letter} {option.document['route']['length_m']:.0f} m" if option is plan.best else option.letter
        points.append({"style": "point pick" if option is plan.best else "point", "label": label, "place": place})
    application = plan.document["application"]
    site = (application["site_lon"], application["site_lat"])
    points.append({"style": "site", "label": f"{plan.document['applied_kw']:g} kW", "place": site})
    lines = [
        feature(path, class_of(loadings.get(line_id, 0.0)), **({"line": line_id} if with_ids else {})) for line_id, path in nearby.lines
    ]
    return {"bounds": frame.box(), "lines": collect(lines), "routes": collect(routes), "points": points}


def feature(path: Sequence[Sequence[float]], style: str, **more: int) -> dict[str, Any]:
    """
    Return a course as a GeoJSON feature with its style.
    """
    course = {"type": "LineString", "coordinates": [list(at) for at in path]}
    return {"type": "Feature", "properties": {"style": style, **more}, "geometry": course}


def collect(features: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Return features as one GeoJSON collection.
    """
    return {"type": "FeatureCollection", "features": features}


def class_of(loading: float) -> str:
    """
    Return the class of a loading (fraction of the rating): ``load-0`` to ``load-4``.
    """
    return f"load-{sum(loading > limit for limit in LOADING_CLASSES)}"


def path_of(path: Sequence[Sequence[float]], frame: Frame) -> str:
    """
    Return the ``d`` of a course in the view box.
    """
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (frame.place(place) for place in path))


def _route(option: OptionShown, frame: Frame) -> Course:
    places = [place for segment in option.document["route"]["segments"] for place in segment["path"]]
    style = "route" if option.is_pick else "route other" if option.is_feasible else "route out"
    return Course(path=path_of(places, frame) if places else "", style=style)


def _marks(plan: PlanShown, nearby: NearbyNetwork, frame: Frame) -> Iterable[Mark]:
    for name, place in nearby.stations:
        yield mark(frame, place, "station", name)
    for option in plan.options:
        if option is not plan.best:
            yield mark(frame, (option.document["bus_lon"], option.document["bus_lat"]), "point", option.letter)
    if plan.best is not None:
        label = f"{plan.best.letter} {plan.best.document['route']['length_m']:.0f} m"
        yield mark(frame, (plan.best.document["bus_lon"], plan.best.document["bus_lat"]), "point pick", label)
    application = plan.document["application"]
    yield mark(frame, (application["site_lon"], application["site_lat"]), "site", f"{plan.document['applied_kw']:g} kW")


def mark(frame: Frame, place: Sequence[float], style: str, label: str) -> Mark:
    """
    Return a point with its label on a ground.
    """
    x, y = frame.place(place)
    letters = sum(NARROW_LETTER if letter.isascii() else WIDE_LETTER for letter in label)
    return Mark(
        x=round(100 * x / WIDTH, 2), y=round(100 * y / HEIGHT, 2), style=style, label=label, box_width=letters + 14, is_left=x > 0.7 * WIDTH
    )


def _legend(styles: Sequence[str]) -> tuple[Loading, ...]:
    labels = ("0–40 %", "40–60 %", "60–80 %", "80–100 %", gettext("over 100 %"))
    counted = (Loading(style=f"load-{at}", label=label, count=styles.count(f"load-{at}")) for at, label in enumerate(labels))
    return tuple(item for item in counted if item.count)


def _said(plan: PlanShown) -> str:
    if plan.best is None:
        return gettext("Map of the neighbourhood.")
    return gettext("Map of the neighbourhood: route %(letter)s, %(length)s m from %(point)s to the site.") % {
        "letter": plan.best.letter,
        "length": f"{plan.best.document['route']['length_m']:.0f}",
        "point": plan.best.document["bus_name"],
    }
