"""
`tongdian grid explain`: why one bus can take what it can, and which single change brings how much.
"""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongdian.interfaces.commands._grid.source import TARGET, read_source, take_source, tell_of_year
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.grid import Change, Explanation, Gain, Words

LIMITS = {
    "voltage": N_("voltage"),
    "voltage_low": N_("the voltage becomes too low"),
    "voltage_high": N_("the voltage becomes too high"),
    "line_loading": N_("a line is fully loaded"),
    "transformer_loading": N_("a transformer is fully loaded"),
    "unsolved": N_("the voltage collapses"),
    "": N_("nothing limits"),
}
CHANGES = {
    "tap": N_("tap of %(first)s: %(before)s → %(after)s"),
    "second_cable": N_("%(metres)s m from %(first)s to %(last)s: %(before)s → %(after)s"),
    "larger_cable": N_("%(metres)s m from %(first)s to %(last)s: %(before)s → %(after)s"),
    "larger_transformer": N_("transformer %(first)s: %(before)s → %(after)s"),
    "switch": N_("close the switch of %(first)s, open that of %(last)s"),
    "time": N_("draw only %(after)s"),
}


@click.command(help="Say why a bus can take what it can: what binds, when, the way to it, and which single change brings how much.")
@take_source
@click.option("--bus", required=True, type=int, help="Index of the bus in the source.")
@click.option("--power-factor", default=0.95, show_default=True, help="Of what is added, lagging.")
@click.option("--vmin", default=0.93, show_default=True, help="Lowest voltage, per unit of each bus.")
@click.option("--vmax", default=1.07, show_default=True, help="Highest voltage, per unit of each bus.")
@click.option("--generation", is_flag=True, help="Ask for generation instead of load.")
@click.option("--transformer-loading", default=1.0, show_default=True, help="Share of a transformer's rating; 0.8 is the planner's margin.")
@click.option("--svg", type=TARGET, help="Also draw voltages, loadings and the year.")
@click.option("--json", "document", type=TARGET, help="Also write everything as JSON.")
def explain(source: Path, profiles: tuple[Path, ...], bus: int, svg: Path | None, document: Path | None, **asked: Any) -> None:  # noqa: ANN401 - the options above
    """
    Explain one bus.
    """
    from tongdian.engines import grid

    network = read_source(source, profiles)
    tell_of_year(network)
    limits = grid.Limits(voltage_min_pu=asked["vmin"], voltage_max_pu=asked["vmax"], transformer_loading=asked["transformer_loading"])
    question = grid.Question(limits=limits, power_factor=asked["power_factor"], generation=asked["generation"])
    position = grid.position_of(network.buses, bus)
    explanation = grid.explain(network, question, bus=position)
    gains = grid.find_gains(network, question, bus=position)
    for line in _lines(explanation, gains):
        click.echo(line)
    if svg is not None:
        start = network.profiles.start if network.profiles else ""
        svg.parent.mkdir(parents=True, exist_ok=True)
        svg.write_text(grid.draw_explanation(explanation, _words(explanation), start=start), encoding="utf-8")
    if document is not None:
        document.parent.mkdir(parents=True, exist_ok=True)
        document.write_text(
            json.dumps(_plain(asdict(explanation) | {"gains": [asdict(gain) for gain in gains]}), indent=1), encoding="utf-8"
        )


def _lines(explanation: "Explanation", gains: "tuple[Gain, ...]") -> list[str]:
    def say(text: str, **values: object) -> str:
        return translate(text) % values

    name = f"{explanation.element_kind} {explanation.element_id} {explanation.element_name}".strip()
    out = [say(N_("Bus %(bus)s %(name)s: %(kw)s kW"), bus=explanation.bus_id, name=explanation.bus_name, kw=_kw(explanation.capacity_kw))]
    if explanation.is_broken:
        out.append(say(N_("Already broken without any addition: %(limit)s."), limit=translate(LIMITS[explanation.limit])))
    at = explanation.moment or explanation.at
    out.append(say(N_("Binds: %(limit)s, %(element)s, step %(at)s."), limit=translate(LIMITS[explanation.limit]), element=name, at=at))
    out += [
        say(N_("  alone: %(kind)s %(kw)s kW (%(element)s)"), kind=translate(LIMITS[room.kind]), kw=_kw(room.capacity_kw),
            element=f"{room.element_kind} {room.element_id}" if room.element_kind else "–")
        for room in explanation.rooms
    ]  # fmt: skip
    out.append(translate(N_("The way from the source in that step, without and with the addition:")))
    for element, node in zip(explanation.elements, explanation.nodes[1:], strict=True):
        values = (f"{element.kind} {element.element_id}", f"{100 * element.before:.1f} % → {100 * element.after:.1f} %")
        out.append(f"  {values[0]:<22} {values[1]:<20} bus {node.bus_id:<8} {node.before_pu:.5f} → {node.after_pu:.5f}")
    out.append(
        translate(
            N_("Single changes that bring more, each calculated for the whole year:")
            if gains
            else N_("No single change that was tried brings more.")
        )
    )
    out += [f"  +{_kw(gain.gain_kw)} kW → {_kw(gain.capacity_kw)} kW: {_say_change(gain.change)}" for gain in gains]
    return out


def _say_change(change: "Change") -> str:
    names = [name or str(number) for name, number in zip(change.element_names, change.element_ids, strict=True)] or [""]
    values = {"first": names[0], "last": names[-1], "before": change.before, "after": change.after, "metres": f"{change.length_m:.0f}"}
    return translate(CHANGES[change.kind]) % values


def _words(explanation: "Explanation") -> "Words":
    from tongdian.engines import grid

    values = {
        "name": explanation.bus_name or explanation.bus_id,
        "kw": _kw(explanation.capacity_kw),
        "at": explanation.moment or explanation.at,
    }
    return grid.Words(
        voltages=translate(N_("Voltages along the way, %(at)s")) % values,
        loadings=translate(N_("Loadings along the way, %(at)s")) % values,
        days=translate(N_("Worst of every day")),
        says_voltages=translate(N_("Voltages from the transformer to %(name)s, now and with %(kw)s kW more, against the limit.")) % values,
        says_loadings=translate(N_("Loading of every element from the transformer to %(name)s, now and with %(kw)s kW more.")) % values,
        says_days=translate(N_("The binding element's worst of every day, now and with %(kw)s kW more.")) % values,
        now=translate(N_("now")),
        added=f"+{explanation.capacity_kw:.0f} kW" if math.isfinite(explanation.capacity_kw) else "",
        limit=translate(N_("limit")),
        transformer="T",
    )


def _kw(value: float) -> str:
    return "–" if math.isnan(value) else "∞" if math.isinf(value) else f"{math.floor(value * 1000) / 1000:.3f}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of the engine
    """
    Return a value as JSON knows it: arrays as lists, what is no finite number as null.
    """
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
