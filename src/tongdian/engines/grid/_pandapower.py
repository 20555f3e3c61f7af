"""
Reading pandapower's JSON without pandapower: tables of columns inside a JSON document.

A pandapower file is one JSON object whose tables are pandas frames in "split" orientation, often as text inside the JSON. The element's
identifier is the frame's index, not the row number; ``geo`` is GeoJSON as text.
"""

import json
import math
from typing import Any

import numpy as np

from tongdian.engines.grid._values import (
    Buses,
    Floats,
    Generators,
    Ints,
    Lines,
    Loads,
    Network,
    Shunts,
    Sources,
    Switches,
    Transformers,
)
from tongdian.kit.refused import N_, Refused

TESTED_FORMATS = ("3.0.0", "3.1.0", "3.2.0", "3.3.0")
UNSUPPORTED = (
    "trafo3w",
    "impedance",
    "dcline",
    "ward",
    "xward",
    "gen",
    "storage",
    "motor",
    "asymmetric_load",
    "asymmetric_sgen",
    "svc",
    "tcsc",
    "ssc",
)
SWITCH_KINDS = {"b": "bus", "l": "line", "t": "transformer"}
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

Row = dict[str, Any]


class UnreadableNetwork(Refused):
    """
    The document is no network that can be calculated; the text names the element and the cure.
    """


def read_pandapower(document: str | bytes, *, source: str = "") -> Network:
    """
    Read a pandapower JSON document (format 3.0 to 3.3) as a network without profiles.

    :param source: name and attribution to keep with the network
    :raises UnreadableNetwork: if it is no such document, or an element is of a kind or has a value that cannot be calculated
    """
    tables = _open(document)
    buses = _rows(tables, "bus")
    if not buses:
        raise UnreadableNetwork(N_("The document has no buses."))
    position = {row["id"]: at for at, row in enumerate(buses)}
    lines, transformers = _rows(tables, "line"), _rows(tables, "trafo")
    return Network(
        buses=_buses(buses),
        lines=_lines(lines, position),
        transformers=_transformers(transformers, position),
        switches=_switches(_rows(tables, "switch"), position, lines, transformers),
        loads=_loads(_rows(tables, "load"), position),
        generators=_generators(_rows(tables, "sgen"), position),
        shunts=_shunts(_rows(tables, "shunt"), position),
        sources=_sources(_rows(tables, "ext_grid"), position),
        frequency_hz=float(tables.get("f_hz", 50.0)),
        source=source,
    )


def read_tables(document: str | bytes) -> dict[str, list[Row]]:
    """
    Return the rows of a document's loads and static generators as they came.
    """
    tables = _open(document)
    return {name: _rows(tables, name) for name in ("load", "sgen")}


def _open(document: str | bytes) -> dict[str, Any]:
    try:
        outer = json.loads(document)
        tables: dict[str, Any] = outer["_object"]
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableNetwork(
            N_("This is no pandapower JSON document: %(reason)s."), reason=str(error) or type(error).__name__
        ) from error
    version = str(tables.get("format_version", "?"))
    if version not in TESTED_FORMATS:
        raise UnreadableNetwork(
            N_("pandapower format %(version)s was not tested. Save the network again with pandapower 3: %(tested)s."),
            version=version,
            tested=", ".join(TESTED_FORMATS),
        )
    for name in UNSUPPORTED:
        if any(row.get("in_service", True) for row in _rows(tables, name)):
            raise UnreadableNetwork(
                N_("The network has elements of the kind “%(kind)s”, which are not supported. Replace or remove them."), kind=name
            )
    return tables


def _rows(tables: dict[str, Any], name: str) -> list[Row]:
    if name not in tables:
        return []
    frame = tables[name]["_object"]
    frame = json.loads(frame) if isinstance(frame, str) else frame
    return [dict(zip(frame["columns"], row, strict=True), id=index) for index, row in zip(frame["index"], frame["data"], strict=True)]


def _number(row: Row, column: str, kind: str, default: float | None = None) -> float:
    value = row.get(column)
    if value is None or value != value:  # noqa: PLR0124 - NaN
        if default is None:
            raise UnreadableNetwork(N_("The %(kind)s %(id)s lacks “%(column)s”."), kind=kind, id=row["id"], column=column)
        return default
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise UnreadableNetwork(
            N_("The %(kind)s %(id)s has no usable “%(column)s”: %(value)s."), kind=kind, id=row["id"], column=column, value=str(value)
        )
    return float(value)


def _column(rows: list[Row], column: str, kind: str, default: float | None = None) -> Floats:
    return np.array([_number(row, column, kind, default) for row in rows], dtype=np.float64)


def _whole(rows: list[Row], column: str, kind: str, default: float | None = None) -> Ints:
    return _column(rows, column, kind, default).astype(np.int64)


def _ids(rows: list[Row]) -> Ints:
    return np.array([row["id"] for row in rows], dtype=np.int64)


def _names(rows: list[Row], kind: str, column: str = "name") -> tuple[str, ...]:
    return tuple(str(row.get(column) or f"{kind} {row['id']}") for row in rows)


def _flags(rows: list[Row], column: str = "in_service") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return np.array([bool(row.get(column, True)) for row in rows], dtype=np.bool_)


def _at(rows: list[Row], column: str, position: dict[int, int], kind: str) -> Ints:
    for row in rows:
        if row.get(column) not in position:
            raise UnreadableNetwork(
                N_("The %(kind)s %(id)s stands at bus %(bus)s, which does not exist."), kind=kind, id=row["id"], bus=str(row.get(column))
            )
    return np.array([position[row[column]] for row in rows], dtype=np.int64)


def _coordinates(row: Row) -> Any:  # noqa: ANN401 - GeoJSON
    geo = row.get("geo")
    return json.loads(geo)["coordinates"] if isinstance(geo, str) and geo else None


def _buses(rows: list[Row]) -> Buses:
    places = [_coordinates(row) or (math.nan, math.nan) for row in rows]
    return Buses(
        id=_ids(rows),
        name=_names(rows, "bus"),
        nominal_kv=_column(rows, "vn_kv", "bus"),
        lon=np.array([place[0] for place in places], dtype=np.float64),
        lat=np.array([place[1] for place in places], dtype=np.float64),
        in_service=_flags(rows),
    )


def _lines(rows: list[Row], position: dict[int, int]) -> Lines:
    def path(row: Row) -> Floats | None:
        course = _coordinates(row)
        return None if course is None else np.array(course, dtype=np.float64)

    return Lines(
        id=_ids(rows),
        name=_names(rows, "line"),
        type_name=_names(rows, "line", "std_type"),
        from_bus=_at(rows, "from_bus", position, "line"),
        to_bus=_at(rows, "to_bus", position, "line"),
        length_m=_column(rows, "length_km", "line") * 1000,
        r_ohm_per_km=_column(rows, "r_ohm_per_km", "line"),
        x_ohm_per_km=_column(rows, "x_ohm_per_km", "line"),
        c_nf_per_km=_column(rows, "c_nf_per_km", "line", 0.0),
        g_us_per_km=_column(rows, "g_us_per_km", "line", 0.0),
        rated_a=np.array([_number(row, "max_i_ka", "line", math.inf) * 1000 for row in rows], dtype=np.float64),
        derating=_column(rows, "df", "line", 1.0),
        parallel=_whole(rows, "parallel", "line", 1),
        in_service=_flags(rows),
        path=tuple(path(row) for row in rows),
    )


def _transformers(rows: list[Row], position: dict[int, int]) -> Transformers:
    return Transformers(
        id=_ids(rows),
        name=_names(rows, "transformer"),
        type_name=_names(rows, "transformer", "std_type"),
        hv_bus=_at(rows, "hv_bus", position, "transformer"),
        lv_bus=_at(rows, "lv_bus", position, "transformer"),
        rated_kva=_column(rows, "sn_mva", "transformer") * 1000,
        rated_hv_kv=_column(rows, "vn_hv_kv", "transformer"),
        rated_lv_kv=_column(rows, "vn_lv_kv", "transformer"),
        vk_percent=_column(rows, "vk_percent", "transformer"),
        vkr_percent=_column(rows, "vkr_percent", "transformer"),
        iron_loss_kw=_column(rows, "pfe_kw", "transformer", 0.0),
        no_load_percent=_column(rows, "i0_percent", "transformer", 0.0),
        shift_degree=_column(rows, "shift_degree", "transformer", 0.0),
        tap_on_hv=np.array([row.get("tap_side") != "lv" for row in rows], dtype=np.bool_),
        tap_neutral=_whole(rows, "tap_neutral", "transformer", 0),
        tap_min=_whole(rows, "tap_min", "transformer", 0),
        tap_max=_whole(rows, "tap_max", "transformer", 0),
        tap_position=np.array(
            [int(_number(row, "tap_pos", "transformer", _number(row, "tap_neutral", "transformer", 0))) for row in rows], dtype=np.int64
        ),
        tap_step_percent=_column(rows, "tap_step_percent", "transformer", 0.0),
        parallel=_whole(rows, "parallel", "transformer", 1),
        in_service=_flags(rows),
    )


def _switches(rows: list[Row], position: dict[int, int], lines: list[Row], transformers: list[Row]) -> Switches:
    known = {
        "b": position,
        "l": {row["id"]: at for at, row in enumerate(lines)},
        "t": {row["id"]: at for at, row in enumerate(transformers)},
    }
    for row in rows:
        if row["et"] not in known or row["element"] not in known[row["et"]]:
            raise UnreadableNetwork(
                N_("The switch %(id)s acts on %(kind)s %(element)s, which does not exist."),
                id=row["id"],
                kind=row["et"],
                element=str(row["element"]),
            )
        if _number(row, "z_ohm", "switch", 0.0) > 0:
            raise UnreadableNetwork(N_("The switch %(id)s has an impedance, which is not supported. Model it as a line."), id=row["id"])
    return Switches(
        id=_ids(rows),
        name=_names(rows, "switch"),
        kind=tuple(SWITCH_KINDS[row["et"]] for row in rows),
        bus=_at(rows, "bus", position, "switch"),
        element=np.array([known[row["et"]][row["element"]] for row in rows], dtype=np.int64),
        closed=_flags(rows, "closed"),
    )


def _loads(rows: list[Row], position: dict[int, int]) -> Loads:
    for row in rows:
        for share in (
            "const_z_p_percent",
            "const_z_q_percent",
            "const_i_p_percent",
            "const_i_q_percent",
            "const_z_percent",
            "const_i_percent",
        ):
            if _number(row, share, "load", 0.0) != 0:
                raise UnreadableNetwork(
                    N_("The load %(id)s depends on voltage (%(share)s), which is not supported. Set it to 0."), id=row["id"], share=share
                )
    scaling = _column(rows, "scaling", "load", 1.0)
    return Loads(
        id=_ids(rows),
        name=_names(rows, "load"),
        bus=_at(rows, "bus", position, "load"),
        p_kw=_column(rows, "p_mw", "load") * 1000 * scaling,
        q_kvar=_column(rows, "q_mvar", "load", 0.0) * 1000 * scaling,
        profile=np.full(len(rows), -1, dtype=np.int64),
        customer_class=tuple(_class(row) for row in rows),
        in_service=_flags(rows),
    )


def _class(row: Row) -> str:
    profile = str(row.get("profile") or "")
    return CLASSES.get(str(row.get("type")), SIMBENCH_CLASSES.get(profile[:1], ""))


def _generators(rows: list[Row], position: dict[int, int]) -> Generators:
    scaling = _column(rows, "scaling", "generator", 1.0)
    return Generators(
        id=_ids(rows),
        name=_names(rows, "generator"),
        bus=_at(rows, "bus", position, "generator"),
        p_kw=_column(rows, "p_mw", "generator") * 1000 * scaling,
        q_kvar=_column(rows, "q_mvar", "generator", 0.0) * 1000 * scaling,
        profile=np.full(len(rows), -1, dtype=np.int64),
        in_service=_flags(rows),
    )


def _shunts(rows: list[Row], position: dict[int, int]) -> Shunts:
    steps = _column(rows, "step", "shunt", 1.0)
    return Shunts(
        id=_ids(rows),
        name=_names(rows, "shunt"),
        bus=_at(rows, "bus", position, "shunt"),
        p_kw=_column(rows, "p_mw", "shunt", 0.0) * 1000 * steps,
        q_kvar=_column(rows, "q_mvar", "shunt", 0.0) * 1000 * steps,
        in_service=_flags(rows),
    )


def _sources(rows: list[Row], position: dict[int, int]) -> Sources:
    return Sources(
        id=_ids(rows),
        name=_names(rows, "source"),
        bus=_at(rows, "bus", position, "source"),
        voltage_pu=_column(rows, "vm_pu", "source"),
        angle_degree=_column(rows, "va_degree", "source", 0.0),
        in_service=_flags(rows),
    )
