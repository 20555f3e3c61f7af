"""
What changes cases.
"""

from tongdian.apps.cases.actions.agreements import (
    DutyTerms,
    NotSignable,
    UnknownAgreement,
    UnusableAgreement,
    draw_up_agreement,
    find_agreement,
    sign_agreement,
)
from tongdian.apps.cases.actions.ends import NotEnded, ReasonNeeded, reject_case, reopen_case, withdraw_case
from tongdian.apps.cases.actions.evidence import UnusableEvidence
from tongdian.apps.cases.actions.house_limits import UnusableLimit, set_house_limit
from tongdian.apps.cases.actions.milestones import (
    CaseNotOpen,
    ImpossibleMoment,
    NotYet,
    OtherAction,
    complete_milestone,
    reach_milestone,
    reach_visit_milestone,
)
from tongdian.apps.cases.actions.open import (
    AlreadyPromised,
    CategoryUnconfirmed,
    NoBuilding,
    join_demand,
    open_case,
    take_up_demand,
    take_up_together,
)
from tongdian.apps.cases.actions.stops import AlreadyStopped, NotStopped, resume_clock, stop_clock

__all__ = [
    "AlreadyPromised",
    "AlreadyStopped",
    "CaseNotOpen",
    "CategoryUnconfirmed",
    "DutyTerms",
    "ImpossibleMoment",
    "NoBuilding",
    "NotEnded",
    "NotSignable",
    "NotStopped",
    "NotYet",
    "OtherAction",
    "ReasonNeeded",
    "UnknownAgreement",
    "UnusableAgreement",
    "UnusableEvidence",
    "UnusableLimit",
    "complete_milestone",
    "draw_up_agreement",
    "find_agreement",
    "join_demand",
    "open_case",
    "reach_milestone",
    "reach_visit_milestone",
    "reject_case",
    "reopen_case",
    "resume_clock",
    "set_house_limit",
    "sign_agreement",
    "stop_clock",
    "take_up_demand",
    "take_up_together",
    "withdraw_case",
]
