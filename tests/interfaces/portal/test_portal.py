"""
The public door: say what one needs in a few fields, get a number, follow it by the last four digits of the phone.
"""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tongdian.apps.cases.actions import open_case
from tongdian.apps.demands import rules
from tongdian.apps.demands.actions import confirm_category
from tongdian.apps.demands.models import Demand, Tracking
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.actions import register_customer
from tongdian.apps.people.models import Attempt
from tongdian.apps.places.actions import register_building

pytestmark = pytest.mark.django_db
SAID = {
    "key": "5f0e0c4e-0000-4000-8000-000000000001",
    "text": "车位 B2-117 想装充电桩，物业说容量不够🔌",
    "city": "南京市",
    "county": "秦淮区",
    "place": "汉西新村 7幢",
    "contact_name": "周敏",
    "contact_phone": "138 1234 4471",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def _that_day(monkeypatch, now):
    """The installation lives at the moment of the cast."""
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now)


def say(client, scene="charger", **changes):
    return client.post(reverse("portal:say", args=[scene]), SAID | changes)


def follow(client, number, digits="4471"):
    return client.post(reverse("portal:track"), {"number": number, "digits": digits})


@pytest.fixture
def number(client):
    say(client)
    return Tracking.objects.get().number


def test_what_is_said_becomes_a_demand_with_a_number(client):
    response = say(client)
    demand = Demand.objects.get()
    assert (demand.text, demand.channel, demand.contact_phone) == (SAID["text"], "web", SAID["contact_phone"])
    assert response["Location"] == reverse("portal:received", args=[rules.show_tracking_number(demand.tracking.number)])
    assert demand.category == ""  # a person decides
    page = client.get(response["Location"]).content.decode()
    assert rules.show_tracking_number(demand.tracking.number) in page


def test_the_number_has_45_random_bits_and_a_check_character():
    assert 5 * rules.TRACKING_LENGTH >= 40
    number = rules.add_check("0A1B2C3D4")
    for at in range(rules.TRACKING_LENGTH):
        for wrong in set(rules.TRACKING_ALPHABET) - {number[at]}:
            typed = number[:at] + wrong + number[at + 1 :]
            assert rules.add_check(typed[:-1]) != typed


def test_sending_the_form_twice_counts_once(client):
    first, second = say(client), say(client)
    assert first["Location"] == second["Location"]
    assert Demand.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "长" * 10_001),
        ("contact_phone", ""),
        ("contact_phone", "12"),
        ("city", ""),
        ("place", "x" * 201),
        ("consent", ""),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_lost(client, field, value):
    response = say(client, **{field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'id="id_{field}-error"' in page
    assert f'href="#id_{field}"' in page
    assert field == "city" or "南京市" in page
    assert not Demand.objects.exists()


def test_who_says_what_was_said_before_is_told_so_before_it_is_sent(client):
    say(client)
    told = say(client, key="key-9")
    page = told.content.decode()
    assert told.status_code == 200
    assert "反映过同一问题" in page
    assert 'name="anyway" value="1"' in page
    assert SAID["text"] in page  # what was typed is still there
    assert Demand.objects.count() == 1
    assert say(client, key="key-9", anyway="1").status_code == 302
    assert Demand.objects.count() == 2
    assert say(client, key="key-7", city="苏州市", county="姑苏区", place="平江路").status_code == 302  # elsewhere: nothing to tell


def test_script_is_text(client):
    say(client, text="<script>alert(1)</script> 停电")
    number = Tracking.objects.get().number
    page = follow(client, number).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_unknown_scene_is_not_there(client):
    assert client.get("/portal/say/spaceship/").status_code == 404


def test_number_and_digits_show_how_far_it_is(client, number):
    page = follow(client, number.lower().replace("0", "o")).content.decode()  # as people type it
    assert SAID["text"] in page
    assert "4471" not in page
    assert "周敏" not in page
    assert Entry.objects.filter(kind="demand.tracked").count() == 1


def test_wrong_and_unknown_numbers_are_answered_alike(client, number):
    wrong, unknown = follow(client, number, "0000"), follow(client, "0" * 10, "0000")
    assert wrong.status_code == unknown.status_code == 403
    text = [re.sub(r'value="[^"]*"', "", response.content.decode()) for response in (wrong, unknown)]
    assert text[0] == text[1]


@pytest.mark.parametrize("exists", [True, False])
def test_five_failures_lock_a_number_for_a_quarter_of_an_hour(client, number, exists, monkeypatch, now):
    asked = number if exists else "0" * 10
    assert [follow(client, asked, "0000").status_code for _ in range(6)] == [403] * 5 + [429]
    assert follow(client, asked).status_code == 429  # even with the right digits
    Attempt.objects.update(locked_until=now - timedelta(days=3650))
    assert follow(client, asked).status_code == (200 if exists else 403)


def test_thirty_failures_lock_the_address(client, number):
    for at in range(30):
        follow(client, f"{at:010d}", "0000")
    assert follow(client, number).status_code == 429


def test_success_starts_the_count_anew(client, number):
    for _ in range(3):
        assert [follow(client, number, "0000").status_code for _ in range(4)] == [403] * 4
        assert follow(client, number).status_code == 200


def test_a_case_shows_whose_turn_it_is_and_how_many_are_ahead(client, cell_manager, now):
    cases = []
    for position in (1, 2):
        say(client, anyway="1", key=f"key-{position}", contact_phone=f"1381234000{position}")
        demand = Demand.objects.get(reference=f"web:key-{position}")
        confirm_category(actor=cell_manager, demand_id=demand.pk, category="ev_charger_connection", now=now)
        place = register_building(
            actor=cell_manager,
            city="南京市",
            county="秦淮区",
            community="汉西新村",
            building=f"{position}幢",
            lon=118.78,
            lat=32.02,
            now=now,
        )
        customer = register_customer(actor=cell_manager, reference=demand.number, kind="residents", name="周", phone="", now=now)
        at = now - timedelta(hours=3 - position)
        cases.append(
            open_case(
                actor=cell_manager,
                demand_ids=[demand.pk],
                procedure="ev_charger",
                building=place,
                customer=customer,
                application={},
                now=at,
            )
        )
    client.cookies["django_language"] = "en"
    page = follow(client, Demand.objects.get(reference="web:key-2").tracking.number, "0002").content.decode()
    assert "the utility: Application accepted" in page
    assert "<b>One</b> other is ahead of you" in page
    assert cases[1].number in page


def test_the_door_has_all_scenes_in_both_languages(client):
    for language, word in (("en", "Charging point"), ("zh-hans", "充电桩")):
        client.cookies["django_language"] = language
        page = client.get("/portal/").content.decode()
        assert page.count("/portal/say/") == len(rules.SCENES)
        assert word in page
        assert "https://" not in page


def test_who_follows_a_request_finds_the_certificate_of_his_building_until_it_is_revoked(client, number, cell_manager, planner, now):
    from tests.apps.conftest import LAT, LON, small_document

    from tongdian.apps.network.actions import import_network
    from tongdian.apps.plans.actions import issue_certificate, revoke_certificate

    import_network(actor=planner, title="town", document=small_document(), attribution="", seed=1, year=2021, now=now)
    where = {"city": "南京市", "county": "秦淮区", "community": "汉西新村", "building": "7幢", "lon": LON, "lat": LAT}
    place = register_building(actor=cell_manager, now=now, **where)
    demand = Demand.objects.get()
    confirm_category(actor=cell_manager, demand_id=demand.pk, category="ev_charger_connection", now=now)
    customer = register_customer(actor=cell_manager, reference=demand.number, kind="residents", name="周", phone="", now=now)
    opened = {"procedure": "ev_charger", "building": place, "customer": customer, "application": {}}
    open_case(actor=cell_manager, demand_ids=[demand.pk], now=now, **opened)
    certificate = issue_certificate(actor=cell_manager, building_id=place.pk, issuer="城南供电", now=now)
    link = f"{reverse('portal:verify')}#{certificate.text}"
    assert link in follow(client, number).content.decode()
    revoke_certificate(actor=planner, certificate_id=certificate.pk, reason="x", now=now)
    assert link not in follow(client, number).content.decode()
