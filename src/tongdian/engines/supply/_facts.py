"""
Values that support an option beside its checks: days, ways out, metering, protection, phases; and what an application still lacks.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tongdian.engines.supply._json import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Value):
    """
    One value against its limit. ``decides`` is False where it only informs; ``margin`` is the free part of the permitted range.

    ``broken_before``: the element was beyond its limit without this application; it then passes unless made worse.
    ``outage``: with which section out, where that is what is checked.
    """

    kind: str
    element_kind: str
    element_id: int | None
    element_name: str
    value: float
    before: float | None
    limit: float
    unit: str
    step: int | None
    moment: str | None
    passed: bool
    decides: bool
    broken_before: bool
    margin: float
    outage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Value):
    """
    One line of the bill of materials and labour; ``payer`` is ``utility`` or ``customer``.
    """

    code: str
    name_zh: str
    name_en: str
    kind: str
    unit: str
    quantity: Decimal
    unit_price_yuan: Decimal
    amount_yuan: Decimal
    payer: str
    standing: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost(Value):
    """
    Who pays what, and by which rule. ``pays_to``: ``connection_point``, ``red_line`` or ``meter``. ``source_en``: where the source has
    another name in English.
    """

    total_yuan: Decimal
    utility_yuan: Decimal
    customer_yuan: Decimal
    policy: str
    pays_to: str
    policy_zh: str
    policy_en: str
    in_force_from: date
    source: str
    standing: str
    price_standing: str
    source_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Value):
    """
    One section out over the whole year, with the open point closed that restores its customers.

    ``closed``: name of that line or switch, empty if nothing is lost. ``restored``: whether everybody is supplied again.
    """

    section: str
    line_ids: tuple[int, ...]
    closed: str
    restored: bool
    voltage_min_pu: float
    voltage_min_name: str
    line_loading_max: float
    line_loading_name: str
    moment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStep(Value):
    """
    One step of the expected time, in calendar days. ``beside``: it runs beside the other steps of the same group, so only the longest
    counts.
    """

    code: str
    name_zh: str
    name_en: str
    median_days: float
    p90_days: float
    beside: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Days(Value):
    """
    Expected calendar days from the accepted plan to power on: median and 90th percentile, and the steps they come from.
    """

    median: float
    p90: float
    steps: tuple[DayStep, ...]
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut(Value):
    """
    One change that makes a connection point hold, confirmed by AC power flow at every step of the year and priced.

    ``kind``: a key of ``WAYS_OUT``; ``elements``: names of what is changed; ``before`` and ``after`` in ``unit`` (kVA, A, kW, tap
    position …).
    ``added_yuan``: on top of the option; ``total_yuan``: with it. ``binding``: the tightest check afterwards.
    """

    kind: str
    bus_id: int
    bus_name: str
    element_kind: str
    elements: tuple[str, ...]
    element_ids: tuple[int, ...]
    before: float | None
    after: float | None
    unit: str
    length_m: float
    added_yuan: Decimal
    total_yuan: Decimal
    materials: tuple[Material, ...]
    binding: Check
    steps: int
    days: Days | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering(Value):
    """
    How the supply is metered: type and accuracy class of the meter, ratio and class of the current transformers (empty: direct).
    """

    meter_code: str
    meter_zh: str
    meter_en: str
    meter_class: str
    ratio: str
    transformer_class: str
    wiring_zh: str
    wiring_en: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection(Value):
    """
    Short circuit and protection at a new point. Currents in A: greatest three-phase and least single-phase one at the end of the new cable.

    ``upstream_a``: rating of the device above, ``upstream_assumed`` where the network does not say it.
    """

    breaker_a: float
    trip_a: float
    ik3_max_point_a: float
    ik3_max_site_a: float
    ik1_min_site_a: float
    upstream_a: float
    upstream_assumed: bool
    grounding_zh: str
    grounding_en: str
    grounding_ohm: float
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance(Value):
    """
    The single-phase load on each phase, unbalanced power flow at the weakest moments: the phase that suits best and what each would give.

    ``phase``: ``L1``, ``L2``, ``L3``; the columns have one value per phase that could be chosen.
    """

    phase: str
    voltage_min_pu: tuple[float, ...]
    unbalance_max: tuple[float, ...]
    moment: str
    steps: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Value):
    """
    An option against the cheapest one. ``labels``: ``cheapest``, ``fastest``, ``strongest``, else ``alternative``.

    ``margin``: the least free part of what the application makes tighter. ``beaten_by``: rank of an option that is nowhere worse; 0 for
    none.
    """

    rank: int
    labels: tuple[str, ...]
    cost_yuan: Decimal
    dearer_yuan: Decimal
    median_days: float
    slower_days: float
    margin: float
    added_losses_kwh: float
    beaten_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Value):
    """
    What would change the ranking. ``kind``: ``cost`` (the second is as cheap when the first costs so much more), ``power`` (the
    recommended one holds up
    to this power), ``days`` (days saved by the fastest), ``losses`` (years after which the losses saved pay the dearer one).
    """

    kind: str
    rank: int
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor(Value):
    """
    Installed × factor = counted, for one kind of device.
    """

    kind: str
    installed_kw: float
    factor: float
    kw: float
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied(Value):
    """
    The applied power by one method, ``demand_factor`` or ``diversity``, with the factor of each kind of device and its source.
    """

    method: str
    kw: float
    kva: float
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Value):
    """
    A document that the class of customer needs. ``given``: whether the application has it.
    """

    code: str
    name_zh: str
    name_en: str
    given: bool
    source: str
    standing: str
