"""
Working days of the People's Republic of China, with swapped days (调休), and what is only provisional about the future.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from tongdian.kit.tables import data_file, read_table

# Article 2 of the regulation on public holidays (全国年节及纪念日放假办法, revised 2024-11-10, in force from 2025-01-01): the days it fixes
# by date. Spring Festival, Qingming, Dragon Boat and Mid-Autumn follow the lunar calendar, and which days are swapped, or given in
# place of a holiday on a weekend (article 6), is known only when the yearly notice is published.
# Article 2 was read in an unofficial copy; the two days added in 2025 at https://hunantoday.cn/news/xhn/202501/21587032.html.
CERTAIN_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
WEEKEND = 5
PACKAGE_YEARS = (2004, 2026)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """
    Which days are worked. ``own`` (day -> is it worked) goes before the published calendars, day by day.

    ``own_years``: the years whose notice ``own`` holds; days of theirs that it does not name are worked from Monday to Friday.
    """

    own: Mapping[date, bool] = field(default_factory=dict)
    own_years: frozenset[int] = frozenset()

    def is_provisional(self, day: date) -> bool:
        """
        Return whether the notice for the day's year is not known yet.
        """
        return day.year not in self.own_years and not PACKAGE_YEARS[0] <= day.year <= PACKAGE_YEARS[1]

    def is_working_day(self, day: date) -> bool:
        """
        Return whether the day is worked: the own table first, then the published years, else weekends and certain holidays.
        """
        if day in self.own:
            return self.own[day]
        if PACKAGE_YEARS[0] <= day.year <= PACKAGE_YEARS[1]:
            return _is_published_working_day(day)
        return day.weekday() < WEEKEND and (day.month, day.day) not in CERTAIN_HOLIDAYS

    def roll_forward(self, day: date) -> date:
        """
        Return the day itself if it is worked, else the next one that is.
        """
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def next_working_day(self, day: date) -> date:
        """
        Return the first working day after a day.
        """
        return self.roll_forward(day + timedelta(days=1))

    def add_working_days(self, day: date, count: int) -> date:
        """
        Return the ``count``-th working day after a day; the starting day is not counted. ``count`` ≥ 0; 0 returns the day.
        """
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """
        Return the number of working days in (start, end]; negative of the reverse where ``end`` is earlier.
        """
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))


def national_calendar(extra: Mapping[date, bool] | None = None) -> WorkingCalendar:
    """
    Return the national calendar: ``extra`` and the own tables data/calendar/YEAR.csv first, then the published years.
    """
    own = dict(_read_own())
    years = frozenset(day.year for day in own)
    return WorkingCalendar(own={**own, **(extra or {})}, own_years=years)


@cache
def _read_own() -> tuple[tuple[date, bool], ...]:
    folder = data_file("calendar")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".csv")) if folder.is_dir() else []
    return tuple(
        (date.fromisoformat(row["date"]), row["is_working_day"] == "1") for name in names for row in read_table(f"calendar/{name}")
    )


@cache
def _is_published_working_day(day: date) -> bool:
    import chinese_calendar

    return bool(chinese_calendar.is_workday(day))
