"""
The tables of `tongdian understand`: read row by row in whatever encoding an office uses, written whole or not at all.
"""

import codecs
import contextlib
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from tongdian.kit.refused import N_, Refused

ENCODINGS = ("utf-8-sig", "gb18030")
MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LONGEST_FIELD = 10_000_000
BYTES_AT_ONCE = 1 << 20
FIRST_FOREIGN = 0x80  # code points from here on are no ASCII
FIRST_LEADING = 0xC0  # bytes from here on begin a character of several bytes in UTF-8
SURELY_UTF8 = 12  # so many Chinese characters in another encoding do not read as UTF-8 by chance
Row = dict[str, str]
Write = Callable[[Iterable[object]], object]


class UnreadableTable(Refused):
    """
    The file is no table of text.
    """


class MissingColumn(Refused):
    """
    The table lacks a column that was named.
    """


class RepeatedColumn(Refused):
    """
    A column that was named stands twice in the table.
    """


class OverlongRow(Refused):
    """
    A row has more cells than the table has columns.
    """


class TooManyRows(Refused):
    """
    The table has more rows than can be held at once.
    """


class UnwritableFile(Refused):
    """
    The result cannot be written where it was wanted.
    """


def read_table(path: Path, *, needed: Sequence[str], most: int | None = None) -> Iterator[tuple[int, Row]]:
    """
    Return the rows of a CSV (or, named .tsv, tab-separated) file in UTF-8, UTF-16 or GB 18030, each with the number of the line it ends on.

    The header is read at once, the rows as they are asked for; missing cells are empty, lines without any cell are passed over.

    :raises UnreadableTable: if it is no text or has no header
    :raises MissingColumn: if a needed column is not there
    :raises RepeatedColumn: if a needed column is there twice
    :raises OverlongRow: while reading, if a row has words beyond the last column
    :raises TooManyRows: while reading, if there are more than ``most`` rows
    """
    encoding = _find_encoding(path)
    csv.field_size_limit(LONGEST_FIELD)
    names = _read_header(path, encoding, needed)
    return _read_rows(path, encoding, names, most)


def _read_header(path: Path, encoding: str, needed: Sequence[str]) -> list[str]:
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        try:
            names = [name.strip() for name in next(_reader(file, path), [])]
        except csv.Error as error:
            raise _unreadable(path) from error
    if not any(names):
        raise UnreadableTable(N_("The table %(file)s is empty. Its first row must name the columns."), file=path.name)
    for name in needed:
        if name not in names:
            raise MissingColumn(
                N_("The table %(file)s has no column “%(column)s”. Its columns are: %(columns)s."),
                file=path.name,
                column=name,
                columns=", ".join(names),
            )
        if names.count(name) > 1:
            raise RepeatedColumn(
                N_("The table %(file)s has several columns “%(column)s”. Rename all but the one that is meant."),
                file=path.name,
                column=name,
            )
    return names


def _read_rows(path: Path, encoding: str, names: list[str], most: int | None) -> Iterator[tuple[int, Row]]:
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        reader = _reader(file, path)
        next(reader)
        count = 0
        try:
            for cells in reader:
                if not cells:
                    continue
                count += 1
                if most is not None and count > most:
                    raise TooManyRows(
                        N_("The table %(file)s has more than %(most)s rows. Split it, for example by month, and run each part."),
                        file=path.name,
                        most=most,
                    )
                if any(cell.strip() for cell in cells[len(names) :]):
                    raise OverlongRow(
                        N_("%(file)s, line %(line)s: more cells than columns. Put text that holds a comma into quotation marks."),
                        file=path.name,
                        line=reader.line_num,
                    )
                yield reader.line_num, dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False))
        except csv.Error as error:
            raise _unreadable(path) from error


def _reader(file: Iterable[str], path: Path) -> Any:  # noqa: ANN401 - the stubs' name for it changes between versions
    return csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")


def _find_encoding(path: Path) -> str:
    """
    Return the first encoding that reads the whole file; a file with its UTF-16 mark is taken at its word.

    :raises UnreadableTable: if none does, or if a file that begins as UTF-8 does not stay so: its line is named, for in another encoding
        all its words would be others
    """
    with path.open("rb") as file:
        if file.read(2) in MARKS:
            return "utf-16"
        for encoding in ENCODINGS:
            file.seek(0)
            try:
                _decode(file, encoding, path)
            except UnicodeDecodeError:
                continue
            return encoding
    raise _unreadable(path)


def _decode(file: BinaryIO, encoding: str, path: Path) -> None:
    """
    Decode a whole file, keeping nothing.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    foreign, lines, at_end = 0, 1, False
    while not at_end:
        part = file.read(BYTES_AT_ONCE)
        at_end = not part
        if b"\0" in part:
            raise _unreadable(path)
        try:
            text = decoder.decode(part, final=at_end)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            foreign += sum(byte >= FIRST_LEADING for byte in before)
            if encoding == ENCODINGS[0] and foreign >= SURELY_UTF8:
                raise UnreadableTable(
                    N_("%(file)s, line %(line)s: a character is damaged. Write the file again as UTF-8."),
                    file=path.name,
                    line=lines + before.count(b"\n"),
                ) from error
            raise
        lines += text.count("\n")
        foreign += 0 if text.isascii() else sum(ord(letter) >= FIRST_FOREIGN for letter in text)


def _unreadable(path: Path) -> UnreadableTable:
    return UnreadableTable(N_("The file %(file)s is not a table of text. Save it as CSV (UTF-8)."), file=path.name)


@contextlib.contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """
    Give the path of a partial file that takes its name when all is written; whoever is stopped before leaves no half file under the name.

    :raises UnwritableFile: at once, if the file or its folder cannot be written
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        yield partial
        partial.replace(path)
    except OSError as error:
        raise UnwritableFile(
            N_("The file %(file)s cannot be written (%(reason)s). Choose another place with -o."), file=path, reason=error.strerror or error
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def write_table(path: Path, names: Sequence[str]) -> Iterator[Write]:
    """
    Open a CSV file (UTF-8) and give what writes a row into it, by way of :func:`write_whole`.
    """
    with write_whole(path) as partial, partial.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        yield writer.writerow
