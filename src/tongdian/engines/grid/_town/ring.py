"""
A synthetic 10 kV open ring for low-voltage networks that come without the network above them.

The ring passes by every transformer station along the courses of the existing lines, so that every section has a real way through
the town. Nothing of it is recorded anywhere: place of the substation, order of the stations, cables and transformers are this
project's own, in sizes that are usual in Chinese towns, and the network's source says so.

    110 kV ──1T── I ── S01 ── ○ ── S02 ── ○ ⋯ ○ ──/ ── ○ ⋯ ○ ── II ──2T── 110 kV        (○: ring-main unit, /: open point)

A section consists of cable lengths between joints; a ring-main unit can be cut in at a joint. Each station is one load: the sum of
its customers at every step, scaled by what its cables lose at its peak (the largest share of the year), and its transformer's losses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._flow.solver import run_year
from tongdian.engines.grid._topology import island_labels, take_buses
from tongdian.engines.grid._town.ways import Corridors, cheapest_round
from tongdian.engines.grid._values import (
    Bools,
    Buses,
    Floats,
    Generators,
    Lines,
    Loads,
    Network,
    Profiles,
    Shunts,
    Sources,
    Switches,
    Transformers,
)
from tongdian.kit.refused import N_, Refused

SOURCE = "synthetic 10 kV open ring (seed {seed}) along the line courses of: {source}"
OUTER_SHARE = 0.05  # the substation stands among the outermost places
HIGH_KV, RING_KV = 110.0, 10.0
DECIMALS = 9  # of the profiles: the same on every machine


class NoRing(Refused):
    """
    A network through which no ring can be laid.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RingDesign:
    """
    What the ring is built of: resistance at 90 °C conductor temperature, ampacity buried at 25 °C soil (from memory of GB 50217),
    and two transformers 110/10.5 kV (20 MVA, from memory of GB/T 6451). ``joint_m``: longest cable length between joints.
    """

    cable: str = "YJV22-8.7/15-3x300"
    r_ohm_per_km: float = 0.0766
    x_ohm_per_km: float = 0.090
    c_nf_per_km: float = 380.0
    rated_a: float = 423.0
    joint_m: float = 250.0
    transformer: str = "SZ-20000/110"
    rated_kva: float = 20_000.0
    rated_lv_kv: float = 10.5
    vk_percent: float = 10.5
    vkr_percent: float = 0.44
    iron_loss_kw: float = 18.0
    no_load_percent: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """
    One length of ring cable between two nodes of the ring, numbered in its order.
    """

    name: str
    ends: tuple[int, int]
    length_m: float
    path: Floats


def synthetic_ring(network: Network, *, seed: int, design: RingDesign | None = None) -> Network:
    """
    Return a 10 kV open ring that feeds all stations of a low-voltage network, with the same year; see the module's text.

    The bus of a station's ring-main unit has the identifier of the station's high-voltage bus in ``network``.

    :param network: with its yearly profiles and with the places of buses and lines
    :param seed: decides where the substation stands; the same network and seed give the same ring
    :raises NoRing: without profiles, with stations that no line course connects, or with two transformers in one area
    """
    chosen = design or RingDesign()
    if network.profiles is None or not len(network.transformers):
        raise NoRing(N_("A ring needs a network with transformer stations and yearly profiles. Attach profiles first."))
    corridors = Corridors(network)
    gates = [int(bus) for bus in network.transformers.lv_bus]
    tour = cheapest_round(corridors.lengths([_substation(network, seed), *gates]))
    if tour is None:
        raise NoRing(N_("No line course leads to every transformer station, so no ring can be laid. Complete the lines' places."))
    ring = [at - 1 for at in tour[1:]]  # stations in the order of the ring
    loads = [_StationLoad(network, station) for station in range(len(gates))]
    joints, pieces, first = _lay(corridors, [_substation(network, seed), *(gates[s] for s in ring)], chosen)
    open_piece = first[_open_section([loads[station].peak_kw for station in ring])]
    return Network(
        buses=_buses(network, ring, corridors, _substation(network, seed), joints),
        lines=_lines(pieces, chosen),
        transformers=_main_transformers(chosen),
        switches=_switches(pieces, open_piece),
        loads=_loads(network, ring, loads),
        generators=_no_generators(),
        shunts=_no_shunts(),
        sources=Sources(
            id=np.zeros(1, np.int64),
            name=("110 kV",),
            bus=np.zeros(1, np.int64),
            voltage_pu=np.ones(1),
            angle_degree=np.zeros(1),
            in_service=np.ones(1, np.bool_),
        ),
        frequency_hz=network.frequency_hz,
        source=SOURCE.format(seed=seed, source=network.source),
        profiles=_profiles(network.profiles, [loads[station] for station in ring], [network.transformers.name[s] for s in ring]),
    )


def _substation(network: Network, seed: int) -> int:
    """
    Return the low-voltage bus beside which the substation stands: one of the outermost.
    """
    buses, gates = network.buses, network.transformers.lv_bus
    lines = network.lines
    reached = np.unique(np.concatenate([lines.from_bus, lines.to_bus]))
    east = (buses.lon[reached] - buses.lon[gates].mean()) * np.cos(np.deg2rad(buses.lat[gates].mean()))
    distance = np.hypot(east, buses.lat[reached] - buses.lat[gates].mean())
    outer = reached[np.argsort(-np.where(np.isfinite(distance), distance, -1.0), kind="stable")]
    return int(np.random.default_rng([seed, 2]).choice(outer[: max(1, round(OUTER_SHARE * len(outer)))]))


def _lay(corridors: Corridors, stops: Sequence[int], design: RingDesign) -> tuple[list[int], list[_Piece], list[int]]:
    """
    Return the joints (low-voltage buses beside them), the pieces of all sections in order, and the first piece of each section.

    Nodes of the ring: 0 the 110 kV busbar, 1 and 2 the 10 kV sections, then the stations in order, then the joints.
    """
    around = [*range(1, len(stops)), 0]
    joints: list[int] = []
    pieces: list[_Piece] = []
    first: list[int] = []
    for number, (one, other) in enumerate(zip([0, *around[:-1]], around, strict=True), start=1):
        ends = (1 if one == 0 else 2 + one, 2 if other == 0 else 2 + other)
        first.append(len(pieces))
        nodes = corridors.way(stops[one], stops[other])
        at, begin = ends[0], 0
        for part, stop in enumerate(corridors.cuts(nodes, design.joint_m), start=1):
            last = stop == len(nodes) - 1
            if not last:
                joints.append(nodes[stop])
            to = ends[1] if last else 2 + len(stops) - 1 + len(joints)
            length, path = corridors.course(nodes[begin : stop + 1])
            pieces.append(_Piece(name=f"S{number:02d}.{part}", ends=(at, to), length_m=round(length, 2), path=path))
            at, begin = to, stop
    return joints, pieces, first


def _open_section(peaks_kw: list[float]) -> int:
    """
    Return the section to open so that both feeders carry as much alike as possible; sections are numbered from the first feeder's head.
    """
    before = np.concatenate([[0.0], np.cumsum(peaks_kw)])
    inner = np.arange(1, len(peaks_kw)) if len(peaks_kw) > 1 else np.array([len(peaks_kw)])
    return int(inner[np.argmin(np.abs(before[inner] - before[-1] / 2))])


class _StationLoad:
    """
    What one station takes from the ring at every step, in kW and kvar.
    """

    def __init__(self, network: Network, station: int) -> None:
        transformers = network.transformers
        off = replace(network, transformers=replace(transformers, in_service=np.zeros(len(transformers), np.bool_)))
        labels = island_labels(off)
        area: Bools = labels == labels[transformers.lv_bus[station]]
        if int(area[transformers.lv_bus].sum()) > 1:
            raise NoRing(N_("Two transformers feed the area of %(name)s. Open the switch between them."), name=transformers.name[station])
        p, q = _consumption(network, area)
        rated = float(transformers.rated_kva[station] * transformers.parallel[station])
        share = _cable_losses(network, station, area, int(np.hypot(p, q).argmax()))
        p, q = p * (1 + share), q * (1 + share)
        loading = np.hypot(p, q) / rated
        vk, vkr = transformers.vk_percent[station] / 100, transformers.vkr_percent[station] / 100
        iron = transformers.iron_loss_kw[station] * transformers.parallel[station]
        idle = np.sqrt(max((transformers.no_load_percent[station] / 100 * rated) ** 2 - iron**2, 0.0))
        self.p_kw = p + iron + vkr * rated * loading**2
        self.q_kvar = q + idle + np.sqrt(vk**2 - vkr**2) * rated * loading**2
        self.peak_kw = round(float(np.abs(self.p_kw).max()), 6)
        self.peak_kvar = round(float(np.abs(self.q_kvar).max()), 6)


def _consumption(network: Network, area: Bools) -> tuple[Floats, Floats]:
    """
    Return what the customers of an area take at every step, less what they generate.
    """
    profiles = network.profiles
    assert profiles is not None
    p_of, q_of = np.zeros(len(profiles.name) + 1), np.zeros(len(profiles.name) + 1)  # the last: constant power
    for table, sign in ((network.loads, 1.0), (network.generators, -1.0)):
        here = table.in_service & area[table.bus]
        np.add.at(p_of, table.profile[here], sign * table.p_kw[here])
        np.add.at(q_of, table.profile[here], sign * table.q_kvar[here])
    return p_of[:-1] @ profiles.p + p_of[-1], q_of[:-1] @ profiles.q + q_of[-1]


def _cable_losses(network: Network, station: int, area: Bools, step: int) -> float:
    """
    Return what an area's cables lose at a step, as a share of its consumption.
    """
    transformers, inside = network.transformers, area.copy()
    inside[transformers.hv_bus[station]] = True
    part = take_buses(network, inside)
    assert network.profiles is not None
    year = run_year(part, steps=np.array([step], dtype=np.int64))
    rated = float(transformers.rated_kva[station])
    wound_kw = transformers.iron_loss_kw[station] + transformers.vkr_percent[station] / 100 * rated * year.transformer_loading_max[0] ** 2
    lost_kw = year.losses_kwh * 60 / network.profiles.step_minutes - wound_kw * transformers.parallel[station]
    taken_kw = float(_consumption(network, area)[0][step])
    return round(max(lost_kw, 0.0) / taken_kw, 4) if taken_kw > 0 else 0.0


def _buses(network: Network, ring: list[int], corridors: Corridors, substation: int, joints: list[int]) -> Buses:
    free = int(network.buses.id.max()) + 1
    stations = network.transformers.hv_bus[np.array(ring, dtype=np.int64)]
    beside = np.array([substation, substation, substation, *stations.tolist(), *joints], dtype=np.int64)
    names = ("110 kV", "10 kV I", "10 kV II", *(f"RMU {network.transformers.name[s]}" for s in ring))
    own = free + np.arange(3 + len(joints))
    return Buses(
        id=np.concatenate([own[:3], network.buses.id[stations], own[3:]]),
        name=(*names, *(f"J{number}" for number in range(1, len(joints) + 1))),
        nominal_kv=np.array([HIGH_KV] + [RING_KV] * (len(beside) - 1)),
        lon=corridors.lon[beside],
        lat=corridors.lat[beside],
        in_service=np.ones(len(beside), dtype=np.bool_),
    )


def _lines(pieces: list[_Piece], design: RingDesign) -> Lines:
    count = len(pieces)
    return Lines(
        id=np.arange(count, dtype=np.int64),
        name=tuple(piece.name for piece in pieces),
        type_name=(design.cable,) * count,
        from_bus=np.array([piece.ends[0] for piece in pieces], dtype=np.int64),
        to_bus=np.array([piece.ends[1] for piece in pieces], dtype=np.int64),
        length_m=np.array([piece.length_m for piece in pieces]),
        r_ohm_per_km=np.full(count, design.r_ohm_per_km),
        x_ohm_per_km=np.full(count, design.x_ohm_per_km),
        c_nf_per_km=np.full(count, design.c_nf_per_km),
        g_us_per_km=np.zeros(count),
        rated_a=np.full(count, design.rated_a),
        derating=np.ones(count),
        parallel=np.ones(count, dtype=np.int64),
        in_service=np.ones(count, dtype=np.bool_),
        path=tuple(piece.path for piece in pieces),
    )


def _main_transformers(design: RingDesign) -> Transformers:
    def both(value: float) -> Floats:
        return np.full(2, value)

    zero, one = np.zeros(2, dtype=np.int64), np.ones(2, dtype=np.int64)
    return Transformers(
        id=np.arange(2, dtype=np.int64),
        name=("1T", "2T"),
        type_name=(design.transformer,) * 2,
        hv_bus=zero,
        lv_bus=np.array([1, 2], dtype=np.int64),
        rated_kva=both(design.rated_kva),
        rated_hv_kv=both(HIGH_KV),
        rated_lv_kv=both(design.rated_lv_kv),
        vk_percent=both(design.vk_percent),
        vkr_percent=both(design.vkr_percent),
        iron_loss_kw=both(design.iron_loss_kw),
        no_load_percent=both(design.no_load_percent),
        shift_degree=both(330.0),
        tap_on_hv=np.ones(2, dtype=np.bool_),
        tap_neutral=zero,
        tap_min=zero - 8,
        tap_max=zero + 8,
        tap_position=zero,
        tap_step_percent=both(1.25),
        parallel=one,
        in_service=np.ones(2, dtype=np.bool_),
    )


def _switches(pieces: list[_Piece], open_piece: int) -> Switches:
    """
    Return the open bus coupler of the substation and the ring's open point, at the first end of its section.
    """
    return Switches(
        id=np.arange(2, dtype=np.int64),
        name=("bus coupler", "open point"),
        kind=("bus", "line"),
        bus=np.array([1, pieces[open_piece].ends[0]], dtype=np.int64),
        element=np.array([2, open_piece], dtype=np.int64),
        closed=np.zeros(2, dtype=np.bool_),
    )


def _loads(network: Network, ring: list[int], loads: list[_StationLoad]) -> Loads:
    return Loads(
        id=network.transformers.id[np.array(ring, dtype=np.int64)],
        name=tuple(network.transformers.name[station] for station in ring),
        bus=3 + np.arange(len(ring), dtype=np.int64),
        p_kw=np.array([loads[station].peak_kw for station in ring]),
        q_kvar=np.array([loads[station].peak_kvar for station in ring]),
        profile=np.arange(len(ring), dtype=np.int64),
        customer_class=("",) * len(ring),
        in_service=np.ones(len(ring), dtype=np.bool_),
    )


def _profiles(year: Profiles, loads: list[_StationLoad], names: list[str]) -> Profiles:
    def rows() -> Iterator[tuple[Floats, Floats]]:
        for load in loads:
            yield load.p_kw / (load.peak_kw or 1.0), load.q_kvar / (load.peak_kvar or 1.0)

    shapes = list(rows())
    p = np.asarray(np.round(np.stack([p for p, _ in shapes]), DECIMALS), dtype=np.float64)
    q = np.asarray(np.round(np.stack([q for _, q in shapes]), DECIMALS), dtype=np.float64)
    return replace(
        year,
        name=tuple(names),
        p=p,
        q=q,
        label=f"{year.label}; summed by station",
    )


def _no_generators() -> Generators:
    none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    return Generators(id=none, name=(), bus=none, p_kw=nothing, q_kvar=nothing, profile=none, in_service=np.empty(0, dtype=np.bool_))


def _no_shunts() -> Shunts:
    none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    return Shunts(id=none, name=(), bus=none, p_kw=nothing, q_kvar=nothing, in_service=np.empty(0, dtype=np.bool_))
