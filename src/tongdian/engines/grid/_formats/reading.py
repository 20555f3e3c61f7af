"""
Reading a network from a file of any kind that is known here: the content decides, not the name.
"""

import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path

from tongdian.engines.grid._formats.cim.cdpsm import read_cdpsm
from tongdian.engines.grid._formats.cim.cgmes import read_cim
from tongdian.engines.grid._formats.cim.cgmes_library import gather_cim, is_cgmes, is_cim
from tongdian.engines.grid._formats.dss import read_opendss
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._formats.geopackage import read_geopackage
from tongdian.engines.grid._formats.netfile import HEADER, unpack_network
from tongdian.engines.grid._formats.pandapower import read_pandapower
from tongdian.engines.grid._formats.pgm_json import read_power_grid_model
from tongdian.engines.grid._formats.workbook_read import read_workbook
from tongdian.engines.grid._values import Network
from tongdian.kit.refused import N_

CIRCUIT, LONGEST_HEAD = (
    re.compile(rb"^\s*(new\s+(object\s*=\s*)?[\"']?circuit|clear|redirect|compile)\b", re.IGNORECASE | re.MULTILINE),
    20_000,
)
UNKNOWN = N_("The file is of no kind that is read here. `tongdian grid --help` leads to the list of kinds.")
WORKBOOKS = {"xl/workbook.xml", "content.xml", "xl/workbook.bin"}
GZIP, ZIP, SQLITE = b"\x1f\x8b", b"PK\x03\x04", b"SQLite format 3\0"


def read_network(document: Path | bytes, *, source: str = "") -> Network:
    """
    Read a network from a file or its content, plain or gzipped: our own network file, pandapower JSON, power-grid-model JSON, a filled
    workbook, a GeoPackage, OpenDSS scripts, profiles of CIM (CGMES or the distribution profile; a file, an archive or a folder of them).

    :param source: name and attribution to keep with the network, where the file holds none
    :raises UnreadableNetwork: if it is of no known kind, or is of one and cannot be calculated
    :raises NoCimLibrary: if it is CGMES and the library that reads it is not installed
    """
    if isinstance(document, Path) and document.is_dir():
        return _read_profiles(document, source=source)
    content = _content(document)
    if content.startswith(ZIP):
        return _read_archive(content, source=source)
    if is_cim(content):
        return _read_profiles(content, source=source, name=document.name if isinstance(document, Path) else "")
    if content.startswith(SQLITE):
        return read_geopackage(content, source=source)
    if content.lstrip()[:1] == b"{":
        is_pandapower = b'"_object"' in content or b'"data"' not in content
        return read_pandapower(content, source=source) if is_pandapower else read_power_grid_model(content, source=source)
    if CIRCUIT.search(content[:LONGEST_HEAD]) or (isinstance(document, Path) and document.suffix.lower() == ".dss"):
        return read_opendss(document if isinstance(document, Path) else content, source=source)
    raise UnreadableNetwork(UNKNOWN)


def _read_archive(content: bytes, *, source: str) -> Network:
    with _archive(content) as archive:
        names = set(archive.namelist())
    if HEADER in names:
        return unpack_network(content)
    if WORKBOOKS & names:
        return read_workbook(content, source=source)
    if any(name.lower().endswith((".xml", ".zip")) for name in names):
        return _read_profiles(content, source=source)
    raise UnreadableNetwork(UNKNOWN)


def _read_profiles(document: Path | bytes, *, source: str, name: str = "") -> Network:
    profiles = gather_cim(document, name)
    if profiles is None or is_cgmes(profiles):
        return read_cim(document, source=source)
    return read_cdpsm(profiles, source=source)


def _content(document: Path | bytes) -> bytes:
    if isinstance(document, bytes):
        content = document
    else:
        try:
            content = Path(document).read_bytes()
        except OSError as error:
            raise UnreadableNetwork(
                N_("The file %(file)s cannot be read: %(reason)s."), file=Path(document).name, reason=error.strerror or str(error)
            ) from error
    if not content.startswith(GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableNetwork(N_("The file is damaged: it cannot be unpacked (%(reason)s)."), reason=str(error)) from error


def _archive(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError) as error:  # a version or a compression that is not known
        raise UnreadableNetwork(N_("The file is damaged: it cannot be unpacked (%(reason)s)."), reason=str(error)) from error
