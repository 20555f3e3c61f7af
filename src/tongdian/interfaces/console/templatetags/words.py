"""
Template filters: how days, amounts and names are said. The words are made in ``console.words``.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext

from tongdian.apps.plans.queries import say as say_tariff
from tongdian.interfaces.console import words
from tongdian.interfaces.console.codes import REPLY_PARTS
from tongdian.kit.money import format_yuan

register = template.Library()
LEAP_DAY = (2, 29)
register.filter("day", words.say_day)
register.filter("moment", words.say_moment)
register.filter("number", words.say_number)
register.filter("money", words.say_money)
register.filter("yuan", words.say_yuan)
register.filter("working_days", words.say_days)
register.filter("weekday", words.say_weekday)
register.filter("due_day", words.say_due)
register.filter("code", words.say_code)
register.filter("named", words.say_name)
register.filter("in_language", words.say_attribute)
register.filter("refusal", words.say_refusal)


@register.filter
def break_text(found: Any) -> str:  # noqa: ANN401 - a break of the journal's chain
    """
    Say where and how the chain is broken.
    """
    return gettext("entry %(sequence)s: %(reason)s") % {"sequence": found.sequence, "reason": gettext(found.reason)}


@register.filter
def reply_part(code: str) -> str:
    """
    Return what a part of a reply, or a kind of question, is called.
    """
    return gettext(REPLY_PARTS[code])


@register.filter
def rule_source(rule: Any) -> str:  # noqa: ANN401 - a time limit as the procedure names it
    """
    Return the instrument that sets a limit.
    """
    return str(rule.instrument if words.speaks_chinese() else rule.rule_set)


@register.filter
def plain_address(text: str) -> str:
    """
    Return an address without its scheme: it is named as a source, and nothing of it is asked for. Remarks on sources are in English only.
    """
    if words.speaks_chinese() and not text.startswith("http"):
        return ""
    return text.removeprefix("https://").removeprefix("http://")


@register.filter
def step_moment(text: str) -> str:
    """
    Return a moment of the studied year, which the engine writes as ISO text; the year is synthetic and not said.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return words.say_moment(moment.replace(tzinfo=None, year=words.get_today().year) if (moment.month, moment.day) != LEAP_DAY else moment)


@register.filter
def amount(text: str) -> float:
    """
    Return an amount of a document as a number: documents keep money as text, so that no fen is lost.
    """
    return float(text)


@register.filter
def short(value: str) -> str:
    """
    Return the first and last figures of a fingerprint: ``9f3c…e1``.
    """
    return f"{value[:4]}…{value[-2:]}" if value else ""


@register.filter
def tariff_sentence(said: dict[str, Any]) -> str:
    """
    Return a stored sentence of a check of bills in the language of the page.
    """
    return say_tariff(said)


@register.filter
def exact_yuan(value: Decimal) -> str:
    """
    Return an amount to the fen.
    """
    return format_yuan(value)
