"""
A plan as it is published: one JSON document (schema in ``data/plan.schema.json``) and one map (GeoJSON).

The document holds what another program needs to solve an option again: the connection bus, the new cable's impedance and length, the
load, the limits, and for every check its value, element and step.
"""

from typing import Any

from tongdian.engines.grid import Network
from tongdian.engines.supply._papers.neighbourhood import NearLine, neighbourhood
from tongdian.engines.supply._values import Option, Route, SupplyPlan

FORMAT = "tongdian.plan/1"
EXAMPLE_MARK = "example/示例"
RENAMED = {"bus_id", "bus_name", "bus_lon", "bus_lat", "route", "cable", "materials", "station", "second", "rank"}


def to_feature(route: Route, **properties: object) -> dict[str, Any]:
    """
    Return a route as a GeoJSON feature: one line from the connection point to the site, its stretches among the properties.
    """
    course: list[list[float]] = []
    stretches = []
    for segment in route.segments:
        places = [list(place) for place in segment.path]
        course += places[1:] if course and places and course[-1] == places[0] else places
        stretches.append(
            {
                "method": segment.method,
                "name_zh": segment.name_zh,
                "name_en": segment.name_en,
                "on_corridor": segment.on_corridor,
                "length_m": segment.length_m,
                "coordinates": places,
            }
        )
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": course},
        "properties": {"length_m": route.length_m, "segments": stretches, **properties},
    }


def price_mark(plan: SupplyPlan) -> str:
    """
    Return the mark that every document bears as soon as one price is an example; empty where all are real.
    """
    return mark_of(*(option.cost.price_standing for option in plan.options))


def mark_of(*standings: str) -> str:
    """
    Return the mark of documents whose prices stand so, empty where none is an example.
    """
    return EXAMPLE_MARK if "example" in standings else ""


def to_published(plan: SupplyPlan, *, seed: int | None = None, notes: tuple[str, ...] = ()) -> dict[str, Any]:
    """
    Return the document of a plan.

    :param seed: of the synthetic year that the network was checked with, None for a year of the network's own
    :param notes: what the reader must know of the network beside the plan
    """
    whole = plan.to_dict()
    kept = {name: value for name, value in whole.items() if name not in {"options", "reserve_kw", "reserve_kvar", "load_shape"}}
    return {
        "format": FORMAT,
        "price_mark": price_mark(plan),
        "seed": seed,
        "notes": list(notes),
        "load": {"p_kw": plan.reserve_kw, "q_kvar": plan.reserve_kvar, "shape": plan.load_shape},
        **kept,
        "options": [_option(option, given) for option, given in zip(plan.options, whole["options"], strict=True)],
    }


def _option(option: Option, given: dict[str, Any]) -> dict[str, Any]:
    second = given["second"]
    if option.second is not None:
        second = {**second, "route": to_feature(option.second.route)}
    return {
        "rank": option.rank,
        "feasible": option.feasible,
        "connection_bus": option.bus_id,
        "connection_name": option.bus_name,
        "connection_place": [option.bus_lon, option.bus_lat],
        "route": to_feature(option.route),
        "equipment": {"cable": given["cable"], "station": given["station"], "materials": given["materials"]},
        "second": second,
        **{name: value for name, value in given.items() if name not in RENAMED},
    }


def to_map(plan: SupplyPlan, network: Network) -> dict[str, Any]:
    """
    Return the map of a plan: the site, every option's connection point and way, and the existing lines around the first one.
    """
    place = [plan.application.site_lon, plan.application.site_lat]
    features = [_point(place, role="site", reference=plan.application.reference)]
    for option in plan.options:
        told = {"option": option.rank, "feasible": option.feasible, "cost_yuan": str(option.cost.total_yuan)}
        features.append(_point([option.bus_lon, option.bus_lat], role="connection", bus=option.bus_id, name=option.bus_name, **told))
        features.append(to_feature(option.route, role="route", cable=option.cable.code, **told))
        if option.second is not None:
            there = [option.second.bus_lon, option.second.bus_lat]
            features.append(_point(there, role="second_connection", bus=option.second.bus_id, name=option.second.bus_name, **told))
            features.append(to_feature(option.second.route, role="second_route", cable=option.second.cable.code, **told))
    if plan.options:
        features += [_existing(line) for line in neighbourhood(network, plan.options[0]).lines]
    return {"type": "FeatureCollection", "features": features, "price_mark": price_mark(plan)}


def _point(place: list[float], **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": properties}


def _existing(line: NearLine) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [list(place) for place in line.path]},
        "properties": {
            "role": "existing",
            "line": line.line_id,
            "name": line.name,
            "type": line.type_name,
            "feeds": line.feeds,
            "loading_before": line.loading_before,
            "loading_after": line.loading_after,
        },
    }
