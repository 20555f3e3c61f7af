"""
Small networks as pandapower documents, for the reader's and the power flow's tests.
"""

from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, document, frame

TRAFO = [
    "name", "std_type", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent",
    "shift_degree", "tap_side", "tap_neutral", "tap_min", "tap_max", "tap_pos", "tap_step_percent", "parallel", "in_service",
]  # fmt: skip


def two_buses(p_mw=0.03, r_ohm_per_km=0.5, length_km=0.4, **changes):
    """
    Source 10 ──line 7, 400 m── 20 load          (identifiers are not positions)
    """
    tables = {
        "bus": frame(BUS, [["A", 0.4, "b", None, True, None], ["B", 0.4, "b", None, True, None]], [10, 20]),
        "line": frame(LINE, [["L", "type", 10, 20, length_km, r_ohm_per_km, 0.0, 0.0, 0.0, 0.2, 1.0, 1, True, None]], [7]),
        "load": frame(LOAD, [["H", 20, p_mw, 0.0, 1.0, True, "HH"]], [3]),
        "ext_grid": frame(SOURCE, [["G", 10, 1.0, 0.0, True]]),
    }
    return document(**{**tables, **changes})
