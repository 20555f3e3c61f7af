"""
Papers on screen: certificates, checks of bills, coming needs, and the page that verifies without a server.
"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tongdian.apps.plans.models import BillCheck, Certificate, ProspectiveNeed

pytestmark = pytest.mark.django_db
BILLS = "place,party,tenant,month,kwh,yuan\nmall,master,,2022-03,10000,7000\nmall,tenant,noodles,2022-03,5000,5000\n"
NEED = {"name": "冷链园", "place": "汉西路 8 号", "kw": "2000", "wanted_on": "2022-03-01", "probability": "60", "source": "project_list"}


@pytest.fixture
def certified(accepted, cell_manager, visit):
    case = accepted()
    visit(cell_manager).post(f"/cases/{case.pk}/certificates/")
    return case, Certificate.objects.get()


def upload(text=BILLS, name="bills.csv"):
    return SimpleUploadedFile(name, text.encode())


def test_a_certificate_is_issued_shown_and_printed(certified, cell_manager, visit):
    case, certificate = certified
    page = visit(cell_manager).get(f"/cases/{case.pk}/").content.decode()
    assert "RZ-2021-00001" in page
    assert re.search(r"with 7 kW more \d+\.\d%", page)
    pdf = visit(cell_manager).get(f"/cases/{case.pk}/certificates/{certificate.pk}/")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_certificate_is_revoked_with_a_reason_only(certified, planner, visit):
    case, certificate = certified
    address = f"/cases/{case.pk}/certificates/{certificate.pk}/revoke/"
    assert visit(planner).post(address, {"reason": ""}).status_code == 422
    assert visit(planner).post(address, {"reason": "变压器更换"}).status_code == 302
    assert visit(planner).post(address, {"reason": "again"}).status_code == 409
    assert "变压器更换" in visit(planner).get(f"/cases/{case.pk}/").content.decode()


def test_bills_are_checked_with_their_working_and_become_the_comparison(resale, commissioner, visit):
    done = visit(commissioner).post(f"/cases/{resale.pk}/bills/", {"bills": upload(), "method": "price"})
    assert done.status_code == 302
    page = visit(commissioner).get(f"/cases/{resale.pk}/").content.decode()
    assert "7000.00 yuan / 10000 kWh = 0.7000 yuan/kWh" in page
    assert "¥1,500 charged too much" in page
    check = BillCheck.objects.get()
    assert visit(commissioner).get(f"/cases/{resale.pk}/bills/{check.pk}/").content[:5] == b"%PDF-"
    assert visit(commissioner).post(f"/cases/{resale.pk}/bills/{check.pk}/comparison/").status_code == 302
    assert resale.milestones.get(code="comparison").evidence.get(code="excess_yuan").number == 1500.0
    chinese = visit(commissioner, "zh-hans").get(f"/cases/{resale.pk}/").content.decode()
    assert "总表实际均价" in chinese


def test_bills_that_are_no_table_are_refused_on_the_page(resale, commissioner, visit):
    address = f"/cases/{resale.pk}/bills/"
    assert visit(commissioner).post(address, {"method": "price"}).status_code == 422
    refused = visit(commissioner).post(address, {"bills": upload("a,b\n1,2\n"), "method": "price"})
    assert refused.status_code == 409
    assert "no column" in refused.content.decode()


def test_a_bad_row_comes_back_on_the_page(resale, commissioner, visit):
    visit(commissioner).post(f"/cases/{resale.pk}/bills/", {"bills": upload(BILLS + "mall,tenant,x,2022-03,-1,1\n"), "method": "share"})
    assert "Row 4 came back" in visit(commissioner).get(f"/cases/{resale.pk}/").content.decode()


def test_the_report_of_another_case_is_not_handed_out(resale, open_elevator_case, commissioner, visit):
    visit(commissioner).post(f"/cases/{resale.pk}/bills/", {"bills": upload(), "method": "price"})
    other = open_elevator_case()
    assert visit(commissioner).get(f"/cases/{other.pk}/bills/{BillCheck.objects.get().pk}/").status_code == 404


def test_a_need_is_recorded_and_closed(commissioner, visit):
    assert visit(commissioner).post("/needs/record/", NEED).status_code == 302
    page = visit(commissioner).get("/needs/").content.decode()
    assert "One need of 2,000 kW is coming, 1,200 kW by likelihood" in page
    need = ProspectiveNeed.objects.get()
    assert visit(commissioner).post(f"/needs/{need.pk}/close/", {}).status_code == 409
    assert visit(commissioner).post(f"/needs/{need.pk}/close/", {"reason": "项目取消"}).status_code == 302
    assert "项目取消" in visit(commissioner).get("/needs/?state=dropped").content.decode()


def test_a_need_that_cannot_be_is_said_at_its_field(commissioner, visit):
    assert visit(commissioner).post("/needs/record/", {**NEED, "kw": "0"}).status_code == 422
    past = visit(commissioner).post("/needs/record/", {**NEED, "wanted_on": "2020-01-01"})
    assert past.status_code == 409
    assert "has passed" in past.content.decode()


def test_a_list_of_needs_lands_and_bad_rows_come_back_as_a_table(commissioner, visit):
    head = "name,place,kw,wanted_on,probability,key\n"
    good, bad = "A,x,100,2022-01-01,50,1\n", "B,x,many,2022-01-01,50,2\n"
    assert visit(commissioner).post("/needs/import/", {"table": upload(head + good)}).status_code == 302
    returned = visit(commissioner).post("/needs/import/", {"table": upload(head + good + bad)})
    assert "returned.xlsx" in returned["Content-Disposition"]
    assert ProspectiveNeed.objects.count() == 1
    assert visit(commissioner).post("/needs/import/", {"table": upload("x\n1\n")}).status_code == 409
    assert visit(commissioner).post("/needs/import/", {}).status_code == 422


def test_who_only_reads_sees_needs_without_forms(auditor, visit):
    assert 'name="probability"' not in visit(auditor).get("/needs/").content.decode()


def test_the_verifying_page_is_one_file_under_a_policy_of_hashes(certified, client):
    shown = client.get("/portal/verify/")
    assert shown.status_code == 200
    assert "script-src 'sha256-" in shown["Content-Security-Policy"]
    assert certified[1].key.public_key in shown.content.decode()
    assert not re.search(r"(src|href)=\"(?!data:)", shown.content.decode())
    assert "attachment" in client.get("/portal/verify/?save=1")["Content-Disposition"]
