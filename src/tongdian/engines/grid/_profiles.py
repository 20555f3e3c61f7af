"""
Joining a year of measured or published profiles to the loads and generators of a pandapower document.

A load's ``profile`` NAME joins the columns ``NAME_pload`` and ``NAME_qload`` of a table of multipliers, a static generator's the one
column ``NAME``; the power of a step is the column times the element's own power. SimBench publishes its years so.
"""

import csv
import io
from collections.abc import Sequence

import numpy as np

from tongdian.engines.grid._pandapower import UnreadableNetwork, read_tables
from tongdian.engines.grid._values import Floats, Ints, Network, Profiles
from tongdian.kit.refused import N_


def join_profiles(
    network: Network, document: str | bytes, tables: Sequence[str], *, start: str, step_minutes: int = 15, label: str = ""
) -> Network:
    """
    Return the network with its year.

    :param document: the pandapower document that the network was read from
    :param tables: the text of CSV files with a header; a column that is no number (a time) is never asked for
    :raises UnreadableNetwork: if an element names a profile that no table has, or a profile has gaps or another length
    """
    elements = read_tables(document)
    loads, generators = [row.get("profile") or "" for row in elements["load"]], [row.get("profile") or "" for row in elements["sgen"]]
    wanted = {f"{name}_{side}load" for name in loads if name for side in "pq"} | {name for name in generators if name}
    columns = _columns(tables, wanted)
    for name in sorted(wanted):
        if name not in columns:
            raise UnreadableNetwork(N_("No table has the profile “%(name)s”. Give all tables of profiles."), name=name)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise UnreadableNetwork(
            N_("The tables of profiles differ in length: %(lengths)s rows."), lengths=", ".join(map(str, sorted(lengths)))
        )
    keys = sorted({("load", name) for name in loads if name} | {("generator", name) for name in generators if name})
    pairs = [(f"{name}_pload", f"{name}_qload") if kind == "load" else (name, name) for kind, name in keys]
    profiles = Profiles(
        name=tuple(name for _, name in keys),
        p=np.stack([columns[p] for p, _ in pairs]),
        q=np.stack([columns[q] for _, q in pairs]),
        start=start,
        step_minutes=step_minutes,
        label=label,
    )
    at = {key: row for row, key in enumerate(keys)}
    return network.with_profiles(profiles, loads=_rows(loads, "load", at), generators=_rows(generators, "generator", at))


def _rows(names: list[str], kind: str, at: dict[tuple[str, str], int]) -> Ints:
    return np.array([at.get((kind, name), -1) for name in names], dtype=np.int64)


def _columns(tables: Sequence[str], wanted: set[str]) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    for text in tables:
        header = next(csv.reader(io.StringIO(text)), [])
        places = [at for at, name in enumerate(header) if name in wanted]
        if not places:
            continue
        try:
            values = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1, usecols=places, ndmin=2)
        except ValueError as error:
            raise UnreadableNetwork(N_("A table of profiles has a gap or a text: %(reason)s."), reason=str(error)) from error
        for place, column in zip(places, values.T, strict=True):
            if not np.isfinite(column).all():
                row = int(np.flatnonzero(~np.isfinite(column))[0])
                raise UnreadableNetwork(N_("The profile “%(name)s” has no number in row %(row)s."), name=header[place], row=row)
            columns[header[place]] = np.ascontiguousarray(column)
    return columns
