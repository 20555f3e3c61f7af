from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

VISIT_PLANNED = declare("visit.planned", N_("planned visit %(visit)s for %(day)s"))
VISIT_REPORTED = declare("visit.reported", N_("reported visit %(visit)s: %(milestones)s"))
HAZARD_FOUND = declare("hazard.found", N_("found a hazard: %(hazard)s"))
HAZARD_SETTLED = declare("hazard.settled", N_("settled a hazard: %(hazard)s"))
COST_SETTLED = declare("cost.settled", N_("recorded the settlement: %(amount_yuan)s yuan"))
CREW_FORMED = declare("crew.formed", N_("formed the crew %(crew)s"))
ROUND_PLANNED = declare("round.planned", N_("planned the round of %(crew)s on %(day)s: %(visits)s visits, %(distance_km)s km"))
