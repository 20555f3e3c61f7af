"""
A trained model as a value: what it knows, how it was calibrated, and its one file (arrays and JSON, nothing executable).
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._features import BLOCKS, Vectors, Vocabulary, simplify
from tongdian.engines.text._lexicon import load_lexicon
from tongdian.engines.text._normalise import normalise
from tongdian.engines.text._reader import Reader, prepare_reader
from tongdian.engines.text._sparse import Floats32, multiply
from tongdian.kit.refused import N_, Refused

FORMAT = 3
ROWS_AT_ONCE = 2000


class UnreadableModel(Refused):
    """
    A file is not a model of this version of the program.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """
    What was fitted on texts kept out of training: ``temperature`` and ``stretch`` divide the scores (:func:`softmax`); a category is
    answered from ``sure_from`` on, a second category named from ``second_from`` on, danger, urgency and another office said from their
    probabilities on.
    """

    temperature: float = 1.0
    stretch: float = 0.0
    sure_from: float = 0.5
    second_from: float = 1.0
    danger_from: float = 0.5
    urgent_from: float = 0.5
    elsewhere_from: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """
    Labels, vocabulary, weights [features, labels + 3] and offsets; the last three outputs are the log-odds of danger, of urgency and of
    another office.

    ``kin`` [labels, labels] says how often texts of one category are taken for another; topics measure meaning by it.
    ``seen`` holds the names (:func:`name_text`) of the texts it learnt from, ``report`` what was measured while training.
    """

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats32
    offset: Floats32
    kin: Floats32
    calibration: Calibration
    version: str
    seen: npt.NDArray[np.uint64]
    report: dict[str, Any] = field(default_factory=dict)
    reader: Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", prepare_reader(self.vocabulary))

    def weigh(self, scores: npt.NDArray[Any], *, softer: float = 1.0) -> npt.NDArray[np.float64]:
        """
        Return the probabilities [rows, labels] of raw outputs [rows, labels + 3], at a temperature ``softer`` times as high.
        """
        return softmax(scores[:, : len(self.labels)], softer * self.calibration.temperature, self.calibration.stretch)

    def score(self, texts: Sequence[str]) -> Floats32:
        """
        Return the raw outputs [texts, labels + 3] of texts.
        """
        return self.score_plain([simplify(text) for text in texts])

    def score_plain(self, plain: Sequence[str]) -> Floats32:
        """
        Return the raw outputs [texts, labels + 3] of texts that are simplified already.
        """
        if not plain:
            return np.zeros((0, len(self.offset)), dtype=np.float32)
        parts = (self.reader.read_plain(plain[start : start + ROWS_AT_ONCE]) for start in range(0, len(plain), ROWS_AT_ONCE))
        return np.concatenate([multiply(rows, self.weights) + self.offset for rows in parts])

    def vectorise(self, text: str) -> Vectors:
        """
        Return one text as a sparse row.
        """
        return self.reader.read([text])


def name_text(text: str) -> int:
    """
    Return a 64-bit name of a text, from which its words cannot be read.
    """
    return int.from_bytes(hashlib.blake2b(normalise(text).encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def softmax(scores: npt.NDArray[Any], temperature: float, stretch: float = 0.0) -> npt.NDArray[np.float64]:
    """
    Return probabilities [rows, labels] of scores divided by a temperature, which grows by exp(``stretch`` · the row's best score).

    A text that says one thing with many words at once gets scores far apart; each of these words adds less than it does alone.
    """
    best = np.asarray(scores, dtype=np.float64).max(axis=1, keepdims=True)
    raised = np.exp((scores - best) / (temperature * np.exp(stretch * best)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def save_model(model: Model, path: Path) -> None:
    """
    Write a model; the same model gives the same bytes.
    """
    words = model.vocabulary
    head = {
        "format": FORMAT,
        "version": model.version,
        "labels": model.labels,
        "calibration": {item.name: getattr(model.calibration, item.name) for item in fields(model.calibration)},
        "lexicon": words.lexicon.fingerprint,
        "names": {block: list(words.columns[block]) for block in BLOCKS},
        "report": model.report,
    }
    text = json.dumps(head, ensure_ascii=False, sort_keys=True).encode()
    arrays = {
        "head": np.frombuffer(text, dtype=np.uint8),
        "weights": model.weights.astype(np.float16),
        "offset": model.offset,
        "kin": model.kin,
        "rarity": words.rarity,
        "block_of": words.block_of,
        "seen": model.seen,
    }
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)  # type: ignore[arg-type]  # the stub reads the names as its options
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(whole.getvalue())
    partial.replace(path)


def load_model(path: Path) -> Model:
    """
    Read a model.

    :raises UnreadableModel: if the file is none, is damaged, or was trained with another lexicon or format
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            lexicon = load_lexicon()
            if head["format"] != FORMAT or head["lexicon"] != lexicon.fingerprint:  # told before the arrays are read: it is asked often
                text = N_("The model %(file)s was trained by another version of the program. Train it again.")
                raise UnreadableModel(text, file=path.name)
            values = {name: arrays[name] for name in ("weights", "offset", "kin", "rarity", "block_of", "seen")}
        columns: dict[str, dict[str, int]] = {}
        start = 0
        for block in BLOCKS:
            columns[block] = {name: start + offset for offset, name in enumerate(head["names"][block])}
            start += len(columns[block])
        calibration = Calibration(**head["calibration"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile) as error:
        raise UnreadableModel(N_("The file %(file)s is not a model of Tongdian."), file=path.name) from error
    return Model(
        labels=tuple(head["labels"]),
        vocabulary=Vocabulary(columns=columns, rarity=values["rarity"], block_of=values["block_of"], lexicon=lexicon),
        weights=values["weights"].astype(np.float32),
        offset=values["offset"],
        kin=values["kin"],
        calibration=calibration,
        version=head["version"],
        seen=values["seen"],
        report=head["report"],
    )
