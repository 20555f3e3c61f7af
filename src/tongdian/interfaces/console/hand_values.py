"""
The workbench where a planner changes a plan by hand: what is chosen, what can be, and what comes of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext

from tongdian.apps.plans.rules import ByHand
from tongdian.interfaces.console.plan_values import OptionShown, PlanShown
from tongdian.interfaces.console.words import say_number, say_yuan, speaks_chinese

if TYPE_CHECKING:
    from tongdian.apps.plans.mapping import HandChoices

MOST_VIA = 3
LONGEST_NUMBER = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    One entry of a list: its value, its words, whether it is chosen.
    """

    value: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandForm:
    """
    The lists of the form as they are chosen: points by transformer, lines to go over, cables, how many, layings.
    """

    points: tuple[tuple[str, tuple[Choice, ...]], ...]
    via: tuple[Choice, ...]
    lines: tuple[Choice, ...]
    cables: tuple[Choice, ...]
    parallel: tuple[Choice, ...]
    layings: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """
    One figure of the way by hand against the recommended option.
    """

    name: str
    value: str
    change: str


def read_choice(given: QueryDict, *, otherwise: int) -> ByHand:
    """
    Return what a form or an address chooses; what is no number is passed over.

    :param otherwise: the connection point where none is given
    """
    numbers = [int(one) for one in given.getlist("via") if _is_number(one)]
    bus, parallel = given.get("bus", ""), given.get("parallel", "")
    return ByHand(
        bus_id=int(bus) if _is_number(bus) else otherwise,
        via=tuple(dict.fromkeys(numbers))[: MOST_VIA + 1],
        cable=given.get("cable", "")[:64],
        parallel=int(parallel) if _is_number(parallel) else 1,
        laying=given.get("laying", "")[:32],
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER


def to_query(chosen: ByHand) -> str:
    """
    Return a choice as the query of an address.
    """
    values: list[tuple[str, Any]] = [("bus", chosen.bus_id), *(("via", line) for line in chosen.via)]
    values += [(name, value) for name, value in (("cable", chosen.cable), ("laying", chosen.laying)) if value]
    return urlencode([*values, *([("parallel", chosen.parallel)] if chosen.parallel > 1 else [])])


def to_form(choices: "HandChoices", chosen: ByHand) -> HandForm:
    """
    Return the lists of the form.
    """
    at = 1 if speaks_chinese() else 2
    kinds = {
        "busbar": gettext("busbar"),
        "terminal": gettext("terminal"),
        "line": gettext("on a line"),
        "ring_joint": gettext("new unit at a joint"),
        "ring_unit": gettext("spare way of a unit"),
        "ring_replace": gettext("larger unit"),
    }
    ordered = sorted(choices.points, key=lambda point: (point.transformer_name, point.route_m))
    return HandForm(
        points=tuple(
            (
                station,
                tuple(
                    Choice(
                        value=str(point.bus_id),
                        label=f"{point.bus_name} · {say_number(point.route_m, 0)} m · {kinds[point.kind]}",
                        is_on=point.bus_id == chosen.bus_id,
                    )
                    for point in group
                ),
            )
            for station, group in groupby(ordered, key=lambda point: point.transformer_name)
        ),
        via=tuple(Choice(value=str(line), label=choices.line_names.get(line, str(line)), is_on=True) for line in chosen.via),
        lines=tuple(
            Choice(
                value=str(line.line_id),
                label=gettext("%(name)s, %(length)s m long, %(away)s m from the site")
                % {"name": line.line_name, "length": say_number(line.length_m, 0), "away": say_number(line.away_m, 0)},
                is_on=False,
            )
            for line in choices.lines
            if line.line_id not in chosen.via
        ),
        cables=(
            Choice(value="", label=gettext("the cheapest that holds"), is_on=not chosen.cable),
            *(Choice(value=code, label=code, is_on=code == chosen.cable) for code in choices.cables),
        ),
        parallel=tuple(
            Choice(value=str(count), label=str(count), is_on=count == chosen.parallel) for count in range(1, choices.most_parallel + 1)
        ),
        layings=(
            Choice(value="", label=gettext("as the corridors are"), is_on=not chosen.laying),
            *(Choice(value=one[0], label=one[at], is_on=one[0] == chosen.laying) for one in choices.layings),
        ),
    )


def to_against(tried: OptionShown, drawn: PlanShown) -> tuple[Against, ...]:
    """
    Return the figures of a way by hand, and how much more or less they are than those of the option shown as best.
    """
    names = (gettext("Total"), gettext("Route"), gettext("Expected days"), gettext("Room left"))
    says = (say_yuan, _metres, _whole, _percent)
    others = _figures(drawn.best) if drawn.best else (None, None, None, None)
    letter = drawn.best.letter if drawn.best else ""
    return tuple(
        Against(name=name, value="—" if value is None else say(value), change=_change(value, other, say, letter))
        for name, value, other, say in zip(names, _figures(tried), others, says, strict=True)
    )


def _figures(option: OptionShown) -> tuple[float | None, ...]:
    days = option.document.get("days") or {}
    return option.total_yuan, option.document["route"]["length_m"], days.get("median"), option.margin_percent


def _change(value: float | None, other: float | None, say: Callable[[float], str], of: str) -> str:
    if value is None or other is None:
        return ""
    letter = {"letter": of}
    if say(value) == say(other):
        return gettext("as option %(letter)s") % letter
    if value > other:
        return gettext("%(value)s more than option %(letter)s") % (letter | {"value": say(value - other)})
    return gettext("%(value)s less than option %(letter)s") % (letter | {"value": say(other - value)})


def _metres(value: float) -> str:
    return f"{say_number(value, 0)} m"


def _whole(value: float) -> str:
    return say_number(value, 0)


def _percent(value: float) -> str:
    return f"{say_number(max(0.0, value), 0)} %"  # what is broken has no room, not less than none
