"""
The page that verifies certificates without a server: one file with its script, style, keys and revocations inside.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tongdian.kit.tables import data_file

PLACE = "@DATA@"
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """
    The page, and the hashes by which a Content-Security-Policy allows its script and style.
    """

    html: str
    script_hash: str
    style_hash: str


def make_verifier(*, keys: Mapping[str, str], revocations: str, issuer: str, language: str = "") -> Verifier:
    """
    Return the verifying page.

    :param keys: public keys by their ``kid``
    :param revocations: signed list of revoked certificates (``TDR1…``), empty if there is none
    :param issuer: who issues, for the page's title
    :param language: ``zh`` or ``en`` to begin with; empty: the reader's browser's
    """
    page = data_file("documents/verify.html").read_text(encoding="utf-8")
    data = json.dumps(
        {"keys": dict(keys), "revocations": revocations, "issuer": issuer, "language": language}, ensure_ascii=False, sort_keys=True
    )
    script, style = SCRIPT.search(page), STYLE.search(page)
    assert script is not None  # the shipped page has both
    assert style is not None
    return Verifier(
        html=page.replace(PLACE, data.replace("<", "\\u003c")), script_hash=_hash(script.group(1)), style_hash=_hash(style.group(1))
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
