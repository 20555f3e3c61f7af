"""
Reading the filled workbook of a utility without any model: every fault is named by sheet and row.
"""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork
from tongdian.engines.grid._formats.workbook import NOTE, SHEETS, Column
from tongdian.engines.grid._values import (
    ALL_PHASES,
    Buses,
    Floats,
    Generators,
    Ints,
    Lines,
    Loads,
    Names,
    Network,
    Shunts,
    Sources,
    Switches,
    Transformers,
)
from tongdian.kit.refused import N_
from tongdian.kit.tables import read_table

CABLES, STATIONS = ("cables.csv", "cables_medium.csv"), "equipment_transformers.csv"
WORDS = frozenset(
    {"name", "bus", "from_bus", "to_bus", "hv_bus", "lv_bus", "type", "vector_group", "class", "phases", "profile", "line",
     "transformer", "in_service", "closed"}
)  # fmt: skip
CLASSES = frozenset({"", "household", "commerce", "industry", "heat_pump", "charging", "agriculture"})
TYPICAL_KV = {"rated_hv_kv": 10.0, "rated_lv_kv": 0.4}
DEGREES_PER_HOUR = 30.0
STATION_COLUMNS: Mapping[str, Callable[[Mapping[str, str]], float]] = {
    "rated_kva": lambda row: float(row["rated_kva"]),
    "vk_percent": lambda row: float(row["vk_percent"]),
    "load_loss_kw": lambda row: float(row["load_w"]) / 1000,
    "iron_loss_kw": lambda row: float(row["no_load_w"]) / 1000,
    "no_load_percent": lambda row: float(row["no_load_percent"]),
}
CABLE_COLUMNS: Mapping[str, Callable[[Mapping[str, str]], float]] = {
    "r_ohm_per_km": lambda row: float(row["r20_ohm_per_km"]),
    "x_ohm_per_km": lambda row: float(row["x_ohm_per_km"]),
    "rated_a": lambda row: float(row["ampacity_buried_a"] or math.nan),
}


def read_workbook(content: bytes, *, source: str = "") -> Network:
    """
    Read a filled workbook (xlsx, xls or ods) as a network; identifiers are the row numbers.

    A known cable type fills in resistance (at 20 °C), reactance and the rating of burial; a known transformer type its nameplate.

    :raises UnreadableNetwork: with the sheet and row of the first fault
    """
    sheets = _sheets(content)
    buses, sources, shunts = sheets["buses"], sheets["sources"], sheets["shunts"]
    if not len(buses):
        raise UnreadableNetwork(N_("The sheet “%(sheet)s” has no rows."), sheet=SHEETS["buses"][0])
    position = _by_name(buses)
    return Network(
        buses=Buses(
            id=buses.identifiers(),
            name=buses.names(),
            nominal_kv=buses.numbers("nominal_kv"),
            lon=buses.numbers("lon", math.nan),
            lat=buses.numbers("lat", math.nan),
            in_service=buses.flags("in_service"),
        ),
        lines=_lines(sheets["lines"], position),
        transformers=_transformers(sheets["transformers"], position),
        switches=_switches(sheets["switches"], position, sheets["lines"], sheets["transformers"]),
        loads=Loads(customer_class=_classes(sheets["loads"]), **_powers(sheets["loads"], position)),
        generators=Generators(**_powers(sheets["generators"], position)),
        shunts=Shunts(
            id=shunts.identifiers(),
            name=shunts.names(),
            bus=shunts.places("bus", position),
            p_kw=shunts.numbers("p_kw", 0.0),
            q_kvar=shunts.numbers("q_kvar"),
            in_service=shunts.flags("in_service"),
        ),
        sources=Sources(
            id=sources.identifiers(),
            name=sources.names(),
            bus=sources.places("bus", position),
            voltage_pu=sources.numbers("voltage_pu"),
            angle_degree=np.zeros(len(sources)),
            in_service=sources.flags("in_service"),
        ),
        source=source,
    )


def _sheets(content: bytes) -> dict[str, Frame]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = {
            title.split()[-1].lower(): book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            for title in book.sheet_names
            if title.strip()
        }
    except (CalamineError, ValueError, OSError, KeyError) as error:
        raise UnreadableNetwork(N_("The workbook cannot be read: %(reason)s."), reason=str(error)) from error
    if "buses" not in rows:
        raise UnreadableNetwork(N_("The workbook has no sheet “%(sheet)s”. Begin with: tongdian grid template"), sheet=SHEETS["buses"][0])
    return {name: _frame(title, columns, rows.get(name, [])) for name, (title, columns) in SHEETS.items()}


def _frame(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Frame:
    heading = [_column_of(str(cell), columns, title) for cell in rows[0]] if rows else []
    for column in columns if rows else ():
        if column.needed and column.name not in heading:
            raise UnreadableNetwork(N_("The sheet “%(sheet)s” lacks the column “%(column)s”."), sheet=title, column=column.heading)
    kept = [
        (number, row)
        for number, row in enumerate(rows[1:], start=2)
        if any(str(cell).strip() for cell in row) and not str(row[0]).strip().startswith(NOTE)
    ]
    cells = {name: [_cell(row[at], name) for _, row in kept] for at, name in enumerate(heading) if name}
    for column in columns:
        for (number, _), cell in zip(kept, cells.get(column.name, ()), strict=False):
            if column.needed and cell is None:
                raise UnreadableNetwork(
                    N_("Sheet “%(sheet)s”, row %(row)s: “%(column)s” is empty."), sheet=title, row=number, column=column.heading
                )
    return Frame(kind=f"{title}, row", ids=[number for number, _ in kept], columns=cells)


def _column_of(heading: str, columns: Sequence[Column], title: str) -> str:
    """
    Return the name of a column by its heading, as the template writes it or in one language; empty headings and notes have none.
    """
    text = " ".join(heading.split())
    for column in columns:
        if text in (column.heading, column.heading.removesuffix(" *"), column.name, column.chinese):
            return column.name
    if not text or text.startswith(NOTE):
        return ""
    raise UnreadableNetwork(N_("The sheet “%(sheet)s” has an unknown column “%(column)s”."), sheet=title, column=text)


def _cell(cell: Any, column: str) -> Any:  # noqa: ANN401 - whatever a cell holds
    """
    Return a cell as word or number, None where it is empty; a number written as text is one.
    """
    if column in WORDS:
        if isinstance(cell, float) and cell == int(cell):
            cell = int(cell)
        return str(cell).strip() or None
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _by_name(rows: Frame) -> dict[Any, int]:
    position: dict[Any, int] = {}
    for at, name in enumerate(rows.cells("name")):
        if position.setdefault(name, at) != at:
            raise UnreadableNetwork(
                N_("%(sheet)s %(row)s: the name “%(name)s” stands in row %(other)s already."),
                sheet=rows.kind,
                row=rows.ids[at],
                name=name,
                other=rows.ids[position[name]],
            )
    return position


def _filled(rows: Frame, name: str, tables: Sequence[str], columns: Mapping[str, Callable[[Mapping[str, str]], float]]) -> Floats:
    """
    Return a column, its empty cells filled from the shipped tables by the row's type; NaN where neither says.

    :raises UnreadableNetwork: if a type is in no table and the cell is empty
    """
    values = rows.numbers(name, math.nan)
    known = {row["code"]: row for table in tables for row in read_table(table)}
    for at in np.flatnonzero(np.isnan(values)):
        kind = rows.cells("type")[int(at)]
        if kind in known and name in columns:
            values[at] = columns[name](known[kind])
    return values


def _demanded(rows: Frame, name: str, values: Floats) -> Floats:
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        raise UnreadableNetwork(
            N_("%(sheet)s %(row)s: “%(column)s” is empty, and the type “%(type)s” is in no table that could fill it in."),
            sheet=rows.kind,
            row=rows.ids[int(missing[0])],
            column=name,
            type=str(rows.cells("type")[int(missing[0])] or ""),
        )
    return values


def _lines(rows: Frame, position: Mapping[Any, int]) -> Lines:
    def column(name: str) -> Floats:
        return _filled(rows, name, CABLES, CABLE_COLUMNS)

    rated = column("rated_a")
    return Lines(
        id=rows.identifiers(),
        name=rows.names(),
        type_name=rows.words("type"),
        from_bus=rows.places("from_bus", position),
        to_bus=rows.places("to_bus", position),
        length_m=rows.numbers("length_m"),
        r_ohm_per_km=_demanded(rows, "r_ohm_per_km", column("r_ohm_per_km")),
        x_ohm_per_km=_demanded(rows, "x_ohm_per_km", column("x_ohm_per_km")),
        c_nf_per_km=rows.numbers("c_nf_per_km", 0.0),
        g_us_per_km=np.zeros(len(rows)),
        rated_a=np.where(np.isnan(rated), np.inf, rated),
        derating=np.ones(len(rows)),
        parallel=rows.whole("parallel", 1),
        in_service=rows.flags("in_service"),
        path=(None,) * len(rows),
        phases=_phases(rows),
        winter_rated_a=rows.numbers("winter_rated_a", math.nan),
    )


def _transformers(rows: Frame, position: Mapping[Any, int]) -> Transformers:
    def column(name: str) -> Floats:
        return _demanded(rows, name, _filled(rows, name, (STATIONS,), STATION_COLUMNS))

    groups = rows.words("vector_group")
    hours = [group.lstrip("YyDdZzNn") for group in groups]
    for at, hour in enumerate(hours):
        if groups[at] and not hour.isdecimal():
            raise rows.unusable("vector_group", at)
    rated = column("rated_kva")
    with np.errstate(divide="ignore", invalid="ignore"):
        resistive = np.nan_to_num(column("load_loss_kw") / rated * 100)
    taps = rows.whole("tap_position", 0)
    return Transformers(
        id=rows.identifiers(),
        name=rows.names(),
        type_name=rows.words("type"),
        hv_bus=rows.places("hv_bus", position),
        lv_bus=rows.places("lv_bus", position),
        rated_kva=rated,
        rated_hv_kv=rows.numbers("rated_hv_kv", TYPICAL_KV["rated_hv_kv"]),
        rated_lv_kv=rows.numbers("rated_lv_kv", TYPICAL_KV["rated_lv_kv"]),
        vk_percent=column("vk_percent"),
        vkr_percent=resistive,
        iron_loss_kw=column("iron_loss_kw"),
        no_load_percent=column("no_load_percent"),
        shift_degree=np.array([DEGREES_PER_HOUR * int(hour or 0) for hour in hours], dtype=np.float64),
        tap_on_hv=np.ones(len(rows), dtype=np.bool_),
        tap_neutral=np.zeros(len(rows), dtype=np.int64),
        tap_min=np.zeros(len(rows), dtype=np.int64),
        tap_max=np.zeros(len(rows), dtype=np.int64),
        tap_position=taps,
        tap_step_percent=rows.numbers("tap_step_percent", 2.5),
        parallel=rows.whole("parallel", 1),
        in_service=rows.flags("in_service"),
        vector_group=groups,
    )


def _switches(rows: Frame, position: Mapping[Any, int], lines: Frame, transformers: Frame) -> Switches:
    known = {"to_bus": ("bus", position), "line": ("line", _by_name(lines)), "transformer": ("transformer", _by_name(transformers))}
    kinds, elements = [], []
    for at in range(len(rows)):
        given = [column for column in known if rows.cells(column)[at] is not None]
        if len(given) != 1 or rows.cells(given[0])[at] not in known[given[0]][1]:
            raise UnreadableNetwork(
                N_("%(sheet)s %(row)s: name exactly one bus, line or transformer of this workbook that the switch acts on."),
                sheet=rows.kind,
                row=rows.ids[at],
            )
        kinds.append(known[given[0]][0])
        elements.append(known[given[0]][1][rows.cells(given[0])[at]])
    bus = rows.places("bus", position)
    element: Ints = np.array(elements, dtype=np.int64)
    ends = {"line": ("from_bus", "to_bus", lines), "transformer": ("hv_bus", "lv_bus", transformers)}
    for at, kind in enumerate(kinds):
        if kind in ends:
            one, other, table = ends[kind]
            if rows.cells("bus")[at] not in (table.cells(one)[element[at]], table.cells(other)[element[at]]):
                raise rows.unusable("bus", at)
    return Switches(id=rows.identifiers(), name=rows.names(), kind=tuple(kinds), bus=bus, element=element, closed=rows.flags("closed"))


def _powers(rows: Frame, position: Mapping[Any, int]) -> dict[str, Any]:
    return {
        "id": rows.identifiers(),
        "name": rows.names(),
        "bus": rows.places("bus", position),
        "p_kw": rows.numbers("p_kw"),
        "q_kvar": rows.numbers("q_kvar", 0.0),
        "profile": np.full(len(rows), -1, dtype=np.int64),
        "in_service": rows.flags("in_service"),
        "phases": _phases(rows),
        "profile_name": rows.words("profile"),
    }


def _phases(rows: Frame) -> Names:
    found = []
    for at, text in enumerate(rows.words("phases")):
        phases = "".join(sorted(set(text.upper()))) if text else ALL_PHASES
        if not set(phases) <= set(ALL_PHASES) or len(phases) != len(text or ALL_PHASES):
            raise rows.unusable("phases", at)
        found.append(phases)
    return tuple(found)


def _classes(rows: Frame) -> Names:
    classes = rows.words("class")
    for at, name in enumerate(classes):
        if name not in CLASSES:
            raise rows.unusable("class", at)
    return classes
