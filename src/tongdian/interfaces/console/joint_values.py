"""
A joint plan as its page shows it: what is built, what falls to each, the map.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from tongdian.apps.network.queries import NearbyNetwork
from tongdian.apps.plans.queries import JointView
from tongdian.interfaces.console.network_map import SCALE_STEPS, Course, Frame, Loading, NetworkMap, collect, feature, mark, path_of
from tongdian.interfaces.console.plan_advice import say_changed, say_way_out
from tongdian.interfaces.console.plan_changes import Site, say_voltage
from tongdian.interfaces.console.plan_values import CheckShown, to_check
from tongdian.interfaces.console.words import say_number

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareShown:
    """
    What falls to one application; ``case_id`` and ``plan_id`` None for a complaint, which is no case of the plan. ``kw``: applied for;
    ``counted_kw``: what cables are shared by, which a single-phase load counts threefold in, as if all phases carried it.
    """

    reference: str
    building: str
    case_id: UUID | None
    plan_id: UUID | None
    is_open: bool
    kw: float
    counted_kw: float
    own_yuan: float
    shared_yuan: float
    yuan: float
    alone_yuan: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    """
    What is built for one group: from which point, by which cable, to whom.
    """

    point: str
    transformer: str
    document: Mapping[str, Any]
    length_m: float
    members: str
    count: int
    total_yuan: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintShown:
    """
    A complaint about low voltage. ``was_low``: whether the year before was below the limit at all.
    """

    reference: str
    point: str
    volts: str
    limit: str
    was_low: bool
    is_settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JointShown:
    """
    A joint plan as its page shows it. ``saved_percent``: of the single answers.
    """

    document: Mapping[str, Any]
    total_yuan: float
    singles_yuan: float
    saved_yuan: float
    saved_percent: float
    kw: float
    has_example_prices: bool
    shares: tuple[ShareShown, ...]
    groups: tuple[GroupShown, ...]
    reinforced: tuple[tuple[str, str, float], ...]
    complaints: tuple[ComplaintShown, ...]
    unserved: tuple[str, ...]
    checks: tuple[CheckShown, ...]
    is_kept_single: bool


def to_joint(view: JointView) -> JointShown:
    """
    Return what is shown of a joint plan.
    """
    document = view.document
    total, singles = float(document["total_yuan"]), float(document["singles_yuan"])
    kv = document["groups"][0]["plan"]["nominal_kv"] if document["groups"] else 0.4
    site = Site(reference="", kv=kv, limits={})
    worst: dict[str, Mapping[str, Any]] = {}
    for check in sorted((check for check in document["checks"] if check["decides"]), key=lambda check: check["margin"]):
        worst.setdefault(check["kind"], check)
    shares = _shares(view)
    return JointShown(
        document=document,
        total_yuan=total,
        singles_yuan=singles,
        saved_yuan=singles - total,
        saved_percent=100 * (1 - total / singles) if singles else 0.0,
        kw=sum(share.kw for share in shares),
        has_example_prices=document["price_standing"] == "example",
        shares=shares,
        groups=tuple(_group(group) for group in document["groups"]),
        reinforced=tuple((say_way_out(one["kind"]), say_changed(one), float(one["total_yuan"])) for one in document["reinforced"]),
        complaints=tuple(_complaint(one, kv) for one in document["complaints"]),
        unserved=tuple(document["unserved"]),
        checks=tuple(to_check(check, site=site) for check in worst.values()),
        is_kept_single=not document["together"],
    )


def _complaint(one: Mapping[str, Any], kv: float) -> ComplaintShown:
    return ComplaintShown(
        reference=one["reference"],
        point=one["bus_name"],
        volts=f"{say_voltage(one['before_pu'], kv)} → {say_voltage(one['after_pu'], kv)}",
        limit=say_voltage(one["limit_pu"], kv),
        was_low=one["before_pu"] < one["limit_pu"],
        is_settled=one["settled"],
    )


def _shares(view: JointView) -> tuple[ShareShown, ...]:
    members = {member.reference: member for member in view.members}
    found = []
    for share in view.document["shares"]:
        member = members.get(share["reference"])
        money = {name: float(share[name]) for name in ("own_yuan", "shared_yuan", "yuan", "alone_yuan")}
        found.append(
            ShareShown(
                reference=share["reference"],
                building=member.building if member else gettext("complaint about low voltage"),
                case_id=member.case_id if member else None,
                plan_id=member.plan_id if member else None,
                is_open=member is None or member.is_open,
                kw=member.kw if member else 0.0,
                counted_kw=share["kw"],
                **money,
            )
        )
    return tuple(found)


def _group(group: Mapping[str, Any]) -> GroupShown:
    option = group["option"]
    return GroupShown(
        point=option["bus_name"],
        transformer=option["transformer_name"],
        document=option["cable"],
        length_m=option["route"]["length_m"],
        members=", ".join(group["members"]),
        count=len(group["members"]),
        total_yuan=float(group["total_yuan"]),
    )


def places_of(document: Mapping[str, Any]) -> list[Place]:
    """
    Return every site of a joint plan and every place of its cables.
    """
    sites = [(one["site_lon"], one["site_lat"]) for one in document["applications"]]
    return [*sites, *((lon, lat) for path, _ in _paths(document) for lon, lat in path)]


def _paths(document: Mapping[str, Any]) -> list[tuple[Sequence[Sequence[float]], str]]:
    """
    Return the courses of all new cables with their style: each member's own below, what they share on top.
    """
    own = [(segment["path"], "route other") for group in document["groups"] for spoke in group["spokes"] for segment in _segments(spoke)]
    shared = [(segment["path"], "route") for group in document["groups"] for segment in _segments(group["option"])]
    return [(path, style) for path, style in (*own, *shared) if path]


def _segments(thing: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(thing["route"]["segments"])


def draw_joint(document: Mapping[str, Any], nearby: NearbyNetwork, frame: Frame, *, around: NearbyNetwork) -> NetworkMap:
    """
    Draw the neighbourhood with the new cables: shared ones, each member's own, connection points, and the boxes with how many they serve.

    :param around: what lies around the frame, for the map that can be moved
    """
    paths = _paths(document)
    scale_m = next((step for step in reversed(SCALE_STEPS) if step < frame.width_m / 4), SCALE_STEPS[0])
    points = _points(document)
    own = sum(bool(group["spokes"]) * len(group["spokes"]) for group in document["groups"])
    legend = [Loading(style="load-0", label=gettext("existing lines"), count=len(nearby.lines))]
    if own:
        legend.append(Loading(style="route other", label=gettext("own cables from the box"), count=own))
    stations = [mark(frame, place, "station", name) for name, place in nearby.stations]
    return NetworkMap(
        lines=tuple(Course(path=path_of(path, frame), style="load-0") for _, path in nearby.lines),
        routes=tuple(Course(path=path_of(path, frame), style=style) for path, style in paths),
        marks=(*stations, *(mark(frame, place, style, label) for style, label, place in points)),
        legend=tuple(legend),
        scale_m=scale_m,
        scale_percent=round(100 * scale_m / frame.width_m, 2),
        said=gettext("Map of the neighbourhood: %(applications)s applications behind %(cables)s cables.")
        % {"applications": say_number(len(document["applications"]), 0), "cables": say_number(len(document["groups"]), 0)},
        layers={
            "bounds": frame.box(),
            "lines": collect([feature(path, "load-0") for _, path in around.lines]),
            "routes": collect([feature(path, "route" if style == "route" else "other") for path, style in paths]),
            "points": [
                *({"style": "station", "label": name, "place": place} for name, place in around.stations),
                *({"style": style, "label": label, "place": place} for style, label, place in points),
            ],
        },
    )


def _points(document: Mapping[str, Any]) -> list[tuple[str, str, Place]]:
    """
    Return the points of the map with style and label; a member behind a box has none, so that labels do not lie on each other.
    """
    sites = {one["reference"]: (one["site_lon"], one["site_lat"]) for one in document["applications"]}
    found: list[tuple[str, str, Place]] = [("point", "", place) for place in sites.values()]
    for group in document["groups"]:
        option = group["option"]
        found.append(("point pick", f"{option['bus_name']} · {option['route']['length_m']:.0f} m", (option["bus_lon"], option["bus_lat"])))
        label = f"{len(group['members'])} × · {option['cable']['code']}" if group["spokes"] else group["hub"]
        found.append(("site", label, sites[group["hub"]]))
    return found
