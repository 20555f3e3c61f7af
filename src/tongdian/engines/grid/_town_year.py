"""
The year of a made-up town: loads by class, as in the synthetic year, and roofs under a made-up sun. Nothing of it is measured.
"""

from functools import lru_cache

import numpy as np

from tongdian.engines.grid._streets import CORNER_LAT
from tongdian.engines.grid._synthetic import CLASSES, VARIANTS, class_profiles
from tongdian.engines.grid._values import Floats, Profiles

ROOFS = 6
ROOF_ROW = len(CLASSES) * VARIANTS  # of the first roof
DECIMALS = 6
LABEL = "synthetic year of a made-up town, seed {seed}, {year}"


def row_of(name: str, variant: int) -> int:
    """
    Return the row of a class's variant in the town's profiles.
    """
    return CLASSES.index(name) * VARIANTS + variant


@lru_cache(maxsize=2)
def town_year(seed: int, year: int, step_minutes: int) -> Profiles:
    """
    Return the profiles that all feeders of a town share: every class's variants, then the roofs. Reactive power follows active power.
    """
    loads = class_profiles(seed, year, step_minutes)
    random = np.random.default_rng([seed, 7])
    roofs = [_roof(loads.steps, step_minutes, random) for _ in range(ROOFS)]
    p = np.round(np.concatenate([loads.p, np.stack(roofs)]), DECIMALS)
    return Profiles(
        name=(*loads.name, *(f"roof-{number + 1}" for number in range(ROOFS))),
        p=p,
        q=p,
        start=loads.start,
        step_minutes=step_minutes,
        label=LABEL.format(seed=seed, year=year),
    )


def _roof(steps: int, step_minutes: int, random: np.random.Generator) -> Floats:
    """
    Return a roof's output [steps], largest 1: the sine of the sun's height (Cooper's declination), dimmed by clouds of days and hours.
    """
    hour = np.arange(steps) * step_minutes / 60.0
    day = (hour // 24).astype(np.int64)
    declination = np.deg2rad(23.45) * np.sin(2 * np.pi * (284 + day + 1) / 365)
    latitude, tilt_hours = np.deg2rad(CORNER_LAT), float(random.uniform(-1.0, 1.0))
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(np.pi / 12 * (hour - 12 - tilt_hours))
    cloudy_days = random.beta(2.0, 1.2, int(day[-1]) + 1)[day]
    passing = np.repeat(random.beta(6.0, 1.5, -(-steps // 2)), 2)[:steps]
    output: Floats = np.clip(height, 0.0, None) * cloudy_days * passing
    highest: float = output.max()
    return output / highest
