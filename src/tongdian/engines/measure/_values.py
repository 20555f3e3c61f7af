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
    next working day (§203). ``NEXT_DAY`` is the practice of 次日: the next calendar day, whatever day it is. ``KILOWATT`` is the unit of
    a rule that limits a capacity; no milestone is due by it.
    """

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    NEXT_DAY = "next_day"
    KILOWATT = "kw"


class Counting(StrEnum):
    """
    How the days of a limit are counted: by law, or by one utility's practice in office hours (08:30 to 17:30).
    """

    LAW = "law"
    WINDOW = "window"


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

    ``in_force_from`` and ``in_force_until`` are ISO dates, empty where unknown or open; ``note`` says what the dates or the figure leave
    open, for example that the date is that of a page.
    """

    key: str
    rule_set: str
    authority: str
    instrument: str
    in_force_from: str
    in_force_until: str
    customer_class: str
    customer_class_zh: str
    customer_class_en: str
    scope: str
    stage_zh: str
    stage_en: str
    value: int | None
    unit: Unit
    clock_start: str
    counting: Counting
    standing: Standing
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    A milestone's limit, counted from the day on which the milestone ``since`` was reached (empty: the case was opened).

    ``rule`` is the key of the rule it says, empty where there is none; ``why`` why the utility set it itself.
    """

    value: int
    unit: Unit
    since: str
    rule: str
    counting: Counting = Counting.LAW
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSpec:
    """
    What proves a milestone. ``kind`` is ``text``, ``number`` (in ``unit``) or ``file``. A number that ``is_counted`` is summed up over the
    cases of its procedure.
    """

    code: str
    kind: str
    unit: str
    required: bool
    name_zh: str
    name_en: str
    is_counted: bool = False


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

    ``categories`` are the demands it serves; ``device`` the kind of device it connects, empty where it connects none or none yet.
    """

    code: str
    version: int
    name_zh: str
    name_en: str
    customer_class: str
    categories: tuple[str, ...]
    device: str
    rules: tuple[str, ...]
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """
    An interval in which the utility's clock stands still, for a legal reason; ``ended_at`` is None until it resumes.
    """

    reason: str
    started_at: datetime
    ended_at: datetime | None

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("A clock stops only with a reason.")
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise ValueError("A stop ends before it begins.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    An interval in which one party held the ball, waiting for one milestone. ``ended_at`` is None while it lasts.

    ``stop_reason``: why the clock stood still meanwhile, None where it ran.
    """

    party: Party
    milestone: str
    started_at: datetime
    ended_at: datetime | None
    stop_reason: str | None = None


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
    The two clocks of a case and the share of every party that held the ball; ``stopped``: what the utility's clock leaves out.
    """

    whole: Duration
    utility: Duration
    stopped: Duration
    by_party: tuple[tuple[Party, Duration], ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """
    A due date; provisional where the calendar of its year is not published yet.
    """

    date: date
    provisional: bool
