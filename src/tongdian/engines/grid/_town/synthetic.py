"""
A seeded year of load by customer class, for networks that come without measurements. Labelled synthetic wherever it is shown.

The shapes follow what is commonly known of a hot-summer, cold-winter province: households peak on summer evenings (cooling) and,
less, in winter; heat pumps and air conditioners follow the temperature; commerce runs by day, industry in shifts, cars charge at night.
Nothing is measured. Each class has several variants, so that neighbours differ; a class's variants are scaled together so that the mean
of them peaks at exactly 1 in the year: a load's ``p_kw`` is its share of its class's coincident peak, and one load alone may exceed it.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate

import numpy as np

from tongdian.engines.grid._values import Floats, Ints, Network, Profiles

VARIANTS = 8
MINUTES_PER_DAY = 1440
CLASSES = ("household", "commerce", "industry", "heat_pump", "charging", "agriculture")
LABEL = "synthetic yearly profiles by customer class, seed {seed}, {year}"

# class -> (weights of 24 hours on a working day, share of that on days off, cooling share, heating share, noise)
_SHAPES: dict[str, tuple[tuple[float, ...], float, float, float, float]] = {
    "household": (
        (
            0.32, 0.28, 0.26, 0.25, 0.26, 0.30, 0.42, 0.52, 0.46, 0.40, 0.40, 0.48,
            0.52, 0.44, 0.40, 0.42, 0.50, 0.66, 0.86, 1.00, 0.98, 0.84, 0.62, 0.42,
        ),
        1.12, 0.90, 0.35, 0.16,
    ),
    "commerce": (
        (
            0.18, 0.16, 0.15, 0.15, 0.15, 0.18, 0.25, 0.40, 0.70, 0.92, 1.00, 0.98,
            0.92, 0.94, 0.96, 0.96, 0.95, 0.92, 0.90, 0.85, 0.70, 0.48, 0.30, 0.22,
        ),
        0.85, 0.60, 0.20, 0.06,
    ),
    "industry": (
        (
            0.45, 0.44, 0.43, 0.43, 0.44, 0.48, 0.60, 0.82, 0.98, 1.00, 0.99, 0.90,
            0.82, 0.95, 1.00, 0.99, 0.95, 0.85, 0.72, 0.66, 0.60, 0.55, 0.50, 0.47,
        ),
        0.55, 0.15, 0.05, 0.05,
    ),
    "heat_pump": (
        (
            0.60, 0.58, 0.56, 0.56, 0.60, 0.72, 0.90, 1.00, 0.92, 0.80, 0.74, 0.72,
            0.74, 0.76, 0.76, 0.78, 0.84, 0.92, 1.00, 0.98, 0.92, 0.84, 0.74, 0.66,
        ),
        1.00, 2.20, 3.00, 0.12,
    ),
    "charging": (
        (
            0.70, 0.50, 0.35, 0.25, 0.15, 0.10, 0.08, 0.10, 0.12, 0.14, 0.16, 0.18,
            0.18, 0.18, 0.18, 0.20, 0.28, 0.45, 0.65, 0.85, 0.98, 1.00, 0.95, 0.85,
        ),
        0.90, 0.00, 0.10, 0.20,
    ),
    "agriculture": (
        (
            0.30, 0.28, 0.28, 0.30, 0.45, 0.80, 1.00, 0.90, 0.60, 0.50, 0.48, 0.46,
            0.46, 0.46, 0.48, 0.60, 0.85, 1.00, 0.80, 0.50, 0.42, 0.38, 0.34, 0.32,
        ),
        1.00, 0.30, 0.10, 0.10,
    ),
}  # fmt: skip


def synthetic_year(network: Network, *, seed: int, year: int = 2021, step_minutes: int = 15) -> Network:
    """
    Attach a seeded, synthetic year to a network: every load gets a variant of its class (unknown classes: household).

    The same network, seed and year give the same bytes. Generators keep constant power.

    :param step_minutes: a divisor of 60
    """
    profiles = class_profiles(seed, year, step_minutes)
    random = np.random.default_rng([seed, 1])
    variant = random.integers(VARIANTS, size=len(network.loads))
    rows = [CLASSES.index(name if name in CLASSES else "household") for name in network.loads.customer_class]
    assigned: Ints = np.array(rows, dtype=np.int64) * VARIANTS + variant
    return network.with_profiles(profiles, loads=assigned)


@lru_cache(maxsize=2)
def class_profiles(seed: int, year: int, step_minutes: int) -> Profiles:
    """
    Return the year of every variant of every class, in the order of :data:`CLASSES`.
    """
    start = datetime(year, 1, 1)  # noqa: DTZ001 - local standard time without summer time
    days = (datetime(year + 1, 1, 1) - start).days  # noqa: DTZ001
    hour = np.arange(days * MINUTES_PER_DAY // step_minutes) * step_minutes / 60.0
    day = (hour // 24).astype(np.int64)
    is_off = np.array([(start + timedelta(days=int(number))).weekday() >= 5 for number in range(days)])[day]  # noqa: PLR2004
    random = np.random.default_rng([seed, 0])
    temperature = _temperature(hour, day, random)
    p = np.concatenate([_variants(name, hour, is_off, temperature, random) for name in CLASSES])
    p = np.ascontiguousarray(p)
    return Profiles(
        name=tuple(f"{name}-{number + 1}" for name in CLASSES for number in range(VARIANTS)),
        p=p,
        q=p.copy(),
        start=start.isoformat(),
        step_minutes=step_minutes,
        label=LABEL.format(seed=seed, year=year),
    )


def _temperature(hour: Floats, day: Ints, random: np.random.Generator) -> Floats:
    """
    Return an outdoor temperature in °C: a yearly and a daily wave and spells of several days.
    """
    spells = _persistent(random, int(day[-1]) + 1, memory=0.75) * 3.0
    yearly: Floats = 16.0 - 12.5 * np.cos(2 * np.pi * (hour / 24 - 20) / 365.25)
    daily = 4.0 * np.cos(2 * np.pi * (hour % 24 - 14.5) / 24)
    return yearly + daily + spells[day]


def _variants(name: str, hour: Floats, is_off: Floats, temperature: Floats, random: np.random.Generator) -> Floats:
    """
    Return the variants of a class [variants, steps], scaled together so that their mean peaks at 1.
    """
    weights, off_share, cooling, heating, noise = _SHAPES[name]
    around = np.array([*weights, weights[0]])
    rows = np.empty((VARIANTS, len(hour)))
    for number in range(VARIANTS):
        shift_hours, slope = random.normal(0.0, 0.5), random.uniform(0.7, 1.3)
        base = np.interp((hour - shift_hours) % 24, np.arange(25), around) * np.where(is_off, off_share, 1.0)
        weather = 1.0 + slope * (cooling * np.clip(temperature - 26, 0, None) + heating * np.clip(8 - temperature, 0, None)) / 10
        rows[number] = base * weather * np.exp(noise * _persistent(random, len(hour), memory=0.9))
    scaled: Floats = rows / rows.mean(axis=0).max()
    return scaled


def _persistent(random: np.random.Generator, count: int, *, memory: float) -> Floats:
    """
    Return autoregressive noise of unit variance.
    """
    drawn = np.sqrt(1 - memory**2) * random.standard_normal(count)
    return np.fromiter(accumulate(drawn.tolist(), lambda before, new: memory * before + new), dtype=np.float64, count=count)
