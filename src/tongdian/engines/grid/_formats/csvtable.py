"""
Columns of numbers out of large CSV files: only those asked for, without a library, hundreds of millions of digits a second.

Fields are found by one scan for separators. Up to eight digits are turned into a number at once: as the bytes of one 64-bit word,
pairs, then fours, then eights are joined by a multiplication each. Mantissas below 2**53 divided by an exact power of ten are correctly
rounded, as `float` is; whatever has another form goes through `float` itself.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import Floats, Ints
from tongdian.kit.refused import N_

Words = np.ndarray[Any, np.dtype[np.uint64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

SEPARATORS = ",;\t"
NEWLINE, DOT, MINUS = 10, 46, 45
WORD = 8
ROWS = 8192
EXACT = 2**53
TENS = 10 ** np.arange(WORD + 1)
ZEROS, DOTS, ONES, HIGH = (np.uint64(int(byte * WORD, 16)) for byte in ("30", "2e", "01", "80"))
BEYOND_NINE = np.uint64(int("76" * WORD, 16))  # added to a byte above 9, this sets its highest bit
JOINS = ((10, 8, "00ff"), (100, 16, "0000ffff"), (10_000, 32, "00000000ffffffff"))
LONGEST = 40  # letters of a number
IN_NUMBERS = np.isin(np.arange(256), np.frombuffer(b"0123456789+-.eE \t\r", np.uint8))
PLAIN = re.compile(rb"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
NAMES_OF_TIME = frozenset({"time", "timestamp", "datetime", "date", "时间", "日期"})
CLOCKS = (  # where year, month, day, hour and minute stand, in texts of this form
    (re.compile(rb"\d\d\.\d\d\.\d{4}[ T]\d\d:\d\d(:00)?$"), ((6, 4), (3, 2), (0, 2), (11, 2), (14, 2))),
    (re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:00)?(\+\d\d:\d\d|Z)?$"), ((0, 4), (5, 2), (8, 2), (11, 2), (14, 2))),
    (re.compile(rb"\d{4}/\d\d/\d\d[ T]\d\d:\d\d(:00)?$"), ((0, 4), (5, 2), (8, 2), (11, 2), (14, 2))),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """
    The columns of a table that were asked for [rows], and the minutes since 1970 of its column of times, where it has one.
    """

    numbers: dict[str, Floats]
    rows: int
    minutes: Ints | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """
    The bytes of a table, its header, and where every field begins and ends [rows, columns].
    """

    content: "np.ndarray[Any, np.dtype[np.uint8]]"
    header: list[str]
    start: Ints
    end: Ints

    def text(self, row: int, column: int) -> bytes:
        return self.content[self.start[row, column] : self.end[row, column]].tobytes()


def read_columns(content: bytes, wanted: Collection[str], *, name: str) -> Columns:
    """
    Return the wanted columns of a CSV table (plain or gzipped, header in the first row); those it does not have are left out.

    :param name: what the table is called in refusals
    :raises UnreadableNetwork: if it is no such table, or a wanted column has a gap or a text
    """
    fields = _split(unpack(content, name=name), name)
    found = {column: at for at, column in enumerate(fields.header) if column in wanted}
    numbers = {column: _numbers(fields, at, name) for column, at in found.items()}
    times = [at for at, column in enumerate(fields.header) if column.lower() in NAMES_OF_TIME]
    return Columns(numbers=numbers, rows=len(fields.start), minutes=_minutes(fields, times[0]) if times else None)


def unpack(content: bytes, *, name: str) -> bytes:
    """
    Return the content, unpacked if it is gzipped.

    :raises UnreadableNetwork: if the packing is damaged
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableNetwork(N_("The file %(name)s is damaged: %(reason)s."), name=name, reason=str(error)) from error


def _split(content: bytes, name: str) -> _Fields:
    content = content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n \0")
    if b'"' in content:
        content = _unquoted(content, name)
    content += b"\n" + b"\0" * 3 * WORD  # so that a word may be read at every field
    head, _, _ = content.partition(b"\n")
    separator = max(SEPARATORS, key=lambda mark: head.count(mark.encode()))
    header = [column.strip() for column in head.decode("utf-8", errors="replace").rstrip("\r").split(separator)]
    if len(set(header)) < len(header):
        twice = next(column for column in header if header.count(column) > 1)
        raise UnreadableNetwork(N_("The table %(name)s has the column “%(column)s” twice."), name=name, column=twice)
    data = np.frombuffer(content, dtype=np.uint8)
    body = data[len(head) + 1 : len(data) - 3 * WORD]
    marks = np.flatnonzero((body == ord(separator)) | (body == NEWLINE)) + len(head) + 1
    lines = data[marks] == NEWLINE
    count = len(header)
    if len(marks) % count or not lines[count - 1 :: count].all() or lines.sum() != len(marks) // count:
        row, cells = _first_ragged(lines, count)
        raise UnreadableNetwork(
            N_("Row %(row)s of the table %(name)s has %(cells)s cells, not %(count)s."), row=row, name=name, cells=cells, count=count
        )
    if not len(marks):
        raise UnreadableNetwork(N_("The table %(name)s has no rows."), name=name)
    end = marks.reshape(-1, count)
    start = np.concatenate([[len(head) + 1], marks[:-1] + 1]).reshape(-1, count)
    last = end[:, -1]
    end[:, -1] = last - ((data[last - 1] == ord("\r")) & (last > start[:, -1]))
    return _Fields(content=data, header=header, start=start, end=end)


def _first_ragged(lines: Flags, count: int) -> tuple[int, int]:
    ends = np.flatnonzero(lines)
    cells = np.diff(np.concatenate([[-1], ends]))
    row = int(np.flatnonzero(cells != count)[0])
    return row, int(cells[row])


def _unquoted(content: bytes, name: str) -> bytes:
    """
    Return a table with quotes as one without; a quoted cell with a separator inside would be no number, so it is emptied.
    """
    try:
        text = content.decode("utf-8")
        mark = max(SEPARATORS, key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableNetwork(N_("The table %(name)s cannot be read: %(reason)s."), name=name, reason=str(error)) from error
    return "\n".join(mark.join("" if {mark, "\n"} & set(cell) else cell for cell in row) for row in rows).encode()


def _numbers(fields: _Fields, column: int, name: str) -> Floats:
    """
    Return a column, a few thousand rows at a time: arrays that small stay in the cache and cost no new pages.
    """
    whole_words = fields.content[: len(fields.content) // WORD * WORD].view(np.uint64)
    values = np.empty(len(fields.start))
    for begin in range(0, len(values), ROWS):
        rows = slice(begin, begin + ROWS)
        start, end = fields.start[rows, column], fields.end[rows, column]
        negative = fields.content[start] == MINUS
        start = start + negative
        part, plain = _some_numbers(whole_words, start, end - start)
        part[negative] *= -1
        values[rows] = part
        others = begin + np.flatnonzero(~plain)
        if len(others):
            found = _other_numbers(fields, others, column)
            values[others] = [_slowly(fields, row, column, name) for row in others.tolist()] if found is None else found
    return values


def _other_numbers(fields: _Fields, rows: Ints, column: int) -> Floats | None:
    """
    Return numbers that are written with a sign, an exponent or many digits, None where one of them is none.
    """
    start, end = fields.start[rows, column], fields.end[rows, column]
    places = start[:, None] + np.arange(max(1, (end - start).max()))
    inside = places < end[:, None]
    letters = np.where(inside, fields.content[np.where(inside, places, 0)], 0).astype(np.uint8)
    if letters.shape[1] > LONGEST or not (IN_NUMBERS[letters] | ~inside).all():
        return None
    try:
        found: Floats = letters.view(f"S{letters.shape[1]}").ravel().astype(np.float64)
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _some_numbers(words: Words, start: Ints, length: Ints) -> tuple[Floats, Flags]:
    """
    Return unsigned numbers written as digits with at most one point, and which of the fields are written so.
    """
    first = _read(words, start)
    differs = first ^ DOTS
    dots = (differs - ONES) & ~differs & HIGH
    lowest = dots & (~dots + np.uint64(1))
    point = np.where(dots != 0, np.bitwise_count(lowest - np.uint64(1)) >> 3, WORD).astype(np.int64)
    whole = np.minimum(point, length)
    decimals = np.maximum(length - whole - 1, 0)
    upper, fine = _digits(first, whole)
    lower, fine_too = _digits(_read(words, start + whole + (decimals > 0)), np.minimum(decimals, WORD))
    scale = TENS[np.minimum(decimals, WORD)]
    mantissa = upper * scale + lower
    plain = fine & fine_too & (decimals <= WORD) & (whole + decimals > 0) & (mantissa < EXACT) & ((length <= WORD) | (dots != 0))
    return mantissa / scale.astype(np.float64), plain


def _read(words: Words, start: Ints) -> Words:
    """
    Return the eight bytes from each place on, out of the two aligned words that hold them.
    """
    at, shift = start >> 3, ((start & 7) << 3).astype(np.uint64)
    found: Words = (words[at] >> shift) | (words[at + 1] << (np.uint64(64) - shift))
    return found


def _digits(word: Words, count: Ints) -> tuple[Ints, Flags]:
    """
    Return the number that the first ``count`` bytes (0 to 8) of each word write, and whether they are digits only.
    """
    empty = ((WORD - count) << 3).astype(np.uint64)  # numpy shifts a whole word out when asked to
    kept, zeros = word << empty, ZEROS << empty
    value = kept - zeros  # every kept byte less its “0”; without a borrow where all are digits
    fine = ((((value + BEYOND_NINE) | value) & HIGH) == 0) & ((kept & HIGH) == 0)
    value = np.where(fine, value, np.uint64(0))
    for factor, shift, mask in JOINS:
        value = (value * np.uint64(factor) + (value >> np.uint64(shift))) & np.uint64(int(mask * (16 // len(mask)), 16))
    return value.astype(np.int64), fine


def _slowly(fields: _Fields, row: int, column: int, name: str) -> float:
    text = fields.text(row, column)
    if PLAIN.fullmatch(text) and np.isfinite(value := float(text)):
        return value
    raise UnreadableNetwork(
        N_("The profile “%(column)s” has no number in row %(row)s of the table %(name)s: “%(cell)s”."),
        column=fields.header[column],
        row=row,
        name=name,
        cell=text.decode("utf-8", errors="replace")[:40],
    )


def _minutes(fields: _Fields, column: int) -> Ints | None:
    """
    Return the column of times as minutes since 1970, None if it is written in no form known here.
    """
    start, length = fields.start[:, column], fields.end[:, column] - fields.start[:, column]
    if (length != length[0]).any():
        return None
    sample = fields.text(0, column)
    places = next((where for form, where in CLOCKS if form.match(sample)), None)
    if places is None:
        return None
    words = fields.content[: len(fields.content) // WORD * WORD].view(np.uint64)
    parts = [_digits(_read(words, start + at), np.full(len(start), width)) for at, width in places]
    if not all(fine.all() for _, fine in parts):
        return None
    year, month, day, hour, minute = (part for part, _ in parts)
    if (month < 1).any() or (month > 12).any() or (day < 1).any():  # noqa: PLR2004 - months
        return None
    days = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    minutes: Ints = (days * 24 + hour) * 60 + minute
    return minutes
