from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

PLAN_PROPOSED = declare("plan.proposed", N_("proposed the supply plan %(version)s with %(options)s options for %(kw)s kW"))
PLAN_INFEASIBLE = declare("plan.infeasible", N_("found no feasible supply for %(kw)s kW; %(element)s binds"))
PLAN_APPROVED = declare("plan.approved", N_("approved the supply plan %(version)s, valid until %(valid_until)s"))
PLAN_ACCEPTED = declare("plan.accepted", N_("accepted option %(rank)s; %(kw)s kW are reserved"))
PLAN_EXPIRED = declare("plan.expired", N_("let the supply plan %(version)s expire; its capacity is free again"))
RESERVATION_BOUND = declare("plan.reservation_bound", N_("bound the reserved %(kw)s kW by contract"))
