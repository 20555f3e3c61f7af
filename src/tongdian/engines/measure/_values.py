"""
The values of time: procedures and their milestones, limits with their standing, turns of the parties, clocks.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Party(StrEnum):
    """
    Who can hold the ball.
    """

    UTILITY = "utility"
    CUSTOMER = "customer"
    AUTHORITY = "authority"
    PROPERTY_MANAGER = "property_manager"
    CONTRACTOR = "contractor"
    SUPPLIER = "supplier"


class Unit(StrEnum):
    """
    How a limit is counted. By law the starting day is not counted (民法典 §201), and the last day, if it is a day off, rolls to the
    next working day (§203). ``NEXT_DAY`` is the practice of 次日: the next calendar day, whatever day it is.
    """

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    NEXT_DAY = "next_day"


class Standing(StrEnum):
    """
    How sure a rule is.
    """

    VERIFIED = "verified"
    FROM_MEMORY = "from_memory"
    PRACTICE = "practice"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    A dated time limit of an authority. ``scope`` is ``whole``, ``utility`` or a stage; ``value`` is None where none was found.
    """

    key: str
    rule_set: str
    authority: str
    instrument: str
    in_force_from: str
    customer_class: str
    scope: str
    stage_zh: str
    stage_en: str
    value: int | None
    unit: Unit
    clock_start: str
    standing: Standing
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    A milestone's limit, counted from the day on which the milestone ``since`` was reached (empty: the case was opened).
    """

    value: int
    unit: Unit
    since: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSpec:
    """
    What proves a milestone. ``kind`` is ``text``, ``number`` (in ``unit``) or ``file``.
    """

    code: str
    kind: str
    unit: str
    required: bool
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """
    One milestone of a procedure. ``visit`` names the visit it shares with others; ``effect`` what it means to other parts of the system.
    """

    code: str
    name_zh: str
    name_en: str
    after: tuple[str, ...]
    party: Party
    role: str
    visit: str
    effect: str
    limit: Limit | None
    evidence: tuple[EvidenceSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """
    A milestone network, in one version. ``rules`` are the keys of the limits for the whole process and for the utility.
    """

    code: str
    version: int
    name_zh: str
    name_en: str
    customer_class: str
    categories: tuple[str, ...]
    rules: tuple[str, ...]
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    An interval in which one party held the ball, waiting for one milestone. ``ended_at`` is None while it lasts.
    """

    party: Party
    milestone: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """
    A length of time. Days are those after the starting day, up to and including the last.
    """

    calendar_days: int
    working_days: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """
    The two clocks of a case and the share of every party that held the ball.
    """

    whole: Duration
    utility: Duration
    by_party: tuple[tuple[Party, Duration], ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """
    A due date; provisional where the calendar of its year is not published yet.
    """

    date: date
    provisional: bool
