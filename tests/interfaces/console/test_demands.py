import pytest

from tongdian.apps.demands.actions import receive_demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.models import Entry
from tongdian.kit.sheets import Sheet

PHONE, NAME = "13812342207", "周桂英"


@pytest.fixture
def said(cell_manager, now):
    """Thirty demands, the last with a contact."""
    header = ("id", "text", "channel", "city", "place", "contact_name", "contact_phone")
    rows = tuple((f"R{at:03d}", f"第{at}件事，跳闸了", "hotline", "南京", "长白新村", "", "") for at in range(29))
    last = ("R999", "我们7幢2单元井道已经封顶", "visit", "徐州", "汉西新村", NAME, PHONE)
    receive_demands(actor=cell_manager, sheet=Sheet(header=header, rows=(*rows, last)), now=now)
    return Demand.objects.get(reference="R999")


def test_filters_and_pages_stand_in_the_address(visit, cell_manager, said):
    client = visit(cell_manager)
    html = client.get("/demands/?city=%E5%8D%97%E4%BA%AC&page=2").content.decode()
    assert "29 demands found" in html
    assert "Page 2 of 2" in html
    assert "?city=%E5%8D%97%E4%BA%AC&amp;page=1" in html


def test_words_are_found(visit, cell_manager, said):
    html = visit(cell_manager).get("/demands/?q=井道").content.decode()
    assert "One demand found" in html
    assert said.number in html


@pytest.mark.parametrize("query", ["?page=x", "?page=-3", "?state=odd", "?category=unknown", "?page=999999999999"])
def test_an_odd_address_shows_the_list_all_the_same(visit, cell_manager, said, query):
    assert visit(cell_manager).get(f"/demands/{query}").status_code == 200


def test_contact_is_masked_until_it_is_asked_for(visit, cell_manager, said):
    html = visit(cell_manager).get(f"/demands/{said.pk}/").content.decode()
    assert PHONE not in html
    assert NAME not in html
    assert "138****2207" in html


def test_showing_the_contact_is_journalled(visit, cell_manager, said):
    html = visit(cell_manager).post(f"/demands/{said.pk}/contact/").content.decode()
    assert PHONE in html
    assert NAME in html
    assert Entry.objects.filter(kind="demand.contact_revealed", actor_id=cell_manager.id).count() == 1


def test_who_may_not_see_the_contact_is_told_who_may(visit, planner, said):
    response = visit(planner).post(f"/demands/{said.pk}/contact/")
    assert response.status_code == 403
    assert PHONE not in response.content.decode()
    assert "Ask somebody of:" in response.content.decode()


def test_confirming_a_category_shows_it(visit, cell_manager, said):
    client = visit(cell_manager)
    response = client.post(f"/demands/{said.pk}/category/", {"category": "elevator_connection", "second_category": ""}, follow=True)
    html = response.content.decode()
    assert response.redirect_chain == [(f"/demands/{said.pk}/", 302)]
    assert "Confirmed: Elevator retrofit connection" in html
    said.refresh_from_db()
    assert (said.category, str(said.confirmed_by_id)) == ("elevator_connection", cell_manager.id)


def test_missing_category_is_said_with_a_link_to_its_field(visit, cell_manager, said):
    response = visit(cell_manager).post(f"/demands/{said.pk}/category/", {"category": "", "second_category": "invoice"})
    html = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#id_category">' in html
    assert '<option value="invoice" selected>' in html, "what was chosen is kept"


@pytest.mark.parametrize("category", ["no_such_category", "elevator_connection; drop table"])
def test_category_out_of_the_table_is_refused(visit, cell_manager, said, category):
    assert visit(cell_manager).post(f"/demands/{said.pk}/category/", {"category": category}).status_code == 422
    said.refresh_from_db()
    assert said.category == ""


def test_category_is_not_confirmed_by_everybody(visit, crew, said):
    response = visit(crew).post(f"/demands/{said.pk}/category/", {"category": "elevator_connection"})
    assert response.status_code == 403
    said.refresh_from_db()
    assert said.confirmed_at is None


def test_words_are_shown_as_they_were_said(visit, cell_manager, now):
    wild = "<script>alert(1)</script> & “引号”"
    receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "text"), rows=(("W1", wild),)), now=now)
    html = visit(cell_manager).get(f"/demands/{Demand.objects.get(reference='W1').pk}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “引号”" in html


def test_opening_a_case_leads_to_its_thread(visit, cell_manager, said, town):
    client = visit(cell_manager)
    client.post(f"/demands/{said.pk}/category/", {"category": "elevator_connection"})
    application = {
        "procedure": "elevator",
        "building": "7幢2单元",
        "lon": "7.8815",
        "lat": "48.46",
        "kw": "15",
        "wanted_date": "2021-05-01",
    }
    response = client.post(f"/demands/{said.pk}/case/", application, follow=True)
    case = said.cases.get()
    assert response.redirect_chain == [(f"/cases/{case.pk}/", 302)]
    assert case.application["devices"][0]["kw"] == 15.0
    assert "我们7幢2单元井道已经封顶" in response.content.decode()


def test_unusable_application_keeps_what_was_typed(visit, cell_manager, said):
    client = visit(cell_manager)
    client.post(f"/demands/{said.pk}/category/", {"category": "elevator_connection"})
    response = client.post(f"/demands/{said.pk}/case/", {"procedure": "elevator", "building": "7幢", "lon": "500", "lat": "", "kw": "much"})
    html = response.content.decode()
    assert response.status_code == 422
    assert all(f'<a href="#id_{field}">' in html for field in ("lon", "lat", "kw"))
    assert 'value="7幢"' in html
    assert not said.cases.exists()


def test_a_case_before_the_category_is_refused(visit, cell_manager, said):
    said.category = "elevator_connection"
    said.save(update_fields=["category"])
    application = {"procedure": "elevator", "building": "7幢2单元", "lon": "7.8815", "lat": "48.46", "kw": "15"}
    response = visit(cell_manager).post(f"/demands/{said.pk}/case/", application)
    assert response.status_code == 409
    assert "Confirm first what the demand" in response.content.decode()
