"""
Reading the network.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from tongdian.apps.network.models import NetworkModel
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Network

Place = tuple[float, float]


class NoNetwork(Refused):
    """
    No network has been imported yet.
    """


def get_current_network(*, voltage: str = "low") -> NetworkModel:
    """
    Return the network of a voltage level that plans are made on.

    :param voltage: ``low`` or ``high`` (10 kV)
    :raises NoNetwork: if there is none
    """
    model = NetworkModel.objects.filter(is_current=True, voltage=voltage).defer("document").order_by("-imported_at").first()
    if model is None and voltage == NetworkModel.Voltage.HIGH:
        raise NoNetwork(N_("There is no 10 kV network yet. A planner builds the synthetic ring with: tongdian network ring"))
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
    Return the attribution of the current low-voltage network, empty if there is none.
    """
    return (
        NetworkModel.objects.filter(is_current=True, voltage=NetworkModel.Voltage.LOW).values_list("attribution", flat=True).first() or ""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyNetwork:
    """
    The lines and stations of a part of the network: identifiers and names with their WGS84 places (lon, lat).
    """

    lines: tuple[tuple[int, tuple[Place, ...]], ...]
    stations: tuple[tuple[str, Place], ...]


def get_nearby(*, network_id: UUID, box: tuple[float, float, float, float]) -> NearbyNetwork:
    """
    Return what lies in a part of the network.

    :param box: west, south, east, north in WGS84 degrees
    """
    network = get_network(network_id=network_id)
    west, south, east, north = box
    lon, lat = network.buses.lon, network.buses.lat
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    (near,) = (inside[network.lines.from_bus] | inside[network.lines.to_bus]).nonzero()
    (stations,) = inside[network.transformers.lv_bus].nonzero()
    places = [(network.transformers.name[at], int(network.transformers.lv_bus[at])) for at in stations]
    if NetworkModel.objects.filter(pk=network_id, voltage=NetworkModel.Voltage.HIGH).exists():
        (fed,) = inside[network.loads.bus].nonzero()
        places += [(network.buses.name[network.loads.bus[at]], int(network.loads.bus[at])) for at in fed]
    return NearbyNetwork(
        lines=tuple((int(network.lines.id[at]), _course(network, int(at))) for at in near),
        stations=tuple((name, _place(network, bus)) for name, bus in places),
    )


def _course(network: "Network", line: int) -> tuple[Place, ...]:
    path = network.lines.path[line]
    if path is not None:
        return tuple((float(lon), float(lat)) for lon, lat in path)
    return _place(network, int(network.lines.from_bus[line])), _place(network, int(network.lines.to_bus[line]))


def _place(network: "Network", bus: int) -> Place:
    return float(network.buses.lon[bus]), float(network.buses.lat[bus])
