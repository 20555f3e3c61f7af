import re

import pytest

from tongdian.apps.plans.actions import propose_plan


@pytest.fixture
def plan(applied, planner, now):
    return propose_plan(actor=planner, case_id=applied().pk, now=now)


def test_planner_makes_a_plan_from_the_case(visit, applied, planner):
    case = applied()
    client = visit(planner)
    assert "Make a supply plan" in client.get(f"/cases/{case.pk}/").content.decode()
    html = client.post(f"/cases/{case.pk}/plan/", follow=True).content.decode()
    assert "The supply plan is made." in html
    assert case.plans.get().status == "proposed"


def test_plan_is_not_made_by_everybody(visit, applied, crew):
    case = applied()
    assert visit(crew).post(f"/cases/{case.pk}/plan/").status_code == 403
    assert not case.plans.exists()


def test_own_plan_offers_no_approval_and_refuses_it(visit, plan, planner):
    client = visit(planner)
    assert "/approve/" not in client.get(f"/plans/{plan.pk}/").content.decode()
    response = client.post(f"/plans/{plan.pk}/approve/")
    assert response.status_code == 409
    assert "You proposed this plan yourself" in response.content.decode()


def test_second_person_approves(visit, plan, programme_manager):
    client = visit(programme_manager)
    assert "Plans for a second pair of eyes" in client.get("/").content.decode()
    html = client.post(f"/plans/{plan.pk}/approve/", follow=True).content.decode()
    plan.refresh_from_db()
    assert plan.status == "approved"
    assert "Approved. The customer can choose now." in html


def test_customer_accepts_one_option(visit, replied, resident):
    plan = replied()
    option = plan.options.get(rank=1)
    client = visit(resident)
    assert f"/options/{option.pk}/accept/" in client.get(f"/plans/{plan.pk}/").content.decode()
    html = client.post(f"/plans/{plan.pk}/options/{option.pk}/accept/", follow=True).content.decode()
    plan.refresh_from_db()
    assert plan.status == "accepted"
    assert "Accepted. The capacity is reserved." in html


def test_accepting_twice_is_refused_in_words(visit, replied, resident):
    plan = replied()
    option = plan.options.get(rank=1)
    client = visit(resident)
    client.post(f"/plans/{plan.pk}/options/{option.pk}/accept/")
    response = client.post(f"/plans/{plan.pk}/options/{option.pk}/accept/")
    assert response.status_code == 409
    assert "cannot be accepted" in response.content.decode()


def test_nobody_accepts_for_the_customer(visit, replied, planner):
    plan = replied()
    response = visit(planner).post(f"/plans/{plan.pk}/options/{plan.options.get(rank=1).pk}/accept/")
    assert response.status_code == 403
    plan.refresh_from_db()
    assert plan.status == "approved"


def test_plan_shows_what_it_stands_on(visit, plan, planner):
    html = visit(planner).get(f"/plans/{plan.pk}/").content.decode()
    option = plan.options.get(rank=1)
    assert "example prices" in html
    assert option.document["cable"]["name_en"] in html
    assert all(material["name_en"].replace("'", "&#x27;") in html for material in option.document["materials"])
    assert f"{option.document['binding']['element_name']}" in html


def test_map_draws_the_existing_lines_the_route_and_the_site(visit, plan, planner):
    html = visit(planner).get(f"/plans/{plan.pk}/").content.decode()
    assert len(re.findall(r'class="line load-\d"', html)) >= 3
    assert 'class="route" d="M' in html
    assert 'class="site"' in html
    assert "Map of the neighbourhood: route A" in html


def test_plan_that_does_not_fit_names_what_binds(visit, applied, planner, now):
    case = applied(kw=140.0)
    plan = propose_plan(actor=planner, case_id=case.pk, now=now)
    html = visit(planner).get(f"/plans/{plan.pk}/").content.decode()
    assert "nothing fits" in html
    assert "Why nothing fits" in html
    assert "accept/" not in html
    table = html[html.index('id="checks"') :].partition("</table>")[0]
    told = re.findall(r"(holds|broken|for information)\s*</span>", table)
    assert {"broken", "holds"} <= set(told)
    assert told == sorted(told, key=lambda said: said != "broken")  # what is broken comes first


def test_a_plan_at_10_kv_is_shown_with_its_voltages_and_outages(visit, enterprise, planner, now):
    made = propose_plan(actor=planner, case_id=enterprise().pk, now=now)
    client = visit(planner)
    html = client.get(f"/plans/{made.pk}/").content.decode()
    assert "10 kV" in html
    assert "110 kV" in html
    assert re.search(r"10\.\d+ kV", html)
    assert "Line loading with one section out" in html
    assert re.search(r", while 10 kV I+–RMU T\d is out", html)
    assert "0.4 kV" not in html
    assert "With one section of the ring out" in html
    assert "10 kV II–RMU T0" in html
    assert client.get(f"/cases/{made.case_id}/").status_code == 200


def test_a_plan_for_which_the_ring_has_no_room_says_which_section_binds(visit, enterprise, planner, now):
    made = propose_plan(actor=planner, case_id=enterprise(kw=8000.0).pk, now=now)
    html = visit(planner).get(f"/plans/{made.pk}/").content.decode()
    assert made.status == "infeasible"
    assert "Line loading with one section out" in html


def test_a_dual_supply_says_how_independent_its_sources_are(visit, enterprise, planner, now):
    made = propose_plan(actor=planner, case_id=enterprise(procedure="hv_dual").pk, now=now)
    html = visit(planner).get(f"/plans/{made.pk}/").content.decode()
    assert "Second supply: " in html
    assert "two bus sections of one substation" in html
    assert "both behind 110 kV" in html


def test_the_reply_and_the_bill_can_be_taken_from_the_plan(visit, plan, planner):
    client = visit(planner)
    html = client.get(f"/plans/{plan.pk}/").content.decode()
    for name, kind in (("reply.pdf", "application/pdf"), ("bill.xlsx", "spreadsheetml")):
        assert f"/plans/{plan.pk}/{name}" in html
        answer = client.get(f"/plans/{plan.pk}/{name}")
        assert kind in answer.headers["Content-Type"]
        assert plan.case.number in answer.headers["Content-Disposition"]


def test_a_stranger_does_not_get_the_reply(visit, plan, hire):
    assert visit(hire("customer", "stranger")).get(f"/plans/{plan.pk}/reply.pdf").status_code == 403
