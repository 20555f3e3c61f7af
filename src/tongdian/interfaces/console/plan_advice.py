"""
What a plan advises: ways out, what would change the ranking, what is missing; in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext

from tongdian.interfaces.console.words import say_number


@dataclass(frozen=True, slots=True, kw_only=True)
class WayShown:
    """
    A way out in words: what is done, where, from what to what, and what it costs on top.
    """

    name: str
    what: str
    point: str
    added_yuan: float
    total_yuan: float
    days: float | None


def find_missing(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """
    Return what was not handed in, where somebody looked.
    """
    if document["application"].get("documents") is None:
        return ()
    return tuple(one for one in document.get("documents", ()) if not one["given"])


def to_way(way: Mapping[str, Any]) -> WayShown:
    """
    Return a way out of a plan's document in words.
    """
    return WayShown(
        name=say_way_out(way["kind"]),
        what=say_changed(way),
        point=way["bus_name"],
        added_yuan=float(way["added_yuan"]),
        total_yuan=float(way["total_yuan"]),
        days=(way.get("days") or {}).get("median"),
    )


def say_changed(way: Mapping[str, Any]) -> str:
    """
    Return where a way out, or a reinforcement, changes what: the element, the values before and after, the length.
    """
    elements = way["elements"]
    parts = []
    if way.get("element_kind", "line") in {"transformer", "line"} and elements:
        parts.append(
            elements[0]
            if len(elements) == 1
            else gettext("%(first)s and %(count)s more") % {"first": elements[0], "count": len(elements) - 1}
        )
    unit = gettext("position") if way["unit"] == "tap" else way["unit"]
    if way["before"] is not None and way["after"] is not None:
        parts.append(f"{say_number(way['before'], 1)} → {say_number(way['after'], 1)} {unit}")
    elif way["after"] is not None:
        parts.append(f"{say_number(way['after'], 0)} {unit}")
    if way.get("length_m"):
        parts.append(f"{say_number(way['length_m'], 0)} m")
    return " · ".join(parts)


def say_turn(turn: Mapping[str, Any]) -> str:
    """
    Return what would change the ranking as a sentence; the letter is the option's place.
    """
    letter = pgettext("option of a plan, by its place", "ABCDEFGHIJ")[turn["rank"] - 1]
    sentences = {
        "cost": gettext("%(letter)s becomes as cheap when the recommended one costs %(value)s yuan more."),
        "days": gettext("%(letter)s is ready %(value)s days sooner."),
        "losses": gettext("%(letter)s pays for itself by lower losses after %(value)s years."),
    }
    values = {"letter": letter, "value": say_number(turn["value"], 1 if turn["kind"] != "cost" else 0)}
    return sentences.get(turn["kind"], "%(letter)s %(value)s") % values


def say_label(label: str) -> str:
    """
    Return what an option is best at.
    """
    names = {
        "cheapest": gettext("cheapest"),
        "fastest": gettext("soonest ready"),
        "strongest": gettext("most room left"),
        "alternative": gettext("alternative"),
        "by_hand": gettext("chosen by hand"),
    }
    return names.get(label, label)


def say_method(method: str) -> str:
    """
    Return by which method the applied power was found.
    """
    return {"demand_factor": gettext("by demand factors"), "diversity": gettext("by simultaneity")}.get(method, method)


def say_way_out(kind: str) -> str:
    """
    Return what a way out is called.
    """
    names = {
        "tap": gettext("Another tap of the transformer"),
        "managed_charging": gettext("Managed charging: a share of the power at a time"),
        "night_charging": gettext("Charging at night"),
        "soft_starter": gettext("A soft starter"),
        "second_cable": gettext("A second cable on the binding section"),
        "larger_transformer": gettext("A larger transformer"),
        "second_transformer": gettext("A second transformer"),
        "reinforcement": gettext("A larger transformer and a second cable"),
        "new_station": gettext("A new station at the site"),
        "medium_feeder": gettext("A 10 kV feeder of one's own"),
    }
    return names.get(kind, kind)
