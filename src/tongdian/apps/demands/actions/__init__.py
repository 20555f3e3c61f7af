"""
What changes demands.
"""

from tongdian.apps.demands.actions.intake import IntakeReport, OtherWords, ReturnedRow, receive_demands
from tongdian.apps.demands.actions.understand import confirm_category, place_demand, reveal_contact

__all__ = ["IntakeReport", "OtherWords", "ReturnedRow", "confirm_category", "place_demand", "receive_demands", "reveal_contact"]
