"""
What is connected with what, through closed switches only.
"""

from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._values import Bools, Ints, Network, Shunts, Switches, Table
from tongdian.kit.refused import N_, Refused


class UnknownElement(Refused):
    """
    A table has no element with this identifier.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """
    Which ends are really connected: line and transformer ends after their switches, and pairs of buses joined by closed switches.
    """

    line_from: Bools
    line_to: Bools
    transformer_hv: Bools
    transformer_lv: Bools
    joined: tuple[tuple[int, int], ...]


def position_of(table: Table, identifier: int) -> int:
    """
    Return where the element with an identifier of the source stands in its table.

    :raises UnknownElement: if there is none
    """
    found = np.flatnonzero(table.id == identifier)
    if not len(found):
        raise UnknownElement(N_("The network has no %(kind)s %(id)s."), kind=type(table).__name__.lower(), id=int(identifier))
    return int(found[0])


def connections(network: Network) -> Connections:
    """
    Resolve switches: an open switch disconnects its end of a line or transformer; a closed one between buses joins them.

    An end at a bus out of service is disconnected as well.
    """
    lines, transformers, alive = network.lines, network.transformers, network.buses.in_service
    line_from, line_to = lines.in_service & alive[lines.from_bus], lines.in_service & alive[lines.to_bus]
    hv, lv = transformers.in_service & alive[transformers.hv_bus], transformers.in_service & alive[transformers.lv_bus]
    joined = []
    switches = network.switches
    for at, kind in enumerate(switches.kind):
        bus, element = int(switches.bus[at]), int(switches.element[at])
        if kind == "bus":
            if switches.closed[at] and alive[bus] and alive[element]:
                joined.append((bus, element))
        elif not switches.closed[at]:
            if kind == "line":
                (line_from if network.lines.from_bus[element] == bus else line_to)[element] = False
            else:
                (hv if network.transformers.hv_bus[element] == bus else lv)[element] = False
    return Connections(line_from=line_from, line_to=line_to, transformer_hv=hv, transformer_lv=lv, joined=tuple(joined))


def island_labels(network: Network) -> Ints:
    """
    Return a number for every bus that is equal exactly for buses connected with each other; −1 for buses out of service.
    """
    ends = connections(network)
    lines, transformers = network.lines, network.transformers
    whole = ends.line_from & ends.line_to
    wound = ends.transformer_hv & ends.transformer_lv
    edges = [*zip(lines.from_bus[whole].tolist(), lines.to_bus[whole].tolist(), strict=True)]
    edges += zip(transformers.hv_bus[wound].tolist(), transformers.lv_bus[wound].tolist(), strict=True)
    edges += ends.joined
    alive = network.buses.in_service
    parent = list(range(len(network.buses)))

    def root(bus: int) -> int:
        while parent[bus] != bus:
            parent[bus] = parent[parent[bus]]
            bus = parent[bus]
        return bus

    for one, other in edges:
        if alive[one] and alive[other]:
            parent[root(one)] = root(other)
    return np.array([root(bus) if alive[bus] else -1 for bus in range(len(network.buses))], dtype=np.int64)


def island_at(network: Network, bus: int) -> Network:
    """
    Return the part of the network that is connected with a bus (given by position), with its source; identifiers are kept.
    """
    labels = island_labels(network)
    return take_buses(network, labels == labels[bus] if labels[bus] >= 0 else np.arange(len(labels)) == bus)


def take_buses(network: Network, inside: Bools) -> Network:
    """
    Return the network of some buses, given as a mask, with every element that stands at them only.

    A line whose far end is open and outside still draws its charging current: it stays as a shunt at its near end.
    """
    new_position = np.full(len(network.buses), -1, dtype=np.int64)
    new_position[inside] = np.arange(int(inside.sum()))
    lines, transformers = network.lines, network.transformers
    line_in, transformer_in = inside[lines.from_bus] & inside[lines.to_bus], inside[transformers.hv_bus] & inside[transformers.lv_bus]
    switches = _switches(network, inside, line_in, transformer_in)
    kept_lines, kept_transformers = lines.take(line_in), transformers.take(transformer_in)

    def at(table: Table) -> Table:
        kept = table.take(inside[table.bus])  # type: ignore[attr-defined]
        return replace(kept, bus=new_position[kept.bus])  # type: ignore[attr-defined,call-arg]

    return replace(
        network,
        buses=network.buses.take(inside),
        lines=replace(kept_lines, from_bus=new_position[kept_lines.from_bus], to_bus=new_position[kept_lines.to_bus]),
        transformers=replace(
            kept_transformers, hv_bus=new_position[kept_transformers.hv_bus], lv_bus=new_position[kept_transformers.lv_bus]
        ),
        switches=replace(switches, bus=new_position[switches.bus]) if len(switches) else switches,
        loads=at(network.loads),  # type: ignore[arg-type]
        generators=at(network.generators),  # type: ignore[arg-type]
        shunts=at(_with_open_ends(network, inside)),  # type: ignore[arg-type]
        sources=at(network.sources),  # type: ignore[arg-type]
    )


def _with_open_ends(network: Network, inside: Bools) -> Shunts:
    """
    Return the shunts and, for each line that leaves the mask with its far end open, the shunt that it is from its near end.

    Seen from one end, an open pi section is y/2 + 1 / (z + 2/y), with series impedance z and charging admittance y.
    """
    lines, ends = network.lines, connections(network)
    near_from = ends.line_from & ~ends.line_to & inside[lines.from_bus] & ~inside[lines.to_bus]
    near_to = ends.line_to & ~ends.line_from & inside[lines.to_bus] & ~inside[lines.from_bus]
    rows = np.flatnonzero(near_from | near_to)
    bus = np.where(near_from, lines.from_bus, lines.to_bus)[rows]
    length_km, parallel = lines.length_m[rows] / 1000, lines.parallel[rows]
    series = (lines.r_ohm_per_km[rows] + 1j * lines.x_ohm_per_km[rows]) * length_km / parallel
    capacitive = 2j * np.pi * network.frequency_hz * lines.c_nf_per_km[rows] * 1e-9
    charging = (lines.g_us_per_km[rows] * 1e-6 + capacitive) * length_km * parallel
    charged = np.abs(charging) > 0
    rows, bus, series, charging = rows[charged], bus[charged], series[charged], charging[charged]
    power_kva = network.buses.nominal_kv[bus] ** 2 * np.conj(charging / 2 + 1 / (series + 2 / charging)) * 1e3
    shunts = network.shunts
    return Shunts(
        id=np.concatenate([shunts.id, -1 - lines.id[rows]]),
        name=(*shunts.name, *(f"{lines.name[row]} (open)" for row in rows)),
        bus=np.concatenate([shunts.bus, bus]),
        p_kw=np.concatenate([shunts.p_kw, power_kva.real]),
        q_kvar=np.concatenate([shunts.q_kvar, power_kva.imag]),
        in_service=np.concatenate([shunts.in_service, np.ones(len(rows), dtype=np.bool_)]),
    )


def _switches(network: Network, inside: Bools, line_in: Bools, transformer_in: Bools) -> Switches:
    """
    Return the switches between kept elements, their elements renumbered.
    """
    numbering = {"bus": np.cumsum(inside) - 1, "line": np.cumsum(line_in) - 1, "transformer": np.cumsum(transformer_in) - 1}
    mask = {"bus": inside, "line": line_in, "transformer": transformer_in}
    switches = network.switches
    rows = [at for at, kind in enumerate(switches.kind) if inside[switches.bus[at]] and mask[kind][switches.element[at]]]
    kept = switches.take(np.array(rows, dtype=np.int64))
    elements = [int(numbering[kind][element]) for kind, element in zip(kept.kind, kept.element.tolist(), strict=True)]
    return replace(kept, element=np.array(elements, dtype=np.int64))
