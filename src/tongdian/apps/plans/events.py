from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

PLAN_PROPOSED = declare("plan.proposed", N_("proposed the supply plan %(version)s with %(options)s options for %(kw)s kW"))
PLAN_INFEASIBLE = declare("plan.infeasible", N_("found no feasible supply for %(kw)s kW; %(element)s binds"))
PLAN_BY_HAND = declare(
    "plan.by_hand", N_("kept a way chosen by hand as the supply plan %(version)s: %(point)s, %(length_m)s m, in place of the plan %(of)s")
)
JOINT_PROPOSED = declare(
    "joint.proposed", N_("proposed the joint plan %(version)s for %(cases)s cases: %(yuan)s yuan, single answers %(alone)s yuan")
)
JOINT_APPROVED = declare("joint.approved", N_("approved the joint plan %(version)s, valid until %(valid_until)s"))
JOINT_ACCEPTED = declare("joint.accepted", N_("accepted the joint plan %(version)s for %(cases)s cases; %(kw)s kW are reserved"))
RENEWAL_PROPOSED = declare("renewal.proposed", N_("proposed to renew %(length_m)s m of line as cable, version %(version)s"))
RENEWAL_APPROVED = declare("renewal.approved", N_("approved the renewal %(version)s: %(length_m)s m for %(yuan)s yuan"))
PLAN_APPROVED = declare("plan.approved", N_("approved the supply plan %(version)s, valid until %(valid_until)s"))
PLAN_ACCEPTED = declare("plan.accepted", N_("accepted option %(rank)s; %(kw)s kW are reserved"))
PLAN_EXPIRED = declare("plan.expired", N_("let the supply plan %(version)s expire; its capacity is free again"))
RESERVATION_BOUND = declare("plan.reservation_bound", N_("bound the reserved %(kw)s kW by contract"))
CERTIFICATE_ISSUED = declare("certificate.issued", N_("issued the certificate of capacity %(number)s, valid until %(valid_until)s"))
CERTIFICATE_REVOKED = declare("certificate.revoked", N_("revoked the certificate of capacity %(number)s"))
KEY_MADE = declare("certificate.key_made", N_("made the signing key %(key)s"))
NEED_RECORDED = declare("need.recorded", N_("recorded a prospective need of %(kw)s kW for %(wanted_on)s, likely to %(probability)s%%"))
NEED_CLOSED = declare("need.closed", N_("closed a prospective need: %(state)s"))
BILLS_CHECKED = declare("case.bills_checked", N_("checked bills of resold electricity: %(over)s yuan too much"))
