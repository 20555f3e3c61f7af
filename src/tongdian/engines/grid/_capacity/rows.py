"""
Capacity as a table for every bus: what the study answers, and the plain answers for buses that it does not look at.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongdian.engines.grid._capacity.capacity import CapacityTable, capacity, refuse_limits
from tongdian.engines.grid._capacity.seasons import by_season, least
from tongdian.engines.grid._capacity.shares import told_by_the_year
from tongdian.engines.grid._check import refuse_broken
from tongdian.engines.grid._formats.csvtable import read_columns, unpack
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._topology import island_labels
from tongdian.engines.grid._values import ALL_PHASES, Floats, Limits, Network
from tongdian.kit.refused import N_, Refused

MINUTES_PER_DAY = 1440
NO_SUPPLY = "no_supply"


class SinglePhases(Refused):
    """
    Balanced flow would give a wrong number: something stands on fewer than three phases.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRow:
    """
    What one bus can still carry. ``bus``: identifier of the source; ``at``: binding step, −1 where none binds.

    ``limit``: voltage_low, voltage_high, line_loading, transformer_loading, ``no_supply`` (no source reaches the bus: 0 kW), unsolved, or
    empty where nothing limits. ``base_margin``: least relative distance to a limit in the bus's island without the addition.
    """

    bus: int
    capacity_kw: float
    limit: str
    element_kind: str
    element_id: int
    at: int
    base_margin: float


def refuse_single_phases(network: Network) -> None:
    """
    Refuse a network that is not of three phases throughout, for answers that are balanced.

    :raises SinglePhases: naming the first such element
    """
    for kind, table in (("line", network.lines), ("load", network.loads), ("generator", network.generators)):
        for at, phases in enumerate(table.phases):
            if phases != ALL_PHASES and table.in_service[at]:
                raise SinglePhases(
                    N_("The %(kind)s %(id)s (%(name)s) stands on phase %(phases)s. With --balanced it counts as spread over three phases."),
                    kind=kind,
                    id=int(table.id[at]),
                    name=table.name[at],
                    phases=phases,
                )


def capacity_rows(network: Network, limits: Limits, **options: Any) -> tuple[CapacityRow, ...]:  # noqa: ANN401 - those of capacity
    """
    Return a row for every bus but the sources' own, in the order of the buses; buses fused with others are kept.

    :param options: those of :func:`capacity`; ``shape`` [steps] multiplies the addition, so that ``capacity_kw`` is its power at shape 1
    :raises BrokenNetwork: if nothing can be calculated with the network
    :raises UnusableLimits: if the limits leave no room
    """
    refuse_limits(limits)
    refuse_broken(network)
    table = _seasons(network, limits, options)
    found = {int(bus): at for at, bus in enumerate(table.bus)}
    labels = island_labels(network)
    row_of_island = {int(labels[at]): found[int(bus)] for at, bus in enumerate(network.buses.id) if int(bus) in found}
    own = set(network.sources.bus[network.sources.in_service].tolist())
    fed = set(labels[[bus for bus in own if labels[bus] >= 0]].tolist())
    rows = []
    for at, identifier in enumerate(network.buses.id.tolist()):
        if at in own:
            continue
        if identifier in found:
            rows.append(_row(table, found[identifier], identifier))
        elif int(labels[at]) in fed:
            rows.append(_beside_the_source(table, row_of_island.get(int(labels[at])), identifier))
        else:
            rows.append(
                CapacityRow(
                    bus=identifier,
                    capacity_kw=0.0,
                    limit=NO_SUPPLY,
                    element_kind="bus",
                    element_id=identifier,
                    at=-1,
                    base_margin=math.nan,
                )
            )
    return tuple(rows)


def _seasons(network: Network, limits: Limits, options: dict[str, Any]) -> CapacityTable:
    """
    Return the least answer over the seasons in which lines have other ratings.
    """
    found: CapacityTable | None = None
    shape: Floats | None = options.get("shape")
    for part, steps in by_season(network):
        asked = options if shape is None else {**options, "shape": shape[steps]}
        if shape is not None and not shape[steps].any():
            asked = {**options, "shape": None}  # nothing is added in this season: only its base case counts
        with told_by_the_year(steps):
            one = _study(part, limits, asked)
        if shape is not None and asked["shape"] is None:
            one = replace(one, capacity_kw=np.where(one.base_margin < 0, 0.0, np.inf))
        one = replace(one, at=np.where(one.at >= 0, steps[one.at], -1))
        found = one if found is None else least(found, one)
    assert found is not None
    return found


def _study(network: Network, limits: Limits, options: dict[str, Any]) -> CapacityTable:
    """
    Return the capacity of an addition of any shape: of its peak first, which the study asks for, then of the shape as it was given.
    """
    options = dict(options)
    shape: Floats | None = options.pop("shape", None)
    if shape is None:
        return capacity(network, limits, **options)
    peak = float(shape.max())
    table = capacity(network, limits, shape=shape / peak, **options)
    return replace(table, capacity_kw=table.capacity_kw / peak)


def read_shape(content: bytes, *, name: str, steps: int, step_minutes: int) -> Floats:
    """
    Return the shape of an added load [steps]: a CSV table of one column of multipliers, for a day (repeated) or for every step.

    The last column counts, so that times may stand before it; a header is not needed.

    :raises UnreadableNetwork: if it is no such table, is negative or only zero, or fits neither a day nor the steps
    """
    plain = unpack(content, name=name).removeprefix(b"\xef\xbb\xbf").lstrip()
    head = plain.partition(b"\n")[0].strip()
    last = head.replace(b";", b",").replace(b"\t", b",").split(b",")[-1].strip()
    try:
        float(last)
        columns = head.replace(b";", b",").replace(b"\t", b",").count(b",")
        plain = b",".join([b"c%d" % at for at in range(columns)] + [b"shape"]) + b"\n" + plain
        last = b"shape"
    except ValueError:
        pass
    column = last.decode("utf-8", errors="replace").strip('"')
    values = read_columns(plain, {column}, name=name).numbers[column]
    if (values < 0).any() or not values.any():
        raise UnreadableNetwork(N_("The shape %(name)s must not be negative, and not zero throughout."), name=name)
    if len(values) == steps:
        return values
    day = MINUTES_PER_DAY // step_minutes if step_minutes else 0
    if not day or day % len(values) or steps < day:
        raise UnreadableNetwork(
            N_("The shape %(name)s has %(rows)s rows: give %(day)s for a day, a whole part of that, or %(steps)s for every step."),
            name=name,
            rows=len(values),
            day=day,
            steps=steps,
        )
    one_day = np.repeat(values, day // len(values))
    repeated: Floats = np.resize(one_day, steps)
    return repeated


def _row(table: CapacityTable, at: int, identifier: int) -> CapacityRow:
    return CapacityRow(
        bus=identifier,
        capacity_kw=float(table.capacity_kw[at]),
        limit=table.limit[at],
        element_kind=table.element_kind[at],
        element_id=int(table.element_id[at]),
        at=int(table.at[at]),
        base_margin=float(table.base_margin[at]),
    )


def _beside_the_source(table: CapacityTable, other: int | None, identifier: int) -> CapacityRow:
    """
    Return the row of a bus that is joined with a source's own by a closed switch: nothing limits, unless the island is broken already.
    """
    if other is not None and table.base_margin[other] < 0:
        return _row(table, other, identifier)
    margin = math.nan if other is None else float(table.base_margin[other])
    return CapacityRow(bus=identifier, capacity_kw=math.inf, limit="", element_kind="", element_id=-1, at=-1, base_margin=margin)
