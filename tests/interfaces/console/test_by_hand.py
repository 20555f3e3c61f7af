"""
The workbench on which a planner changes a plan by hand.
"""

import json
import re

import pytest

from tongdian.apps.plans.actions import approve_plan, propose_plan
from tongdian.apps.plans.models import Plan

TOLD = "沿围墙走 <b>"


@pytest.fixture
def plan(applied, planner, now):
    return propose_plan(actor=planner, case_id=applied().pk, now=now)


def layers_of(html, name):
    return json.loads(re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html, re.DOTALL).group(1))


def test_the_plan_leads_to_the_workbench_for_those_who_plan(visit, plan, planner, programme_manager):
    address = f"/plans/{plan.pk}/by-hand/"
    assert address in visit(planner).get(f"/plans/{plan.pk}/").content.decode()
    assert address not in visit(programme_manager).get(f"/plans/{plan.pk}/").content.decode()
    assert visit(programme_manager).get(address).status_code == 403


def test_it_begins_with_the_recommended_option(visit, plan, planner):
    html = visit(planner).get(f"/plans/{plan.pk}/by-hand/").content.decode()
    best = plan.options.get(rank=1)
    assert f'<option value="{best.bus_id}" selected>' in html
    assert f"It holds at {best.document['bus_name']}" in html
    assert "as option A" in html
    assert "Keep it as another version" in html


def test_the_map_knows_what_can_be_chosen(visit, plan, planner):
    layers = layers_of(visit(planner).get(f"/plans/{plan.pk}/by-hand/").content.decode(), "map-layers")
    assert plan.options.get(rank=1).bus_id in {bus for _, _, bus in layers["buses"]}
    assert all("line" in feature["properties"] for feature in layers["lines"]["features"])
    assert layers["via"] == []


def test_a_choice_is_answered_by_its_parts(visit, plan, planner):
    best = plan.options.get(rank=1)
    response = visit(planner).get(f"/plans/{plan.pk}/by-hand/part/", {"bus": best.bus_id, "cable": "YJV22-4x95", "parallel": "2"})
    html = response.content.decode()
    assert response.status_code == 200
    assert response.headers["HX-Push-Url"].endswith(f"/by-hand/?bus={best.bus_id}&cable=YJV22-4x95&parallel=2")
    assert "YJV22-4x95 × 2" in html
    assert "more than option A" in html
    assert "Transformer T0" in html
    assert layers_of(html, "hand-layers")["routes"]["features"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bus=99999", "no connection point 99999"),
        ("cable=none", "no cable “none”"),
        ("via=99999", "no line 99999"),
        ("laying=nowhere", "no laying “nowhere”"),
        ("bus=x&via=y&parallel=z", "It holds at"),
    ],
)
def test_what_cannot_be_is_named_and_the_form_stays(visit, plan, planner, query, said):
    response = visit(planner).get(f"/plans/{plan.pk}/by-hand/?{query}")
    assert response.status_code == 200
    html = response.content.decode()
    assert said in html
    assert 'id="hand-bus"' in html


def test_a_line_to_go_over_can_be_taken_back(visit, plan, planner):
    client = visit(planner)
    html = client.get(f"/plans/{plan.pk}/by-hand/").content.decode()
    line = re.search(r'id="hand-via".*?<option value="(\d+)">', html, re.DOTALL).group(1)
    html = client.get(f"/plans/{plan.pk}/by-hand/?via={line}").content.decode()
    assert f'id="via-{line}" checked' in html
    assert layers_of(html, "map-layers")["via"] == [int(line)]


def test_it_is_kept_with_a_reason_and_approved_by_another(visit, plan, planner, programme_manager, now):
    best = plan.options.get(rank=1)
    chosen = {"bus": best.bus_id, "cable": "YJV22-4x95", "parallel": "1", "laying": ""}
    response = visit(planner).post(f"/plans/{plan.pk}/by-hand/keep/", chosen | {"reason": TOLD}, follow=True)
    html = response.content.decode()
    kept = Plan.objects.get(version=2)
    assert response.redirect_chain[-1][0] == f"/plans/{kept.pk}/"
    assert "Kept as version 2. A second person approves it." in html
    assert "Chosen by hand: 沿围墙走 &lt;b&gt;" in html
    assert "chosen by hand" in html
    assert approve_plan(actor=programme_manager, plan_id=kept.pk, now=now).status == "approved"


def test_what_is_not_kept_loses_nothing(visit, plan, planner):
    best = plan.options.get(rank=1)
    refused = visit(planner).post(f"/plans/{plan.pk}/by-hand/keep/", {"bus": best.bus_id, "cable": "", "reason": TOLD})
    html = refused.content.decode()
    assert refused.status_code == 409
    assert "an option of the plan already" in html
    assert "沿围墙走 &lt;b&gt;" in html
    empty = visit(planner).post(f"/plans/{plan.pk}/by-hand/keep/", {"bus": best.bus_id, "cable": "YJV22-4x95", "reason": " "})
    assert empty.status_code == 409
    assert "Say why you choose this way" in empty.content.decode()
    assert '<option value="YJV22-4x95" selected>' in empty.content.decode()


def test_a_replaced_plan_can_be_looked_at_only(visit, plan, planner, now):
    propose_plan(actor=planner, case_id=plan.case_id, now=now)
    html = visit(planner).get(f"/plans/{plan.pk}/by-hand/").content.decode()
    assert "nothing is kept" in html
    assert "hand-reason" not in html


def test_a_plan_at_10_kv_is_changed_by_hand_too(visit, enterprise, village, planner, now):
    made = propose_plan(actor=planner, case_id=enterprise().pk, now=now)
    client, address = visit(planner), f"/plans/{made.pk}/by-hand/"
    assert address in client.get(f"/plans/{made.pk}/").content.decode()
    page = client.get(address).content.decode()
    used = {option.bus_id for option in made.options.all()}
    points = re.findall(r'<option value="(\d+)"(?: selected)?>([^<]*(?:unit|joint)[^<]*)<', page)
    other = next(int(bus) for bus, _ in points if int(bus) not in used)
    assert "data-hand" in page
    part = client.get(f"{address}part/", {"bus": other}).content.decode()
    assert "It holds at" in part
    assert "YJV22-10-3x" in part
    assert 'value="wall"' not in page  # no 10 kV cable along a wall
    client.post(f"{address}keep/", {"bus": other, "reason": "沿围墙走"})
    kept = made.case.plans.get(version=2)
    assert kept.options.get(rank=kept.document["recommended"] + 1).bus_id == other
    assert kept.document["voltage"] == "high"


def test_a_plan_for_which_nothing_fits_can_be_tried_by_hand(visit, applied, planner, now):
    made = propose_plan(actor=planner, case_id=applied(kw=140.0).pk, now=now)
    html = visit(planner).get(f"/plans/{made.pk}/by-hand/").content.decode()
    assert "It does not hold at" in html or "This cannot be built" in html
    assert "hand-reason" not in html
