"""
Writing a network as CIM (CGMES 2.4.15 or 3.0), so that tools for transmission and distribution open it and calculate the same voltages.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.cim.cgmes_library import VERSIONS, save_cim
from tongdian.engines.grid._formats.frames import UnwritableNetwork, refuse_phases
from tongdian.engines.grid._topology import connections
from tongdian.engines.grid._values import Bools, Floats, Ints, Network
from tongdian.kit.refused import N_

LATEST = "3.0"
ANY_MW = 1e5  # what a machine may give: no limit is known

Columns = dict[str, Any]


def write_cim(network: Network, path: Path, *, version: str = LATEST) -> None:
    """
    Write the network as a zip archive of CGMES profiles (EQ, TP, SSH, SV).

    The year, places, lengths, types, vector groups and angles stay behind; parallel elements are written as one, an open switch of a branch
    as an end that is not connected. Sources become machines that hold the voltage of their bus.

    :param version: of CGMES: 2.4.15 or 3.0
    :raises UnwritableNetwork: if CGMES cannot hold it, or the version is unknown
    :raises NoCimLibrary: if the library that writes CIM is not installed
    """
    if version not in VERSIONS:
        raise UnwritableNetwork(N_("CGMES %(version)s is not written here: 2.4.15 or 3.0."), version=version)
    refuse_phases(network, "CGMES")
    whole = _Model(network)
    tables = (
        ("substations", [whole.substations()]),
        ("voltage_levels", [whole.levels()]),
        ("buses", [whole.buses()]),
        ("switches", [whole.switches()]),
        ("lines", [whole.lines()]),
        ("2_windings_transformers", [whole.transformers()]),
        ("ratio_tap_changers", whole.taps()),
        ("loads", [whole.loads()]),
        ("generators", [whole.machines()]),
        ("shunt_compensators", whole.shunts()),
        ("loading_limits", [whole.limits()]),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save_cim(network.source, tables, whole.references(), path, version=version)


class _Model:
    """
    A network in the library's columns. Buses that switches join are one voltage level, levels that transformers join one substation.
    """

    def __init__(self, network: Network) -> None:
        self.network, self.ends = network, connections(network)
        self.bars = np.flatnonzero([kind == "bus" for kind in network.switches.kind])
        switches, rows = network.switches, network.transformers
        self.level = _group(len(network.buses), switches.bus[self.bars], switches.element[self.bars])
        self.station = _group(len(network.buses), self.level[rows.hv_bus], self.level[rows.lv_bus])[self.level]

    def substations(self) -> Columns:
        return {"id": [f"station-{at}" for at in np.unique(self.station)]}

    def levels(self) -> Columns:
        first = np.unique(self.level)
        return {
            "id": [f"level-{at}" for at in first],
            "substation_id": [f"station-{at}" for at in self.station[first]],
            "nominal_v": self.network.buses.nominal_kv[first],
            "topology_kind": ["BUS_BREAKER"] * len(first),
        }

    def buses(self) -> Columns:
        rows = np.arange(len(self.network.buses))
        return {"id": self._ids("bus", len(rows)), "name": self.network.buses.name, "voltage_level_id": self._levels(rows)}

    def switches(self) -> Columns:
        rows = self.network.switches.take(self.bars)
        return {
            "id": self._ids("switch", len(rows)),
            "name": rows.name,
            "voltage_level_id": self._levels(rows.bus),
            "bus1_id": self._buses(rows.bus),
            "bus2_id": self._buses(rows.element),
            "kind": ["BREAKER"] * len(rows),
            "open": ~rows.closed,
        }

    def lines(self) -> Columns:
        rows = self.network.lines
        km = rows.length_m / 1000
        half_g = rows.g_us_per_km * 1e-6 * km * rows.parallel / 2
        half_b = 2 * math.pi * self.network.frequency_hz * rows.c_nf_per_km * 1e-9 * km * rows.parallel / 2
        return {
            "id": self._ids("line", len(rows)),
            "name": rows.name,
            **self._end(1, rows.from_bus, self.ends.line_from),
            **self._end(2, rows.to_bus, self.ends.line_to),
            "r": rows.r_ohm_per_km * km / rows.parallel,
            "x": rows.x_ohm_per_km * km / rows.parallel,
            "g1": half_g,
            "b1": half_b,
            "g2": half_g,
            "b2": half_b,
        }

    def transformers(self) -> Columns:
        rows = self.network.transformers
        mva = rows.rated_kva * rows.parallel / 1000
        z, r = (percent / 100 * rows.rated_lv_kv**2 / mva for percent in (rows.vk_percent, rows.vkr_percent))
        y, g = rows.no_load_percent / 100 * mva / rows.rated_lv_kv**2, rows.iron_loss_kw * rows.parallel / 1000 / rows.rated_lv_kv**2
        return {
            "id": self._ids("transformer", len(rows)),
            "name": rows.name,
            **self._end(1, rows.hv_bus, self.ends.transformer_hv),
            **self._end(2, rows.lv_bus, self.ends.transformer_lv),
            "rated_u1": rows.rated_hv_kv,
            "rated_u2": rows.rated_lv_kv,
            "rated_s": mva,
            "r": r,
            "x": np.sqrt(np.maximum(z**2 - r**2, 0.0)),
            "g": g,
            "b": -np.sqrt(np.maximum(y**2 - g**2, 0.0)),
        }

    def taps(self) -> list[Columns]:
        """
        Return the tap changers and their steps. The impedance is that of the wound turns: it changes with taps on the second side.
        """
        rows = self.network.transformers
        with_taps = np.flatnonzero((rows.tap_step_percent != 0) | (rows.tap_min != rows.tap_max))
        names = self._ids("transformer", len(rows))
        low, high = np.minimum(rows.tap_min, rows.tap_position), np.maximum(rows.tap_max, rows.tap_position)
        changers: Columns = {
            "id": [names[at] for at in with_taps],
            "tap": rows.tap_position[with_taps],
            "low_tap": low[with_taps],
            "oltc": [False] * len(with_taps),
            "regulating": [False] * len(with_taps),
        }
        steps: dict[str, list[Any]] = {name: [] for name in ("id", "rho", "r", "x", "g", "b")}
        for at in with_taps.tolist():
            for position in range(int(low[at]), int(high[at]) + 1):
                turn = 1 + (position - int(rows.tap_neutral[at])) * float(rows.tap_step_percent[at]) / 100
                series, shunt = (0.0, 0.0) if rows.tap_on_hv[at] else ((turn**2 - 1) * 100, (1 / turn**2 - 1) * 100)
                cells = (names[at], 1 / turn if rows.tap_on_hv[at] else turn, series, series, shunt, shunt)
                for column, cell in zip(steps.values(), cells, strict=True):
                    column.append(cell)
        return [changers, steps]

    def loads(self) -> Columns:
        rows = self.network.loads
        return {
            "id": self._ids("load", len(rows)),
            "name": rows.name,
            **self._foot(rows.bus, rows.in_service),
            "p0": rows.p_kw / 1000,
            "q0": rows.q_kvar / 1000,
        }

    def machines(self) -> Columns:
        rows, sources = self.network.generators, self.network.sources
        count = len(rows) + len(sources)
        bus, alive = (np.concatenate([getattr(rows, name), getattr(sources, name)]) for name in ("bus", "in_service"))
        kv = self.network.buses.nominal_kv[bus]
        return {
            "id": [*self._ids("generator", len(rows)), *self._ids("source", len(sources))],
            "name": [*rows.name, *sources.name],
            **self._foot(bus, alive),
            "min_p": np.full(count, -ANY_MW),
            "max_p": np.full(count, ANY_MW),
            "target_p": np.concatenate([rows.p_kw / 1000, np.zeros(len(sources))]),
            "target_q": np.concatenate([rows.q_kvar / 1000, np.zeros(len(sources))]),
            "target_v": np.concatenate([np.ones(len(rows)), sources.voltage_pu]) * kv,
            "voltage_regulator_on": np.arange(count) >= len(rows),
        }

    def references(self) -> Columns:
        names = self._ids("source", len(self.network.sources))
        return {"id": names, "priority": [1] * len(names)}

    def shunts(self) -> list[Columns]:
        rows = self.network.shunts
        square = self.network.buses.nominal_kv[rows.bus] ** 2 * 1000
        names = self._ids("shunt", len(rows))
        shunts = {
            "id": names,
            "name": rows.name,
            **self._foot(rows.bus, rows.in_service),
            "model_type": ["LINEAR"] * len(rows),
            "section_count": [1] * len(rows),
        }
        sections = {
            "id": names,
            "g_per_section": rows.p_kw / square,
            "b_per_section": -rows.q_kvar / square,
            "max_section_count": [1] * len(rows),
        }
        return [shunts, sections]

    def limits(self) -> Columns:
        lines = self.network.lines
        ampere = lines.rated_a * lines.derating * lines.parallel
        known = np.flatnonzero(np.isfinite(ampere))
        names = self._ids("line", len(lines))
        count = len(known)
        return {
            "element_id": [names[at] for at in known] * 2,
            "side": ["ONE"] * count + ["TWO"] * count,
            "name": ["permanent_limit"] * 2 * count,
            "type": ["CURRENT"] * 2 * count,
            "value": np.tile(ampere[known], 2),
            "acceptable_duration": [-1] * 2 * count,
            "group_name": ["DEFAULT"] * 2 * count,
        }

    def _ids(self, kind: str, count: int) -> list[str]:
        return [f"{kind}-{at}" for at in range(count)]

    def _buses(self, bus: Ints) -> list[str]:
        return [f"bus-{at}" for at in bus]

    def _levels(self, bus: Ints) -> list[str]:
        return [f"level-{at}" for at in self.level[bus]]

    def _end(self, side: int, bus: Ints, connected: Bools) -> Columns:
        at = self._buses(bus)
        held = [one if on else "" for one, on in zip(at, connected, strict=True)]
        return {f"voltage_level{side}_id": self._levels(bus), f"bus{side}_id": held, f"connectable_bus{side}_id": at}

    def _foot(self, bus: Ints, alive: Bools) -> Columns:
        at = self._buses(bus)
        on = alive & self.network.buses.in_service[bus]
        return {
            "voltage_level_id": self._levels(bus),
            "bus_id": [one if held else "" for one, held in zip(at, on, strict=True)],
            "connectable_bus_id": at,
        }


def _group(count: int, one: Ints, other: Ints) -> Ints:
    """
    Return for every position the first of those that are joined with it.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges: Floats = np.ones(len(one))
    labels = connected_components(coo_matrix((edges, (one, other)), shape=(count, count)), directed=False)[1]
    first: Ints = np.unique(labels, return_index=True)[1]
    return first[labels]
