"""
Values against limits, with what was already broken told apart from what the application breaks.

An element fails when it is beyond its limit and either held before or has become worse than before by more than the tolerance
(rules ``worse_voltage_pu``, ``worse_loading``). The margin is the distance to the limit as a fraction of the permitted range:
of the voltage band, or of the permitted loading.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Floats, Ints, Limits, Network
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._facts import Check
from tongdian.kit.refused import N_

EXACT = 1e-9  # differences below this are rounding
NEW = {"site", "cable"}  # elements that the option itself adds
# checks against a lower limit
LOWER = {
    "voltage_min",
    "outage_voltage_min",
    "start_voltage",
    "power_flow",
    "short_circuit",
    "disconnection",
    "grading",
    "phase_voltage_min",
}
SHOWN_BROKEN = 5  # broken elements told per kind, worst first

LABELS = {
    "voltage_min": N_("Lowest voltage"),
    "voltage_max": N_("Highest voltage"),
    "line_loading": N_("Line loading"),
    "transformer_loading": N_("Transformer loading, nameplate"),
    "transformer_planning": N_("Transformer loading, planning margin"),
    "service_drop": N_("Voltage drop along the new cable"),
    "start_voltage": N_("Voltage while the motor starts"),
    "start_dip": N_("Voltage change at other customers while the motor starts"),
    "power_flow": N_("Power flow has a solution"),
    "free_capacity": N_("Free capacity at the connection point"),
    "outage_voltage_min": N_("Lowest voltage with one section out"),
    "outage_voltage_max": N_("Highest voltage with one section out"),
    "outage_line_loading": N_("Line loading with one section out"),
    "outage_transformer_loading": N_("Transformer loading with one section out"),
    "outage_supply": N_("Outages that leave the connection point dark"),
    "short_circuit": N_("Cross-section for the short circuit"),
    "unit_way": N_("Current through the way of the ring-main unit"),
    "switchgear": N_("Short-circuit current at the connection point"),
    "disconnection": N_("Least fault current at the end of the new cable"),
    "breaking_capacity": N_("Breaking capacity at the connection point"),
    "grading": N_("Protection above over the new breaker"),
    "phase_voltage_min": N_("Lowest voltage of a phase"),
    "phase_voltage_max": N_("Highest voltage of a phase"),
    "voltage_unbalance": N_("Voltage unbalance"),
}

Moment = Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extremes:
    """
    The year's extremes per element, and the steps at which they occur. Buses in per unit, loadings as fractions.
    """

    voltage_min: Floats
    voltage_min_step: Ints
    voltage_max: Floats
    voltage_max_step: Ints
    line: Floats
    line_step: Ints
    transformer: Floats
    transformer_step: Ints
    losses_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """
    With which section out each extreme occurs: names per bus (lowest and highest voltage), line and transformer.
    """

    voltage_min: tuple[str, ...]
    voltage_max: tuple[str, ...]
    line: tuple[str, ...]
    transformer: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """
    One kind of check for many elements; ``sign`` is +1 for an upper limit and −1 for a lower one.
    """

    kind: str
    element_kind: str
    ids: Ints
    names: tuple[str, ...]
    after: Floats
    before: Floats
    steps: Ints
    limit: Floats
    span: Floats
    tolerance: float
    unit: str
    sign: int
    always: tuple[int, ...] = ()
    decides: bool = True
    outages: tuple[str, ...] = ()


def _select(column: _Column, moment: Moment) -> list[Check]:
    """
    Return the checks worth telling: the broken ones, the tightest sound one, the worst that was broken before, and the site's.
    """
    if not len(column.after):
        return []
    margin = column.sign * (column.limit - column.after) / column.span
    known = np.isfinite(column.before)
    broken_before = known & (column.sign * (column.limit - np.where(known, column.before, column.limit)) < -EXACT)
    worse = column.sign * (column.after - np.where(known, column.before, column.after))
    passed = (margin >= -EXACT) | (broken_before & (worse <= column.tolerance))
    order = np.argsort(margin, kind="stable")
    chosen = [int(i) for i in order if not passed[i]][:SHOWN_BROKEN]
    chosen += [int(i) for i in order if passed[i] and broken_before[i]][:1]
    chosen += [int(i) for i in order if passed[i] and not broken_before[i]][:1]
    chosen += list(column.always)
    checks = []
    for i in dict.fromkeys(chosen):
        is_site = i in column.always
        step = int(column.steps[i])
        checks.append(
            Check(
                kind=column.kind,
                element_kind={"bus": "site", "line": "cable"}[column.element_kind] if is_site else column.element_kind,
                element_id=None if is_site else int(column.ids[i]),
                element_name=column.names[i],
                value=round(float(column.after[i]), 9),
                before=round(float(column.before[i]), 9) if known[i] else None,
                limit=round(float(column.limit[i]), 9),
                unit=column.unit,
                step=step,
                moment=moment(step),
                passed=bool(passed[i]),
                decides=column.decides,
                broken_before=bool(broken_before[i]),
                margin=round(float(margin[i]), 9),
                outage=column.outages[i] if column.outages else "",
            )
        )
    return checks


def voltage_limits(network: Network, limits: Limits, catalogue: Catalogue) -> tuple[Floats, Floats]:
    """
    Return lowest and highest permitted voltage per bus: the limits given at low voltage, the rules' deviations above it.
    """
    low = network.buses.nominal_kv < LOW_VOLTAGE_KV
    rules = catalogue.rules
    return (
        np.where(low, limits.voltage_min_pu, 1 - rules["customer_voltage_below"]),
        np.where(low, limits.voltage_max_pu, 1 + rules["customer_voltage_above"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    What the checks of a network compare: it has the site as its last bus and the new cable as its last line.

    ``points``: positions of the supply points that were there before, at which voltages count beside the site.
    ``outages``: where these are the extremes over all outages of one section, which one it is.
    """

    network: Network
    points: Ints
    before: Extremes
    after: Extremes
    limits: Limits
    catalogue: Catalogue
    moment: Moment
    outages: Names | None = None

    def kind(self, kind: str) -> str:
        """
        Return the name of a check of this case.
        """
        return f"outage_{kind}" if self.outages else kind


def _padded(column: Floats, size: int) -> Floats:
    return np.append(column, np.full(size - len(column), np.nan))


def _voltage(case: Case, kind: str, sign: int) -> list[Check]:
    network = case.network
    at = np.append(case.points, len(network.buses) - 1)
    limits = voltage_limits(network, case.limits, case.catalogue)
    lower = sign < 0
    after = case.after.voltage_min if lower else case.after.voltage_max
    before = case.before.voltage_min if lower else case.before.voltage_max
    names = (case.outages.voltage_min if lower else case.outages.voltage_max) if case.outages else ()
    column = _Column(
        kind=case.kind(kind),
        element_kind="bus",
        ids=network.buses.id[at],
        names=tuple(network.buses.name[i] for i in at),
        after=after[at],
        before=_padded(before, len(after))[at],
        steps=(case.after.voltage_min_step if lower else case.after.voltage_max_step)[at],
        limit=limits[0 if lower else 1][at],
        span=(limits[1] - limits[0])[at],
        tolerance=case.catalogue.rules["worse_voltage_pu"],
        unit="pu",
        sign=sign,
        always=(len(at) - 1,),
        outages=tuple(names[i] for i in at) if names else (),
    )
    return _select(column, case.moment)


def _loading(case: Case, kind: str, limit: float, *, decides: bool = True) -> list[Check]:
    of_lines = kind == "line_loading"
    table = case.network.lines if of_lines else case.network.transformers
    size = len(table)
    names = (case.outages.line if of_lines else case.outages.transformer) if case.outages else ()
    column = _Column(
        kind=case.kind(kind),
        element_kind="line" if of_lines else "transformer",
        ids=table.id,
        names=table.name,
        after=case.after.line if of_lines else case.after.transformer,
        before=_padded(case.before.line if of_lines else case.before.transformer, size),
        steps=case.after.line_step if of_lines else case.after.transformer_step,
        limit=np.full(size, limit),
        span=np.full(size, limit),
        tolerance=case.catalogue.rules["worse_loading"],
        unit="1",
        sign=1,
        always=(size - 1,) if of_lines else (),
        decides=decides,
        outages=names,
    )
    return _select(column, case.moment)


def network_checks(case: Case) -> tuple[Check, ...]:
    """
    Return the checks of a network: voltages at supply points and at the site, loadings everywhere.
    """
    return (
        *_voltage(case, "voltage_min", -1),
        *_voltage(case, "voltage_max", 1),
        *_loading(case, "line_loading", case.limits.line_loading),
        *_loading(case, "transformer_loading", case.limits.transformer_loading),
        *_loading(case, "transformer_planning", case.catalogue.rules["transformer_planning"], decides=False),
    )


def outage_checks(case: Case) -> tuple[Check, ...]:
    """
    Return the checks of the extremes over all outages of one section; the limits of loading are those of the rules ``outage_…``.
    """
    rules = case.catalogue.rules
    return (
        *_voltage(case, "voltage_min", -1),
        *_voltage(case, "voltage_max", 1),
        *_loading(case, "line_loading", rules["outage_line_loading"]),
        *_loading(case, "transformer_loading", rules["outage_transformer_loading"]),
    )


def single_check(
    kind: str, element: tuple[str, int | None, str], value: float, limit: float, *, sign: int, span: float, **more: object
) -> Check:
    """
    Return one check of a single value; ``more`` gives before, step, moment or unit where they exist.
    """
    margin = sign * (limit - value) / span
    given: dict[str, object] = {"before": None, "step": None, "moment": None, "unit": "1", "broken_before": False, **more}
    return Check(
        kind=kind,
        element_kind=element[0],
        element_id=element[1],
        element_name=element[2],
        value=round(value, 9),
        limit=limit,
        passed=margin >= -EXACT or bool(given["broken_before"]),
        decides=True,
        margin=round(margin, 9),
        **given,  # type: ignore[arg-type]
    )


def is_feasible(checks: tuple[Check, ...]) -> bool:
    """
    Return whether every deciding check passed.
    """
    return all(check.passed for check in checks if check.decides)


def find_binding(checks: tuple[Check, ...]) -> Check:
    """
    Return the worst broken deciding check, or, if none is broken, the tightest deciding one that the application made tighter.

    Broken elements of the existing network go before the site and the new cable, which a stronger cable could cure.
    """
    deciding = [check for check in checks if check.decides]
    failed = [check for check in deciding if not check.passed]
    broken = [check for check in failed if check.element_kind not in NEW] or failed
    sound = [check for check in deciding if check.passed and not check.broken_before]
    tighter = [check for check in sound if _is_tighter(check)]
    return min(broken or tighter or sound or deciding, key=lambda check: check.margin)


def _is_tighter(check: Check) -> bool:
    """
    Return whether the application uses up some of the room; a load never raises the voltage of a site that was not there before.
    """
    if check.before is None:
        return not check.kind.endswith("voltage_max")
    change = check.value - check.before
    return (-change if check.kind in LOWER else change) > EXACT


def fails_at_site_only(checks: tuple[Check, ...]) -> bool:
    """
    Return whether a stronger new cable could help: all that is broken is at the site or the cable itself.
    """
    broken = [check for check in checks if check.decides and not check.passed]
    return bool(broken) and all(check.element_kind in NEW for check in broken)
