"""
The values of a supply plan: what is asked for, what is already promised, and the answer with everything that supports it.

Voltages are in per unit of the bus's nominal voltage, loadings fractions of the rating, money is yuan in whole fen.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tongdian.engines.grid import Limits
from tongdian.engines.supply._facts import (
    Applied,
    Balance,
    Check,
    Compared,
    Cost,
    Days,
    Document,
    Material,
    Metering,
    Outage,
    Protection,
    Turn,
    WayOut,
)
from tongdian.engines.supply._json import Value

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Value):
    """
    Devices of one kind: ``kw`` each. What is None is taken from the equipment table (``power_factor``, ``starting_current_ratio``).
    """

    kind: str
    kw: float
    phases: int | None = 3
    count: int = 1
    power_factor: float | None = None
    starting_current_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Value):
    """
    One application for supply. The site is given in WGS84 degrees; ``wanted_date`` decides which policy is in force.

    ``voltage``: ``low``, ``high`` (10 kV), or empty: by the power. ``supply``: ``single`` or ``dual``. ``importance``: class of the load,
    ``first``,
    ``second`` or ``third`` (empty: third); the first is supplied dual. ``documents``: codes of what was handed in, None where nobody
    looked.
    ``red_line``: outline of the customer's plot. ``street``: name of the street at which the site lies, where streets are given.
    """

    reference: str
    site_lon: float
    site_lat: float
    devices: tuple[Device, ...]
    customer_class: str
    wanted_date: date
    voltage: str = ""
    supply: str = "single"
    importance: str = ""
    documents: tuple[str, ...] | None = None
    red_line: tuple[Place, ...] = ()
    street: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation(Value):
    """
    Capacity promised at a bus (identifier of the network's source) and not used yet; counted at every step of the year.

    ``standby``: the second connection of a dual supply. It is counted while the ring is whole; with a section out the customer
    draws its power once, at its first connection. ``carried``: held at low voltage below this bus; it takes no way of a unit.
    """

    bus_id: int
    p_kw: float
    q_kvar: float
    reference: str
    standby: bool = False
    carried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(Value):
    """
    One kind of device in the applied power: installed × simultaneity = coincident, with the source of the factor.
    """

    kind: str
    count: int
    installed_kw: float
    simultaneity: float
    coincident_kw: float
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment(Value):
    """
    A stretch of the route with one way of laying. ``on_corridor``: along an existing line or a street, else the last metres to the
    building.

    ``on_plot``: within the customer's red line, None where it is not known. ``permits``: codes of what must be permitted here;
    ``crossings``: ``rail`` or ``water``, once each.
    """

    method: str
    name_zh: str
    name_en: str
    on_corridor: bool
    length_m: float
    path: tuple[Place, ...]
    on_plot: bool | None = None
    street: str = ""
    permits: tuple[str, ...] = ()
    crossings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Value):
    """
    The way of the new cable from the connection point to the site.
    """

    segments: tuple[Segment, ...]
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable(Value):
    """
    The chosen cable. ``ampacity_a``: per cable with all factors; ``drop``: along the new cable as a fraction of nominal voltage.
    """

    code: str
    name_zh: str
    name_en: str
    parallel: int
    section_mm2: float
    length_m: float
    ampacity_a: float
    design_current_a: float
    breaker_a: float
    drop: float
    r_ohm_per_km: float
    x_ohm_per_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Value):
    """
    The start of the device with the largest starting current, at the site's weakest moment: voltages before and while it starts.
    """

    kind: str
    starting_current_a: float
    step: int
    moment: str
    site_before_pu: float
    site_pu: float
    site_dip: float
    neighbour_id: int | None
    neighbour_name: str
    neighbour_dip: float


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Value):
    """
    The area over the whole year: lowest and highest voltage at supply points, greatest loadings, energy lost.
    """

    voltage_min_pu: float
    voltage_min_name: str
    voltage_min_moment: str
    voltage_max_pu: float
    point_voltage_min_pu: float
    line_loading_max: float
    line_loading_name: str
    transformer_loading_max: float
    transformer_loading_moment: str
    losses_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedElement(Value):
    """
    One element on the way from the transformer to the connection point, for the one-line diagram: ``transformer`` or ``line``.

    ``rated``: kVA of a transformer, A of a line; None where it is unknown.
    """

    kind: str
    id: int
    name: str
    type_name: str
    length_m: float
    rated: float | None
    loading_before: float
    loading_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLoading(Value):
    """
    Greatest loading of an existing line over the year, before and after.
    """

    line_id: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerStation(Value):
    """
    The customer's own transformers at 10 kV: ``count`` of one type. ``loading``: at the coincident power, one of two out for dual supply.
    """

    code: str
    name_zh: str
    name_en: str
    rated_kva: float
    count: int
    loading: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondSupply(Value):
    """
    The second connection of a dual supply.

    ``independence``: what the two have not in common, a key of ``INDEPENDENCE``; ``common``: what feeds both in the end.
    ``shared_route_m``: length along which both cables lie in one trench.
    """

    bus_id: int
    bus_name: str
    bus_lon: float
    bus_lat: float
    point_kind: str
    transformer_name: str
    route: Route
    cable: Cable
    independence: str
    common: str
    shared_route_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Value):
    """
    One way to supply the application. ``binding`` is the first broken check or, if feasible, the tightest one.

    ``margin``: the least free part of what the application makes tighter. ``ways_out``: what would make an infeasible option hold,
    cheapest first.
    At 10 kV also: the customer's ``station``, the ``outages`` studied, and the ``second`` connection of a dual supply.
    """

    rank: int
    feasible: bool
    bus_id: int
    bus_name: str
    bus_lon: float
    bus_lat: float
    point_kind: str
    transformer_id: int | None
    transformer_name: str
    transformer_kva: float
    reserved_kw: float
    route: Route
    cable: Cable
    materials: tuple[Material, ...]
    cost: Cost
    checks: tuple[Check, ...]
    binding: Check
    heavily_loaded: bool
    start: Start | None
    before: State
    after: State
    feed: tuple[FeedElement, ...]
    line_loadings: tuple[LineLoading, ...]
    station: CustomerStation | None = None
    outages: tuple[Outage, ...] = ()
    second: SecondSupply | None = None
    labels: tuple[str, ...] = ()
    days: Days | None = None
    margin: float | None = None
    losses_added_kwh: float | None = None
    metering: Metering | None = None
    protection: Protection | None = None
    balance: Balance | None = None
    ways_out: tuple[WayOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Value):
    """
    A connection point that was considered and does not hold: why not nearer, why not cheaper.
    """

    bus_id: int
    bus_name: str
    transformer_name: str
    route_m: float
    cost_yuan: Decimal
    binding: Check
    ways_out: tuple[WayOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyPlan(Value):
    """
    The answer to one application: options by cost, or the best infeasible one with its reason.

    ``reserve_kw`` and ``reserve_kvar`` are what the checks added at the connection point, so what an accepted option reserves.
    ``voltage``: ``low`` or ``high``; ``nominal_kv``: what voltages in per unit refer to. ``ways_out``: where nothing holds, what would,
    cheapest
    first; ``fits_kw``: the largest flat power that holds at the best point as it is. ``supply``: ``single`` or ``dual``, as planned.
    """

    application: Application
    options: tuple[Option, ...]
    recommended: int | None
    feasible: bool
    applied_kw: float
    applied_kva: float
    demands: tuple[Demand, ...]
    reserve_kw: float
    reserve_kvar: float
    load_shape: str
    rejected: tuple[Rejected, ...]
    considered: int
    network_source: str
    network_fingerprint: str
    year_label: str
    limits: Limits
    transformer_planning: float
    voltage: str = "low"
    nominal_kv: float = 0.4
    comparison: tuple[Compared, ...] = ()
    turns: tuple[Turn, ...] = ()
    ways_out: tuple[WayOut, ...] = ()
    fits_kw: float | None = None
    applied_by: tuple[Applied, ...] = ()
    documents: tuple[Document, ...] = ()
    supply: str = ""

    def reservations(self, option: Option) -> tuple[Reservation, ...]:
        """
        Return what accepting an option reserves at each of its connection points; the first is the main one.
        """
        first = self.reservation(option)
        return (first,) if option.second is None else (first, replace(first, bus_id=option.second.bus_id, standby=True))

    def reservation(self, option: Option) -> Reservation:
        """
        Return what accepting an option reserves at its connection point.
        """
        return Reservation(bus_id=option.bus_id, p_kw=self.reserve_kw, q_kvar=self.reserve_kvar, reference=self.application.reference)
