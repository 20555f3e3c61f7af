"""
The capacity of a bus beside loops by power-grid-model, where the sweeps find no flow at an addition although no limit is near.

A bracket on the tightest steps, then the whole year at what it found; steps that break there join, until none does. Buses that closed
switches join become one first: power-grid-model's links are no ideal ones (60 MW through one cost 2e-7 of the voltage).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._flow import pgm
from tongdian.engines.grid._topology import island_at, island_labels
from tongdian.engines.grid._values import Bools, Floats, Ints, Limits, Network, Table
from tongdian.engines.grid._year import ExtraLoad, YearResult

GROWTH = 1.5  # of a bracket that breaks nothing yet
MOST_KW = 1e8
ROUNDS, TURNS = 40, 100
CLOSE = 1e-9  # of a margin: a root; the solver itself is not closer than ten times that
NEAR = 1e-6  # margin at a root: beyond it, the flow ended before any limit was reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Tightest:
    """
    The least relative margin of a run, what it belongs to, and its step.
    """

    margin: float
    limit: str
    element_kind: str
    element_id: int
    element_name: str
    at: int


COLLAPSED = Tightest(margin=-1.0, limit="", element_kind="", element_id=-1, element_name="", at=-1)


def fused(network: Network) -> tuple[Network, Ints]:
    """
    Return the network with everything at one bus of those that closed switches join, and which bus that is [buses]; the others keep
    nothing, hence no voltage.
    """
    lines, transformers, switches = network.lines, network.transformers, network.switches
    bare = replace(
        network,
        lines=replace(lines, in_service=np.zeros(len(lines), np.bool_)),
        transformers=replace(transformers, in_service=np.zeros(len(transformers), np.bool_)),
    )
    labels = island_labels(bare)
    one = np.where(labels >= 0, labels, np.arange(len(labels)))
    between = np.array([kind == "bus" for kind in switches.kind], np.bool_)
    joined = replace(
        network,
        lines=replace(lines, from_bus=one[lines.from_bus], to_bus=one[lines.to_bus]),
        transformers=replace(transformers, hv_bus=one[transformers.hv_bus], lv_bus=one[transformers.lv_bus]),
        switches=replace(switches, bus=one[switches.bus], closed=switches.closed & ~between),
        loads=replace(network.loads, bus=one[network.loads.bus]),
        generators=replace(network.generators, bus=one[network.generators.bus]),
        shunts=replace(network.shunts, bus=one[network.shunts.bus]),
        sources=replace(network.sources, bus=one[network.sources.bus]),
    )
    return joined, one


class Reference:
    """
    One island and the addition that is asked of it: ``k`` its P and Q per kW, ``shape`` [steps].
    """

    def __init__(  # noqa: PLR0917 - a network and what is asked of it
        self,
        network: Network,
        limits: Limits,
        bus: int,
        k: tuple[float, float],
        shape: Floats,
        judged: Bools | None,
        reserved: Sequence[ExtraLoad] = (),
    ) -> None:
        self.limits, self.k, self.shape = limits, k, shape
        self.island, one = fused(island_at(network, bus))
        own = np.isin(network.buses.id, self.island.buses.id)
        place = one[np.maximum(np.cumsum(own) - 1, 0)]
        self.judged = np.bincount(one, weights=np.ones(len(one)) if judged is None else judged[own], minlength=len(one)) > 0
        self.bus = int(place[bus])
        self.reserved = tuple(replace(load, bus=int(place[load.bus])) for load in reserved if own[load.bus])

    def room(self) -> tuple[float, Tightest]:
        """
        Return the capacity in kW and what binds; nan where the voltage collapses before a limit is reached.
        """
        steps = np.unique([one.at for one in self._all(self._run(0.0, None)) if one.at >= 0])
        high = 1.0
        for _ in range(ROUNDS):
            kw, bound = self._root(high, steps)
            whole = self._run(kw, None)
            worst = self._least(whole)
            if worst.margin >= -10 * CLOSE:
                return (kw, bound) if abs(bound.margin) <= NEAR else (np.nan, COLLAPSED)
            if worst.at < 0 or worst.at in steps:
                break
            steps, high = np.union1d(steps, [one.at for one in self._all(whole) if one.margin < 0]), kw
        return np.nan, COLLAPSED

    def _root(self, high: float, steps: Ints) -> tuple[float, Tightest]:
        """
        Return the addition at which the steps keep all limits by nothing, and what binds there.
        """
        low, fits = 0.0, self._least(self._run(0.0, steps))
        f_low = fits.margin
        broken = self._least(self._run(high, steps))
        while broken.margin >= 0 and high < MOST_KW:
            low, f_low, fits = high, broken.margin, broken
            high *= GROWTH
            broken = self._least(self._run(high, steps))
        f_high = broken.margin
        for turn in range(TURNS):
            halve = turn % 3 == 2 or broken.at < 0  # noqa: PLR2004 - now and then, and where there is no flow
            kw = (low + high) / 2 if halve else (low * -f_high + high * f_low) / (f_low - f_high)
            found = self._least(self._run(kw, steps))
            if found.margin >= 0:
                low, f_low, fits = kw, found.margin, found
            else:
                high, f_high, broken = kw, found.margin, found
            if f_low <= CLOSE or high - low <= 1e-9 * high:
                break
        return low, fits

    def _run(self, kw: float, steps: Ints | None) -> YearResult | None:
        extra = ExtraLoad(bus=self.bus, p_kw=kw * self.k[0], q_kvar=kw * self.k[1], shape=self.shape)
        try:
            return pgm.run_year(self.island, (*self.reserved, extra), steps=steps)
        except pgm.NoPowerFlow:
            return None

    def _least(self, year: YearResult | None) -> Tightest:
        return min(self._all(year), key=lambda one: one.margin)

    def _all(self, year: YearResult | None) -> list[Tightest]:
        """
        Return the least margin of every kind of limit.
        """
        if year is None:
            return [COLLAPSED]
        limits, buses, lines, transformers = self.limits, self.island.buses, self.island.lines, self.island.transformers
        least = year.voltage_min_pu / limits.voltage_min_pu - 1 if limits.voltage_min_pu > 0 else np.full(len(buses), np.inf)
        most = 1 - year.voltage_max_pu / limits.voltage_max_pu
        used, wound = 1 - year.line_loading_max / limits.line_loading, 1 - year.transformer_loading_max / limits.transformer_loading
        kinds: tuple[tuple[str, str, Table, Floats, Ints], ...] = (
            ("voltage_low", "bus", buses, np.where(self.judged, least, np.inf), year.voltage_min_step),
            ("voltage_high", "bus", buses, np.where(self.judged, most, np.inf), year.voltage_max_step),
            ("line_loading", "line", lines, used, year.line_loading_max_step),
            ("transformer_loading", "transformer", transformers, wound, year.transformer_loading_max_step),
        )
        found = []
        for limit, kind, table, margins, at_step in kinds:
            known = np.flatnonzero(~np.isnan(margins))
            if len(known):
                at = int(known[margins[known].argmin()])
                name = str(table.name[at])
                element = {"element_kind": kind, "element_id": int(table.id[at]), "element_name": name}
                found.append(Tightest(margin=float(margins[at]), limit=limit, at=int(at_step[at]), **element))  # type: ignore[arg-type]
        return found
