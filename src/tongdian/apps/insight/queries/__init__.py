"""
Reading what was counted, and gathering what one person or one case needs to see.
"""

from tongdian.apps.insight.queries.causes import RENOVATION, Cause, list_causes
from tongdian.apps.insight.queries.day import (
    Day,
    NamedEntry,
    RefusedPlan,
    Speed,
    Summary,
    UnknownPage,
    get_day,
    get_summary,
    list_journal,
    list_speeds,
    list_thread_entries,
    verify_journal,
)
from tongdian.apps.insight.queries.figures import Comparison, Figures, Late, Row, get_figures
from tongdian.apps.insight.queries.search import Found, search

__all__ = [
    "RENOVATION",
    "Cause",
    "Comparison",
    "Day",
    "Figures",
    "Found",
    "Late",
    "NamedEntry",
    "RefusedPlan",
    "Row",
    "Speed",
    "Summary",
    "UnknownPage",
    "get_day",
    "get_figures",
    "get_summary",
    "list_causes",
    "list_journal",
    "list_speeds",
    "list_thread_entries",
    "search",
    "verify_journal",
]
