"""
Demands, cases, plans and tasks by programs.
"""

import base64
import re
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from tongdian.apps.background.actions import work_once
from tongdian.apps.cases.models import Case
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.queries import count_entries, verify_chain
from tongdian.apps.people.rules import SCOPES
from tongdian.interfaces.api import asking
from tongdian.interfaces.api.urls import api

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"text": "3幢加装电梯，电从哪接", "channel": "hotline", "reference": "H-1", "city": "南京", "county": "鼓楼区", "place": "汉西新村"}
PDF = {"name": "form.pdf", "content_base64": base64.b64encode(b"%PDF application").decode()}


def operations():
    """Every method and address of the description, with its parts filled."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        filled = re.sub(r"\{[a-z_]*id\}", str(uuid4()), path).replace("{code}", "application").removeprefix("/api/v1")
        for method in methods:
            yield method, filled


def test_a_demand_becomes_a_case_with_a_plan(ask, issue, town, cell_manager, planner, programme_manager, resident):
    token = issue(cell_manager, "demands:read", "demands:write", "cases:read", "cases:write")
    said = ask("post", "/demands", token, SAID).json()
    assert said["guesses"][0]["category"] == "elevator_connection"
    assert not said["is_elsewhere"]
    ask("post", f"/demands/{said['id']}/category", token, {"category": "elevator_connection"})
    device = {"kind": "elevator", "kw": 15.0, "phases": 3, "count": 1, "power_factor": 0.85, "starting_current_ratio": 2.5}
    application = {"devices": [device], "customer_class": "commerce"}
    taken = {"demand_id": said["id"], "procedure": "elevator", "building": "3幢", "lon": 7.8817, "lat": 48.46, "application": application}
    case = ask("post", "/cases", token, taken).json()
    assert (case["line"]["state"], case["line"]["kw"]) == ("open", 15.0)
    assert [step["state"] for step in case["milestones"]].count("now") == 1
    assert ask("get", "/cases?state=open", token).json()["items"][0]["number"] == case["line"]["number"]

    ask("post", f"/cases/{case['line']['id']}/milestones/application", token, {"evidence": {"application_form": PDF}})

    plans = issue(planner, "plans:read", "plans:write")
    plan = ask("post", f"/cases/{case['line']['id']}/plans", plans)
    assert plan.status_code == 201, plan.content
    assert plan.json()["options"][0]["document"]["route"]["length_m"] > 0
    refused = ask("post", f"/plans/{plan.json()['id']}/approval", plans)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tongdian:problem:second-person-needed")
    second = issue(programme_manager, "plans:write", "plans:read")
    approved = ask("post", f"/plans/{plan.json()['id']}/approval", second)
    assert (approved.status_code, approved.json()["status"]) == (200, "approved"), approved.content
    assert verify_chain().is_intact


def test_a_milestone_is_recorded_with_its_file(ask, issue, open_elevator_case, cell_manager, resident):
    case = open_elevator_case()
    token = issue(cell_manager, "cases:write", "cases:read")
    assert ask("get", f"/cases/{case.pk}", issue(resident, "cases:read")).json()["line"]["milestone"] == "application"
    reached = ask("post", f"/cases/{case.pk}/milestones/application", token, {"evidence": {"application_form": PDF}})
    assert reached.status_code == 200, reached.content
    assert reached.json()["milestones"][0]["state"] == "done"
    for content in ("%%%", "合同"):
        wrong = {"evidence": {"application_form": {"name": "a", "content_base64": content}}}
        assert ask("post", f"/cases/{case.pk}/milestones/application", token, wrong).status_code == 409


def test_the_same_request_with_a_key_is_answered_once(ask, issue, cell_manager):
    token = issue(cell_manager, "demands:read", "demands:write")
    said = {**SAID, "reference": ""}
    first = ask("post", "/demands", token, said, **{"idempotency-key": "k1"})
    entries = count_entries()
    again = ask("post", "/demands", token, said, **{"idempotency-key": "k1"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (Demand.objects.count(), count_entries()) == (1, entries)
    other = ask("post", "/demands", token, {**said, "text": "别的事"}, **{"idempotency-key": "k1"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:tongdian:problem:other-request")
    assert ask("post", "/demands", token, said, **{"idempotency-key": "k" * 200}).status_code == 409


def test_a_refusal_with_a_key_leaves_nothing_and_may_be_tried_again(ask, issue, cell_manager, demand):
    token = issue(cell_manager, "demands:read", "demands:write")
    path, key = f"/demands/{demand.pk}/category", {"idempotency-key": "k2"}
    assert ask("post", path, token, {"category": "no_such"}, **key).status_code == 409
    assert ask("post", path, token, {"category": "ev_charger_connection"}, **key).status_code == 200


def test_a_table_is_taken_in_by_a_worker(client, issue, ask, cell_manager):
    token = issue(cell_manager, "tasks:read", "tasks:write")
    table = SimpleUploadedFile("t.csv", "编号,诉求内容\nT1,电梯要接电\nT2,\n".encode())
    headers = {"authorization": f"Bearer {token}"}
    begun = client.post("/api/v1/tasks/imports", {"table": table, "holds": "demands"}, headers=headers)
    assert begun.status_code == 202, begun.content
    work_once(worker="w")
    found = ask("get", f"/tasks/{begun.json()['id']}", token).json()
    assert (found["is_finished"], found["result"]["landed"], found["result"]["returned"]) == (True, 1, 1)
    assert ask("delete", f"/tasks/{begun.json()['id']}", token).status_code == 200


def test_no_address_answers_without_a_token_or_without_its_scope(ask, issue, administrator):
    found = list(operations())
    assert len(found) >= 14
    for method, path in found:
        refused = ask(method, path)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer"), path
        answers = {scope: ask(method, path, issue(administrator, scope)).content for scope in SCOPES}
        assert sum(b"problem:no-scope" not in answer for answer in answers.values()) == 1, (method, path, answers)


@pytest.mark.parametrize("spoilt", ["td_x_y", "td_00000000_z", "nonsense", "td__", "xx_1_2"])
def test_a_token_that_is_none_lets_nobody_in(ask, spoilt, town):
    answer = ask("get", "/demands", spoilt)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_token_ends_with_its_day_its_revocation_or_its_user(ask, issue, cell_manager, administrator, now, monkeypatch):
    from datetime import timedelta

    from tongdian.apps.people.actions import revoke_token
    from tongdian.apps.people.models import User

    token = issue(cell_manager, "demands:read")
    assert ask("get", "/demands", token).status_code == 200
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now + timedelta(days=31))
    assert ask("get", "/demands", token).status_code == 401
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now)
    User.objects.filter(pk=cell_manager.id).update(is_active=False)
    assert ask("get", "/demands", token).status_code == 401
    User.objects.filter(pk=cell_manager.id).update(is_active=True)
    revoke_token(actor=administrator, number=token.split("_")[1], now=now)
    assert ask("get", "/demands", token).status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"channel": "hotline"}, "text"),
        ({**SAID, "channel": "pigeon"}, "channel"),
        ({**SAID, "colour": "red"}, "colour"),
        ({**SAID, "text": "x" * 10_001}, "text"),
        ({**SAID, "reported_at": 0}, "reported_at"),
        ({**SAID, "reported_at": "2021-05-10T09:30:00"}, "reported_at"),
    ],
)
def test_what_is_wrong_with_a_request_is_pointed_at(ask, issue, cell_manager, body, pointer):
    answer = ask("post", "/demands", issue(cell_manager, "demands:write"), body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith(pointer)
    assert not Demand.objects.exists()


def test_what_is_no_json_is_a_problem_too(client, issue, cell_manager):
    headers = {"authorization": f"Bearer {issue(cell_manager, 'demands:write')}"}
    answer = client.post("/api/v1/demands", b"{", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_a_form_without_its_boundary_is_a_problem_too(client, issue, cell_manager):
    headers = {"authorization": f"Bearer {issue(cell_manager, 'tasks:write')}"}
    answer = client.post("/api/v1/tasks/imports", b"holds", content_type="multipart/form-data", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["/demands/{}", "/cases/{}", "/plans/{}", "/tasks/{}"])
def test_what_is_not_there_is_said(ask, issue, cell_manager, path):
    answer = ask("get", path.format(uuid4()), issue(cell_manager, *SCOPES))
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_a_token_never_gives_more_than_its_user_may(ask, issue, crew, demand):
    answer = ask("post", f"/demands/{demand.pk}/category", issue(crew, *SCOPES), {"category": "ev_charger_connection"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tongdian:problem:not-allowed")


def test_contacts_are_masked_and_problems_speak_the_asked_language(ask, issue, cell_manager):
    token = issue(cell_manager, *SCOPES)
    said = ask("post", "/demands", token, {**SAID, "contact_name": "周建国", "contact_phone": "13812342207"}).json()
    assert (said["contact_name"], said["contact_phone"]) == ("周**", "138****2207")
    chinese = ask("get", "/demands", "td_x_y", **{"accept-language": "zh-hans"}).json()["detail"]
    english = ask("get", "/demands", "td_x_y", **{"accept-language": "en"}).json()["detail"]
    assert "token" in english
    assert chinese != english


def test_the_description_names_no_other_host(client, town):
    text = client.get("/api/v1/openapi.json").content.decode()
    assert "http://" not in text
    assert "https://" not in text
    assert client.get("/api/v1/docs").status_code == 404
    assert not Case.objects.exists()


@pytest.mark.parametrize("path", ["demands/no-identifier/category", "cases/line%0Abreak/plans"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_where_nothing_stands_a_program_gets_a_problem_and_no_page(client, method, path):
    answer = getattr(client, method)(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_description_says_what_can_go_wrong(client):
    described = client.get("/api/v1/openapi.json").json()
    every = [operation["responses"] for methods in described["paths"].values() for operation in methods.values()]
    assert all({"401", "403", "404", "409", "422", "429"} <= set(responses) for responses in every)
    schema = every[0]["401"]["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
    answer = client.get("/api/v1/demands").json()
    assert set(described["components"]["schemas"][schema]["required"]) <= set(answer)


def test_who_asks_too_often_is_told_when_to_ask_again(ask, issue, cell_manager, planner, monkeypatch):
    cache.clear()
    monkeypatch.setattr(asking.THROTTLE, "num_requests", 3)
    token, other = issue(cell_manager, "demands:read"), issue(planner, "demands:read")
    second = issue(cell_manager, "demands:read")
    answers = [ask("get", "/demands", one) for one in (token, second, token, token)]  # two tokens of one user count together
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert ask("get", "/demands", other).status_code == 200
    cache.clear()
