"""
The engine of papers: a template and its values in, an archivable PDF out; short signed statements, their QR code and their verifier.
"""

from tongdian.engines.documents._qr import draw_qr
from tongdian.engines.documents._sign import (
    CERTIFICATE,
    REVOCATIONS,
    Forged,
    NotSigned,
    UnknownKey,
    UnsignableValue,
    key_id_of,
    make_key,
    public_key_of,
    sign,
    verify,
)
from tongdian.engines.documents._typst import UnprintableText, render_pdf
from tongdian.engines.documents._verifier import Verifier, make_verifier

__all__ = [
    "CERTIFICATE",
    "REVOCATIONS",
    "Forged",
    "NotSigned",
    "UnknownKey",
    "UnprintableText",
    "UnsignableValue",
    "Verifier",
    "draw_qr",
    "key_id_of",
    "make_key",
    "make_verifier",
    "public_key_of",
    "render_pdf",
    "sign",
    "verify",
]
