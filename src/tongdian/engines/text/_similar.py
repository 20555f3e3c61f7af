"""
How likely two demands tell of one problem: evidence of place, of time and of meaning, added up as log-odds.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._lexicon import FOLDER
from tongdian.engines.text._model import Model
from tongdian.engines.text._place import compare_places, list_keys, parse_place
from tongdian.engines.text._sparse import Floats32, build_symmetric, look_up
from tongdian.engines.text._values import Demand

LEAST_ALIKE = 0.5  # places less alike than this are two places
CROWDED_KEY = 400  # names that share so common a pair of syllables are compared by their other pairs only
SECONDS_A_DAY = 86_400.0
UNKNOWN_DAYS = 10.0  # the gap assumed where a time is missing
LEAST_SHARED = 0.05  # two demands that hardly share a label are not known to be acute
UNNAMED = 0.6  # how alike two demands of a county are when neither names a place
ELSEWHERE = -2.0  # log-odds of two demands of one topic whose places do not look alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    How much each kind of evidence weighs.

    Set by hand from what is common — how fast complaints of one outage follow each other (days), how slowly those of a lasting
    defect, over how many days unrelated demands of a place spread — and then ``prior``, ``place``, ``meaning``, its base and ``softer``
    chosen from a coarse grid on the events named in docs/engines/text.md.

    ``softer``: the temperature of the categories' probabilities is that many times as high as for a demand on its own. Who tells of what
    the whole street knows leaves out what it is about; a category told wrongly must not part what place and time join.
    """

    prior: float = -2.0
    place: float = 4.0  # log-odds gained between places alike by 0.5 and by 1.0: half of it
    place_from: float = 0.65
    meaning: float = 2.0
    meaning_base: float = 0.08  # of two unrelated demands
    softer: float = 1.3
    acute_days: float = 0.75
    lasting_days: float = 14.0
    window_days: float = 45.0
    other_building: float = -8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """
    Demands as numbers: probabilities [demands, labels], days (NaN unknown), place number and building number (0 unknown); and of each label
    how acute it is and whether the building matters.
    """

    chances: Floats32
    meant: Floats32
    acute: Floats32
    days: npt.NDArray[np.float64]
    place: npt.NDArray[np.int64]
    building: npt.NDArray[np.int64]
    single: Floats32
    alike: Any
    cores: tuple[str, ...]


@cache
def load_phrases() -> dict[str, tuple[str, float]]:
    """
    Return each category's words for a title and how acute it is: 1 is over within a day or two, 0 lasts.
    """
    with (FOLDER / "topic_phrases.csv").open(encoding="utf-8", newline="") as file:
        return {row["category"]: (row["phrase"], float(row["acute"])) for row in csv.DictReader(file)}


def prepare(demands: Sequence[Demand], model: Model, *, by: Evidence) -> Prepared:
    """
    Return demands as numbers, their place names compared with each other.
    """
    places = [parse_place(demand.place, demand.city, demand.county) for demand in demands]
    # a place's name must not speak for a matter: 花木大道 is no tree
    texts = [_without(demand.text, read.core) for demand, read in zip(demands, places, strict=True)]
    chances = model.weigh(model.score(texts), softer=by.softer).astype(np.float32)
    norm = np.sqrt(np.maximum(np.diag(model.kin), 1e-6))
    kin = np.clip(model.kin / norm[:, None] / norm[None, :], 0, 1)
    phrases = load_phrases()
    acute = np.array([phrases.get(label, ("", 0.3))[1] for label in model.labels], dtype=np.float32)
    single = np.array([label == "elevator_connection" for label in model.labels], dtype=np.float32)
    numbers: dict[str, int] = {}
    place = np.array([numbers.setdefault(read.core, len(numbers)) for read in places], dtype=np.int64)
    houses: dict[str, int] = {"": 0}
    building = np.array([houses.setdefault(read.building, len(houses)) for read in places], dtype=np.int64)
    days = np.array([count_days(demand.reported_at) if demand.reported_at else math.nan for demand in demands])
    return Prepared(
        chances=chances,
        meant=chances @ kin.astype(np.float32),
        acute=acute,
        days=days,
        place=place,
        building=building,
        single=single,
        alike=_compare_all(tuple(numbers)),
        cores=tuple(numbers),
    )


def count_days(moment: datetime) -> float:
    """
    Return a moment in days of the calendar, whatever its year; of one with a time zone in that of UTC.
    """
    shift = (moment.utcoffset() or timedelta()).total_seconds()
    inside = moment.hour * 3600 + moment.minute * 60 + moment.second - shift
    return moment.toordinal() + inside / SECONDS_A_DAY


def _without(text: str, name: str) -> str:
    return text.replace(name, " ") if len(name) > 1 else text


def _compare_all(cores: tuple[str, ...]) -> Any:  # noqa: ANN401 - a sparse matrix
    """
    Return how alike names are as a sparse symmetric matrix; only names that share a pair of syllables are compared.
    """
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, core in enumerate(cores):
        if core:
            for key in list_keys(core):
                holders[key].append(number)
    pairs = {pair for held in holders.values() if len(held) <= CROWDED_KEY for pair in combinations(held, 2)}
    found = [(one, two, value) for one, two in pairs if (value := compare_places(cores[one], cores[two])) >= LEAST_ALIKE]
    return build_symmetric(len(cores), found, np.array([1.0 if core else UNNAMED for core in cores], dtype=np.float32))


def weigh(ready: Prepared, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], *, by: Evidence) -> Floats32:
    """
    Return the log-odds [rows, columns] that two demands of one area tell of one problem.

    How fast the evidence of time fades is taken from the labels that two demands may share, each weighed by the chance that both have it.
    """
    alike = look_up(ready.alike, ready.place[rows], ready.place[columns])
    same = ready.meant[rows] @ ready.chances[columns].T
    meaning = by.meaning * np.log(np.maximum(same, 1e-3) / by.meaning_base)
    gap = np.abs(ready.days[rows][:, None] - ready.days[columns][None, :])
    gap = np.where(np.isnan(gap), UNKNOWN_DAYS, gap).astype(np.float32)
    shared = np.maximum(ready.chances[rows] @ ready.chances[columns].T, LEAST_SHARED)
    acute = (ready.chances[rows] * ready.acute) @ ready.chances[columns].T / shared
    scale = by.lasting_days * (by.acute_days / by.lasting_days) ** acute
    time = np.log(by.window_days / scale) - gap / scale
    house = (ready.building[rows][:, None] != ready.building[columns][None, :]) & (ready.building[rows] > 0)[:, None]
    house &= (ready.building[columns] > 0)[None, :]
    single = (ready.chances[rows] * ready.single) @ ready.chances[columns].T / shared
    total = by.prior + by.place * (alike - by.place_from) + meaning + time + np.where(house, by.other_building * single, 0)
    return np.asarray(np.where(alike >= LEAST_ALIKE, total, np.minimum(total, 0) + ELSEWHERE), dtype=np.float32)
