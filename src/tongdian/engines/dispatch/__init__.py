"""
The engine of rounds: jobs with places, durations, skills and hours; crews with theirs; who goes where, in which order, when.
"""

from tongdian.engines.dispatch._pyvrp import UnusableJob, plan_rounds
from tongdian.engines.dispatch._values import Crew, Job, Plan, Round, Stop, Travel, Unassigned

__all__ = ["Crew", "Job", "Plan", "Round", "Stop", "Travel", "Unassigned", "UnusableJob", "plan_rounds"]
