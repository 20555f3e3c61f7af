"""
Rows in, rows out: spreadsheets as people send them (xlsx, csv, tsv).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath

from tongdian.kit.refused import N_, Refused


class UnreadableSheet(Refused):
    """
    The file is not a table that can be read.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """
    A table: ``header`` as it stands, ``rows`` with as many cells; ``first_row`` is the row number of the first one as the user sees it.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first_row: int = 2


def read_sheet(content: bytes, *, filename: str) -> Sheet:
    """
    Read the first sheet of an xlsx, csv or tsv file; csv may be UTF-8 or GB 18030.

    :raises UnreadableSheet: if the file is empty, of another kind, or damaged
    """
    suffix = PurePath(filename).suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        table = _read_text(content, delimiter="\t" if suffix == ".tsv" else ",", filename=filename)
    elif suffix in {".xlsx", ".xls", ".ods"}:
        table = _read_workbook(content, filename=filename)
    else:
        raise UnreadableSheet(N_("%(file)s is no table: send xlsx, csv or tsv."), file=filename)
    if not table or not any(cell.strip() for cell in table[0]):
        raise UnreadableSheet(N_("%(file)s is empty: its first row must hold the column names."), file=filename)
    header = tuple(cell.strip() for cell in table[0])
    width = len(header)
    rows = tuple(tuple((row + [""] * width)[:width]) for row in table[1:])
    return Sheet(header=header, rows=rows)


def write_sheet(header: Sequence[str], rows: Sequence[Sequence[str]], *, filename: str) -> bytes:
    """
    Return a table as a file of the kind that ``filename`` asks for: xlsx, or csv / tsv in UTF-8.
    """
    suffix = PurePath(filename).suffix.lower()
    if suffix == ".xlsx":
        return _write_workbook(header, rows)
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if suffix == ".csv" else "utf-8")  # the mark makes Excel read UTF-8


def _read_text(content: bytes, *, delimiter: str, filename: str) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        try:
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise UnreadableSheet(N_("%(file)s is damaged: %(reason)s."), file=filename, reason=str(error)) from error
    raise UnreadableSheet(N_("%(file)s is neither UTF-8 nor GB 18030 text: save it again as UTF-8."), file=filename)


def _read_workbook(content: bytes, *, filename: str) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook, ZipError

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        cells = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ZipError, OSError, IndexError, ValueError) as error:
        raise UnreadableSheet(N_("%(file)s is damaged: %(reason)s."), file=filename, reason=str(error)) from error
    return [[_as_text(cell) for cell in row] for row in cells]


def _as_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    isoformat = getattr(cell, "isoformat", None)
    return str(isoformat(sep=" ") if hasattr(cell, "hour") and hasattr(cell, "year") and isoformat else isoformat() if isoformat else cell)


def _write_workbook(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    # no cell becomes a formula or a link, whatever people wrote
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet()
        bold = workbook.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return target.getvalue()


def write_workbook(sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]], *, note: str = "") -> bytes:
    """
    Return a workbook with one sheet for each table: names of the columns, rows of texts and numbers; ``note`` stands below each table.
    """
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})  # the same tables give the same bytes
        bold = workbook.add_format({"bold": True})
        for title, (header, rows) in sheets.items():
            sheet = workbook.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(header):
                sheet.write_string(0, column, name, bold)
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, (int, float)):
                        sheet.write_number(number, column, cell)
                    else:
                        sheet.write_string(number, column, str(cell))
            if note:
                sheet.write_string(len(rows) + 2, 0, note, bold)
    return target.getvalue()
