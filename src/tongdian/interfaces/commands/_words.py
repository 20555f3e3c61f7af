"""
In which language the command line speaks, before Django is set up and after.

TONGDIAN_LANGUAGE decides, else the terminal's own language; Chinese where neither says English.
"""

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[2] / "locale"


def get_language(environment: Mapping[str, str] = os.environ) -> str:
    """
    Return "en" or "zh-hans".
    """
    for name in ("TONGDIAN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if given := environment.get(name, "").strip():
            return "en" if given.lower().startswith("en") else "zh-hans"
    return "zh-hans"


def translate(text: str) -> str:
    """
    Return a message in the language of the command line; needs no Django. Without a compiled catalogue: English.
    """
    return text if get_language() == "en" else _catalogue().gettext(text)


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("django", localedir=LOCALE, languages=["zh_Hans"], fallback=True)
