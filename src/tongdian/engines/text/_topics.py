"""
Finds topics: many demands about one problem at one place and time, and earlier demands that one just coming in repeats.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tongdian.engines.text._model import Model
from tongdian.engines.text._place import parse_place
from tongdian.engines.text._similar import Evidence, Prepared, load_phrases, prepare, weigh
from tongdian.engines.text._sparse import cluster, connect, look_up
from tongdian.engines.text._values import Demand, Likely, Topic
from tongdian.kit.refused import N_, Refused

ROWS_AT_ONCE = 400
MOST_NEIGHBOURS = 3000  # later demands of an area that one is compared with
LARGEST = 700  # demands joined at once; a larger topic is joined from parts
WIDEST = 20.0  # log-odds beyond this add nothing
Whole = npt.NDArray[np.int64]


class RepeatedDemand(Refused):
    """
    Two demands have the same identifier.
    """


def find_topics(demands: Sequence[Demand], model: Model, *, evidence: Evidence | None = None) -> tuple[Topic, ...]:
    """
    Return the topics of two demands or more, the largest first; single demands belong to none.

    :raises RepeatedDemand: if two demands have the same identifier
    """
    twice = [number for number, count in Counter(demand.id for demand in demands).items() if count > 1]
    if twice:
        raise RepeatedDemand(N_("The identifier %(id)s stands on several rows. Give every demand its own."), id=twice[0])
    by = evidence or Evidence()
    areas: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, demand in enumerate(demands):
        if demand.text.strip():
            areas[_area(demand)].append(position)
    groups: list[tuple[list[Demand], int]] = []
    for _, positions in sorted(areas.items()):
        members = [demands[position] for position in positions]
        ready = prepare(members, model, by=by)
        for group in _join(ready, by=by):
            label = int(np.log(np.maximum(ready.chances[group], 1e-4)).mean(axis=0).argmax())
            groups.append(([members[row] for row in group], label))
    groups.sort(key=lambda group: (-len(group[0]), min(demand.id for demand in group[0])))
    return tuple(_describe(number, members, model.labels[label]) for number, (members, label) in enumerate(groups, start=1))


def find_earlier(demand: Demand, earlier: Sequence[Demand], model: Model, *, most: int = 3) -> tuple[Likely, ...]:
    """
    Return the earlier demands that probably tell of the same problem, the likeliest first.
    """
    here = [other for other in earlier if _area(other) == _area(demand) and other.id != demand.id]
    if not here or not demand.text.strip():
        return ()
    by = Evidence()
    ready = prepare([demand, *here], model, by=by)
    others = np.arange(1, len(here) + 1)
    odds = weigh(ready, np.array([0]), others, by=by)[0]
    alike = look_up(ready.alike, ready.place[:1], ready.place[1:])[0]
    matter = ready.meant[:1] @ ready.chances[1:].T
    order = [row for row in np.argsort(-odds, kind="stable")[:most] if odds[row] > 0]
    return tuple(
        Likely(
            demand_id=here[row].id,
            probability=float(1 / (1 + np.exp(-odds[row]))),
            same_place=float(alike[row]),
            same_matter=float(matter[0, row]),
        )
        for row in order
    )


def _area(demand: Demand) -> tuple[str, str]:
    return demand.city.strip().removesuffix("市"), demand.county.strip()


def _join(ready: Prepared, *, by: Evidence) -> Iterator[list[int]]:
    """
    Yield groups of rows, each in order of time: connected by likely pairs first, then cut by average linkage.
    """
    order = np.argsort(np.where(np.isnan(ready.days), np.inf, ready.days), kind="stable")
    group_of = connect(len(order), *_link(ready, order, by=by))
    by_group = np.argsort(group_of, kind="stable")
    bounds = np.searchsorted(group_of[by_group], np.arange(group_of.max() + 2))
    for start, stop in pairwise(bounds):
        if stop - start > 1:
            yield from _cut(ready, order[np.sort(by_group[start:stop])], by=by)


def _link(ready: Prepared, order: Whole, *, by: Evidence) -> tuple[Whole, Whole]:
    """
    Return the pairs, in order of time, that are likelier one problem than two.
    """
    size = len(order)
    days = ready.days[order]
    last = np.searchsorted(np.where(np.isnan(days), np.inf, days), days + by.window_days, side="right")
    found: list[tuple[Whole, Whole]] = []
    for start in range(0, size, ROWS_AT_ONCE):
        stop = min(size, start + ROWS_AT_ONCE)
        end = size if np.isnan(days[start:stop]).any() else int(last[stop - 1])
        end = min(max(end, stop), stop + MOST_NEIGHBOURS)
        odds = weigh(ready, order[start:stop], order[start:end], by=by)
        rows, columns = np.nonzero(np.triu(odds > 0, k=1))
        found.append((rows + start, columns + start))
    return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])


def _cut(ready: Prepared, rows: Whole, *, by: Evidence) -> Iterator[list[int]]:
    """
    Yield the groups of one connected set: two are joined while their members are, on average, likelier one problem than two.
    """
    joined: list[list[int]] = []
    for start in range(0, len(rows), LARGEST):
        part = rows[start : start + LARGEST]
        numbers = cluster(weigh(ready, part, part, by=by), widest=WIDEST) if len(part) > 1 else np.array([1])
        for number in np.unique(numbers):
            group = part[numbers == number].tolist()
            home = _find_home(ready, group, joined, by=by) if start else None
            if home is None:
                joined.append(group)
            else:
                home.extend(group)
    yield from (group for group in joined if len(group) > 1)


def _find_home(ready: Prepared, group: list[int], others: list[list[int]], *, by: Evidence) -> list[int] | None:
    """
    Return the group of an earlier part that this one goes on telling of, judged by its latest members.
    """
    best, home = 0.0, None
    for other in others:
        odds = float(np.clip(weigh(ready, np.array(group[:20]), np.array(other[-20:]), by=by), -WIDEST, WIDEST).mean())
        if odds > best:
            best, home = odds, other
    return home


def _describe(number: int, members: list[Demand], category: str) -> Topic:
    times = sorted(demand.reported_at for demand in members if demand.reported_at)
    members = sorted(members, key=lambda demand: (demand.reported_at is None, demand.reported_at or datetime.min, demand.id))  # noqa: DTZ901
    place = _name_place(members)
    days = Counter(time.date().isoformat() for time in times)
    return Topic(
        id=f"T{number:04d}",
        title=_title(place or members[0].county or members[0].city, category, times),
        category=category,
        city=members[0].city,
        county=members[0].county,
        place=place,
        demand_ids=tuple(demand.id for demand in members),
        first_at=times[0] if times else None,
        last_at=times[-1] if times else None,
        heat=tuple(sorted(days.items())),
    )


def _name_place(members: list[Demand]) -> str:
    """
    Return the name most members use, without building and floor; of several the longest.
    """
    named = [demand for demand in members if demand.place.strip()]
    if not named:
        return ""
    read = [parse_place(demand.place, demand.city, demand.county) for demand in named]
    common = Counter(place.core for place in read).most_common(1)[0][0]
    counts = Counter((not place.building, demand.place.strip()) for place, demand in zip(read, named, strict=True) if place.core == common)
    return max(counts, key=lambda name: (name[0], counts[name], len(name[1])))[1]


def _title(place: str, category: str, times: list[datetime]) -> str:
    phrase, acute = load_phrases().get(category, (category, 0.0))
    if times and acute == 1.0:
        return f"{place}{times[0].month}月{times[0].day}日{phrase}"
    return f"{place}{phrase}"
