import pytest
from django.test import Client

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
