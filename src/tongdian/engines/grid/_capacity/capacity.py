"""
Year-exact capacity: for every bus the largest extra power that breaks no limit in any step of the year.

Method and proof: docs/engines/grid.md. In short: one pass over the base year keeps, per branch and step, what is left; the tightest
step of a bus is solved exactly; a rigorous bound of what the added power does clears almost all other steps; what it does not clear is
solved.
"""

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._capacity.reference import Reference
from tongdian.engines.grid._capacity.search import UNSOLVED, Answer, Study
from tongdian.engines.grid._capacity.shares import SharedStudy, study_of
from tongdian.engines.grid._flow.powers import power_table
from tongdian.engines.grid._flow.radial import Tree, trees
from tongdian.engines.grid._topology import position_of
from tongdian.engines.grid._values import Bools, Floats, Ints, Limits, Names, Network
from tongdian.engines.grid._year import ExtraLoad
from tongdian.kit.refused import N_, Refused

HOURS, QUARTERS = 24, 96
SMALLEST = 1e-9  # a power factor below it is none
REFERRED = ("capacity_kw", "limit", "element_kind", "element_id", "element_name", "at", "method")


class UnusableLimits(Refused):
    """
    The limits allow nothing or everything.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityTable:
    """
    One row per bus that a source reaches, the source's own left out. Columns [rows].

    ``capacity_kw``: for a shape its peak. ``limit``: voltage_low, voltage_high, line_loading, transformer_loading, empty where nothing
    limits (capacity inf), or unsolved where the limits are so wide that no power flow is found before one binds (capacity nan).
    ``element_kind``/``element_id``/``element_name``: what binds, or what is already broken (capacity 0). ``at``: the binding step.
    ``base_margin``: least relative distance to any limit of the island without the addition, negative if one is broken.
    ``looked_at``: how many steps were solved exactly for the bus; the bounds cleared the others. ``method``: ``bounds``, ``scan`` where
    no bound was found and every step was solved, ``reference`` where power-grid-model answered. ``following``: what would bind next, were
    the binding limit none.
    ``margin_elsewhere``: least margin of all other limits at the answer in the binding step (nan unless ``following`` was asked).
    """

    bus: Ints
    capacity_kw: Floats
    limit: Names
    element_kind: Names
    element_id: Ints
    element_name: Names
    at: Ints
    base_margin: Floats
    looked_at: Ints
    method: Names
    margin_elsewhere: Floats
    following: "CapacityTable | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """
    What is asked of every island.
    """

    limits: Limits
    k: tuple[float, float]
    shape: Floats
    voltage_at: Bools | None
    threads: int


@dataclass(frozen=True, kw_only=True)
class _Island:
    """
    A tree with its study and, once asked, the answer of all its nodes: an island that a further load does not touch keeps it.
    """

    tree: Tree
    study: Study | SharedStudy

    @functools.cached_property
    def answer(self) -> Answer:
        """
        The answer of all nodes that stand for a bus.
        """
        return self.study.answer()


def capacity(
    network: Network,
    limits: Limits,
    *,
    power_factor: float = 0.95,
    generation: bool = False,
    voltage_at: Bools | None = None,
    shape: Floats | Sequence[float] | None = None,
    following: bool = False,
    threads: int | None = None,
) -> CapacityTable:
    """
    Return the largest extra load (or generation) of every bus, exact for every step.

    :param power_factor: of the addition, lagging
    :param voltage_at: mask of the buses whose voltage is judged, by default all
    :param shape: how the addition runs, 1 at its peak: 24 hours or 96 quarter hours of a day, or every step; flat by default
    :param following: whether to tell what would bind next
    :param threads: by default one for every core
    :raises NotRadial: if sources contradict each other, a loop has no impedance, or an island has too many loops
    :raises NoBaseCase: if a step has no power flow even without the addition
    """
    asked = {"power_factor": power_factor, "generation": generation, "voltage_at": voltage_at, "shape": shape, "threads": threads}
    return CapacityModel(network, limits, **asked).table(following=following)  # type: ignore[arg-type]


class CapacityModel:
    """
    The base year of a network, kept: answers for all buses, for one bus, and after a further load, which touches only its island.
    """

    def __init__(
        self,
        network: Network,
        limits: Limits,
        *,
        power_factor: float = 0.95,
        generation: bool = False,
        voltage_at: Bools | None = None,
        shape: Floats | Sequence[float] | None = None,
        threads: int | None = None,
    ) -> None:
        if not SMALLEST < power_factor <= 1:
            raise Refused(N_("The power factor %(value)s lies outside 0 to 1."), value=power_factor)
        refuse_limits(limits)
        _check_year(network)
        sign = -1.0 if generation else 1.0
        self.network, self.reserved = network, ()
        self._question = _Question(
            limits=limits,
            k=(sign, sign * float(np.sqrt(1 / power_factor**2 - 1))),
            shape=_whole_shape(network, shape),
            voltage_at=voltage_at,
            threads=threads or os.cpu_count() or 1,
        )
        self._islands = tuple(self._studied(tree) for tree in trees(network, limits, voltage_at, bundled=True))

    reserved: tuple[ExtraLoad, ...]

    def table(self, *, following: bool = False) -> CapacityTable:
        """
        Return the table of all buses.
        """
        found = [(island.tree, island.answer) for island in self._islands]
        table = self._referred(_table(self.network, found))
        if not following:
            return table
        further = [(tree, *island.study.following(answer)) for island, (tree, answer) in zip(self._islands, found, strict=True)]
        left = {int(bus): float(margin[tree.node_of_bus[bus]]) for tree, _, margin in further for bus in np.flatnonzero(_rows(tree))}
        margins = np.array([left[bus] for bus in sorted(left)], dtype=np.float64)
        return replace(table, following=_table(self.network, [(tree, answer) for tree, answer, _ in further]), margin_elsewhere=margins)

    def answer_bus(self, bus: int) -> CapacityTable:
        """
        Return the row of one bus, given by position; no row where no source reaches it or a source stands at it.
        """
        for island in self._islands:
            if _rows(island.tree)[bus]:
                node = island.tree.node_of_bus[bus]
                return self._referred(_table(self.network, [(island.tree, island.study.answer(np.array([node])))], only=bus))
        return _table(self.network, [])

    def with_load(self, extra: ExtraLoad) -> "CapacityModel":
        """
        Return the model with a further load (a reserved capacity with its shape); the other islands are taken over as they are.
        """
        if not (np.isfinite([extra.p_kw, extra.q_kvar]).all() and 0 <= extra.bus < len(self.network.buses)):
            raise Refused(N_("The further load needs a bus of the network and finite powers."))
        if extra.shape is not None and len(extra.shape) < len(self._question.shape):
            raise Refused(
                N_("The further load's shape has %(count)s steps, the year has %(steps)s."),
                count=len(extra.shape),
                steps=len(self._question.shape),
            )
        model = object.__new__(CapacityModel)
        model.network, model._question, model.reserved = self.network, self._question, (*self.reserved, extra)
        model._islands = tuple(
            model._studied(island.tree) if island.tree.node_of_bus[extra.bus] >= 0 else island for island in self._islands
        )
        return model

    def _referred(self, table: CapacityTable) -> CapacityTable:
        """
        Return the table with the answers of power-grid-model for the buses beside loops at which the sweeps found no flow.
        """
        unsolved = [row for row, limit in enumerate(table.limit) if limit == "unsolved"]
        if not unsolved:
            return table
        found, known = list(zip(*(getattr(table, name) for name in REFERRED), strict=True)), {}
        for row in unsolved:
            bus, asked = position_of(self.network.buses, int(table.bus[row])), self._question
            tree = next(island.tree for island in self._islands if island.tree.node_of_bus[bus] >= 0)
            if not len(tree.loops):
                continue
            key = (id(tree), int(tree.node_of_bus[bus]))
            if key not in known:
                reference = Reference(self.network, asked.limits, bus, asked.k, asked.shape, asked.voltage_at, self.reserved)
                room, bound = reference.room()
                known[key] = (
                    room,
                    bound.limit or "unsolved",
                    bound.element_kind,
                    bound.element_id,
                    bound.element_name,
                    bound.at,
                    "reference",
                )
            found[row] = known[key]
        kw, limit, kind, identifier, name, at, method = zip(*found, strict=True)
        return replace(
            table,
            capacity_kw=np.array(kw, np.float64),
            limit=limit,
            element_kind=kind,
            element_id=np.array(identifier, np.int64),
            element_name=name,
            at=np.array(at, np.int64),
            method=method,
        )

    def _studied(self, tree: Tree) -> _Island:
        asked = self._question
        table = power_table(self.network, tree, self.reserved)
        return _Island(tree=tree, study=study_of(tree, table, asked.k, asked.shape, asked.threads))


def refuse_limits(limits: Limits) -> None:
    """
    Refuse limits that leave no room.

    :raises UnusableLimits: if the voltages are out of order or a share of a rating is not positive
    """
    low, high, line, transformer = limits.voltage_min_pu, limits.voltage_max_pu, limits.line_loading, limits.transformer_loading
    if not (0 <= low < high and line > 0 and transformer > 0):  # what is no number fails as well
        raise UnusableLimits(
            N_(
                "The limits are upside down: the lowest voltage %(low)s must lie below the highest, %(high)s, and the shares of ratings "
                "(%(line)s, %(transformer)s) above 0."
            ),
            low=low,
            high=high,
            line=line,
            transformer=transformer,
        )


def _check_year(network: Network) -> None:
    profiles = network.profiles
    if profiles is not None and profiles.steps == 0:
        raise Refused(N_("The profiles have no steps. Give at least one row."))
    if profiles is not None and not (np.isfinite(profiles.p).all() and np.isfinite(profiles.q).all()):
        raise Refused(N_("The profiles hold something that is no number. Fill the gaps first."))


def _whole_shape(network: Network, shape: Floats | Sequence[float] | None) -> Floats:
    """
    Return the shape of the addition for every step of the year.
    """
    steps = network.profiles.steps if network.profiles else 1
    if shape is None:
        return np.ones(steps)
    values = np.asarray(shape, dtype=np.float64)
    if not (values.ndim == 1 and np.isfinite(values).all() and len(values) and values.min() >= 0 and abs(values.max() - 1) <= SMALLEST):
        raise Refused(N_("A shape is a row of numbers from 0 to 1 with a greatest value of 1."))
    if len(values) == steps:
        return np.ascontiguousarray(values)
    minutes = network.profiles.step_minutes if network.profiles else 0
    if len(values) not in {HOURS, QUARTERS} or minutes == 0:
        raise Refused(
            N_("A shape has %(count)s values; give 24 hours, 96 quarter hours or all %(steps)s steps."), count=len(values), steps=steps
        )
    assert network.profiles is not None
    start = np.datetime64(network.profiles.start, "m") if network.profiles.start else np.datetime64("2000-01-01", "m")
    minute = int((start - start.astype("datetime64[D]")).astype(np.int64)) + minutes * np.arange(steps)
    whole = values[(minute % (24 * 60)) * len(values) // (24 * 60)]
    if whole.max() <= 0:
        raise Refused(N_("The shape is 0 in every step of the year."))
    return np.ascontiguousarray(whole)


def _rows(tree: Tree) -> Bools:
    """
    Return the mask of the buses that are answered.
    """
    rows: Bools = (tree.node_of_bus >= 0) & ~tree.supplied[tree.node_of_bus]
    return rows


def _table(network: Network, found: list[tuple[Tree, Answer]], only: int | None = None) -> CapacityTable:
    """
    Report the nodes' answers for every bus, fused ones too, in the order of the buses.
    """
    rows = []
    for tree, answer in found:
        for bus in np.flatnonzero(_rows(tree)) if only is None else [only]:
            node = tree.node_of_bus[bus]
            limit, kind, identifier, name = _binding(network, tree, int(answer.kind[node]), int(answer.where[node]))
            measures = (float(answer.kw[node]), limit, kind, identifier, name, int(answer.at[node]))
            method = "scan" if answer.scanned[node] else "bounds"
            rows.append((int(bus), *measures, answer.base_margin, int(answer.looked_at[node]), method))
    rows.sort(key=lambda row: row[0])
    columns = list(zip(*rows, strict=True)) if rows else [()] * 10
    return CapacityTable(
        bus=network.buses.id[np.array(columns[0], dtype=np.int64)],
        capacity_kw=np.array(columns[1], dtype=np.float64),
        limit=tuple(columns[2]),
        element_kind=tuple(columns[3]),
        element_id=np.array(columns[4], dtype=np.int64),
        element_name=tuple(columns[5]),
        at=np.array(columns[6], dtype=np.int64),
        base_margin=np.array(columns[7], dtype=np.float64),
        looked_at=np.array(columns[8], dtype=np.int64),
        method=tuple(columns[9]),
        margin_elsewhere=np.full(len(rows), np.nan),
    )


def _binding(network: Network, tree: Tree, kind: int, node: int) -> tuple[str, str, int, str]:
    if kind < 0 or kind == UNSOLVED:
        return "" if kind < 0 else "unsolved", "", -1, ""
    if kind == 0:
        is_transformer = bool(tree.is_transformer[node])
        at, word = int(tree.element[node]), "transformer" if is_transformer else "line"
        id_, name = (
            (network.transformers.id[at], network.transformers.name[at])
            if is_transformer
            else (network.lines.id[at], network.lines.name[at])
        )
        return f"{word}_loading", word, int(id_), name
    bus = int(tree.low_bus[node] if kind == 1 else tree.high_bus[node])
    return "voltage_low" if kind == 1 else "voltage_high", "bus", int(network.buses.id[bus]), network.buses.name[bus]
