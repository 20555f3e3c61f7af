"""
The values of a distribution network: one table of columns per kind of element, immutable, positions instead of names.

Every ``*_bus`` column holds positions in :class:`Buses`; every ``id`` column holds the identifier of the source (a pandapower
index, for example), by which results are reported. Sign convention: loads consume and generators produce with positive power.
"""

import hashlib
import math
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = tuple[str, ...]

ALL_PHASES = "ABC"


# Columns that may be left out: every row then holds ``fill``. ``decides``: the column belongs to the fingerprint where it says something.
_BALANCED = {"fill": ALL_PHASES, "decides": True}
_UNNAMED = {"fill": "", "decides": False}
_UNSAID = {"fill": "", "decides": True}
_UNKNOWN = {"fill": math.nan, "decides": True}


def _no_numbers() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """
    Columns of equal length, frozen: arrays are made read-only.
    """

    id: Ints
    name: Names

    def __post_init__(self) -> None:
        rows = len(self.id)
        for one in fields(self):
            column = getattr(self, one.name)
            if not len(column) and rows and "fill" in one.metadata:
                fill = one.metadata["fill"]
                column = (fill,) * rows if isinstance(fill, str) else np.full(rows, fill)
                object.__setattr__(self, one.name, column)
            if len(column) != rows:
                msg = f"{type(self).__name__}.{one.name} has {len(column)} rows, not {rows}"
                raise ValueError(msg)
            if isinstance(column, np.ndarray):
                column.setflags(write=False)

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: Ints | Bools) -> Self:
        """
        Return the table of some rows, given as positions or as a mask.
        """
        positions = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        columns: dict[str, Any] = {}
        for one in fields(self):
            column = getattr(self, one.name)
            columns[one.name] = column[positions] if isinstance(column, np.ndarray) else tuple(column[i] for i in positions)
        return type(self)(**columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buses(Table):
    """
    Nodes. ``lon``/``lat``: WGS84 degrees, NaN where unknown. ``nominal_kv``: base of per-unit voltages, phase to phase.
    """

    nominal_kv: Floats
    lon: Floats
    lat: Floats
    in_service: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Table):
    """
    Lines and cables in the pi model. ``rated_a``: per conductor system before ``derating`` and ``parallel``; inf where unknown.

    ``path``: WGS84 course as an array [points, 2] of lon, lat from ``from_bus`` to ``to_bus``, or None.
    ``phases``: the conductors there are, ``ABC`` by default. ``*0_*``: zero sequence, NaN where unknown; balanced flow asks for none.
    ``winter_rated_a``: the rating in the winter months, NaN where ``rated_a`` holds all year; :func:`capacity_rows` counts it.
    """

    type_name: Names
    from_bus: Ints
    to_bus: Ints
    length_m: Floats
    r_ohm_per_km: Floats
    x_ohm_per_km: Floats
    c_nf_per_km: Floats
    g_us_per_km: Floats
    rated_a: Floats
    derating: Floats
    parallel: Ints
    in_service: Bools
    path: tuple[Floats | None, ...]
    phases: Names = field(default=(), metadata=_BALANCED)
    r0_ohm_per_km: Floats = field(default_factory=_no_numbers, metadata=_UNKNOWN)
    x0_ohm_per_km: Floats = field(default_factory=_no_numbers, metadata=_UNKNOWN)
    c0_nf_per_km: Floats = field(default_factory=_no_numbers, metadata=_UNKNOWN)
    winter_rated_a: Floats = field(default_factory=_no_numbers, metadata=_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformers(Table):
    """
    Two-winding transformers in the pi model. Short-circuit voltages and no-load current in %, losses in kW, shift in degrees.

    ``tap_on_hv``: the side of the tap changer; the effective ratio is 1 + (tap_position − tap_neutral) · tap_step_percent / 100.
    ``vector_group``: as on the nameplate (``Dyn5``), empty where unknown; ``shift_degree`` is what is calculated with.
    """

    type_name: Names
    hv_bus: Ints
    lv_bus: Ints
    rated_kva: Floats
    rated_hv_kv: Floats
    rated_lv_kv: Floats
    vk_percent: Floats
    vkr_percent: Floats
    iron_loss_kw: Floats
    no_load_percent: Floats
    shift_degree: Floats
    tap_on_hv: Bools
    tap_neutral: Ints
    tap_min: Ints
    tap_max: Ints
    tap_position: Ints
    tap_step_percent: Floats
    parallel: Ints
    in_service: Bools
    vector_group: Names = field(default=(), metadata=_UNSAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches(Table):
    """
    Switches: ``kind`` is ``bus`` (``element`` is another bus), ``line`` or ``transformer`` (``element`` is its position).
    """

    kind: Names
    bus: Ints
    element: Ints
    closed: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads(Table):
    """
    Loads of constant power. ``p_kw``/``q_kvar`` are already scaled and shared equally by ``phases`` (to neutral); ``ABC`` is balanced.

    ``profile_name``: the name by which :func:`attach_year` finds the columns of a table. With a ``profile`` (position of its columns in
    :class:`Profiles`; −1: constant) the power of a step is the column times this.
    ``customer_class``: ``household``, ``commerce``, ``industry``, ``heat_pump``, ``charging``, ``agriculture`` or empty.
    """

    bus: Ints
    p_kw: Floats
    q_kvar: Floats
    profile: Ints
    customer_class: Names
    in_service: Bools
    phases: Names = field(default=(), metadata=_BALANCED)
    profile_name: Names = field(default=(), metadata=_UNNAMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generators(Table):
    """
    Static generators (photovoltaics, wind), positive power into the network; ``profile`` and ``phases`` as for loads.
    """

    bus: Ints
    p_kw: Floats
    q_kvar: Floats
    profile: Ints
    in_service: Bools
    phases: Names = field(default=(), metadata=_BALANCED)
    profile_name: Names = field(default=(), metadata=_UNNAMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shunts(Table):
    """
    Shunts: active losses and reactive consumption at nominal voltage.
    """

    bus: Ints
    p_kw: Floats
    q_kvar: Floats
    in_service: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources(Table):
    """
    Stiff sources (the grid above): voltage in per unit of the bus, angle in degrees.
    """

    bus: Ints
    voltage_pu: Floats
    angle_degree: Floats
    in_service: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """
    A year of multipliers: ``p`` and ``q`` are arrays [profiles, steps]; ``step_minutes`` apart, the first at ``start``.

    ``label`` says where they come from and is shown with every result (synthetic profiles say so).
    """

    name: Names
    p: Floats
    q: Floats
    start: str
    step_minutes: int
    label: str

    def __post_init__(self) -> None:
        if self.p.shape != self.q.shape or self.p.shape[0] != len(self.name):
            msg = f"profiles: {len(self.name)} names, p {self.p.shape}, q {self.q.shape}"
            raise ValueError(msg)
        self.p.setflags(write=False)
        self.q.setflags(write=False)

    @property
    def steps(self) -> int:
        """
        Number of steps of the year.
        """
        return int(self.p.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """
    A distribution network with, optionally, its year. ``source`` names where it was read from, with its attribution.
    """

    buses: Buses
    lines: Lines
    transformers: Transformers
    switches: Switches
    loads: Loads
    generators: Generators
    shunts: Shunts
    sources: Sources
    frequency_hz: float = 50.0
    source: str = ""
    profiles: Profiles | None = None

    def with_profiles(self, profiles: Profiles, *, loads: Ints, generators: Ints | None = None) -> "Network":
        """
        Return this network with a year of profiles; ``loads`` gives every load its profile's position, −1 for none.
        """
        return replace(
            self,
            profiles=profiles,
            loads=replace(self.loads, profile=loads),
            generators=self.generators if generators is None else replace(self.generators, profile=generators),
        )

    def fingerprint(self) -> str:
        """
        Return a stable SHA-256 of everything that decides results: all tables and the year, but neither names nor paths.
        """
        digest = hashlib.sha256()
        for part in (self.buses, self.lines, self.transformers, self.switches, self.loads, self.generators, self.shunts, self.sources):
            for one in fields(part):
                column = getattr(part, one.name)
                if "fill" in one.metadata and _is_left_out(one, column):
                    continue  # a column that says nothing changes nothing
                if isinstance(column, np.ndarray):
                    digest.update(one.name.encode() + str(column.dtype).encode() + np.ascontiguousarray(column).tobytes())
                elif one.name in {"kind", "customer_class"} or one.metadata.get("decides"):
                    digest.update("\0".join(column).encode())
        digest.update(repr(self.frequency_hz).encode())
        if self.profiles is not None:
            digest.update(np.ascontiguousarray(self.profiles.p).tobytes() + np.ascontiguousarray(self.profiles.q).tobytes())
            digest.update(f"{self.profiles.start}/{self.profiles.step_minutes}".encode())
        return digest.hexdigest()


def _is_left_out(one: "Field[Any]", column: Any) -> bool:  # noqa: ANN401 - a column of either kind
    fill = one.metadata["fill"]
    return all(word == fill for word in column) if isinstance(fill, str) else bool(np.isnan(column).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    What must not be broken: voltage in per unit of each bus's nominal voltage, loading as a fraction of the rating.

    The law states voltages relative to the customer's own nominal voltage (380 V ± 7 %); on a 400 V base that is
    0.8835 to 1.0165. ``transformer_loading`` is 1.0 for the nameplate and 0.8 for the planner's margin.
    """

    voltage_min_pu: float = 0.8835
    voltage_max_pu: float = 1.0165
    line_loading: float = 1.0
    transformer_loading: float = 1.0
