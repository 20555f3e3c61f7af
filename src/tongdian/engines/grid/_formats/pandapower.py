"""
Reading pandapower's JSON without pandapower: tables of columns inside a JSON document.

A pandapower file is one JSON object whose tables are pandas frames in "split" orientation, often as text inside the JSON. The element's
identifier is the frame's index, not the row number; ``geo`` is GeoJSON as text, in formats of 2.x coordinates stand in tables of their own.
"""

import json
import math
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork
from tongdian.engines.grid._formats.pandapower_branches import read_lines, read_switches, read_transformers
from tongdian.engines.grid._values import Buses, Generators, Loads, Network, Shunts, Sources
from tongdian.kit.refused import N_

OLDEST, NEWEST = 2, 3  # the format's leading number
KINDS = {
    "bus": "bus",
    "line": "line",
    "trafo": "transformer",
    "switch": "switch",
    "load": "load",
    "sgen": "generator",
    "shunt": "shunt",
    "ext_grid": "source",
}
CLASSES = {"HH": "household", "HP": "heat_pump", "EV": "charging"}
SIMBENCH_CLASSES = {
    "H": "household",
    "G": "commerce",
    "L": "agriculture",
    "B": "industry",
    "W": "industry",
    "A": "heat_pump",
    "E": "charging",
}
VOLTAGE_SHARES = (
    "const_z_p_percent",
    "const_z_q_percent",
    "const_i_p_percent",
    "const_i_q_percent",
    "const_z_percent",
    "const_i_percent",
)
WIDEST_LON, WIDEST_LAT = 180.0, 90.0


def read_pandapower(document: str | bytes, *, source: str = "") -> Network:
    """
    Read a pandapower JSON document (formats 2.x and 3.x) as a network without profiles.

    :param source: name and attribution to keep with the network
    :raises UnreadableNetwork: if it is no such document, or an element is of a kind or has a value that cannot be calculated
    """
    tables, major = open_document(document)
    frames = {name: frame_of(tables, name, kind) for name, kind in KINDS.items()}
    buses = frames["bus"]
    if not len(buses):
        raise UnreadableNetwork(N_("The document has no buses."))
    buses.identifiers()
    position = {one: at for at, one in enumerate(buses.ids)}
    nominal = buses.numbers("vn_kv")
    return Network(
        buses=_buses(buses, _points(tables, buses)),
        lines=read_lines(frames["line"], position, frame_of(tables, "line_geodata", "line")),
        transformers=read_transformers(frames["trafo"], position, tap_type_counts=major >= NEWEST),
        switches=read_switches(frames["switch"], position, frames["line"], frames["trafo"]),
        loads=_loads(frames["load"], position),
        generators=_generators(frames["sgen"], position),
        shunts=_shunts(frames["shunt"], position, nominal),
        sources=_sources(frames["ext_grid"], position),
        frequency_hz=_frequency(tables),
        source=source,
    )


def open_document(document: str | bytes) -> tuple[dict[str, Any], int]:
    """
    Return the document's tables and the leading number of its format.

    :raises UnreadableNetwork: if it is no pandapower document, of another format, or has elements in service that are not supported
    """
    try:
        outer = json.loads(document)
        tables = outer["_object"]
        version = str(tables.get("format_version") or tables.get("version") or "?")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnreadableNetwork(
            N_("This is no pandapower JSON document: %(reason)s."), reason=str(error) or type(error).__name__
        ) from error
    major = version.split(".", maxsplit=1)[0]
    if not major.isdecimal() or not OLDEST <= int(major) <= NEWEST:
        raise UnreadableNetwork(
            N_("pandapower format %(version)s is not known. Save the network again with pandapower 3."), version=version
        )
    for name in tables:
        _refuse_if_it_counts(tables, name)
    return tables, int(major)


def frame_of(tables: dict[str, Any], name: str, kind: str) -> Frame:
    """
    Return one table of a document; a table that is not there is empty.

    :raises UnreadableNetwork: if it is no table
    """
    held = tables.get(name)
    if held is None:
        return Frame(kind=kind, ids=(), columns={})
    try:
        frame = held["_object"]
        frame = json.loads(frame) if isinstance(frame, str) else frame
        names, ids, rows = frame["columns"], frame["index"], frame["data"]
        if any(len(row) != len(names) for row in rows) or len(rows) != len(ids):
            raise ValueError(name)  # noqa: TRY301 - told below with every other fault of a table
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {column: [] for column in names}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnreadableNetwork(N_("The table “%(name)s” of the document is broken. Save the network again."), name=name) from error
    return Frame(kind=kind, ids=ids, columns=columns)


def _refuse_if_it_counts(tables: dict[str, Any], name: str) -> None:
    """
    Refuse a table of elements in service that no table of ours holds: whatever it is, results would be wrong without it.
    """
    held = tables[name]
    if name in KINDS or name.startswith(("res_", "_")) or not isinstance(held, dict) or held.get("_class") not in ("DataFrame", None):
        return
    if "_object" not in held:
        return
    frame = frame_of(tables, name, name)
    if frame.has("in_service") and frame.flags("in_service").any() and name not in ("controller", "group"):
        at = int(np.flatnonzero(frame.flags("in_service"))[0])
        raise UnreadableNetwork(
            N_("The network has elements of the kind “%(kind)s” (first in service: %(id)s), which are not supported. Replace them."),
            kind=name,
            id=str(frame.ids[at]),
        )


def _frequency(tables: dict[str, Any]) -> float:
    value = tables.get("f_hz", 50.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise UnreadableNetwork(N_("The network's frequency “%(value)s” is no positive number of hertz."), value=str(value))
    return float(value)


def coordinates_of(cell: Any) -> Any:  # noqa: ANN401 - GeoJSON
    """
    Return the coordinates of a GeoJSON text, None where there is none that can be read.
    """
    try:
        held = json.loads(cell) if isinstance(cell, str) and cell else cell
        return held["coordinates"] if isinstance(held, dict) else None
    except (ValueError, KeyError):
        return None


def _points(tables: dict[str, Any], buses: Frame) -> list[tuple[float, float]]:
    """
    Return the buses' places; NaN where unknown, or where the numbers are no degrees.
    """
    old = frame_of(tables, "bus_geodata", "bus")
    kept = {one: (x, y) for one, x, y in zip(old.ids, old.cells("x"), old.cells("y"), strict=True)}
    places = []
    for one, cell in zip(buses.ids, buses.cells("geo"), strict=True):
        place = coordinates_of(cell) or kept.get(one)
        fine = isinstance(place, list | tuple) and len(place) > 1 and all(isinstance(part, int | float) for part in place[:2])
        lon, lat = (float(place[0]), float(place[1])) if fine and place else (math.nan, math.nan)
        places.append((lon, lat) if abs(lon) <= WIDEST_LON and abs(lat) <= WIDEST_LAT else (math.nan, math.nan))
    return places


def _buses(rows: Frame, places: list[tuple[float, float]]) -> Buses:
    where = np.array(places, dtype=np.float64).reshape(-1, 2)
    return Buses(
        id=rows.identifiers(),
        name=rows.names(),
        nominal_kv=rows.numbers("vn_kv"),
        lon=where[:, 0].copy(),
        lat=where[:, 1].copy(),
        in_service=rows.flags("in_service"),
    )


def _loads(rows: Frame, position: dict[Any, int]) -> Loads:
    for share in VOLTAGE_SHARES:
        shares = rows.numbers(share, 0.0)
        if shares.any():
            raise UnreadableNetwork(
                N_("The load %(id)s depends on voltage (%(share)s), which is not supported. Set it to 0."),
                id=str(rows.ids[int(np.flatnonzero(shares)[0])]),
                share=share,
            )
    scaling = rows.numbers("scaling", 1.0)
    profiles = rows.words("profile")
    return Loads(
        id=rows.identifiers(),
        name=rows.names(),
        bus=rows.places("bus", position),
        p_kw=rows.numbers("p_mw") * 1000 * scaling,
        q_kvar=rows.numbers("q_mvar", 0.0) * 1000 * scaling,
        profile=np.full(len(rows), -1, dtype=np.int64),
        customer_class=tuple(
            CLASSES.get(kind, SIMBENCH_CLASSES.get(profile[:1], "")) for kind, profile in zip(rows.words("type"), profiles, strict=True)
        ),
        in_service=rows.flags("in_service"),
        profile_name=profiles,
    )


def _generators(rows: Frame, position: dict[Any, int]) -> Generators:
    scaling = rows.numbers("scaling", 1.0)
    return Generators(
        id=rows.identifiers(),
        name=rows.names(),
        bus=rows.places("bus", position),
        p_kw=rows.numbers("p_mw") * 1000 * scaling,
        q_kvar=rows.numbers("q_mvar", 0.0) * 1000 * scaling,
        profile=np.full(len(rows), -1, dtype=np.int64),
        in_service=rows.flags("in_service"),
        profile_name=rows.words("profile"),
    )


def _shunts(rows: Frame, position: dict[Any, int], nominal_kv: "np.ndarray[Any, np.dtype[np.float64]]") -> Shunts:
    if rows.flags("step_dependency_table", default=False).any():
        at = int(np.flatnonzero(rows.flags("step_dependency_table", default=False))[0])
        raise UnreadableNetwork(N_("The shunt %(id)s has a table of steps, which is not supported. Write its power."), id=str(rows.ids[at]))
    bus = rows.places("bus", position)
    rated_kv = rows.numbers("vn_kv", math.nan)
    share = np.where(np.isnan(rated_kv), 1.0, nominal_kv[bus] / rated_kv) ** 2  # power is told at the shunt's own rated voltage
    steps = rows.numbers("step", 1.0)
    return Shunts(
        id=rows.identifiers(),
        name=rows.names(),
        bus=bus,
        p_kw=rows.numbers("p_mw", 0.0) * 1000 * steps * share,
        q_kvar=rows.numbers("q_mvar", 0.0) * 1000 * steps * share,
        in_service=rows.flags("in_service"),
    )


def _sources(rows: Frame, position: dict[Any, int]) -> Sources:
    """
    Return the external grids; a second one at the same bus with the same voltage is the same one and does not count.
    """
    bus, volts, angle = rows.places("bus", position), rows.numbers("vm_pu"), rows.numbers("va_degree", 0.0)
    alive = rows.flags("in_service")
    seen: dict[int, int] = {}
    for at in np.flatnonzero(alive):
        first = seen.setdefault(int(bus[at]), int(at))
        if first == at:
            continue
        if volts[first] != volts[at] or angle[first] != angle[at]:
            raise UnreadableNetwork(
                N_("The sources %(one)s and %(other)s stand at one bus with different voltages. Keep one of them."),
                one=str(rows.ids[first]),
                other=str(rows.ids[int(at)]),
            )
        alive[at] = False
    return Sources(id=rows.identifiers(), name=rows.names(), bus=bus, voltage_pu=volts, angle_degree=angle, in_service=alive)
