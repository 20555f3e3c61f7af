"""
A network as a GeoPackage, as geographic information systems open and edit it: one layer for each kind of element, WGS84.

The only file that imports pyogrio. Bus columns hold the buses' identifiers. Lines whose course is unknown are drawn straight between
their buses (``drawn`` is false); what stands at a bus of unknown place has no geometry. Profiles stay behind.
"""

import math
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork
from tongdian.engines.grid._values import (
    Bools,
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
    Table,
    Transformers,
)
from tongdian.kit.refused import N_

CRS, WGS84 = "EPSG:4326", ("EPSG:4326", "OGC:CRS84")
VERSION = 1
LAYERS: Mapping[str, tuple[type[Table], str]] = {
    "buses": (Buses, "bus"),
    "lines": (Lines, "line"),
    "transformers": (Transformers, "transformer"),
    "switches": (Switches, "switch"),
    "loads": (Loads, "load"),
    "generators": (Generators, "generator"),
    "shunts": (Shunts, "shunt"),
    "sources": (Sources, "source"),
}
NETWORK = "network"
PLACED = ("lon", "lat", "path", "profile")  # told by the geometry, or left behind

Columns = dict[str, "np.ndarray[Any, Any]"]


def write_geopackage(network: Network, path: Path) -> None:
    """
    Write a network as a GeoPackage, whole or not at all.
    """
    from pyogrio import raw

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        beside = Path(folder) / "network.gpkg"
        told = {
            "version": np.array([VERSION]),
            "frequency_hz": np.array([network.frequency_hz]),
            "source": np.array([network.source], dtype=object),
            "fingerprint": np.array([network.fingerprint()], dtype=object),
        }
        names = list(told)
        raw.write(str(beside), None, list(told.values()), names, layer=NETWORK, driver="GPKG", geometry_type=None)
        for name in LAYERS:
            columns, shapes, kind = _columns(network, name), _shapes(network, name), "LineString" if name == "lines" else "Point"
            raw.write(
                str(beside),
                shapes,
                list(columns.values()),
                list(columns),
                layer=name,
                driver="GPKG",
                geometry_type=kind,
                crs=CRS,
                append=True,
            )
        beside.replace(path)


def read_geopackage(content: bytes, *, source: str = "") -> Network:
    """
    Read a GeoPackage with the layers that :func:`write_geopackage` writes; courses and places may have been edited.

    :raises UnreadableNetwork: if a layer or column is missing, a value cannot be used, or the coordinates are not WGS84
    """
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.gpkg"
            path.write_bytes(content)
            layers = {name: _layer(path, name, kind) for name, (_, kind) in LAYERS.items()}
            told = _layer(path, NETWORK, NETWORK)[0]
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise UnreadableNetwork(N_("The GeoPackage is no network: %(reason)s."), reason=str(error)) from error
    buses, _ = layers["buses"]
    if not len(buses):
        raise UnreadableNetwork(N_("The document has no buses."))
    buses.identifiers()
    position = {one: at for at, one in enumerate(buses.ids)}
    places = {"line": _positions(layers["lines"][0]), "transformer": _positions(layers["transformers"][0]), "bus": position}
    tables: dict[str, Any] = {}
    for name, (kind, _) in LAYERS.items():
        rows, shapes = layers[name]
        tables[name] = _table(kind, rows, shapes, position, places)
    frequency = told.numbers("frequency_hz", 50.0)
    return Network(
        **tables,
        frequency_hz=float(frequency[0]) if len(frequency) else 50.0,
        source=source or (told.words("source")[0] if len(told) else ""),
    )


def _columns(network: Network, name: str) -> Columns:
    table = getattr(network, name)
    owners = {"bus": network.buses.id, "line": network.lines.id, "transformer": network.transformers.id}
    columns: Columns = {}
    for one in fields(table):
        column = getattr(table, one.name)
        if one.name in PLACED:
            continue
        if one.name == "bus" or one.name.endswith("_bus"):
            column = network.buses.id[column]
        elif one.name == "element":
            column = np.array([owners[kind][at] for kind, at in zip(table.kind, column, strict=True)], dtype=np.int64)
        elif isinstance(column, tuple):
            column = np.array(column, dtype=object)
        elif column.dtype.kind == "f":
            column = np.where(np.isfinite(column), column, np.nan)  # unlimited is empty
        columns["number" if one.name == "id" else one.name] = column  # a GeoPackage keeps "fid"; "id" confuses some programs
    if name == "lines":
        columns["drawn"] = np.array([path is not None for path in table.path], dtype=np.bool_)
    return columns


def _shapes(network: Network, name: str) -> "np.ndarray[Any, Any]":
    import shapely

    table, buses = getattr(network, name), network.buses
    if name == "lines":
        courses = [
            path if path is not None else np.array([[buses.lon[one], buses.lat[one]], [buses.lon[other], buses.lat[other]]])
            for path, one, other in zip(table.path, table.from_bus, table.to_bus, strict=True)
        ]
        shapes = [shapely.to_wkb(shapely.LineString(course)) if np.isfinite(course).all() else None for course in courses]
    else:
        at = np.arange(len(buses)) if name == "buses" else table.lv_bus if name == "transformers" else table.bus
        shapes = [
            shapely.to_wkb(shapely.Point(lon, lat)) if math.isfinite(lon) and math.isfinite(lat) else None
            for lon, lat in zip(buses.lon[at], buses.lat[at], strict=True)
        ]
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    return held


def _layer(path: Path, name: str, kind: str) -> tuple[Frame, list[Any]]:
    """
    Return a layer's columns and its geometries as coordinates, None where there is none.
    """
    import shapely
    from pyogrio import raw

    meta, _, geometry, columns = raw.read(str(path), layer=name)
    if geometry is not None and meta["crs"] not in WGS84:
        raise UnreadableNetwork(N_("The layer “%(layer)s” is not in WGS84 (EPSG:4326) but in %(crs)s."), layer=name, crs=str(meta["crs"]))
    held = {str(field): [_plain(cell) for cell in column.tolist()] for field, column in zip(meta["fields"], columns, strict=True)}
    shapes = [] if geometry is None else [None if cell is None else shapely.from_wkb(cell) for cell in geometry]
    if name != NETWORK and "number" not in held:
        raise UnreadableNetwork(N_("The layer “%(layer)s” lacks the column “%(column)s”."), layer=name, column="number")
    return Frame(kind=kind, ids=held.get("number", [0] * len(next(iter(held.values()), []))), columns=held), shapes


def _plain(cell: Any) -> Any:  # noqa: ANN401 - a number, a flag or a word
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _positions(rows: Frame) -> dict[Any, int]:
    return {one: at for at, one in enumerate(rows.ids)}


def _table(
    kind: type[Table], rows: Frame, shapes: list[Any], position: Mapping[Any, int], places: Mapping[str, Mapping[Any, int]]
) -> Table:
    """
    Return one table out of a layer, column by column after the type of each.
    """
    columns: dict[str, Any] = {}
    for one in fields(kind):
        column = _placed(one.name, rows, shapes)
        if column is not None:
            columns[one.name] = column
            continue
        if one.name != "id" and not rows.has(one.name) and "fill" not in one.metadata:
            raise UnreadableNetwork(N_("The layer “%(layer)s” lacks the column “%(column)s”."), layer=rows.kind, column=one.name)
        columns[one.name] = _column(one.name, one.type, rows, position, places)
    return kind(**columns)


def _column(name: str, kind: Any, rows: Frame, position: Mapping[Any, int], places: Mapping[str, Mapping[Any, int]]) -> Any:  # noqa: ANN401, PLR0911 - one line for each kind
    if name == "id":
        return rows.identifiers()
    if name == "name":
        return rows.names()
    if name == "bus" or name.endswith("_bus"):
        return rows.places(name, position)
    if name == "element":
        return _elements(rows, places)
    if kind == Names:
        return rows.words(name, "ABC" if name == "phases" else "")
    if kind == Bools:
        return rows.flags(name)
    if kind == Ints:
        return rows.whole(name)
    if name == "rated_a":
        return rows.numbers(name, math.inf)
    return rows.numbers(name, math.nan if name.startswith(("r0_", "x0_", "c0_", "winter_")) else None)


def _elements(rows: Frame, places: Mapping[str, Mapping[Any, int]]) -> "np.ndarray[Any, Any]":
    found = []
    for at, (kind, element) in enumerate(zip(rows.words("kind"), rows.cells("element"), strict=True)):
        if kind not in places or element not in places[kind]:
            raise UnreadableNetwork(
                N_("The switch %(id)s acts on %(kind)s %(element)s, which does not exist."),
                id=str(rows.ids[at]),
                kind=kind,
                element=str(element),
            )
        found.append(places[kind][element])
    return np.array(found, dtype=np.int64)


def _placed(name: str, rows: Frame, shapes: list[Any]) -> Any:  # noqa: ANN401 - an array or courses
    """
    Return a column that the geometry tells, None if the column is none of those.
    """
    if name in ("lon", "lat"):
        return np.array([math.nan if shape is None else float(shape.x if name == "lon" else shape.y) for shape in shapes])
    if name == "profile":
        return np.full(len(rows), -1, dtype=np.int64)
    if name != "path":
        return None
    drawn = rows.flags("drawn", default=True)
    return tuple(_course(shape, drawn=bool(flag)) for shape, flag in zip(shapes, drawn, strict=True))


def _course(shape: Any, *, drawn: bool) -> Floats | None:  # noqa: ANN401 - a geometry
    import shapely

    if shape is None:
        return None
    points: Floats = shapely.get_coordinates(shape)
    return points if drawn or len(points) > 2 else None  # noqa: PLR2004 - a straight line between buses says nothing
