"""
Reading CIM's distribution profile (CDPSM, IEC 61968-13), as OpenDSS writes it by ``Export CIM100``: balanced, of three phases.

Every connectivity node is a bus. A source stands behind its impedance, a transformer's core is a shunt; taps, sections and switches
stand as the file says. What cannot be calculated is refused by name (cdpsm_classes.py says which classes and properties are read).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.cim.cdpsm_classes import refuse_unknown
from tongdian.engines.grid._formats.cim.cdpsm_library import load_model
from tongdian.engines.grid._formats.cim.cdpsm_lines import Branches, Cut, read_lines, read_switches
from tongdian.engines.grid._formats.cim.cdpsm_model import End, Model, Thing
from tongdian.engines.grid._formats.cim.cdpsm_power import read_consumers, read_machines, read_shunts, read_sources
from tongdian.engines.grid._formats.cim.cdpsm_transformers import read_transformers
from tongdian.engines.grid._formats.dss_tables import line_table, power_columns
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import ALL_PHASES, Buses, Floats, Generators, Lines, Loads, Network, Shunts, Sources, Switches
from tongdian.kit.refused import N_

WIDEST = (180.0, 90.0)
DEGREES = "EPSG::4326"
Standing = tuple[Thing, list[End]]
Point = tuple[float, float]


def read_cdpsm(document: Path | bytes, *, source: str = "", frequency_hz: float = 50.0) -> Network:
    """
    Read a model of CIM's distribution profile: a file, a folder or an archive of its files.

    Identifiers are new; names are those of the file. Lines whose length is not known are a kilometre long.

    :param frequency_hz: where the file names none (BaseFrequency), which OpenDSS does not
    :raises UnreadableNetwork: if it is no such model, or has elements or values that cannot be calculated
    """
    model = load_model(document)
    refuse_unknown(model)
    nodes = model.of("ConnectivityNode")
    if not nodes:
        raise UnreadableNetwork(N_("The document has no buses."))
    for one in model.of("BaseFrequency"):
        frequency_hz = one.positive("BaseFrequency.frequency")
    lines, switches, stations = read_lines(model, frequency_hz), read_switches(model), read_transformers(model)
    loads, machines, shunts, feeds = read_consumers(model), read_machines(model), read_shunts(model), read_sources(model)
    standing = [*lines.ends, *switches.ends, *stations.ends, *loads.ends, *machines.ends, *shunts.ends, *feeds.ends]
    kv = _levels(model, [*lines.ends, *switches.ends], standing)
    for row in (*shunts.rows, *stations.cores):
        power = row["y"].conjugate() * kv[row["bus"]] ** 2 * 1000
        row |= {"p": power.real, "q": power.imag}
    for row in feeds.rows:
        row["pu"] = row["kv"] / kv[row["bus"]]
    behind = [row for row in feeds.rows if row["r"] or row["x"]]
    for at, row in enumerate(behind, start=len(nodes)):
        row |= {"joined": row["bus"], "bus": at}
    places, courses = _places(model, standing)
    for row, (thing, _) in zip(lines.rows, lines.ends, strict=True):
        row["path"] = courses.get(thing.id)
    return Network(
        buses=_buses(nodes, kv, places, behind),
        lines=_lines([*lines.rows, *(_impedance(row) for row in behind)]),
        transformers=stations.table,
        switches=_switches(switches, [*lines.cuts, *stations.cuts]),
        loads=Loads(customer_class=("",) * len(loads.rows), **power_columns(loads.rows)),
        generators=Generators(**power_columns(machines.rows)),
        shunts=Shunts(**_columns([*shunts.rows, *stations.cores], p_kw="p", q_kvar="q")),
        sources=Sources(**_columns(feeds.rows, voltage_pu="pu", angle_degree="angle")),
        frequency_hz=frequency_hz,
        source=source,
    )


def _levels(model: Model, joined: Sequence[Standing], standing: Sequence[Standing]) -> list[float]:
    """
    Return the nominal voltages of all buses in kV: what their voltage level or any equipment says, else that of what they are joined to.

    :raises UnreadableNetwork: if two statements contradict each other, or there is none
    """
    nodes = model.of("ConnectivityNode")
    said: dict[int, tuple[float, str]] = {}
    for node in nodes:
        if any(one not in model.things for one in node.links.get("ConnectivityNode.OperationalLimitSet", ())):
            raise _no_voltage(node)  # so OpenDSS writes it where it knows none
        _state(said, nodes, model.position[node.id], _of_container(model, node, "ConnectivityNode.ConnectivityNodeContainer"), node)
    for thing, ends in standing:
        own = model.target(thing, "ConductingEquipment.BaseVoltage") or _of_container(model, thing, "Equipment.EquipmentContainer")
        for end in ends:
            windings = model.pointing("TransformerEnd.Terminal", end.terminal)
            for level in (model.target(one, "TransformerEnd.BaseVoltage") for one in windings) if windings else (own,):
                _state(said, nodes, end.bus, level, thing)
    _spread(said, joined)
    for at, node in enumerate(nodes):
        if at not in said:
            raise _no_voltage(node)
    return [said[at][0] for at in range(len(nodes))]


def _no_voltage(node: Thing) -> UnreadableNetwork:
    text = N_("The bus %(bus)s has no nominal voltage. Give what stands at it a BaseVoltage (in OpenDSS: CalcVoltageBases).")
    return UnreadableNetwork(text, bus=node.name)


def _spread(said: dict[int, tuple[float, str]], joined: Iterable[Standing]) -> None:
    touched: dict[int, list[int]] = {}
    for _, (one, other) in joined:
        touched.setdefault(one.bus, []).append(other.bus)
        touched.setdefault(other.bus, []).append(one.bus)
    waiting = list(said)
    while waiting:
        bus = waiting.pop()
        for neighbour in touched.get(bus, ()):
            if neighbour not in said:
                said[neighbour] = said[bus]
                waiting.append(neighbour)


def _of_container(model: Model, thing: Thing, name: str) -> Thing | None:
    container = model.target(thing, name)
    if container is not None and container.kind == "Bay":
        container = model.target(container, "Bay.VoltageLevel")
    return model.target(container, "VoltageLevel.BaseVoltage") if container is not None and container.kind == "VoltageLevel" else None


def _state(said: dict[int, tuple[float, str]], nodes: Sequence[Thing], bus: int, level: Thing | None, by: Thing) -> None:
    if level is None:
        return
    kv = level.positive("BaseVoltage.nominalVoltage") / 1000
    known, first = said.setdefault(bus, (kv, by.name))
    if known != kv:
        text = N_("The bus %(bus)s has two nominal voltages: %(one)s kV by %(first)s, %(other)s kV by %(second)s.")
        raise UnreadableNetwork(text, bus=nodes[bus].name, one=known, first=first, other=kv, second=by.name)


def _places(model: Model, standing: Iterable[Standing]) -> tuple[dict[int, Point], dict[str, Floats]]:
    """
    Return where buses are in degrees, and the courses of equipment by its name, as far as they are told.

    OpenDSS knows no system of coordinates: what could be degrees is taken for degrees, its zeros are none.
    """
    places: dict[int, Point] = {}
    courses: dict[str, Floats] = {}
    for thing, ends in standing:
        location = model.target(thing, "PowerSystemResource.Location")
        system = None if location is None else model.target(location, "Location.CoordinateSystem")
        if location is None or system is None or not (model.by_opendss or DEGREES in system.values.get("CoordinateSystem.crsUrn", "")):
            continue
        told = model.pointing("PositionPoint.Location", location)
        told = sorted(told, key=lambda point: point.number("PositionPoint.sequenceNumber", 0.0))
        points = [(point.number("PositionPoint.xPosition"), point.number("PositionPoint.yPosition")) for point in told]
        for end, point in ((ends[0], points[:1]), (ends[-1], points[-1:])):
            if point and abs(point[0][0]) <= WIDEST[0] and abs(point[0][1]) <= WIDEST[1] and point[0] != (0.0, 0.0):
                places.setdefault(end.bus, point[0])
        if len(points) > 2 and thing.kind == "ACLineSegment":  # noqa: PLR2004 - more than its ends
            courses[thing.id] = np.array(points)
    return places, courses


def _buses(nodes: Sequence[Thing], kv: Sequence[float], places: dict[int, Point], behind: Sequence[dict[str, Any]]) -> Buses:
    count = len(nodes) + len(behind)
    where = np.array([places.get(at, (math.nan, math.nan)) for at in range(count)])
    return Buses(
        id=np.arange(count),
        name=(*(node.name for node in nodes), *(f"{row['name']} (behind its impedance)" for row in behind)),
        nominal_kv=np.array([*kv, *(kv[row["joined"]] for row in behind)]),
        lon=where[:, 0].copy(),
        lat=where[:, 1].copy(),
        in_service=np.ones(count, dtype=np.bool_),
    )


def _impedance(row: dict[str, Any]) -> dict[str, Any]:
    """
    Return the line between a source and its bus.
    """
    unknown = dict.fromkeys(("r0", "x0", "c0"), math.nan)
    return {
        "name": f"impedance of {row['name']}", "code": "", "from": row["bus"], "to": row["joined"], "m": 1000.0, "amps": math.inf,
        "alive": True, "phases": ALL_PHASES, "r1": row["r"], "x1": row["x"], "c1": 0.0, "g": 0.0, **unknown,
    }  # fmt: skip


def _lines(rows: Sequence[dict[str, Any]]) -> Lines:
    return replace(
        line_table(rows),
        g_us_per_km=np.array([row["g"] for row in rows], dtype=np.float64),
        path=tuple(row.get("path") for row in rows),
    )


def _switches(found: Branches, cuts: Sequence[Cut]) -> Switches:
    rows = found.rows
    return Switches(
        id=np.arange(len(rows) + len(cuts)),
        name=(*(row["name"] for row in rows), *(f"open end of {cut.name}" for cut in cuts)),
        kind=("bus",) * len(rows) + tuple(cut.kind for cut in cuts),
        bus=np.array([*(row["bus"] for row in rows), *(cut.bus for cut in cuts)], dtype=np.int64),
        element=np.array([*(row["other"] for row in rows), *(cut.element for cut in cuts)], dtype=np.int64),
        closed=np.array([*(row["closed"] for row in rows), *(False for _ in cuts)], dtype=np.bool_),
    )


def _columns(rows: Sequence[dict[str, Any]], **numbers: str) -> dict[str, Any]:
    """
    Return the columns that all tables of things at one bus have, and those of numbers.
    """
    return {
        "id": np.arange(len(rows)),
        "name": tuple(row["name"] for row in rows),
        "bus": np.array([row["bus"] for row in rows], dtype=np.int64),
        "in_service": np.array([row["alive"] for row in rows], dtype=np.bool_),
        **{column: np.array([row[name] for row in rows], dtype=np.float64) for column, name in numbers.items()},
    }
