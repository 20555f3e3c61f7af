"""
Who lives in a made-up town: classes, sizes and roofs of a station's connections, and how heavily its transformer is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._town.conductors import STATIONS, Winding
from tongdian.engines.grid._town.synthetic import VARIANTS
from tongdian.engines.grid._town.town_year import Shapes, row_of
from tongdian.engines.grid._values import Floats, Ints, Names

LOSSES = 0.95  # customers' peak, where transformer and feeders lose the rest
ROOF_SHARE_OF_STATION = 0.30
# kind of quarter -> share of quarters, overhead, share of each class
QUARTERS: dict[str, tuple[float, bool, dict[str, float]]] = {
    "residential": (0.50, False, {"household": 0.86, "commerce": 0.06, "charging": 0.04, "heat_pump": 0.04}),
    "centre": (0.15, False, {"household": 0.35, "commerce": 0.55, "charging": 0.07, "industry": 0.03}),
    "works": (0.10, False, {"household": 0.50, "industry": 0.25, "commerce": 0.20, "charging": 0.05}),
    "village": (0.25, True, {"household": 0.78, "agriculture": 0.14, "commerce": 0.04, "heat_pump": 0.04}),
}
# class -> median kW at the class's peak, spread of its logarithm, power factor
SIZES = {
    "household": (2.2, 0.4, 0.96),
    "commerce": (5.0, 0.7, 0.93),
    "industry": (12.0, 0.8, 0.90),
    "heat_pump": (4.0, 0.4, 0.94),
    "charging": (7.0, 0.3, 0.98),
    "agriculture": (5.0, 0.6, 0.88),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """
    The connections of one station, in order: class, row in the town's profiles, kW and kvar; roofs' kW (0: none).
    """

    quarter: str
    winding: Winding
    customer_class: Names
    row: Ints
    p_kw: Floats
    q_kvar: Floats
    roof_kw: Floats


def pick_quarter(random: np.random.Generator) -> str:
    """
    Return the kind of a quarter.
    """
    names = list(QUARTERS)
    return names[int(random.choice(len(names), p=[QUARTERS[name][0] for name in names]))]


def pick_loading(random: np.random.Generator) -> float:
    """
    Return how much of a station's rating is used at its peak: most between a fifth and seven tenths, one in eight near the limit.
    """
    kind = float(random.uniform())
    low, high = (0.08, 0.20) if kind < 0.05 else (0.20, 0.70) if kind < 0.87 else (0.70, 0.93)  # noqa: PLR2004
    return float(random.uniform(low, high))


def settle(quarter: str, count: int, shapes: Shapes, random: np.random.Generator, *, roof_share: float) -> Customers:
    """
    Return ``count`` customers of a quarter, scaled together so that their joint peak of apparent power is the station's drawn loading.

    :param shapes: the town's profiles
    """
    names, shares = zip(*QUARTERS[quarter][2].items(), strict=True)
    drawn = random.choice(len(names), size=count, p=shares)
    customer_class = tuple(str(names[at]) for at in drawn)
    row = np.array([row_of(name, int(random.integers(VARIANTS))) for name in customer_class], dtype=np.int64)
    p = np.array([SIZES[name][0] * np.exp(SIZES[name][1] * random.standard_normal()) for name in customer_class])
    tan = np.array([np.sqrt(1 / SIZES[name][2] ** 2 - 1) for name in customer_class])
    peak = joint_peak(row, p, p * tan, shapes)[0]
    loading = pick_loading(random)
    winding = STATIONS[0] if peak / loading < 500 else STATIONS[1]  # noqa: PLR2004 - kVA between the two sizes
    p = np.maximum(np.round(p * loading * winding.rated_kva * LOSSES / peak, 3), 0.001)
    return Customers(
        quarter=quarter,
        winding=winding,
        customer_class=customer_class,
        row=row,
        p_kw=p,
        q_kvar=np.round(p * tan, 3),
        roof_kw=_roofs(count, winding.rated_kva, random, share=roof_share),
    )


def joint_peak(row: Ints, p_kw: Floats, q_kvar: Floats, shapes: Shapes) -> tuple[float, int]:
    """
    Return the largest joint apparent power of loads in kVA and its step; powers are not negative.
    """
    used = np.unique(row)
    weights = np.zeros((2, len(used)))
    np.add.at(weights[0], np.searchsorted(used, row), p_kw)
    np.add.at(weights[1], np.searchsorted(used, row), q_kvar)
    bound = ((weights @ shapes.most[used]) ** 2).sum(axis=0)
    squared, step = shapes.largest(bound, lambda steps: ((weights @ shapes.rows[used[:, None], steps]) ** 2).sum(axis=0))
    return float(np.sqrt(squared)), step


def split_peaks(counts: Sequence[int], customers: Customers, shapes: Shapes) -> list[float]:
    """
    Return the joint peak in kVA of each low-voltage feeder, given how many connections each has, in order.
    """
    ends = np.cumsum(counts)
    parts = [slice(int(end) - count, int(end)) for count, end in zip(counts, ends, strict=True)]
    return [joint_peak(customers.row[part], customers.p_kw[part], customers.q_kvar[part], shapes)[0] for part in parts]


def _roofs(count: int, rated_kva: float, random: np.random.Generator, *, share: float) -> Floats:
    """
    Return the peak output of every connection's roof: in some quarters many, in most few.
    """
    local = min(1.0, share * float(random.choice([0.3, 3.8], p=[0.8, 0.2])))
    kw = np.where(random.uniform(size=count) < local, random.uniform(3.0, 15.0, count), 0.0)
    room = ROOF_SHARE_OF_STATION * rated_kva
    return np.round(kw * min(1.0, room / max(float(kw.sum()), 1e-9)), 3)
