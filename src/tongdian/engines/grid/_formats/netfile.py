"""
Our own file of a network: one zip archive of plain arrays and a header, columnar, versioned, without anything that could be executed.

``header.json`` holds what is no array: format, version, fingerprint, words by table and column. Every other entry is one column as
``table/column.npy``. The same network gives the same bytes. The fingerprint is checked on reading, so that no damaged network is used.
"""

import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import (
    Buses,
    Floats,
    Generators,
    Lines,
    Loads,
    Network,
    Profiles,
    Shunts,
    Sources,
    Switches,
    Table,
    Transformers,
)
from tongdian.kit.refused import N_

FORMAT, VERSION, HEADER = "tongdian-network", 1, "header.json"
TABLES: Mapping[str, type[Table]] = {
    "buses": Buses,
    "lines": Lines,
    "transformers": Transformers,
    "switches": Switches,
    "loads": Loads,
    "generators": Generators,
    "shunts": Shunts,
    "sources": Sources,
}
NO_PATH = -1
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes
LEVEL = 1  # of compression: years of four digits shrink well at the lowest


def write_network(network: Network, path: Path) -> str:
    """
    Write a network to one file, whole or not at all, and return its fingerprint.
    """
    path = Path(path)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pack_network(network))
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return network.fingerprint()


def pack_network(network: Network) -> bytes:
    """
    Return a network as the bytes of its file.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    words: dict[str, dict[str, list[str]]] = {}
    for name in TABLES:
        table = getattr(network, name)
        words[name] = {}
        for one in fields(table):
            column = getattr(table, one.name)
            if isinstance(column, np.ndarray):
                arrays[f"{name}/{one.name}"] = column
            elif one.name == "path":
                arrays[f"{name}/path_points"], arrays[f"{name}/path_counts"] = _flat(column)
            else:
                words[name][one.name] = list(column)
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "fingerprint": network.fingerprint(),
        "frequency_hz": network.frequency_hz,
        "source": network.source,
        "words": words,
    }
    if (year := network.profiles) is not None:
        arrays["profiles/p"], arrays["profiles/q"] = year.p, year.q
        header["profiles"] = {"name": list(year.name), "start": year.start, "step_minutes": year.step_minutes, "label": year.label}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        _add(archive, HEADER, json.dumps(header, ensure_ascii=False, sort_keys=True).encode())
        for name, array in sorted(arrays.items()):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            _add(archive, f"{name}.npy", content.getvalue())
    return target.getvalue()


def unpack_network(content: bytes) -> Network:
    """
    Return the network that a file's bytes hold.

    :raises UnreadableNetwork: if it is no such file, is of a newer version, or is not what was written
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            header = json.loads(archive.read(HEADER))
            _refuse_other(header)
            arrays = {name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist() if name.endswith(".npy")}
        network = _network(header, arrays)
        kept = header["fingerprint"]
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, EOFError, NotImplementedError) as error:
        raise UnreadableNetwork(
            N_("The network file is damaged (%(reason)s). Import the network again."), reason=str(error) or type(error).__name__
        ) from error
    if network.fingerprint() != kept:
        raise UnreadableNetwork(N_("The network file was changed: its fingerprint does not match. Import the network again."))
    return network


def _refuse_other(header: Mapping[str, Any]) -> None:
    if header.get("format") != FORMAT:
        raise UnreadableNetwork(N_("The file is no network of Tongdian."))
    version = header.get("version")
    if version != VERSION:
        raise UnreadableNetwork(
            N_("The network file has version %(version)s; this program reads %(known)s. Import the network again."),
            version=str(version),
            known=VERSION,
        )


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=LEVEL)


def _array(content: bytes) -> "np.ndarray[Any, Any]":
    array: np.ndarray[Any, Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array


def _flat(paths: tuple[Floats | None, ...]) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    counts = np.array([NO_PATH if path is None else len(path) for path in paths], dtype=np.int64)
    points = [path for path in paths if path is not None]
    return (np.concatenate(points) if points else np.empty((0, 2))), counts


def _paths(points: "np.ndarray[Any, Any]", counts: "np.ndarray[Any, Any]") -> tuple[Floats | None, ...]:
    ends = np.cumsum(np.maximum(counts, 0))
    return tuple(None if count == NO_PATH else points[end - count : end].copy() for count, end in zip(counts, ends, strict=True))


def _network(header: Mapping[str, Any], arrays: Mapping[str, "np.ndarray[Any, Any]"]) -> Network:
    tables: dict[str, Any] = {}
    for name, kind in TABLES.items():
        words = header["words"][name]
        columns: dict[str, Any] = {}
        for one in fields(kind):
            if f"{name}/{one.name}" in arrays:
                columns[one.name] = arrays[f"{name}/{one.name}"]
            elif one.name == "path":
                columns["path"] = _paths(arrays[f"{name}/path_points"], arrays[f"{name}/path_counts"])
            elif one.name in words or "fill" not in one.metadata:
                columns[one.name] = tuple(words[one.name])
        tables[name] = kind(**columns)
    told = header.get("profiles")
    year = None
    if told is not None:
        year = Profiles(
            name=tuple(told["name"]),
            p=arrays["profiles/p"],
            q=arrays["profiles/q"],
            start=told["start"],
            step_minutes=told["step_minutes"],
            label=told["label"],
        )
    return Network(**tables, frequency_hz=float(header["frequency_hz"]), source=str(header["source"]), profiles=year)
