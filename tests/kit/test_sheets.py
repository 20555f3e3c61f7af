import pytest

from tongdian.kit.sheets import UnreadableSheet, read_sheet, write_sheet

HEADER = ("编号", "text")
ROWS = (("1", "灯暗，“闪”"), ("2", '说:"好", 然后\n走了'))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.xlsx", "A.XLSX"])
def test_what_is_written_is_read_again(name):
    sheet = read_sheet(write_sheet(HEADER, ROWS, filename=name.lower()), filename=name)
    assert (sheet.header, sheet.rows, sheet.first_row) == (HEADER, ROWS, 2)


def test_gb18030_is_read():
    assert read_sheet("编号,text\n1,灯暗\n".encode("gb18030"), filename="a.csv").rows == (("1", "灯暗"),)


def test_short_rows_are_filled_and_long_ones_cut():
    assert read_sheet(b"a,b\n1\n1,2,3\n", filename="a.csv").rows == (("1", ""), ("1", "2"))


def test_workbook_cells_become_the_text_a_person_sees():
    import io
    from datetime import date, datetime

    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["n", "x", "at", "day"])
        sheet.write_number(1, 0, 7)
        sheet.write_number(1, 1, 7.5)
        sheet.write_datetime(1, 2, datetime(2021, 4, 12, 9, 10))
        sheet.write_datetime(1, 3, date(2021, 4, 12), book.add_format({"num_format": "yyyy-mm-dd"}))
    cells = read_sheet(target.getvalue(), filename="a.xlsx").rows[0]
    assert cells[:3] == ("7", "7.5", "2021-04-12 09:10:00")
    assert cells[3].startswith("2021-04-12")


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.csv", "empty"),
        (b"\n1,2", "a.csv", "empty"),
        (b"a,b\n1,2", "a.pdf", "no table"),
        (b"PK\x03\x04 not a workbook", "a.xlsx", "damaged"),
        (b"\xff\xff\xff", "a.csv", "neither UTF-8"),
        (b"a,b\n\x00,2", "a.csv", "neither UTF-8"),
        (b'a,b\n"1,2', "a.csv", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_the_file_name(content, name, reason):
    with pytest.raises(UnreadableSheet, match=reason) as refused:
        read_sheet(content, filename=name)
    assert name in str(refused.value)
