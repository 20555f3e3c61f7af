"""
Everyone can check: figures, each of which opens down to its cases.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from tongdian.apps.insight import queries
from tongdian.interfaces.console.web import Asked, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """
    A row with the length of its two bars in percent of the longest.
    """

    row: queries.Row
    whole_percent: float
    utility_percent: float
    p90_percent: float


@page
def show_insight(asked: Asked) -> HttpResponse:
    """
    Show the thread in figures.
    """
    figures = queries.get_figures(actor=asked.actor, now=asked.now)
    context = {
        "figures": figures,
        "procedures": _bars(figures.by_procedure),
        "classes": _bars(figures.by_class),
        "months": _bars(figures.by_month),
        "chart": _chart(figures.by_month),
        "most_said": max((count for _, count in figures.categories), default=1),
    }
    return asked.show("insight", context)


def _chart(rows: tuple[queries.Row, ...]) -> dict[str, Any]:
    """
    Return the months for the chart, with the addresses that open each down to its cases.
    """
    cases = reverse("console:cases")
    return {
        "labels": [row.key for row in rows],
        "accepted": [row.accepted for row in rows],
        "closed": [row.closed for row in rows],
        "whole": [row.whole.median for row in rows],
        "utility": [row.utility.median for row in rows],
        "opened": [f"{cases}?opened={row.key}" for row in rows],
        "ended": [f"{cases}?state=closed&ended={row.key}" for row in rows],
        "names": {
            "cases": gettext("cases"),
            "days": gettext("working days"),
            "accepted": pgettext("case", "accepted"),
            "closed": gettext("closed"),
            "whole": gettext("median, whole process"),
            "utility": gettext("median, of these with us"),
        },
    }


def _bars(rows: tuple[queries.Row, ...]) -> list[Bar]:
    longest = max((row.whole.p90 or 0.0 for row in rows), default=0.0) or 1.0
    return [
        Bar(
            row=row,
            whole_percent=100 * (row.whole.median or 0.0) / longest,
            utility_percent=100 * (row.utility.median or 0.0) / longest,
            p90_percent=100 * (row.whole.p90 or 0.0) / longest,
        )
        for row in rows
    ]
