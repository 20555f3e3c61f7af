"""
The year that OpenDSS's load shapes give a network.
"""

import re
from dataclasses import replace

import numpy as np

from tongdian.engines.grid._formats.dss_parse import Item, Script, items_of
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.engines.grid._values import Floats, Network, Profiles
from tongdian.kit.refused import N_

START = "2021-01-01T00:00:00"  # shapes say no date
FILE = re.compile(r"(?:file|csvfile)\s*=\s*(.+)", re.IGNORECASE)
MINUTES_PER_HOUR = 60


def year_of(script: Script, network: Network) -> Network:
    """
    Return the network with the shapes that its loads and generators name as its year; without names it has none.

    :raises UnreadableNetwork: if a shape does not exist, is broken, or differs from the others in length or step
    """
    used = sorted({name for table in (network.loads, network.generators) for name in table.profile_name if name})
    if not used:
        return network
    shapes = {}
    for name in used:
        if name not in script.items["loadshape"]:
            raise UnreadableNetwork(N_("The load shape “%(name)s” does not exist."), name=name)
        shapes[name] = _shape(script, script.items["loadshape"][name])
    minutes = {step for step, _, _ in shapes.values()}
    lengths = {len(p) for _, p, _ in shapes.values()}
    if len(minutes) != 1 or len(lengths) != 1:
        raise UnreadableNetwork(N_("The load shapes differ in length or step, so that they make up no common year."))
    profiles = Profiles(
        name=tuple(used),
        p=np.stack([shapes[name][1] for name in used]),
        q=np.stack([shapes[name][2] for name in used]),
        start=START,
        step_minutes=minutes.pop(),
        label="OpenDSS load shapes",
    )
    at = {name: row for row, name in enumerate(used)}
    rows = [np.array([at.get(name, -1) for name in table.profile_name], dtype=np.int64) for table in (network.loads, network.generators)]
    return replace(
        network.with_profiles(profiles, loads=rows[0], generators=rows[1]),
    )


def _shape(script: Script, item: Item) -> tuple[int, Floats, Floats]:
    """
    Return a shape's step in minutes and its multipliers of active and reactive power.
    """
    if item.flag("useactual", default=False) or item.last("hour") or item.last("action"):
        raise item.unusable("useactual" if item.flag("useactual", default=False) else "hour" if item.last("hour") else "action")
    minutes = item.number("interval", 1.0) * MINUTES_PER_HOUR
    if item.last("minterval"):
        minutes = item.number("minterval", 60.0)
    elif item.last("sinterval"):
        minutes = item.number("sinterval", 3600.0) / 60
    if minutes < 1 or minutes != int(minutes):
        raise item.unusable("interval")
    name = "pmult" if item.last("pmult") else "mult"
    p = _multipliers(script, item, name)
    q = _multipliers(script, item, "qmult") if item.last("qmult") else p
    count = int(item.number("npts", len(p)))
    if not count or len(p) < count or len(q) < count:
        raise item.unusable("npts")
    return int(minutes), p[:count], q[:count]


def _multipliers(script: Script, item: Item, name: str) -> Floats:
    text = item.last(name)
    if found := FILE.fullmatch(text.strip()):
        text = script.content_of(found[1].strip(" \"'"), item.place).replace("\n", " ")
    try:
        values = np.array([float(one) for one in items_of(text)])
    except ValueError as error:
        raise item.unusable(name) from error
    if not len(values) or not np.isfinite(values).all():
        raise item.unusable(name)
    return values
