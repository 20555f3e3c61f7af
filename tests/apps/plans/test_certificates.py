"""
Certificates of capacity: what they say, who may issue and revoke them, and that the key stays where it is.
"""

import stat

import pytest

from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.places.models import Building
from tongdian.apps.plans import queries
from tongdian.apps.plans.actions import AlreadyRevoked, NoSupplyHere, ReasonNeeded, issue_certificate, revoke_certificate
from tongdian.engines import documents

pytestmark = pytest.mark.django_db
URL = "http://testserver/portal/verify/"


@pytest.fixture
def building(town, open_elevator_case):
    return open_elevator_case().building


@pytest.fixture
def certificate(building, cell_manager, now):
    return issue_certificate(actor=cell_manager, building_id=building.pk, issuer="城南供电", now=now)


def view_of(certificate, actor, now):
    return queries.get_certificate(actor=actor, certificate_id=certificate.pk, on=now.date())


def test_it_says_the_year_s_peak_and_what_a_charger_leaves(certificate, building, cell_manager, town, now):
    from tongdian.apps.network.queries import get_supply_facts

    said = view_of(certificate, cell_manager, now).payload
    facts = get_supply_facts(network_id=town.pk, lon=building.lon, lat=building.lat)
    assert 0 <= float(said["peak"]) - 100 * facts.loading < 0.11
    assert float(said["then"]) == pytest.approx(float(said["peak"]) + 7, abs=0.11)  # 7 kW of 100 kVA
    assert int(said["left"]) == int(100 - 100 * facts.loading - 7)
    assert (said["fits"], said["at"], said["by"], said["until"]) == ("yes", "T0", "城南供电", "2021-07-13")


def test_reserved_capacity_is_counted(building, cell_manager, accepted, now):
    before = issue_certificate(actor=cell_manager, building_id=building.pk, issuer="x", now=now)
    accepted("B001", kw=15.0)
    after = issue_certificate(actor=cell_manager, building_id=building.pk, issuer="x", now=now)
    peaks = [float(view_of(one, cell_manager, now).payload["peak"]) for one in (before, after)]
    assert peaks[1] > peaks[0] + 10


def test_a_full_transformer_is_said(building, cell_manager, town, now, monkeypatch):
    from dataclasses import replace

    from tongdian.apps.network import queries as network

    facts = network.get_supply_facts(network_id=town.pk, lon=building.lon, lat=building.lat)
    for loading, word in ((0.75, "heavy"), (0.95, "full")):
        monkeypatch.setattr(network, "get_supply_facts", lambda *, at=loading, **_: replace(facts, loading=at))
        said = view_of(issue_certificate(actor=cell_manager, building_id=building.pk, issuer="x", now=now), cell_manager, now).payload
        assert (said["fits"], said["left"]) == (word, "18" if word == "heavy" else "0")


def test_where_the_network_does_not_reach_nothing_is_certified(building, cell_manager, now):
    Building.objects.filter(pk=building.pk).update(lon=7.99)
    with pytest.raises(NoSupplyHere, match="does not reach"):
        issue_certificate(actor=cell_manager, building_id=building.pk, issuer="x", now=now)


def test_the_key_is_a_file_of_its_owner_and_in_no_snapshot(certificate, settings):
    from tongdian.interfaces.commands._snapshot import list_files

    path = settings.DATA_DIR / "certificate.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path not in list_files(settings.DATA_DIR, settings.DATA_DIR / "tongdian.sqlite3")


def test_a_lost_key_is_replaced_and_old_certificates_still_verify(certificate, building, cell_manager, settings, now):
    (settings.DATA_DIR / "certificate.key").unlink()
    newer = issue_certificate(actor=cell_manager, building_id=building.pk, issuer="x", now=now)
    assert newer.key_id != certificate.key_id
    page = queries.get_verifier(issuer="x", on=now.date()).html
    assert certificate.key.public_key in page
    assert newer.key.public_key in page
    assert view_of(certificate, cell_manager, now).state == "valid"


def test_numbers_follow_each_other_and_the_journal_knows_them(certificate, building, cell_manager, now):
    from tongdian.apps.journal.models import Entry

    assert certificate.number == "RZ-2021-00001"
    assert issue_certificate(actor=cell_manager, building_id=building.pk, issuer="x", now=now).number == "RZ-2021-00002"
    assert list(Entry.objects.filter(kind__startswith="certificate.").values_list("kind", flat=True)) == [
        "certificate.key_made", "certificate.issued", "certificate.issued",
    ]  # fmt: skip


def test_a_revoked_one_stands_in_the_signed_list(certificate, cell_manager, planner, now):
    revoke_certificate(actor=planner, certificate_id=certificate.pk, reason="变压器更换", now=now)
    assert view_of(certificate, cell_manager, now).state == "revoked"
    import json
    import re

    page = queries.get_verifier(issuer="x", on=now.date()).html
    data = json.loads(re.search(r'id="data">(.*?)</script>', page).group(1))
    assert documents.verify(data["revocations"], data["keys"], form=documents.REVOCATIONS) == {
        "alg": "Ed25519", "kid": certificate.key_id, "numbers": ["RZ-2021-00001"], "issued": "2021-04-13",
    }  # fmt: skip
    with pytest.raises(AlreadyRevoked):
        revoke_certificate(actor=planner, certificate_id=certificate.pk, reason="again", now=now)


def test_a_revocation_needs_its_reason_and_its_right(certificate, planner, auditor, now):
    with pytest.raises(ReasonNeeded):
        revoke_certificate(actor=planner, certificate_id=certificate.pk, reason=" ", now=now)
    with pytest.raises(NotAllowed):
        revoke_certificate(actor=auditor, certificate_id=certificate.pk, reason="x", now=now)


def test_not_everybody_certifies(building, auditor, now):
    with pytest.raises(NotAllowed):
        issue_certificate(actor=auditor, building_id=building.pk, issuer="x", now=now)


def test_it_expires_by_its_day(certificate, cell_manager, now):
    from datetime import date

    on = queries.get_certificate(actor=cell_manager, certificate_id=certificate.pk, on=date(2021, 7, 13))
    after = queries.get_certificate(actor=cell_manager, certificate_id=certificate.pk, on=date(2021, 7, 14))
    assert (on.state, after.state) == ("valid", "expired")


def test_it_is_printed_with_its_code(certificate, cell_manager, now):
    pdf = queries.print_certificate(actor=cell_manager, certificate_id=certificate.pk, verify_url=URL, on=now.date())
    assert pdf.startswith(b"%PDF")


def test_without_any_certificate_the_verifier_has_neither_key_nor_list(db, now, settings):
    page = queries.get_verifier(issuer="x", on=now.date()).html
    assert '"keys": {}' in page
    assert '"revocations": ""' in page
    assert not (settings.DATA_DIR / "certificate.key").exists()


def test_an_unknown_certificate_is_told(db, cell_manager, now):
    from uuid import uuid4

    with pytest.raises(queries.UnknownPaper):
        queries.get_certificate(actor=cell_manager, certificate_id=uuid4(), on=now.date())


def test_what_is_printed_can_be_copied_whole(certificate):
    from tongdian.apps.plans.mapping.certificates import _lines

    for text in (certificate.text, "a" * 71 + "--" + "b" * 80, "-" * 100):
        lines = _lines(text)
        assert "".join(lines) == text
        assert all(len(line) <= 72 for line in lines)
    assert not any(line.endswith("-") for line in _lines(certificate.text))
