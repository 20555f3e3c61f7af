"""
The streets of `tongdian plan`: GeoJSON, OpenStreetMap's XML, or the line layers of a GeoPackage.
"""

import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongdian.interfaces.commands import _plan_input as given
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.grid import Floats
    from tongdian.engines.supply import Streets

SQLITE = b"SQLite format 3"
LAYERS = """
    SELECT columns.table_name, columns.column_name, systems.organization_coordsys_id
    FROM gpkg_geometry_columns AS columns JOIN gpkg_spatial_ref_sys AS systems ON systems.srs_id = columns.srs_id
    WHERE upper(columns.geometry_type_name) IN ('LINESTRING', 'MULTILINESTRING', 'GEOMETRY', 'CURVE', 'MULTICURVE')
"""


def read_streets(path: Path) -> "Streets":
    """
    Return the streets of a file.

    :raises Refused: if it cannot be read or holds none; the text says what to give
    """
    from tongdian.engines import supply

    content = given.read_bytes(path)
    if not content.startswith(SQLITE):
        return supply.read_streets(content, source=path.name)
    try:
        return supply.from_rows(_geopackage_rows(path), source=path.name)
    except (sqlite3.DatabaseError, struct.error, IndexError, ValueError) as error:
        raise given.UnreadableFile(N_("%(file)s cannot be read: %(reason)s."), file=path.name, reason=str(error)) from error


def _geopackage_rows(path: Path) -> "Iterator[tuple[Mapping[str, Any], Floats]]":
    from tongdian.engines import supply

    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
        base.row_factory = sqlite3.Row
        for table, column, epsg in base.execute(LAYERS).fetchall():
            quoted = table.replace('"', '""')
            for row in base.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - a name of the file's own table, quoted
                tags = {name: row[name] for name in row.keys() if name != column}  # noqa: SIM118 - a row iterates over its values
                for line in supply.read_geopackage_geometry(row[column], epsg) if row[column] else ():
                    yield tags, line
