"""
Signed statements: whatever is changed is noticed, by our verifier and by the page's.
"""

import base64
import json

import pytest

from tongdian.engines import documents
from tongdian.engines.documents import (
    Forged,
    NotSigned,
    UnknownKey,
    UnsignableValue,
    draw_qr,
    key_id_of,
    make_key,
    make_verifier,
    public_key_of,
    sign,
    verify,
)

PAYLOAD = {"v": 1, "no": "RZ-2021-00001", "place": "汉西新村 7幢", "kva": "400"}


@pytest.fixture(scope="module")
def private():
    return make_key()


@pytest.fixture(scope="module")
def keys(private):
    public = public_key_of(private)
    return {key_id_of(public): public}


@pytest.fixture(scope="module")
def text(private):
    return sign(PAYLOAD, private)


def test_what_was_signed_is_read_back_with_its_algorithm_and_key(text, keys):
    assert verify(f" {text}\n", keys) == {**PAYLOAD, "alg": "Ed25519", "kid": next(iter(keys))}


def test_the_payload_is_canonical_so_that_the_same_statement_is_the_same_text(private, text):
    assert sign(dict(reversed(PAYLOAD.items())), private) == text


@pytest.mark.parametrize("bit", [1, 2, 4, 32])
def test_no_character_can_be_changed(text, keys, bit):
    for at, one in enumerate(text):
        changed = text[:at] + chr(ord(one) ^ bit) + text[at + 1 :]
        with pytest.raises((Forged, NotSigned, UnknownKey)):
            verify(changed, keys)


def test_no_byte_of_the_payload_can_be_changed_under_its_signature(text, keys):
    form, payload, signature = text.split(".")
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    for at in range(len(content)):
        changed = bytes(byte ^ (where == at) for where, byte in enumerate(content))
        again = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        with pytest.raises((Forged, NotSigned, UnknownKey)):
            verify(f"{form}.{again}.{signature}", keys)


def test_another_s_signature_is_no_signature(text, keys):
    other = sign(PAYLOAD, make_key())
    with pytest.raises(UnknownKey):
        verify(other, keys)
    form, payload, _ = text.split(".")
    with pytest.raises(Forged):
        verify(f"{form}.{payload}.{other.split('.')[2]}", keys)


def test_a_key_cannot_be_smuggled_in_under_a_known_name(text, keys):
    with pytest.raises(Forged):
        verify(text, {next(iter(keys)): public_key_of(make_key())})
    with pytest.raises(Forged):
        verify(text, {next(iter(keys)): "not a key"})


@pytest.mark.parametrize(
    "given", ["", "TD1", "TD1.a", "TD1.a.b.c", "hello", "TD1.e30.AA", "TD1." + "A" * 30_000 + ".AA", "TD1.W10.AA", "TD1.!!.AA"]
)
def test_what_is_no_certificate_is_told_so(given, keys):
    with pytest.raises(NotSigned):
        verify(given, keys)


def test_an_algorithm_that_is_not_ours_is_no_certificate(private, keys):
    form, payload, signature = sign(PAYLOAD, private).split(".")
    found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    again = base64.urlsafe_b64encode(json.dumps({**found, "alg": "none"}).encode()).rstrip(b"=").decode()
    with pytest.raises(NotSigned):
        verify(f"{form}.{again}.{signature}", keys)


def test_a_list_of_revocations_is_no_certificate(private, keys):
    revoked = sign({"numbers": ["RZ-2021-00001"]}, private, form=documents.REVOCATIONS)
    assert verify(revoked, keys, form=documents.REVOCATIONS)["numbers"] == ["RZ-2021-00001"]
    with pytest.raises(NotSigned):
        verify(revoked, keys)
    with pytest.raises(Forged):
        verify("TD1" + revoked.removeprefix("TDR1"), keys)


def test_a_fraction_has_no_canonical_form(private):
    with pytest.raises(UnsignableValue, match="peak"):
        sign({"peak": 0.1}, private)


def test_the_qr_code_is_the_same_every_time(text):
    assert draw_qr(text) == draw_qr(text)
    assert draw_qr(text).startswith("<svg")


def test_the_verifier_carries_its_keys_and_cannot_be_broken_out_of(keys):
    page = make_verifier(keys=keys, revocations="", issuer="</script><script>alert(1)</script>")
    assert next(iter(keys)) in page.html
    assert "<script>alert" not in page.html
    assert "@DATA@" not in page.html
    assert page.script_hash.startswith("'sha256-")
