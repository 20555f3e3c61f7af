"""
Bills of resold electricity in a case: checked, kept, journalled, recorded as the comparison.
"""

from uuid import uuid4

import pytest
from tests.apps.conftest import FORM, LAT, LON, make_demand

from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import queries
from tongdian.apps.plans.actions import NotABillCheck, check_bills, record_comparison

pytestmark = pytest.mark.django_db
BILLS = "place,party,tenant,month,kwh,yuan\nmall,master,,2022-03,10000,7000\nmall,tenant,noodles,2022-03,5000,5000\n"


@pytest.fixture
def case(cell_manager, now):
    from tongdian.apps.cases.actions import complete_milestone, take_up_demand
    from tongdian.apps.people.actions import register_customer

    said = make_demand(cell_manager, now, "Z001", "resale_markup")
    register_customer(actor=cell_manager, reference=said.number, kind="enterprise", name="面馆", phone="", now=now)
    case = take_up_demand(
        actor=cell_manager, demand_id=said.pk, procedure="resale_markup", building="汉西广场", lon=LON, lat=LAT, application={}, now=now
    )
    complete_milestone(actor=cell_manager, case_id=case.pk, code="registration", evidence={}, now=now)
    complete_milestone(actor=cell_manager, case_id=case.pk, code="bills", evidence={"bill": FORM, "charged_yuan_per_kwh": 1.0}, now=now)
    return case


def checked(case, actor, now, text=BILLS, method="price"):
    return check_bills(actor=actor, case_id=case.pk, content=text.encode(), filename="bills.csv", method=method, now=now)


def test_the_result_is_kept_with_the_report_and_journalled_by_hashes(case, commissioner, now):
    from tongdian.apps.journal.models import Entry
    from tongdian.apps.journal.queries import read_file

    check = checked(case, commissioner, now)
    assert (str(check.over_yuan), check.document["months"][0]["tenants"][0]["over"]) == ("1500.00", "1500.00")
    assert read_file(sha256=check.report_sha256).startswith(b"%PDF")
    assert read_file(sha256=check.bills_sha256) == BILLS.encode()
    entry = Entry.objects.get(kind="case.bills_checked")
    assert (entry.subject_id, entry.values["report"]) == (str(case.pk), check.report_sha256)
    assert "7000.00 yuan / 10000 kWh" in queries.say(check.document["months"][0]["steps"][1]) or "7000.00 元" in queries.say(
        check.document["months"][0]["steps"][1]
    )
    assert queries.list_bill_checks(actor=commissioner, case_id=case.pk) == (check,)


def test_a_complete_check_becomes_the_comparison(case, cell_manager, commissioner, now):
    from tongdian.apps.works.actions import record_milestone  # noqa: F401 - the milestone has no effect elsewhere

    visit = case.milestones.get(code="visit")
    visit.done_at = now
    visit.save()
    milestone = record_comparison(actor=commissioner, check_id=checked(case, commissioner, now).pk, now=now)
    assert {one.code: one.number for one in milestone.evidence.all()} == {"benchmark_yuan_per_kwh": 0.7, "excess_yuan": 1500.0}


def test_a_check_that_leaves_something_open_is_no_comparison(case, commissioner, now):
    for text in (
        BILLS + "mall,tenant,x,2022-03,-1,1\n",
        "tenant,month,kwh,yuan\na,2024-01,1,1\n",
        BILLS + BILLS.splitlines()[2].replace("2022", "2021") + "\n",
    ):
        with pytest.raises(NotABillCheck, match="by hand"):
            record_comparison(actor=commissioner, check_id=checked(case, commissioner, now, text).pk, now=now)


def test_another_case_has_no_bills_to_check(open_elevator_case, commissioner, now):
    with pytest.raises(NotABillCheck):
        checked(open_elevator_case(), commissioner, now)


def test_not_everybody_checks_bills_and_an_unknown_check_is_told(case, auditor, commissioner, now):
    with pytest.raises(NotAllowed):
        checked(case, auditor, now)
    with pytest.raises(queries.UnknownPaper):
        record_comparison(actor=commissioner, check_id=uuid4(), now=now)
