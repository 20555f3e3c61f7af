"""
Transformers of CIM's distribution profile: ends of their own, or tanks with the tests of their type; taps as they stand.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.cim.cdpsm_lines import Cut, cut_ends
from tongdian.engines.grid._formats.cim.cdpsm_model import End, Model, Thing, in_service
from tongdian.engines.grid._formats.dss_tables import transformer_table
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import Transformers
from tongdian.kit.refused import N_

HOURS = 12
LETTERS = {"D", "Y", "YN", "Z", "ZN", "A"}
THREE = {"ABC", "ABCN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Winding:
    """
    One side: ``z`` in ohms and ``y`` in siemens at this side; ``kind`` is its letter in a vector group.
    """

    end: End
    kva: float
    kv: float
    kind: str
    clock: int
    z: complex = 0j
    y: complex = 0j
    thing: Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """
    The transformers, those open at one end, where they stand, and what their cores take: rows with ``name``, ``bus``, ``y`` and ``alive``.
    """

    table: Transformers
    cuts: list[Cut] = field(default_factory=list)
    ends: list[tuple[Thing, list[End]]] = field(default_factory=list)
    cores: list[dict[str, Any]] = field(default_factory=list)


def read_transformers(model: Model) -> Stations:
    """
    Return the transformers of two windings and three phases.

    :raises UnreadableNetwork: naming what cannot be calculated
    """
    rows: list[dict[str, Any]] = []
    stations = Stations(table=transformer_table(rows))
    for thing in model.of("PowerTransformer"):
        one, other = _windings(model, thing)
        high, low = (one, other) if one.kv >= other.kv else (other, one)
        ends = [one.end, other.end]
        stations.cuts.extend(cut_ends("transformer", thing, ends, len(rows)))
        stations.ends.append((thing, ends))
        alive = in_service(thing) and (one.end.connected or other.end.connected)
        taps = _taps(model, thing, high, low)
        rows.append({**_row(thing, high, low), **taps, "alive": alive})
        if model.by_opendss:  # it tells the core at the first end and calculates with it at the second
            tapped = taps["tap_on_hv"] == (other is high)
            turn = 1 + (taps["tap_position"] - taps["tap_neutral"]) * taps["tap_step"] / 100 if tapped else 1.0
            one, other = replace(one, y=0j), replace(other, y=one.y * (one.kv / other.kv / turn) ** 2)
        stations.cores.extend(_cores(thing, one, other, alive=alive))
    return Stations(table=_table(rows), cuts=stations.cuts, ends=stations.ends, cores=stations.cores)


def _row(thing: Thing, high: Winding, low: Winding) -> dict[str, Any]:
    z = high.z + low.z * (high.kv / low.kv) ** 2  # ohms at the high side
    if z.real < 0 or z.imag < 0 or not z:
        raise UnreadableNetwork(
            N_("The impedance of transformer %(name)s is %(r)s + j%(x)s Ω: zero, or negative in part."), name=thing.name, r=z.real, x=z.imag
        )
    percent = z * high.kva / high.kv**2 / 10
    clock = (low.clock - high.clock) % HOURS
    group = "" if "A" in (high.kind, low.kind) else f"{high.kind}{low.kind.lower()}{clock}"
    return {
        "name": thing.name, "hv": high.end.bus, "lv": low.end.bus, "kva": high.kva, "kv": (high.kv, low.kv),
        "vk": abs(percent), "vkr": percent.real, "shift": 360.0 / HOURS * clock, "group": group,
    }  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> Transformers:
    def whole(name: str) -> Any:  # noqa: ANN401 - an array of whole numbers
        return np.array([row[name] for row in rows], dtype=np.int64)

    columns = {name: getattr(transformer_table(rows), name) for name in Transformers.__dataclass_fields__}
    return Transformers(
        **columns
        | {
            "tap_on_hv": np.array([row["tap_on_hv"] for row in rows], dtype=np.bool_),
            "tap_step_percent": np.array([row["tap_step"] for row in rows], dtype=np.float64),
            **{f"tap_{name}": whole(f"tap_{name}") for name in ("neutral", "min", "max", "position")},
        }
    )


def _taps(model: Model, thing: Thing, high: Winding, low: Winding) -> dict[str, Any]:
    """
    Return the tap columns: the present step, which controls would change.
    """
    found = [(side, one) for side in (high, low) for one in model.pointing("RatioTapChanger.TransformerEnd", side.thing)]
    if len(found) > 1:
        raise UnreadableNetwork(N_("Transformer %(name)s has more than one tap changer, which is not supported."), name=thing.name)
    if not found:
        return {"tap_on_hv": True, "tap_neutral": 0, "tap_min": 0, "tap_max": 0, "tap_position": 0, "tap_step": 0.0}
    ((side, changer),) = found
    return {
        "tap_on_hv": side is high,
        "tap_neutral": changer.whole("TapChanger.neutralStep"),
        "tap_min": changer.whole("TapChanger.lowStep"),
        "tap_max": changer.whole("TapChanger.highStep"),
        "tap_position": changer.whole("TapChanger.step" if changer.has("TapChanger.step") else "TapChanger.normalStep"),
        "tap_step": changer.number("RatioTapChanger.stepVoltageIncrement"),
    }


def _cores(thing: Thing, one: Winding, other: Winding, *, alive: bool) -> list[dict[str, Any]]:
    """
    Return what the core takes, as shunts at the ends where it is told; at the other end where the transformer is cut off there.
    """
    found = []
    for side, away in ((one, other), (other, one)):
        bus, scale = (side.end.bus, 1.0) if side.end.connected else (away.end.bus, (side.kv / away.kv) ** 2)
        if side.y:
            found.append({"name": f"no-load losses of {thing.name}", "bus": bus, "y": side.y * scale, "alive": alive})
    return found


def _windings(model: Model, thing: Thing) -> tuple[Winding, Winding]:
    tanks = model.pointing("TransformerTank.PowerTransformer", thing)
    if len(tanks) > 1:
        raise UnreadableNetwork(
            N_("Transformer %(name)s is a bank of %(count)s tanks, which is not supported. Give it as one of three phases."),
            name=thing.name,
            count=len(tanks),
        )
    owner, reference = (tanks[0], "TransformerTankEnd.TransformerTank") if tanks else (thing, "PowerTransformerEnd.PowerTransformer")
    ends = sorted(model.pointing(reference, owner), key=lambda end: end.whole("TransformerEnd.endNumber"))
    if len(ends) != 2:  # noqa: PLR2004
        raise UnreadableNetwork(N_("Transformer %(name)s has %(count)s windings; two are supported."), name=thing.name, count=len(ends))
    first, second = _of_tank(model, tanks[0], ends) if tanks else (_of_end(model, end) for end in ends)
    if not math.isclose(first.kva, second.kva):
        raise UnreadableNetwork(
            N_("The windings of transformer %(name)s are rated %(one)s and %(other)s kVA. Give both the same rating."),
            name=thing.name,
            one=first.kva,
            other=second.kva,
        )
    return first, second


def _of_end(model: Model, end: Thing) -> Winding:
    kind = "PowerTransformerEnd"
    meshes = model.pointing("TransformerMeshImpedance.FromTransformerEnd", end)
    inwards = model.pointing("TransformerMeshImpedance.ToTransformerEnd", end)
    cores = model.pointing("TransformerCoreAdmittance.TransformerEnd", end)
    if len(meshes) > 1 or len(inwards) > 1 or len(cores) > 1:
        raise end.unusable("TransformerMeshImpedance.FromTransformerEnd" if len(cores) <= 1 else "TransformerCoreAdmittance.TransformerEnd")
    if meshes:  # from this end to the other, at the voltage of this one
        z = complex(meshes[0].number("TransformerMeshImpedance.r"), meshes[0].number("TransformerMeshImpedance.x"))
    else:
        z = 0j if inwards else complex(end.number(f"{kind}.r"), end.number(f"{kind}.x"))
    told = cores[0] if cores else end
    return _winding(model, end, end, kind, z=z, y=_core(told, told.number(f"{told.kind}.g", 0.0), told.number(f"{told.kind}.b", 0.0)))


def _core(told: Thing, g: float, b: float) -> complex:
    """
    Return the admittance of a core, which takes reactive power whichever sign a file gives it.
    """
    if g < 0:
        raise told.unusable(f"{told.kind}.g")
    return complex(g, -abs(b))


def _winding(model: Model, end: Thing, rated: Thing, kind: str, *, z: complex, y: complex) -> Winding:
    letter = rated.values.get(f"{kind}.connectionKind", "").upper()
    if letter not in LETTERS:
        raise rated.unusable(f"{kind}.connectionKind") if letter else rated.lacking(f"{kind}.connectionKind")
    if letter in "YZ" and end.flag("TransformerEnd.grounded", default=False):
        letter += "N"
    return Winding(
        end=model.end(model.needed(end, "TransformerEnd.Terminal")),
        kva=rated.positive(f"{kind}.ratedS") / 1000,
        kv=rated.positive(f"{kind}.ratedU") / 1000,
        kind=letter,
        clock=rated.whole(f"{kind}.phaseAngleClock", 0.0),
        z=z,
        y=y,
        thing=end,
    )


def _of_tank(model: Model, tank: Thing, ends: list[Thing]) -> tuple[Winding, Winding]:
    """
    Return the windings of a tank: impedance by its short-circuit test, core by its no-load test, both at the end that was energised.
    """
    kind = "TransformerEndInfo"
    for end in ends:
        phases = "TransformerTankEnd.orderedPhases" if end.has("TransformerTankEnd.orderedPhases") else "TransformerTankEnd.phases"
        if end.values.get(phases, "") not in THREE or end.flag("TransformerTankEnd.reversed", default=False):
            raise end.unusable(phases) if end.has(phases) else end.lacking(phases)
    direct = model.target(tank, "TransformerTank.TransformerTankInfo")
    if model.by_opendss and not direct:  # as in versions that wrote the reactance where the impedance belongs
        raise UnreadableNetwork(N_("The tank %(name)s was written by an old OpenDSS. Export it by a newer one."), name=tank.name)
    assets = (model.target(one, "Asset.AssetInfo") for one in model.pointing("Asset.PowerSystemResources", tank))
    types = [direct] if direct else [one for one in assets if one is not None and one.kind == "TransformerTankInfo"]
    infos = {one.whole(f"{kind}.endNumber"): one for one in (model.pointing(f"{kind}.TransformerTankInfo", types[0]) if types else ())}
    if len(infos) != len(ends):
        raise UnreadableNetwork(
            N_("The tank %(name)s has no type with values for its windings (TransformerTankInfo with a TransformerEndInfo for each)."),
            name=tank.name,
        )
    found = []
    for end in ends:
        info = infos.get(end.whole("TransformerEnd.endNumber"))
        if info is None:
            raise end.unusable("TransformerEnd.endNumber")
        found.append(_winding(model, end, info, kind, z=_short_circuit(model, info), y=_no_load(model, info)))
    if not any(one.z for one in found):
        raise UnreadableNetwork(N_("The type %(name)s has no short-circuit test."), name=types[0].name)
    return found[0], found[1]


def _short_circuit(model: Model, info: Thing) -> complex:
    tests = model.pointing("ShortCircuitTest.EnergisedEnd", info)
    if len(tests) != 1:
        return 0j
    (test,) = tests
    kva, kv = info.positive("TransformerEndInfo.ratedS") / 1000, info.positive("TransformerEndInfo.ratedU") / 1000
    base = test.number("TransformerTest.basePower", kva * 1000) / 1000
    z, r = test.number("ShortCircuitTest.leakageImpedance"), test.number("ShortCircuitTest.loss", 0.0) * (kv / base) ** 2 * 1000
    if z < r:
        raise test.unusable("ShortCircuitTest.leakageImpedance")
    return complex(r, math.sqrt(z**2 - r**2))


def _no_load(model: Model, info: Thing) -> complex:
    tests = model.pointing("NoLoadTest.EnergisedEnd", info)
    if len(tests) != 1:
        return 0j
    (test,) = tests
    kva = test.number("TransformerTest.basePower", info.number("TransformerEndInfo.ratedS")) / 1000
    kv = test.number("NoLoadTest.energisedEndVoltage", info.number("TransformerEndInfo.ratedU")) / 1000
    loss, current = test.number("NoLoadTest.loss", 0.0), test.number("NoLoadTest.excitingCurrent", 0.0) / 100 * kva
    if loss < 0 or current < loss * (1 - 1e-6):
        raise test.unusable("NoLoadTest.excitingCurrent")
    return complex(loss, -math.sqrt(max(current**2 - loss**2, 0.0))) / kv**2 / 1000
