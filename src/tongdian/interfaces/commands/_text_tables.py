"""
The tables of `tongdian understand`: read row by row in whatever encoding an office uses, written whole or not at all.
"""

import codecs
import contextlib
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from tongdian.kit.refused import N_, Refused
from tongdian.kit.sheets import Sheet, read_sheet

ENCODINGS = ("utf-8-sig", "gb18030")
MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LONGEST_FIELD = 10_000_000
BYTES_AT_ONCE = 1 << 20
FIRST_FOREIGN = 0x80  # code points from here on are no ASCII
FIRST_LEADING = 0xC0  # bytes from here on begin a character of several bytes in UTF-8
SURELY_UTF8 = 12  # so many Chinese characters in another encoding do not read as UTF-8 by chance
WORKBOOKS = (".xlsx", ".xls", ".ods")
MANY_SEPARATORS = 4  # so many inside one cell, as many on each of its lines as a row has: these are rows
BREAK = re.compile(r"\r\n|\r|\n")
QUOTED = re.compile(r'"(?:[^"]+|"")*(")?')
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


class UnclosedQuote(Refused):
    """
    A quotation mark opens a cell and swallows the rows after it.
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
    Return the rows of a CSV (or, named .tsv, tab-separated) file in UTF-8, UTF-16 or GB 18030 or of a workbook's first sheet, each with the
    number of the line it ends on.

    The header is read at once, the rows of text as they are asked for; missing cells are empty, lines without any cell are passed over.

    :raises UnreadableTable: if it is no text or has no header; while reading, if it has no rows
    :raises UnreadableSheet: if it is named a workbook and is damaged or empty
    :raises MissingColumn: if a needed column is not there
    :raises RepeatedColumn: if a needed column is there twice
    :raises OverlongRow: while reading, if a row has words beyond the last column
    :raises UnclosedQuote: while reading, if a quotation runs over the following rows
    :raises TooManyRows: while reading, if there are more than ``most`` rows
    """
    if path.suffix.lower() in WORKBOOKS:
        sheet = read_sheet(path.read_bytes(), filename=path.name)
        _check_names(sheet.header, path, needed)
        return _name_cells(_list_rows(sheet), sheet.header, path, most)
    encoding = _find_encoding(path)
    csv.field_size_limit(LONGEST_FIELD)
    names = [name.strip() for _, cells in _read_rows(path, encoding, only=1) for name in cells]
    _check_names(names, path, needed)
    return _name_cells(_read_rows(path, encoding), names, path, most)


def _check_names(names: Sequence[str], path: Path, needed: Sequence[str]) -> None:
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


def _name_cells(rows: Iterator[tuple[int, list[str]]], names: Sequence[str], path: Path, most: int | None) -> Iterator[tuple[int, Row]]:
    """
    Yield rows below the header with their columns' names.
    """
    next(rows)
    count = 0
    for line, cells in rows:
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
                line=line,
            )
        yield line, dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False))
    if not count:
        raise UnreadableTable(N_("The table %(file)s has no rows below the names of its columns."), file=path.name)


def _list_rows(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """
    Yield the rows of a sheet, the header first, without those where nothing stands.
    """
    yield sheet.first_row - 1, list(sheet.header)
    yield from ((number, list(cells)) for number, cells in enumerate(sheet.rows, start=sheet.first_row) if any(map(str.strip, cells)))


class _Lines:
    """
    The lines of a file, those remembered that the row just read consists of.
    """

    def __init__(self, file: Iterable[str]) -> None:
        self.rest, self.read, self.ended = iter(file), list[str](), False

    def __iter__(self) -> Iterator[str]:
        for line in self.rest:
            self.read.append(line)
            yield line
        self.ended = True


def _read_rows(path: Path, encoding: str, *, only: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """
    Yield the rows, the header first, each with the number of the line it ends on; ``only`` so many.
    """
    separator, columns, count = "\t" if path.suffix.lower() == ".tsv" else ",", 0, 0
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=separator)
        try:
            for cells in reader:
                # at the end of the file the reader gives what an open quotation holds
                if len(lines.read) > 1 or lines.ended:
                    _check_quotes(lines.read, separator, columns, path, reader.line_num)
                lines.read.clear()
                if not cells and columns:
                    continue
                columns = columns or len(cells)
                count += 1
                yield reader.line_num, cells
                if count == only:
                    return
        except csv.Error as error:
            _check_quotes(lines.read, separator, columns, path, reader.line_num)
            raise _unreadable(path) from error


def _check_quotes(read: Sequence[str], separator: str, columns: int, path: Path, last: int) -> None:
    """
    Check the lines of one row.

    :raises UnclosedQuote: if a quotation that began in it never ends, or ends on another line in the middle of a cell, or if each of its
        lines looks like a row
    """
    text, at = "".join(read), 0
    as_rows = len(read) > 1 and all(line.count(separator) == columns - 1 for line in read)
    as_rows = as_rows and (columns - 1) * (len(read) - 1) >= MANY_SEPARATORS
    ends = re.compile(f"[^{separator}\r\n]*")
    while at < len(text):
        end = at
        if quoted := QUOTED.match(text, at):
            end = quoted.end()
            over_lines = bool(BREAK.search(quoted.group()))
            if not quoted.group(1) or (over_lines and (as_rows or text[end : end + 1] not in (separator, "\r", "\n", ""))):
                raise UnclosedQuote(
                    N_(
                        "%(file)s, line %(line)s: a quotation mark opens a cell and is not closed, so the rows after it would be lost. "
                        "Close it, or write a mark that belongs to the text twice and the cell in quotation marks."
                    ),
                    file=path.name,
                    line=last - len(read) + 1 + len(BREAK.findall(text[:at])),
                )
        at = ends.match(text, end).end() + 1  # type: ignore[union-attr]  # it matches everywhere


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
