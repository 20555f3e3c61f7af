"""
Reading and writing the JSON of power-grid-model (input data, format 1.0), without that library.

Ends of lines and transformers have a status there instead of a switch; a source has a short-circuit power, kept as a line in front of a
stiff source. Values are in V, A, W, var, ohm, farad and siemens.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork
from tongdian.engines.grid._values import (
    ALL_PHASES,
    Buses,
    Floats,
    Generators,
    Lines,
    Loads,
    Network,
    Shunts,
    Sources,
    Switches,
    Transformers,
)
from tongdian.kit.refused import N_

READ = ("node", "line", "link", "transformer", "source", "sym_load", "sym_gen", "asym_load", "asym_gen", "shunt")
MEASURING = ("sym_voltage_sensor", "asym_voltage_sensor", "sym_power_sensor", "asym_power_sensor", "sym_current_sensor",
             "asym_current_sensor", "fault")  # fmt: skip  # they change no power flow
WINDINGS = ("Y", "YN", "D", "Z", "ZN")
STIFF_VA = 1e15  # from here on a source's own impedance moves no voltage by 1e-9
DEFAULT_SK, DEFAULT_RX = 1e10, 0.1
UNLIMITED_A = 1e8
CONSTANT_POWER = 0

Row = dict[str, Any]


def read_power_grid_model(document: str | bytes, *, source: str = "", frequency_hz: float = 50.0) -> Network:
    """
    Read power-grid-model's input data as a network.

    :param frequency_hz: the document does not hold it
    :raises UnreadableNetwork: if it is no such document, or has components or values that cannot be calculated
    """
    tables = _open(document)
    nodes = tables["node"]
    if not len(nodes):
        raise UnreadableNetwork(N_("The document has no buses."))
    nodes.identifiers()
    position = {one: at for at, one in enumerate(nodes.ids)}
    volts = nodes.numbers("u_rated")
    behind = _Behind(tables["source"], position, volts, first=_next_id(tables))
    count = len(nodes) + len(behind)
    nominal = np.concatenate([volts, volts[behind.bus]]) / 1000
    lines, switches = _lines(tables["line"], position, behind, omega=2 * math.pi * frequency_hz)
    transformers, more = _transformers(tables["transformer"], position)
    loads, generators = (_injections(tables, kind, position) for kind in ("load", "gen"))
    return Network(
        buses=Buses(
            id=np.concatenate([nodes.identifiers(), behind.ids]),
            name=(*nodes.names(), *(f"source {one} (behind its impedance)" for one in behind.sources)),
            nominal_kv=nominal,
            lon=np.full(count, np.nan),
            lat=np.full(count, np.nan),
            in_service=np.ones(count, dtype=np.bool_),
        ),
        lines=lines,
        transformers=transformers,
        switches=_switches(tables["link"], position, [*switches, *more]),
        loads=Loads(customer_class=("",) * len(loads["id"]), **loads),
        generators=Generators(**generators),
        shunts=_shunts(tables["shunt"], position, volts),
        sources=_sources(tables["source"], position, behind, first_behind=len(nodes)),
        frequency_hz=frequency_hz,
        source=source,
    )


def _open(document: str | bytes) -> dict[str, Frame]:
    try:
        outer = json.loads(document)
        data = outer["data"]
        kind, batch, named = outer.get("type", "input"), outer.get("is_batch", False), outer.get("attributes") or {}
        if kind != "input" or batch or not isinstance(data, dict) or not all(isinstance(rows, list) for rows in data.values()):
            raise TypeError(f"type {kind}, batch {batch}")  # noqa: TRY301 - told below
        tables = {name: [_row(row, named.get(name)) for row in rows] for name, rows in data.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnreadableNetwork(
            N_("This is no input data of power-grid-model: %(reason)s."), reason=str(error) or type(error).__name__
        ) from error
    for name, rows in tables.items():
        if rows and name not in READ and name not in MEASURING:
            raise UnreadableNetwork(
                N_("The network has components of the kind “%(kind)s” (the first: %(id)s), which are not supported. Replace them."),
                kind=name,
                id=str(rows[0].get("id")),
            )
    return {name: _frame(name, tables.get(name, [])) for name in READ}


def _row(row: Any, names: Sequence[str] | None) -> Row:  # noqa: ANN401 - JSON
    if isinstance(row, list):
        return dict(zip(names or (), row, strict=True))
    return dict(row.items())


def _frame(kind: str, rows: list[Row]) -> Frame:
    columns = {name: [row.get(name) for row in rows] for row in rows for name in row}
    return Frame(kind=kind, ids=[row.get("id") for row in rows], columns=columns)


def _next_id(tables: Mapping[str, Frame]) -> int:
    return 1 + max((int(one) for table in tables.values() for one in table.identifiers().tolist()), default=0)


class _Behind:
    """
    The buses behind the impedances of sources that are not stiff.
    """

    def __init__(self, rows: Frame, position: Mapping[Any, int], volts: Floats, *, first: int) -> None:
        power, ratio = rows.numbers("sk", DEFAULT_SK, infinite=True), rows.numbers("rx_ratio", DEFAULT_RX)
        for name, wrong in (("sk", ~(power >= 1)), ("rx_ratio", ratio < 0)):
            if wrong.any():
                raise rows.unusable(name, int(np.flatnonzero(wrong)[0]))
        self.rows = np.flatnonzero(power < STIFF_VA)
        self.bus = rows.places("node", position)[self.rows]
        self.ids = first + np.arange(len(self.rows))
        self.sources = [rows.ids[int(at)] for at in self.rows]
        ohm = volts[self.bus] ** 2 / power[self.rows]
        self.x = ohm / np.sqrt(1 + ratio[self.rows] ** 2)
        self.r = self.x * ratio[self.rows]

    def __len__(self) -> int:
        return len(self.rows)


def _lines(rows: Frame, position: Mapping[Any, int], behind: _Behind, *, omega: float) -> tuple[Lines, list[Row]]:
    count, more = len(rows), len(behind)
    at = {name: rows.places(f"{name}_node", position) for name in ("from", "to")}
    ends, switches = _ends(rows, "line", (at["from"], at["to"]))
    farad, tangent = rows.numbers("c1", 0.0), rows.numbers("tan1", 0.0)
    rated = rows.numbers("i_n", math.inf)

    def column(values: Floats, added: Floats | float) -> Floats:
        return np.concatenate([values, np.broadcast_to(added, more)])

    lines = Lines(
        id=np.concatenate([rows.identifiers(), behind.ids]),
        name=(*rows.names(), *(f"impedance of source {one}" for one in behind.sources)),
        type_name=("",) * (count + more),
        from_bus=np.concatenate([at["from"], len(position) + np.arange(more)]),
        to_bus=np.concatenate([at["to"], behind.bus]),
        length_m=np.full(count + more, 1000.0),  # impedances are told for the whole line
        r_ohm_per_km=column(rows.numbers("r1"), behind.r),
        x_ohm_per_km=column(rows.numbers("x1"), behind.x),
        c_nf_per_km=column(farad * 1e9, 0.0),
        g_us_per_km=column(farad * omega * tangent * 1e6, 0.0),
        rated_a=column(np.where(rated >= UNLIMITED_A, np.inf, rated), np.inf),
        derating=np.ones(count + more),
        parallel=np.ones(count + more, dtype=np.int64),
        in_service=np.concatenate([ends, np.ones(more, dtype=np.bool_)]),
        path=(None,) * (count + more),
        r0_ohm_per_km=column(rows.numbers("r0", math.nan), np.nan),
        x0_ohm_per_km=column(rows.numbers("x0", math.nan), np.nan),
        c0_nf_per_km=column(rows.numbers("c0", math.nan) * 1e9, np.nan),
    )
    return lines, switches


def _ends(rows: Frame, kind: str, buses: tuple[Any, Any]) -> tuple["np.ndarray[Any, np.dtype[np.bool_]]", list[Row]]:
    """
    Return which branches are in service, and an open switch for each that is connected at one end only.
    """
    first, second = rows.flags("from_status"), rows.flags("to_status")
    open_ends = []
    for at in np.flatnonzero(first != second):
        bus = buses[1][at] if first[at] else buses[0][at]
        open_ends.append({"kind": kind, "bus": int(bus), "element": int(at), "closed": False})
    return first | second, open_ends


def _transformers(rows: Frame, position: Mapping[Any, int]) -> tuple[Transformers, list[Row]]:
    for name in ("uk_min", "uk_max", "pk_min", "pk_max"):
        if not np.isnan(given := rows.numbers(name, math.nan)).all():
            raise rows.unusable(name, int(np.flatnonzero(~np.isnan(given))[0]))
    hv, lv = rows.places("from_node", position), rows.places("to_node", position)
    alive, switches = _ends(rows, "transformer", (hv, lv))
    volts, rated = (rows.numbers("u1"), rows.numbers("u2")), rows.numbers("sn")
    on_hv = rows.whole("tap_side", 0) == 0
    low, high, neutral = rows.whole("tap_min", 0), rows.whole("tap_max", 0), rows.whole("tap_nom", 0)
    direction = np.where(high < low, -1.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = direction * rows.numbers("tap_size", 0.0) / np.where(on_hv, *volts) * 100
        vkr = rows.numbers("pk") / rated * 100
    clock = rows.whole("clock")
    groups = (_group(rows, at, int(clock[at])) for at in range(len(rows)))
    transformers = Transformers(
        id=rows.identifiers(),
        name=rows.names(),
        type_name=("",) * len(rows),
        hv_bus=hv,
        lv_bus=lv,
        rated_kva=rated / 1000,
        rated_hv_kv=volts[0] / 1000,
        rated_lv_kv=volts[1] / 1000,
        vk_percent=rows.numbers("uk") * 100,
        vkr_percent=np.nan_to_num(vkr),
        iron_loss_kw=rows.numbers("p0") / 1000,
        no_load_percent=rows.numbers("i0") * 100,
        shift_degree=clock.astype(np.float64) * 30.0,
        tap_on_hv=on_hv,
        tap_neutral=neutral,
        tap_min=np.minimum(low, high),
        tap_max=np.maximum(low, high),
        tap_position=rows.whole("tap_pos", 0) if rows.has("tap_pos") else neutral,
        tap_step_percent=np.nan_to_num(step),
        parallel=np.ones(len(rows), dtype=np.int64),
        in_service=alive,
        vector_group=tuple(groups),
    )
    return transformers, switches


def _group(rows: Frame, at: int, clock: int) -> str:
    first, second = int(rows.whole("winding_from")[at]), int(rows.whole("winding_to")[at])
    if not (0 <= first < len(WINDINGS) and 0 <= second < len(WINDINGS)):
        raise rows.unusable("winding_from", at)
    return f"{WINDINGS[first]}{WINDINGS[second].lower()}{clock % 12}"


def _switches(rows: Frame, position: Mapping[Any, int], open_ends: list[Row]) -> Switches:
    one, other = rows.places("from_node", position), rows.places("to_node", position)
    closed = rows.flags("from_status") & rows.flags("to_status")
    links = rows.identifiers()
    first = int(links.max()) + 1 if len(links) else 0
    ends = np.array([end["element"] for end in open_ends], dtype=np.int64)
    return Switches(
        id=np.concatenate([links, first + np.arange(len(open_ends))]),
        name=(*rows.names(), *(f"open end of {end['kind']} {end['element']}" for end in open_ends)),
        kind=(*("bus" for _ in links), *(end["kind"] for end in open_ends)),
        bus=np.concatenate([one, np.array([end["bus"] for end in open_ends], dtype=np.int64)]),
        element=np.concatenate([other, ends]),
        closed=np.concatenate([closed, np.zeros(len(open_ends), dtype=np.bool_)]),
    )


def _injections(tables: Mapping[str, Frame], kind: str, position: Mapping[Any, int]) -> dict[str, Any]:
    """
    Return the columns of loads or generators; one of unequal phases becomes one for each phase.
    """
    found = [*_balanced(tables[f"sym_{kind}"], position), *_by_phase(tables[f"asym_{kind}"], position)]
    taken = {one["id"] for one in found if one["id"] is not None}
    fresh = iter(range(max(taken, default=0) + 1, max(taken, default=0) + 1 + len(found)))
    return {
        "id": np.array([next(fresh) if one["id"] is None else one["id"] for one in found], dtype=np.int64),
        "name": tuple(one["name"] for one in found),
        "bus": np.array([one["bus"] for one in found], dtype=np.int64),
        "p_kw": np.array([one["p"] / 1000 for one in found], dtype=np.float64),
        "q_kvar": np.array([one["q"] / 1000 for one in found], dtype=np.float64),
        "profile": np.full(len(found), -1, dtype=np.int64),
        "in_service": np.array([one["alive"] for one in found], dtype=np.bool_),
        "phases": tuple(one["phases"] for one in found),
    }


def _of_constant_power(rows: Frame) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """
    Return which injections count.

    :raises UnreadableNetwork: if one of them depends on voltage
    """
    alive, kinds = rows.flags("status"), rows.whole("type", CONSTANT_POWER)
    wrong = alive & (kinds != CONSTANT_POWER)
    if wrong.any():
        raise UnreadableNetwork(
            N_("The %(kind)s %(id)s depends on voltage (type %(type)s), which is not supported. Set it to constant power."),
            kind=rows.kind,
            id=str(rows.ids[int(np.flatnonzero(wrong)[0])]),
            type=int(kinds[wrong][0]),
        )
    return alive


def _balanced(rows: Frame, position: Mapping[Any, int]) -> Iterator[Row]:
    alive, ids, bus, names = _of_constant_power(rows), rows.identifiers(), rows.places("node", position), rows.names()
    p, q = rows.numbers("p_specified"), rows.numbers("q_specified")
    for at in range(len(rows)):
        yield {"id": int(ids[at]), "name": names[at], "bus": bus[at], "p": p[at], "q": q[at], "alive": alive[at], "phases": ALL_PHASES}


def _by_phase(rows: Frame, position: Mapping[Any, int]) -> Iterator[Row]:
    alive, ids, bus, names = _of_constant_power(rows), rows.identifiers(), rows.places("node", position), rows.names()
    for at in range(len(rows)):
        parts = {}
        for name in ("p_specified", "q_specified"):
            cell = rows.cells(name)[at]
            if not isinstance(cell, list) or len(cell) != len(ALL_PHASES) or not all(_is_number(one) for one in cell):
                raise rows.unusable(name, at)
            parts[name] = [float(one) for one in cell]
        powers = list(zip(parts["p_specified"], parts["q_specified"], strict=True))
        common = {"bus": bus[at], "alive": alive[at]}
        if len(set(powers)) == 1:
            p, q = powers[0]
            yield {"id": int(ids[at]), "name": names[at], "p": 3 * p, "q": 3 * q, "phases": ALL_PHASES, **common}
            continue
        for number, (phase, (p, q)) in enumerate(zip(ALL_PHASES, powers, strict=True)):
            if p or q:
                yield {"id": None if number else int(ids[at]), "name": f"{names[at]} {phase}", "p": p, "q": q, "phases": phase, **common}


def _is_number(cell: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)


def _shunts(rows: Frame, position: Mapping[Any, int], volts: Floats) -> Shunts:
    bus = rows.places("node", position)
    square = volts[bus] ** 2 / 1000
    return Shunts(
        id=rows.identifiers(),
        name=rows.names(),
        bus=bus,
        p_kw=rows.numbers("g1", 0.0) * square,
        q_kvar=-rows.numbers("b1", 0.0) * square,
        in_service=rows.flags("status"),
    )


def _sources(rows: Frame, position: Mapping[Any, int], behind: _Behind, *, first_behind: int) -> Sources:
    bus = rows.places("node", position)
    bus[behind.rows] = first_behind + np.arange(len(behind))
    return Sources(
        id=rows.identifiers(),
        name=rows.names(),
        bus=bus,
        voltage_pu=rows.numbers("u_ref"),
        angle_degree=np.rad2deg(rows.numbers("u_ref_angle", 0.0)),
        in_service=rows.flags("status"),
    )
