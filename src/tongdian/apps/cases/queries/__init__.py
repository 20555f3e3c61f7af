"""
Reading cases: one case and its clocks, lists, and the thread of one case.
"""

from tongdian.apps.cases.queries.find import (
    UnknownCase,
    UnknownFile,
    UnknownMilestone,
    find_case,
    get_clocks,
    get_evidence_file,
    get_procedure,
    get_step,
    get_working_days,
    list_procedures,
    list_untrue_cases,
    replay_case,
    replay_clocks,
)
from tongdian.apps.cases.queries.pages import (
    CaseLine,
    CaseThread,
    EvidenceView,
    MilestoneView,
    count_states,
    get_thread,
    list_cases,
    list_cases_of_demand,
)

__all__ = [
    "CaseLine",
    "CaseThread",
    "EvidenceView",
    "MilestoneView",
    "UnknownCase",
    "UnknownFile",
    "UnknownMilestone",
    "count_states",
    "find_case",
    "get_clocks",
    "get_evidence_file",
    "get_procedure",
    "get_step",
    "get_thread",
    "get_working_days",
    "list_cases",
    "list_cases_of_demand",
    "list_procedures",
    "list_untrue_cases",
    "replay_case",
    "replay_clocks",
]
