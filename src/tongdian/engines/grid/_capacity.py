"""
Year-exact capacity: for every bus the largest extra power that breaks no limit in any step of the year.

Method and proof sketch: docs/engines/grid.md. In short: one pass over the base year keeps, per branch and step, what is left; the
tightest step of a bus is solved exactly; a rigorous bound of what the added power does clears almost all other steps; what it does
not clear is solved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._radial import Tree, trees
from tongdian.engines.grid._values import Bools, Floats, Ints, Limits, Names, Network
from tongdian.engines.grid._year import ExtraLoad
from tongdian.kit.refused import N_, Refused

TOLERANCE = 1e-9  # of a margin: a step counts as broken below minus this; a root is closer than a hundredth of it
WIDEST_STORE = 400_000_000  # bytes of what is kept per node and step; larger networks keep minima of 32 steps
MOST = 1e5  # MW: beyond it nothing limits
ROUNDS = 200
UNSOLVED, UNSOLVED_MARGIN = 3, 1e-6
BATCH = 1 << 18

Arrays = tuple[object, ...]


class NoBaseCase(Refused):
    """
    The network alone has no power flow in some step.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityTable:
    """
    One row per bus that a source reaches, the source's own left out. Columns [rows].

    ``limit``: voltage_low, voltage_high, line_loading, transformer_loading, empty where nothing limits (capacity inf),
    or unsolved where the limits are so wide that the sweeps find no power flow before one binds (capacity nan: ask ``run_year``).
    ``element_kind``/``element_id``/``element_name``: what binds, or what is already broken (capacity 0). ``at``: the binding step.
    ``base_margin``: least relative distance to any limit of the island without the addition, negative if one is broken.
    ``looked_at``: how many steps were solved exactly for the bus; the bounds cleared the others.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """
    Per node of a tree: kW, kind and node of the binding limit, step.
    """

    kw: Floats
    kind: Ints
    where: Ints
    at: Ints
    looked_at: Ints
    base_margin: float


def capacity(
    network: Network,
    limits: Limits,
    *,
    power_factor: float = 0.95,
    generation: bool = False,
    voltage_at: Bools | None = None,
) -> CapacityTable:
    """
    Return the largest extra load (or generation) of every bus, flat over the year, exact for every step.

    :param power_factor: of the addition, lagging
    :param voltage_at: mask of the buses whose voltage is judged, by default all
    :raises NotRadial: if part of the network is operated in a loop or has several sources
    :raises NoBaseCase: if a step has no power flow even without the addition
    """
    if not 0 < power_factor <= 1:
        raise Refused(N_("The power factor %(value)s lies outside 0 to 1."), value=power_factor)
    sign = -1.0 if generation else 1.0
    k = (sign, sign * float(np.sqrt(1 / power_factor**2 - 1)))
    found = [(tree, _study(network, tree, k)) for tree in trees(network, limits, voltage_at)]
    return _table(network, found)


def warm() -> None:
    """
    Compile every kernel (or load it from the cache) by a study of two nodes.
    """
    one, none = np.ones(1), np.zeros(1)
    pair = np.array([0.0, 0.01])
    tree = Tree(
        parent=np.array([-1, 0]),
        r=pair,
        x=pair,
        g=np.zeros(2),
        b=np.zeros(2),
        half_g=np.zeros(2),
        half_b=np.zeros(2),
        rating=np.array([np.inf, 5.0]),
        is_transformer=np.zeros(2, np.bool_),
        element=np.zeros(2, np.int64),
        low=np.full(2, 0.8),
        high=np.full(2, 1.2),
        low_bus=np.zeros(2, np.int64),
        high_bus=np.zeros(2, np.int64),
        source_v=1.0,
        node_of_bus=np.arange(2),
        scale_kv=np.ones(2),
    )
    csr = (np.array([0, 0, 1]), np.zeros(1, np.int64), none, none, one[None, :], one[None, :])
    study = Study(tree, csr, (1.0, 0.3))
    study.answer()
    step = np.zeros(1, np.int64)
    study.kernels.extremes(study.columns, csr, step, np.zeros(2), np.empty((3, 2)), np.empty((3, 2), np.int64), np.empty(2))


def _study(network: Network, tree: Tree, k: tuple[float, float]) -> _Answer:
    return Study(tree, power_table(network, tree), k).answer()


def power_table(network: Network, tree: Tree, extra: Sequence[ExtraLoad] = ()) -> Arrays:
    """
    Return the loads as a sparse table by node (start, row, MW, Mvar) and the profiles with rows for added shapes and a constant at the end.
    """
    profiles = network.profiles
    constant = np.ones((1, profiles.steps if profiles else 1))
    shaped = [load for load in extra if load.shape is not None]
    own = len(profiles.p) if profiles else 0
    more = [*(np.asarray(load.shape, dtype=np.float64)[None, :] for load in shaped), constant]
    p = np.concatenate([*([profiles.p] if profiles else []), *more])
    q = np.concatenate([*([profiles.q] if profiles else []), *more])
    sums: dict[tuple[int, int], list[float]] = {}
    for load in extra:
        below = int(tree.node_of_bus[load.bus])
        if below >= 0:
            line = own + next(position for position, other in enumerate(shaped) if other is load) if load.shape is not None else len(p) - 1
            entry = sums.setdefault((below, line), [0.0, 0.0])
            entry[0] += load.p_kw * 1e-3
            entry[1] += load.q_kvar * 1e-3
    for table, sign in ((network.loads, 1e-3), (network.generators, -1e-3)):
        for at in np.flatnonzero(table.in_service):
            node = int(tree.node_of_bus[table.bus[at]])
            if node < 0:
                continue
            row = int(table.profile[at]) % len(p)
            entry = sums.setdefault((node, row), [0.0, 0.0])
            entry[0] += sign * float(table.p_kw[at])
            entry[1] += sign * float(table.q_kvar[at])
    keys = sorted(sums)
    start = np.searchsorted(np.array([node for node, _ in keys], dtype=np.int64), np.arange(len(tree.parent) + 1))
    values = np.array([sums[key] for key in keys], dtype=np.float64).reshape(-1, 2)
    rows = np.array([row for _, row in keys], dtype=np.int64)
    return start.astype(np.int64), rows, values[:, 0].copy(), values[:, 1].copy(), np.ascontiguousarray(p), np.ascontiguousarray(q)


class Study:
    """
    One tree, one direction of the addition: the base year and the search.
    """

    def __init__(self, tree: Tree, csr: Arrays, k: tuple[float, float]) -> None:
        from tongdian.engines.grid import _sweeps

        self.kernels: Any = _sweeps  # numba's dispatchers have no types
        self.tree, self.csr, self.k = tree, csr, k
        t = tree
        self.columns: Arrays = (t.parent, t.r, t.x, t.g, t.b, t.half_g, t.half_b, t.rating, t.is_transformer, t.low, t.high, t.source_v)
        nodes, steps = len(tree.parent), csr[4].shape[1]  # type: ignore[attr-defined]
        self.steps = steps
        self.width = 1 if nodes * steps * 12 <= WIDEST_STORE else _sweeps.LANES
        self.store = np.empty((3, nodes, -(-steps // self.width)), dtype=np.float32)
        self.stats, self.when = np.empty((8, nodes)), np.zeros((4, nodes), dtype=np.int64)
        failed = self.kernels.base_year(self.columns, self.csr, *k, self.width, self.store, self.stats, self.when)
        if failed >= 0:
            raise NoBaseCase(
                N_("No power flow exists near step %(step)s, even without the addition. Check loads and impedances."), step=failed
            )
        self.looked_at = np.zeros(nodes, dtype=np.int64)

    def answer(self) -> _Answer:
        """
        Return the capacity of every node.
        """
        nodes, (margin, kind, where, at) = len(self.tree.parent), self.worst()
        if margin < 0:
            full = (np.full(nodes, value) for value in (kind, where, at))
            kinds, wheres, ats = full
            return _Answer(kw=np.zeros(nodes), kind=kinds, where=wheres, at=ats, looked_at=self.looked_at, base_margin=margin)
        buses = np.arange(1, nodes)
        first = self._first_guess()
        x, kind_of, where_of, at_of = np.full(nodes, np.inf), np.full(nodes, -1), np.full(nodes, -1), np.full(nodes, -1)
        x[1:], kind_of[1:], where_of[1:] = self._root(buses, first[0][1:], first[1][1:])
        at_of[1:] = first[1][1:]
        for part in np.array_split(buses, max(1, len(buses) // 256)):
            self._certify(part, x, kind=kind_of, where=where_of, at=at_of)
        x[kind_of == UNSOLVED] = np.nan
        return _Answer(kw=x * 1e3, kind=kind_of, where=where_of, at=at_of, looked_at=self.looked_at, base_margin=margin)

    def answer_at(self, node: int) -> tuple[float, int, int, int]:
        """
        Return the capacity of one node in kW, the kind and node of what binds, and the step; the base year must hold.
        """
        nodes = len(self.tree.parent)
        first, part = self._first_guess(), np.array([node])
        x, kind, where, at = np.full(nodes, np.inf), np.full(nodes, -1), np.full(nodes, -1), np.full(nodes, -1)
        x[part], kind[part], where[part] = self._root(part, first[0][part], first[1][part])
        at[node] = first[1][node]
        self._certify(part, x, kind=kind, where=where, at=at)
        return float(x[node] * 1e3), int(kind[node]), int(where[node]), int(at[node])

    def worst(self) -> tuple[float, int, int, int]:
        """
        Return the base year's least relative margin, its kind, node and step.
        """
        tree, stats = self.tree, self.stats
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(tree.low > 0, np.sqrt(np.maximum(stats[1] + tree.low, 0) / tree.low) - 1, np.inf)
            high = np.where(np.isfinite(tree.high), 1 - np.sqrt((tree.high - stats[2]) / tree.high), np.inf)
            room = np.where(np.isfinite(tree.rating), stats[3] / tree.rating, np.inf)
        room[stats[0] < 0] = np.minimum(room, -1e-12)[stats[0] < 0]
        options = [(float(m.min()), kind, int(m.argmin())) for kind, m in enumerate((room, low, high))]
        margin, kind, node = min(options)
        return margin, kind, node, int(self.when[(3, 1, 2)[kind], node])

    def _first_guess(self) -> tuple[Floats, Ints]:
        """
        Return the loss-free capacity of every node in MW and the step that binds it: a prefix minimum down the tree.
        """
        tree, stats, when = self.tree, self.stats, self.when
        nodes = len(tree.parent)
        low, high = stats[1].copy(), stats[2].copy()
        low_at, high_at = when[1].copy(), when[2].copy()
        for i in range(nodes - 1, 0, -1):
            up = tree.parent[i]
            if low[i] < low[up]:
                low[up], low_at[up] = low[i], low_at[i]
            if high[i] < high[up]:
                high[up], high_at[up] = high[i], high_at[i]
        drop, best, at = np.zeros(nodes), np.full(nodes, np.inf), np.zeros(nodes, dtype=np.int64)
        for i in range(1, nodes):
            up = tree.parent[i]
            drop[i] = drop[up] + 2 * (tree.r[i] * self.k[0] + tree.x[i] * self.k[1])
            best[i], at[i] = best[up], at[up]
            options = [(stats[0, i], when[0, i])]
            if drop[i] > 0:
                options.append((low[i] / drop[i], low_at[i]))
            elif drop[i] < 0:
                options.append((-high[i] / drop[i], high_at[i]))
            for value, step in options:
                if value < best[i]:
                    best[i], at[i] = value, step
        return best, at

    def _margins(self, nodes: Ints, x: Floats, steps: Ints) -> tuple[Floats, Ints, Ints]:
        out, kind, where = np.empty(len(nodes)), np.empty(len(nodes), np.int64), np.empty(len(nodes), np.int64)
        self.kernels.margins(self.columns, self.csr, nodes, x * self.k[0], x * self.k[1], steps, out, kind, where)
        return out, kind, where

    def _root(self, nodes: Ints, guess: Floats, steps: Ints) -> tuple[Floats, Ints, Ints]:
        """
        Return for every lane (node, step) the largest addition in MW without a broken limit: a bracket and Illinois' rule.
        """
        count = len(nodes)
        low, f_low = np.zeros(count), self._margins(nodes, np.zeros(count), steps)[0]
        high = np.where(np.isfinite(guess), np.maximum(guess, 1e-6), 1e-3)
        f_high = np.full(count, np.nan)
        open_ = np.arange(count)
        while len(open_):
            f = self._margins(nodes[open_], high[open_], steps[open_])[0]
            f_high[open_] = f
            fits = f > 0
            low[open_[fits]], f_low[open_[fits]] = high[open_[fits]], f[fits]
            open_ = open_[fits]
            high[open_] = high[open_] * np.where(np.isfinite(guess[open_]), 1.02, 2.0) + 1e-9
            endless = high[open_] > MOST
            high[open_[endless]] = np.inf
            open_ = open_[~endless]
        x = self._illinois(nodes, steps, (low, f_low), (high, f_high))
        bounded = np.isfinite(x)
        kind, where = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        f, kind[bounded], where[bounded] = self._margins(nodes[bounded], x[bounded], steps[bounded])
        kind[np.flatnonzero(bounded)[f > UNSOLVED_MARGIN]] = UNSOLVED  # the sweeps ended before any limit was reached
        return x, kind, where

    def _illinois(self, nodes: Ints, steps: Ints, fits_at: tuple[Floats, Floats], breaks_at: tuple[Floats, Floats]) -> Floats:
        """
        Close the brackets (addition, margin) that fit and that break; inf where nothing breaks.
        """
        (low, f_low), (high, f_high) = fits_at, breaks_at
        x, side = low.copy(), np.zeros(len(nodes), dtype=np.int64)
        x[np.isinf(high)] = np.inf
        todo = np.flatnonzero(np.isfinite(high) & (f_low > TOLERANCE / 100))
        for turn in range(ROUNDS):
            if not len(todo):
                break
            a, b, fa, fb = low[todo], high[todo], f_low[todo], f_high[todo]
            middle = (a * -fb + b * fa) / (fa - fb) if turn % 8 != 7 else (a + b) / 2  # noqa: PLR2004 - halve now and then
            f = self._margins(nodes[todo], middle, steps[todo])[0]
            fits = f >= 0
            up, down = todo[fits], todo[~fits]
            low[up], f_low[up] = middle[fits], f[fits]
            high[down], f_high[down] = middle[~fits], f[~fits]
            f_high[up[side[up] == 1]] /= 2
            f_low[down[side[down] == -1]] /= 2
            side[up], side[down] = 1, -1
            near = (np.abs(f) <= TOLERANCE / 100) | (high[todo] - low[todo] <= 1e-15)  # noqa: PLR2004 - a billionth of a watt
            x[todo] = np.where(near & (np.abs(f) <= TOLERANCE / 100), middle, low[todo])
            todo = todo[~near]
        return x

    def _certify(self, part: Ints, x: Floats, *, kind: Ints, where: Ints, at: Ints) -> None:
        """
        Look at every step that the bounds do not clear, until nothing is broken; a solved step is never looked at again.
        """
        lanes = [self._suspects(int(node), float(x[node]), int(at[node])) for node in part]
        nodes = np.concatenate([np.full(len(steps), node) for node, steps in zip(part, lanes, strict=True)])
        steps = np.concatenate(lanes)
        while len(nodes):
            margin = np.concatenate(
                [self._margins(nodes[s : s + BATCH], x[nodes[s : s + BATCH]], steps[s : s + BATCH])[0] for s in range(0, len(nodes), BATCH)]
            )
            broken = margin < -TOLERANCE
            nodes, steps, margin = nodes[broken], steps[broken], margin[broken]
            if not len(nodes):
                return
            order = np.lexsort((margin, nodes))
            nodes, steps = nodes[order], steps[order]
            worst = np.r_[True, nodes[1:] != nodes[:-1]]
            chosen, when = nodes[worst], steps[worst]
            found, kinds, wheres = self._root(chosen, x[chosen] * 0.999, when)
            x[chosen], kind[chosen], where[chosen], at[chosen] = np.minimum(found, x[chosen]), kinds, wheres, when
            nodes, steps = nodes[~worst], steps[~worst]

    def _suspects(self, node: int, added: float, solved: int) -> Ints:
        """
        Return the steps that may break a limit at an addition of ``added`` MW.
        """
        count = len(self.tree.parent)
        mask = np.ones(self.store.shape[2], dtype=np.bool_)
        if np.isfinite(added):
            fall, rise, need = np.zeros(count), np.zeros(count), np.zeros(count)
            if self.kernels.bounds(self.columns, self.stats, node, added * self.k[0], added * self.k[1], fall, rise, need):
                self.kernels.suspects(self.tree.parent, node, added, self.store, self.stats, fall, rise, need, mask)
            found = np.flatnonzero(mask)
        else:
            found = np.zeros(0, dtype=np.int64)
        steps: Ints = (found[:, None] * self.width + np.arange(self.width)).ravel()
        steps = steps[(steps < self.steps) & (steps != solved)]
        self.looked_at[node] += len(steps) + 1
        return steps


def _table(network: Network, found: list[tuple[Tree, _Answer]]) -> CapacityTable:
    """
    Report the nodes' answers for every bus, fused ones too, in the order of the buses.
    """
    rows = []
    for tree, answer in found:
        for bus in np.flatnonzero(tree.node_of_bus > 0):
            node = tree.node_of_bus[bus]
            limit, kind, identifier, name = binding(network, tree, int(answer.kind[node]), int(answer.where[node]))
            measures = (float(answer.kw[node]), limit, kind, identifier, name, int(answer.at[node]))
            rows.append((int(bus), *measures, answer.base_margin, int(answer.looked_at[node])))
    rows.sort()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 9
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
    )


def binding(network: Network, tree: Tree, kind: int, node: int) -> tuple[str, str, int, str]:
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
