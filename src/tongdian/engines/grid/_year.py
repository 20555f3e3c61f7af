"""
What a year of power flow says, and what it breaks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from tongdian.engines.grid._values import Floats, Ints, Limits, Network, Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraLoad:
    """
    A balanced load added to a network at a bus position; ``shape`` [steps] multiplies it, None is flat.
    """

    bus: int
    p_kw: float
    q_kvar: float
    shape: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearResult:
    """
    The extremes of a run over many steps, with the step of each. NaN and −1 at buses without supply.

    Line loading: larger end current / (rated_a · derating · parallel). Transformer loading: larger side's apparent power /
    (rated_kva · parallel).
    """

    voltage_min_pu: Floats
    voltage_min_step: Ints
    voltage_max_pu: Floats
    voltage_max_step: Ints
    line_loading_max: Floats
    line_loading_max_step: Ints
    transformer_loading_max: Floats
    transformer_loading_max_step: Ints
    losses_kwh: float
    steps: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """
    A broken limit. ``kind``: voltage_low, voltage_high, line_loading or transformer_loading; ``excess`` is relative to the limit.
    """

    kind: str
    element_kind: str
    element_id: int
    element_name: str
    value: float
    limit: float
    step: int

    @property
    def excess(self) -> float:
        """
        By how much the limit is broken, as a fraction of it.
        """
        return abs(self.value - self.limit) / self.limit


def violations(network: Network, result: YearResult, limits: Limits) -> tuple[Violation, ...]:
    """
    Return every limit that a run breaks, the worst first.
    """
    return tuple(sorted(_violations(network, result, limits), key=lambda found: -found.excess))


def moment(profiles: Profiles, step: int) -> datetime:
    """
    Return when a step of the year begins.
    """
    return datetime.fromisoformat(profiles.start) + timedelta(minutes=profiles.step_minutes * int(step))


def _violations(network: Network, result: YearResult, limits: Limits) -> Iterator[Violation]:
    buses, lines, transformers = network.buses, network.lines, network.transformers
    loaded = np.zeros(len(buses), dtype=np.bool_)  # voltage limits hold at supply points: where somebody is connected
    loaded[network.loads.bus] = True
    checks = (
        (
            "voltage_low",
            "bus",
            buses,
            result.voltage_min_pu,
            result.voltage_min_step,
            limits.voltage_min_pu,
            loaded & (result.voltage_min_pu < limits.voltage_min_pu),
        ),
        (
            "voltage_high",
            "bus",
            buses,
            result.voltage_max_pu,
            result.voltage_max_step,
            limits.voltage_max_pu,
            loaded & (result.voltage_max_pu > limits.voltage_max_pu),
        ),
        (
            "line_loading",
            "line",
            lines,
            result.line_loading_max,
            result.line_loading_max_step,
            limits.line_loading,
            result.line_loading_max > limits.line_loading,
        ),
        (
            "transformer_loading",
            "transformer",
            transformers,
            result.transformer_loading_max,
            result.transformer_loading_max_step,
            limits.transformer_loading,
            result.transformer_loading_max > limits.transformer_loading,
        ),
    )
    for kind, element_kind, table, values, steps, limit, broken in checks:
        for at in np.flatnonzero(broken):
            yield Violation(
                kind=kind,
                element_kind=element_kind,
                element_id=int(table.id[at]),
                element_name=table.name[at],
                value=float(values[at]),
                limit=limit,
                step=int(steps[at]),
            )
