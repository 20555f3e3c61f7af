from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

RING_BUILT = declare("network.ring_built", N_("built the synthetic 10 kV ring %(title)s above the network %(base)s"))
CAPACITY_COMPUTED = declare(
    "network.capacity_computed", N_("calculated what %(islands)s stations of the network %(title)s can still carry")
)
NETWORK_IMPORTED = declare("network.imported", N_("imported the network %(title)s with %(buses)s buses"))
