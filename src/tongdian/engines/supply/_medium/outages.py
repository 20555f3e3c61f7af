"""
Sections of a 10 kV network between its switching points, and what each one's outage does: who loses supply, which open point restores it.

A section is the cable between two places where it can be switched off: busbars, branches, ring-main units (buses with customers,
reservations or a switch). Cable joints lie inside a section. With a section out, the open point is closed that restores most.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid import Bools, Floats, Ints, Network
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV, find_areas, find_live
from tongdian.engines.supply._checks import Extremes, Names
from tongdian.engines.supply._way.graph import components

THROUGH = 2  # a joint has two cables


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """
    A network with one section out. ``dark``: buses that stay without supply though they had it.
    """

    name: str
    lines: tuple[int, ...]
    closed: tuple[int, ...]
    tie: str
    dark: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """
    The extremes over several runs of the year, and in which of them they occur.
    """

    year: Extremes
    names: Names


def find_sections(network: Network, units: Iterable[int] = ()) -> tuple[tuple[int, ...], ...]:
    """
    Return the sections above low voltage as tuples of line positions.

    :param units: further buses (positions) at which the cable can be switched, such as planned ring-main units
    """
    lines, switches = network.lines, network.switches
    running = np.flatnonzero(lines.in_service & (network.buses.nominal_kv[lines.from_bus] >= LOW_VOLTAGE_KV))
    degree = np.bincount(np.concatenate([lines.from_bus[running], lines.to_bus[running]]), minlength=len(network.buses))
    keep = degree != THROUGH
    ends = [network.loads.bus, network.generators.bus, network.sources.bus, network.transformers.hv_bus, network.transformers.lv_bus]
    keep[np.concatenate([*ends, switches.bus, np.array(list(units), dtype=np.int64)])] = True
    joined = [element for kind, element in zip(switches.kind, switches.element.tolist(), strict=True) if kind == "bus"]
    keep[np.array(joined, dtype=np.int64)] = True
    at: dict[int, list[int]] = {}
    for order, line in enumerate(running.tolist()):
        for bus in (int(lines.from_bus[line]), int(lines.to_bus[line])):
            if not keep[bus]:
                at.setdefault(bus, []).append(order)
    label = components(len(running), [(pair[0], pair[1]) for pair in at.values() if len(pair) == THROUGH])
    return tuple(tuple(running[label == one].tolist()) for one in dict.fromkeys(label.tolist()))


def find_states(network: Network, units: Iterable[int] = (), *, around: int | None = None) -> tuple[State, ...]:
    """
    Return the outages of every section that carries something; one that is open already changes nothing.

    :param around: only outages that change the feeder of this bus (position): of its own sections, and of those it then supplies
    """
    areas = find_areas(network)
    opened = _open_lines(network)
    states = []
    for section in find_sections(network, units):
        if not opened.isdisjoint(section) or not areas.live[network.lines.from_bus[section[0]]]:
            continue
        lines = network.lines
        inside = set(lines.from_bus[list(section)].tolist()) | set(lines.to_bus[list(section)].tolist())
        ends = _ends(network, section)
        out = _without(network, section)
        lost = areas.live & ~find_live(out)
        lost[list(inside - ends)] = False  # joints inside the section
        closed, dark = _restore(out, lost)
        touched = inside | {bus for at in closed for bus in _between(network, at)}
        if around is None or areas.feeder[around] in {areas.feeder[bus] for bus in touched}:
            name = "–".join(network.buses.name[bus] for bus in sorted(ends))
            states.append(State(name=name, lines=section, closed=closed, tie=_tie_name(network, closed), dark=dark))
    return tuple(states)


def apply(network: Network, state: State) -> Network:
    """
    Return a network in a state. It may have more buses and lines than the one for which the state was found, at the end.
    """
    out = _without(network, state.lines)
    return _closed(out, state.closed) if state.closed else out


def _ends(network: Network, section: tuple[int, ...]) -> set[int]:
    lines = list(section)
    buses, counts = np.unique(np.concatenate([network.lines.from_bus[lines], network.lines.to_bus[lines]]), return_counts=True)
    return set(buses[counts == 1].tolist())


def _open_lines(network: Network) -> set[int]:
    switches = network.switches
    return {int(switches.element[at]) for at, kind in enumerate(switches.kind) if kind == "line" and not switches.closed[at]}


def _without(network: Network, section: tuple[int, ...]) -> Network:
    running = network.lines.in_service.copy()
    running[list(section)] = False
    return replace(network, lines=replace(network.lines, in_service=running))


def _closed(network: Network, switches: tuple[int, ...]) -> Network:
    closed = network.switches.closed.copy()
    closed[list(switches)] = True
    return replace(network, switches=replace(network.switches, closed=closed))


def _restore(out: Network, lost: Bools) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """
    Return the switches to close so that the fewest buses stay dark, and those buses; nothing is closed where nothing is lost.
    """
    best: tuple[tuple[int, ...], tuple[int, ...]] = ((), tuple(np.flatnonzero(lost).tolist()))
    if not best[1]:
        return best
    switches = out.switches
    elements = dict.fromkeys(
        (kind, int(switches.element[at]), int(switches.bus[at]) if kind == "bus" else -1)
        for at, kind in enumerate(switches.kind)
        if not switches.closed[at] and kind in {"line", "bus"} and len({bool(lost[bus]) for bus in _between(out, at)}) > 1
    )
    for kind, element, bus in elements:
        chosen = tuple(
            at
            for at, other in enumerate(switches.kind)
            if other == kind and int(switches.element[at]) == element and bus in {-1, int(switches.bus[at])} and not switches.closed[at]
        )
        dark = tuple(np.flatnonzero(lost & ~find_live(_closed(out, chosen))).tolist())
        if len(dark) < len(best[1]):
            best = (chosen, dark)
    return best


def _between(network: Network, switch: int) -> tuple[int, int]:
    """
    Return the buses that a closed switch would join: those of its line, or its two buses.
    """
    switches, element = network.switches, int(network.switches.element[switch])
    if switches.kind[switch] == "line":
        return int(network.lines.from_bus[element]), int(network.lines.to_bus[element])
    return int(switches.bus[switch]), element


def _tie_name(network: Network, closed: tuple[int, ...]) -> str:
    if not closed:
        return ""
    at = closed[0]
    if network.switches.kind[at] == "line":
        return network.lines.name[int(network.switches.element[at])]
    return network.switches.name[at]


def find_worst(runs: list[tuple[str, Extremes]]) -> Worst:
    """
    Return the extremes over several runs, all of networks with the same tables; what is out of service in a run does not count there.

    The losses of an outage are not asked: nan.
    """
    names = [name for name, _ in runs]

    def best(values: list[Floats], steps: list[Ints], *, smallest: bool) -> tuple[Floats, Ints, tuple[str, ...]]:
        table = np.stack(values)
        filled = np.where(np.isnan(table), np.inf if smallest else -np.inf, table)
        where = filled.argmin(axis=0) if smallest else filled.argmax(axis=0)
        columns = np.arange(table.shape[1])
        return table[where, columns], np.stack(steps)[where, columns], tuple(names[i] for i in where)

    years = [year for _, year in runs]
    low = best([y.voltage_min for y in years], [y.voltage_min_step for y in years], smallest=True)
    high = best([y.voltage_max for y in years], [y.voltage_max_step for y in years], smallest=False)
    line = best([y.line for y in years], [y.line_step for y in years], smallest=False)
    transformer = best([y.transformer for y in years], [y.transformer_step for y in years], smallest=False)
    return Worst(
        year=Extremes(
            voltage_min=low[0],
            voltage_min_step=low[1],
            voltage_max=high[0],
            voltage_max_step=high[1],
            line=line[0],
            line_step=line[1],
            transformer=transformer[0],
            transformer_step=transformer[1],
            losses_kwh=float("nan"),
        ),
        names=Names(voltage_min=low[2], voltage_max=high[2], line=line[2], transformer=transformer[2]),
    )
