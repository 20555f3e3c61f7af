"""
The power of every node in every step, as a sparse table of coefficients and profiles.
"""

from collections.abc import Sequence

import numpy as np

from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Network
from tongdian.engines.grid._year import ExtraLoad

Arrays = tuple[object, ...]


def power_table(network: Network, tree: Tree, extra: Sequence[ExtraLoad] = ()) -> Arrays:
    """
    Return the loads as a sparse table by node (start, row, MW, Mvar) and the profiles with rows for added shapes and a constant at the end.
    """
    profiles = network.profiles
    constant = np.ones((1, profiles.steps if profiles else 1))
    shaped = [load for load in extra if load.shape is not None]
    own = len(profiles.p) if profiles else 0
    more = [*(np.asarray(load.shape, dtype=np.float64)[None, :] for load in shaped), constant]
    p = np.concatenate([*([profiles.p] if profiles else []), *more])
    q = np.concatenate([*([profiles.q] if profiles else []), *more])
    sums: dict[tuple[int, int], list[float]] = {}
    for load in extra:
        below = int(tree.node_of_bus[load.bus])
        if below >= 0:
            line = own + next(position for position, other in enumerate(shaped) if other is load) if load.shape is not None else len(p) - 1
            entry = sums.setdefault((below, line), [0.0, 0.0])
            entry[0] += load.p_kw * 1e-3
            entry[1] += load.q_kvar * 1e-3
    for table, sign in ((network.loads, 1e-3), (network.generators, -1e-3)):
        for at in np.flatnonzero(table.in_service):
            node = int(tree.node_of_bus[table.bus[at]])
            if node < 0:
                continue
            row = int(table.profile[at]) % len(p)
            entry = sums.setdefault((node, row), [0.0, 0.0])
            entry[0] += sign * float(table.p_kw[at])
            entry[1] += sign * float(table.q_kvar[at])
    keys = sorted(sums)
    start = np.searchsorted(np.array([node for node, _ in keys], dtype=np.int64), np.arange(len(tree.parent) + 1))
    values = np.array([sums[key] for key in keys], dtype=np.float64).reshape(-1, 2)
    rows = np.array([row for _, row in keys], dtype=np.int64)
    return start.astype(np.int64), rows, values[:, 0].copy(), values[:, 1].copy(), np.ascontiguousarray(p), np.ascontiguousarray(q)
