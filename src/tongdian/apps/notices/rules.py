"""
What a notice says, and how a mail with it is written.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

DAY = "day"  # what waits for somebody today
EXPIRY = "expiry"  # a plan's last day comes near
EXPIRY_WORDS = {  # what ends, in Chinese and English
    "approved": ("供电方案答复，接受截止", "supply plan, to be accepted"),
    "accepted": ("已接受的方案，签约前保留容量", "accepted supply plan, capacity kept until a contract"),
}
LONGEST_LIST = 30  # cases in one notice; the rest is counted
MOST_MAIL_TRIES = 5
KEPT_FOR = timedelta(days=90)


def write_title(values: Mapping[str, Any]) -> str:
    """
    Return a day's notice in one sentence, in the language of the moment.
    """
    late, due, elsewhere, expiring = values["late"], values["due"], values["elsewhere"], values.get("expiring", 0)
    parts = []
    if late:
        parts.append(ngettext("one case of yours is late", "%(count)s cases of yours are late", late) % {"count": late})
    if due:
        parts.append(ngettext("one is due", "%(count)s are due", due) % {"count": due})
    if elsewhere:
        parts.append(ngettext("one is late with others", "%(count)s are late with others", elsewhere) % {"count": elsewhere})
    if expiring:
        parts.append(ngettext("one supply plan expires soon", "%(count)s supply plans expire soon", expiring) % {"count": expiring})
    sentence = pgettext("between the parts of a sentence", ", ").join(parts)
    return sentence[:1].upper() + sentence[1:]


def write_line(case: Mapping[str, Any], *, is_chinese: bool) -> str:
    """
    Return one case of a notice in one line. It names no person and no place: mails travel.
    """
    suffix = "zh" if is_chinese else "en"
    what = gettext("%(number)s %(procedure)s: %(milestone)s") % {
        "number": case["number"],
        "procedure": case[f"procedure_{suffix}"],
        "milestone": case[f"milestone_{suffix}"],
    }
    days = case["late_days"]
    if days:
        late = ngettext("one working day late", "%(count)s working days late", days) % {"count": days}
        return gettext("%(what)s, %(when)s") % {"what": what, "when": late}
    return gettext("%(what)s, %(when)s") % {"what": what, "when": gettext("due %(day)s") % {"day": case["due"]}}


def count_days_kept(today: date) -> date:
    """
    Return the first day whose notices are still kept.
    """
    return today - KEPT_FOR
