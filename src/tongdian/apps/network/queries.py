"""
Reading the network.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from tongdian.apps.network.models import NetworkModel
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Network


class NoNetwork(Refused):
    """
    No network has been imported yet.
    """


def get_current_network() -> NetworkModel:
    """
    Return the network that plans are made on.

    :raises NoNetwork: if none was imported
    """
    model = NetworkModel.objects.filter(is_current=True).defer("document").order_by("-imported_at").first()
    if model is None:
        raise NoNetwork(N_("No network has been imported yet. A planner imports one with: tongdian network import FILE"))
    return model


def get_network(*, network_id: UUID) -> "Network":
    """
    Return the engine's value of a network, with its year; kept in memory between calls.
    """
    from tongdian.apps.network.mapping import to_network

    return to_network(NetworkModel.objects.defer("document").get(pk=network_id))


def get_attribution() -> str:
    """
    Return the attribution of the current network, empty if there is none.
    """
    return NetworkModel.objects.filter(is_current=True).values_list("attribution", flat=True).first() or ""
