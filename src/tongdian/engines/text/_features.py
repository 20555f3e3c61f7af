"""
Turns words into numbers: character n-grams, words, concepts of the lexicon and pairs of concepts, other offices named, weighted by rarity.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import rjieba

from tongdian.engines.text._lexicon import OFFICE, Lexicon, load_lexicon
from tongdian.engines.text._normalise import level_digits, normalise

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BLOCKS = ("grams", "words", "concepts", "pairs", "offices")
ABOUT_US = ("grams", "words", "concepts", "pairs")  # other offices tell only whether somebody came to the right one
# relative lengths of the blocks of a text's vector, chosen by cross-validation inside the written corpus
BLOCK_WEIGHTS = {"grams": 1.0, "words": 1.2, "concepts": 0.9, "pairs": 0.3, "offices": 2.0}
WITHOUT_LEXICON = ("grams",)
MIN_TEXTS = {"grams": 2, "words": 1, "concepts": 1, "pairs": 3, "offices": 1}
GRAM_LENGTHS = (1, 2, 3, 4)
LONGEST, SHORT = 4, 2  # n-grams are read up to this length; long texts on other subjects are told apart better by the short ones
SMALL = 2**31
MANY_CONCEPTS = 40  # a text that speaks of everything tells nothing by its pairs
_BREAKS = re.compile(r"[^\w%]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """
    The features a model knows: for each block a column for each name, and the rarity weight of every column.
    """

    columns: dict[str, dict[str, int]]
    rarity: Floats
    block_of: Ints
    lexicon: Lexicon

    def __len__(self) -> int:
        return len(self.rarity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """
    Sparse rows: the row ``i`` has ``values[starts[i]:starts[i + 1]]`` in the columns ``columns[starts[i]:starts[i + 1]]``.
    """

    values: Floats
    columns: Ints
    starts: Ints


def simplify(text: str) -> str:
    """
    Return a text in one form, with a space for whatever is neither letter, digit nor percent sign.
    """
    return _BREAKS.sub(" ", normalise(text)).strip()


def read_features(text: str, lexicon: Lexicon) -> dict[str, list[str]]:
    """
    Return the names of a text's features by block; grams and words repeat as often as they stand in the text.
    """
    plain = simplify(text)
    level = level_digits(plain)
    size = len(plain)
    by_length = [[level[start : start + length] for start in range(size - length + 1)] for length in GRAM_LENGTHS]
    words = [word for word in rjieba.cut(level) if word != " "]
    named = sorted({concept for term in lexicon.find_terms(plain) for concept in lexicon.concepts_of[term]})
    concepts = [name for name in named if not name.startswith(OFFICE)]
    return {
        "grams": list(chain.from_iterable(by_length)),
        "words": words,
        "concepts": concepts,
        "pairs": [f"{first}+{second}" for first, second in combinations(concepts, 2)] if len(concepts) < MANY_CONCEPTS else [],
        "offices": [name for name in named if name.startswith(OFFICE)],
    }


def learn_vocabulary(read: Sequence[dict[str, list[str]]], *, max_grams: int, longest: int = LONGEST) -> Vocabulary:
    """
    Return the vocabulary of texts already read, each block's names in a fixed order; of the n-grams up to ``longest`` characters the most
    frequent are kept.
    """
    columns: dict[str, dict[str, int]] = {}
    rarity: list[float] = []
    block_of: list[int] = []
    for position, block in enumerate(BLOCKS):
        counts = Counter(chain.from_iterable(set(text[block]) for text in read))
        minimum = MIN_TEXTS[block] if len(read) > 5 * MIN_TEXTS[block] else 1
        known = (name for name, count in counts.items() if count >= minimum and (block != "grams" or len(name) <= longest))
        kept = sorted(known, key=lambda name: (-counts[name], name))
        kept = sorted(kept[:max_grams])
        columns[block] = {name: len(rarity) + offset for offset, name in enumerate(kept)}
        rarity += [float(np.log((1 + len(read)) / (1 + counts[name]))) + 1.0 for name in kept]
        block_of += [position] * len(kept)
    return Vocabulary(columns=columns, rarity=np.array(rarity), block_of=np.array(block_of, dtype=np.int64), lexicon=load_lexicon())


def vectorise(read: Iterable[dict[str, list[str]]], vocabulary: Vocabulary) -> Vectors:
    """
    Return the rows of texts already read: 1 + log of the count times rarity, each block scaled to its own length.
    """
    found: list[int] = []
    sizes: list[int] = []
    for text in read:
        before = len(found)
        for block in BLOCKS:
            get = vocabulary.columns[block].get
            found += [column for column in map(get, text[block]) if column is not None]
        sizes.append(len(found) - before)
    return weigh_columns(np.repeat(np.arange(len(sizes)), sizes), np.array(found, dtype=np.int64), len(sizes), vocabulary)


def weigh_columns(row_of: Ints, found: Ints, size: int, vocabulary: Vocabulary) -> Vectors:
    """
    Return rows of what was found in texts: for each occurrence the number of its text and its column, in any order.
    """
    width = max(1, len(vocabulary))
    keys = row_of * width + found
    if size * width < SMALL:  # half the bytes sort in half the time
        keys = keys.astype(np.int32)
    keys, counts = np.unique(keys, return_counts=True)
    row_of, columns = np.divmod(keys.astype(np.int64), width)
    values = (1.0 + np.log(counts)) * vocabulary.rarity[columns]
    blocks = vocabulary.block_of[columns]
    places = row_of * len(BLOCKS) + blocks
    lengths = np.bincount(places, weights=values**2, minlength=size * len(BLOCKS))
    scale = np.array([BLOCK_WEIGHTS[block] for block in BLOCKS])
    values *= scale[blocks] / np.sqrt(lengths[places])
    starts = np.searchsorted(row_of, np.arange(size + 1))
    return Vectors(values=values, columns=columns, starts=starts.astype(np.int64))


def read_all(texts: Iterable[str], lexicon: Lexicon) -> list[dict[str, list[str]]]:
    """
    Return :func:`read_features` of every text.
    """
    return [read_features(text, lexicon) for text in texts]
