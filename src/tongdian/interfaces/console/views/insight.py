"""
Everyone can check: figures, each of which opens down to its cases.
"""

from dataclasses import dataclass

from django.http import HttpResponse

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
        "most_said": max((count for _, count in figures.categories), default=1),
    }
    return asked.show("insight", context)


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
