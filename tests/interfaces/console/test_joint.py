import re

import pytest

from tongdian.apps.background.actions import work_once
from tongdian.apps.background.models import Job
from tongdian.apps.plans.models import JointPlan, Reservation


def ask(client, cases, **more):
    community = cases[0].building.community_id
    return client.post(f"/joint/{community}/propose/", {"case": [str(case.pk) for case in cases]} | more, follow=True)


@pytest.fixture
def joint(visit, three, planner):
    ask(visit(planner), three)
    work_once(worker="test")
    return JointPlan.objects.get()


def test_a_planner_finds_the_place_from_his_day_and_from_the_case(visit, three, planner, crew):
    address = f"/joint/{three[0].building.community_id}/"
    client = visit(planner)
    assert address in client.get("/").content.decode()
    assert address in client.get(f"/cases/{three[0].pk}/").content.decode()
    page = client.get(address).content.decode()
    assert "3 applications wait" in page
    assert page.count('name="case"') == 3
    assert not Job.objects.exists()  # reading starts nothing
    client = visit(crew)
    assert address not in client.get("/").content.decode()
    assert client.get(address).status_code == 403


def test_a_worker_makes_it_and_the_page_shows_how_far_it_is(visit, three, planner):
    client = visit(planner)
    page = ask(client, three).content.decode()
    assert "Being calculated" in page
    assert "hx-get" in page
    ask(client, three)
    assert Job.objects.filter(task__endswith="propose_jointly").count() == 1  # one at a time
    Job.objects.update(done=3, total=9)
    assert "3 of 9 answers" in client.get(f"/joint/{three[0].building.community_id}/").content.decode()
    work_once(worker="test")
    page = client.get(f"/joint/{three[0].building.community_id}/").content.decode()
    assert f"/joint-plans/{JointPlan.objects.get().pk}/" in page
    assert "Being calculated" not in page


def test_it_can_be_cancelled_and_a_refusal_comes_back_in_words(visit, three, planner):
    client, address = visit(planner), f"/joint/{three[0].building.community_id}/"
    ask(client, three)
    client.post(f"{address}cancel/")
    assert Job.objects.get().status == "cancelled"
    ask(client, three[:1])
    work_once(worker="test")
    assert "at least 2 applications" in client.get(address).content.decode()
    Job.objects.update(status="failed", result=None)
    assert "The calculation failed" in client.get(address).content.decode()
    assert not JointPlan.objects.exists()


def test_the_page_tells_who_is_in_it_what_is_built_and_what_falls_to_each(visit, joint, three, planner):
    page = visit(planner).get(f"/joint-plans/{joint.pk}/").content.decode()
    for case in three:
        assert f"/cases/{case.pk}/" in page
    assert "Single answers" in page
    assert "Nobody bears more than alone" in page
    assert "a box for 3" in page
    assert page.count('class="route other" d="M') >= 2
    assert 'class="route" d="M' in page
    assert "A second person approves it" in page
    for name, kind in (("paper.pdf", "application/pdf"), ("bill.xlsx", "spreadsheetml")):
        assert kind in visit(planner).get(f"/joint-plans/{joint.pk}/{name}").headers["Content-Type"]


def test_it_is_approved_and_accepted_for_all(visit, joint, planner, programme_manager, cell_manager):
    client = visit(programme_manager)
    assert f"/joint-plans/{joint.pk}/" in client.get("/").content.decode()
    page = client.post(f"/joint-plans/{joint.pk}/approve/", follow=True).content.decode()
    assert "Every customer of it has his reply" in page
    assert "It is accepted by whoever has a mandate" in page
    assert client.post(f"/joint-plans/{joint.pk}/accept/").status_code == 403
    client = visit(cell_manager)
    assert "Accept for all" in client.get(f"/joint-plans/{joint.pk}/").content.decode()
    client.post(f"/joint-plans/{joint.pk}/accept/")
    assert Reservation.objects.count() == 3
    again = client.post(f"/joint-plans/{joint.pk}/approve/")
    assert again.status_code == 403


def test_a_members_plan_leads_to_it_and_is_not_approved_alone(visit, joint, programme_manager):
    plan = joint.plans.first()
    client = visit(programme_manager)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert f"/joint-plans/{joint.pk}/" in page
    assert f"/plans/{plan.pk}/approve/" not in page
    assert "Share of what is built together" in page
    response = client.post(f"/plans/{plan.pk}/approve/")
    assert response.status_code == 409
    assert "part of the joint plan 1" in response.content.decode()
    case = client.get(f"/cases/{plan.case_id}/").content.decode()
    assert "part of a joint plan" in case
    assert f"/joint-plans/{joint.pk}/" in case


def test_all_three_kinds_wait_for_the_second_person(visit, joint, applied, town, planner, cell_manager, programme_manager, now):
    from tests.apps.conftest import _at, make_demand

    from tongdian.apps.cases.actions import take_up_demand
    from tongdian.apps.plans import actions, queries

    plan = actions.propose_plan(actor=planner, case_id=applied("A048").pk, now=now)
    said = make_demand(cell_manager, now, "R001", "aging_public_line")
    lon, lat = _at(130.0, 8.0)
    case = take_up_demand(
        actor=cell_manager, demand_id=said.pk, procedure="lv_renovation", building="全小区", lon=lon, lat=lat, application={}, now=now
    )
    line = queries.list_renewal_choices(actor=planner, case_id=case.pk).lines[0]
    renewal = actions.propose_renewal(actor=planner, case_id=case.pk, lines=[line.line_id], growth=0.3, now=now)
    page = visit(programme_manager).get("/").content.decode()
    assert {f"/plans/{plan.pk}/", f"/renewals/{renewal.pk}/", f"/joint-plans/{joint.pk}/"} <= set(re.findall(r'href="([^"]+)"', page))
    own = visit(planner).get("/").content.decode()
    assert f"/plans/{plan.pk}/" not in own


@pytest.mark.parametrize("address", ["/joint/4711/", "/joint-plans/00000000-0000-0000-0000-000000000000/"])
def test_unknown_ones_are_not_found(visit, planner, town, address):
    assert visit(planner).get(address).status_code == 404
