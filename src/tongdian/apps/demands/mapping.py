"""
Between stored demands and the engine that reads them.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from tongdian.apps.demands.models import Demand, ModelVersion

if TYPE_CHECKING:
    from tongdian.engines.text import Demand as Said
    from tongdian.engines.text import Likely, Model, ReplyCheck, Topic

SHIPPED = "shipped"
OWN_EXAMPLES = "corpus"  # folder of the data folder: examples of the installation, as the shipped ones


def suggest(texts: Sequence[str]) -> list[dict[str, Any]]:
    """
    Return what the engine takes each text to be about, as a demand keeps it: ``guesses`` as (category, probability), ``second_category``,
    ``urgency``, ``unsure``, ``elsewhere`` (perhaps not about electricity) and the ``model`` that said so. It is a suggestion; a person
    decides.
    """
    from tongdian.engines import text

    model = get_model()
    return [
        {
            "guesses": [[guess.category, round(guess.probability, 4)] for guess in read.guesses],
            "second_category": read.second_category,
            "urgency": read.urgency.value,
            "unsure": read.unsure,
            "elsewhere": read.doubt is text.Doubt.ELSEWHERE,
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
    return _load(_folder(), get_version_in_use())


def get_version_in_use() -> str:
    """
    Return the version of the model in use, ``shipped`` for the one that came with the program; also where the version chosen is gone, or
    another version of the program made it: what people say is read all the same, until it is trained again.
    """
    found = ModelVersion.objects.exclude(used_from=None).order_by("-used_from").values_list("version", flat=True).first()
    return found if found and can_read(found) else SHIPPED


def can_read(version: str) -> bool:
    """
    Return whether the file of a version is there and of this version of the program.
    """
    from tongdian.engines import text

    try:
        _load(_folder(), version)
    except text.UnreadableModel:
        return False
    return path_of_model(version).exists()  # a model that was loaded before may be gone


def path_of_model(version: str) -> Path:
    """
    Return where the file of a version lies.
    """
    return _folder() / f"learnt-{version}.npz"


def learn(rows: Sequence[Demand]) -> dict[str, Any]:
    """
    Train a model with confirmed demands, keep its file, and return its ``version`` and ``report``.

    It is compared with the model in use on the confirmed demands which that one has not learnt: this one speaks of each from a fold
    that was kept out, so neither knew them.
    """
    from tongdian.engines import text

    used = get_model()
    examples = [*text.load_shipped(), *text.load_corpus(Path(settings.DATA_DIR) / OWN_EXAMPLES)]
    own = [text.Example(text=row.text, category=row.category, second_category=row.second_category) for row in rows]
    examples += own
    counts = Counter(one.category for one in examples)
    examples = [one for one in examples if counts[one.category] >= text.FEWEST]  # a category so new waits for more
    learnt = text.learn(examples)
    text.save_model(learnt.model, path_of_model(learnt.model.version))
    seen = set(used.seen.tolist())
    labels = learnt.model.labels
    now = {text.name_text(one.text): labels[guess] for one, guess in zip(learnt.examples, learnt.guesses.tolist(), strict=True)}
    compared = [one for one in own if (name := text.name_text(one.text)) in now and name not in seen]
    before = text.understand([one.text for one in compared], used)
    report = {
        "compared": len(compared),
        "right_before": sum(read.category == one.category for one, read in zip(compared, before, strict=True)),
        "right_now": sum(now[text.name_text(one.text)] == one.category for one in compared),
        "macro_f1": learnt.model.report["category"]["macro_f1"],
        "against": used.version,
    }
    return {"version": learnt.model.version, "report": report}


def check_reply(demand: str, reply: str, *, now: datetime) -> "ReplyCheck":
    """
    Return what a reply says to a demand and what it lacks, on the local day.
    """
    from tongdian.engines import text

    return text.check_reply(demand, reply, timezone.localdate(now))


def read_place(place: str, *, city: str, county: str) -> dict[str, str]:
    """
    Return what a place in free words names: ``core`` (community or street), ``building`` and ``unit``.
    """
    from tongdian.engines import text

    read = text.parse_place(place, city, county)
    return {"core": read.core, "building": read.building, "unit": read.unit}


def mask(words: str) -> tuple[str, int]:
    """
    Return words with telephones, numbers and names hidden, and how many were found.
    """
    from tongdian.engines import text

    return text.mask_contacts(words), len(text.find_contacts(words))


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "models"


@lru_cache(maxsize=2)
def _load(folder: Path, version: str) -> "Model":
    from tongdian.engines import text

    if version == SHIPPED:
        return text.load_or_train(folder)
    return text.load_model(path_of_model(version))
