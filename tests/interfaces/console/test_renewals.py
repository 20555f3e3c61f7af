import re

import pytest

from tongdian.apps.cases.actions import take_up_demand
from tongdian.apps.plans.models import Renewal


@pytest.fixture
def renovation(town, cell_manager, now):
    from tests.apps.conftest import _at, make_demand

    said = make_demand(cell_manager, now, "R001", "aging_public_line")
    lon, lat = _at(130.0, 8.0)
    return take_up_demand(
        actor=cell_manager, demand_id=said.pk, procedure="lv_renovation", building="全小区", lon=lon, lat=lat, application={}, now=now
    )


def tick(client, case, *names, growth="30"):
    html = client.get(f"/cases/{case.pk}/renewal/").content.decode()
    found = dict(re.findall(r'id="via-(\d+)">\s*<span>(\S+)', html))
    lines = [line for line, name in found.items() if name in names]
    return client.post(f"/cases/{case.pk}/renewal/propose/", {"via": lines, "growth": growth}, follow=True)


def test_the_case_leads_to_its_renewal(visit, renovation, planner, crew):
    address = f"/cases/{renovation.pk}/renewal/"
    assert address in visit(planner).get(f"/cases/{renovation.pk}/").content.decode()
    assert address not in visit(crew).get(f"/cases/{renovation.pk}/").content.decode()
    assert visit(crew).get(address).status_code == 403


def test_ticked_lines_become_a_renewal_with_steps_and_bill(visit, renovation, planner, programme_manager):
    client = visit(planner)
    html = tick(client, renovation, "L1", "L2").content.decode()
    renewal = Renewal.objects.get()
    assert "The renewal is planned." in html
    assert "120 m become cable" in html
    assert "customer-hours without power" in html
    assert "Cable already" in html  # the small town's lines are
    assert 'class="route" d="M' in html
    assert "/approve/" not in html
    assert "Approve the renewal" in visit(programme_manager).get(f"/renewals/{renewal.pk}/").content.decode()
    assert "120 m" in client.get(f"/cases/{renovation.pk}/").content.decode()
    for name, kind in (("paper.pdf", "application/pdf"), ("bill.xlsx", "spreadsheetml")):
        assert kind in client.get(f"/renewals/{renewal.pk}/{name}").headers["Content-Type"]


@pytest.mark.parametrize(
    ("names", "growth", "said"), [((), "30", "No line is named"), (("L0", "L2"), "30", "hang together"), (("L1",), "viel", "growth")]
)
def test_what_is_refused_comes_back_as_it_was_ticked(visit, renovation, planner, names, growth, said):
    response = tick(visit(planner), renovation, *names, growth=growth)
    html = response.content.decode()
    assert response.status_code == 409
    assert said in html
    assert html.count(" checked>") == len(names)
    assert f'value="{growth}"' in html


def test_approval_too_early_is_refused_in_words(visit, renovation, planner, programme_manager):
    tick(visit(planner), renovation, "L2")
    response = visit(programme_manager).post(f"/renewals/{Renewal.objects.get().pk}/approve/")
    assert response.status_code == 409
    assert "comes after" in response.content.decode()


def test_an_unknown_renewal_is_not_found(visit, renovation, planner):
    assert visit(planner).get(f"/renewals/{renovation.pk}/").status_code == 404
