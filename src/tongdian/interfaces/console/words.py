"""
How days, amounts, names and refusals are said in the language of the page.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext

from tongdian.interfaces.console.codes import CODES
from tongdian.kit.refused import Refused

TEN_THOUSAND = 10_000
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_today: ContextVar[date | None] = ContextVar("today", default=None)


def set_today(day: date) -> None:
    """
    Say what day it is for this request: a demonstration lives at its own date, and days of its year are said without the year.
    """
    _today.set(day)


def get_today() -> date:
    """
    Return what day it is for this request.
    """
    return _today.get() or timezone.localdate()


def speaks_chinese() -> bool:
    """
    Return whether the page is in Chinese.
    """
    return (get_language() or "zh-hans").startswith("zh")


def say_day(value: date | datetime | None) -> str:
    """
    Return ``6月30日`` or ``30 June``; another year than the present one is named.
    """
    if value is None:
        return ""
    day = timezone.localtime(value).date() if isinstance(value, datetime) and timezone.is_aware(value) else value
    if day.year == get_today().year:
        return date_format(day, pgettext("date format", "j F"))
    return date_format(day, pgettext("date format", "j F Y"))


def say_moment(value: datetime | None) -> str:
    """
    Return the day and the time of day: ``6月30日 09:12``.
    """
    if value is None:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{say_day(local)} {local:%H:%M}"


def say_due(day: date | None) -> str:
    """
    Return a due day: ``today``, ``tomorrow`` or its date.
    """
    ahead = (day - get_today()).days if day else None
    return {0: gettext("today"), 1: gettext("tomorrow")}.get(ahead, say_day(day)) if ahead is not None else ""


def say_weekday(value: date | datetime) -> str:
    """
    Return the day with its weekday: ``6月30日 星期三``.
    """
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    return f"{say_day(local)} {date_format(local, 'l')}"


def say_number(value: float | Decimal | None, digits: int = 1) -> str:
    """
    Return a number with at most ``digits`` decimals, without trailing zeros, thousands by comma.
    """
    if value is None:
        return ""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def say_money(value: float) -> str:
    """
    Return an amount of a table: two decimals, thousands by comma, a true minus.
    """
    return f"{value:,.2f}".replace("-", "\N{MINUS SIGN}")


def say_yuan(value: float | Decimal | None) -> str:
    """
    Return an amount: ``10.94 万元`` or ``860 元``; in English ``¥109,400``.
    """
    if value is None:
        return ""
    if not speaks_chinese():
        return f"¥{say_number(value, 0)}"
    amount = float(value)
    return f"{say_number(amount / TEN_THOUSAND, 2)} 万元" if abs(amount) >= TEN_THOUSAND else f"{say_number(amount, 0)} 元"


def say_days(value: float | None) -> str:
    """
    Return a number of working days with its unit.
    """
    if value is None:
        return ""
    return ngettext("%(days)s working day", "%(days)s working days", 1 if value == 1 else 2) % {"days": say_number(value, 1)}


def say_name(thing: object) -> str:
    """
    Return the name of a thing of the data, which has one in each language.
    """
    return thing if isinstance(thing, str) else say_attribute(thing, "name")


def say_attribute(thing: object, name: str) -> str:
    """
    Return ``<name>_zh`` or ``<name>_en`` of a thing or of a document's part, by the language of the page.
    """
    asked = f"{name}_zh" if speaks_chinese() else f"{name}_en"
    return str(thing.get(asked, "") if isinstance(thing, Mapping) else getattr(thing, asked, ""))


def say_refusal(refused: Refused) -> str:
    """
    Return a refusal in the language of the page, its values put into words first.
    """
    return fill(refused.text, refused.values)


def fill(text: str, values: Mapping[str, object]) -> str:
    """
    Translate a stored sentence and fill its places.
    """
    translated = gettext(text) if text else ""
    return translated % {name: say_value(value) for name, value in values.items()} if values else translated


def say_value(value: object) -> object:
    """
    Return one value of a stored sentence as it is written in the language of the page.
    """
    if isinstance(value, datetime):
        return say_moment(value)
    if isinstance(value, date):
        return say_day(value)
    if isinstance(value, tuple | list):
        return (pgettext("between items of a list", ", ")).join(str(say_value(item)) for item in value)
    if hasattr(value, "name_zh"):
        return say_name(value)
    return say_text(value) if isinstance(value, str) else value


def say_text(value: str) -> str:
    """
    Return a text as it is written on the page: codes, lists of codes and ISO dates are put into words.
    """
    if ISO_DATE.fullmatch(value):
        return say_day(date.fromisoformat(value))
    items = value.split(", ")
    return (
        pgettext("between items of a list", ", ").join(say_code(item) for item in items) if all(item in CODES for item in items) else value
    )


def say_code(code: str) -> str:
    """
    Return what a code is called; a code that has no word is shown as it is.
    """
    return gettext(CODES[code]) if code in CODES else code
