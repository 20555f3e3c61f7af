"""
Brings words into one form before they are read: width, case, traditional characters, control characters and length.
"""

import re
import unicodedata
from functools import cache
from importlib import resources

MAX_CHARACTERS = 4000
_UNSEEN = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufffd]+")
_DIGITS = re.compile("[1-9]")


@cache
def simplified_characters() -> dict[int, str]:
    """
    Return the table from traditional to simplified characters (OpenCC's; the first of several readings).
    """
    text = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {ord(pair[0]): pair[1].split(" ")[0] for pair in pairs if len(pair[0]) == 1}


@cache
def _traditional_characters() -> frozenset[str]:
    return frozenset(map(chr, simplified_characters()))


def normalise(text: str) -> str:
    """
    Return a text in compatibility form, lower case, simplified characters, without control characters, one space between words.

    A text longer than 4,000 characters keeps its beginning and its end: what is wanted stands there.
    """
    if len(text) > MAX_CHARACTERS:
        text = text[: MAX_CHARACTERS * 3 // 4] + text[-MAX_CHARACTERS // 4 :]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if not _traditional_characters().isdisjoint(text):  # few texts have any, and to look costs half of translating
            text = text.translate(simplified_characters())
    if not text.isprintable():
        text = " ".join(_UNSEEN.sub(" ", text).split())
    return text.lower().strip()[:MAX_CHARACTERS]


def level_digits(text: str) -> str:
    """
    Return a text in which every digit is 0, so that "12幢" and "35幢" read alike.
    """
    return _DIGITS.sub("0", text)
