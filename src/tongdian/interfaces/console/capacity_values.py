"""
What the page of the network's capacity shows of one bus: limits, pictures, ways out.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from tongdian.interfaces.console.words import say_number

if TYPE_CHECKING:
    from tongdian.apps.plans.queries import Explained
    from tongdian.engines.grid import Gain

CHARGER_KW, ELEVATOR_KW, FAST_CHARGER_KW = 7, 15, 60
ROOFS_KW = (8, 30, 100)  # a house, a workshop, a school
MOST_GAINS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitBar:
    """
    One limit alone: how many kW it allows and its part of the widest bar, in per cent.
    """

    name: str
    kw: str
    element: str
    x: float
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GainShown:
    """
    One way out: what is changed, the kW then, and how much more that is.
    """

    what: str
    kw: str
    more: str
    is_best: bool


def say_limit(kind: str) -> str:
    """
    Return the name of a limit.
    """
    names = {
        "voltage": gettext("voltage"),
        "voltage_low": gettext("voltage too low"),
        "voltage_high": gettext("voltage too high"),
        "line_loading": gettext("line loading"),
        "transformer_loading": gettext("transformer loading"),
        "": gettext("nothing limits"),
    }
    return names.get(kind, gettext("voltage collapses"))


def say_kw(kw: float | None) -> str:
    """
    Return a capacity rounded down to what surely fits.
    """
    if kw is None or not math.isfinite(kw):
        return "–"
    return say_number(math.floor(kw * 10) / 10, 1) if kw < 10 else say_number(math.floor(kw), 0)  # noqa: PLR2004 - small values finer


def to_limits(found: "Explained") -> tuple[LimitBar, ...]:
    """
    Return the three limits, the tightest first.
    """
    rooms = found.explanation.rooms
    widest = max((room.capacity_kw for room in rooms if math.isfinite(room.capacity_kw)), default=0.0) or 1.0
    return tuple(
        LimitBar(
            name=say_limit(room.kind),
            kw=say_kw(room.capacity_kw),
            element=room.element_name,
            x=round(100 * min(room.capacity_kw / widest, 1.0), 2) if math.isfinite(room.capacity_kw) else 100.0,
            is_first=at == 0,
        )
        for at, room in enumerate(rooms)
    )


def to_words(found: "Explained") -> dict[str, str]:
    """
    Return the words of the pictures.
    """
    explanation = found.explanation
    values = {"kw": say_kw(explanation.capacity_kw), "name": explanation.bus_name or explanation.bus_id}
    first, last = explanation.nodes[0], explanation.nodes[-1]
    volts = {
        "now": say_number(last.before_pu * last.nominal_kv * 1000, 0),
        "then": say_number(last.after_pu * last.nominal_kv * 1000, 0),
    }
    del first
    return {
        "voltages": gettext("Voltages along the way"),
        "loadings": gettext("Loading along the way"),
        "days": gettext("Worst of every day"),
        "says_voltages": gettext("Voltages from the transformer to %(name)s: %(now)s V at the end now, %(then)s V with %(kw)s kW more.")
        % (values | volts),
        "says_loadings": gettext("Loading of every element from the transformer to %(name)s, now and with %(kw)s kW more.") % values,
        "says_days": gettext("What binds, at its worst of every day of the year, now and with %(kw)s kW more.") % values,
        "now": gettext("now"),
        "added": f"+{values['kw']} kW",
        "limit": gettext("limit"),
        "transformer": gettext("T"),
    }


def to_fits(kw: float, *, generation: bool) -> tuple[tuple[str, bool], ...]:
    """
    Return what people usually ask for, and whether it fits.
    """
    if not math.isfinite(kw):
        return ()
    if generation:
        return tuple((gettext("solar roof %(kw)s kW") % {"kw": roof}, kw >= roof) for roof in ROOFS_KW)
    chargers = int(kw // CHARGER_KW)
    return (
        (gettext("%(kw)s kW charger × %(count)s") % {"kw": CHARGER_KW, "count": max(chargers, 1)}, chargers > 0),
        (gettext("elevator %(kw)s kW") % {"kw": ELEVATOR_KW}, kw >= ELEVATOR_KW),
        (gettext("fast charger %(kw)s kW") % {"kw": FAST_CHARGER_KW}, kw >= FAST_CHARGER_KW),
    )


def to_gains(gains: "tuple[Gain, ...]") -> tuple[GainShown, ...]:
    """
    Return the ways out that bring most.
    """
    shown = [gain for gain in gains if gain.gain_kw >= 0.1][:MOST_GAINS]  # noqa: PLR2004 - less is no way out
    return tuple(
        GainShown(what=say_change(gain.change), kw=say_kw(gain.capacity_kw), more=say_kw(gain.gain_kw), is_best=at == 0)
        for at, gain in enumerate(shown)
    )


def say_change(change: Any) -> str:  # noqa: ANN401 - the engine's value
    """
    Return a change in words.
    """
    texts = {
        "tap": gettext("Set the tap of %(first)s from %(before)s to %(after)s"),
        "second_cable": gettext("Lay a cable beside %(metres)s m: %(after)s"),
        "larger_cable": gettext("Lay a larger cable over %(metres)s m: %(after)s"),
        "larger_transformer": gettext("A larger transformer %(first)s: %(after)s"),
        "switch": gettext("Close the switch of %(first)s, open that of %(last)s"),
        "time": gettext("Draw only %(after)s, charging at night"),
    }
    names = [name or str(number) for name, number in zip(change.element_names, change.element_ids, strict=True)] or [""]
    values = {"first": names[0], "last": names[-1], "before": change.before, "after": change.after, "metres": f"{change.length_m:.0f}"}
    return texts[change.kind] % values


def draw(picture: str) -> SafeString:
    """
    Return one of the engine's pictures for a template; the engine has escaped every word in it.
    """
    return mark_safe(picture)  # noqa: S308 - see above
