"""
The power flow behind a 10 kV plan: the whole year in normal operation and with each section out, before and after.
"""

from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Ints, Network
from tongdian.engines.supply._checks import Case, Extremes, outage_checks, single_check
from tongdian.engines.supply._evaluate import Setting
from tongdian.engines.supply._facts import Check, Outage
from tongdian.engines.supply._medium.outages import State, Worst, apply, find_states, find_worst
from tongdian.engines.supply._study import Island, extremes, position, remembered
from tongdian.engines.supply._values import Cable

STANDBY = "2"  # the state in which a customer of two supplies draws from the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """
    One new connection: position of its bus in the whole network, and its cable.
    """

    bus: int
    cable: Cable


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """
    A connection over a year: the network with the site, its normal operation, and the extremes over all outages.
    """

    network: Network
    normal: Extremes
    states: tuple[State, ...]
    runs: tuple[tuple[str, Extremes], ...]
    worst: Worst


class RingStudy:
    """
    Runs an island of the 10 kV network with and without the application.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.study = setting.study
        self._outages_of: dict[tuple[int, int, tuple[int, ...]], tuple[Network, tuple[tuple[State, Network], ...]]] = {}

    def before(self, island: Island, bus: int) -> Worst:
        """
        Return the extremes over all outages around a bus before the application; kept for the next plan with the same reservations.
        """
        held = self._reserved(island, whole=False)
        at, label = self._at(island, bus), int(self.setting.areas.feeder[bus])
        key = (self.study.fingerprint, "outages", label, tuple((load.bus, load.p_kw, load.q_kvar) for load in held), self._units(island))

        def run() -> Worst:
            states = find_states(island.network, self._units(island), around=at)
            return find_worst([(state.name, _run_outage(apply(island.network, state), held)) for state in states])

        return remembered(key, run)

    def run(self, island: Island, links: tuple[Link, ...], steps: Ints | None = None, *, around: int | None = None) -> Year:
        """
        Return the year, or some of its steps, with the application at its first link; its second, if any, is one more outage.

        :param island: that of the first link, its network perhaps changed
        :param around: the bus (position in the whole network) whose feeder's outages are run, by default that of the first link
        """
        networks = [self._with_site(island, link) for link in links]
        first = networks[0]
        at, near = self._at(island, links[0].bus), self._at(island, links[0].bus if around is None else around)
        outages = self._apply(first, (*self._units(island), at), near)
        flat = self._site(first)
        held = (*self._reserved(island, whole=False), flat)
        normal = extremes(grid.run_year(first, (*self._reserved(island, whole=True), flat), steps=steps))
        runs = [(state.name, _run_outage(out, held, steps)) for state, out in outages]
        if len(links) > 1:
            runs.append((self._second_name(links[0]), _run_outage(networks[1], (*self._reserved(island, whole=True), flat), steps)))
        return Year(network=first, normal=normal, states=tuple(state for state, _ in outages), runs=tuple(runs), worst=find_worst(runs))

    def _apply(self, first: Network, units: tuple[int, ...], near: int) -> tuple[tuple[State, Network], ...]:
        """
        Return the outages with the network of each; the same question gives the same values, so that their trees are grown once.
        """
        key = (id(first), near, units)
        if key not in self._outages_of:
            states = find_states(_before_cable(first), units, around=near)
            # the network is kept with the answer, so that no other takes the place in memory that stands for it
            self._outages_of[key] = first, tuple((state, apply(first, state)) for state in states)
        return self._outages_of[key][1]

    def worst_steps(self, island: Island, bus: int) -> Ints:
        """
        Return the steps to look at first: the weakest of the year before, in normal operation and with a section out.
        """
        out = self.before(island, bus).year
        normal = self.study.worst_steps(island, int(self.setting.network.buses.id[bus]))
        lowest, heaviest = out.voltage_min_step[island.points], out.line_step[np.argsort(-out.line, kind="stable")[:8]]
        return np.unique(np.concatenate([normal, lowest, heaviest, out.transformer_step])).astype(np.int64)

    def checks(self, island: Island, links: tuple[Link, ...], year: Year, *, around: int | None = None) -> tuple[Check, ...]:
        """
        Return the checks of the outages; ``around`` as in :meth:`run`.
        """
        before = self.before(island, links[0].bus if around is None else around)
        case = Case(
            network=year.network,
            points=island.points,
            before=before.year,
            after=year.worst.year,
            limits=self.setting.limits,
            catalogue=self.setting.catalogue,
            moment=self.study.moment,
            outages=year.worst.names,
        )
        at = self._at(island, links[0].bus)
        dark = [state.name for state in year.states if at in state.dark]
        place = ("bus", int(island.network.buses.id[at]), island.network.buses.name[at])
        supplied = single_check("outage_supply", place, float(len(dark)), 0.0, sign=1, span=1.0, before=0.0, unit="")
        return (replace(supplied, outage=dark[0] if dark else ""), *outage_checks(case))

    def outages(self, island: Island, year: Year) -> tuple[Outage, ...]:
        """
        Return every section's outage with its weakest voltage and heaviest line.
        """
        names = dict(year.runs)
        return tuple(self._outage(island, year.network, state, names[state.name]) for state in year.states)

    def _outage(self, island: Island, network: Network, state: State, run: Extremes) -> Outage:
        points = island.points[np.isfinite(run.voltage_min[island.points])]
        low = int(points[run.voltage_min[points].argmin()]) if len(points) else -1  # an outage may leave nobody with supply
        heavy = int(run.line[: len(run.line) - 1].argmax())
        return Outage(
            section=state.name,
            line_ids=tuple(int(network.lines.id[line]) for line in state.lines),
            closed=state.tie,
            restored=not state.dark,
            voltage_min_pu=round(float(run.voltage_min[low]), 9) if low >= 0 else 0.0,
            voltage_min_name=network.buses.name[low] if low >= 0 else "",
            line_loading_max=round(float(run.line[heavy]), 9),
            line_loading_name=network.lines.name[heavy],
            moment=self.study.moment(int(run.line_step[heavy])),
        )

    def _second_name(self, first: Link) -> str:
        return f"{self.setting.network.buses.name[first.bus]} ⇢ {STANDBY}"

    def _at(self, island: Island, bus: int) -> int:
        return position(island.network.buses, int(self.setting.network.buses.id[bus]))

    def _with_site(self, island: Island, link: Link) -> Network:
        return self.study.with_site(island, int(self.setting.network.buses.id[link.bus]), link.cable)

    def _site(self, network: Network) -> grid.ExtraLoad:
        load = self.setting.request.load
        return grid.ExtraLoad(bus=len(network.buses) - 1, p_kw=load.p_kw, q_kvar=load.q_kvar)

    def _units(self, island: Island) -> tuple[int, ...]:
        return tuple(sorted({load.bus for load in island.reserved}))

    def _reserved(self, island: Island, *, whole: bool) -> tuple[grid.ExtraLoad, ...]:
        """
        Return what is reserved in an island; with a section out a customer of two supplies counts once.
        """
        if whole:
            return island.reserved
        known = set(island.network.buses.id.tolist())
        here = [held for held in self.study.reservations if held.bus_id in known and not held.standby]
        return tuple(
            grid.ExtraLoad(bus=position(island.network.buses, held.bus_id), p_kw=held.p_kw, q_kvar=held.q_kvar)
            for held in sorted(here, key=lambda held: held.bus_id)
        )


def _run_outage(network: Network, extra: tuple[grid.ExtraLoad, ...], steps: Ints | None = None) -> Extremes:
    """
    Return the extremes with a section out, of the year or of some steps; nobody asks for the losses of an outage.
    """
    return extremes(grid.run_extremes(network, extra) if steps is None else grid.run_year(network, extra, steps=steps))


def _before_cable(network: Network) -> Network:
    """
    Return a network without its last line, the new cable: its own outage is not one of the ring.
    """
    running = network.lines.in_service.copy()
    running[-1] = False
    return replace(network, lines=replace(network.lines, in_service=running))
