"""
Single changes of a network that may give a bus more room: a tap, a second or a larger cable, a larger transformer, another switch position,
another time of day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongdian.engines.grid._explain.standard import Standard
from tongdian.engines.grid._flow.path import Branches, branches_to
from tongdian.engines.grid._flow.radial import trees
from tongdian.engines.grid._flow.solver import NOMINAL
from tongdian.engines.grid._values import Ints, Lines, Network, Table

TAP, SECOND_CABLE, LARGER_CABLE, LARGER_TRANSFORMER, SWITCH, TIME = (
    "tap",
    "second_cable",
    "larger_cable",
    "larger_transformer",
    "switch",
    "time",
)
NIGHT = (22, 6)  # hours between which slow charging usually waits
MINUTES_AN_HOUR = 60
SHORTEST_SECTION_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One change. ``element_*`` are what it touches, the first and the last of a section of lines; ``before`` and ``after`` are type names,
    tap positions or hours. For ``switch``: the first element's switch is closed, the last one's opened.
    """

    kind: str
    element_kind: str
    element_ids: tuple[int, ...]
    element_names: tuple[str, ...]
    before: str
    after: str
    length_m: float = 0.0


Changed = tuple[Change, Network]


def changes_at(island: Network, bus: int, standard: Standard) -> Iterator[Changed]:
    """
    Yield the changes of the way from the source to a bus (its position), each with the network that it makes.
    """
    tree = next(tree for tree in trees(island, NOMINAL) if tree.node_of_bus[bus] > 0)
    way = branches_to(island, tree, bus)
    transformers = [at for kind, at in zip(way.kinds, way.elements, strict=True) if kind == "transformer"]
    if transformers:
        yield from _taps(island, transformers[-1])
        yield from _larger_transformer(island, transformers[-1], standard)
    for section in _sections(island.lines, way):
        yield from _cables(island, section, standard)


def at_night(network: Network) -> tuple[Change, Network, Ints] | None:
    """
    Return the change to drawing at night only, the network of the nights alone, and their steps; None where the year has no hours.

    In all other steps nothing is added: nothing can break in them that is not broken already.
    """
    profiles = network.profiles
    if profiles is None or profiles.step_minutes > MINUTES_AN_HOUR:
        return None
    starts = np.datetime64(profiles.start, "m") + np.arange(profiles.steps) * np.timedelta64(profiles.step_minutes, "m")
    hour = (starts - starts.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64) // MINUTES_AN_HOUR
    first, last = NIGHT
    (steps,) = ((hour >= first) | (hour < last)).nonzero()
    if not len(steps):
        return None
    nights = replace(profiles, p=np.ascontiguousarray(profiles.p[:, steps]), q=np.ascontiguousarray(profiles.q[:, steps]))
    change = Change(kind=TIME, element_kind="", element_ids=(), element_names=(), before="00:00–24:00", after=f"{first:02}:00–{last:02}:00")
    return change, replace(network, profiles=nights), steps


def _with(table: Table, rows: Ints, **values: object) -> Any:  # noqa: ANN401 - the table's own class
    """
    Return a table with other values in some rows.
    """
    columns: dict[str, Any] = {}
    for name, value in values.items():
        column = getattr(table, name)
        if isinstance(column, np.ndarray):
            columns[name] = column.copy()
            columns[name][rows] = value
        else:
            columns[name] = tuple(value if at in set(rows.tolist()) else old for at, old in enumerate(column))
    return replace(table, **columns)


def _taps(island: Network, at: int) -> Iterator[Changed]:
    rows, table = np.array([at]), island.transformers
    if not table.tap_step_percent[at]:
        return
    now = int(table.tap_position[at])
    for position in range(int(table.tap_min[at]), int(table.tap_max[at]) + 1):
        if position != now:
            change = _change(TAP, "transformer", table, [at], said=(f"{now:+d}", f"{position:+d}"))
            yield change, replace(island, transformers=_with(table, rows, tap_position=position))


def _larger_transformer(island: Network, at: int, standard: Standard) -> Iterator[Changed]:
    table = island.transformers
    larger = standard.larger_transformer(float(table.rated_kva[at]))
    if larger is not None:
        said = f"{table.rated_kva[at]:g} kVA", f"{larger.code} {larger.rated_kva:g} kVA"
        change = _change(LARGER_TRANSFORMER, "transformer", table, [at], said=said)
        changed = _with(
            table,
            np.array([at]),
            type_name=larger.code,
            rated_kva=larger.rated_kva,
            vk_percent=larger.vk_percent,
            vkr_percent=larger.vkr_percent,
            iron_loss_kw=larger.iron_loss_kw,
            no_load_percent=larger.no_load_percent,
        )
        yield change, replace(island, transformers=changed)


def _sections(lines: Lines, way: Branches) -> Iterator[list[int]]:
    """
    Yield runs of neighbouring lines of one type on the way, as positions; a joint without length is no section.
    """
    run: list[int] = []
    for kind, at in zip(way.kinds, way.elements, strict=True):
        is_same = run and kind == "line" and lines.type_name[run[-1]] == lines.type_name[at] and lines.rated_a[run[-1]] == lines.rated_a[at]
        if run and not is_same:
            yield run
            run = []
        if kind == "line":
            run.append(at)
    if run:
        yield run


def _cables(island: Network, section: list[int], standard: Standard) -> Iterator[Changed]:
    lines, rows = island.lines, np.array(section)
    length = float(lines.length_m[rows].sum())
    if length < SHORTEST_SECTION_M:
        return
    first, count = section[0], int(lines.parallel[section[0]])
    kind = lines.type_name[first]
    second = _change(SECOND_CABLE, "line", lines, section, said=(f"{count} × {kind}", f"{count + 1} × {kind}"), length_m=length)
    yield second, replace(island, lines=_with(lines, rows, parallel=lines.parallel[rows] + 1))
    larger = standard.larger_cable(float(lines.r_ohm_per_km[first]), float(lines.rated_a[first]))
    if larger is not None and island.buses.nominal_kv[lines.from_bus[first]] < 1:
        change = _change(LARGER_CABLE, "line", lines, section, said=(kind, larger.code), length_m=length)
        changed = _with(
            lines,
            rows,
            type_name=larger.code,
            r_ohm_per_km=larger.r_ohm_per_km,
            x_ohm_per_km=larger.x_ohm_per_km,
            rated_a=larger.rated_a,
        )
        yield change, replace(island, lines=changed)


def _change(kind: str, element_kind: str, table: Table, rows: Sequence[int], *, said: tuple[str, str], length_m: float = 0.0) -> Change:
    ends = rows if len(rows) == 1 else (rows[0], rows[-1])
    return Change(
        kind=kind,
        element_kind=element_kind,
        element_ids=tuple(int(table.id[at]) for at in ends),
        element_names=tuple(table.name[at] for at in ends),
        before=said[0],
        after=said[1],
        length_m=length_m,
    )
