"""
Supply plans and what stands beside them: certificates of capacity, needs before an application, checks of resold electricity.
"""

from tongdian.apps.plans.actions.answer import (
    NotApplicable,
    NotOpen,
    PartOfJointPlan,
    PlanExpired,
    PlanOutdated,
    SecondPersonNeeded,
    accept_option,
    approve_plan,
    bind_reservation,
    compute_capacity,
    expire_plans,
    propose_plan,
    request_capacity,
)
from tongdian.apps.plans.actions.bills import NotABillCheck, check_bills, record_comparison
from tongdian.apps.plans.actions.by_hand import ReasonMissing, keep_by_hand
from tongdian.apps.plans.actions.certificates import (
    AlreadyRevoked,
    NoSupplyHere,
    ReasonNeeded,
    issue_certificate,
    revoke_certificate,
)
from tongdian.apps.plans.actions.joint import accept_joint_plan, approve_joint_plan, propose_joint_plan
from tongdian.apps.plans.actions.needs import NeedReport, ReturnedNeed, UnusableNeed, close_need, receive_needs, record_need
from tongdian.apps.plans.actions.renewals import approve_renewal, propose_renewal

__all__ = [
    "AlreadyRevoked",
    "NeedReport",
    "NoSupplyHere",
    "NotABillCheck",
    "NotApplicable",
    "NotOpen",
    "PartOfJointPlan",
    "PlanExpired",
    "PlanOutdated",
    "ReasonMissing",
    "ReasonNeeded",
    "ReturnedNeed",
    "SecondPersonNeeded",
    "UnusableNeed",
    "accept_joint_plan",
    "accept_option",
    "approve_joint_plan",
    "approve_plan",
    "approve_renewal",
    "bind_reservation",
    "check_bills",
    "close_need",
    "compute_capacity",
    "expire_plans",
    "issue_certificate",
    "keep_by_hand",
    "propose_joint_plan",
    "propose_plan",
    "propose_renewal",
    "receive_needs",
    "record_comparison",
    "record_need",
    "request_capacity",
    "revoke_certificate",
]
