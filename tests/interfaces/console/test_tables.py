"""
Lists handed out as tables hold what their filters find.
"""

import pytest

from tongdian.kit.sheets import read_sheet

pytestmark = pytest.mark.django_db


def test_cases_that_the_filter_finds_come_as_a_table(visit, cell_manager, open_elevator_case):
    case = open_elevator_case()
    client = visit(cell_manager)
    sheet = read_sheet(client.get("/cases/table/?state=open").content, filename="cases.xlsx")
    assert sheet.header[0] == "Number"
    assert [row[0] for row in sheet.rows] == [case.number]
    assert sheet.rows[0][4] == "2021-04-13"
    assert client.get("/cases/").content.decode().count("/cases/table/?") == 1
    assert read_sheet(client.get("/cases/table/?state=closed").content, filename="cases.xlsx").rows == ()


def test_demands_come_as_a_table_and_a_formula_stays_text(visit, cell_manager, demand, now):
    from tongdian.apps.demands.actions import land_one
    from tongdian.apps.demands.rules import DemandRow

    row = DemandRow(
        reference="F", text="=1+1", channel="web", reported_at=now, city="南京", county="", place="", contact_name="", contact_phone=""
    )
    land_one(actor=cell_manager, row=row, now=now)
    sheet = read_sheet(visit(cell_manager).get("/demands/table/").content, filename="demands.xlsx")
    assert {line[1] for line in sheet.rows} == {"=1+1", demand.text}
    assert read_sheet(visit(cell_manager).get("/demands/table/?state=new").content, filename="demands.xlsx").rows[0][1] == "=1+1"


def test_a_customer_gets_a_table_of_his_own_cases_only(visit, resident, open_elevator_case):
    own = open_elevator_case()
    open_elevator_case("E2")
    rows = read_sheet(visit(resident).get("/cases/table/").content, filename="cases.xlsx").rows
    assert [row[0] for row in rows] == [own.number]
    assert visit(resident).get("/demands/table/").status_code == 403
