"""
What is wrong in a network, element by element, before anybody calculates with it.

An error makes results wrong or impossible; a warning is worth a look. What only concerns a part of the network (an island without a
source, a base case that is broken) is an error that does not stop the rest from being calculated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from tongdian.engines.grid._topology import island_labels
from tongdian.engines.grid._values import Bools, Network, Table
from tongdian.kit.refused import N_, Refused

ERROR, WARNING = "error", "warning"
NEAR_ZERO_OHM = 1e-6
LONGEST_M, LARGEST_A, LARGEST_KVA, HIGHEST_KV = 300_000.0, 20_000.0, 2_000_000.0, 1_200.0
LARGEST_OHM_PER_KM = 100.0
OFF_A_LITTLE, OFF_BY_FAR = 1.25, 2.0  # rated voltage of a winding against its bus
UNLIMITED_A = 90_000.0  # a placeholder for “no limit”, as some tools write it
DEGREES_PER_HOUR = 30.0


class BrokenNetwork(Refused):
    """
    The network has errors, so that nothing can be calculated with it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that is wrong. ``text`` with its ``values`` is a sentence that can be translated; ``stops``: nothing can be calculated.
    """

    level: str
    code: str
    element_kind: str
    element_id: int
    element_name: str
    text: str
    values: dict[str, object] = field(default_factory=dict)
    stops: bool = False

    def __str__(self) -> str:
        return self.text % self.values


def check_network(network: Network) -> tuple[Finding, ...]:
    """
    Return what is wrong with the values and the connections of a network, errors first. Nothing is calculated.
    """
    found = [*_numbers(network)]
    if not found:  # the rest needs numbers
        found += [*_buses(network), *_lines(network), *_transformers(network), *_small(network), *_joins(network), *_islands(network)]
    return tuple(sorted(found, key=lambda one: (one.level != ERROR, not one.stops)))


def refuse_broken(network: Network) -> None:
    """
    Refuse a network that nothing can be calculated with.

    :raises BrokenNetwork: with the first error
    """
    for one in check_network(network):
        if one.stops:
            raise BrokenNetwork(one.text, **one.values)


def _found(table: Table, at: int, code: str, text: str, *, level: str = ERROR, stops: bool | None = None, **values: object) -> Finding:
    kind = type(table).__name__.lower().removesuffix("es" if type(table).__name__ in ("Buses", "Switches") else "s")
    return Finding(
        level=level,
        code=code,
        element_kind=kind,
        element_id=int(table.id[at]),
        element_name=table.name[at],
        text=text,
        values={"kind": kind, "id": int(table.id[at]), "name": table.name[at], **values},
        stops=level == ERROR if stops is None else stops,
    )


def _where(mask: Bools) -> list[int]:
    return [int(at) for at in np.flatnonzero(mask)]


def _tables(network: Network) -> tuple[Table, ...]:
    return (
        network.buses,
        network.lines,
        network.transformers,
        network.switches,
        network.loads,
        network.generators,
        network.shunts,
        network.sources,
    )


def _numbers(network: Network) -> Iterator[Finding]:
    """
    Yield values that are no numbers, elements at no bus, and identifiers that stand twice.
    """
    for table in _tables(network):
        for one in fields(table):
            column = getattr(table, one.name)
            if not isinstance(column, np.ndarray) or one.name in ("lon", "lat") or "fill" in one.metadata:
                continue
            if column.dtype.kind == "f":
                wrong = np.isnan(column) | (np.isinf(column) & (one.name != "rated_a"))
                for at in _where(wrong):
                    yield _found(
                        table, at, "no_number", N_("The %(kind)s %(id)s (%(name)s) has no number in “%(column)s”."), column=one.name
                    )
            if one.name == "bus" or one.name.endswith("_bus"):
                for at in _where((column < 0) | (column >= len(network.buses))):
                    yield _found(table, at, "no_bus", N_("The %(kind)s %(id)s (%(name)s) stands at no bus."))
        ids, first = np.unique(table.id, return_index=True)
        for at in sorted(set(range(len(table))) - set(first.tolist())) if len(ids) < len(table) else ():
            yield _found(table, at, "twice", N_("The identifier of %(kind)s %(id)s (%(name)s) stands twice."))
    year = network.profiles
    if year is not None and not (np.isfinite(year.p).all() and np.isfinite(year.q).all()):
        row = int(np.flatnonzero(~(np.isfinite(year.p).all(axis=1) & np.isfinite(year.q).all(axis=1)))[0])
        yield Finding(
            level=ERROR,
            code="profile_gap",
            element_kind="profile",
            element_id=row,
            element_name=year.name[row],
            text=N_("The profile “%(name)s” has a step without a number."),
            values={"name": year.name[row]},
            stops=True,
        )


def _buses(network: Network) -> Iterator[Finding]:
    buses = network.buses
    for at in _where(buses.nominal_kv <= 0):
        yield _found(buses, at, "voltage", N_("Bus %(id)s (%(name)s) has a nominal voltage of %(kv)s kV."), kv=float(buses.nominal_kv[at]))
    for at in _where(buses.nominal_kv > HIGHEST_KV):
        text = N_("Bus %(id)s (%(name)s) has a nominal voltage of %(kv)s kV: probably volts instead of kV.")
        yield _found(buses, at, "unit", text, kv=float(buses.nominal_kv[at]))


def _lines(network: Network) -> Iterator[Finding]:
    lines = network.lines
    alive = lines.in_service
    ohms = np.hypot(lines.r_ohm_per_km, lines.x_ohm_per_km) * lines.length_m / 1000
    for at in _where(alive & (lines.length_m <= 0)):
        text = N_("Line %(id)s (%(name)s) has a length of %(m)s m. Give its length, or make it a closed switch.")
        yield _found(lines, at, "length", text, m=float(lines.length_m[at]))
    for at in _where(alive & (lines.length_m > 0) & (ohms == 0)):
        yield _found(lines, at, "impedance", N_("Line %(id)s (%(name)s) has no impedance. Give it one, or make it a closed switch."))
    for at in _where(alive & (ohms > 0) & (ohms < NEAR_ZERO_OHM)):
        text = N_("Line %(id)s (%(name)s) has next to no impedance: %(ohm)s Ω.")
        yield _found(lines, at, "impedance", text, level=WARNING, ohm=float(ohms[at]))
    for at in _where(alive & ((lines.r_ohm_per_km < 0) | (lines.c_nf_per_km < 0) | (lines.g_us_per_km < 0))):
        yield _found(lines, at, "negative", N_("Line %(id)s (%(name)s) has a negative resistance, capacitance or conductance."))
    for at in _where(alive & (lines.parallel < 1)):
        yield _found(lines, at, "parallel", N_("Line %(id)s (%(name)s) consists of %(count)s systems."), count=int(lines.parallel[at]))
    for at in _where(alive & ((lines.rated_a <= 0) | (lines.derating <= 0) | (lines.winter_rated_a <= 0))):
        text = N_("Line %(id)s (%(name)s) may carry nothing: %(a)s A times %(derating)s.")
        yield _found(lines, at, "rating", text, a=float(lines.rated_a[at]), derating=float(lines.derating[at]))
    for at in _where(alive & (lines.from_bus == lines.to_bus)):
        yield _found(lines, at, "ends", N_("Line %(id)s (%(name)s) begins and ends at the same bus."))
    kv = network.buses.nominal_kv
    for at in _where(alive & (kv[lines.from_bus] != kv[lines.to_bus])):
        text = N_("Line %(id)s (%(name)s) joins %(one)s kV and %(other)s kV. Between voltages stands a transformer.")
        yield _found(lines, at, "voltage", text, one=float(kv[lines.from_bus[at]]), other=float(kv[lines.to_bus[at]]))
    yield from _line_units(network)


def _line_units(network: Network) -> Iterator[Finding]:
    lines = network.lines
    alive = lines.in_service
    for at in _where(alive & np.isinf(lines.rated_a)):
        yield _found(lines, at, "rating", N_("Line %(id)s (%(name)s) has no rating: it never limits."), level=WARNING)
    for at in _where(alive & np.isfinite(lines.rated_a) & (lines.rated_a > LARGEST_A) & (lines.rated_a < UNLIMITED_A)):
        text = N_("Line %(id)s (%(name)s) is rated %(a)s A: probably amperes instead of kA. It never limits so.")
        yield _found(lines, at, "unit", text, level=WARNING, a=float(lines.rated_a[at]))
    for at in _where(alive & np.isfinite(lines.rated_a) & (lines.rated_a >= UNLIMITED_A)):
        text = N_("Line %(id)s (%(name)s) is rated %(a)s A: unlimited, or amperes instead of kA. It never limits so.")
        yield _found(lines, at, "unit", text, level=WARNING, a=float(lines.rated_a[at]))
    for at in _where(alive & (lines.length_m > LONGEST_M)):
        text = N_("Line %(id)s (%(name)s) is %(km)s km long: probably metres instead of km.")
        yield _found(lines, at, "unit", text, level=WARNING, km=float(lines.length_m[at] / 1000))
    for at in _where(alive & (np.maximum(np.abs(lines.r_ohm_per_km), np.abs(lines.x_ohm_per_km)) > LARGEST_OHM_PER_KM)):
        text = N_("Line %(id)s (%(name)s) has %(r)s + j%(x)s Ω/km, more than any conductor: probably another unit.")
        r, x = float(lines.r_ohm_per_km[at]), float(lines.x_ohm_per_km[at])
        yield _found(lines, at, "unit", text, level=WARNING, r=r, x=x)
    same: dict[tuple[object, ...], int] = {}
    for at in _where(alive):
        ends = sorted((int(lines.from_bus[at]), int(lines.to_bus[at])))
        key = (*ends, lines.length_m[at], lines.r_ohm_per_km[at], lines.x_ohm_per_km[at], lines.rated_a[at], lines.name[at])
        if (first := same.setdefault(key, at)) != at:
            text = N_("Line %(id)s (%(name)s) is the same as line %(other)s, name and all: probably entered twice.")
            yield _found(lines, at, "twice", text, level=WARNING, other=int(lines.id[first]))


def _transformers(network: Network) -> Iterator[Finding]:
    rows = network.transformers
    alive = rows.in_service
    for at in _where(alive & (rows.rated_kva <= 0)):
        text = N_("Transformer %(id)s (%(name)s) is rated %(kva)s kVA.")
        yield _found(rows, at, "rating", text, kva=float(rows.rated_kva[at]))
    for at in _where(alive & (rows.rated_kva > LARGEST_KVA)):
        text = N_("Transformer %(id)s (%(name)s) is rated %(kva)s kVA: probably VA instead of kVA or MVA.")
        yield _found(rows, at, "unit", text, level=WARNING, kva=float(rows.rated_kva[at]))
    for at in _where(alive & ((rows.rated_hv_kv <= 0) | (rows.rated_lv_kv <= 0))):
        yield _found(rows, at, "voltage", N_("Transformer %(id)s (%(name)s) has no rated voltage."))
    for at in _where(alive & (rows.vk_percent <= 0)):
        yield _found(rows, at, "impedance", N_("Transformer %(id)s (%(name)s) has no short-circuit voltage."))
    for at in _where(alive & ((rows.vkr_percent < 0) | (rows.vkr_percent > rows.vk_percent))):
        text = N_("Transformer %(id)s (%(name)s) has a resistive part of %(vkr)s %% in a short-circuit voltage of %(vk)s %%.")
        yield _found(rows, at, "impedance", text, vkr=float(rows.vkr_percent[at]), vk=float(rows.vk_percent[at]))
    for at in _where(alive & ((rows.iron_loss_kw < 0) | (rows.no_load_percent < 0))):
        yield _found(rows, at, "negative", N_("Transformer %(id)s (%(name)s) has negative no-load losses."))
    for at in _where(alive & (rows.parallel < 1)):
        text = N_("Transformer %(id)s (%(name)s) consists of %(count)s units.")
        yield _found(rows, at, "parallel", text, count=int(rows.parallel[at]))
    for at in _where(alive & (rows.hv_bus == rows.lv_bus)):
        yield _found(rows, at, "ends", N_("Transformer %(id)s (%(name)s) begins and ends at the same bus."))
    yield from _windings(network)
    yield from _vector_groups(network)


def _windings(network: Network) -> Iterator[Finding]:
    """
    Yield taps that cannot be and rated voltages that do not fit their bus.
    """
    rows, kv = network.transformers, network.buses.nominal_kv
    alive = rows.in_service
    turns = 1 + (rows.tap_position - rows.tap_neutral) * rows.tap_step_percent / 100
    for at in _where(alive & (turns <= 0)):
        yield _found(rows, at, "tap", N_("The tap of transformer %(id)s (%(name)s) leaves no winding."))
    outside = (rows.tap_min < rows.tap_max) & ((rows.tap_position < rows.tap_min) | (rows.tap_position > rows.tap_max))
    for at in _where(alive & outside):
        text = N_("The tap of transformer %(id)s (%(name)s) stands at %(tap)s, outside %(low)s to %(high)s.")
        taps: dict[str, Any] = {"tap": int(rows.tap_position[at]), "low": int(rows.tap_min[at]), "high": int(rows.tap_max[at])}
        yield _found(rows, at, "tap", text, level=WARNING, **taps)
    for side, rated, bus in (("hv", rows.rated_hv_kv, rows.hv_bus), ("lv", rows.rated_lv_kv, rows.lv_bus)):
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.maximum(rated / kv[bus], kv[bus] / rated)
        for at in _where(alive & (off > OFF_A_LITTLE) & np.isfinite(off) & (rated > 0)):
            far = bool(off[at] > OFF_BY_FAR)
            text = N_("Transformer %(id)s (%(name)s) is rated %(rated)s kV on its %(side)s side, at a bus of %(kv)s kV.")
            measures: dict[str, Any] = {"rated": float(rated[at]), "side": side, "kv": float(kv[bus[at]])}
            yield _found(rows, at, "voltage", text, level=ERROR if far else WARNING, **measures)


def _vector_groups(network: Network) -> Iterator[Finding]:
    rows = network.transformers
    for at in _where(rows.in_service):
        group = rows.vector_group[at]
        digits = group.lstrip("YyDdZzNnAaUuTtOoIi") if group else ""
        is_clock = digits.isdecimal() and len(digits) <= 2  # noqa: PLR2004 - 0 to 11 o'clock
        if digits.isdecimal() and not (is_clock and (int(digits) - rows.shift_degree[at] / DEGREES_PER_HOUR) % 12 == 0):
            text = N_("Transformer %(id)s (%(name)s) is a %(group)s but is calculated with a shift of %(shift)s°.")
            yield _found(rows, at, "vector_group", text, level=WARNING, group=group, shift=float(rows.shift_degree[at]))
    single = [at for at, phases in enumerate(network.loads.phases) if phases != "ABC" and network.loads.in_service[at]]
    without = {
        int(rows.lv_bus[at]): at
        for at in _where(rows.in_service)
        if rows.vector_group[at] and "n" not in rows.vector_group[at][1:] and network.buses.nominal_kv[rows.lv_bus[at]] < 1
    }
    if not single or not without:
        return
    labels = island_labels(network)
    for bus, at in without.items():
        if any(labels[network.loads.bus[load]] == labels[bus] for load in single):
            text = N_("Transformer %(id)s (%(name)s) is a %(group)s, without a neutral, but single-phase loads stand in its island.")
            yield _found(rows, at, "vector_group", text, level=WARNING, group=rows.vector_group[at])


def _small(network: Network) -> Iterator[Finding]:
    for at in _where(network.sources.in_service & ((network.sources.voltage_pu < 0.5) | (network.sources.voltage_pu > 1.5))):  # noqa: PLR2004
        text = N_("Source %(id)s (%(name)s) holds %(pu)s of its nominal voltage: probably kV instead of per unit.")
        yield _found(network.sources, at, "unit", text, pu=float(network.sources.voltage_pu[at]))
    table: Table
    for table, kw in ((network.loads, network.loads.p_kw), (network.generators, network.generators.p_kw)):
        alive = table.in_service
        for at in _where(alive & (np.abs(kw) > LARGEST_KVA)):
            text = N_("The %(kind)s %(id)s (%(name)s) has %(kw)s kW: probably W or kW instead of MW.")
            yield _found(table, at, "unit", text, level=WARNING, kw=float(kw[at]))
        for at in _where(alive & ~network.buses.in_service[table.bus]):
            text = N_("The %(kind)s %(id)s (%(name)s) stands at a bus out of service and does not count.")
            yield _found(table, at, "no_supply", text, level=WARNING)


def _joins(network: Network) -> Iterator[Finding]:
    kv, switches = network.buses.nominal_kv, network.switches
    for at, kind in enumerate(switches.kind):
        one, other = int(switches.bus[at]), int(switches.element[at])
        if kind == "bus" and switches.closed[at] and kv[one] != kv[other]:
            text = N_("Switch %(id)s (%(name)s) joins %(one)s kV and %(other)s kV.")
            yield _found(switches, at, "voltage", text, one=float(kv[one]), other=float(kv[other]))


def _islands(network: Network) -> Iterator[Finding]:
    """
    Yield a network without any source, and islands without one that somebody needs.
    """
    sources = network.sources
    alive = sources.in_service & network.buses.in_service[sources.bus]
    if not alive.any():
        yield Finding(
            level=ERROR,
            code="no_source",
            element_kind="network",
            element_id=-1,
            element_name="",
            text=N_("The network has no source in service."),
            stops=True,
        )
        return
    labels = island_labels(network)
    fed = np.isin(labels, labels[sources.bus[alive]]) & (labels >= 0)
    needed = np.zeros(len(labels), dtype=np.bool_)
    for table in (network.loads, network.generators):
        needed[table.bus[table.in_service]] = True
    dark = network.buses.in_service & ~fed
    for label in np.unique(labels[dark]):
        members = np.flatnonzero(labels == label)
        served = needed[members].any()
        text = N_("Bus %(id)s (%(name)s) and %(more)s more are connected with no source, %(loads)s loads and generators among them.")
        count = sum(int((table.in_service & (labels[table.bus] == label)).sum()) for table in (network.loads, network.generators))
        level = ERROR if served else WARNING
        yield _found(network.buses, int(members[0]), "no_supply", text, level=level, stops=False, more=len(members) - 1, loads=count)
