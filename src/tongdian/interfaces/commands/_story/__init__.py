"""
The demo county's half-year, told in small: visits, demands, every procedure, plans, works, and what came of it.

Everything happens through the same actions that people use, in the order of its dates, so that the journal reads like one that was
kept at the time. Each step looks first whether it was done already: after a crash the same story goes on where it stopped.
"""

from tongdian.interfaces.commands._story.cast import CAST, PASSWORD
from tongdian.interfaces.commands._story.tell import Story

__all__ = ["CAST", "PASSWORD", "Story"]
