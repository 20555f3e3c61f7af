"""
Streets as ways for a cable, and what lies across them: read from GeoJSON, OpenStreetMap's XML (also gzipped) or rows of a GeoPackage.

Coordinates are WGS84 degrees; a GeoPackage in Web Mercator (EPSG:3857) is turned back: λ = x / R, φ = 2 atan(exp(y / R)) − π / 2.
"""

import gzip
import json
import math
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid import Floats
from tongdian.engines.supply._values import Application
from tongdian.kit.refused import N_, Refused

WGS84, WEB_MERCATOR, MERCATOR_M = 4326, 3857, 6_378_137.0
BARRIERS = {("railway", "rail"): "rail", ("waterway", "river"): "water", ("waterway", "canal"): "water", ("waterway", "riverbank"): "water"}
NO_STREETS = {"proposed", "construction", "raceway", "bus_stop", "platform", "crossing", "corridor", "elevator"}
LINE, MULTI_LINE = 2, 5
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}  # bytes of a GeoPackage's envelope by its code
GZIP, SQLITE = b"\x1f\x8b", b"SQLite format 3"


class UnreadableStreets(Refused):
    """
    The streets cannot be read, or hold none.
    """


class UnknownStreet(Refused):
    """
    An application names a street that the streets do not have.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """
    One street or corridor: its kind (OpenStreetMap's ``highway``, or ``overhead``, ``wall``, ``duct``), and its course [points, 2] of
    lon, lat.
    """

    name: str
    kind: str
    path: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """
    What a cable crosses only with special works: ``rail`` or ``water``.
    """

    kind: str
    path: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """
    Streets and barriers of an area. ``source`` is shown with its licence.
    """

    streets: tuple[Street, ...]
    barriers: tuple[Barrier, ...] = ()
    source: str = ""


def check_street(application: Application, streets: Streets | None) -> None:
    """
    Refuse an application at a street that is not among the streets given, also where none are given.

    :raises UnknownStreet: naming the street
    """
    values = {"reference": application.reference, "street": application.street}
    if application.street and streets is None:
        text = N_("%(reference)s names the street “%(street)s”, but no streets are given here. Give streets that hold it, or leave it out.")
        raise UnknownStreet(text, **values)
    if streets is not None and application.street and application.street not in {known.name for known in streets.streets}:
        text = N_("%(reference)s: the streets have no “%(street)s”. Correct the name or give streets that hold it.")
        raise UnknownStreet(text, **values)


def read_streets(document: bytes, *, source: str = "") -> Streets:
    """
    Return the streets of a GeoJSON or OpenStreetMap document, gzipped or not.

    :raises UnreadableStreets: for anything else, or where no street is found
    """
    try:
        text = gzip.decompress(document) if document.startswith(GZIP) else document
        if text.startswith(SQLITE):
            raise UnreadableStreets(N_("This is a GeoPackage: its rows are read by the command, not by the engine."))
        rows = list(_osm_rows(text) if text.lstrip()[:1] == b"<" else _geojson_rows(text))
    except (ValueError, OSError, EOFError, ET.ParseError, LookupError, TypeError, AttributeError) as error:
        reason = str(error) or type(error).__name__
        raise UnreadableStreets(N_("The streets cannot be read: %(reason)s. Give GeoJSON or OSM XML."), reason=reason) from error
    return from_rows(rows, source=source)


def from_rows(rows: Iterable[tuple[Mapping[str, Any], Floats]], *, source: str = "") -> Streets:
    """
    Return the streets of rows of attributes and courses [points, 2] in degrees. Attributes are OpenStreetMap's tags, or ``kind`` and
    ``name``.

    :raises UnreadableStreets: if no row is a street
    """
    streets, barriers = [], []
    for tags, path in rows:
        if len(path) < 2:  # noqa: PLR2004 - a course has two ends
            continue
        barrier = next((kind for (key, value), kind in BARRIERS.items() if tags.get(key) == value), tags.get("barrier_kind") or "")
        kind = str(tags.get("highway") or tags.get("kind") or "")
        if kind in {"rail", "water"}:
            barrier = kind
        if barrier:
            barriers.append(Barrier(kind=str(barrier), path=path))
        elif kind not in NO_STREETS and (kind or not any(key in tags for key in ("railway", "waterway", "building", "landuse"))):
            streets.append(Street(name=str(tags.get("name") or ""), kind=kind or "road", path=path))
    if not streets:
        raise UnreadableStreets(N_("No street was found. Give lines with a “highway” or “kind”."))
    return Streets(streets=tuple(streets), barriers=tuple(barriers), source=source)


def read_geopackage_geometry(blob: bytes, epsg: int) -> tuple[Floats, ...]:
    """
    Return the lines of a GeoPackage geometry (header and WKB, little or big endian) in degrees.

    :raises UnreadableStreets: for another reference system than EPSG:4326 or 3857, or another geometry than lines
    """
    if epsg not in {WGS84, WEB_MERCATOR}:
        raise UnreadableStreets(N_("EPSG:%(epsg)s is not read. Save the streets in EPSG:4326."), epsg=epsg)
    start = 8 + ENVELOPES.get((blob[3] >> 1) & 7, 0) if blob[:2] == b"GP" else 0
    lines = tuple(_wkb_lines(blob, start)[0])
    if epsg == WGS84:
        return lines
    return tuple(
        np.column_stack([np.degrees(line[:, 0] / MERCATOR_M), np.degrees(2 * np.arctan(np.exp(line[:, 1] / MERCATOR_M)) - math.pi / 2)])
        for line in lines
    )


def _wkb_lines(blob: bytes, at: int) -> tuple[list[Floats], int]:
    order = "<" if blob[at] else ">"
    code, count = struct.unpack_from(f"{order}II", blob, at + 1)
    kind, width = code % 1000, 3 if code // 1000 in {1, 2} else 4 if code // 1000 == 3 else 2  # noqa: PLR2004 - ISO WKB: Z, M, ZM
    at += 9
    if kind == LINE:
        values = np.frombuffer(blob, dtype=f"{order}f8", count=count * width, offset=at).reshape(count, width)
        return [values[:, :2].astype(np.float64)], at + 8 * count * width
    if kind != MULTI_LINE:
        raise UnreadableStreets(N_("A geometry of the streets is no line (WKB type %(kind)s). Give lines only."), kind=kind)
    found: list[Floats] = []
    for _ in range(count):
        lines, at = _wkb_lines(blob, at)
        found += lines
    return found, at


def _geojson_rows(text: bytes) -> Iterator[tuple[Mapping[str, Any], Floats]]:
    document = json.loads(text)
    for feature in document["features"]:
        geometry = feature.get("geometry") or {}
        found = geometry.get("coordinates") or []
        lines = [found] if geometry.get("type") == "LineString" else found if geometry.get("type") == "MultiLineString" else []
        for line in lines:
            yield feature.get("properties") or {}, np.array([place[:2] for place in line], dtype=np.float64).reshape(-1, 2)


def _osm_rows(text: bytes) -> Iterator[tuple[Mapping[str, Any], Floats]]:
    if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
        raise UnreadableStreets(N_("The streets' XML defines entities. Give a plain OSM document."))
    root = ET.fromstring(text)  # noqa: S314 - see above
    places = {node.get("id"): (float(node.get("lon", "nan")), float(node.get("lat", "nan"))) for node in root.iter("node")}
    for way in root.iter("way"):
        tags = {tag.get("k", ""): tag.get("v", "") for tag in way.iter("tag")}
        path = [places[ref] for nd in way.iter("nd") if (ref := nd.get("ref")) in places]
        if "highway" in tags or "railway" in tags or "waterway" in tags:
            yield tags, np.array(path, dtype=np.float64).reshape(-1, 2)
