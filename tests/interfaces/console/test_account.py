from datetime import UTC, datetime

import pytest
from django.test import Client

from tongdian.apps.people.models import Attempt
from tongdian.server.proxy import RealAddress

PASSWORD = "a long enough phrase"


@pytest.fixture
def somebody(hire):
    return hire("cell_manager", "shen", PASSWORD)


@pytest.mark.parametrize("path", ["/", "/demands/", "/cases/", "/journal/"])
def test_nobody_sees_anything_before_logging_in(db, client, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/login/?next={path}"


def test_logging_in_leads_to_where_one_wanted_to_go(client, somebody):
    response = client.post("/login/", {"username": "shen", "password": PASSWORD, "next": "/cases/"})
    assert response.headers["Location"] == "/cases/"


def test_logging_in_leads_nowhere_else(client, somebody):
    response = client.post("/login/", {"username": "shen", "password": PASSWORD, "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_wrong_password_is_said_above_the_form_and_the_name_is_kept(client, somebody):
    response = client.post("/login/", {"username": "shen", "password": "wrong"})
    html = response.content.decode()
    assert response.status_code == 422
    assert 'role="alert"' in html
    assert 'value="shen"' in html


def test_logging_out_needs_a_form_not_a_link(client, somebody):
    client.post("/login/", {"username": "shen", "password": PASSWORD})
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_forms_without_their_token_are_refused_in_words(db):
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "shen", "password": PASSWORD})
    assert response.status_code == 403


def test_language_is_remembered(client, somebody):
    client.post("/i18n/setlang/", {"language": "en", "next": "/login/"})
    assert "Log in" in client.get("/login/").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/login/"})
    assert "登录" in client.get("/login/").content.decode()


def try_to_log_in(client, name="shen", password="wrong", address="10.0.0.1"):
    return client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address)


def test_five_wrong_passwords_lock_a_name_for_that_address_only(client, somebody):
    for _ in range(5):
        assert "密码" in try_to_log_in(client).content.decode()
    locked = try_to_log_in(client, password=PASSWORD)
    assert locked.status_code == 422
    assert "等一刻钟" in locked.content.decode()
    assert try_to_log_in(client, "SHEN", PASSWORD).status_code == 422  # the same name
    assert try_to_log_in(client, password=PASSWORD, address="10.0.0.2").status_code == 302  # nobody else keeps him out


def test_a_lock_ends_and_success_begins_anew(client, somebody, monkeypatch):
    for _ in range(5):
        try_to_log_in(client)
    Attempt.objects.update(locked_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert try_to_log_in(client).status_code == 422  # one new failure, not a lock
    assert try_to_log_in(client, password=PASSWORD).status_code == 302
    client.post("/logout/")
    for _ in range(4):
        try_to_log_in(client)
    assert try_to_log_in(client, password=PASSWORD).status_code == 302


def test_thirty_failures_under_any_names_lock_the_address(client, somebody):
    for at in range(30):
        try_to_log_in(client, f"name{at}")
    assert try_to_log_in(client, password=PASSWORD).status_code == 422


def test_behind_a_proxy_the_address_is_what_the_proxy_wrote(rf):
    seen = RealAddress(lambda request: request.META["REMOTE_ADDR"])
    assert seen(rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 10.9.8.7"})) == "10.9.8.7"
    assert seen(rf.get("/", REMOTE_ADDR="10.1.1.1")) == "10.1.1.1"
