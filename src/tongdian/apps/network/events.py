from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

NETWORK_IMPORTED = declare("network.imported", N_("imported the network %(title)s with %(buses)s buses"))
