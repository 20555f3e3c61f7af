"""
The year of a made-up town: loads by class, as in the synthetic year, and roofs under a made-up sun. Nothing of it is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tongdian.engines.grid._town.streets import CORNER_LAT
from tongdian.engines.grid._town.synthetic import CLASSES, MINUTES_PER_DAY, VARIANTS, class_profiles
from tongdian.engines.grid._values import Floats, Ints, Profiles

ROOFS = 6
ROOF_ROW = len(CLASSES) * VARIANTS  # of the first roof
DECIMALS = 6
FIRST_LOOK = 4  # days
ROUNDING = 1e-12
LABEL = "synthetic year of a made-up town, seed {seed}, {year}"


def row_of(name: str, variant: int) -> int:
    """
    Return the row of a class's variant in the town's profiles.
    """
    return CLASSES.index(name) * VARIANTS + variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """
    Profiles [rows, steps] and the least and the most that each row reaches on every day [rows, days].
    """

    rows: Floats
    least: Floats
    most: Floats

    def largest(self, bound: Floats, value: Callable[[Ints], Floats]) -> tuple[float, int]:
        """
        Return the largest value of the year and its step, looking only at days whose bound reaches what the fullest days do.

        :param bound: no step of a day has more [days]
        :param value: gives the value of steps
        """
        width = self.rows.shape[1] // self.most.shape[1]

        def look(days: Ints) -> tuple[float, int]:
            steps = (days[:, None] * width + np.arange(width)).ravel()
            values = value(steps)
            at = int(values.argmax())
            return float(values[at]), int(steps[at])

        fullest = look(np.argsort(bound)[-FIRST_LOOK:])[0]
        return look(np.flatnonzero(bound + ROUNDING * np.abs(bound) >= fullest))

    def peak(self, weights: Floats) -> int:
        """
        Return the step in which the profiles, weighted by ``weights`` [rows] of either sign, sum up to most.
        """
        used = np.flatnonzero(weights)
        bound = np.maximum(weights, 0) @ self.most + np.minimum(weights, 0) @ self.least
        return self.largest(bound, lambda steps: weights[used] @ self.rows[used[:, None], steps])[1]


@lru_cache(maxsize=2)
def town_shapes(seed: int, year: int, step_minutes: int) -> Shapes:
    """
    Return the profiles of :func:`town_year` with their days.
    """
    rows = town_year(seed, year, step_minutes).p
    days = rows.reshape(len(rows), -1, MINUTES_PER_DAY // step_minutes)
    return Shapes(rows=rows, least=days.min(axis=2), most=days.max(axis=2))


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
