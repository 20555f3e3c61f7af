"""
The values of a renewal: an old overhead or wall-mounted stretch that becomes cable.
"""

from dataclasses import dataclass

from tongdian.engines.supply._facts import Check, Cost, Material
from tongdian.engines.supply._json import Value
from tongdian.engines.supply._values import Place, State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSection(Value):
    """
    One line of the stretch and the cable in its place. ``peak_a``: greatest current of the year with the growth counted;
    ``entry``: it ends at a customer and nowhere else.
    """

    line_id: int
    line_name: str
    was_type: str
    was_method: str
    from_name: str
    to_name: str
    length_m: float
    path: tuple[Place, ...]
    code: str
    name_zh: str
    name_en: str
    section_mm2: float
    method: str
    ampacity_a: float
    peak_a: float
    entry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Value):
    """
    Customers at a joint of the stretch whose entries are made new: ``customers`` meters, ``length_m`` of cable for them together.
    """

    bus_id: int
    bus_name: str
    customers: int
    length_m: float
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageStep(Value):
    """
    One step of the works: who is without power and how long. ``dark``: names of the joints without power in this step.

    ``checks_hold``: whether the network between this step and the next holds at its weakest moments, old and new beside each other.
    """

    number: int
    kind: str
    bus_name: str
    name_zh: str
    name_en: str
    dark: tuple[str, ...]
    customers: int
    hours: float
    voltage_min_pu: float | None
    line_loading_max: float | None
    checks_hold: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal(Value):
    """
    A stretch renewed: sections, entries, steps, cost, and the area before, after, and after with the growth counted.

    ``customer_hours``: customers × hours without power by these steps; ``customer_hours_at_once``: if the whole stretch were dark during
    all of them.
    """

    sections: tuple[NewSection, ...]
    entries: tuple[Entry, ...]
    steps: tuple[OutageStep, ...]
    fed_from: str
    transformer_name: str
    growth: float
    length_m: float
    materials: tuple[Material, ...]
    cost: Cost
    before: State
    after: State
    grown: State
    checks: tuple[Check, ...]
    feasible: bool
    customers: int
    customer_hours: float
    customer_hours_at_once: float
    notes: tuple[str, ...]
    network_source: str
    network_fingerprint: str
    year_label: str
    nominal_kv: float
