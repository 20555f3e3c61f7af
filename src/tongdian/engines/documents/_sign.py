"""
Short signed statements that anybody can verify off line. The only file that imports cryptography.

A statement is ``TD1.<payload>.<signature>``, both base64url without padding. The payload is canonical JSON: keys sorted, no blanks, UTF-8,
texts, whole numbers, booleans and lists of texts only, so that the same statement is the same bytes everywhere. ``alg`` and ``kid`` stand
inside it and are signed with it. The signature is over the bytes ``TD1.<payload>`` (Ed25519, RFC 8032).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tongdian.kit.refused import N_, Refused

ALG = "Ed25519"
CERTIFICATE, REVOCATIONS = "TD1", "TDR1"
LONGEST = 20_000


class NotSigned(Refused):
    """
    The text is no signed statement of this form.
    """


class UnknownKey(Refused):
    """
    The statement was signed by a key that the verifier does not know.
    """


class Forged(Refused):
    """
    The signature does not belong to the statement.
    """


class UnsignableValue(Refused):
    """
    A payload holds a value that has no canonical form.
    """


def make_key() -> bytes:
    """
    Return a new private key: PKCS 8 in PEM, not encrypted.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key_of(private: bytes) -> str:
    """
    Return the public key of a private one: its 32 bytes as base64url.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _encode(_load(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def key_id_of(public: str) -> str:
    """
    Return the short name of a public key: the first 16 hexadecimal digits of its SHA-256.
    """
    return hashlib.sha256(_decode(public) or b"").hexdigest()[:16]


def sign(payload: Mapping[str, Any], private: bytes, *, form: str = CERTIFICATE) -> str:
    """
    Return a signed statement of a payload; ``alg`` and ``kid`` are put into it.

    :param form: ``TD1`` for a certificate, ``TDR1`` for a list of revoked ones
    :raises UnsignableValue: for values without a canonical form, such as fractions
    """
    whole = {**payload, "alg": ALG, "kid": key_id_of(public_key_of(private))}
    for name, value in whole.items():
        parts = value if isinstance(value, list | tuple) else (value,)
        if not all(isinstance(part, str | int) for part in parts):
            raise UnsignableValue(N_("“%(name)s” cannot be signed: write texts and whole numbers only."), name=name)
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    head = f"{form}.{_encode(text.encode())}"
    return f"{head}.{_encode(_load(private).sign(head.encode()))}"


def verify(text: str, keys: Mapping[str, str], *, form: str = CERTIFICATE) -> dict[str, Any]:
    """
    Return the payload of a statement whose signature is good.

    :param keys: public keys by their ``kid``
    :raises NotSigned: if the text has not this form, or another ``alg``
    :raises UnknownKey: if its key is not among ``keys``
    :raises Forged: if the signature is not of this payload and key
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    parts = "".join(text.split()).split(".")  # copied from paper it has blanks
    payload, signature = (_decode(parts[1]), _decode(parts[2])) if len(parts) == 3 and len(text) <= LONGEST else (None, None)  # noqa: PLR2004 - form
    found = _read_json(payload)
    if parts[0] != form or found is None or signature is None or found.get("alg") != ALG:
        raise NotSigned(N_("This is no certificate of ours: copy the whole text, from %(form)s on."), form=form)
    public = keys.get(str(found.get("kid")))
    if public is None:
        raise UnknownKey(N_("The certificate was signed by a key that is not known here (%(kid)s)."), kid=str(found.get("kid")))
    try:
        Ed25519PublicKey.from_public_bytes(_decode(public) or b"").verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except (InvalidSignature, ValueError):
        raise Forged(N_("The signature is not good: the certificate was changed, or copied incompletely.")) from None
    return found


def _load(private: bytes) -> Any:  # noqa: ANN401 - a key of the library
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(private, password=None)


def _read_json(content: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads((content or b"").decode())
    except (UnicodeDecodeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    """
    Return the bytes of base64url text, None if it is not written in the one way that encoding writes it.
    """
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return content if _encode(content) == text else None
