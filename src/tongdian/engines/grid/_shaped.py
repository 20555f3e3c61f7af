"""
The capacity of an addition with a shape, and of lines that may carry more in winter, out of studies of some steps each.

Steps in which the shape has one value see a flat addition: x · value ≤ capacity of these steps alone. The capacity of the shape is hence
the least of capacity / value over its values, exactly; steps of value 0 only tell whether the base case holds.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tongdian.engines.grid._capacity import CapacityTable, capacity
from tongdian.engines.grid._values import Floats, Ints, Limits, Network

WINTER = (12, 1, 2)


def capacity_of_shape(network: Network, limits: Limits, shape: Floats, **options: Any) -> CapacityTable:  # noqa: ANN401 - those of capacity
    """
    Return the largest addition of every bus at shape 1.

    :param shape: [steps], not negative, not zero throughout
    :param options: those of :func:`capacity`
    """
    found: CapacityTable | None = None
    for value in np.unique(shape):
        steps = np.flatnonzero(shape == value)
        one = capacity(of_steps(network, steps), limits, **options)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = (
                np.where(one.capacity_kw > 0, one.capacity_kw / value, 0.0) if value > 0 else np.where(one.base_margin < 0, 0.0, np.inf)
            )
        scaled[np.isnan(one.capacity_kw)] = np.nan if value > 0 else np.inf
        one = replace(one, capacity_kw=scaled, at=np.where(one.at >= 0, steps[one.at], -1))
        found = one if found is None else least(found, one)
    assert found is not None
    return found


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
    words = {
        name: tuple(b if chosen else a for a, b, chosen in zip(getattr(one, name), getattr(other, name), pick, strict=True))
        for name in ("limit", "element_kind", "element_name")
    }
    numbers = {name: np.where(pick, getattr(other, name), getattr(one, name)) for name in ("capacity_kw", "element_id", "at")}
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
