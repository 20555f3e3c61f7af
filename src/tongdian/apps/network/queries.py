"""
Reading the network.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext

from tongdian.apps.network.models import CapacityIsland, NetworkModel
from tongdian.apps.network.rules import Asking, Held
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Explanation, Gain, Limits, Network

Place = tuple[float, float]
METRES_PER_DEGREE = 111_320.0
REACH_M = 200.0  # a place farther from every low-voltage bus is not supplied by this network


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyFacts:
    """
    What the calculated year says of the supply at a place: its station's highest loading (fraction of the nameplate) and when, the lowest
    voltage at the nearest low-voltage bus in volts between phase and neutral, when, and the limit; ``metres`` to that bus.
    """

    network_id: UUID
    station: int
    station_name: str
    rated_kva: float
    loading: float
    loading_at: datetime
    lowest_volts: float
    lowest_at: datetime
    limit_volts: float
    metres: float

    @property
    def is_low(self) -> bool:
        """
        Whether the voltage falls below its limit.
        """
        return self.lowest_volts < self.limit_volts

    @property
    def is_overloaded(self) -> bool:
        """
        Whether the transformer carries more than its nameplate.
        """
        return self.loading > 1


def find_station_at(*, network_id: UUID, lon: float, lat: float) -> int | None:
    """
    Return the position of the transformer that feeds a place, None where the network does not reach.
    """
    from tongdian.apps.network import mapping

    bus, metres = _nearest(get_network(network_id=network_id), lon, lat)
    return mapping.find_station(str(network_id), bus) if metres <= REACH_M else None


def find_station_of_bus(*, network_id: UUID, bus: int | None) -> int | None:
    """
    Return the position of the transformer that feeds a bus (its position), None where nothing does.
    """
    from tongdian.apps.network import mapping

    return mapping.find_station(str(network_id), bus) if bus is not None else None


def find_bus_at(*, network_id: UUID, lon: float, lat: float) -> int | None:
    """
    Return the identifier of the low-voltage bus nearest to a place, None where the network does not reach it.
    """
    network = get_network(network_id=network_id)
    bus, metres = _nearest(network, lon, lat)
    return int(network.buses.id[bus]) if metres <= REACH_M else None


def get_supply_facts(*, network_id: UUID, lon: float, lat: float) -> SupplyFacts | None:
    """
    Return what the calculated year says of the supply at a place, None where the network does not reach.

    The first question about a station's area solves its year exactly (about a second); it is remembered.
    """
    from tongdian.apps.network import mapping
    from tongdian.engines import grid

    network = get_network(network_id=network_id)
    bus, metres = _nearest(network, lon, lat)
    station = mapping.find_station(str(network_id), bus)
    if metres > REACH_M or station is None or network.profiles is None:
        return None
    area, year = mapping.run_area(str(network_id), int(network.transformers.lv_bus[station]))
    at = int((area.buses.id == network.buses.id[bus]).nonzero()[0][0])
    own = int((area.transformers.id == network.transformers.id[station]).nonzero()[0][0])
    volts = 1000 * float(area.buses.nominal_kv[at]) / 3**0.5
    return SupplyFacts(
        network_id=network_id,
        station=station,
        station_name=network.transformers.name[station],
        rated_kva=float(network.transformers.rated_kva[station] * network.transformers.parallel[station]),
        loading=float(year.transformer_loading_max[own]),
        loading_at=grid.moment(network.profiles, int(year.transformer_loading_max_step[own])),
        lowest_volts=volts * float(year.voltage_min_pu[at]),
        lowest_at=grid.moment(network.profiles, int(year.voltage_min_step[at])),
        limit_volts=volts * grid.Limits().voltage_min_pu,
        metres=metres,
    )


def _nearest(network: "Network", lon: float, lat: float) -> tuple[int, float]:
    """
    Return the nearest low-voltage bus and its distance in metres.
    """
    import numpy as np

    (low,) = ((network.buses.nominal_kv < 1) & network.buses.in_service).nonzero()
    east = (network.buses.lon[low] - lon) * METRES_PER_DEGREE * np.cos(np.radians(lat))
    north = (network.buses.lat[low] - lat) * METRES_PER_DEGREE
    metres = np.hypot(east, north)
    nearest = int(np.nanargmin(metres))
    return int(low[nearest]), float(metres[nearest])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BusRoom:
    """
    What one bus can still carry: ``kw`` is None where nothing limits it or no answer exists. ``place``: lon, lat.
    """

    bus_id: int
    name: str
    station: str
    place: Place
    kw: float | None
    limit: str
    element_name: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityTable:
    """
    The stored answers of a network. ``stale``: how many islands are not calculated for what is reserved today; ``refused``: stations
    without an answer and why; ``broken``: stations with a limit that is broken already, by the name of what breaks it.
    """

    network_name: str
    rooms: tuple[BusRoom, ...]
    computed_at: datetime | None
    islands: int
    stale: int
    refused: tuple[tuple[str, str], ...]
    broken: tuple[tuple[str, str, int], ...]


def get_capacity(
    *, network_id: UUID, asking: Asking, held: tuple[Held, ...], coming: tuple[Held, ...] = (), limits: "Limits"
) -> CapacityTable:
    """
    Return what is stored of a network's capacity for a question.

    :param coming: needs, counted where the question says so
    """
    from tongdian.apps.network import mapping
    from tongdian.engines import grid

    model = NetworkModel.objects.defer("document").get(pk=network_id)
    network = get_network(network_id=network_id)
    at = {int(identifier): position for position, identifier in enumerate(network.buses.id)}
    rows = CapacityIsland.objects.filter(network=model, margin=asking.margin, generation=asking.generation)
    stored = {(row.source_bus_id, row.needs): row for row in rows}
    islands = mapping.list_islands(str(model.pk))
    rooms, stale, refused, broken = [], 0, [], []
    for source, island in islands.items():
        buses = mapping.buses_of(str(model.pk), source)
        with_needs = asking.needs and not asking.generation and any(one.bus_id in buses for one in coming)
        row = stored.get((source, with_needs))
        key = mapping.to_key(model, source, limits, (*held, *coming) if with_needs else held, buses, generation=asking.generation)
        stale += row is None or row.key != key
        station = island.transformers.name[0] if len(island.transformers) else model.name
        if row is None:
            continue
        if row.refused:
            said, values = row.refused["text"], row.refused["values"]
            refused.append((station, gettext(said) % values))
        if row.base_margin is not None and row.base_margin < 0 and row.rows:
            broken.append((station, row.rows[0][5], len(row.rows)))
        for bus, kw, limit, _kind, _element, name, step in row.rows:
            where = at[bus]
            if network.buses.nominal_kv[where] < 1 or model.voltage == NetworkModel.Voltage.HIGH:
                moment = grid.moment(network.profiles, step) if network.profiles is not None and step >= 0 else None
                rooms.append(
                    BusRoom(
                        bus_id=bus, name=network.buses.name[where], station=station, place=_place(network, where),
                        kw=kw, limit=limit, element_name=name, at=moment,
                    )
                )  # fmt: skip
    return CapacityTable(
        network_name=model.name,
        rooms=tuple(rooms),
        computed_at=max((row.computed_at for row in stored.values()), default=None),
        islands=len(islands),
        stale=stale,
        refused=tuple(refused),
        broken=tuple(broken),
    )


def explain_bus(*, network_id: UUID, bus_id: int, held: tuple[Held, ...], limits: "Limits", generation: bool = False) -> "Explanation":
    """
    Return why a bus can take what it can, everything reserved counted.

    :raises UnknownElement: if the network has no such bus
    :raises NotSupplied: if no source feeds it
    """
    from tongdian.apps.network import mapping

    return mapping.explain(str(network_id), bus_id, limits, held, generation=generation)


def find_gains(*, network_id: UUID, bus_id: int, held: tuple[Held, ...], limits: "Limits", generation: bool = False) -> "tuple[Gain, ...]":
    """
    Return which single change brings a bus how much, everything reserved counted; the most first.
    """
    from tongdian.apps.network import mapping

    return mapping.find_gains(str(network_id), bus_id, limits, held, generation=generation)
