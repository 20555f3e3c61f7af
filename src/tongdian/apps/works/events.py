from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

VISIT_PLANNED = declare("visit.planned", N_("planned visit %(visit)s for %(day)s"))
VISIT_REPORTED = declare("visit.reported", N_("reported visit %(visit)s: %(milestones)s"))
