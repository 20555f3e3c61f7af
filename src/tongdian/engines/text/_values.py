"""
The values of understood words: what somebody said, what it is about, how urgent it is, and what it was understood from.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Urgency(StrEnum):
    """
    How soon somebody must act. ``DANGER``: a life may be in danger now.
    """

    DANGER = "danger"
    URGENT = "urgent"
    NORMAL = "normal"


class Doubt(StrEnum):
    """
    Why a person must look: there are no words, it is perhaps not about electricity, or no category is likely enough.
    """

    NO_WORDS = "no_words"
    ELSEWHERE = "elsewhere"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """
    What somebody said, when and where. Places are free words; any of them may be empty.
    """

    id: str
    text: str
    reported_at: datetime | None = None
    city: str = ""
    county: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """
    A demand that a person has labelled; ``urgency`` is None where nobody judged it, ``category`` empty where nobody named it.

    ``confusable``: written to be mistaken for a neighbour. Such examples teach as others do, but nothing is calibrated on them.
    ``elsewhere``: meant for another office, so of none of the categories; False: ours, though it speaks of what others care for; None:
    nobody asked, and who has a category is ours.
    """

    text: str
    category: str
    second_category: str = ""
    urgency: Urgency | None = None
    confusable: bool = False
    elsewhere: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """
    A category with its calibrated probability.
    """

    category: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """
    Words of the demand that spoke for its category, and how much they added to its score.
    """

    words: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """
    What a demand is about: the three likeliest categories, a second one where it truly applies, urgency, and why a person must look (None:
    nobody must).

    ``elsewhere_probability``: that it was meant for another office; urgency is told all the same. An empty text has no guesses, is normal
    and needs a person.
    """

    guesses: tuple[Guess, ...]
    second_category: str
    urgency: Urgency
    doubt: Doubt | None
    danger_probability: float
    elsewhere_probability: float

    @property
    def unsure(self) -> bool:
        """
        Whether a person must look.
        """
        return self.doubt is not None

    @property
    def category(self) -> str:
        """
        The likeliest category, empty when there were no words.
        """
        return self.guesses[0].category if self.guesses else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """
    Several demands about one problem at one place and time.

    ``demand_ids`` in the order they were reported; ``heat`` counts them by day (ISO date, count).
    """

    id: str
    title: str
    category: str
    city: str
    county: str
    place: str
    demand_ids: tuple[str, ...]
    first_at: datetime | None
    last_at: datetime | None
    heat: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """
    An earlier demand that probably tells of the same problem.
    """

    demand_id: str
    probability: float
    same_place: float
    same_matter: float
