"""
Single-phase loads: the phase that suits best, and the unbalanced network at the weakest moments.

Devices go to the phases in turn, beginning with each phase once; the unbalanced power flow (four-wire lines by their sequence impedances,
power-grid-model)
tells the lowest and highest voltage of a phase to neutral at supply points and the voltage unbalance |U2| / |U1| there. The phase that
leaves the highest
lowest voltage is chosen.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Ints, Network
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._checks import Extremes, single_check
from tongdian.engines.supply._demand import SINGLE, THREE, Request
from tongdian.engines.supply._facts import Balance, Check
from tongdian.engines.supply._study import Island, Study

PHASES = ("L1", "L2", "L3")
METHOD = "power-grid-model, unbalanced"
WEAKEST = 4  # supply points whose weakest moments are looked at beside the site's
ALIKE_PU = 1e-6
_ALPHA = np.exp(2j * math.pi / 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbalanced:
    """
    The best phase with its checks.
    """

    balance: Balance
    checks: tuple[Check, ...]


def phase_powers(request: Request, first: int, catalogue: Catalogue) -> tuple[list[float], list[float]]:
    """
    Return kW and kvar of the three phases when the first single-phase device goes to a phase (0 to 2), all coincident.
    """
    counts: dict[str, int] = {}
    for device in request.application.devices:
        counts[device.kind] = counts.get(device.kind, 0) + device.count
    p, q = [0.0] * THREE, [0.0] * THREE
    turn = first
    for device in request.application.devices:
        factor = device.power_factor or catalogue.devices[device.kind].power_factor
        kw = device.kw * catalogue.simultaneity(device.kind, counts[device.kind]).factor
        shares = [device.count / THREE] * THREE
        if device.phases == SINGLE:
            shares = [float(sum((turn + one) % THREE == phase for one in range(device.count))) for phase in range(THREE)]
            turn += device.count
        for phase, share in enumerate(shares):
            p[phase] += kw * share
            q[phase] += kw * share * math.tan(math.acos(factor))
    return p, q


def look_at_phases(request: Request, study: Study, island: Island, network: Network, *, year: Extremes, catalogue: Catalogue) -> Unbalanced:
    """
    Return the best phase at the weakest moments of a year with the site (last bus; the new cable is the last line).
    """
    site = len(network.buses) - 1
    lines = network.lines
    r, x = lines.r_ohm_per_km.copy(), lines.x_ohm_per_km.copy()
    r[-1], x[-1] = r[-1] / request.return_factor, x[-1] / request.return_factor  # the neutral is in the zero sequence here
    wired = replace(network, lines=replace(lines, r_ohm_per_km=r, x_ohm_per_km=x))
    points = np.append(island.points, site)
    steps = _weakest(points, year, site)
    wired, few = _cut(wired, steps)
    found = []
    for first in range(THREE):
        voltages = grid.solve_phases(
            wired,
            ((site, *phase_powers(request, first, catalogue)),),
            extra=island.reserved,
            steps=few,
            zero_sequence_factor=catalogue.rules["line_zero_sequence_factor"],
        )[:, points]
        sizes = np.abs(voltages)
        u1 = np.abs(voltages @ np.array([1, _ALPHA, _ALPHA**2])) / THREE
        u2 = np.abs(voltages @ np.array([1, _ALPHA**2, _ALPHA])) / THREE
        found.append((sizes, u2 / u1))
    lows = [float(sizes.min()) for sizes, _ in found]
    best = next(at for at, low in enumerate(lows) if low >= max(lows) - ALIKE_PU)
    sizes, unbalance = found[best]
    weakest = int(steps[np.unravel_index(int(sizes.argmin()), sizes.shape)[0]])
    balance = Balance(
        phase=PHASES[best],
        voltage_min_pu=tuple(round(low, 9) for low in lows),
        unbalance_max=tuple(round(float(each.max()), 9) for _, each in found),
        moment=study.moment(weakest),
        steps=len(steps),
        method=METHOD,
    )
    return Unbalanced(balance=balance, checks=_checks(network, points, (sizes, unbalance), (steps, study), catalogue))


def _weakest(points: Ints, year: Extremes, site: int) -> Ints:
    order = points[np.argsort(year.voltage_min[points], kind="stable")[:WEAKEST]]
    told = [year.voltage_min_step[site], year.voltage_max_step[site], *year.voltage_min_step[order].tolist()]
    return np.unique(np.array([step for step in told if step >= 0], dtype=np.int64))


def _cut(network: Network, steps: Ints) -> tuple[Network, Ints]:
    profiles = network.profiles
    assert profiles is not None
    year = replace(profiles, p=np.ascontiguousarray(profiles.p[:, steps]), q=np.ascontiguousarray(profiles.q[:, steps]))
    return replace(network, profiles=year), np.arange(len(steps), dtype=np.int64)


def _checks(
    network: Network, points: Ints, found: tuple[grid.Floats, grid.Floats], when: tuple[Ints, Study], catalogue: Catalogue
) -> tuple[Check, ...]:
    rules, (sizes, unbalance), (steps, study) = catalogue.rules, found, when
    site = len(network.buses) - 1
    base_kv = float(network.buses.nominal_kv[-1])
    ratio = rules["customer_nominal_kv"] / base_kv
    low, high = round(ratio * (1 - rules["phase_voltage_below"]), 9), round(ratio * (1 + rules["phase_voltage_above"]), 9)
    span = high - low
    checks = []
    for kind, values, limit, sign, width, unit in (
        ("phase_voltage_min", sizes.min(axis=2), low, -1, span, "pu"),
        ("phase_voltage_max", -sizes.max(axis=2), high, 1, span, "pu"),
        ("voltage_unbalance", -unbalance, rules["unbalance_max"], 1, rules["unbalance_max"], "1"),
    ):
        at, point = (int(each) for each in np.unravel_index(int(values.argmin()), values.shape))
        bus = int(points[point])
        element = ("site", None, network.buses.name[bus]) if bus == site else ("bus", int(network.buses.id[bus]), network.buses.name[bus])
        value = abs(float(values[at, point]))
        step = int(steps[at])
        checks.append(single_check(kind, element, value, limit, sign=sign, span=width, unit=unit, step=step, moment=study.moment(step)))
    return tuple(checks)
