from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

BUILDING_REGISTERED = declare("building.registered", N_("registered the building"))
USAGE_POINT_ENERGISED = declare("usage_point.energised", N_("power on at usage point %(consumer_number)s"))
REGIONS_IMPORTED = declare("region.imported", N_("brought in %(count)s cities and counties"))
CELL_IMPORTED = declare("cell.imported", N_("brought in the grid cell %(cell)s with %(buildings)s buildings"))
USAGE_POINT_REGISTERED = declare("usage_point.registered", N_("registered the usage point %(consumer_number)s"))
