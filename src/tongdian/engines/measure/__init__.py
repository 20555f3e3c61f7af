"""
The engine of time: procedures as data, due dates, and two clocks whose every interval belongs to one party.
"""

from tongdian.engines.measure._clock import ball, clocks, due_date, due_dates, is_due_soon, lateness, turns
from tongdian.engines.measure._procedure import UnusableProcedure, parse_procedure, read_rules
from tongdian.engines.measure._values import (
    Clocks,
    Due,
    Duration,
    EvidenceSpec,
    Limit,
    Milestone,
    Party,
    Procedure,
    Rule,
    Standing,
    Turn,
    Unit,
)

__all__ = [
    "Clocks",
    "Due",
    "Duration",
    "EvidenceSpec",
    "Limit",
    "Milestone",
    "Party",
    "Procedure",
    "Rule",
    "Standing",
    "Turn",
    "Unit",
    "UnusableProcedure",
    "ball",
    "clocks",
    "due_date",
    "due_dates",
    "is_due_soon",
    "lateness",
    "parse_procedure",
    "read_rules",
    "turns",
]
