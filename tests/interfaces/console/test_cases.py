import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

FORM = b"%PDF-1.7 application"


def file(name, content=FORM):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def case(town, open_elevator_case):
    return open_elevator_case()


def test_customer_sees_his_own_case_and_no_other(visit, resident, hire, case):
    assert visit(resident).get(f"/cases/{case.pk}/").status_code == 200
    response = visit(hire("customer", "neighbour")).get(f"/cases/{case.pk}/")
    assert response.status_code == 403
    assert "A048" not in response.content.decode()


def test_customer_sees_no_demands_of_others(visit, resident, case):
    assert visit(resident).get("/demands/").status_code == 403


def test_milestone_is_recorded_with_its_evidence(visit, cell_manager, case):
    sent = {"occurred_at": "2021-04-13T09:30", "evidence-application_form": file("申请.pdf")}
    response = visit(cell_manager).post(f"/cases/{case.pk}/milestones/application/", sent, follow=True)
    html = response.content.decode()
    assert "Recorded: Application accepted" in html
    assert "申请.pdf" in html
    assert case.milestones.get(code="application").done_at.isoformat() == "2021-04-13T01:30:00+00:00"


def test_missing_evidence_is_said_and_what_was_typed_is_kept(visit, cell_manager, case):
    response = visit(cell_manager).post(f"/cases/{case.pk}/milestones/application/", {"occurred_at": "2021-04-13T09:00"})
    html = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#id_evidence-application_form">' in html
    assert 'value="2021-04-13T09:00"' in html


def test_what_has_not_happened_cannot_be_recorded(visit, cell_manager, case):
    sent = {"occurred_at": "2021-04-14T09:00", "evidence-application_form": file("form.pdf")}
    response = visit(cell_manager).post(f"/cases/{case.pk}/milestones/application/", sent)
    assert response.status_code == 422
    assert "this moment has not come yet" in response.content.decode()


def test_milestone_of_another_role_is_refused(visit, crew, case):
    sent = {"occurred_at": "2021-04-13T09:00", "evidence-application_form": file("form.pdf")}
    response = visit(crew).post(f"/cases/{case.pk}/milestones/application/", sent)
    assert response.status_code == 403
    assert case.milestones.get(code="application").done_at is None


def test_milestone_that_does_not_exist_is_refused(visit, cell_manager, case):
    response = visit(cell_manager).post(f"/cases/{case.pk}/milestones/no-such/", {"occurred_at": "2021-04-13T09:00"})
    assert response.status_code in {404, 409}


def test_step_asked_for_by_address_leads_back_to_the_case(visit, cell_manager, case):
    for step in ("plan", "withdraw", "reject", "milestones/application"):
        response = visit(cell_manager).get(f"/cases/{case.pk}/{step}/")
        assert response.headers["Location"] == f"/cases/{case.pk}/"


@pytest.mark.parametrize(("step", "state"), [("withdraw", "withdrawn"), ("reject", "rejected")])
def test_case_ends_early_only_with_a_reason(visit, cell_manager, case, step, state):
    client = visit(cell_manager)
    response = client.post(f"/cases/{case.pk}/{step}/", {"reason": " "})
    assert response.status_code == 422
    assert '<a href="#id_reason">' in response.content.decode()
    html = client.post(f"/cases/{case.pk}/{step}/", {"reason": "业主意见不一"}, follow=True).content.decode()
    case.refresh_from_db()
    assert case.state == state
    assert "业主意见不一" in html


def test_ended_case_is_not_ended_again(visit, cell_manager, case):
    client = visit(cell_manager)
    client.post(f"/cases/{case.pk}/withdraw/", {"reason": "不装了"})
    response = client.post(f"/cases/{case.pk}/reject/", {"reason": "不装了"})
    assert response.status_code == 409
    assert "has ended" in response.content.decode()


def test_list_is_filtered_by_who_holds_the_ball(visit, cell_manager, case):
    client = visit(cell_manager)
    assert case.number in client.get("/cases/?role=cell_manager").content.decode()
    assert case.number not in client.get("/cases/?role=planner").content.decode()


def test_day_shows_what_waits_and_offers_one_thing_to_do(visit, cell_manager, case):
    html = visit(cell_manager).get("/").content.decode()
    assert "One thing waits that only you can move." in html
    assert html.count("td-btn sm go") == 1
    assert f"/cases/{case.pk}/#now" in html


def test_day_of_somebody_else_does_not_show_it(visit, crew, case):
    assert "No case waits for you" in visit(crew).get("/").content.decode()


def test_both_visits_bring_power(visit, accepted, cell_manager, dispatcher, crew, now):
    case = accepted()
    visit(dispatcher).post(f"/cases/{case.pk}/visits/A/day/", {"day": "2021-04-13"})
    visit(dispatcher).post(f"/cases/{case.pk}/visits/B/day/", {"day": "2021-04-14"})
    first, second = case.work_orders.order_by("visit")
    survey = {
        "key": "one",
        "occurred_at": "2021-04-13T09:30",
        "survey-site_photo": file("site.jpg"),
        "survey-supply_voltage_v": "231.4",
        "survey-route_length_m": "24",
        "contract-contract": file("contract.pdf"),
    }
    html = visit(cell_manager).post(f"/cases/{case.pk}/visits/{first.pk}/report/", survey, follow=True).content.decode()
    assert "The visit is recorded." in html
    assert "231.4 V" in html
    energise = {
        "key": "two",
        "occurred_at": "2021-04-13T09:30",
        "meter-meter_number": "322000000001",
        "meter-meter_photo": file("meter.jpg"),
        "power_on-voltage_v": "230.8",
        "power_on-earth_resistance_ohm": "3.2",
    }
    html = visit(crew).post(f"/cases/{case.pk}/visits/{second.pk}/report/", energise, follow=True).content.decode()
    case.refresh_from_db()
    assert case.state == "closed"
    assert "power on 13 April" in html


def test_half_a_visit_is_not_recorded(visit, accepted, cell_manager, dispatcher):
    case = accepted()
    visit(dispatcher).post(f"/cases/{case.pk}/visits/A/day/", {"day": "2021-04-13"})
    order = case.work_orders.get()
    sent = {"key": "one", "occurred_at": "2021-04-13T09:20", "survey-supply_voltage_v": "high", "survey-route_length_m": "24"}
    response = visit(cell_manager).post(f"/cases/{case.pk}/visits/{order.pk}/report/", sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert all(f'<a href="#id_{field}">' in html for field in ("survey-supply_voltage_v", "survey-site_photo", "contract-contract"))
    assert 'value="24"' in html
    assert case.milestones.get(code="survey").done_at is None


def test_visit_is_not_planned_in_the_past(visit, accepted, dispatcher):
    case = accepted()
    response = visit(dispatcher).post(f"/cases/{case.pk}/visits/A/day/", {"day": "2021-04-12"})
    assert response.status_code == 409
    assert "12 April has passed" in response.content.decode()
