"""
Columns out of what OpenDSS scripts said, one row for each object.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tongdian.engines.grid._values import Lines, Transformers


def empty_columns(*columns: str) -> dict[str, Any]:
    """
    Return the columns of a table without rows.
    """
    return {"id": np.zeros(0, dtype=np.int64), "name": (), **{column: np.zeros(0, dtype=np.int64) for column in columns}}


def power_columns(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """
    Return the columns of loads or generators.
    """
    return {
        "id": np.arange(len(rows)),
        "name": tuple(row["name"] for row in rows),
        "bus": np.array([row["bus"] for row in rows], dtype=np.int64),
        "p_kw": np.array([row["p"] for row in rows], dtype=np.float64),
        "q_kvar": np.array([row["q"] for row in rows], dtype=np.float64),
        "profile": np.full(len(rows), -1, dtype=np.int64),
        "in_service": np.array([row["alive"] for row in rows], dtype=np.bool_),
        "phases": tuple(row["phases"] for row in rows),
        "profile_name": tuple(row["shape"] for row in rows),
    }


def line_table(rows: Sequence[dict[str, Any]]) -> Lines:
    """
    Return the lines.
    """

    def column(name: str) -> Any:  # noqa: ANN401 - an array of numbers
        return np.array([row[name] for row in rows], dtype=np.float64)

    amps = column("amps")
    return Lines(
        id=np.arange(len(rows)),
        name=tuple(row["name"] for row in rows),
        type_name=tuple(row["code"] for row in rows),
        from_bus=np.array([row["from"] for row in rows], dtype=np.int64),
        to_bus=np.array([row["to"] for row in rows], dtype=np.int64),
        length_m=column("m"),
        r_ohm_per_km=column("r1"),
        x_ohm_per_km=column("x1"),
        c_nf_per_km=column("c1"),
        g_us_per_km=np.zeros(len(rows)),
        rated_a=np.where(amps > 0, amps, np.inf),
        derating=np.ones(len(rows)),
        parallel=np.ones(len(rows), dtype=np.int64),
        in_service=np.array([row["alive"] for row in rows], dtype=np.bool_),
        path=(None,) * len(rows),
        phases=tuple(row["phases"] for row in rows),
        r0_ohm_per_km=column("r0"),
        x0_ohm_per_km=column("x0"),
        c0_nf_per_km=column("c0"),
    )


def transformer_table(rows: Sequence[dict[str, Any]]) -> Transformers:
    """
    Return the transformers; taps are part of their rated voltages.
    """

    def column(name: str) -> Any:  # noqa: ANN401 - an array of numbers
        return np.array([row[name] for row in rows], dtype=np.float64)

    whole, none = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows))
    kv = np.array([row["kv"] for row in rows], dtype=np.float64).reshape(-1, 2)
    return Transformers(
        id=np.arange(len(rows)),
        name=tuple(row["name"] for row in rows),
        type_name=("",) * len(rows),
        hv_bus=np.array([row["hv"] for row in rows], dtype=np.int64),
        lv_bus=np.array([row["lv"] for row in rows], dtype=np.int64),
        rated_kva=column("kva"),
        rated_hv_kv=kv[:, 0].copy(),
        rated_lv_kv=kv[:, 1].copy(),
        vk_percent=column("vk"),
        vkr_percent=column("vkr"),
        iron_loss_kw=none,
        no_load_percent=none,
        shift_degree=column("shift"),
        tap_on_hv=np.ones(len(rows), dtype=np.bool_),
        tap_neutral=whole,
        tap_min=whole,
        tap_max=whole,
        tap_position=whole,
        tap_step_percent=none,
        parallel=np.ones(len(rows), dtype=np.int64),
        in_service=np.array([row["alive"] for row in rows], dtype=np.bool_),
        vector_group=tuple(row["group"] for row in rows),
    )
