"""
CIM files (CGMES 2.4.15 and 3.0) in and out, as tables. The only file that imports pypowsybl, which is installed by those who need it.
"""

import io
import logging
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork, UnwritableNetwork
from tongdian.kit.refused import N_, Refused

INSTALL = "pip install pypowsybl"
# every connectivity node is a bus, and every switch is kept
READING = {"iidm.import.cgmes.import-node-breaker-as-bus-breaker": "true"}
VERSIONS = {"2.4.15": "16", "3.0": "100"}
BASE = "network"
CIM = re.compile(rb"http://iec\.ch/TC57/(2013/CIM-schema-cim16|CIM100|2016/CIM-schema-cim17)#")
CGMES = re.compile(rb"profile>\s*http://(entsoe\.eu/CIM/|iec\.ch/TC57/ns/CIM/\w+-EU/)")
XML_HEAD = 4000
Columns = Mapping[str, Any]
MOST_BYTES = 2_000_000_000  # of all profiles unpacked
# tables that are read -> the library's name, the column of identifiers
TABLES = {
    "bus": ("bus_breaker_view_buses", "id"),
    "voltage level": ("voltage_levels", "id"),
    "line": ("lines", "id"),
    "transformer": ("2_windings_transformers", "id"),
    "tap changer": ("ratio_tap_changers", "id"),
    "tap": ("ratio_tap_changer_steps", "id"),
    "switch": ("switches", "id"),
    "load": ("loads", "id"),
    "generator": ("generators", "id"),
    "shunt": ("shunt_compensators", "id"),
    "limit": ("loading_limits", "element_id"),
}
REFUSED = {
    "three-winding transformer": "3_windings_transformers",
    "phase tap changer": "phase_tap_changers",
    "battery": "batteries",
    "static var compensator": "static_var_compensators",
    "line across a boundary": "boundary_lines",
    "tie line": "tie_lines",
    "direct current line": "hvdc_lines",
    "converter station": "vsc_converter_stations",
    "line-commutated converter station": "lcc_converter_stations",
    "direct current node": "dc_nodes",
}


class NoCimLibrary(Refused):
    """
    The library that reads and writes CIM is not installed.
    """


def is_cim(head: bytes) -> bool:
    """
    Whether a document begins as a profile of CIM does.
    """
    return CIM.search(head[:XML_HEAD].replace(b"\0", b"")) is not None  # UTF-16 as well


def is_cgmes(content: bytes) -> bool:
    """
    Whether a profile, or one of an archive that :func:`gather_cim` made, says that it is one of CGMES.
    """
    return CGMES.search(content) is not None


def gather_cim(document: Path | bytes, own_name: str = "") -> bytes | None:
    """
    Return one archive of all profiles of CIM in a folder, an archive (also of archives) or a file; None if there are none.

    :param own_name: of the file whose content is given
    :raises UnreadableNetwork: if an archive is damaged, or unpacks to more than is reasonable
    """
    profiles = {name: content for name, content in members(own_name, document) if is_cim(content)}
    if not profiles:
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(profiles.items()):
            archive.writestr(name.replace("/", "_"), content)
    return packed.getvalue()


def load_cim(archive: bytes) -> dict[str, Frame]:
    """
    Return the tables of a model, in MW, Mvar, kV, ohm and siemens.

    :raises NoCimLibrary: if the library is not installed
    :raises UnreadableNetwork: if the library cannot read it, or it has elements that cannot be calculated
    """
    library = _library()
    try:
        model = library.load_from_binary_buffer(io.BytesIO(archive), parameters=READING)
    except Exception as error:
        raise UnreadableNetwork(N_("The CIM files cannot be read: %(reason)s."), reason=str(error).splitlines()[0].rstrip(".")) from error
    for kind, name in REFUSED.items():
        found = getattr(model, f"get_{name}")().reset_index()
        if len(found):
            text = N_("The network has components of the kind “%(kind)s” (the first: %(id)s), which are not supported. Replace them.")
            raise UnreadableNetwork(text, kind=kind, id=str(found.get("name", found["id"])[0] or found["id"][0]))
    tables = {}
    for kind, (name, identifier) in TABLES.items():
        found = getattr(model, f"get_{name}")(all_attributes=True).reset_index()
        columns = {column: found[column].tolist() for column in found.columns}
        tables[kind] = Frame(kind=kind, ids=columns.pop(identifier), columns=columns)
    return tables


def save_cim(description: str, tables: Sequence[tuple[str, Sequence[Columns]]], references: Columns, path: Path, *, version: str) -> None:
    """
    Write a model as a zip archive of its profiles.

    :param tables: in the order in which they are made: the library's name of what is made and its columns; of tap changers, two tables
    :param references: the machines whose voltage has the angle zero, with their priorities
    :param version: of CGMES, a key of :data:`VERSIONS`
    :raises NoCimLibrary: if the library is not installed
    """
    import pandas as pd

    library = _library()
    model = library.create_empty(BASE)
    try:
        for what, parts in tables:
            frames = [pd.DataFrame(columns) for columns in parts]
            if len(frames[0]):
                indexed = [frame.set_index("element_id" if "element_id" in frame else "id") for frame in frames]
                getattr(model, f"create_{what}")(*indexed)
        if len(references["id"]):
            model.create_extensions("referencePriorities", pd.DataFrame(references).set_index("id"))
        told = {"cim-version": VERSIONS[version], "base-name": BASE, "model-description": description, "naming-strategy": "cgmes"}
        parameters = {f"iidm.export.cgmes.{option}": value for option, value in told.items()}
        model.save(str(path), format="CGMES", parameters=parameters)
    except Exception as error:
        raise UnwritableNetwork(N_("The network cannot be written as CIM: %(reason)s."), reason=str(error).splitlines()[0]) from error


def _library() -> Any:  # noqa: ANN401 - a library without types
    try:
        logging.getLogger("powsybl").setLevel(logging.ERROR)  # it tells what else could be installed
        from pypowsybl import network
    except ImportError as error:
        text = N_("CIM files are read and written by a library that is not installed here. Install it: %(command)s")
        raise NoCimLibrary(text, command=INSTALL) from error
    return network


def members(name: str, document: Path | bytes, *, inside: bool = False) -> Iterator[tuple[str, bytes]]:
    """
    Yield names and contents of all files in a folder or archive, also of archives in it (but not in those), or of the file itself.

    :raises UnreadableNetwork: if an archive is damaged, or unpacks to more than is reasonable
    """
    if isinstance(document, Path) and document.is_dir():
        for path in sorted(document.rglob("*")):
            if path.is_file() and path.suffix.lower() in {".xml", ".zip"}:
                yield from members(path.relative_to(document).as_posix(), path)
        return
    content = document if isinstance(document, bytes) else document.read_bytes()
    if not content.startswith(b"PK\x03\x04"):
        yield name or "model.xml", content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
                raise UnreadableNetwork(N_("The archive unpacks to more than %(most)s bytes. Give the profiles only."), most=MOST_BYTES)
            for one in archive.infolist():
                if one.filename.lower().endswith(".xml" if inside else (".xml", ".zip")):
                    yield from members(f"{name}/{one.filename}".lstrip("/"), archive.read(one), inside=True)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:  # locked, or of a kind that is not known
        raise UnreadableNetwork(N_("The file is damaged: it cannot be unpacked (%(reason)s)."), reason=str(error)) from error
