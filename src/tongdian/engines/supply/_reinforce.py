"""
What can be changed in an existing network: tap, transformer, second cable; a station or a 10 kV feeder of its own at the site.

A second cable beside an old one is one line of the combined impedance Z = Z1 Z2 / (Z1 + Z2); its rating is what the pair carries when the
first of the two
is full: min Ik · |Zk / Z|.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Network
from tongdian.engines.supply._catalogue import CableType, Catalogue, TransformerType
from tongdian.engines.supply._checks import find_binding
from tongdian.engines.supply._facts import Check, Days, Material, WayOut
from tongdian.engines.supply._materials import GRID, Item
from tongdian.engines.supply._sizing import resistance_ohm_per_km
from tongdian.engines.supply._study import append

LAST_NEIGHBOURS = 2  # old and new cable side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    A change of an island's network: what is different, and what it needs.
    """

    kind: str
    network: Network
    items: tuple[Item, ...] = ()
    element_kind: str = ""
    elements: tuple[str, ...] = ()
    element_ids: tuple[int, ...] = ()
    before: float | None = None
    after: float | None = None
    unit: str = ""
    length_m: float = 0.0
    note: str = field(default="")


def as_way_out(
    change: Change,
    network: Network,
    bus: int,
    checks: tuple[Check, ...],
    *,
    materials: tuple[Material, ...],
    yuan: tuple[Decimal, Decimal],
    days: Days,
) -> WayOut:
    """
    Return a change that was confirmed over the whole year as a way out.

    :param network: the whole network with its year; ``bus`` (position): the connection point that holds then
    :param checks: over the whole year with the change
    :param materials: what the change itself needs
    :param yuan: what everything costs together, and what the option cost without the change
    """
    profiles = network.profiles
    assert profiles is not None
    total, before = yuan
    return WayOut(
        kind=change.kind,
        bus_id=int(network.buses.id[bus]),
        bus_name=network.buses.name[bus],
        element_kind=change.element_kind,
        elements=change.elements,
        element_ids=change.element_ids,
        before=change.before,
        after=change.after,
        unit=change.unit,
        length_m=change.length_m,
        added_yuan=total - before,
        total_yuan=total,
        materials=materials,
        binding=find_binding(checks),
        steps=profiles.steps,
        days=days,
        note=change.note,
    )


def set_column(table: Any, **columns: Any) -> Any:  # noqa: ANN401 - tables have their own types
    """
    Return a table with single values changed: ``name=(position, value)``.
    """
    changed = {}
    for name, (at, value) in columns.items():
        column = getattr(table, name)
        if isinstance(column, np.ndarray):
            column = column.copy()
            column[at] = value
        else:
            column = (*column[:at], value, *column[at + 1 :])
        changed[name] = column
    return replace(table, **changed)


def taps(network: Network, station: int) -> Iterator[Change]:
    """
    Yield the other positions of a transformer's tap, the nearest first.
    """
    rows = network.transformers
    now = int(rows.tap_position[station])
    others = [tap for tap in range(int(rows.tap_min[station]), int(rows.tap_max[station]) + 1) if tap != now]
    if not rows.tap_step_percent[station] or not np.isfinite(rows.tap_step_percent[station]):
        return
    for tap in sorted(others, key=lambda tap: (abs(tap - now), tap)):
        yield Change(
            kind="tap",
            network=replace(network, transformers=set_column(rows, tap_position=(station, tap))),
            items=(("tap-change", Decimal(1), GRID),),
            element_kind="transformer",
            elements=(rows.name[station],),
            element_ids=(int(rows.id[station]),),
            before=float(now),
            after=float(tap),
            unit="tap",
        )


def transformer_exchanges(network: Network, station: int, catalogue: Catalogue) -> Iterator[Change]:
    """
    Yield the exchange of a transformer for the next larger ones of the standard row.
    """
    rows = network.transformers
    now = float(rows.rated_kva[station] * rows.parallel[station])
    larger = sorted((kind for kind in catalogue.transformers if kind.rated_kva > now), key=lambda kind: kind.rated_kva)
    for kind in larger[: int(catalogue.rules["transformer_step_max"])]:
        yield Change(
            kind="larger_transformer",
            network=replace(network, transformers=_with_type(rows, station, kind)),
            items=((kind.code, Decimal(1), GRID), ("transformer-exchange", Decimal(1), GRID)),
            element_kind="transformer",
            elements=(rows.name[station],),
            element_ids=(int(rows.id[station]),),
            before=now,
            after=kind.rated_kva,
            unit="kVA",
        )


def second_transformer(network: Network, station: int, catalogue: Catalogue) -> Iterator[Change]:
    """
    Yield a second transformer like the first beside it, on the same busbar.
    """
    rows = network.transformers
    rated = float(rows.rated_kva[station])
    kind = next((kind for kind in sorted(catalogue.transformers, key=lambda kind: kind.rated_kva) if kind.rated_kva >= rated), None)
    if kind is None:
        return
    count = int(rows.parallel[station])
    yield Change(
        kind="second_transformer",
        network=replace(network, transformers=set_column(rows, parallel=(station, count + 1))),
        items=((kind.code, Decimal(1), GRID), ("transformer-second", Decimal(1), GRID)),
        element_kind="transformer",
        elements=(rows.name[station],),
        element_ids=(int(rows.id[station]),),
        before=rated * count,
        after=rated * (count + 1),
        unit="kVA",
    )


def _with_type(rows: grid.Transformers, station: int, kind: TransformerType) -> grid.Transformers:
    changed: grid.Transformers = set_column(
        rows,
        type_name=(station, kind.code),
        rated_kva=(station, kind.rated_kva),
        vk_percent=(station, kind.vk_percent),
        vkr_percent=(station, kind.load_w / 10 / kind.rated_kva),
        iron_loss_kw=(station, kind.no_load_w / 1000),
        no_load_percent=(station, kind.no_load_percent),
        parallel=(station, 1),
    )
    return changed


def second_cables(network: Network, lines: Sequence[int], catalogue: Catalogue) -> Iterator[Change]:
    """
    Yield one more cable beside each of some lines (positions), by every type of the table, the cheapest first.
    """
    if not lines:
        return
    kinds = sorted(catalogue.cables, key=lambda kind: (catalogue.price(kind.code).unit_price_yuan, kind.code))
    methods = [catalogue.corridor_method(network.lines.type_name[line]) for line in lines]
    lengths = [float(network.lines.length_m[line]) for line in lines]
    for kind in kinds:
        doubled = _doubled(network.lines, lines, kind, methods, catalogue)
        yield Change(
            kind="second_cable",
            network=replace(network, lines=doubled),
            items=tuple(_cable_items(kind, methods, lengths, catalogue)),
            element_kind="line",
            elements=tuple(network.lines.name[line] for line in lines),
            element_ids=tuple(int(network.lines.id[line]) for line in lines),
            after=kind.section_mm2,
            unit="mm²",
            length_m=round(sum(lengths), 2),
            note=kind.code,
        )


def _cable_items(kind: CableType, methods: list[str], lengths: list[float], catalogue: Catalogue) -> Iterator[Item]:
    metres = int(np.ceil(round(sum(lengths) + 2 * catalogue.rules["end_reserve_m"] * len(lengths), 6)))
    yield kind.code, Decimal(metres), GRID
    for method, length in zip(methods, lengths, strict=True):
        yield f"lay-{method}", Decimal(str(round(length, 2))), GRID
    yield catalogue.part("termination", kind.section_mm2).code, Decimal(2 * len(lengths)), GRID


def _doubled(lines: grid.Lines, chosen: Sequence[int], kind: CableType, methods: Sequence[str], catalogue: Catalogue) -> grid.Lines:
    at = np.array(chosen, dtype=np.int64)
    old = (lines.r_ohm_per_km[at] + 1j * lines.x_ohm_per_km[at]) / lines.parallel[at]
    new = complex(resistance_ohm_per_km(kind, catalogue.rules["conductor_c"]), kind.x_ohm_per_km)
    both = old * new / (old + new)
    carries = np.array([_carries_a(kind, method, catalogue) for method in methods])
    rated = lines.rated_a[at] * lines.derating[at] * lines.parallel[at]
    changed: grid.Lines = set_column(
        lines,
        r_ohm_per_km=(at, both.real),
        x_ohm_per_km=(at, both.imag),
        rated_a=(at, np.minimum(rated * abs(old / both), carries * abs(new / both))),
        derating=(at, 1.0),
        parallel=(at, 1),
    )
    return changed


def _carries_a(kind: CableType, method: str, catalogue: Catalogue) -> float:
    temperature = catalogue.factor(method, "temperature", catalogue.laying[method].temperature_c)
    return kind.ampacity_a[method] * temperature * catalogue.factor(method, "grouping", LAST_NEIGHBOURS)


def with_station(network: Network, top: int, kind: TransformerType, cable: tuple[CableType, float], ids: int) -> Network:
    """
    Return a network with a new station: a 10 kV cable from a bus (position) to it, its transformer, its busbar as the last bus.

    :param cable: type and length in m
    :param ids: first free identifier of buses, lines and transformers
    """
    buses, rows = network.buses, network.transformers
    low_kv = float(np.median(buses.nominal_kv[buses.nominal_kv < 1])) if (buses.nominal_kv < 1).any() else 0.4
    place = {"lon": np.nan, "lat": np.nan, "in_service": True}
    grown = append(buses, id=ids, name="new 10 kV", nominal_kv=buses.nominal_kv[top], **place)
    grown = append(grown, id=ids + 1, name="new busbar", nominal_kv=low_kv, **place)
    wire, length = cable
    lines = append(
        network.lines,
        id=ids,
        name="new 10 kV cable",
        type_name=wire.code,
        from_bus=top,
        to_bus=len(buses),
        length_m=max(length, 1.0),
        r_ohm_per_km=wire.r20_ohm_per_km,
        x_ohm_per_km=wire.x_ohm_per_km,
        c_nf_per_km=0.0,
        g_us_per_km=0.0,
        rated_a=min(wire.ampacity_a.values()),
        derating=1.0,
        parallel=1,
        in_service=True,
        path=None,
    )
    like = int(np.argmin(np.abs(rows.rated_kva - kind.rated_kva)))
    row = {
        name: getattr(rows, name)[like] for name in ("rated_hv_kv", "rated_lv_kv", "shift_degree", "tap_on_hv", "tap_neutral", "tap_min")
    }
    row |= {"tap_max": rows.tap_max[like], "tap_position": rows.tap_neutral[like], "tap_step_percent": rows.tap_step_percent[like]}
    row |= {"rated_kva": kind.rated_kva, "vk_percent": kind.vk_percent, "vkr_percent": kind.load_w / 10 / kind.rated_kva}
    row |= {"iron_loss_kw": kind.no_load_w / 1000, "no_load_percent": kind.no_load_percent, "type_name": kind.code}
    row |= {"id": ids, "name": "new transformer", "hv_bus": len(buses), "lv_bus": len(buses) + 1, "parallel": 1, "in_service": True}
    return replace(network, buses=grown, lines=lines, transformers=append(rows, **row))
