"""
Lines, transformers and switches of a pandapower document.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tongdian.engines.grid._formats.frames import Frame, UnreadableNetwork
from tongdian.engines.grid._values import Bools, Floats, Ints, Lines, Switches, Transformers
from tongdian.kit.refused import N_

SWITCH_KINDS = {"b": "bus", "l": "line", "t": "transformer"}
THREE_WINDINGS = "t3"
TURNS_RATIO, TURNS_PHASE = ("Ratio", "Symmetrical"), "Ideal"
FEWEST_POINTS = 2


def read_lines(rows: Frame, position: Mapping[Any, int], geodata: Frame) -> Lines:
    """
    Return the lines; a missing rating is unlimited.
    """
    old = dict(zip(geodata.ids, geodata.cells("coords"), strict=True))
    return Lines(
        id=rows.identifiers(),
        name=rows.names(),
        type_name=rows.words("std_type", "line %(id)s"),
        from_bus=rows.places("from_bus", position),
        to_bus=rows.places("to_bus", position),
        length_m=rows.numbers("length_km") * 1000,
        r_ohm_per_km=rows.numbers("r_ohm_per_km"),
        x_ohm_per_km=rows.numbers("x_ohm_per_km"),
        c_nf_per_km=rows.numbers("c_nf_per_km", 0.0),
        g_us_per_km=rows.numbers("g_us_per_km", 0.0),
        rated_a=rows.numbers("max_i_ka", math.inf) * 1000,
        derating=rows.numbers("df", 1.0),
        parallel=rows.whole("parallel", 1),
        in_service=rows.flags("in_service"),
        path=tuple(_path(cell, old.get(one)) for one, cell in zip(rows.ids, rows.cells("geo"), strict=True)),
        r0_ohm_per_km=rows.numbers("r0_ohm_per_km", math.nan),
        x0_ohm_per_km=rows.numbers("x0_ohm_per_km", math.nan),
        c0_nf_per_km=rows.numbers("c0_nf_per_km", math.nan),
    )


def _path(cell: Any, old: Any) -> Floats | None:  # noqa: ANN401 - GeoJSON, or coordinates of a table of their own
    try:
        held = json.loads(cell) if isinstance(cell, str) and cell else cell
        course = held["coordinates"] if isinstance(held, dict) else old
        points = np.array(course, dtype=np.float64)
    except (ValueError, TypeError, KeyError):
        return None  # a course is only drawn, never calculated with
    if points.ndim != FEWEST_POINTS or len(points) < FEWEST_POINTS or points.shape[1] < FEWEST_POINTS:
        return None
    points = points[:, :2].copy()
    return points if (np.abs(points) <= (180.0, 90.0)).all() else None


def read_transformers(rows: Frame, position: Mapping[Any, int], *, tap_type_counts: bool) -> Transformers:
    """
    Return the two-winding transformers.

    :param tap_type_counts: formats 3.x apply a tap only where ``tap_changer_type`` says so; older ones where a step is given
    """
    alive = rows.flags("in_service")
    for name in ("tap_dependency_table", "tap_dependent_impedance"):
        _refuse(
            rows, rows.flags(name, default=False) & alive, N_("The transformer %(id)s has tables by tap position, which are not supported.")
        )
    neutral, chosen = _taps(rows, alive, tap_type_counts=tap_type_counts)
    return Transformers(
        id=rows.identifiers(),
        name=rows.names(),
        type_name=rows.words("std_type", "transformer %(id)s"),
        hv_bus=rows.places("hv_bus", position),
        lv_bus=rows.places("lv_bus", position),
        rated_kva=rows.numbers("sn_mva") * 1000,
        rated_hv_kv=rows.numbers("vn_hv_kv"),
        rated_lv_kv=rows.numbers("vn_lv_kv"),
        vk_percent=rows.numbers("vk_percent"),
        vkr_percent=rows.numbers("vkr_percent"),
        iron_loss_kw=rows.numbers("pfe_kw", 0.0),
        no_load_percent=rows.numbers("i0_percent", 0.0),
        shift_degree=rows.numbers("shift_degree", 0.0),
        tap_on_hv=np.array([side != "lv" for side in rows.words("tap_side")], dtype=np.bool_),
        tap_neutral=neutral,
        tap_min=_bound(rows, "tap_min", math.floor),
        tap_max=_bound(rows, "tap_max", math.ceil),
        tap_position=chosen,
        tap_step_percent=rows.numbers("tap_step_percent", 0.0),
        parallel=rows.whole("parallel", 1),
        in_service=alive,
        vector_group=rows.words("vector_group"),
    )


def _bound(rows: Frame, name: str, rounded: Any) -> Ints:  # noqa: ANN401 - floor or ceil
    return np.array([rounded(value) for value in rows.numbers(name, 0.0)], dtype=np.int64)


def _taps(rows: Frame, alive: Bools, *, tap_type_counts: bool) -> tuple[Ints, Ints]:
    """
    Return neutral and chosen tap position, equal where pandapower applies no tap.
    """
    neutral = rows.numbers("tap_neutral", math.nan)
    given = rows.numbers("tap_pos", math.nan)
    moved = np.where(np.isnan(given) | np.isnan(neutral), 0.0, given - neutral)
    kinds = _tap_kinds(rows, tap_type_counts=tap_type_counts)
    turning = np.array([kind in TURNS_RATIO for kind in kinds], dtype=np.bool_)
    angle = rows.numbers("tap_step_degree", 0.0)
    ideal = np.array([kind == TURNS_PHASE for kind in kinds], dtype=np.bool_)
    phase = (moved != 0) & alive & (ideal | (turning & (angle % 360 != 0)))
    _refuse(
        rows, phase, N_("The tap changer of transformer %(id)s turns the phase, which is not supported. Set it to its neutral position.")
    )
    second = rows.numbers("tap2_pos", math.nan) - rows.numbers("tap2_neutral", math.nan)
    _refuse(
        rows,
        alive & np.nan_to_num(second).astype(np.bool_),
        N_("The transformer %(id)s has a second tap changer away from neutral, which is not supported."),
    )
    used = np.where(turning, moved, 0.0)
    base = np.where(np.isnan(neutral), 0.0, neutral)
    broken = (used != np.rint(used)) | (base != np.rint(base)) & (used != 0)
    if broken.any():
        raise rows.unusable("tap_pos", int(np.flatnonzero(broken)[0]))
    base = np.rint(base)
    return base.astype(np.int64), (base + used).astype(np.int64)


def _tap_kinds(rows: Frame, *, tap_type_counts: bool) -> list[str]:
    """
    Return what each transformer's tap does, as pandapower 3 sees it: it converts older files by their steps, its own by the type alone.
    """
    sides, types = rows.words("tap_side"), rows.words("tap_changer_type")
    percent, angle = rows.numbers("tap_step_percent", 0.0), rows.numbers("tap_step_degree", 0.0)
    if tap_type_counts and rows.has("tap_changer_type"):
        kinds = list(types)
    else:
        kinds = ["Ratio" if step else TURNS_PHASE if turn else "" for step, turn in zip(percent, angle, strict=True)]
    return [kind if side in ("hv", "lv") else "" for kind, side in zip(kinds, sides, strict=True)]


def _refuse(rows: Frame, wrong: Bools, text: str) -> None:
    if wrong.any():
        raise UnreadableNetwork(text, id=str(rows.ids[int(np.flatnonzero(wrong)[0])]))


def read_switches(rows: Frame, position: Mapping[Any, int], lines: Frame, transformers: Frame) -> Switches:
    """
    Return the switches; those of three-winding transformers are passed over, for these are not in service.
    """
    kinds = rows.words("et")
    kept = [at for at, kind in enumerate(kinds) if kind != THREE_WINDINGS]
    columns = {name: [cells[at] for at in kept] for name, cells in rows.columns.items()}
    rows = Frame(kind=rows.kind, ids=[rows.ids[at] for at in kept], columns=columns)
    kinds = tuple(kinds[at] for at in kept)
    known: dict[str, Mapping[Any, int]] = {
        "b": position,
        "l": {one: at for at, one in enumerate(lines.ids)},
        "t": {one: at for at, one in enumerate(transformers.ids)},
    }
    closed, ohms = rows.flags("closed"), rows.numbers("z_ohm", 0.0)
    bus, elements = rows.places("bus", position), rows.cells("element")
    for at, (kind, element) in enumerate(zip(kinds, elements, strict=True)):
        if kind not in known or isinstance(element, list | dict) or element not in known[kind]:
            raise UnreadableNetwork(
                N_("The switch %(id)s acts on %(kind)s %(element)s, which does not exist."),
                id=str(rows.ids[at]),
                kind=kind,
                element=str(element),
            )
        if kind == "b" and closed[at] and ohms[at] > 0:
            raise UnreadableNetwork(
                N_("The switch %(id)s has an impedance, which is not supported. Model it as a line."), id=str(rows.ids[at])
            )
    element = np.array([known[kind][one] for kind, one in zip(kinds, elements, strict=True)], dtype=np.int64)
    ends = {
        "l": (lines.places("from_bus", position), lines.places("to_bus", position)),
        "t": (transformers.places("hv_bus", position), transformers.places("lv_bus", position)),
    }
    for at, kind in enumerate(kinds):
        if kind in ends and bus[at] not in (ends[kind][0][element[at]], ends[kind][1][element[at]]):
            raise UnreadableNetwork(
                N_("The switch %(id)s stands at bus %(bus)s, which is no end of its %(kind)s %(element)s."),
                id=str(rows.ids[at]),
                bus=str(rows.cells("bus")[at]),
                kind=SWITCH_KINDS[kind],
                element=str(elements[at]),
            )
    return Switches(
        id=rows.identifiers(),
        name=rows.names(),
        kind=tuple(SWITCH_KINDS[kind] for kind in kinds),
        bus=bus,
        element=element,
        closed=closed,
    )
