"""
pandapower documents made by hand, without pandapower.
"""

import json

BUS = ["name", "vn_kv", "type", "zone", "in_service", "geo"]
LOAD = ["name", "bus", "p_mw", "q_mvar", "scaling", "in_service", "type"]
LINE = [
    "name",
    "std_type",
    "from_bus",
    "to_bus",
    "length_km",
    "r_ohm_per_km",
    "x_ohm_per_km",
    "c_nf_per_km",
    "g_us_per_km",
    "max_i_ka",
    "df",
    "parallel",
    "in_service",
    "geo",
]
SWITCH = ["bus", "element", "et", "type", "closed", "name", "z_ohm"]
SOURCE = ["name", "bus", "vm_pu", "va_degree", "in_service"]


def frame(columns, rows, index=None):
    index = list(range(len(rows))) if index is None else index
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps({"columns": columns, "index": index, "data": rows}),
    }


def document(**tables):
    net = {"f_hz": 50.0, "format_version": "3.1.0", **tables}
    return json.dumps({"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": net})
