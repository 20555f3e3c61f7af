"""
Writing a network as power-grid-model's JSON, so that power-grid-model opens it and calculates the same voltages.
"""

import json
import math
from typing import Any

import numpy as np

from tongdian.engines.grid._flow.pgm import _conductors, _shunts, _supplies, _windings
from tongdian.engines.grid._formats.frames import UnwritableNetwork
from tongdian.engines.grid._topology import connections
from tongdian.engines.grid._values import ALL_PHASES, Generators, Loads, Network
from tongdian.kit.refused import N_

DEGREES_PER_HOUR = 30
WINDINGS = {"Y": 0, "YN": 1, "D": 2, "Z": 3, "ZN": 4}

Columns = dict[str, Any]


def write_power_grid_model(network: Network) -> str:
    """
    Return the network as input data of power-grid-model. Components are numbered anew, in the order of the tables; names stay behind.

    :raises UnwritableNetwork: if a transformer's shift is no whole hour, or lines have fewer than three phases
    """
    shifts = network.transformers.shift_degree % DEGREES_PER_HOUR
    if shifts.any():
        at = int(np.flatnonzero(shifts)[0])
        raise UnwritableNetwork(
            N_("Transformer %(id)s shifts by %(shift)s°, no multiple of 30°, which power-grid-model cannot hold."),
            id=int(network.transformers.id[at]),
            shift=float(network.transformers.shift_degree[at]),
        )
    for at, phases in enumerate(network.lines.phases):
        if phases != ALL_PHASES:
            raise UnwritableNetwork(
                N_("Line %(id)s has the phases %(phases)s; power-grid-model knows lines of three phases only."),
                id=int(network.lines.id[at]),
                phases=phases,
            )
    ends = connections(network)
    links = [at for at, kind in enumerate(network.switches.kind) if kind == "bus"]
    switches = network.switches.take(np.array(links, dtype=np.int64))
    tables: dict[str, tuple[int, Columns]] = {
        "node": (len(network.buses), {"u_rated": network.buses.nominal_kv * 1e3}),
        "line": (len(network.lines), {**_conductors(network, ends), **_zero_sequence(network)}),
        "transformer": (len(network.transformers), {**_windings(network, ends), **_groups(network), **_tap_range(network)}),
        "link": (
            len(switches),
            {"from_node": switches.bus, "to_node": switches.element, "from_status": switches.closed, "to_status": switches.closed},
        ),
        "source": (len(network.sources), _supplies(network)),
        **_injections("load", network.loads),
        **_injections("gen", network.generators),
        "shunt": (len(network.shunts), _shunts(network)),
    }
    data, first = {}, 0
    for kind, (count, columns) in tables.items():
        cells = {"id": first + np.arange(count), **columns}
        broad = {name: np.broadcast_to(column, count) if np.ndim(column) <= 1 else column for name, column in cells.items()}
        data[kind] = [{name: _plain(column[at]) for name, column in broad.items() if _says(column[at])} for at in range(count)]
        first += count
    document = {"version": "1.0", "type": "input", "is_batch": False, "attributes": {}, "data": data}
    return json.dumps(document, allow_nan=False)


def _plain(cell: Any) -> Any:  # noqa: ANN401 - a number, a flag or one for each phase
    if isinstance(cell, np.ndarray):
        return [float(one) for one in cell]
    return int(cell) if isinstance(cell, bool | np.bool_ | np.integer | int) else float(cell)


def _says(cell: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(cell, np.ndarray) or not math.isnan(float(cell))


def _zero_sequence(network: Network) -> Columns:
    lines = network.lines
    length_km = lines.length_m / 1000
    return {
        "r0": lines.r0_ohm_per_km * length_km / lines.parallel,
        "x0": lines.x0_ohm_per_km * length_km / lines.parallel,
        "c0": lines.c0_nf_per_km * 1e-9 * length_km * lines.parallel,
        "tan0": np.where(np.isnan(lines.c0_nf_per_km), np.nan, 0.0),
    }


def _groups(network: Network) -> Columns:
    """
    Return the winding types of the transformers that say theirs; the others keep what fits their clock.
    """
    rows = network.transformers
    clock = np.round(rows.shift_degree / DEGREES_PER_HOUR).astype(np.int64) % 12
    first, second = np.where(clock % 2 == 1, 2, 1), np.ones(len(rows), dtype=np.int64)
    for at, group in enumerate(rows.vector_group):
        letters = group.rstrip("0123456789")
        high = "".join(letter for letter in letters if letter.isupper())
        low = letters[len(high) :].upper()
        if high in WINDINGS and low in WINDINGS:
            first[at], second[at] = WINDINGS[high], WINDINGS[low]
    return {"winding_from": first, "winding_to": second}


def _tap_range(network: Network) -> Columns:
    """
    Return the ends of the tap range and the size of a step: one that lowers the voltage is told by a range from high to low.
    """
    rows = network.transformers
    low, high = np.minimum(rows.tap_min, rows.tap_position), np.maximum(rows.tap_max, rows.tap_position)
    down = rows.tap_step_percent < 0
    high = np.where(down & (low == high), low + 1, high)
    side_kv = np.where(rows.tap_on_hv, rows.rated_hv_kv, rows.rated_lv_kv)
    return {
        "tap_min": np.where(down, high, low),
        "tap_max": np.where(down, low, high),
        "tap_size": np.abs(rows.tap_step_percent) / 100 * side_kv * 1e3,
    }


def _injections(kind: str, table: Loads | Generators) -> dict[str, tuple[int, Columns]]:
    """
    Return the balanced injections and those of single phases.
    """
    balanced = np.array([phases == ALL_PHASES for phases in table.phases], dtype=np.bool_)
    one, some = table.take(balanced), table.take(~balanced)
    shares = np.array([[phase in phases for phase in ALL_PHASES] for phases in some.phases], dtype=np.float64).reshape(-1, 3)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return {
        f"sym_{kind}": (
            len(one),
            {"node": one.bus, "status": one.in_service, "type": 0, "p_specified": one.p_kw * 1e3, "q_specified": one.q_kvar * 1e3},
        ),
        f"asym_{kind}": (
            len(some),
            {
                "node": some.bus,
                "status": some.in_service,
                "type": 0,
                "p_specified": shares * some.p_kw[:, None] * 1e3,
                "q_specified": shares * some.q_kvar[:, None] * 1e3,
            },
        ),
    }
