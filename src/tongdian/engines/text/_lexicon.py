"""
The domain lexicon: colloquial words grouped into concepts, so that "带不动" and "起不来" say the same thing to the model. Words of
other offices (water, buses, schools) are grouped by office.
"""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OFFICE = "@"  # before the name of an office, which is no concept of the domain
FOLDER = Path(__file__).resolve().parents[2] / "data" / "text"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """
    Terms and the concepts they stand for, an office's name beginning with ``OFFICE``. ``openings`` finds the longer terms by their first
    two characters.
    """

    concepts_of: dict[str, tuple[str, ...]]
    openings: dict[str, tuple[str, ...]]
    fingerprint: str

    def find_terms(self, text: str) -> set[str]:
        """
        Return the terms that stand in a text.
        """
        openings = self.openings
        found = self.concepts_of.keys() & set(text)
        pairs = {text[start : start + 2] for start in range(len(text) - 1)}
        for opening in openings.keys() & pairs:
            found.update(term for term in openings[opening] if term in text)
        return found


@cache
def load_lexicon() -> Lexicon:
    """
    Return the shipped lexicon.
    """
    own, other = ((FOLDER / name).read_text(encoding="utf-8") for name in ("lexicon.csv", "elsewhere.csv"))
    found: dict[str, set[str]] = {}
    openings: dict[str, list[str]] = {}
    for row in csv.DictReader(own.splitlines()):
        found.setdefault(row["term"], set()).add(row["concept"])
    for row in csv.DictReader(other.splitlines()):
        found.setdefault(row["term"], set()).add(OFFICE + row["office"])
    for term in sorted(found):
        if len(term) > 1:
            openings.setdefault(term[:2], []).append(term)
    return Lexicon(
        concepts_of={term: tuple(sorted(concepts)) for term, concepts in sorted(found.items())},
        openings={opening: tuple(terms) for opening, terms in openings.items()},
        fingerprint=hashlib.sha256((own + other).encode()).hexdigest(),
    )
