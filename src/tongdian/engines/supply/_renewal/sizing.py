"""
The cables of a renewed stretch: the cheapest pair of types that carries the grown year and keeps every voltage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Floats, Limits, Network
from tongdian.engines.supply._catalogue import CableType, Catalogue
from tongdian.engines.supply._checks import Case, Extremes, is_feasible, network_checks
from tongdian.engines.supply._facts import Check
from tongdian.engines.supply._sizing import resistance_ohm_per_km
from tongdian.engines.supply._study import Island, Study, extremes
from tongdian.kit.refused import N_, Refused

BURIED = "buried"
ROUNDING = 1e-6
GLIMPSED = 12  # supply points whose weakest moments are looked at before a whole year


class UnusableStretch(Refused):
    """
    The lines named cannot be renewed as one stretch.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """
    The lines (positions in the island), each with the end that is nearer to the transformer first; ``root``: the feeding end.
    """

    lines: tuple[int, ...]
    near: tuple[int, ...]
    far: tuple[int, ...]
    root: int
    depth: dict[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """
    A cable type for the through lines and one for the entries, and the island's network with them.
    """

    through: CableType
    entry: CableType
    network: Network


def entries_of(network: Network, stretch: Stretch) -> frozenset[int]:
    """
    Return which lines of a stretch (by place in it) end at customers and nowhere else.
    """
    degree = np.bincount(np.concatenate([network.lines.from_bus, network.lines.to_bus]), minlength=len(network.buses))
    loaded = set(network.loads.bus[network.loads.in_service].tolist())
    return frozenset(at for at, bus in enumerate(stretch.far) if degree[bus] == 1 and bus in loaded)


def carries_a(kind: CableType, tables: Catalogue) -> float:
    """
    Return what a buried cable carries with all factors, in A.
    """
    laying = tables.laying[BURIED]
    temperature = tables.factor(BURIED, "temperature", laying.temperature_c)
    return kind.ampacity_a[BURIED] * temperature * tables.factor(BURIED, "grouping", 1 + laying.neighbours)


def peaks_a(network: Network, year: Extremes) -> Floats:
    """
    Return the greatest current of the year per line in A.
    """
    rows = network.lines
    current = year.line * rows.rated_a * rows.derating * rows.parallel
    return np.asarray(current)


def find_cables_for(island: Island, stretch: Stretch, grown: Network, given: tuple[Catalogue, Limits, float]) -> Sized:
    """
    Return the cheapest pair of cables that carries the grown year, keeps every voltage, and is no weaker than the old line: no more losses
    and no lower voltage. If no pair of the table is that strong, the strongest one.

    :raises UnusableStretch: if no cable of the table does
    """
    tables = given[0]
    year = extremes(grid.run_year(grown, island.reserved))
    entries = entries_of(island.network, stretch)
    current = peaks_a(grown, year)
    kinds = sorted(tables.cables, key=lambda kind: (tables.price(kind.code).unit_price_yuan, kind.code))
    need = {True: 0.0, False: 0.0}
    for at, line in enumerate(stretch.lines):
        need[at in entries] = max(need[at in entries], float(current[line]))
    through = [kind for kind in kinds if carries_a(kind, tables) >= need[False]]
    own = [kind for kind in kinds if carries_a(kind, tables) >= need[True]]
    if not through or not own:
        text = N_("No cable of the table carries %(amps)s A with the growth counted. Split the stretch or add a cable to the table.")
        raise UnusableStretch(text, amps=f"{max(need.values()):.0f}")
    lowest = float(np.nanmin(year.voltage_min[island.points]))
    order = np.argsort(year.voltage_min[island.points], kind="stable")[:GLIMPSED]
    glimpse = np.unique(year.voltage_min_step[island.points[order]]).astype(np.int64)
    strongest: Sized | None = None
    for main, entry in _pairs(_stronger(through), _stronger(own), (island.network, stretch, entries), tables):
        network = with_cables(grown, stretch, entries, (main, entry, tables))
        if not _holds(island, network, (year, extremes(grid.run_year(network, island.reserved, steps=glimpse))), given):
            continue
        found = extremes(grid.run_year(network, island.reserved))
        weakest = float(np.nanmin(found.voltage_min[island.points]))
        if not _holds(island, network, (year, found), given):
            continue
        sized = Sized(through=main, entry=entry, network=with_cables(island.network, stretch, entries, (main, entry, tables)))
        if found.losses_kwh <= year.losses_kwh and weakest >= lowest - ROUNDING:
            return sized
        strongest = sized
    if strongest is not None:
        return strongest
    text = N_("No cable makes the area hold with a growth of %(growth)s %%; its lowest voltage is %(voltage)s p.u. now. Relieve it first.")
    raise UnusableStretch(text, growth=f"{100 * given[2]:.0f}", voltage=f"{lowest:.4f}")


def _holds(island: Island, network: Network, years: tuple[Extremes, Extremes], given: tuple[Catalogue, Limits, float]) -> bool:
    return is_feasible(judge(island, network, years, given[:2]))


def _pairs(
    mains: Sequence[CableType], owns: Sequence[CableType], place: tuple[Network, Stretch, frozenset[int]], tables: Catalogue
) -> list[tuple[CableType, CableType]]:
    """
    Return the pairs of types, cheapest for the stretch first.
    """
    network, stretch, entries = place
    metres = {True: 0.0, False: 0.0}
    for at, line in enumerate(stretch.lines):
        metres[at in entries] += float(network.lines.length_m[line])
    price = {kind.code: float(tables.price(kind.code).unit_price_yuan) for kind in (*mains, *owns)}
    if not entries:
        owns = owns[:1]
    if len(entries) == len(stretch.lines):
        mains = mains[:1]
    pairs = [(main, own) for main in mains for own in owns]
    return sorted(pairs, key=lambda pair: (metres[False] * price[pair[0].code] + metres[True] * price[pair[1].code], pair[0].code))


def _stronger(kinds: Sequence[CableType]) -> list[CableType]:
    """
    Return types in order, leaving out those with more resistance than a cheaper one.
    """
    kept: list[CableType] = []
    for kind in kinds:
        if not kept or kind.r20_ohm_per_km < kept[-1].r20_ohm_per_km:
            kept.append(kind)
    return kept


def with_cables(network: Network, stretch: Stretch, entries: frozenset[int], chosen: tuple[CableType, CableType, Catalogue]) -> Network:
    """
    Return a network with the stretch's lines replaced: through lines by the first type, entries by the second.
    """
    main, own, tables = chosen
    rows = network.lines
    columns = {
        name: getattr(rows, name).copy() for name in ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "rated_a", "derating", "parallel")
    }
    names = list(rows.type_name)
    for at, line in enumerate(stretch.lines):
        kind = own if at in entries else main
        columns["r_ohm_per_km"][line] = resistance_ohm_per_km(kind, tables.rules["conductor_c"])
        columns["x_ohm_per_km"][line] = kind.x_ohm_per_km
        columns["c_nf_per_km"][line] = 0.0
        columns["rated_a"][line] = carries_a(kind, tables)
        columns["derating"][line], columns["parallel"][line] = 1.0, 1
        names[line] = kind.code
    return replace(network, lines=replace(rows, type_name=tuple(names), **columns))


def judge(
    island: Island, network: Network, years: tuple[Extremes, Extremes], given: tuple[Catalogue, Limits], study: Study | None = None
) -> tuple[Check, ...]:
    """
    Return the checks of an island's network over a year against the year before.

    :param years: before and after
    """
    tables, limits = given
    case = Case(
        network=network,
        points=island.points,
        before=years[0],
        after=years[1],
        limits=limits,
        catalogue=tables,
        moment=study.moment if study else str,
    )
    return tuple(
        replace(check, element_kind={"site": "bus", "cable": "line"}.get(check.element_kind, check.element_kind))
        for check in network_checks(case)
    )
