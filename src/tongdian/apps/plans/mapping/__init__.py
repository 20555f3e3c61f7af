"""
Between the values of the engines and what is stored of plans, certificates, bills and capacity.
"""

from tongdian.apps.plans.mapping.bills import check_bills, say
from tongdian.apps.plans.mapping.by_hand import HandChoices, to_choices, to_option_by_hand, with_option
from tongdian.apps.plans.mapping.capacity import draw_explanation, find_bus_of_need, get_planning_percent, to_coming, to_held, to_limits
from tongdian.apps.plans.mapping.certificates import (
    get_public_key,
    make_verifier,
    print_certificate,
    read_certificate,
    sign_certificate,
    sign_revocations,
    sum_reserved_kva,
    to_certificate,
)
from tongdian.apps.plans.mapping.joint import (
    holds,
    list_materials,
    list_member_plans,
    near,
    propose_together,
    to_complaints,
    to_joint_bill,
    to_joint_paper,
    to_prospects,
    why_not_together,
)
from tongdian.apps.plans.mapping.plans import (
    to_application,
    to_bill,
    to_binding_name,
    to_options,
    to_paper,
    to_reservations,
    to_supply_plan,
    with_carried,
)
from tongdian.apps.plans.mapping.renewals import list_lines, renew, to_renewal_bill, to_renewal_paper

__all__ = [
    "HandChoices",
    "check_bills",
    "draw_explanation",
    "find_bus_of_need",
    "get_planning_percent",
    "get_public_key",
    "holds",
    "list_lines",
    "list_materials",
    "list_member_plans",
    "make_verifier",
    "near",
    "print_certificate",
    "propose_together",
    "read_certificate",
    "renew",
    "say",
    "sign_certificate",
    "sign_revocations",
    "sum_reserved_kva",
    "to_application",
    "to_bill",
    "to_binding_name",
    "to_certificate",
    "to_choices",
    "to_coming",
    "to_complaints",
    "to_held",
    "to_joint_bill",
    "to_joint_paper",
    "to_limits",
    "to_option_by_hand",
    "to_options",
    "to_paper",
    "to_prospects",
    "to_renewal_bill",
    "to_renewal_paper",
    "to_reservations",
    "to_supply_plan",
    "why_not_together",
    "with_carried",
    "with_option",
]
