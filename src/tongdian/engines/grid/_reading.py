"""
Reading a network from a file of any kind that is known here: the content decides, not the name.
"""

import gzip
import io
import zipfile
import zlib
from pathlib import Path

from tongdian.engines.grid._frames import UnreadableNetwork
from tongdian.engines.grid._netfile import HEADER, unpack_network
from tongdian.engines.grid._pandapower import read_pandapower
from tongdian.engines.grid._values import Network
from tongdian.kit.refused import N_

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


def read_network(document: Path | bytes, *, source: str = "") -> Network:
    """
    Read a network from a file or its content, plain or gzipped: our own network file, pandapower JSON.

    :param source: name and attribution to keep with the network, where the file holds none
    :raises UnreadableNetwork: if it is of no known kind, or is of one and cannot be calculated
    """
    content = _content(document)
    if content.startswith(ZIP):
        with _archive(content) as archive:
            names = set(archive.namelist())
        if HEADER in names:
            return unpack_network(content)
    if content.lstrip()[:1] == b"{":
        return read_pandapower(content, source=source)
    raise UnreadableNetwork(N_("The file is of no kind that is read here: a network of Tongdian or pandapower JSON."))


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
    except zipfile.BadZipFile as error:
        raise UnreadableNetwork(N_("The file is damaged: it cannot be unpacked (%(reason)s)."), reason=str(error)) from error
