"""
The verifying page in a browser, from a file, without any server: what is changed, expired, revoked or another's is said.
"""

import base64
import json
from datetime import date, timedelta

import pytest

from tongdian.engines import documents

pytestmark = pytest.mark.browser
TODAY = date.today()  # noqa: DTZ011 - the page reads the machine's clock
SAID = {
    "place": "汉西新村 7幢",
    "at": "T0",
    "kva": "100",
    "peak": "41.2",
    "kw": 7,
    "then": "48.2",
    "left": "51",
    "fits": "yes",
    "net": "9f3c",
    "by": "城南供电",
}


@pytest.fixture(scope="module")
def private():
    return documents.make_key()


def certificate(private, number="RZ-2021-00001", since=0, until=30, **said):
    days = {"issued": (TODAY - timedelta(days=since)).isoformat(), "until": (TODAY + timedelta(days=until)).isoformat()}
    return documents.sign({"v": 1, "no": number, **SAID, **days, **said}, private)


@pytest.fixture
def verifier(page, private, tmp_path):
    public = documents.public_key_of(private)
    revoked = documents.sign({"numbers": ["RZ-2021-00009"], "issued": TODAY.isoformat()}, private, form=documents.REVOCATIONS)
    made = documents.make_verifier(keys={documents.key_id_of(public): public}, revocations=revoked, issuer="城南供电")
    path = tmp_path / "verify.html"
    path.write_text(made.html, encoding="utf-8")
    page.context.set_offline(True)
    page.goto(path.as_uri())

    def ask(text, newer=""):
        page.fill("#text", text)
        if newer:
            page.click("summary")
            page.fill("#newer", newer)
        page.evaluate("document.getElementById('answer').dataset.state = ''")
        page.click("#check")
        page.wait_for_function("document.getElementById('answer').dataset.state !== ''")
        return page.evaluate("document.getElementById('answer').dataset.state")

    ask.page = page
    return ask


def test_a_good_certificate_is_valid_off_line_and_its_facts_are_shown(verifier, private):
    assert verifier(certificate(private)) == "valid"
    assert "48.2%" in verifier.page.text_content("#facts")
    assert verifier(" ".join(certificate(private)[at : at + 80] for at in range(0, 900, 80))) == "valid"  # copied from paper
    assert verifier(f"https://x.cn/portal/verify/#{certificate(private)}") == "valid"


def test_expired_revoked_and_foreign_ones_are_told_apart(verifier, private):
    assert verifier(certificate(private, since=60, until=-1)) == "expired"
    assert verifier(certificate(private, since=-2)) == "early"
    assert verifier(certificate(private, "RZ-2021-00009")) == "revoked"
    assert verifier(certificate(documents.make_key())) == "key"
    assert verifier("hello") == "form"


def test_whatever_is_changed_is_noticed(verifier, private):
    text = certificate(private)
    form, payload, signature = text.split(".")
    for at in range(0, len(text), 9):
        changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        assert verifier(changed) in {"forged", "form", "key"}, at
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    better = base64.urlsafe_b64encode(json.dumps({**said, "left": "99"}).encode()).rstrip(b"=").decode()
    assert verifier(f"{form}.{better}.{signature}") == "forged"


def test_a_newer_list_of_revoked_ones_counts_and_a_forged_one_does_not(verifier, private):
    newer = documents.sign({"numbers": ["RZ-2021-00001"], "issued": TODAY.isoformat()}, private, form=documents.REVOCATIONS)
    forged = newer[:-40] + ("B" if newer[-40] == "A" else "A") + newer[-39:]  # the last byte of a signature is 0 in one of sixteen
    assert verifier(certificate(private), newer=forged) == "valid"
    assert verifier(certificate(private)) == "valid"
    verifier.page.fill("#newer", newer)
    assert verifier(certificate(private)) == "revoked"
