"""
Writing a network as pandapower JSON, so that pandapower opens it and calculates the same voltages (``trafo_model="pi"``).
"""

import json
import math
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import refuse_phases
from tongdian.engines.grid._values import Network

FORMAT = "3.0.0"  # the oldest that applies taps by their type; newer pandapower converts it on reading
VOLTAGE_SHARES = ("const_z_p_percent", "const_i_p_percent", "const_z_q_percent", "const_i_q_percent")
KINDS = {"bus": "b", "line": "l", "transformer": "t"}

Columns = dict[str, Any]


def write_pandapower(network: Network) -> str:
    """
    Return the network as a pandapower JSON document. Profiles stay behind: their names are in the column ``profile``.

    :raises UnwritableNetwork: if loads or lines are not of three phases
    """
    refuse_phases(network, "pandapower JSON")
    buses = network.buses.id
    tables: dict[str, tuple[Any, Columns]] = {
        "bus": (buses, _buses(network)),
        "line": (network.lines.id, _lines(network)),
        "trafo": (network.transformers.id, _transformers(network)),
        "switch": (network.switches.id, _switches(network)),
        "shunt": (network.shunts.id, _shunts(network)),
        "ext_grid": (network.sources.id, _sources(network)),
    }
    for name, table in (("load", network.loads), ("sgen", network.generators)):
        tables[name] = (
            table.id,
            {
                "name": table.name,
                "bus": buses[table.bus],
                "p_mw": table.p_kw / 1000,
                "q_mvar": table.q_kvar / 1000,
                "scaling": np.ones(len(table)),
                "in_service": table.in_service,
                "profile": [named or None for named in table.profile_name],
                **({share: np.zeros(len(table)) for share in VOLTAGE_SHARES} if name == "load" else {}),
            },
        )
    held: dict[str, Any] = {
        "f_hz": network.frequency_hz,
        "sn_mva": 1.0,
        "name": network.source,
        "version": FORMAT,
        "format_version": FORMAT,
    }
    held |= {name: _frame(index, columns) for name, (index, columns) in tables.items()}
    whole = {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": held}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False)


def _frame(index: Any, columns: Columns) -> dict[str, Any]:  # noqa: ANN401 - any sequence of whole numbers
    cells = [[_plain(cell) for cell in (column.tolist() if isinstance(column, np.ndarray) else column)] for column in columns.values()]
    split = {"columns": list(columns), "index": [int(one) for one in index], "data": [list(row) for row in zip(*cells, strict=True)]}
    dtypes = {name: _dtype(column) for name, column in columns.items()}
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(split, ensure_ascii=False, allow_nan=False),
        "orient": "split",
        "dtype": dtypes,
        "is_multiindex": False,
        "is_multicolumn": False,
    }


def _plain(cell: Any) -> Any:  # noqa: ANN401 - a number, a flag or a word
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _dtype(column: Any) -> str:  # noqa: ANN401 - an array or words
    kinds = {"f": "float64", "i": "int64", "b": "bool"}
    return kinds[column.dtype.kind] if isinstance(column, np.ndarray) else "object"


def _point(lon: float, lat: float) -> str | None:
    return None if math.isnan(lon) or math.isnan(lat) else json.dumps({"type": "Point", "coordinates": [lon, lat]})


def _buses(network: Network) -> Columns:
    buses = network.buses
    return {
        "name": buses.name,
        "vn_kv": buses.nominal_kv,
        "type": ["b"] * len(buses),
        "zone": [None] * len(buses),
        "in_service": buses.in_service,
        "geo": [_point(float(lon), float(lat)) for lon, lat in zip(buses.lon, buses.lat, strict=True)],
    }


def _lines(network: Network) -> Columns:
    lines = network.lines
    courses = [None if path is None else json.dumps({"type": "LineString", "coordinates": path.tolist()}) for path in lines.path]
    columns = {
        "name": lines.name,
        "std_type": lines.type_name,
        "from_bus": network.buses.id[lines.from_bus],
        "to_bus": network.buses.id[lines.to_bus],
        "length_km": lines.length_m / 1000,
        "r_ohm_per_km": lines.r_ohm_per_km,
        "x_ohm_per_km": lines.x_ohm_per_km,
        "c_nf_per_km": lines.c_nf_per_km,
        "g_us_per_km": lines.g_us_per_km,
        "max_i_ka": lines.rated_a / 1000,  # empty where unlimited
        "df": lines.derating,
        "parallel": lines.parallel,
        "type": [None] * len(lines),
        "in_service": lines.in_service,
        "geo": courses,
    }
    for name in ("r0_ohm_per_km", "x0_ohm_per_km", "c0_nf_per_km"):
        if not np.isnan(getattr(lines, name)).all():
            columns[name] = getattr(lines, name)
    return columns


def _transformers(network: Network) -> Columns:
    rows = network.transformers
    turned = rows.tap_step_percent != 0
    return {
        "name": rows.name,
        "std_type": rows.type_name,
        "hv_bus": network.buses.id[rows.hv_bus],
        "lv_bus": network.buses.id[rows.lv_bus],
        "sn_mva": rows.rated_kva / 1000,
        "vn_hv_kv": rows.rated_hv_kv,
        "vn_lv_kv": rows.rated_lv_kv,
        "vk_percent": rows.vk_percent,
        "vkr_percent": rows.vkr_percent,
        "pfe_kw": rows.iron_loss_kw,
        "i0_percent": rows.no_load_percent,
        "shift_degree": rows.shift_degree,
        "tap_side": ["hv" if on_hv else "lv" for on_hv in rows.tap_on_hv],
        "tap_neutral": rows.tap_neutral.astype(np.float64),
        "tap_min": rows.tap_min.astype(np.float64),
        "tap_max": rows.tap_max.astype(np.float64),
        "tap_step_percent": rows.tap_step_percent,
        "tap_step_degree": np.zeros(len(rows)),
        "tap_pos": rows.tap_position.astype(np.float64),
        "tap_changer_type": ["Ratio" if one else None for one in turned],
        "tap_dependency_table": np.zeros(len(rows), dtype=np.bool_),
        "parallel": rows.parallel,
        "df": np.ones(len(rows)),
        "in_service": rows.in_service,
        "vector_group": [group or None for group in rows.vector_group],
    }


def _switches(network: Network) -> Columns:
    rows = network.switches
    owners = {"bus": network.buses.id, "line": network.lines.id, "transformer": network.transformers.id}
    return {
        "bus": network.buses.id[rows.bus],
        "element": np.array([owners[kind][at] for kind, at in zip(rows.kind, rows.element, strict=True)], dtype=np.int64),
        "et": [KINDS[kind] for kind in rows.kind],
        "type": [None] * len(rows),
        "closed": rows.closed,
        "name": rows.name,
        "z_ohm": np.zeros(len(rows)),
    }


def _shunts(network: Network) -> Columns:
    rows = network.shunts
    return {
        "name": rows.name,
        "bus": network.buses.id[rows.bus],
        "p_mw": rows.p_kw / 1000,
        "q_mvar": rows.q_kvar / 1000,
        "vn_kv": network.buses.nominal_kv[rows.bus],
        "step": np.ones(len(rows), dtype=np.int64),
        "max_step": np.ones(len(rows), dtype=np.int64),
        "in_service": rows.in_service,
    }


def _sources(network: Network) -> Columns:
    rows = network.sources
    return {
        "name": rows.name,
        "bus": network.buses.id[rows.bus],
        "vm_pu": rows.voltage_pu,
        "va_degree": rows.angle_degree,
        "slack_weight": np.ones(len(rows)),
        "in_service": rows.in_service,
    }
