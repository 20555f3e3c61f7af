"""
A made-up town of any size, feeder by feeder: 10 kV rings operated open, stations, low-voltage feeders along streets, a year of loads.

A feeder depends on the town's design and on its own index only, so that many workers can build a town together and none needs to know the
rest. Everything is synthetic and says so; nothing stands for a real place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._flow.solver import run_year
from tongdian.engines.grid._town.customers import QUARTERS, Customers, joint_peak, pick_quarter, settle, split_peaks
from tongdian.engines.grid._town.feeder import Feeder
from tongdian.engines.grid._town.streets import lay_area, place_strip, split_connections, tie_course
from tongdian.engines.grid._town.town_year import Shapes, town_shapes, town_year
from tongdian.engines.grid._values import Ints, Limits, Network
from tongdian.engines.grid._year import violations
from tongdian.kit.refused import N_, Refused

SOURCE = "synthetic: made-up town, seed {seed}, feeder {name}"
PER_STATION = 100
MOST_PER_FEEDER = 20_000
DESIGN_LIMITS = Limits(voltage_min_pu=0.932, voltage_max_pu=1.069, line_loading=0.99, transformer_loading=0.99)
HARD_LIMITS = Limits(voltage_min_pu=0.93, voltage_max_pu=1.07)
ATTEMPTS, LESS = 40, 0.93
DESIGN_FAULT = "the design of made-up feeders does not hold: this is a bug"
OVERLOAD = 1.12


class NoTown(Refused):
    """
    A town that cannot be built as designed.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """
    The design of a made-up town. ``roof_share``: of connections with photovoltaics; ``overloaded_share``: of feeders with one station
    beyond its rating (none by default). Low-voltage buses have a base of 0.38 kV, so that ± 7 % is 0.93 to 1.07 at every bus.
    """

    connections: int
    seed: int = 1
    per_feeder: int = 1000
    roof_share: float = 0.08
    overloaded_share: float = 0.0
    year: int = 2021
    step_minutes: int = 15

    def __post_init__(self) -> None:
        if self.connections < 1 or not 1 <= self.per_feeder <= MOST_PER_FEEDER:
            raise NoTown(N_("A town needs at least one connection, and 1 to %(most)s connections a feeder."), most=MOST_PER_FEEDER)
        if not (0 <= self.roof_share <= 1 and 0 <= self.overloaded_share <= 1):
            raise NoTown(N_("The shares of roofs and of overloaded feeders lie between 0 and 1."))
        if self.seed < 0 or not 1 <= self.year <= 9998:  # noqa: PLR2004 - what calendars know
            raise NoTown(N_("The seed of a town is 0 or more, its year a year of the calendar."))
        if self.step_minutes < 1 or 60 % self.step_minutes:
            raise NoTown(N_("The length of a step is a divisor of 60 minutes, not %(minutes)s."), minutes=self.step_minutes)

    @property
    def feeders(self) -> int:
        """
        How many feeders the town has.
        """
        return -(-self.connections // self.per_feeder)

    def feeder_name(self, index: int) -> str:
        """
        Return the name of a feeder: its substation, ring and side.
        """
        square, own = divmod(index, 16)
        return f"S{square + 1:04d}-R{own // 2 + 1}{'AB'[own % 2]}"


def generate_feeders(town: Town) -> Iterator[tuple[str, Network]]:
    """
    Yield every feeder of a town with its name, one at a time.
    """
    for index in range(town.feeders):
        yield town.feeder_name(index), generate_feeder(town, index)


def generate_feeder(town: Town, index: int) -> Network:
    """
    Return feeder ``index`` of a town, its source being the 10 kV busbar (10.3 kV, held); the same town and index give the same bytes.

    :raises NoTown: if the town has no such feeder
    """
    if not 0 <= index < town.feeders:
        raise NoTown(N_("The town has feeders 0 to %(last)s, not %(index)s."), last=town.feeders - 1, index=index)
    year = town_year(town.seed, town.year, town.step_minutes)
    shapes = town_shapes(town.seed, town.year, town.step_minutes)
    random = np.random.default_rng([town.seed, 11, index])
    count = min(town.per_feeder, town.connections - index * town.per_feeder)
    stations = max(1, round(count / PER_STATION * float(random.uniform(0.85, 1.15))))
    strip = place_strip(index, random)
    name = town.feeder_name(index)
    feeder = Feeder(name=name, first_id=index * 100_000)
    feeder.begin(strip.substation)
    people: list[Customers] = []
    for number, connections in enumerate(split_connections(count, stations, random).tolist()):
        customers = settle(pick_quarter(random), connections, shapes, random, roof_share=town.roof_share)
        area = lay_area(strip, number, connections, random, overhead=QUARTERS[customers.quarter][1])
        feeder.add_station(area, customers, split_peaks(area.counts, customers, shapes), shapes)
        people.append(customers)
    if index % 2 == 0:
        feeder.add_tie(tie_course(strip, stations))
    network = feeder.network(year, SOURCE.format(seed=town.seed, name=name))
    steady = _settle(network, _design_steps(people, network, shapes), shapes)
    return _overload(steady, people, shapes, random) if random.uniform() < town.overloaded_share else steady


def _design_steps(people: list[Customers], network: Network, shapes: Shapes) -> Ints:
    """
    Return the steps that a planner would look at: the peak of every station and of the feeder, and the sunniest and the emptiest hours.
    """
    steps = {joint_peak(one.row, one.p_kw, one.q_kvar, shapes)[1] for one in people}
    load, roofs = (
        np.bincount(table.profile, weights=table.p_kw, minlength=len(shapes.rows)).astype(np.float64)
        for table in (network.loads, network.generators)
    )
    steps |= {shapes.peak(load), shapes.peak(-load), shapes.peak(roofs - load), shapes.peak(roofs)}
    return np.array(sorted(steps), dtype=np.int64)


def _settle(network: Network, steps: Ints, shapes: Shapes) -> Network:
    """
    Relieve a feeder at the design steps, then look at all steps of the year that bounds do not clear, and again with what was broken.
    """
    from tongdian.engines.grid._town.doubtful import doubtful_steps, judged_tree

    tree = judged_tree(network, HARD_LIMITS)
    for _ in range(ATTEMPTS):
        network = _relieve(network, steps)
        doubtful = doubtful_steps(network, tree, shapes)
        if not len(doubtful):
            return network
        broken = {found.step for found in violations(network, run_year(network, steps=doubtful), HARD_LIMITS)}
        if not broken:
            return network
        steps = np.union1d(steps, np.array(sorted(broken), dtype=np.int64))
    raise AssertionError(DESIGN_FAULT)


def _relieve(network: Network, steps: Ints) -> Network:
    """
    Take load off a feeder (or sun, where voltage is too high) until the base case holds at the design steps.
    """
    for _ in range(ATTEMPTS):
        broken = {found.kind for found in violations(network, run_year(network, steps=steps), DESIGN_LIMITS)}
        if not broken:
            return network
        if "voltage_high" in broken and len(network.generators):
            roofs = network.generators
            network = replace(network, generators=replace(roofs, p_kw=np.round(roofs.p_kw * LESS, 3)))
        if broken - {"voltage_high"}:
            loads = network.loads
            network = replace(network, loads=replace(loads, p_kw=np.round(loads.p_kw * LESS, 3), q_kvar=np.round(loads.q_kvar * LESS, 3)))
    raise AssertionError(DESIGN_FAULT)


def _overload(network: Network, people: list[Customers], shapes: Shapes, random: np.random.Generator) -> Network:
    """
    Let one station grow beyond its rating.
    """
    chosen = int(random.integers(len(people)))
    first = sum(len(one.row) for one in people[:chosen])
    rows = slice(first, first + len(people[chosen].row))
    loads = network.loads
    peak = joint_peak(loads.profile[rows], loads.p_kw[rows], loads.q_kvar[rows], shapes)[0]
    factor = np.ones(len(loads))
    factor[rows] = OVERLOAD * people[chosen].winding.rated_kva / peak
    return replace(network, loads=replace(loads, p_kw=np.round(loads.p_kw * factor, 3), q_kvar=np.round(loads.q_kvar * factor, 3)))
