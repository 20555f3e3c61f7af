"""
What takes and gives power in CIM's distribution profile: consumers, machines, shunts and sources.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tongdian.engines.grid._formats.cim.cdpsm_classes import CONSUMERS, MACHINES
from tongdian.engines.grid._formats.cim.cdpsm_lines import series_impedance
from tongdian.engines.grid._formats.cim.cdpsm_model import THREE_PHASES, End, Model, Thing, in_service
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import ALL_PHASES
from tongdian.kit.refused import N_

ONE_PHASE = frozenset({"A", "B", "C", "AN", "BN", "CN"})
FOLLOWS = ("ConstantImpedance", "ConstantCurrent")
NO_SHAPE = {"", "default", "none"}
HELD = {"", "constantPowerFactor", "constantReactivePower"}
EXPONENTS = ("pVoltageExponent", "qVoltageExponent")
EQUAL = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Injections:
    """
    Rows of consumers or machines as :func:`power_columns` takes them, and where they stand.
    """

    rows: list[dict[str, Any]]
    ends: list[tuple[Thing, list[End]]]


def read_consumers(model: Model) -> Injections:
    """
    Return the consumers of constant power; one row for each phase where their phases differ.

    :raises UnreadableNetwork: if one changes with the voltage, or stands between phases
    """
    found = Injections(rows=[], ends=[])
    for thing in model.of(*CONSUMERS):
        _refuse_response(model, thing)
        p, q = ("EnergyConsumer." + (f"{one}fixed" if _fixed(thing, one) else one) for one in "pq")
        parts = model.pointing("EnergyConsumerPhase.EnergyConsumer", thing)
        if parts and thing.values.get("EnergyConsumer.phaseConnection") == "D":
            raise thing.unusable("EnergyConsumer.phaseConnection")
        _add(model, found, thing, complex(thing.number(p), thing.number(q, 0.0)), parts)
    return found


def read_machines(model: Model) -> Injections:
    """
    Return the machines and inverters with what they give at the state of the file.

    CIM counts what flows out of the bus; OpenDSS writes what is given.

    :raises UnreadableNetwork: if one holds a voltage
    """
    found = Injections(rows=[], ends=[])
    for thing in model.of(*MACHINES):
        p, q = (f"{thing.kind}.{one}" if thing.has(f"{thing.kind}.{one}") else f"RotatingMachine.{one}" for one in "pq")
        if thing.kind == "PowerElectronicsConnection":
            p, q = f"{thing.kind}.p", f"{thing.kind}.q"
            if thing.values.get(f"{thing.kind}.controlMode", "") not in HELD:
                raise thing.unusable(f"{thing.kind}.controlMode")
        parts = model.pointing(f"{thing.kind}Phase.{thing.kind}", thing)
        _add(model, found, thing, complex(thing.number(p), thing.number(q, 0.0)), parts)
    for row in found.rows if not model.by_opendss else ():
        row |= {"p": -row["p"], "q": -row["q"]}
    return found


def read_shunts(model: Model) -> Injections:
    """
    Return the shunts at the sections that are switched on: rows with ``name``, ``bus``, ``y`` in siemens and ``alive``.

    :raises UnreadableNetwork: if a control switches one
    """
    for control in model.of("RegulatingControl"):
        if control.flag("RegulatingControl.enabled", default=True):
            raise UnreadableNetwork(
                N_("The control %(name)s changes the network by itself, which is not supported. Disable it, or leave it out."),
                name=control.name,
            )
    found = Injections(rows=[], ends=[])
    for thing in model.of("LinearShuntCompensator"):
        state = "ShuntCompensator.sections" if thing.has("ShuntCompensator.sections") else "ShuntCompensator.normalSections"
        sections = thing.number(state)
        y = complex(thing.number("LinearShuntCompensator.gPerSection", 0.0), thing.number("LinearShuntCompensator.bPerSection"))
        _shunt(model, found, thing, sections * y)
    for thing in model.of("SeriesCompensator"):
        if len(model.pointing("Terminal.ConductingEquipment", thing)) == 1:  # how OpenDSS writes a reactor to earth
            if not model.by_opendss:
                model.ends(thing, 2)  # is refused
            z = series_impedance(thing)
            if not z:
                raise thing.unusable("SeriesCompensator.x")
            _shunt(model, found, thing, 1 / z)
    return found


def read_sources(model: Model) -> Injections:
    """
    Return the sources: rows with ``name``, ``bus``, ``kv``, ``angle`` in degrees, ``r`` and ``x`` in ohms and ``alive``.

    :raises UnreadableNetwork: if a voltage or a part of an impedance is missing, or there is no source at all
    """
    found = Injections(rows=[], ends=[])
    for thing in model.of("EnergySource"):
        (end,) = ends = model.ends(thing, 1)
        told = thing.has("EnergySource.r") or thing.has("EnergySource.x")
        r, x = (thing.number(f"EnergySource.{one}", None if told else 0.0) for one in "rx")
        if r < 0 or x < 0:
            raise thing.unusable("EnergySource.r" if r < 0 else "EnergySource.x")
        found.rows.append(
            {
                "name": thing.name,
                "bus": end.bus,
                "kv": thing.positive("EnergySource.voltageMagnitude") / 1000,
                "angle": math.degrees(thing.number("EnergySource.voltageAngle", 0.0)),
                "r": r,
                "x": x,
                "alive": in_service(thing) and end.connected,
            }
        )
        found.ends.append((thing, ends))
    if not found.rows:
        raise UnreadableNetwork(N_("The model has no EnergySource. Give it one where the grid above feeds it."))
    return found


def _shunt(model: Model, found: Injections, thing: Thing, y: complex) -> None:
    (end,) = ends = model.ends(thing, 1)
    found.rows.append({"name": thing.name, "bus": end.bus, "y": y, "alive": in_service(thing) and end.connected})
    found.ends.append((thing, ends))


def _add(model: Model, found: Injections, thing: Thing, whole: complex, parts: Sequence[Thing]) -> None:
    terminals = model.pointing("Terminal.ConductingEquipment", thing)
    ends = [model.end(one, THREE_PHASES | ONE_PHASE) for one in terminals] if len(terminals) == 1 else model.ends(thing, 1)
    letters = ends[0].terminal.values.get("Terminal.phases", "")
    row = {"name": thing.name, "bus": ends[0].bus, "alive": in_service(thing) and ends[0].connected, "shape": _shape(model, thing)}
    phases = {letters.removesuffix("N") if letters in ONE_PHASE else ALL_PHASES: whole}
    if parts:
        phases = _phases(parts, whole)
    for phase, power in phases.items():
        suffix = "" if len(phases) == 1 else f" ({phase})"
        found.rows.append({**row, "name": thing.name + suffix, "p": power.real / 1000, "q": power.imag / 1000, "phases": phase})
    found.ends.append((thing, ends))


def _fixed(thing: Thing, part: str) -> bool:
    return thing.has(f"EnergyConsumer.{part}fixed") and not thing.has(f"EnergyConsumer.{part}")


def _shape(model: Model, thing: Thing) -> str:
    """
    Return the name of the yearly or else daily shape that OpenDSS gave it; the shape itself is not in the file.
    """
    for one in model.pointing("EnergyConnectionProfile.EnergyConnections", thing):
        names = (one.values.get(f"EnergyConnectionProfile.dss{when}", "").lower() for when in ("Yearly", "Daily"))
        return next((name for name in names if name not in NO_SHAPE), "")
    return ""


def _phases(parts: Sequence[Thing], whole: complex) -> dict[str, complex]:
    """
    Return the power of every phase, or of all three at once where they are alike; a part without a power has its share of the whole.
    """
    share, found = whole / len(parts), dict[str, complex]()
    for part in parts:
        phase = part.values.get(f"{part.kind}.phase", "")
        if phase not in ALL_PHASES or len(phase) != 1 or phase in found:
            raise part.unusable(f"{part.kind}.phase")
        p, q = (part.number(f"{part.kind}.{one}", math.nan) for one in "pq")
        found[phase] = complex(share.real if math.isnan(p) else p, share.imag if math.isnan(q) else q)
    alike = all(cmath.isclose(one, next(iter(found.values())), rel_tol=EQUAL) for one in found.values())
    return {ALL_PHASES: sum(found.values())} if alike and len(found) == len(ALL_PHASES) else found


def _refuse_response(model: Model, thing: Thing) -> None:
    response = model.target(thing, "EnergyConsumer.LoadResponse")
    if response is None:
        return
    by_exponent = response.flag("LoadResponseCharacteristic.exponentModel", default=False)
    names = EXPONENTS if by_exponent else tuple(part + how for part in "pq" for how in FOLLOWS)
    for name in names:
        if response.number(f"LoadResponseCharacteristic.{name}", 0.0):
            raise UnreadableNetwork(
                N_("The consumer %(name)s changes with the voltage (%(response)s), which is not supported. Give it constant power."),
                name=thing.name,
                response=response.name,
            )
