"""
The engine of time: procedures as data, due dates, and two clocks whose every interval belongs to one party.
"""

from tongdian.engines.measure._clock import ball, clocks, turns
from tongdian.engines.measure._due import due_date, due_dates, due_moment, expected_dates, is_due_soon, lateness, stopped_days
from tongdian.engines.measure._procedure import UnusableProcedure, add_house_limits, parse_procedure
from tongdian.engines.measure._rules import read_rules, rules_in_force
from tongdian.engines.measure._summary import Summary, quantile, shorter_percent, summarise
from tongdian.engines.measure._values import (
    Clocks,
    Counting,
    Due,
    Duration,
    EvidenceSpec,
    Limit,
    Milestone,
    Party,
    Procedure,
    Rule,
    Standing,
    Stop,
    Turn,
    Unit,
)

__all__ = [
    "Clocks",
    "Counting",
    "Due",
    "Duration",
    "EvidenceSpec",
    "Limit",
    "Milestone",
    "Party",
    "Procedure",
    "Rule",
    "Standing",
    "Stop",
    "Summary",
    "Turn",
    "Unit",
    "UnusableProcedure",
    "add_house_limits",
    "ball",
    "clocks",
    "due_date",
    "due_dates",
    "due_moment",
    "expected_dates",
    "is_due_soon",
    "lateness",
    "parse_procedure",
    "quantile",
    "read_rules",
    "rules_in_force",
    "shorter_percent",
    "stopped_days",
    "summarise",
    "turns",
]
