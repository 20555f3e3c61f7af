"""
Joining a year of measured or published profiles to the loads and generators of a network.

A load's ``profile_name`` NAME joins the columns ``NAME_pload`` and ``NAME_qload`` of a table of multipliers, a static generator's the one
column ``NAME``; the power of a step is the column times the element's own power. SimBench publishes its years so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from tongdian.engines.grid._formats.csvtable import Columns, read_columns
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import Bools, Ints, Names, Network, Profiles
from tongdian.kit.refused import N_

MINUTES_OF_YEARS = (365 * 24 * 60, 366 * 24 * 60)
HOUR, QUARTER = 60, 15
STEPS = (1, 5, 10, 15, 20, 30, 60)
LATEST_TURN, TURNING_MONTHS = 4 * HOUR, (3, 4, 9, 10, 11)  # of the clock, by night
START, START_OF_LEAP_YEAR = "2021-01-01T00:00:00", "2020-01-01T00:00:00"  # of tables that do not say when their rows are


def attach_year(network: Network, tables: Sequence[tuple[str, bytes]], *, label: str = "") -> Network:
    """
    Return the network with its year, by the profile names of its loads and generators; elements without a name stay constant.

    :param tables: names and contents of CSV tables (plain or gzipped); a column ``time`` is checked for gaps and says when the year begins
    :raises UnreadableNetwork: if an element in service names a profile that no table has, or a table has gaps, times missing or twice,
        or another length than the others
    """
    loads, generators = (
        _named(network.loads.profile_name, network.loads.in_service),
        _named(network.generators.profile_name, network.generators.in_service),
    )
    keys = sorted({("load", name) for name in loads if name} | {("generator", name) for name in generators if name})
    if not keys:
        raise UnreadableNetwork(N_("No load and no generator of the network names a profile, so that the tables would change nothing."))
    pairs = [(f"{name}_pload", f"{name}_qload") if kind == "load" else (name, name) for kind, name in keys]
    wanted = {column for pair in pairs for column in pair}
    columns, found = {}, []
    for name, content in tables:
        one = read_columns(content, wanted, name=name)
        found.append((name, one))
        columns.update(one.numbers)
    for column in sorted(wanted):
        if column not in columns:
            raise UnreadableNetwork(N_("No table has the profile “%(name)s”. Give all tables of profiles."), name=column)
    start, step_minutes = _clock([(name, one) for name, one in found if one.numbers])
    profiles = Profiles(
        name=tuple(name for _, name in keys),
        p=np.stack([columns[p] for p, _ in pairs]),
        q=np.stack([columns[q] for _, q in pairs]),
        start=start,
        step_minutes=step_minutes,
        label=label or ", ".join(name for name, _ in tables),
    )
    at = {key: row for row, key in enumerate(keys)}
    return network.with_profiles(profiles, loads=_rows(loads, "load", at), generators=_rows(generators, "generator", at))


def covers_a_year(profiles: Profiles) -> bool:
    """
    Whether the steps make up a year or more; fewer answer for what they hold, not for a year.
    """
    return profiles.steps * profiles.step_minutes >= MINUTES_OF_YEARS[0]


def _named(names: Names, alive: Bools) -> list[str]:
    return [name if counts else "" for name, counts in zip(names, alive, strict=True)]


def _rows(names: list[str], kind: str, at: dict[tuple[str, str], int]) -> Ints:
    return np.array([at.get((kind, name), -1) for name in names], dtype=np.int64)


def _clock(tables: list[tuple[str, Columns]]) -> tuple[str, int]:
    """
    Return when the year begins and how far its steps are apart.

    :raises UnreadableNetwork: if the tables differ in length or in time, or times are missing, doubled or in disorder
    """
    lengths = {one.rows for _, one in tables}
    if len(lengths) != 1:
        raise UnreadableNetwork(
            N_("The tables of profiles differ in length: %(lengths)s rows."), lengths=", ".join(map(str, sorted(lengths)))
        )
    (rows,) = lengths
    dated = [(name, one.minutes) for name, one in tables if one.minutes is not None]
    if not dated or rows == 1:
        step = next((step for step in STEPS if step * rows in MINUTES_OF_YEARS), QUARTER)
        return (START_OF_LEAP_YEAR if step * rows == MINUTES_OF_YEARS[1] else START), step
    first, minutes = dated[0]
    for name, others in dated:
        _refuse_gaps(name, others)
        if (others != minutes).any():
            row = int(np.flatnonzero(others != minutes)[0])
            raise UnreadableNetwork(
                N_("The tables %(one)s and %(other)s hold different times in row %(row)s."), one=first, other=name, row=row
            )
    start = datetime(1970, 1, 1) + timedelta(minutes=int(minutes[0]))  # noqa: DTZ001 - the utility's own wall clock
    return start.isoformat(), int(minutes[1] - minutes[0])


def _refuse_gaps(name: str, minutes: Ints) -> None:
    """
    Refuse times that are missing, doubled or in disorder; the hours that summer time loses and repeats are none.
    """
    steps = np.diff(minutes)
    step = int(steps[0])
    odd = (steps != step) & ~_turns_of_the_clock(minutes, steps, step) if step > 0 else steps <= 0
    if odd.any() or step <= 0:
        row = int(np.flatnonzero(odd)[0]) + 1
        raise UnreadableNetwork(
            N_("The table %(name)s has uneven times: row %(row)s follows the one before by %(minutes)s minutes, not %(step)s."),
            name=name,
            row=row,
            minutes=int(steps[row - 1]),
            step=max(step, 0),
        )


def _turns_of_the_clock(minutes: Ints, steps: Ints, step: int) -> Bools:
    """
    Return where the clock may have been turned by an hour: at night, in the months in which some country does so, once a year each way.
    """
    before = minutes[:-1]
    month = before.astype("datetime64[m]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    fitting = (before % (24 * HOUR) < LATEST_TURN) & np.isin(month, TURNING_MONTHS)
    found: Bools = np.zeros(len(steps), dtype=np.bool_)
    for turned in (step + HOUR, step - HOUR):
        rows = np.flatnonzero(fitting & (steps == turned))
        if len(rows) <= len(minutes) * step // MINUTES_OF_YEARS[0] + 1:
            found[rows] = True
    return found
