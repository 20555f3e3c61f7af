from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

BUILDING_REGISTERED = declare("building.registered", N_("registered the building"))
USAGE_POINT_ENERGISED = declare("usage_point.energised", N_("power on at usage point %(consumer_number)s"))
