"""
What crews change.
"""

from tongdian.apps.works.actions.cost import UnusableSettlement, record_settlement
from tongdian.apps.works.actions.effects import HazardsLeft
from tongdian.apps.works.actions.household import UnusableHazard, note_hazard, settle_hazard
from tongdian.apps.works.actions.rounds import DayIsOver, UnusableCrew, form_crew, plan_rounds
from tongdian.apps.works.actions.visits import NothingToVisit, OtherReport, TooEarly, plan_visit, record_milestone, report_visit

__all__ = [
    "DayIsOver",
    "HazardsLeft",
    "NothingToVisit",
    "OtherReport",
    "TooEarly",
    "UnusableCrew",
    "UnusableHazard",
    "UnusableSettlement",
    "form_crew",
    "note_hazard",
    "plan_rounds",
    "plan_visit",
    "record_milestone",
    "record_settlement",
    "report_visit",
    "settle_hazard",
]
