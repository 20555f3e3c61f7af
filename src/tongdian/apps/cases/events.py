from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

CASE_OPENED = declare("case.opened", N_("opened the case %(number)s by the procedure %(procedure)s"))
MILESTONE_DONE = declare("case.milestone_done", N_("reached the milestone %(milestone)s"))
CASE_CLOSED = declare("case.closed", N_("closed the case: every milestone is reached"))
CASE_WITHDRAWN = declare("case.withdrawn", N_("withdrew the case"))
CASE_REJECTED = declare("case.rejected", N_("rejected the case"))

STATE_AFTER = {CASE_OPENED: "open", CASE_CLOSED: "closed", CASE_WITHDRAWN: "withdrawn", CASE_REJECTED: "rejected"}
