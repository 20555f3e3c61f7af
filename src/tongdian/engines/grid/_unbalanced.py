"""
Unbalanced low voltage: what each phase of a bus can still carry, exact for every step of the year by power-grid-model's
asymmetric power flow.
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._capacity.one import Question
from tongdian.engines.grid._explain.explain import take_island
from tongdian.engines.grid._flow.pgm import NoPowerFlow
from tongdian.engines.grid._flow.pgm_phases import PhaseModel
from tongdian.engines.grid._values import Bools, Floats, Ints, Network
from tongdian.kit.refused import N_, Refused

PHASES = ("a", "b", "c")
BALANCED = -1
LARGEST_SINGLE_KW = 12.0  # of the year: above it a household or shop usually has three phases
CANDIDATES = 48
CLOSE_KW = 1e-6
MOST_KW = 1e5
ROUNDS = 40


class UnknownPhases(Refused):
    """
    The loads' phases do not fit the network.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroSequence:
    """
    Zero-sequence data of the lines as ratios to the positive sequence.

    By default those of a four-core cable whose neutral has the phases' section and carries the whole return: R0 = R + 3·Rn = 4·R, X0 about
    4·X (tables of IEC 60909, from memory). A measured or published value of the cable is better: give it.
    """

    r0_r1: float = 4.0
    x0_x1: float = 4.0
    c0_c1: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRoom:
    """
    What one phase of a bus can take. ``limit``, ``element_*``, ``at``: what binds, in which phase (``bound_phase``) and step; ``runs``: how
    many asymmetric power flows it took. A base case that is broken has 0.
    """

    phase: str
    capacity_kw: float
    limit: str
    element_kind: str
    element_id: int
    element_name: str
    bound_phase: str
    at: int
    runs: int


def assign_phases(network: Network, *, seed: int, largest_kw: float = LARGEST_SINGLE_KW) -> Ints:
    """
    Return a phase (0, 1, 2) for every load that is likely single-phase, −1 for all three: an assumption, for where nothing is known.

    Single-phase are households and shops up to ``largest_kw``; they are dealt to the phases in a seeded order, so that the phases have
    about equal numbers in the network, but not along every line. The same seed gives the same phases.
    """
    loads = network.loads
    small = np.array([kind in {"household", "commerce", ""} for kind in loads.customer_class], dtype=np.bool_) & (loads.p_kw <= largest_kw)
    rows = np.flatnonzero(small)
    phases = np.full(len(loads), BALANCED, dtype=np.int64)
    phases[np.random.default_rng(seed).permutation(rows)] = np.arange(len(rows)) % 3
    return phases


def phase_capacity(
    network: Network, question: Question, *, bus: int, phases: Ints, zero: ZeroSequence | None = None
) -> tuple[PhaseRoom, ...]:
    """
    Return what each phase of a bus (its position) can take as a single-phase addition, exact for every step of the year.

    Voltages are phase to neutral against the limits; a line's loading is its worst phase's current, a transformer's its worst phase's
    apparent power against a third of the rating. Every answer was run over the whole year: nothing is broken there.

    :param phases: [loads] of the network: 0, 1, 2, or −1 for a load on all three phases
    :raises UnknownPhases: if they do not fit
    :raises NoPowerFlow: if a step has no solution without the addition
    """
    if len(phases) != len(network.loads) or not np.isin(phases, (BALANCED, 0, 1, 2)).all():
        raise UnknownPhases(N_("Give each of the %(count)s loads a phase: 0, 1, 2, or -1 for all three."), count=len(network.loads))
    island, mask, at = take_island(network, question, bus)
    known = {int(identifier): int(phase) for identifier, phase in zip(network.loads.id, phases, strict=True)}
    own = np.array([known[int(identifier)] for identifier in island.loads.id], dtype=np.int64)
    study = _Study(island, question, mask, at, own, zero or ZeroSequence())
    base = study.margins(0.0, 0, study.steps)
    return tuple(study.answer(phase, base) for phase in range(3))


class _Study:
    """
    One island and one bus: margins of any steps for an addition on one phase.
    """

    def __init__(self, island: Network, question: Question, mask: Bools | None, bus: int, phases: Ints, zero: ZeroSequence) -> None:  # noqa: PLR0917 - one place makes it
        self.island, self.question = island, question
        self.judged = np.ones(len(island.buses), dtype=np.bool_) if mask is None else mask
        tables = ((island.loads, 1e3), (island.generators, -1e3))
        taken = [table.bus[table.in_service] for table, _ in tables]
        self.buses = np.unique(np.concatenate([*taken, np.array([bus])]))
        self.own = int(np.searchsorted(self.buses, bus))
        rows = island.profiles.p.shape[0] if island.profiles else 0
        self.p, self.q = np.zeros((rows + 1, len(self.buses), 3)), np.zeros((rows + 1, len(self.buses), 3))
        for table, sign in tables:
            for row in np.flatnonzero(table.in_service):
                place = int(np.searchsorted(self.buses, table.bus[row]))
                phase = int(phases[row]) if table is island.loads else BALANCED
                share = np.full(3, 1 / 3) if phase == BALANCED else np.eye(3)[phase]
                self.p[table.profile[row], place] += sign * table.p_kw[row] * share
                self.q[table.profile[row], place] += sign * table.q_kvar[row] * share
        self.steps = np.arange(island.profiles.steps if island.profiles else 1)
        self.model = PhaseModel(island, self.buses, (zero.r0_r1, zero.x0_x1, zero.c0_c1))
        self.runs = 0

    def margins(self, kw: float, phase: int, steps: Ints) -> Floats:
        """
        Return the least relative margin of every step; a step without a power flow has −inf.
        """
        return np.concatenate([self._relative(kw, phase, part)[0] for part in self._parts(steps)])

    def _parts(self, steps: Ints) -> list[Ints]:
        return np.array_split(steps, -(-len(steps) // self.model.batch))

    def _relative(self, kw: float, phase: int, steps: Ints) -> tuple[Floats, Floats]:
        """
        Return the least margin [steps] and all margins [steps, 2·buses + lines + transformers, 3] of an addition.
        """
        self.runs += len(steps)
        p, q = np.repeat(self.p[-1][None], len(steps), axis=0), np.repeat(self.q[-1][None], len(steps), axis=0)
        profiles = self.island.profiles
        if profiles is not None:
            p += np.tensordot(profiles.p[:, steps].T, self.p[:-1], axes=1)
            q += np.tensordot(profiles.q[:, steps].T, self.q[:-1], axes=1)
        sign = -1.0 if self.question.generation else 1.0
        p[:, self.own, phase] += sign * kw * 1e3
        q[:, self.own, phase] += sign * self.question.reactive(kw) * 1e3
        try:
            volts, amps, powers = self.model.solve(np.ascontiguousarray(p), np.ascontiguousarray(q))
        except NoPowerFlow:
            if kw == 0:
                raise
            return np.full(len(steps), -np.inf), np.zeros((len(steps), 0, 3))
        limits, lines, transformers = self.question.limits, self.island.lines, self.island.transformers
        judged = (self.judged & (volts[0, :, 0] > 0))[None, :, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(judged, volts / limits.voltage_min_pu - 1 if limits.voltage_min_pu > 0 else np.inf, np.inf)
            high = np.where(judged, 1 - volts / limits.voltage_max_pu, np.inf)
        rated_a = lines.rated_a * lines.derating * lines.parallel * limits.line_loading
        rated_va = transformers.rated_kva * transformers.parallel * 1e3 / 3 * limits.transformer_loading
        line, transformer = 1 - amps / rated_a[None, :, None], 1 - powers / rated_va[None, :, None]
        every = np.concatenate([low, high, line, transformer], axis=1)
        return every.min(axis=(1, 2)), every

    def answer(self, phase: int, base: Floats) -> PhaseRoom:
        """
        Return the largest addition on a phase: bracketed on the tightest steps, then run over the whole year until nothing is broken there.
        """
        before = self.runs
        worst = int(base.argmin())
        if base[worst] < 0:
            return self._tell(phase, 0.0, worst, before)
        steps = np.argsort(base, kind="stable")[:CANDIDATES]
        kw = self._largest(phase, steps, MOST_KW)
        for _ in range(ROUNDS):
            year = self.margins(kw, phase, self.steps)
            broken = np.flatnonzero(year < 0)
            if not len(broken):
                break
            steps = np.union1d(steps, broken[np.argsort(year[broken], kind="stable")[:CANDIDATES]])
            kw = self._largest(phase, steps, kw)
        return self._tell(phase, kw, int(year.argmin()), before)

    def _largest(self, phase: int, steps: Ints, most: float) -> float:
        low, high = 0.0, min(most, 1.0)
        while high < most and self.margins(high, phase, steps).min() >= 0:
            low, high = high, min(2 * high, most)
        while high - low > CLOSE_KW:
            middle = (low + high) / 2
            low, high = (middle, high) if self.margins(middle, phase, steps).min() >= 0 else (low, middle)
        return low

    def _tell(self, phase: int, kw: float, step: int, before: int) -> PhaseRoom:
        _, every = self._relative(kw, phase, np.array([step]))
        place, bound = np.unravel_index(int(every[0].argmin()), every[0].shape)
        buses, lines = len(self.island.buses), len(self.island.lines)
        at = int(place)
        groups = (
            ("voltage_low", "bus", self.island.buses, 0),
            ("voltage_high", "bus", self.island.buses, buses),
            ("line_loading", "line", self.island.lines, 2 * buses),
            ("transformer_loading", "transformer", self.island.transformers, 2 * buses + lines),
        )
        limit, kind, table, first = next(group for group in reversed(groups) if at >= group[3])
        return PhaseRoom(
            phase=PHASES[phase],
            capacity_kw=kw,
            limit=limit,
            element_kind=kind,
            element_id=int(table.id[at - first]),
            element_name=table.name[at - first],
            bound_phase=PHASES[int(bound)],
            at=step,
            runs=self.runs - before,
        )
