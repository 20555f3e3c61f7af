"""
An installation of one's own: made whole or not at all, and its tables can be filled and brought in.
"""

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tongdian.interfaces.commands._templates import TEMPLATES, MissingColumns, read_rows

PASSWORD = "a-long-password-31"


def fill(path, *rows):
    """Write rows under the headings of a template."""
    header = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[0]
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, row)


def test_init_makes_settings_data_and_templates(utility):
    names = {path.relative_to(utility).as_posix() for path in utility.rglob("*") if path.is_file()}
    assert {"tongdian.env", "data/tongdian.sqlite3", "data/secret.key", *(f"templates/{sheet.name}.xlsx" for sheet in TEMPLATES)} <= names
    assert (utility / "data" / "secret.key").stat().st_mode & 0o077 == 0


def test_init_says_what_comes_next(said_by_init):
    assert "tongdian register people templates/people.xlsx" in said_by_init
    assert PASSWORD not in said_by_init


def test_a_second_run_refuses_and_changes_nothing(tongdian, utility):
    before = sorted((path, path.stat().st_mtime_ns) for path in utility.rglob("*"))
    done = tongdian("init", utility, stdin=PASSWORD)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert sorted((path, path.stat().st_mtime_ns) for path in utility.rglob("*")) == before


def test_a_weak_password_makes_nothing(tongdian, tmp_path):
    done = tongdian("init", tmp_path / "mine", "--password-file", "-", stdin="12345\n")
    assert done.returncode == 2, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nobody_to_ask_is_said(tongdian, tmp_path):
    done = tongdian("init", tmp_path / "mine")
    assert done.returncode == 2
    assert "--password-file" in done.stderr


def test_a_killed_init_leaves_no_installation(python, tongdian, tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    words = ["init", str(tmp_path / "mine"), "--password-file", str(tmp_path / "password")]
    kill = "import os, signal; from tongdian.interfaces.commands import init; init._write_templates = lambda *a: os.kill(os.getpid(), signal.SIGKILL)"
    assert python(f"{kill}; from tongdian.interfaces.commands import main; main({words!r})", tmp_path / "unused").returncode == -9
    assert not (tmp_path / "mine").exists()
    assert tongdian(*words).returncode == 0
    assert not (tmp_path / ".mine.being-made").exists()


def test_commands_in_the_folder_use_its_settings(tongdian, utility):
    done = tongdian("--settings", utility / "tongdian.env", "journal", "verify", data=utility / "data")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 entries")


def test_people_get_a_first_password_once(tongdian, utility):
    people = utility / "templates" / "people.xlsx"
    fill(people, ["lin", "林一", "cell_manager"], ["gu", "顾二", "planner"])
    first = tongdian("register", "people", people, data=utility / "data")
    again = tongdian("register", "people", people, data=utility / "data")
    assert first.returncode == again.returncode == 0, first.stderr
    assert [line.split()[0] for line in first.stdout.splitlines()[:2]] == ["lin", "gu"]
    assert again.stdout == "2 people are registered, 0 rows refused.\n"


def test_rows_that_cannot_be_registered_are_named(tongdian, utility):
    buildings = utility / "templates" / "buildings.xlsx"
    row = ["南京", "秦淮", "白鹭小区", "7幢", "118.79", "32.02"]
    fill(buildings, row, [*row[:4], "118,79", "32.02"], [*row[:3], "", "118.79", "32.02"], [*row[:3], "8幢", "532", "32.02"])
    done = tongdian("register", "buildings", buildings, data=utility / "data")
    assert done.returncode == 1
    assert done.stdout == "1 buildings are registered, 3 rows refused.\n"
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["Row 3", "Row 4", "Row 5"]


def test_the_template_of_demands_is_what_intake_reads(tongdian, utility):
    demands = utility / "templates" / "demands.xlsx"
    fill(demands, ["1", "井道封顶了，电从哪里接？", "visit", "2021-04-30 09:10", "南京", "秦淮", "白鹭小区", "", ""])
    people = utility / "templates" / "people.xlsx"
    fill(people, ["lin", "林一", "cell_manager"])
    tongdian("register", "people", people, data=utility / "data")
    done = tongdian("intake", demands, "--as", "lin", data=utility / "data")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 landed")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_headings_are_read_in_either_language(template):
    for heading in ("name", "chinese", "heading"):
        header = tuple(getattr(column, heading) for column in template.columns)
        ((number, row),) = read_rows(template, header, [("x",) * len(header)])
        assert (number, set(row)) == (2, {column.name for column in template.columns})


def test_a_table_without_a_needed_column_is_refused():
    people = next(template for template in TEMPLATES if template.name == "people")
    with pytest.raises(MissingColumns, match="role"):
        list(read_rows(people, ("登录名", "姓名"), []))
