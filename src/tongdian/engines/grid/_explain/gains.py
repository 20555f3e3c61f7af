"""
Which single change gives a bus how much more: every one confirmed by the exact capacity of the network that it makes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid._capacity.coarse_year import NoBaseCase
from tongdian.engines.grid._capacity.one import NotSupplied, Question, Room, room_at
from tongdian.engines.grid._explain.changes import Change, at_night, changes_at
from tongdian.engines.grid._explain.explain import take_island
from tongdian.engines.grid._explain.standard import Standard, read_standard
from tongdian.engines.grid._explain.switching import switchings
from tongdian.engines.grid._flow.loops import NotRadial
from tongdian.engines.grid._flow.solver import run_year
from tongdian.engines.grid._topology import UnknownElement, position_of
from tongdian.engines.grid._values import Bools, Floats, Limits, Network
from tongdian.kit.refused import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """
    What a change brings: the exact capacity with it, how much more that is, and what binds then.
    """

    change: Change
    capacity_kw: float
    gain_kw: float
    then: Room


def find_gains(network: Network, question: Question, *, bus: int, standard: Standard | None = None) -> tuple[Gain, ...]:
    """
    Return the single changes that give a bus (its position) more, the most first; of several taps, or of several
    switchings over one tie, only the best.

    Tried are: the taps and the next larger transformer of the last transformer above the bus, a second and a larger cable along every
    section of one type on its way, up to four ties with three switches each, and for a load drawing at night only.

    :param standard: the rows from which the next larger is taken, the shipped ones by default
    """
    island, mask, at = take_island(network, question, bus)
    asked = replace(question, voltage_at=mask)
    now, margin = room_at(island, asked, at)
    tried = [*_on_the_way(island, asked, at, standard or read_standard()), *_switched(network, question, bus)]
    if not question.generation and margin >= 0:
        tried += _timed(island, asked, at)
    gains = [
        Gain(change=change, capacity_kw=room.capacity_kw, gain_kw=room.capacity_kw - now.capacity_kw, then=room)
        for change, room in tried
        if room.capacity_kw > now.capacity_kw
    ]
    gains.sort(key=lambda gain: (-gain.capacity_kw, gain.change.kind, gain.change.element_ids, gain.change.after))
    best: dict[tuple[str, tuple[int, ...]], Gain] = {}
    for gain in gains:
        best.setdefault((gain.change.kind, gain.change.element_ids[:1]), gain)
    return tuple(best.values())


def _on_the_way(island: Network, question: Question, bus: int, standard: Standard) -> Iterator[tuple[Change, Room]]:
    for change, changed in changes_at(island, bus, standard):
        yield change, room_at(changed, question, bus)[0]


def _timed(island: Network, question: Question, bus: int) -> Iterator[tuple[Change, Room]]:
    night = at_night(island)
    if night is not None:
        change, nights, steps = night
        room = room_at(nights, question, bus)[0]
        yield change, replace(room, at=int(steps[room.at])) if room.at >= 0 else room


def _switched(network: Network, question: Question, bus: int) -> Iterator[tuple[Change, Room]]:
    for found in switchings(network, bus):
        try:
            island, mask, at = take_island(found.network, question, bus)
            asked = replace(question, voltage_at=mask)
            room = room_at(island, asked, at)[0]
            if room.capacity_kw <= 0:
                continue
            far = int(network.buses.id[found.far_bus])
            try:
                position_of(island.buses, far)
            except UnknownElement:
                if not _holds(found.network, question, found.far_bus):
                    continue
            yield found.change, room
        except (NoBaseCase, NotRadial, NotSupplied):  # it would collapse, or sources contradict each other
            continue


def _holds(network: Network, question: Question, bus: int) -> bool:
    """
    Tell whether an island to which load was moved breaks nothing in the whole year.
    """
    island, mask, _ = take_island(network, question, bus)
    try:
        year = run_year(island)
    except Refused:
        return False
    limits, judged = question.limits, np.ones(len(island.buses), dtype=np.bool_) if mask is None else mask
    return _is_kept(limits, judged, year.voltage_min_pu, year.voltage_max_pu) and bool(
        (year.line_loading_max <= limits.line_loading).all() and (year.transformer_loading_max <= limits.transformer_loading).all()
    )


def _is_kept(limits: Limits, judged: Bools, lowest: Floats, highest: Floats) -> bool:
    return bool((lowest[judged] >= limits.voltage_min_pu).all() and (highest[judged] <= limits.voltage_max_pu).all())
