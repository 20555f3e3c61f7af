import pytest
from django.test import RequestFactory
from django.utils import translation

from tongdian.interfaces.console.views import errors


@pytest.mark.parametrize(("language", "title"), [("en", "Something broke on our side"), ("zh-hans", "我们这边出错了")])
def test_page_of_a_bug_needs_no_database(language, title):
    with translation.override(language):
        response = errors.broken(RequestFactory().get("/"))
    assert response.status_code == 500
    assert title in response.content.decode()


def test_bug_in_a_page_is_answered_in_words(visit, cell_manager, monkeypatch):
    def broken(**_):
        raise RuntimeError("a bug")

    monkeypatch.setattr("tongdian.apps.insight.queries.get_day", broken)
    client = visit(cell_manager)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "a bug" not in response.content.decode()


def test_form_without_its_token_says_what_to_do(db, rf):
    with translation.override("en"):
        response = errors.untrusted(rf.get("/"), reason="")
    assert response.status_code == 403
    assert "load it again and send the form once more" in response.content.decode()


def test_customer_without_a_case_is_told_so_without_a_bug(visit, hire):
    assert visit(hire("customer", "stranger")).get("/").status_code in {200, 403}
