"""
The values that the signature parts draw. Views fill them from what queries return; templates know nothing else.
"""

import math
from dataclasses import dataclass
from datetime import date

LABELS_ON_A_RULER = 18
LONGEST_PAGE_NUMBER = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """
    One interval of a clock: working days that belong to one party, or that are only expected.
    """

    party: str
    days: float
    is_expected: bool = False
    start: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """
    One of the two totals of a case, in working days.
    """

    segments: tuple[Segment, ...]
    used_days: float
    expected_days: float | None = None
    limit_days: float | None = None
    source: str = ""
    standing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """
    Both totals on one ruler of working days, oldest first.
    """

    days: tuple[date, ...]
    today: date | None  # None: the case has ended
    whole: Bar
    utility: Bar


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    A segment with its place on the ruler in per cent of the ruler's length.
    """

    x: float
    width: float
    party: str
    is_expected: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """
    One working day on the ruler; ``shows`` is false where labels would collide.
    """

    day: date
    is_today: bool
    is_new_month: bool
    shows: bool


def draw_segments(segments: tuple[Segment, ...], *, length: float) -> tuple[Drawn, ...]:
    """
    Place segments on a ruler of ``length`` days; each begins at its ``start``, or where the one before it ended.
    """
    drawn: list[Drawn] = []
    reached = 0.0
    for segment in segments:
        begin = max(reached, segment.start)
        if segment.days > 0 and length > 0:
            drawn.append(Drawn(percent(begin, length), percent(segment.days, length), segment.party, segment.is_expected))
        reached = begin + segment.days
    return tuple(drawn)


def draw_ruler(clock: Clock) -> tuple[Tick, ...]:
    """
    Return one tick a working day; at most ``LABELS_ON_A_RULER`` of them carry a label, today always.
    """
    step = max(1, math.ceil(len(clock.days) / LABELS_ON_A_RULER))
    ticks: list[Tick] = []
    month = 0
    for index, day in enumerate(clock.days):
        is_today = day == clock.today
        shows = is_today or index % step == 0
        ticks.append(Tick(day, is_today, shows and day.month != month, shows))
        if shows:
            month = day.month
    return tuple(ticks)


def percent(value: float, of: float) -> float:
    """
    Return ``value`` in per cent of ``of``, kept within 0 and 100.
    """
    return round(min(100.0, max(0.0, 100.0 * value / of)), 2) if of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """
    Where one is in a long list.
    """

    page: int
    pages: int
    total: int

    @classmethod
    def of(cls, *, total: int, size: int, asked: int) -> "Pages":
        """
        Return the page asked for, or the nearest there is.
        """
        pages = max(1, -(-total // size))
        return cls(page=min(max(1, asked), pages), pages=pages, total=total)

    @property
    def before(self) -> int:
        """
        The page before this one.
        """
        return self.page - 1

    @property
    def after(self) -> int:
        """
        The page after this one.
        """
        return self.page + 1


def page_number(text: str) -> int:
    """
    Return the page number of an address; what is no number means the first page.
    """
    return int(text) if text.isdecimal() and len(text) < LONGEST_PAGE_NUMBER else 1
