"""
A network out of OpenDSS scripts: lines by sequence values, two-winding three-phase transformers, loads and generators of constant power.

A source of finite short-circuit power is a stiff source behind a line; no-load losses of a transformer are a shunt at its second winding,
where OpenDSS has them. Loads are of constant power at any voltage; OpenDSS leaves that outside ``vminpu`` to ``vmaxpu``.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.dss_parse import Item, Script, items_of
from tongdian.engines.grid._formats.dss_tables import empty_columns, line_table, power_columns, transformer_table
from tongdian.engines.grid._formats.dss_year import year_of
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import ALL_PHASES, Buses, Generators, Loads, Network, Shunts, Sources, Switches
from tongdian.kit.refused import N_

METRES = {"mi": 1609.344, "kft": 304.8, "km": 1000.0, "m": 1.0, "ft": 0.3048, "in": 0.0254, "cm": 0.01, "mm": 0.001, "none": 1000.0}
DEFAULT_LINE = {"r1": 0.058, "x1": 0.1206, "r0": 0.1784, "x0": 0.4047, "c1": 3.4, "c0": 1.6}
SWITCH_LINE = {"r1": 1.0, "x1": 1.0, "r0": 1.0, "x0": 1.0, "c1": 1.1, "c0": 1.0}
SWITCH_LENGTH = 0.001
CONSTANT_POWER = 1
PHASE_OF = {"1": "A", "2": "B", "3": "C"}
DEFAULT_HZ, DEFAULT_MVA, DEFAULT_XR = 60.0, 2000.0, 4.0
DEFAULT_AMPS = math.inf  # OpenDSS's own default of 400 A says nothing about the line
WIDEST = (180.0, 90.0)


def read_opendss(document: Path | bytes, *, source: str = "") -> Network:
    """
    Read OpenDSS scripts as a network: a path, with all scripts that it redirects to, or one script that names no other file.

    Identifiers are the order of appearance. Loads with ``yearly`` (or else ``daily``) shapes of one length get them as their year.

    :raises UnreadableNetwork: with file and line, if something is said that is not in the subset
    """
    script = Script()
    if isinstance(document, bytes):
        script.run(document.decode("utf-8", errors="replace"), "script")
    else:
        script.folder = Path(document).parent
        try:
            text = Path(document).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UnreadableNetwork(
                N_("The file %(file)s cannot be read: %(reason)s."), file=Path(document).name, reason=error.strerror or str(error)
            ) from error
        script.run(text, Path(document).name)
    if not script.items["vsource"]:
        raise UnreadableNetwork(N_("The script has no circuit: it must say New Circuit."))
    return _Builder(script).network(source)


class _Builder:
    """
    Turns objects into columns; buses are numbered as they appear.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.buses: dict[str, int] = {}
        self.nominal: dict[int, float] = {}
        self.shunts: list[tuple[str, int, float, float, float, bool]] = []  # name, bus, kW, kvar, at kV, in service

    def network(self, source: str) -> Network:
        items = self.script.items
        hertz = self._number("defaultbasefrequency", DEFAULT_HZ)
        feeds = [self._source(item) for item in items["vsource"].values()]
        lines = [self._line(item) for item in items["line"].values()]
        stations = [self._transformer(item) for item in items["transformer"].values()]
        loads = [self._injection(item) for item in items["load"].values()]
        machines = [self._injection(item) for item in items["generator"].values()]
        for kind, sign in (("capacitor", -1.0), ("reactor", 1.0)):
            for item in items[kind].values():
                self._compensation(item, sign)
        self._spread(lines + [feed["line"] for feed in feeds], stations)
        network = Network(
            buses=self._buses(),
            lines=line_table([*lines, *(feed["line"] for feed in feeds)]),
            transformers=transformer_table(stations),
            switches=Switches(**empty_columns("bus", "element"), kind=(), closed=np.zeros(0, dtype=np.bool_)),
            loads=Loads(customer_class=("",) * len(loads), **power_columns(loads)),
            generators=Generators(**power_columns(machines)),
            shunts=self._shunts(),
            sources=Sources(
                id=np.arange(len(feeds)),
                name=tuple(feed["name"] for feed in feeds),
                bus=np.array([feed["bus"] for feed in feeds], dtype=np.int64),
                voltage_pu=np.array([feed["pu"] for feed in feeds]),
                angle_degree=np.array([feed["angle"] for feed in feeds]),
                in_service=np.array([feed["alive"] for feed in feeds], dtype=np.bool_),
            ),
            frequency_hz=hertz,
            source=source,
        )
        return year_of(self.script, network)

    def _number(self, setting: str, default: float) -> float:
        text = self.script.settings.get(setting, "")
        try:
            return float(text) if text else default
        except ValueError as error:
            raise UnreadableNetwork(N_("The setting “%(name)s” is no number: %(value)s."), name=setting, value=text) from error

    def _bus(self, item: Item, text: str, phases: int) -> tuple[int, str]:
        """
        Return a bus and the phases that stand behind its name, by number.
        """
        name, *nodes = text.lower().split(".")
        while nodes and nodes[-1] == "0":
            nodes.pop()  # the neutral is grounded
        if not name:
            raise item.unusable("bus1")
        letters = "".join(PHASE_OF.get(node, "?") for node in nodes) or ALL_PHASES[:phases]
        if len(letters) != phases or "?" in letters or len(set(letters)) < phases or "".join(sorted(letters)) != letters:
            raise item.place.refuse(
                N_("%(file)s, line %(line)s: the phases of %(kind)s %(name)s at “%(bus)s” are not supported."),
                kind=item.kind,
                name=item.name,
                bus=text,
            )
        return self.buses.setdefault(name, len(self.buses)), letters

    def _source(self, item: Item) -> dict[str, Any]:
        if item.last("bus2") or item.number("phases", 3) != 3:  # noqa: PLR2004
            raise item.unusable("bus2" if item.last("bus2") else "phases")
        bus, _ = self._bus(item, item.last("bus1", "sourcebus"), 3)
        kv = item.number("basekv", 115.0)
        self.nominal[bus] = kv
        hidden = self.buses.setdefault(f"{item.name} (behind its impedance)", len(self.buses))
        ratio = item.number("x1r1", DEFAULT_XR)
        given = [key for key, _ in item.given if key in ("mvasc3", "isc3", "r1", "x1")]
        mva = item.number("mvasc3", DEFAULT_MVA)
        if given and given[-1] == "isc3":
            mva = math.sqrt(3) * kv * item.number("isc3", 10_000.0) / 1000
        x = kv**2 / mva / math.sqrt(1 + 1 / ratio**2) if mva > 0 and ratio > 0 else math.nan
        r = x / ratio if ratio > 0 else math.nan
        if given and given[-1] in ("r1", "x1"):
            r, x = item.number("r1", 1.65), item.number("x1", 6.6)
        if not math.isfinite(r + x):
            raise item.unusable("mvasc3")
        line = {
            "name": f"impedance of {item.name}",
            "from": hidden,
            "to": bus,
            "m": 1000.0,
            "amps": math.inf,
            "alive": True,
            "phases": ALL_PHASES,
        }
        line |= {"r1": r, "x1": x, "c1": 0.0, "r0": math.nan, "x0": math.nan, "c0": math.nan, "code": ""}
        pu, angle = item.number("pu", 1.0), item.number("angle", 0.0)
        return {"name": item.name, "bus": hidden, "pu": pu, "angle": angle, "alive": item.flag("enabled", default=True), "line": line}

    def _line(self, item: Item) -> dict[str, Any]:
        values, code_unit = dict(DEFAULT_LINE), "none"
        phases, amps, length, unit = 3, DEFAULT_AMPS, 1.0, "none"
        for key, text in item.given:  # later ones overrule earlier ones, as in OpenDSS
            if key == "linecode":
                code = self.script.items["linecode"].get(text.lower())
                if code is None:
                    raise item.unusable("linecode")
                values |= {name: code.number(name, values[name]) for name in values}
                code_unit, amps = _unit(code), code.number("normamps", DEFAULT_AMPS)
                phases = int(code.number("nphases", 3))
            elif key == "switch" and text[:1].lower() in "yt":
                values, length, unit, code_unit = dict(SWITCH_LINE), SWITCH_LENGTH, "none", "none"
            elif key in values:
                values[key] = item.number(key, 0.0)
                code_unit = "none" if key in ("r1", "x1") else code_unit
        phases = int(item.number("phases", phases))
        length, unit = item.number("length", length), _unit(item) if item.last("units") else unit
        per = METRES[code_unit if code_unit != "none" else unit]
        metres = length * METRES[unit if unit != "none" else code_unit]
        one, letters = self._bus(item, item.last("bus1"), phases)
        other, others = self._bus(item, item.last("bus2"), phases)
        if letters != others:
            raise item.place.refuse(N_("%(file)s, line %(line)s: line %(name)s changes its phases."), name=item.name)
        per_km = {name: value * 1000 / per for name, value in values.items()}
        amps = item.number("normamps", amps)
        return {
            "name": item.name, "code": item.last("linecode"), "from": one, "to": other, "m": metres, "amps": amps,
            "alive": item.flag("enabled", default=True), "phases": letters, **per_km,
        }  # fmt: skip

    def _transformer(self, item: Item) -> dict[str, Any]:
        if item.number("phases", 3) != 3 or item.number("windings", 2) != 2:  # noqa: PLR2004
            raise item.place.refuse(
                N_("%(file)s, line %(line)s: transformer %(name)s has not three phases and two windings, which is not supported."),
                name=item.name,
            )
        windings = _windings(item)
        first, second = windings
        kva = first["kva"]
        if second["kva"] != kva:
            raise item.unusable("kvas")
        (hv, _), (lv, _) = self._bus(item, first["bus"], 3), self._bus(item, second["bus"], 3)
        alive = item.flag("enabled", default=True)
        losses, current = item.number("%noloadloss", 0.0), item.number("%imag", 0.0)
        if losses or current:
            self.shunts.append(
                (f"no-load losses of {item.name}", lv, losses / 100 * kva, current / 100 * kva, second["kv"] * second["tap"], alive)
            )
        r, x = first["r"] + second["r"], item.number("xhl", 7.0)
        leads = item.last("leadlag", "lag").lower() in ("lead", "euro")
        turned = first["conn"] != second["conn"]
        clock = (11 if leads else 1) if turned else 0
        letters = {"wye": "YN", "delta": "D"}
        return {
            "name": item.name, "hv": hv, "lv": lv, "kva": kva, "kv": (first["kv"] * first["tap"], second["kv"] * second["tap"]),
            "rated": (first["kv"], second["kv"]), "vk": math.hypot(r, x), "vkr": r, "shift": 30.0 * clock, "alive": alive,
            "group": f"{letters[first['conn']]}{letters[second['conn']].lower()}{clock}",
        }  # fmt: skip

    def _injection(self, item: Item) -> dict[str, Any]:
        if item.number("model", CONSTANT_POWER) != CONSTANT_POWER:
            raise item.unusable("model")
        phases = int(item.number("phases", 3))
        if phases not in (1, 3) or (phases == 1 and item.last("conn", "wye").lower() in ("delta", "ll")):
            raise item.unusable("phases" if phases not in (1, 3) else "conn")
        bus, letters = self._bus(item, item.last("bus1"), phases)
        p, q = _power(item)
        shape = item.last("yearly") or item.last("daily")
        return {
            "name": item.name, "bus": bus, "p": p, "q": q, "phases": letters, "alive": item.flag("enabled", default=True),
            "shape": shape.lower() if shape.lower() not in ("", "default", "none") else "",
        }  # fmt: skip

    def _compensation(self, item: Item, sign: float) -> None:
        if item.number("phases", 3) != 3:  # noqa: PLR2004
            raise item.unusable("phases")
        bus, _ = self._bus(item, item.last("bus1"), 3)
        banks = [float(one) if _is_number(one) else math.nan for one in items_of(item.last("kvar", "1200"))]
        states = items_of(item.last("states")) or ["1"] * len(banks)
        steps = int(item.number("numsteps", len(banks)))
        if math.isnan(sum(banks)) or (steps != len(banks) and len(banks) > 1) or (len(states) != len(banks) and set(states) != {"1"}):
            raise item.unusable("kvar")
        kvar = sum(size * float(state != "0") for size, state in zip(banks, states, strict=False))
        self.shunts.append((item.name, bus, 0.0, sign * kvar, item.number("kv", 12.47), item.flag("enabled", default=True)))

    def _spread(self, lines: Sequence[dict[str, Any]], stations: Sequence[dict[str, Any]]) -> None:
        """
        Give every bus its nominal voltage: along lines the same, across transformers as rated, the nearest of the bases that are set.
        """
        steps = [(line["from"], line["to"], 1.0) for line in lines]
        steps += [(station["hv"], station["lv"], station["rated"][1] / station["rated"][0]) for station in stations]
        touched: dict[int, list[tuple[int, float]]] = {}
        for one, other, ratio in steps:
            touched.setdefault(one, []).append((other, ratio))
            touched.setdefault(other, []).append((one, 1 / ratio))
        waiting = list(self.nominal)
        while waiting:
            bus = waiting.pop()
            for other, ratio in touched.get(bus, ()):
                if other not in self.nominal:
                    self.nominal[other] = self.nominal[bus] * ratio
                    waiting.append(other)
        bases = [float(one) for one in items_of(self.script.settings.get("voltagebases", "")) if _is_number(one)]
        for bus, kv in self.nominal.items():
            nearest = min(bases, key=lambda base, kv=kv: abs(base - kv), default=kv)  # type: ignore[misc]
            self.nominal[bus] = nearest if abs(nearest / kv - 1) < 0.25 else kv  # noqa: PLR2004 - a base of another level
        lost = [name for name, bus in self.buses.items() if bus not in self.nominal]
        if lost:
            raise UnreadableNetwork(N_("The bus %(bus)s is connected with no source, so that its voltage is unknown."), bus=lost[0])

    def _buses(self) -> Buses:
        places = [self.script.places.get(name, (math.nan, math.nan)) for name in self.buses]
        where = np.array([place if abs(place[0]) <= WIDEST[0] and abs(place[1]) <= WIDEST[1] else (math.nan, math.nan) for place in places])
        return Buses(
            id=np.arange(len(self.buses)),
            name=tuple(self.buses),
            nominal_kv=np.array([self.nominal[bus] for bus in self.buses.values()]),
            lon=where[:, 0].copy(),
            lat=where[:, 1].copy(),
            in_service=np.ones(len(self.buses), dtype=np.bool_),
        )

    def _shunts(self) -> Shunts:
        share = np.array([(self.nominal[bus] / kv) ** 2 for _, bus, _, _, kv, _ in self.shunts])
        return Shunts(
            id=np.arange(len(self.shunts)),
            name=tuple(name for name, *_ in self.shunts),
            bus=np.array([bus for _, bus, *_ in self.shunts], dtype=np.int64),
            p_kw=np.array([kw for _, _, kw, *_ in self.shunts], dtype=np.float64) * share,
            q_kvar=np.array([kvar for _, _, _, kvar, *_ in self.shunts], dtype=np.float64) * share,
            in_service=np.array([alive for *_, alive in self.shunts], dtype=np.bool_),
        )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) is not None


def _unit(item: Item) -> str:
    unit = item.last("units", "none").lower()
    unit = next((known for known in METRES if known == unit or known == unit.rstrip("s")), "")
    if not unit:
        raise item.unusable("units")
    return unit


def _windings(item: Item) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return the two windings, told as lists or one after another.
    """
    found: list[dict[str, Any]] = [{"bus": "", "conn": "wye", "kv": 12.47, "kva": 1000.0, "tap": 1.0, "r": 0.2} for _ in range(2)]
    lists = {"buses": "bus", "conns": "conn", "kvs": "kv", "kvas": "kva", "taps": "tap", "%rs": "r"}
    singles = {"bus": "bus", "conn": "conn", "kv": "kv", "kva": "kva", "tap": "tap", "%r": "r"}
    active = 0
    for key, text in item.given:
        if key == "wdg":
            if text not in ("1", "2"):
                raise item.unusable("wdg")
            active = int(text) - 1
        elif key == "%loadloss":
            found[0]["r"] = found[1]["r"] = item.number(key, 0.0) / 2
        elif key in lists:
            members = items_of(text)
            if len(members) > len(found):
                raise item.unusable(key)
            for winding, member in zip(found, members, strict=False):
                winding[lists[key]] = _of(item, key, member)
        elif key in singles:
            found[active][singles[key]] = _of(item, key, text)
            if key == "kva" and active == 0:
                found[1]["kva"] = found[0]["kva"]
    return found[0], found[1]


def _of(item: Item, key: str, text: str) -> Any:  # noqa: ANN401 - a bus, a connection or a number
    if key in ("bus", "buses"):
        return text
    if key in ("conn", "conns"):
        names = {"wye": "wye", "y": "wye", "ln": "wye", "delta": "delta", "ll": "delta", "d": "delta"}
        if text.lower() not in names:
            raise item.unusable(key)
        return names[text.lower()]
    if not _is_number(text) or (key in ("kv", "kvs", "kva", "kvas", "tap", "taps") and float(text) <= 0):
        raise item.unusable(key)
    return float(text)


def _power(item: Item) -> tuple[float, float]:
    """
    Return kW and kvar, which the last properties decide as OpenDSS does.
    """
    p, factor = item.number("kw", 10.0 if item.kind == "load" else 1000.0), item.number("pf", 0.88)
    by = [key for key, _ in item.given if key in ("kw", "pf", "kvar", "kva")]
    if "kva" in by and item.kind == "load":
        p = item.number("kva", 0.0) * abs(factor)
    if "kvar" in by and (by.index("kvar") > (by.index("pf") if "pf" in by else -1)):
        return p, item.number("kvar", 0.0)
    if not 0 < abs(factor) <= 1:
        raise item.unusable("pf")
    return p, math.copysign(p * math.sqrt(1 / factor**2 - 1), factor * p)
