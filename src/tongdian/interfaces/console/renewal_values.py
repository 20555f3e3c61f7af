"""
A renewal of lines as its pages show it: the map, the area before and after, the steps of the works.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tongdian.apps.network.queries import NearbyNetwork
from tongdian.apps.plans.queries import RenewalView
from tongdian.interfaces.console.network_map import SCALE_STEPS, Course, Frame, Loading, NetworkMap, collect, feature, mark, path_of
from tongdian.interfaces.console.plan_changes import Site, say_voltage
from tongdian.interfaces.console.plan_values import CheckShown, to_check
from tongdian.interfaces.console.words import say_number

Place = tuple[float, float]
WORST = 12  # checks told, the tightest first


@dataclass(frozen=True, slots=True, kw_only=True)
class StateShown:
    """
    The area over the whole year in one of its states.
    """

    name: str
    voltage: str
    line: float
    transformer: float
    losses_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """
    One step of the works: what is done where, who is dark how long, and the lowest voltage until the next step.
    """

    document: Mapping[str, Any]
    dark: str
    voltage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalShown:
    """
    A renewal as its page shows it.
    """

    document: Mapping[str, Any]
    total_yuan: float
    has_example_prices: bool
    states: tuple[StateShown, ...]
    steps: tuple[StepShown, ...]
    checks: tuple[CheckShown, ...]
    not_old: str


def to_renewal(view: RenewalView) -> RenewalShown:
    """
    Return what is shown of a renewal.
    """
    document = view.document
    kv = document["nominal_kv"]
    names = {"before": gettext("before"), "after": gettext("after"), "grown": gettext("after, loads grown")}
    site = Site(reference="", kv=kv, limits={})
    deciding = sorted((check for check in document["checks"] if check["decides"]), key=lambda check: check["margin"])
    return RenewalShown(
        document=document,
        total_yuan=float(document["cost"]["total_yuan"]),
        has_example_prices=document["cost"]["price_standing"] == "example",
        states=tuple(
            StateShown(
                name=name,
                voltage=f"{say_voltage(document[key]['voltage_min_pu'], kv)} · {document[key]['voltage_min_name']}",
                line=100 * document[key]["line_loading_max"],
                transformer=100 * document[key]["transformer_loading_max"],
                losses_kwh=document[key]["losses_kwh"],
            )
            for key, name in names.items()
        ),
        steps=tuple(
            StepShown(
                document=step,
                dark=", ".join(step["dark"]),
                voltage="—" if step["voltage_min_pu"] is None else say_voltage(step["voltage_min_pu"], kv),
            )
            for step in document["steps"]
        ),
        checks=tuple(to_check(check, site=site) for check in deciding[:WORST]),
        not_old=", ".join(document["notes"]),
    )


def draw_lines(
    nearby: NearbyNetwork, frame: Frame, chosen: Sequence[tuple[int, Sequence[Sequence[float]]]], site: Place, *, around: NearbyNetwork
) -> NetworkMap:
    """
    Draw the lines of a neighbourhood, those that are renewed (identifier and course) as the chosen route on top.

    :param around: what lies around the frame, for the map that can be moved
    """
    marks = [mark(frame, place, "station", name) for name, place in nearby.stations]
    routes = tuple(Course(path=path_of(path, frame), style="route") for _, path in chosen if path)
    scale_m = next((step for step in reversed(SCALE_STEPS) if step < frame.width_m / 4), SCALE_STEPS[0])
    points = [{"style": "station quiet", "label": name, "place": place} for name, place in around.stations]
    metres = say_number(len(chosen), 0)
    return NetworkMap(
        lines=tuple(Course(path=path_of(path, frame), style="load-0") for _, path in nearby.lines),
        routes=routes,
        marks=(*marks, mark(frame, site, "site", gettext("the place"))),
        legend=(Loading(style="load-0", label=gettext("existing lines"), count=len(nearby.lines)),),
        scale_m=scale_m,
        scale_percent=round(100 * scale_m / frame.width_m, 2),
        said=gettext("Map of the neighbourhood: %(count)s lines become cable.") % {"count": metres},
        layers={
            "bounds": frame.box(),
            "lines": collect([feature(path, "load-0", line=line) for line, path in around.lines]),
            "routes": collect([feature(path, "route") for _, path in chosen if path]),
            "points": [*points, {"style": "site", "label": gettext("the place"), "place": site}],
            "buses": [],
            "via": [line for line, _ in chosen],
        },
    )
