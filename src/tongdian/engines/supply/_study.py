"""
The power flow behind a plan: the island of a connection point before and after, over chosen steps or the whole year.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Ints, Network, Table
from tongdian.engines.supply._checks import Extremes
from tongdian.engines.supply._demand import Power, Request
from tongdian.engines.supply._known import Known
from tongdian.engines.supply._values import Cable, Reservation, Start
from tongdian.kit.refused import N_, Refused

START_ROUNDS = 40
REMEMBERED_YEARS = 64
START_EXACT_PU = 1e-7
AITKEN = 3  # guesses from which the next is extrapolated

T = TypeVar("T", bound=Table)
V = TypeVar("V")


# A year before the application depends on nothing but the network, its year and the reservations, so it is kept for the next plan.
_years: OrderedDict[tuple[object, ...], Any] = OrderedDict()


def remembered(key: tuple[object, ...], run: Callable[[], V]) -> V:
    """
    Return what was run before under the same key, or run it and remember it; the least recently used is forgotten.

    :raises NoPowerFlow: if there is no solution, which is remembered as well
    """
    found: V | grid.NoPowerFlow = _years.pop(key, None) or _run(run)
    _years[key] = found
    while len(_years) > REMEMBERED_YEARS:
        _years.popitem(last=False)
    if isinstance(found, grid.NoPowerFlow):
        raise found.with_traceback(None)
    return found


def _run(run: Callable[[], V]) -> V | grid.NoPowerFlow:
    try:
        return run()
    except grid.NoPowerFlow as collapse:
        return collapse


class UnknownReservation(Refused):
    """
    A reservation names a bus that the network does not have, or no power.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Island:
    """
    One island with what is reserved in it, and its year before the application. Identifiers are those of the whole network.

    ``points``: positions of the supply points: buses with customers, generators or reservations. ``steps``: those of ``before``, None for
    the whole year.
    """

    network: Network
    reserved: tuple[grid.ExtraLoad, ...]
    reserved_kw: float
    points: Ints
    before: Extremes
    steps: Ints | None = None


def position(table: Table, identifier: int) -> int:
    """
    Return where an identifier stands in a table.
    """
    return int(grid.position_of(table, identifier))


def extremes(result: grid.YearResult) -> Extremes:
    """
    Return the year's extremes of a run.
    """
    return Extremes(
        voltage_min=result.voltage_min_pu,
        voltage_min_step=result.voltage_min_step,
        voltage_max=result.voltage_max_pu,
        voltage_max_step=result.voltage_max_step,
        line=result.line_loading_max,
        line_step=result.line_loading_max_step,
        transformer=result.transformer_loading_max,
        transformer_step=result.transformer_loading_max_step,
        losses_kwh=float(result.losses_kwh),
    )


def check_reservations(known: Known, reservations: Sequence[Reservation]) -> None:
    """
    Refuse reservations that cannot be counted.

    :raises UnknownReservation: if a bus is unknown or a power is negative or no number
    """
    for held in reservations:
        if held.bus_id not in known.position:
            text = N_("Reservation %(reference)s is at bus %(bus)s, which this network does not have. Move or release it.")
            raise UnknownReservation(text, reference=held.reference, bus=held.bus_id)
        if not (np.isfinite([held.p_kw, held.q_kvar]).all() and held.p_kw >= 0):
            text = N_("Reservation %(reference)s holds %(kw)s kW. Correct it to a power of zero or more.")
            raise UnknownReservation(text, reference=held.reference, kw=held.p_kw)


class Study:
    """
    Remembers each island's year before the application, so that it runs once for all connection points.
    """

    def __init__(self, known: Known, reservations: Sequence[Reservation], request: Request) -> None:
        check_reservations(known, reservations)
        self.known = known
        self.network, self.areas, self.fingerprint = known.network, known.areas, known.fingerprint
        self.reservations = reservations
        self.request = request
        self.shape: grid.Floats | None = None  # of the load at the site over the year; flat by default
        self._islands: dict[int, Island] = {}
        self._glimpses: dict[int, Island] = {}
        self._grown: dict[tuple[int, int, Cable, float], tuple[Network, Network]] = {}

    def moment(self, step: int) -> str:
        """
        Return the moment of a step as ISO text.
        """
        assert self.network.profiles is not None
        return grid.moment(self.network.profiles, step).isoformat(timespec="minutes")

    def held(self) -> tuple[tuple[Reservation, int], ...]:
        """
        Return the reservations with the positions of their buses in the whole network.
        """
        return tuple((held, self.known.position[held.bus_id]) for held in self.reservations)

    def studied(self) -> tuple[Island, ...]:
        """
        Return the islands whose year was run so far.
        """
        return tuple(self._islands.values())

    def island(self, bus: int) -> Island:
        """
        Return the island of a bus (position in the whole network) with its year before the application.
        """
        key = int(self.areas.island[bus])
        if key not in self._islands:
            self._islands[key] = self._run_before(key)
        return self._islands[key]

    def glimpse(self, bus: int) -> Island | None:
        """
        Return the island of a bus with some steps only, those in which it takes most and least; None if its year was run already.
        """
        key = int(self.areas.island[bus])
        if key in self._islands:
            return None
        if key not in self._glimpses:
            self._glimpses[key] = self._run_before(key, self.known.extreme_steps(key))
        return self._glimpses[key]

    def _run_before(self, key: int, steps: Ints | None = None) -> Island:
        part = self.known.island(key)
        here = [held for held, at in self.held() if self.areas.island[at] == key]
        reserved = tuple(
            grid.ExtraLoad(bus=position(part.buses, r.bus_id), p_kw=r.p_kw, q_kvar=r.q_kvar) for r in sorted(here, key=lambda r: r.bus_id)
        )
        reserved_key = tuple((load.bus, load.p_kw, load.q_kvar) for load in reserved)
        points = np.unique(
            np.concatenate(
                [
                    part.loads.bus[part.loads.in_service],
                    part.generators.bus[part.generators.in_service],
                    np.array([load.bus for load in reserved], dtype=np.int64),
                ]
            )
        )
        return Island(
            network=part,
            reserved=reserved,
            reserved_kw=sum(load.p_kw for load in reserved),
            points=points.astype(np.int64),
            before=remembered(
                (self.fingerprint, key, reserved_key, steps is None), lambda: extremes(grid.run_year(part, reserved, steps=steps))
            ),
            steps=steps,
        )

    def with_site(self, island: Island, bus_id: int, cable: Cable) -> Network:
        """
        Return an island with the site as a new last bus, tied to a bus by the new cable as a new last line.

        A load that returns in the neutral sees the cable's impedance twice. The same question gives the same value: its tree is grown once.
        """
        asked, begin = self.request.application, island.network
        key = (id(begin), bus_id, cable, self.request.return_factor)
        if key not in self._grown:
            grown = behind_cable(
                begin,
                position(begin.buses, bus_id),
                cable,
                name=asked.reference,
                place=(asked.site_lon, asked.site_lat),
                return_factor=self.request.return_factor,
                ids=next_ids(self.network),
            )
            self._grown[key] = (begin, grown)  # kept with what it grew from, so that no other takes the place in memory that stands for it
        return self._grown[key][1]

    def run(self, island: Island, network: Network, load: Power, steps: Ints | None = None) -> grid.YearResult:
        """
        Return the run of an island with the site: everything reserved, and the load at the site, flat unless it has a shape, at every step.

        The losses of a whole year are left out: :meth:`with_losses` adds them.
        """
        extra = self._extra(island, network, load)
        return grid.run_extremes(network, extra) if steps is None else grid.run_year(network, extra, steps=steps)

    def with_losses(self, island: Island, network: Network, load: Power, year: Extremes) -> Extremes:
        """
        Return a year's extremes with the losses of the same year.
        """
        if not math.isnan(year.losses_kwh):
            return year
        return replace(year, losses_kwh=float(grid.run_year(network, self._extra(island, network, load)).losses_kwh))

    def _extra(self, island: Island, network: Network, load: Power) -> tuple[grid.ExtraLoad, ...]:
        site = grid.ExtraLoad(bus=len(network.buses) - 1, p_kw=load.p_kw, q_kvar=load.q_kvar, shape=self.shape)
        return (*island.reserved, site)

    def worst_steps(self, island: Island, bus_id: int) -> Ints:
        """
        Return the steps to screen: the weakest of the year before, at the point, the supply points, transformers and lines.
        """
        before = island.before
        at = position(island.network.buses, bus_id)
        order = island.points[np.argsort(before.voltage_min[island.points], kind="stable")[:8]]
        lines = np.argsort(-before.line, kind="stable")[:4]
        return np.unique(
            np.concatenate(
                [
                    [before.voltage_min_step[at], before.voltage_max_step[at]],
                    before.voltage_min_step[order],
                    before.transformer_step,
                    before.line_step[lines],
                ]
            )
        ).astype(np.int64)

    def start(self, island: Island, network: Network, step: int, nominal_kv: float) -> Start | None:
        """
        Return the start of the heaviest motor at a step, all else running; None if nothing starts above its rated current.

        The starting current is ratio × rated current whatever the voltage, so its power is proportional to the voltage at the
        site; the fixed point is iterated.
        """
        starting = self.request.start
        if starting is None:
            return None
        steps = np.array([step], dtype=np.int64)
        rest = self.request.load - starting.running
        idle = self.run(island, network, rest, steps).voltage_min_pu
        ratio = float(network.buses.nominal_kv[-1]) / nominal_kv
        found = self._settle_start(island, network, lambda voltage: rest + starting.starting * (voltage * ratio), (idle, steps))
        dips = (idle - found) * network.buses.nominal_kv / np.where(network.buses.nominal_kv < 1, nominal_kv, network.buses.nominal_kv)
        worst = int(island.points[np.argmax(dips[island.points])]) if len(island.points) else -1
        return Start(
            kind=starting.kind,
            starting_current_a=round(self.request.current_a(starting.starting, nominal_kv), 3),
            step=step,
            moment=self.moment(step),
            site_before_pu=round(float(idle[-1]), 9),
            site_pu=round(float(found[-1]), 9),
            site_dip=round(float(dips[-1]), 9),
            neighbour_id=int(network.buses.id[worst]) if worst >= 0 else None,
            neighbour_name=network.buses.name[worst] if worst >= 0 else "",
            neighbour_dip=round(float(dips[worst]), 9) if worst >= 0 else 0.0,
        )

    def _settle_start(
        self, island: Island, network: Network, power: Callable[[float], Power], begin: tuple[grid.Floats, Ints]
    ) -> grid.Floats:
        """
        Return the voltages at which the starting power rests, zero where they collapse; two rounds are extended to the third by their
        ratio.
        """
        idle, steps = begin
        guesses: list[float] = [float(idle[-1])]
        for _ in range(START_ROUNDS):
            try:
                found = self.run(island, network, power(guesses[-1]), steps).voltage_min_pu
            except grid.NoPowerFlow:
                return np.zeros(len(idle))
            answer = float(found[-1])
            if abs(answer - guesses[-1]) < START_EXACT_PU:
                return found
            guesses.append(answer)
            if len(guesses) == AITKEN:
                first, second, third = guesses
                bend = third - 2 * second + first
                guesses = [third - (third - second) ** 2 / bend if abs(bend) > START_EXACT_PU else third]
        return found


def next_ids(network: Network) -> tuple[int, int]:
    """
    Return identifiers that no bus and no line of the network has.
    """
    return int(network.buses.id.max()) + 1, int(network.lines.id.max(initial=0)) + 1


def behind_cable(
    network: Network, begin: int, cable: Cable, *, name: str, place: tuple[float, float], return_factor: float, ids: tuple[int, int]
) -> Network:
    """
    Return a network with a new last bus, tied to the bus at a position by a cable as a new last line.

    :param return_factor: how often the current meets the cable's impedance: 2 where it returns in the neutral
    :param ids: identifiers of the new bus and the new line
    """
    buses = append(
        network.buses, id=ids[0], name=name, nominal_kv=network.buses.nominal_kv[begin], lon=place[0], lat=place[1], in_service=True
    )
    lines = append(
        network.lines,
        id=ids[1],
        name=name,
        type_name=cable.code,
        from_bus=begin,
        to_bus=len(network.buses),
        length_m=cable.length_m,
        r_ohm_per_km=cable.r_ohm_per_km * return_factor,
        x_ohm_per_km=cable.x_ohm_per_km * return_factor,
        c_nf_per_km=0.0,
        g_us_per_km=0.0,
        rated_a=cable.ampacity_a,
        derating=1.0,
        parallel=cable.parallel,
        in_service=True,
        path=None,
    )
    return replace(network, buses=buses, lines=lines)


def append(table: T, **row: Any) -> T:  # noqa: ANN401 - columns have their own types
    """
    Return a table with one more row; a column that may be left out takes its usual value.
    """
    columns: dict[str, Any] = {}
    for one in fields(table):
        column = getattr(table, one.name)
        value = row[one.name] if one.name in row else one.metadata["fill"]
        if isinstance(column, np.ndarray):
            columns[one.name] = np.append(column, np.array([value], dtype=column.dtype))
        else:
            columns[one.name] = (*column, value)
    return type(table)(**columns)
