"""
Reads many texts at once into a model's rows: the same as :func:`read_features` and :func:`vectorise`, several times faster.

Every window of one to a few characters gets a 64-bit number (a polynomial of its code points, Karp and Rabin 1987), and numbers are looked
up in tables, for the whole batch in one go. Two different windows share a number with a chance of about one in 10^19 each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
import rjieba

from tongdian.engines.text._features import GRAM_LENGTHS, MANY_CONCEPTS, Ints, Vectors, Vocabulary, simplify, weigh_columns
from tongdian.engines.text._lexicon import OFFICE
from tongdian.engines.text._normalise import level_digits

Numbers = npt.NDArray[np.uint64]
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits spread evenly
BETWEEN = "\0"  # stands in no text once it is simplified
NOTHING = np.zeros(0, dtype=np.int64)
UNKNOWN, NEXT_TEXT = -1, -2


@dataclass(frozen=True, slots=True)
class Table:
    """
    Numbers and what each stands for, found by their place in ``slots`` (positions in ``numbers``, -1 empty; a power of two of them).

    A number whose place is taken stands in the next one that is free (Knuth, The Art of Computer Programming 3, 6.4, linear probing); at
    most every fourth place is taken, so that most windows, which are in no table, are known to be in none by one look.
    """

    numbers: Numbers
    meanings: Ints
    slots: npt.NDArray[np.int32]

    def find(self, numbers: Numbers) -> tuple[Ints, Ints]:
        """
        Return the positions of the numbers that are known, in no order, and what they stand for.
        """
        at = _find_slots(numbers, len(self.slots))
        known = self.slots[at]
        asked = np.flatnonzero(known >= 0)
        at, known = at[asked], known[asked]
        hits, meanings = [NOTHING], [NOTHING]
        while len(asked):
            same = self.numbers[known] == numbers[asked]
            hits.append(asked[same])
            meanings.append(self.meanings[known[same]])
            asked, at = asked[~same], (at[~same] + 1) & (len(self.slots) - 1)
            known = self.slots[at]
            there = known >= 0
            asked, at, known = asked[there], at[there], known[there]
        return np.concatenate(hits), np.concatenate(meanings)


@dataclass(frozen=True, slots=True)
class Reader:
    """
    A vocabulary prepared for reading: columns of words (what stands between two texts has one, too), tables of n-grams and of the lexicon's
    terms by their length, columns of concepts and of pairs.

    ``concepts``: for each term the numbers of its concepts, ``concept_starts`` where each term's begin; the first ``offices`` of these
    numbers are other offices, of which no pairs are made.
    """

    vocabulary: Vocabulary
    words: dict[str, int]
    grams: dict[int, Table]
    terms: dict[int, Table]
    concepts: Ints
    concept_starts: Ints
    concept_columns: Ints
    offices: int
    pairs: Table

    def read(self, texts: Sequence[str]) -> Vectors:
        """
        Return the rows of texts.
        """
        return self.read_plain([simplify(text) for text in texts])

    def read_plain(self, plain: Sequence[str]) -> Vectors:
        """
        Return the rows of texts that are simplified already.
        """
        whole = BETWEEN.join(plain)
        level = level_digits(whole)
        row_of = np.repeat(np.arange(len(plain)), [len(text) + 1 for text in plain])
        rows, columns = self._read_words(level)
        for length, numbers in _number_windows(_codes(level), max(GRAM_LENGTHS)):
            hit, found = self.grams[length].find(numbers)
            rows.append(row_of[hit])
            columns.append(found)
        for part_rows, part_columns in self._read_concepts(whole, row_of, len(plain)):
            rows.append(part_rows)
            columns.append(part_columns)
        return weigh_columns(np.concatenate(rows), np.concatenate(columns), len(plain), self.vocabulary)

    def _read_words(self, level: str) -> tuple[list[Ints], list[Ints]]:
        """
        Return texts and columns of the known words of texts written one after another: no word reaches over what stands between two.
        """
        columns = np.fromiter(map(self.words.get, rjieba.cut(level), repeat(UNKNOWN)), dtype=np.int64)
        known = columns >= 0
        return [np.cumsum(columns == NEXT_TEXT)[known]], [columns[known]]

    def _read_concepts(self, whole: str, row_of: Ints, size: int) -> Iterable[tuple[Ints, Ints]]:
        many = max(1, len(self.concept_columns))
        keys = [NOTHING]
        for length, numbers in _number_windows(_codes(whole), max(self.terms, default=0)):
            if length in self.terms:
                hit, term = self.terms[length].find(numbers)
                counts = self.concept_starts[term + 1] - self.concept_starts[term]
                inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
                found = self.concepts[np.repeat(self.concept_starts[term], counts) + inside]
                keys.append(np.repeat(row_of[hit], counts) * many + found)
        rows, concepts = np.divmod(np.unique(np.concatenate(keys)), many)  # in the order of rows, then of concepts' names
        columns = self.concept_columns[concepts] if len(concepts) else NOTHING
        yield rows[columns >= 0], columns[columns >= 0]
        rows, concepts = rows[concepts >= self.offices], concepts[concepts >= self.offices]
        counts = np.bincount(rows, minlength=size)
        following = np.cumsum(counts)[rows] - np.arange(len(rows)) - 1  # concepts of the same text after this one
        following[counts[rows] >= MANY_CONCEPTS] = 0
        first = np.repeat(np.arange(len(rows)), following)
        second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(following) - following, following)
        hit, found = self.pairs.find((concepts[first] * many + concepts[second]).astype(np.uint64))
        yield rows[first[hit]], found


def prepare_reader(vocabulary: Vocabulary) -> Reader:
    """
    Return a vocabulary prepared for reading.
    """
    lexicon = vocabulary.lexicon
    names = sorted(
        {concept for concepts in lexicon.concepts_of.values() for concept in concepts}, key=lambda name: (not name.startswith(OFFICE), name)
    )
    columns = vocabulary.columns["concepts"] | vocabulary.columns["offices"]
    position = {name: number for number, name in enumerate(names)}
    terms = sorted(lexicon.concepts_of)
    concepts = [[position[concept] for concept in lexicon.concepts_of[term]] for term in terms]
    pairs = {
        position[one] * len(names) + position[two]: column
        for name, column in vocabulary.columns["pairs"].items()
        for one, _, two in [name.partition("+")]
        if one in position and two in position
    }
    return Reader(
        vocabulary=vocabulary,
        words=vocabulary.columns["words"] | {BETWEEN: NEXT_TEXT},
        grams=_build_tables(vocabulary.columns["grams"], at_least=GRAM_LENGTHS),
        terms=_build_tables({term: number for number, term in enumerate(terms)}),
        concepts=np.array([one for some in concepts for one in some], dtype=np.int64),
        concept_starts=np.concatenate([[0], np.cumsum([len(some) for some in concepts])]).astype(np.int64),
        concept_columns=np.array([columns.get(name, -1) for name in names], dtype=np.int64),
        offices=sum(name.startswith(OFFICE) for name in names),
        pairs=_fill(np.array(list(pairs), dtype=np.uint64), np.array(list(pairs.values()), dtype=np.int64)),
    )


def _build_tables(meanings: dict[str, int], *, at_least: Sequence[int] = ()) -> dict[int, Table]:
    by_length: dict[int, list[str]] = {length: [] for length in at_least}
    for name in meanings:
        by_length.setdefault(len(name), []).append(name)
    tables = {}
    for length, names in by_length.items():
        numbers = np.zeros(len(names), dtype=np.uint64)
        if names:
            for column in _codes("".join(names)).reshape(len(names), length).T:
                numbers = numbers * FACTOR + column
        tables[length] = _fill(numbers, np.array([meanings[name] for name in names], dtype=np.int64))
    return tables


def _fill(numbers: Numbers, meanings: Ints) -> Table:
    size = 4
    while size < 4 * len(numbers):
        size *= 2
    slots = np.full(size, -1, dtype=np.int32)
    homeless, at = np.arange(len(numbers)), _find_slots(numbers, size)
    while len(homeless):
        free = np.flatnonzero(slots[at] < 0)
        place, first = np.unique(at[free], return_index=True)
        slots[place] = homeless[free[first]]
        stay = np.ones(len(homeless), dtype=np.bool_)
        stay[free[first]] = False
        homeless, at = homeless[stay], (at[stay] + 1) & (size - 1)
    return Table(numbers=numbers, meanings=meanings, slots=slots)


def _find_slots(numbers: Numbers, size: int) -> Ints:
    """
    Return the place of each number among ``size``, a power of two: the upper bits of a product (Knuth, the same, multiplicative hashing).
    """
    return ((numbers * FACTOR) >> np.uint64(65 - size.bit_length())).astype(np.int64)


def _codes(text: str) -> Numbers:
    """
    Return the code points, each plus one, so that no two windows of different content differ only by zeros.
    """
    return np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32).astype(np.uint64) + np.uint64(1)


def _number_windows(codes: Numbers, longest: int) -> Iterable[tuple[int, Numbers]]:
    """
    Yield the numbers of all windows of one character, of two, and so on.
    """
    numbers = np.zeros(len(codes), dtype=np.uint64)
    for length in range(1, min(longest, len(codes)) + 1):
        numbers = numbers[: len(codes) - length + 1] * FACTOR + codes[length - 1 :]
        yield length, numbers
