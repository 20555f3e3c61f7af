"""
A table is uploaded, a worker takes it in, and its page shows how far it is.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tongdian.apps.background.actions import work_once
from tongdian.apps.background.models import Job
from tongdian.apps.demands.models import Demand

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "编号,诉求内容\nT1,电梯要接电\nT2,\n".encode()


def send(client, content=TABLE, name="t.csv"):
    return client.post("/imports/new/", {"table": SimpleUploadedFile(name, content), "holds": "demands"})


def test_a_table_is_taken_in_by_a_worker_and_its_rows_come_back(visit, cell_manager):
    client = visit(cell_manager)
    assert send(client).status_code == 302
    assert "waits" in client.get("/imports/").content.decode()
    work_once(worker="w")
    page = client.get("/imports/").content.decode()
    assert "1 landed, 0 were known, 1 came back" in page
    assert client.get(f"/imports/{Job.objects.get().pk}/returned/").content.startswith(b"PK")
    assert Demand.objects.count() == 1


@pytest.mark.parametrize(("name", "content"), [("t.pdf", TABLE), ("t.xlsx", b"no workbook"), ("t.csv", b"")])
def test_what_is_no_table_is_refused_at_once(visit, cell_manager, name, content):
    assert send(visit(cell_manager), content, name).status_code == 422
    assert not Job.objects.exists()


def test_a_job_is_cancelled_on_its_page(visit, cell_manager):
    client = visit(cell_manager)
    send(client)
    client.post(f"/imports/{Job.objects.get().pk}/cancel/")
    assert "cancelled" in client.get("/imports/").content.decode()


def test_somebody_else_s_job_is_not_there(visit, cell_manager, commissioner):
    send(visit(cell_manager))
    job = Job.objects.get().pk
    assert visit(commissioner).get(f"/imports/{job}/returned/").status_code == 404
    assert visit(commissioner).post(f"/imports/{job}/cancel/").status_code == 404
