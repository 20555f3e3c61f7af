"""
Between stored demands and the engine that reads them.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from tongdian.apps.demands.models import Demand

if TYPE_CHECKING:
    from tongdian.engines.text import Demand as Said
    from tongdian.engines.text import Likely, Model, Topic


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


def find_topics(demands: Sequence[Demand]) -> "tuple[Topic, ...]":
    """
    Return what several of the demands tell of together.
    """
    from tongdian.engines import text

    return text.find_topics([to_value(demand) for demand in demands], get_model())


def find_earlier(demand: "Said", earlier: Sequence[Demand], *, most: int) -> "tuple[Likely, ...]":
    """
    Return which earlier demands probably tell of the same problem.
    """
    from tongdian.engines import text

    return text.find_earlier(demand, [to_value(one) for one in earlier], get_model(), most=most)


def to_value(demand: Demand) -> "Said":
    """
    Return a stored demand as the engine takes it.
    """
    return make_value(
        key=str(demand.pk), words=demand.text, reported_at=demand.reported_at, city=demand.city, county=demand.county, place=demand.place
    )


def make_value(*, key: str, words: str, reported_at: datetime, city: str, county: str, place: str) -> "Said":
    """
    Return words as the engine takes them, at the local day and hour.
    """
    from tongdian.engines import text

    local = timezone.localtime(reported_at).replace(tzinfo=None)
    return text.Demand(id=key, text=words, reported_at=local, city=city, county=county, place=place)


def get_model() -> "Model":
    """
    Return the model in use.
    """
    return _load(Path(settings.DATA_DIR) / "models")


@lru_cache(maxsize=1)
def _load(folder: Path) -> "Model":
    from tongdian.engines import text

    return text.load_or_train(folder)
