"""
A network of both levels as its 10 kV level sees it: every low-voltage area is a load at the high-voltage bus of its transformer.

At every step the load is what the area's customers take less what they generate, what its cables lose — the loss at the step of the
area's peak,
solved by AC power flow, times the square of the apparent power over that peak — and what the transformer loses: P = P0 + β² Pk and
Q = (i0 + β² uk) · Sn, as for the customer's own transformer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Bools, Floats, Ints, Network
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV, Areas, find_areas
from tongdian.engines.supply._carry import carry_up
from tongdian.engines.supply._study import position, remembered
from tongdian.engines.supply._values import Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """
    The 10 kV level for itself, and the low-voltage level whose lines are ways for a cable; ``low`` is None where there is none.
    """

    network: Network
    low: Network | None


def fold(network: Network) -> Folded:
    """
    Return a network's level above low voltage with its low-voltage areas as loads; identifiers stay. A network of one level stays as it is.
    """
    if not (network.buses.nominal_kv < LOW_VOLTAGE_KV).any():
        return Folded(network=network, low=None)
    found: Folded = remembered(("folded", network.fingerprint()), lambda: _fold(network))
    return found


def fold_reservations(network: Network, reservations: Sequence[Reservation]) -> tuple[Reservation, ...]:
    """
    Return reservations as the 10 kV level counts them: those at low voltage at their station.
    """
    kv = network.buses.nominal_kv
    low = [held for held in reservations if kv[position(network.buses, held.bus_id)] < LOW_VOLTAGE_KV]
    return (*(held for held in reservations if held not in low), *carry_up(network, low))


def _fold(network: Network) -> Folded:
    areas = find_areas(network)
    high = network.buses.nominal_kv >= LOW_VOLTAGE_KV
    upper = grid.take_buses(network, high)
    stations = _stations(network, areas)
    shapes = [_consumption(network, areas, station) for station in stations]
    profiles = network.profiles
    assert profiles is not None
    peaks = [(float(np.abs(p).max()) or 1.0, float(np.abs(q).max()) or 1.0) for p, q in shapes]
    rows = [(p / peak[0], q / peak[1]) for (p, q), peak in zip(shapes, peaks, strict=True)]
    year = replace(
        profiles,
        name=(*profiles.name, *(network.transformers.name[station] for station in stations)),
        p=np.vstack([profiles.p, *(p for p, _ in rows)]),
        q=np.vstack([profiles.q, *(q for _, q in rows)]),
    )
    loads = upper.loads
    count, first = len(stations), len(profiles.name)
    where = [position(upper.buses, int(network.buses.id[network.transformers.hv_bus[station]])) for station in stations]
    grown = grid.Loads(
        id=np.append(loads.id, int(network.loads.id.max(initial=0)) + 1 + np.arange(count)),
        name=(*loads.name, *(network.transformers.name[station] for station in stations)),
        bus=np.append(loads.bus, np.array(where, dtype=np.int64)),
        p_kw=np.append(loads.p_kw, [peak[0] for peak in peaks]),
        q_kvar=np.append(loads.q_kvar, [peak[1] for peak in peaks]),
        profile=np.append(loads.profile, first + np.arange(count)),
        customer_class=(*loads.customer_class, *("" for _ in stations)),
        in_service=np.append(loads.in_service, np.ones(count, dtype=np.bool_)),
    )
    return Folded(network=replace(upper, loads=grown, profiles=year), low=grid.take_buses(network, ~high))


def _stations(network: Network, areas: Areas) -> list[int]:
    """
    Return the transformers (positions) that feed low voltage, one of each area.
    """
    low = network.buses.nominal_kv < LOW_VOLTAGE_KV
    feeding = areas.transformer[low & areas.live]
    return sorted({int(at) for at in feeding.tolist() if at >= 0})


def _inside(areas: Areas, network: Network, station: int) -> Bools:
    return np.asarray(areas.area == areas.area[network.transformers.lv_bus[station]])


def _tables(network: Network) -> Iterator[tuple[grid.Loads | grid.Generators, float]]:
    yield network.loads, 1.0
    yield network.generators, -1.0


def _consumption(network: Network, areas: Areas, station: int) -> tuple[Floats, Floats]:
    """
    Return what a station takes at every step, in kW and kvar.
    """
    profiles, inside = network.profiles, _inside(areas, network, station)
    assert profiles is not None
    p_of, q_of = np.zeros(len(profiles.name) + 1), np.zeros(len(profiles.name) + 1)  # the last: constant power
    for table, sign in _tables(network):
        here = table.in_service & inside[table.bus]
        np.add.at(p_of, table.profile[here], sign * table.p_kw[here])
        np.add.at(q_of, table.profile[here], sign * table.q_kvar[here])
    p, q = p_of[:-1] @ profiles.p + p_of[-1], q_of[:-1] @ profiles.q + q_of[-1]
    rows = network.transformers
    rated = float(rows.rated_kva[station] * rows.parallel[station])
    s = np.hypot(p, q)
    step = int(s.argmax())
    iron = float(rows.iron_loss_kw[station] * rows.parallel[station])
    copper = rows.vkr_percent[station] / 100 * rated
    if s[step] > 0:
        lost = _lost_kw(network, inside, station, step) - iron - copper * (s[step] / rated) ** 2
        p = p + max(lost, 0.0) * (s / s[step]) ** 2
    square = (np.hypot(p, q) / rated) ** 2
    idle = np.sqrt(max((rows.no_load_percent[station] / 100 * rated) ** 2 - iron**2, 0.0))
    reactive = np.sqrt(max(rows.vk_percent[station] ** 2 - rows.vkr_percent[station] ** 2, 0.0)) / 100 * rated
    return np.round(p + iron + copper * square, 6), np.round(q + idle + reactive * square, 6)


def _lost_kw(network: Network, inside: Bools, station: int, step: int) -> float:
    """
    Return what an area with its transformer loses at a step, the transformer's high-voltage bus held at nominal voltage.
    """
    mask = inside.copy()
    top = int(network.transformers.hv_bus[station])
    mask[top] = True
    part = grid.take_buses(network, mask)
    at = position(part.buses, int(network.buses.id[top]))
    others: Ints = np.flatnonzero(part.loads.bus == at)
    running = part.loads.in_service.copy()
    running[others] = False
    source = grid.Sources(
        id=np.array([0]), name=("",), bus=np.array([at]), voltage_pu=np.ones(1), angle_degree=np.zeros(1), in_service=np.ones(1, np.bool_)
    )
    held = replace(part, sources=source, loads=replace(part.loads, in_service=running))
    assert network.profiles is not None
    return float(grid.run_year(held, steps=np.array([step], dtype=np.int64)).losses_kwh) * 60 / network.profiles.step_minutes
