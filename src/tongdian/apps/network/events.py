from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

RING_BUILT = declare("network.ring_built", N_("built the synthetic 10 kV ring %(title)s above the network %(base)s"))
NETWORK_IMPORTED = declare("network.imported", N_("imported the network %(title)s with %(buses)s buses"))
