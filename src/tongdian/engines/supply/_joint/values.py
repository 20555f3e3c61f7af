"""
The values of a joint plan: groups behind one shared cable, what is reinforced for all, and what each pays.
"""

from dataclasses import dataclass
from decimal import Decimal

from tongdian.engines.supply._facts import Check, Material
from tongdian.engines.supply._json import Value
from tongdian.engines.supply._values import Application, Cable, Option, Route, SupplyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect(Value):
    """
    A need that is no application yet: it is counted with its probability, and nothing is reserved for it.
    """

    reference: str
    site_lon: float
    site_lat: float
    kw: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint(Value):
    """
    A complaint about low voltage at a place; the plan must bring the voltage there within its limits.
    """

    reference: str
    site_lon: float
    site_lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Value):
    """
    What falls to one application. ``own_yuan``: its own cable and metering; ``shared_yuan``: its part of what serves several;
    ``alone_yuan``: the single answer, counting those before it; ``yuan`` never exceeds it.
    """

    reference: str
    kw: float
    own_yuan: Decimal
    shared_yuan: Decimal
    yuan: Decimal
    alone_yuan: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke(Value):
    """
    The cable from a group's distribution box to one member; ``kw``: the member's own coincident power.
    """

    reference: str
    kw: float
    route: Route
    cable: Cable
    materials: tuple[Material, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Value):
    """
    Applications behind one cable. ``option``: the shared cable, planned as one application of all their devices at the site of ``hub``;
    a group of one has no spokes.
    """

    hub: str
    members: tuple[str, ...]
    plan: SupplyPlan
    option: Option
    spokes: tuple[Spoke, ...]
    materials: tuple[Material, ...]
    total_yuan: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinforced(Value):
    """
    One change of the existing network, for several. ``wanted_by``: who could not be supplied without it.
    """

    kind: str
    elements: tuple[str, ...]
    element_ids: tuple[int, ...]
    before: float | None
    after: float | None
    unit: str
    note: str
    wanted_by: tuple[str, ...]
    materials: tuple[Material, ...]
    total_yuan: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled(Value):
    """
    A complaint and the lowest voltage at its bus, before and after, against the limit.
    """

    reference: str
    bus_id: int
    bus_name: str
    before_pu: float
    after_pu: float
    limit_pu: float
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlan(Value):
    """
    All applications of a place answered together. ``together``: False where the single answers are no dearer and stand as they are.

    ``unserved``: whom nothing within the rules supplies. ``checks``: the whole design over every step of the year, each island's worst.
    """

    together: bool
    applications: tuple[Application, ...]
    groups: tuple[Group, ...]
    reinforced: tuple[Reinforced, ...]
    shares: tuple[Share, ...]
    complaints: tuple[Settled, ...]
    prospects: tuple[Prospect, ...]
    unserved: tuple[str, ...]
    total_yuan: Decimal
    singles_yuan: Decimal
    singles_unserved: tuple[str, ...]
    checks: tuple[Check, ...]
    network_source: str
    network_fingerprint: str
    year_label: str
    price_standing: str
