"""
Finds days that words name, absolutely or counted from a day: "5月20日前", "本周五", "三个工作日内", "月底".
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_N = r"(\d{1,4}|[零〇一二两三四五六七八九十百]{1,5})"
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 6}
_WEEKDAYS |= {str(day + 1): day for day in range(6)}
_NEAR = {
    "今天": 0,
    "今日": 0,
    "今晚": 0,
    "今早": 0,
    "当天": 0,
    "当日": 0,
    "即日": 0,
    "明天": 1,
    "明日": 1,
    "明早": 1,
    "明晚": 1,
    "次日": 1,
    "后天": 2,
}
_NEAR |= {"昨天": -1, "昨日": -1, "昨晚": -1, "前天": -2}
LONG_AGO = timedelta(days=100)  # a reply that names no year rarely means a day before that
_PATTERN = re.compile(
    rf"(?P<full>(\d{{4}})[年/.-](\d{{1,2}})[月/.-](\d{{1,2}})日?号?)"
    rf"|(?P<day>(?:(明年|今年|去年))?{_N}月(?:份)?{_N}[日号])"
    rf"|(?P<month>(?:(明年|今年|去年)|(\d{{4}})年)?{_N}月(?:份)?(底|初|中旬|上旬|下旬|中)?)"
    rf"|(?P<week>(本|这|下|上)个?(?:周|星期|礼拜)([一二三四五六日天末1-6])?)"
    rf"|(?P<near>{'|'.join(_NEAR)})"
    rf"|(?P<span>{_N}个?(工作日|小时|天|日|周|星期|月|分钟)(?:之?内|以内|左右|后|之后))"
    rf"|(?P<end>(本月|这个月|下个?月|月|本季度|今年|年|明年)(底|末|内|中旬|初))"
    rf"|(?P<number>{_N}[日号](?:前|之前|上午|下午|晚|完成|起)?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDay:
    """
    Words that name a day, and the last day they can mean.
    """

    words: str
    last: date


def find_dates(text: str, today: date) -> tuple[NamedDay, ...]:
    """
    Return the days a text names, in order. A day without a year is the first one not long past; working days skip Saturday and Sunday.

    Words that name no day of the calendar ("2月30日") are left out.
    """
    found = []
    for match in _PATTERN.finditer(text):
        try:
            last = _read(match, today)
        except (ValueError, OverflowError):
            continue
        found.append(NamedDay(words=match.group(0), last=last))
    return tuple(found)


def read_number(words: str) -> int:
    """
    Return a number written in digits or in Chinese up to 999.

    :raises ValueError: if it is none
    """
    if words.isdigit():
        return int(words)
    hundreds, found, rest = words.partition("百")
    total = _digit(hundreds) * 100 if found else 0
    rest = (rest if found else words).lstrip("零〇")
    tens, found, ones = rest.partition("十")
    if found:
        return total + (_digit(tens) if tens else 1) * 10 + (_digit(ones) if ones else 0)
    return total + (_digit(rest) if rest else 0)


def _digit(word: str) -> int:
    if word not in _DIGITS:
        raise ValueError(word)
    return _DIGITS[word]


def _read(match: re.Match[str], today: date) -> date:
    kind = next(name for name in _READERS if match.group(name))
    return _READERS[kind]([part for part in match.groups() if part is not None], today)


def _read_week(parts: list[str], today: date) -> date:
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks={"下": 1, "上": -1}.get(parts[1], 0))
    return monday + timedelta(days=_WEEKDAYS[parts[2]] if len(parts) > 2 else 6)  # noqa: PLR2004 - a week without a day ends on Sunday


def _read_day(parts: list[str], today: date) -> date:
    parts = parts[1:]
    if parts[0] in ("明年", "今年", "去年"):
        year = today.year + {"明年": 1, "今年": 0, "去年": -1}[parts[0]]
        return date(year, read_number(parts[1]), read_number(parts[2]))
    return _nearest(read_number(parts[0]), read_number(parts[1]), today, monthly=False)


def _read_month(parts: list[str], today: date) -> date:
    parts, year = parts[1:], None
    if parts[0] in ("明年", "今年", "去年"):
        year = today.year + {"明年": 1, "今年": 0, "去年": -1}[parts.pop(0)]
    elif len(parts[0]) == 4 and parts[0].isdigit():  # noqa: PLR2004 - a year
        year = int(parts.pop(0))
    month = read_number(parts[0])
    day = {"初": 10, "上旬": 10, "中": 20, "中旬": 20}.get(parts[1] if len(parts) > 1 else "", 31)
    if year is None:
        year = _nearest(month, 15, today, monthly=False).year
    return date(year, month, min(day, monthrange(year, month)[1]))


def _read_end(parts: list[str], today: date) -> date:
    span, point = parts[1:3]
    if "年" in span:
        year = today.year + (span == "明年")
        return date(year, 1, 31) if point == "初" else date(year, 12, 31)
    if "季度" in span:
        month = (today.month - 1) // 3 * 3 + 3
        return date(today.year, month, monthrange(today.year, month)[1])
    month_number = today.year * 12 + today.month - 1 + ("下" in span)
    year, month = divmod(month_number, 12)
    return date(year, month + 1, {"初": 10, "中旬": 20}.get(point, monthrange(year, month + 1)[1]))


def _nearest(month: int, day: int, today: date, *, monthly: bool) -> date:
    """
    Return the first day with this number in the month (``monthly``: of any month) that is not long before ``today``.
    """
    if monthly:
        base = today.year * 12 + today.month - 1
        tried = [divmod(base + shift, 12) for shift in (-1, 0, 1)]
        days = [date(year, number + 1, day) for year, number in tried if 1 <= day <= monthrange(year, number + 1)[1]]
    else:
        days = [date(year, month, day) for year in (today.year - 1, today.year, today.year + 1) if day <= monthrange(year, month)[1]]
    if not days:
        raise ValueError(day)
    return next((one for one in days if today - one <= (timedelta(days=15) if monthly else LONG_AGO)), days[-1])


def _count(number: int, unit: str, today: date) -> date:
    if unit in ("小时", "分钟"):
        return today + timedelta(days=number // 24 if unit == "小时" else 0)
    if unit == "工作日":
        day = today
        while number > 0:
            day += timedelta(days=1)
            number -= day.weekday() < 5  # noqa: PLR2004 - Saturday and Sunday
        return day
    if unit == "月":
        year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
        return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
    return today + timedelta(days=number * (7 if unit in ("周", "星期") else 1))


_READERS: dict[str, Callable[[list[str], date], date]] = {
    "full": lambda parts, _: date(int(parts[1]), int(parts[2]), int(parts[3])),
    "day": _read_day,
    "month": _read_month,
    "week": _read_week,
    "near": lambda parts, today: today + timedelta(days=_NEAR[parts[0]]),
    "span": lambda parts, today: _count(read_number(parts[1]), parts[2], today),
    "end": _read_end,
    "number": lambda parts, today: _nearest(today.month, read_number(parts[1]), today, monthly=True),
}
