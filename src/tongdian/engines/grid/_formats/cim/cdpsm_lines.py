"""
Lines, series reactors and switches of CIM's distribution profile, and their ratings.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tongdian.engines.grid._formats.cim.cdpsm_classes import SWITCHES
from tongdian.engines.grid._formats.cim.cdpsm_model import End, Model, Thing, in_service
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import ALL_PHASES
from tongdian.kit.refused import N_

A_KILOMETRE = 1000.0  # of lines whose length is unknown: their impedance is told as a whole
PERMANENT_SECONDS = 1e8  # a limit that may last for years
SAME = 1e-6
LOST_FACTOR = 1e9  # OpenDSS takes the capacitance, which it holds in farads, for nanofarads when it writes CIM
MOST_SURGE_OHM = 2e4  # real lines have a surge impedance of 10 to 1,000 Ω; what OpenDSS writes, has 30,000 times as much
THREE_WIRES = {frozenset("ABC"), frozenset("ABCN")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """
    A branch of a kind (``line`` or ``transformer``) that is open at one of its ends: its row and the bus it is cut from.
    """

    kind: str
    element: int
    bus: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """
    Rows of branches, one dict each as :func:`line_table` takes them, those of them that are open at one end, and all their ends.
    """

    rows: list[dict[str, Any]]
    cuts: list[Cut]
    ends: list[tuple[Thing, list[End]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMetre:
    """
    Impedance and admittance of a metre of line (or of a whole line): positive sequence, then zero sequence, NaN where unknown.
    """

    r: float
    x: float
    b: float
    g: float = 0.0
    r0: float = math.nan
    x0: float = math.nan
    b0: float = math.nan


def read_lines(model: Model, frequency_hz: float) -> Branches:
    """
    Return the lines and the reactors in series.

    :raises UnreadableNetwork: naming what cannot be calculated, as the phases of a line
    """
    known = cache(lambda identifier: _per_metre(model, model.things[identifier]))
    found = Branches(rows=[], cuts=[], ends=[])
    for thing in model.of("ACLineSegment"):
        _refuse_phases(model, thing)
        own = thing.has("ACLineSegment.r") or not thing.has("ACLineSegment.PerLengthImpedance")
        code = None if own else model.needed(thing, "ACLineSegment.PerLengthImpedance")
        values = _sequences(thing) if code is None else known(code.id)
        metres = thing.number("Conductor.length", 0.0) if own else thing.number("Conductor.length")
        if own and (metres <= 0 or (model.by_opendss and metres == 1)):
            metres = A_KILOMETRE  # OpenDSS writes 1 m where it does not know
        metres_told = metres if own else 1.0
        row = _row(model, thing, values, kilometres=metres_told / 1000, frequency_hz=frequency_hz)
        _add(model, found, thing, row | {"code": "" if code is None else code.name, "m": metres})
    for thing in model.of("SeriesCompensator"):
        if len(model.pointing("Terminal.ConductingEquipment", thing)) != 1:
            row = _row(model, thing, _series(thing), kilometres=1.0, frequency_hz=frequency_hz)
            _add(model, found, thing, row | {"code": "", "m": A_KILOMETRE})
    return found


def read_switches(model: Model) -> Branches:
    """
    Return the switches between two buses: rows with ``name``, ``bus``, ``other`` and ``closed``.

    :raises UnreadableNetwork: if a state is missing, or phases are switched apart
    """
    found = Branches(rows=[], cuts=[], ends=[])
    for thing in model.of(*SWITCHES):
        one, other = ends = model.ends(thing, 2)
        state = "Switch.open" if thing.has("Switch.open") else "Switch.normalOpen"
        if not thing.has(state):
            raise thing.lacking(state)
        closed = not thing.flag(state, default=True) and in_service(thing) and one.connected and other.connected
        found.rows.append({"name": thing.name, "bus": one.bus, "other": other.bus, "closed": closed})
        found.ends.append((thing, ends))
    return found


def series_impedance(thing: Thing) -> complex:
    """
    Return the impedance of a reactor in series in ohms.

    :raises UnreadableNetwork: if it is told in part only
    """
    values = _series(thing)
    return complex(values.r, values.x)


def cut_ends(kind: str, thing: Thing, ends: Sequence[End], row: int) -> list[Cut]:
    """
    Return where a branch is open, if it is so at one of its two ends.
    """
    at = [end.bus for end in ends if not end.connected]
    return [Cut(kind=kind, element=row, bus=at[0], name=thing.name)] if len(at) == 1 else []


def _add(model: Model, found: Branches, thing: Thing, row: dict[str, Any]) -> None:
    one, other = ends = model.ends(thing, 2)
    found.cuts.extend(cut_ends("line", thing, ends, len(found.rows)))
    alive = in_service(thing) and (one.connected or other.connected)
    found.rows.append({**row, "from": one.bus, "to": other.bus, "alive": alive, "amps": _rating(model, thing, ends)})
    found.ends.append((thing, ends))


def _row(model: Model, thing: Thing, values: PerMetre, *, kilometres: float, frequency_hz: float) -> dict[str, Any]:
    omega = 2 * math.pi * frequency_hz
    lost = model.by_opendss and 0 < values.b < math.hypot(values.r, values.x) / MOST_SURGE_OHM**2
    scale = LOST_FACTOR if lost else 1.0
    return {
        "name": thing.name,
        "phases": ALL_PHASES,
        "r1": values.r / kilometres,
        "x1": values.x / kilometres,
        "c1": values.b * scale / omega * 1e9 / kilometres,
        "g": values.g * 1e6 / kilometres,
        "r0": values.r0 / kilometres,
        "x0": values.x0 / kilometres,
        "c0": values.b0 * scale / omega * 1e9 / kilometres,
    }


def _refuse_phases(model: Model, thing: Thing) -> None:
    phases = model.pointing("ACLineSegmentPhase.ACLineSegment", thing)
    letters = frozenset(one.values.get("ACLineSegmentPhase.phase", "?") for one in phases)
    if phases and letters not in THREE_WIRES:
        raise UnreadableNetwork(
            N_("The line %(name)s has the phases %(phases)s. Lines with fewer than three phases are not supported: leave them out."),
            name=thing.name,
            phases=", ".join(sorted(letters)),
        )


def _sequences(thing: Thing) -> PerMetre:
    kind = thing.kind
    return PerMetre(
        r=thing.number(f"{kind}.r"),
        x=thing.number(f"{kind}.x"),
        b=thing.number(f"{kind}.bch", 0.0),
        g=thing.number(f"{kind}.gch", 0.0),
        r0=thing.number(f"{kind}.r0", math.nan),
        x0=thing.number(f"{kind}.x0", math.nan),
        b0=thing.number(f"{kind}.b0ch", math.nan),
    )


def _series(thing: Thing) -> PerMetre:
    return PerMetre(
        r=thing.number("SeriesCompensator.r"),
        x=thing.number("SeriesCompensator.x"),
        b=0.0,
        r0=thing.number("SeriesCompensator.r0", math.nan),
        x0=thing.number("SeriesCompensator.x0", math.nan),
        b0=0.0,
    )


def _per_metre(model: Model, code: Thing) -> PerMetre:
    if code.kind == "PerLengthSequenceImpedance":
        return _sequences(code)
    if code.kind != "PerLengthPhaseImpedance":
        raise UnreadableNetwork(
            N_("The %(kind)s %(id)s is no impedance by length. Give lines one by sequences or by phases."), kind=code.kind, id=code.name
        )
    if model.by_opendss and code.name.endswith("_PUZ"):
        raise UnreadableNetwork(
            N_("OpenDSS wrote the matrix of line %(name)s without its unit of length. Give the line a LineCode, and export again."),
            name=code.name.removesuffix("_PUZ"),
        )
    z: dict[tuple[int, int], complex] = {}
    y: dict[tuple[int, int], complex] = {}
    for cell in model.pointing("PhaseImpedanceData.PhaseImpedance", code):
        place = cell.whole("PhaseImpedanceData.row"), cell.whole("PhaseImpedanceData.column")
        for at in (place, place[::-1]):  # symmetric: one triangle is told
            z[at] = complex(cell.number("PhaseImpedanceData.r"), cell.number("PhaseImpedanceData.x"))
            y[at] = complex(cell.number("PhaseImpedanceData.g", 0.0), cell.number("PhaseImpedanceData.b", 0.0))
    if set(z) != {(row, column) for row in (1, 2, 3) for column in (1, 2, 3)}:
        raise _unbalanced(code)
    own_z, mutual_z = _balanced(code, z)
    own_y, mutual_y = _balanced(code, y)
    (z1, z0), (y1, y0) = ((own - mutual, own + 2 * mutual) for own, mutual in ((own_z, mutual_z), (own_y, mutual_y)))
    return PerMetre(r=z1.real, x=z1.imag, b=y1.imag, g=y1.real, r0=z0.real, x0=z0.imag, b0=y0.imag)


def _balanced(code: Thing, matrix: dict[tuple[int, int], complex]) -> tuple[complex, complex]:
    """
    Return the value of a matrix on its diagonal and beside it.
    """
    own = [matrix[at, at] for at in (1, 2, 3)]
    mutual = [matrix[1, 2], matrix[1, 3], matrix[2, 3]]
    if not all(cmath.isclose(one, group[0], rel_tol=SAME) for group in (own, mutual) for one in group):
        raise _unbalanced(code)
    return own[0], mutual[0]


def _unbalanced(code: Thing) -> UnreadableNetwork:
    return UnreadableNetwork(
        N_("The phases of the line code %(name)s are not alike, or not three. Give lines with it by sequences (transposed)."),
        name=code.name,
    )


def _rating(model: Model, thing: Thing, ends: Sequence[End]) -> float:
    """
    Return the least permanent limit of the current; infinite where there is none.
    """
    sets = list(model.pointing("OperationalLimitSet.Equipment", thing))
    for end in ends:
        sets.extend(model.pointing("OperationalLimitSet.Terminal", end.terminal))
        referred = model.target(end.terminal, "ACDCTerminal.OperationalLimitSet")
        sets.extend([] if referred is None else [referred])
    limits = [
        limit for one in sets for limit in model.pointing("OperationalLimit.OperationalLimitSet", one) if limit.kind == "CurrentLimit"
    ]
    return min((_ampere(limit) for limit in limits if _permanent(model, limit)), default=math.inf)


def _ampere(limit: Thing) -> float:
    return limit.positive("CurrentLimit.value" if limit.has("CurrentLimit.value") else "CurrentLimit.normalValue")


def _permanent(model: Model, limit: Thing) -> bool:
    kind = model.target(limit, "OperationalLimit.OperationalLimitType")
    if kind is None:
        return True
    lasting = kind.flag("OperationalLimitType.isInfiniteDuration", default=False)
    return lasting or kind.number("OperationalLimitType.acceptableDuration", math.inf) >= PERMANENT_SECONDS
