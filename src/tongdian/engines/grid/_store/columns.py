"""
Parquet in and out: network tables as one row of lists, profiles and results as plain columns. The only file that imports pyarrow.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._values import Floats
from tongdian.kit.refused import N_, Refused

Column = Sequence[object] | np.ndarray
Values = dict[str, object]
PATH_ENDS = ".path"


class BadFileError(Exception):
    """
    A file that is missing, cut off, damaged or no Parquet.
    """


class NoRoom(Refused):
    """
    A folder that cannot be written to: full, read-only or somebody else's.
    """


def refuse_unwritable(folder: Path) -> None:
    """
    Refuse a folder before hours of work for it, not after.

    :raises NoRoom: if no file can be written there
    """
    with _in_place(folder / ".writable") as temporary:
        temporary.touch()
    (folder / ".writable").unlink(missing_ok=True)


def write_columns(path: Path, columns: Mapping[str, Column], facts: Mapping[str, str]) -> int:
    """
    Write plain columns of equal length with facts in the file's metadata, all or nothing; return the bytes written.
    """
    import pyarrow as pa

    arrays = {name: _array(column) for name, column in columns.items()}
    return _write(path, pa.table(arrays).replace_schema_metadata(dict(facts)))


def write_lists(path: Path, columns: Mapping[str, Column], facts: Mapping[str, str]) -> int:
    """
    Write columns of any length as one row of lists; a column ``….path`` holds ways [points, 2] or None.
    """
    import pyarrow as pa

    arrays = {}
    for name, column in columns.items():
        values = _way_array(column) if name.endswith(PATH_ENDS) else _array(column)
        arrays[name] = pa.ListArray.from_arrays(_array(np.array([0, len(values)], dtype=np.int32)), values)
    return _write(path, pa.table(arrays).replace_schema_metadata(dict(facts)))


def read_facts(path: Path) -> dict[str, str]:
    """
    Return the facts of a file without reading its columns.

    :raises BadFileError: if it is no whole Parquet file
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _facts(pq.read_schema(path).metadata)
    except (OSError, pa.ArrowException) as error:
        raise BadFileError(str(error)) from error


def read_columns(path: Path, names: Sequence[str] | None = None) -> tuple[Values, dict[str, str]]:
    """
    Return plain columns (numbers as arrays, texts as lists) and the facts.

    :raises BadFileError: if a page does not fit its checksum, a column is missing, or it is no whole Parquet file
    """
    table = _read(path, names)
    found: Values = {}
    for name in table.column_names:  # type: ignore[attr-defined]
        column = table.column(name)  # type: ignore[attr-defined]
        found[name] = column.to_pylist() if "string" in str(column.type) else column.to_numpy()
    return found, _facts(table.schema.metadata)  # type: ignore[attr-defined]


def read_lists(path: Path) -> tuple[Values, dict[str, str]]:
    """
    Return what :func:`write_lists` wrote: arrays, tuples of texts, tuples of ways.

    :raises BadFileError: as :func:`read_columns`
    """
    table = _read(path, None)
    found: Values = {}
    for name in table.column_names:  # type: ignore[attr-defined]
        values = table.column(name).chunk(0).flatten()  # type: ignore[attr-defined]
        if name.endswith(PATH_ENDS):
            found[name] = tuple(_ways(values))
        elif "string" in str(values.type):
            found[name] = tuple(values.to_pylist())
        else:
            found[name] = np.array(values.to_numpy(zero_copy_only=False))
    return found, _facts(table.schema.metadata)  # type: ignore[attr-defined]


def write_text(path: Path, text: str) -> None:
    """
    Write a text file, all or nothing.
    """
    with _in_place(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _ways(values: object) -> "list[Floats | None]":
    flat, offsets = values.flatten().to_numpy(), values.offsets.to_numpy() - values.offsets[0].as_py()  # type: ignore[attr-defined]
    known = values.is_valid().to_numpy(zero_copy_only=False)  # type: ignore[attr-defined]
    return [flat[offsets[at] : offsets[at + 1]].reshape(-1, 2).copy() if known[at] else None for at in range(len(known))]


def _array(column: Column) -> Any:  # noqa: ANN401 - an array of a library without types
    """
    Return a column for pyarrow, from its memory: ``pyarrow.array`` would import pandas, where that is installed, which takes a second.
    """
    import pyarrow as pa

    if not isinstance(column, np.ndarray):
        encoded = [str(text).encode() for text in column]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
        return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))
    kept = np.packbits(column, bitorder="little") if column.dtype == np.bool_ else np.ascontiguousarray(column)
    return pa.Array.from_buffers(pa.from_numpy_dtype(column.dtype), len(column), [None, pa.py_buffer(kept)])


def _way_array(ways: Column) -> Any:  # noqa: ANN401 - as above
    """
    Return ways [points, 2] as lists of numbers; None is null.
    """
    import pyarrow as pa

    flat = [np.empty(0) if way is None else np.asarray(way, dtype=np.float64).ravel() for way in ways]
    ends = np.cumsum([0, *map(len, flat)], dtype=np.int32)
    missing = np.array([way is None for way in ways], dtype=np.bool_)
    return pa.ListArray.from_arrays(_array(ends), _array(np.concatenate([np.empty(0), *flat])), mask=_array(missing))


def _facts(metadata: "Mapping[bytes, bytes] | None") -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (metadata or {}).items()}


def _read(path: Path, names: Sequence[str] | None) -> object:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            missing = set(names or ()) - set(file.schema_arrow.names)
            if missing:
                raise BadFileError(f"no column {min(missing)}")
            return file.read(columns=None if names is None else list(names), use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise BadFileError(str(error)) from error


def _write(path: Path, table: object) -> int:
    import pyarrow.parquet as pq

    with _in_place(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
    return path.stat().st_size


@contextlib.contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """
    Give a name beside the file; what was written there takes the file's place at once, or nothing happens.

    :raises NoRoom: if the system does not let it
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        text = N_("%(file)s cannot be written: %(reason)s. Make room or change the rights, then run it again: what is done is kept.")
        raise NoRoom(text, file=str(path), reason=os.strerror(error.errno) if error.errno else str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
