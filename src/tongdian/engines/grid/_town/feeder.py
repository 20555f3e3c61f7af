"""
Building one made-up feeder element by element, and turning it into network values.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._town.conductors import RING_CABLE, SERVICES, TRUNK_CABLES, TRUNK_OVERHEAD, Conductor, Winding
from tongdian.engines.grid._town.customers import Customers
from tongdian.engines.grid._town.streets import Area, Course, lengths_of, to_degrees
from tongdian.engines.grid._town.town_year import ROOF_ROW, ROOFS, Shapes
from tongdian.engines.grid._values import (
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

MEDIUM_KV, LOW_KV = 10.0, 0.38
WOUND_KV = 0.4
BUSBAR_PU = 1.03
RESERVE = 1.2  # of a conductor's ampacity over the joint peak of what it feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bus:
    name: str
    kv: float
    place: tuple[float, float]
    alive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    name: str
    conductor: Conductor
    ends: tuple[int, int]
    path: Floats


class Feeder:
    """
    The elements of a feeder so far. Identifiers of elements begin at ``first_id``, so that they are unique in the town.
    """

    def __init__(self, *, name: str, first_id: int) -> None:
        self.name, self.first_id = name, first_id
        self.buses: list[_Bus] = []
        self.lines: list[_Line] = []
        self.windings: list[tuple[int, int, Winding, str]] = []
        self.people: list[Customers] = []
        self.connection_buses: list[int] = []
        self.head = 0
        self.open_ends: list[tuple[int, int]] = []

    def begin(self, place: tuple[float, float]) -> None:
        """
        Put the substation's busbar.
        """
        self.head = self._bus(f"{self.name} 10 kV", MEDIUM_KV, place)

    def add_station(self, area: Area, customers: Customers, peaks_kva: Sequence[float], shapes: Shapes) -> None:
        """
        Lay the cable to the next station and everything below it; ``peaks_kva``: of each low-voltage feeder.
        """
        station = f"{self.name} T{len(self.windings) + 1:02d}"
        medium = self._bus(f"{station} RMU", MEDIUM_KV, tuple(area.approach[-1]))
        self._line(f"{station} ring", RING_CABLE, (self.head, medium), area.approach)
        low = self._bus(f"{station} 0.4 kV", LOW_KV, tuple(area.approach[-1]))
        self.windings.append((medium, low, customers.winding, station))
        self.people.append(customers)
        own_peak = customers.p_kw * shapes.most.max(axis=1)[customers.row]
        own_peak = np.maximum(np.hypot(own_peak, own_peak * customers.q_kvar / customers.p_kw), customers.roof_kw)
        first = 0
        for number, (course, peak) in enumerate(zip(area.courses, peaks_kva, strict=True), start=1):
            part = slice(first, first + len(course.services))
            self._course(f"{station} L{number}", course, low, max(peak, float(customers.roof_kw[part].sum())), own_peak[part])
            first += len(course.services)
        self.head = medium

    def add_tie(self, path: Floats) -> None:
        """
        Lay the tie to the sister feeder, open at the far end.
        """
        far = self._bus(f"{self.name} open point", MEDIUM_KV, tuple(path[-1]), alive=False)
        self._line(f"{self.name} tie", RING_CABLE, (self.head, far), path)
        self.open_ends.append((far, len(self.lines) - 1))

    def network(self, year: Profiles, source: str) -> Network:
        """
        Return what was built as a network with its year.
        """
        return Network(
            buses=self._buses(),
            lines=self._lines(),
            transformers=self._transformers(),
            switches=self._switches(),
            loads=self._loads(),
            generators=self._generators(),
            shunts=Shunts(id=_none(), name=(), bus=_none(), p_kw=np.empty(0), q_kvar=np.empty(0), in_service=np.empty(0, np.bool_)),
            sources=Sources(
                id=np.array([self.first_id]),
                name=(f"{self.name} 10 kV",),
                bus=np.zeros(1, np.int64),
                voltage_pu=np.full(1, BUSBAR_PU),
                angle_degree=np.zeros(1),
                in_service=np.ones(1, np.bool_),
            ),
            source=source,
            profiles=year,
        )

    def _bus(self, name: str, kv: float, place: tuple[float, ...], *, alive: bool = True) -> int:
        self.buses.append(_Bus(name=name, kv=kv, place=(float(place[0]), float(place[1])), alive=alive))
        return len(self.buses) - 1

    def _line(self, name: str, conductor: Conductor, ends: tuple[int, int], path: Floats) -> None:
        self.lines.append(_Line(name=name, conductor=conductor, ends=ends, path=path))

    def _course(self, name: str, course: Course, start: int, peak_kva: float, own_peak: Floats) -> None:
        (trunk,) = _pick(TRUNK_OVERHEAD if course.overhead else TRUNK_CABLES, np.array([peak_kva]))
        joints: list[int] = []
        for number, path in enumerate(course.trunk, start=1):
            joint = self._bus(f"{name}.{number}", LOW_KV, tuple(path[-1]))
            self._line(f"{name}.{number}", trunk, (joints[-1] if joints else start, joint), path)
            joints.append(joint)
        for number, ((joint, path), service) in enumerate(zip(course.services, _pick(SERVICES, own_peak), strict=True), start=1):
            bus = self._bus(f"{name}/{number}", LOW_KV, tuple(path[-1]))
            self._line(f"{name}/{number}", service, (joints[joint], bus), path)
            self.connection_buses.append(bus)

    def _ids(self, count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return np.arange(self.first_id, self.first_id + count, dtype=np.int64)

    def _buses(self) -> Buses:
        places = to_degrees(np.array([bus.place for bus in self.buses]))
        return Buses(
            id=self._ids(len(self.buses)),
            name=tuple(bus.name for bus in self.buses),
            nominal_kv=np.array([bus.kv for bus in self.buses]),
            lon=places[:, 0].copy(),
            lat=places[:, 1].copy(),
            in_service=np.array([bus.alive for bus in self.buses]),
        )

    def _lines(self) -> Lines:
        lines, count = self.lines, len(self.lines)
        paths = [line.path for line in lines]
        return Lines(
            id=self._ids(count),
            name=tuple(line.name for line in lines),
            type_name=tuple(line.conductor.name for line in lines),
            from_bus=np.array([line.ends[0] for line in lines], dtype=np.int64),
            to_bus=np.array([line.ends[1] for line in lines], dtype=np.int64),
            length_m=lengths_of(paths),
            r_ohm_per_km=np.array([line.conductor.r_ohm_per_km for line in lines]),
            x_ohm_per_km=np.array([line.conductor.x_ohm_per_km for line in lines]),
            c_nf_per_km=np.array([line.conductor.c_nf_per_km for line in lines]),
            g_us_per_km=np.zeros(count),
            rated_a=np.array([line.conductor.rated_a for line in lines]),
            derating=np.ones(count),
            parallel=np.ones(count, np.int64),
            in_service=np.ones(count, np.bool_),
            path=tuple(_cut(to_degrees(np.concatenate(paths)), paths)),
        )

    def _transformers(self) -> Transformers:
        windings = [winding for _, _, winding, _ in self.windings]
        count = len(windings)
        whole, ones = np.zeros(count, np.int64), np.ones(count, np.int64)
        rated = np.array([winding.rated_kva for winding in windings])
        return Transformers(
            id=self._ids(count),
            name=tuple(name for *_, name in self.windings),
            type_name=tuple(winding.name for winding in windings),
            hv_bus=np.array([medium for medium, *_ in self.windings], dtype=np.int64),
            lv_bus=np.array([low for _, low, *_ in self.windings], dtype=np.int64),
            rated_kva=rated,
            rated_hv_kv=np.full(count, MEDIUM_KV),
            rated_lv_kv=np.full(count, WOUND_KV),
            vk_percent=np.array([winding.vk_percent for winding in windings]),
            vkr_percent=np.round(np.array([winding.load_loss_kw for winding in windings]) / rated * 100, 4),
            iron_loss_kw=np.array([winding.iron_loss_kw for winding in windings]),
            no_load_percent=np.array([winding.no_load_percent for winding in windings]),
            shift_degree=np.full(count, 330.0),
            tap_on_hv=np.ones(count, np.bool_),
            tap_neutral=whole,
            tap_min=whole - 2,
            tap_max=whole + 2,
            tap_position=ones,
            tap_step_percent=np.full(count, 2.5),
            parallel=ones,
            in_service=np.ones(count, np.bool_),
        )

    def _switches(self) -> Switches:
        count = len(self.open_ends)
        return Switches(
            id=self._ids(count),
            name=(f"{self.name} open point",) * count,
            kind=("line",) * count,
            bus=np.array([bus for bus, _ in self.open_ends], dtype=np.int64),
            element=np.array([line for _, line in self.open_ends], dtype=np.int64),
            closed=np.zeros(count, np.bool_),
        )

    def _loads(self) -> Loads:
        count = len(self.connection_buses)
        return Loads(
            id=self._ids(count),
            name=tuple(self.buses[bus].name for bus in self.connection_buses),
            bus=np.array(self.connection_buses, dtype=np.int64),
            p_kw=np.concatenate([one.p_kw for one in self.people]),
            q_kvar=np.concatenate([one.q_kvar for one in self.people]),
            profile=np.concatenate([one.row for one in self.people]),
            customer_class=tuple(itertools.chain.from_iterable(one.customer_class for one in self.people)),
            in_service=np.ones(count, np.bool_),
        )

    def _generators(self) -> Generators:
        kw = np.concatenate([one.roof_kw for one in self.people])
        at = np.flatnonzero(kw > 0)
        buses = np.array(self.connection_buses, dtype=np.int64)[at]
        return Generators(
            id=self._ids(len(at)),
            name=tuple(f"{self.buses[bus].name} roof" for bus in buses),
            bus=buses,
            p_kw=kw[at],
            q_kvar=np.zeros(len(at)),
            profile=ROOF_ROW + at % ROOFS,
            in_service=np.ones(len(at), np.bool_),
        )


def _pick(types: Sequence[Conductor], peak_kva: Floats) -> list[Conductor]:
    """
    Return for every peak the first type that carries it with reserve at 380 V, the largest if none does; types by rising ampacity.
    """
    least_a = RESERVE * peak_kva / (np.sqrt(3) * LOW_KV)
    at = np.searchsorted([one.rated_a for one in types], least_a)
    return [types[number] for number in np.minimum(at, len(types) - 1).tolist()]


def _cut(joined: Floats, paths: Sequence[Floats]) -> Iterator[Floats]:
    """
    Yield the ways that were joined, each in an array of its own.
    """
    end = 0
    for path in paths:
        begin, end = end, end + len(path)
        yield joined[begin:end].copy()


def _none() -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.empty(0, dtype=np.int64)
