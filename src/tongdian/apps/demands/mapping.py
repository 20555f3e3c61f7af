"""
Between stored demands and the engine that reads them.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from tongdian.engines.text import Model


def suggest(texts: Sequence[str]) -> list[dict[str, Any]]:
    """
    Return what the engine takes each text to be about, as a demand keeps it: ``guesses`` as (category, probability), ``second_category``,
    ``urgency``, ``unsure`` and the ``model`` that said so. It is a suggestion; a person decides.
    """
    from tongdian.engines import text

    model = get_model()
    return [
        {
            "guesses": [[guess.category, round(guess.probability, 4)] for guess in read.guesses],
            "second_category": read.second_category,
            "urgency": read.urgency.value,
            "unsure": read.unsure,
            "model": model.version,
        }
        for read in text.understand(texts, model)
    ]


def explain(words: str, *, category: str) -> tuple[str, ...]:
    """
    Return the words of a text that spoke most for a category.
    """
    from tongdian.engines import text

    return tuple(reason.words for reason in text.explain(words, get_model(), category=category))


def get_model() -> "Model":
    """
    Return the model in use.
    """
    return _load(Path(settings.DATA_DIR) / "models")


@lru_cache(maxsize=1)
def _load(folder: Path) -> "Model":
    from tongdian.engines import text

    return text.load_or_train(folder)
