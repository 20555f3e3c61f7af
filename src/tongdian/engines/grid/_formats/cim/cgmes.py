"""
Reading CIM (CGMES 2.4.15 and 3.0): the balanced model of lines, two-winding transformers, loads, generators, shunts and switches.

Every connectivity node is a bus. A machine that holds the voltage of its own bus is a source, one in an island; others give what they are
set to. A transformer's magnetising admittance stands half at either side, as everywhere here; its impedance is that of its present tap.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.cim.cgmes_library import gather_cim, load_cim
from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork
from tongdian.engines.grid._topology import island_labels
from tongdian.engines.grid._values import (
    Bools,
    Buses,
    Floats,
    Generators,
    Ints,
    Lines,
    Loads,
    Network,
    Shunts,
    Sources,
    Switches,
    Transformers,
)
from tongdian.kit.refused import N_

NUMBER = rb"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
RESPONDING = re.compile(rb"<\w+:LoadResponseCharacteristic\.[pq](?:VoltageExponent|ConstantImpedance|ConstantCurrent)>" + NUMBER)
PERMANENT, CURRENT = "permanent_limit", "CURRENT"
SAME = 1e-9
TURN_TOLERANCE, WHOLE_TOLERANCE = 1e-7, 1e-4

Place = Mapping[Any, int]


def read_cim(document: Path | bytes, *, source: str = "", frequency_hz: float = 50.0) -> Network:
    """
    Read a model of CIM: a folder or archive of its profiles (EQ and SSH at least, with the boundary's where it has one).

    Lines come without a length: a kilometre each. Names of loads and generators are those of their profiles. Identifiers are new.

    :raises UnreadableNetwork: if it is no such model, or has elements or values that cannot be calculated
    :raises NoCimLibrary: if the library that reads CIM is not installed
    """
    archive = gather_cim(document)
    if archive is None:
        raise UnreadableNetwork(N_("There are no CIM profiles here: XML files of CGMES 2.4.15 or 3.0, in a folder or a zip archive."))
    for found in RESPONDING.finditer(archive):
        if float(found.group(1)):
            raise UnreadableNetwork(
                N_("Loads of this model change with the voltage, which is not supported. Give loads of constant power.")
            )
    tables = load_cim(archive)
    buses, levels = tables["bus"], tables["voltage level"]
    if not len(buses):
        raise UnreadableNetwork(N_("The document has no buses."))
    position = {one: at for at, one in enumerate(buses.ids)}
    nominal = dict(zip(levels.ids, levels.numbers("nominal_v").tolist(), strict=True))
    kv = np.array([nominal[one] for one in buses.cells("voltage_level_id")])
    lines, open_lines = _lines(tables["line"], tables["limit"], position, kv, frequency_hz)
    transformers, open_transformers = _transformers(tables, position)
    generators, sources = _machines(tables["generator"], position, kv)
    network = Network(
        buses=Buses(
            id=np.arange(len(buses)),
            name=buses.names(),
            nominal_kv=kv,
            lon=np.full(len(buses), np.nan),
            lat=np.full(len(buses), np.nan),
            in_service=np.ones(len(buses), dtype=np.bool_),
        ),
        lines=lines,
        transformers=transformers,
        switches=_switches(tables["switch"], position, open_lines, open_transformers),
        loads=_loads(tables["load"], position),
        generators=generators,
        shunts=_shunts(tables["shunt"], position, kv),
        sources=sources,
        frequency_hz=frequency_hz,
        source=source,
    )
    _refuse_second_sources(network)
    return network


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenEnds:
    """
    Branches of a kind that are connected at one end only: their positions and the buses they are cut from.
    """

    kind: str
    element: Ints
    bus: Ints


def _ends(rows: Frame, kind: str, position: Place) -> tuple[Ints, Ints, Bools, _OpenEnds]:
    """
    Return the buses of both ends, which branches are in service, and which of them are open at one end.
    """
    one, other = (rows.places(f"bus_breaker_bus{side}_id", position) for side in (1, 2))
    first, second = rows.flags("connected1"), rows.flags("connected2")
    at = np.flatnonzero(first != second)
    return one, other, first | second, _OpenEnds(kind=kind, element=at, bus=np.where(first, other, one)[at])


def _lines(rows: Frame, limits: Frame, position: Place, kv: Floats, frequency_hz: float) -> tuple[Lines, _OpenEnds]:
    count, omega = len(rows), 2 * math.pi * frequency_hz
    one, other, alive, open_ends = _ends(rows, "line", position)
    if (unequal := kv[one] != kv[other]).any():
        at = int(np.flatnonzero(unequal)[0])
        text = N_("The line %(name)s joins %(one)s and %(other)s kV. Make it a transformer, or give both ends the same nominal voltage.")
        raise UnreadableNetwork(text, name=rows.names()[at], one=float(kv[one[at]]), other=float(kv[other[at]]))
    g, b = ((rows.numbers(f"{name}1"), rows.numbers(f"{name}2")) for name in ("g", "b"))
    for name, (first, second) in (("g2", g), ("b2", b)):
        if (unequal := np.abs(first - second) > SAME * np.maximum(np.abs(first), np.abs(second))).any():
            raise rows.unusable(name, int(np.flatnonzero(unequal)[0]))  # the ends of a line are alike here
    rated = dict.fromkeys(rows.ids, math.inf)
    cells = (limits.cells(name) for name in ("name", "type", "value"))
    for element, name, kind, value in zip(limits.ids, *cells, strict=True):
        if element in rated and name == PERMANENT and kind == CURRENT:
            rated[element] = min(rated[element], float(value))
    return Lines(
        id=np.arange(count),
        name=rows.names(),
        type_name=("",) * count,
        from_bus=one,
        to_bus=other,
        length_m=np.full(count, 1000.0),
        r_ohm_per_km=rows.numbers("r"),
        x_ohm_per_km=rows.numbers("x"),
        c_nf_per_km=2 * b[0] / omega * 1e9,
        g_us_per_km=2 * g[0] * 1e6,
        rated_a=np.array(list(rated.values()), dtype=np.float64),
        derating=np.ones(count),
        parallel=np.ones(count, dtype=np.int64),
        in_service=alive,
        path=(None,) * count,
    ), open_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taps:
    """
    The taps of a transformer: ``turn`` is the present one's, 1 + (position − neutral) · step.
    """

    on_first: bool = True
    position: int = 0
    neutral: int = 0
    least: int = 0
    most: int = 0
    step: float = 0.0

    @property
    def turn(self) -> float:
        return 1 + (self.position - self.neutral) * self.step


def _taps(tables: Mapping[str, Frame]) -> dict[Any, _Taps]:
    """
    Return the taps of every transformer that has some.

    :raises UnreadableNetwork: if the steps of a tap changer are unequal
    """
    steps: dict[Any, dict[int, float]] = {}
    rows, changers = tables["tap"], tables["tap changer"]
    for one, at, rho in zip(rows.ids, rows.whole("position").tolist(), rows.numbers("rho").tolist(), strict=True):
        steps.setdefault(one, {})[at] = rho
    found = {}
    for row, (one, present) in enumerate(zip(changers.ids, changers.whole("tap").tolist(), strict=True)):
        positions = np.array(sorted(steps[one]))
        rho = np.array([steps[one][int(at)] for at in positions])
        fitting = [
            taps for on_first, turns in ((True, 1 / rho), (False, rho)) if (taps := _even(positions, turns, present, on_first=on_first))
        ]
        if not fitting:
            raise changers.unusable("steps", row)
        found[one] = fitting[0]
    return found


def _even(positions: Ints, turns: Floats, present: int, *, on_first: bool) -> _Taps | None:
    """
    Return taps whose turns are 1 at a whole position and change by equal steps, None if they do not.
    """
    step = (turns[-1] - turns[0]) / max(positions[-1] - positions[0], 1)
    neutral = positions[0] - (turns[0] - 1) / step if step else float(present)
    if abs(neutral - round(neutral)) > WHOLE_TOLERANCE or np.abs(1 + (positions - round(neutral)) * step - turns).max() > TURN_TOLERANCE:
        return None
    least, most = int(positions[0]), int(positions[-1])
    return _Taps(on_first=on_first, position=present, neutral=round(neutral), least=least, most=most, step=float(step))


def _transformers(tables: Mapping[str, Frame], position: Place) -> tuple[Transformers, _OpenEnds]:
    rows = tables["transformer"]
    one, other, alive, open_ends = _ends(rows, "transformer", position)
    known = _taps(tables)
    taps = [known.get(identifier, _Taps()) for identifier in rows.ids]
    u1, u2, mva, rho = (rows.numbers(name) for name in ("rated_u1", "rated_u2", "rated_s", "rho"))
    high_first = u1 >= u2
    z = rows.numbers("r_at_current_tap") + 1j * rows.numbers("x_at_current_tap")  # seen from the second side
    y = rows.numbers("g_at_current_tap") + 1j * rows.numbers("b_at_current_tap")
    for name, wrong in (("rated_s", mva <= 0), ("r", z.real < 0), ("x", z.imag < 0), ("g", y.real < 0), ("b", y.imag > 0)):
        if wrong.any():
            raise rows.unusable(name, int(np.flatnonzero(wrong)[0]))
    z, y = np.where(high_first, z, z / rho**2), np.where(high_first, y, y * rho**2)
    on_high = np.array([own.on_first for own in taps], dtype=np.bool_) == high_first
    hv_kv, lv_kv = np.where(high_first, u1, u2), np.where(high_first, u2, u1)
    wound = lv_kv * np.where(on_high, 1.0, [own.turn for own in taps])
    column = {name: np.array([getattr(own, name) for own in taps], dtype=np.int64) for name in ("neutral", "least", "most", "position")}
    return Transformers(
        id=np.arange(len(rows)),
        name=rows.names(),
        type_name=("",) * len(rows),
        hv_bus=np.where(high_first, one, other),
        lv_bus=np.where(high_first, other, one),
        rated_kva=mva * 1000,
        rated_hv_kv=hv_kv,
        rated_lv_kv=lv_kv,
        vk_percent=np.abs(z) * mva / wound**2 * 100,
        vkr_percent=z.real * mva / wound**2 * 100,
        iron_loss_kw=y.real * wound**2 * 1000,
        no_load_percent=np.abs(y) * wound**2 / mva * 100,
        shift_degree=np.zeros(len(rows)),
        tap_on_hv=on_high,
        tap_neutral=column["neutral"],
        tap_min=column["least"],
        tap_max=column["most"],
        tap_position=column["position"],
        tap_step_percent=np.array([own.step for own in taps], dtype=np.float64) * 100,
        parallel=np.ones(len(rows), dtype=np.int64),
        in_service=alive,
    ), open_ends


def _switches(rows: Frame, position: Place, *cut: _OpenEnds) -> Switches:
    ends = [rows.places(f"bus_breaker_bus{side}_id", position) for side in (1, 2)]
    cuts = sum(len(one.bus) for one in cut)
    return Switches(
        id=np.arange(len(rows) + cuts),
        name=(*rows.names(), *("",) * cuts),
        kind=(*("bus",) * len(rows), *(one.kind for one in cut for _ in one.bus)),
        bus=np.concatenate([ends[0], *(one.bus for one in cut)]),
        element=np.concatenate([ends[1], *(one.element for one in cut)]),
        closed=np.concatenate([~rows.flags("open", default=False), np.zeros(cuts, dtype=np.bool_)]),
    )


def _loads(rows: Frame, position: Place) -> Loads:
    return Loads(
        id=np.arange(len(rows)),
        name=rows.names(),
        bus=rows.places("bus_breaker_bus_id", position),
        p_kw=rows.numbers("p0") * 1000,
        q_kvar=rows.numbers("q0") * 1000,
        profile=np.full(len(rows), -1, dtype=np.int64),
        customer_class=("",) * len(rows),
        in_service=rows.flags("connected"),
        profile_name=rows.names(),
    )


def _machines(rows: Frame, position: Place, kv: Floats) -> tuple[Generators, Sources]:
    """
    Return the machines that give what they are set to, and those that hold the voltage of their own bus.
    """
    bus, alive, holding = rows.places("bus_breaker_bus_id", position), rows.flags("connected"), rows.flags("voltage_regulator_on")
    names = rows.names()
    for row in np.flatnonzero(holding & alive).tolist():
        if rows.cells("regulated_element_id")[row] != rows.ids[row]:
            raise UnreadableNetwork(N_("Generator %(name)s holds a voltage elsewhere, which is not supported."), name=names[row])
    at, held = np.flatnonzero(~holding), np.flatnonzero(holding)
    generators = Generators(
        id=at,
        name=tuple(names[row] for row in at),
        bus=bus[at],
        p_kw=rows.numbers("target_p", 0.0)[at] * 1000,
        q_kvar=rows.numbers("target_q", 0.0)[at] * 1000,
        profile=np.full(len(at), -1, dtype=np.int64),
        in_service=alive[at],
        profile_name=tuple(names[row] for row in at),
    )
    return generators, Sources(
        id=held,
        name=tuple(names[row] for row in held),
        bus=bus[held],
        voltage_pu=rows.numbers("target_v", math.nan)[held] / kv[bus[held]],
        angle_degree=np.zeros(len(held)),
        in_service=alive[held],
    )


def _shunts(rows: Frame, position: Place, kv: Floats) -> Shunts:
    bus, moving = rows.places("bus_breaker_bus_id", position), rows.flags("voltage_regulation_on", default=False)
    if (moving & rows.flags("connected")).any():
        at = int(np.flatnonzero(moving)[0])
        raise UnreadableNetwork(N_("Shunt %(name)s is switched by a voltage, which is not supported."), name=rows.names()[at])
    return Shunts(
        id=np.arange(len(rows)),
        name=rows.names(),
        bus=bus,
        p_kw=rows.numbers("g") * kv[bus] ** 2 * 1000,
        q_kvar=-rows.numbers("b") * kv[bus] ** 2 * 1000,
        in_service=rows.flags("connected"),
    )


def _refuse_second_sources(network: Network) -> None:
    """
    Refuse several machines that hold voltages in one island: how they share what it takes is no matter of the network.
    """
    labels, sources = island_labels(network), network.sources
    first: dict[int, int] = {}
    for at in np.flatnonzero(sources.in_service).tolist():
        other = first.setdefault(int(labels[sources.bus[at]]), at)
        if other != at:
            text = N_("The machines %(one)s and %(other)s both hold a voltage in one island. Let one of them give a set reactive power.")
            raise UnreadableNetwork(text, one=sources.name[other], other=sources.name[at])
