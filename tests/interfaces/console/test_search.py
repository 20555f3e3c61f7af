"""
The box in the top bar finds words of one and two characters, numbers, places; and nothing personal.
"""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("words", ["井道", "封", "A048", "ａ０４８", "汉西 井道", "SQ-2021-000001", "鼓楼"])
def test_words_of_any_length_find_the_demand(open_elevator_case, cell_manager, visit, words):
    open_elevator_case()
    page = visit(cell_manager).get("/search/", {"q": words}).content.decode()
    assert "A048 井道已经封顶" in page


@pytest.mark.parametrize(("words", "expected"), [("TD-2021", "TD-2021-00001"), ("A048幢", "TD-2021-00001"), ("电梯", "procedure=elevator")])
def test_cases_places_and_procedures_are_found(open_elevator_case, cell_manager, visit, words, expected):
    open_elevator_case()
    assert expected in visit(cell_manager).get("/search/", {"q": words}).content.decode()


@pytest.mark.parametrize("words", ["周", "nothing at all", "%", "'; drop table", ""])
def test_what_is_not_there_is_not_found(open_elevator_case, cell_manager, visit, words):
    open_elevator_case()
    response = visit(cell_manager).get("/search/", {"q": words})
    assert response.status_code == 200
    assert "A048 井道已经封顶" not in response.content.decode()


def test_a_customer_does_not_search(resident, visit):
    assert visit(resident).get("/search/", {"q": "电"}).status_code == 403
