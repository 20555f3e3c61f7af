"""
Lines that may carry more in winter: the capacity of a year is the least of the capacities of its seasons, exactly.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tongdian.engines.grid._capacity.capacity import CapacityTable
from tongdian.engines.grid._values import Ints, Network

WINTER = (12, 1, 2)


def by_season(network: Network, months: Sequence[int] = WINTER) -> list[tuple[Network, Ints]]:
    """
    Return the network once for each season of ratings, with its steps and ratings, and which steps they are.

    :param months: of winter, 1 to 12; the months of the year's own calendar
    """
    year, lines = network.profiles, network.lines
    own = ~np.isnan(lines.winter_rated_a)
    if year is None or not own.any():
        return [(network, np.arange(year.steps if year else 1))]
    begin = np.datetime64(year.start, "m")
    moments = begin + np.arange(year.steps) * np.timedelta64(year.step_minutes, "m")
    cold = np.isin(moments.astype("datetime64[M]").astype(np.int64) % 12 + 1, months)
    winter = replace(network, lines=replace(lines, rated_a=np.where(own, lines.winter_rated_a, lines.rated_a)))
    parts = [(winter, np.flatnonzero(cold)), (network, np.flatnonzero(~cold))]
    return [(of_steps(part, steps), steps) for part, steps in parts if len(steps)]


def least(one: CapacityTable, other: CapacityTable) -> CapacityTable:
    """
    Return, bus by bus, the smaller of two answers for different steps, with the smaller margin of the base case.
    """
    pick = (other.capacity_kw < one.capacity_kw) | (np.isnan(other.capacity_kw) & ~np.isnan(one.capacity_kw))
    words: dict[str, Any] = {
        name: tuple(b if chosen else a for a, b, chosen in zip(getattr(one, name), getattr(other, name), pick, strict=True))
        for name in ("limit", "element_kind", "element_name")
    }
    numbers: dict[str, Any] = {
        name: np.where(pick, getattr(other, name), getattr(one, name)) for name in ("capacity_kw", "element_id", "at")
    }
    return replace(
        one,
        **words,
        **numbers,
        base_margin=np.minimum(one.base_margin, other.base_margin),
        looked_at=one.looked_at + other.looked_at,
    )


def of_steps(network: Network, steps: Ints) -> Network:
    """
    Return the network with some steps of its year only.
    """
    year = network.profiles
    if year is None:
        return network
    return replace(network, profiles=replace(year, p=year.p[:, steps], q=year.q[:, steps]))
