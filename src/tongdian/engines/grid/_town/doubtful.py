"""
Which steps of a year could break a limit at all: the rest need no power flow.

A block of steps (a day, then an hour) is bounded at once (`bounds`): one whose bounds break no limit is cleared. What is not cleared
may be sound all the same. Series impedances must not be negative.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from tongdian.engines.grid._flow.powers import Arrays, power_table
from tongdian.engines.grid._flow.radial import Tree, trees
from tongdian.engines.grid._town.town_year import Shapes
from tongdian.engines.grid._values import Bools, Floats, Ints, Limits, Network

HOURS = 24
DEEPEST, HIGHEST = 0.98, 1.05  # the box: of the lowest limit that is judged, and of the source; squared voltages
SLACK = 1e-9  # of a limit: what rounding may take


def judged_tree(network: Network, limits: Limits) -> Tree:
    """
    Return the tree of one radial feeder; voltages are judged where somebody is connected.
    """
    judged = np.zeros(len(network.buses), dtype=np.bool_)
    judged[network.loads.bus] = True
    (tree,) = trees(network, limits, judged)
    return tree


def doubtful_steps(network: Network, tree: Tree, shapes: Shapes) -> Ints:
    """
    Return the steps of the year that bounds do not clear; no other step breaks a limit.

    :param network: a made-up feeder: one tree, reactive power follows active power
    :param tree: of this feeder, from :func:`judged_tree`: it holds the limits
    :param shapes: the network's profiles
    """
    assert network.profiles is not None
    first = replace(network.profiles, p=shapes.rows[:, :1], q=shapes.rows[:, :1])  # the coefficients need no more of the year
    table = power_table(replace(network, profiles=first), tree)[:4]
    days = shapes.most.shape[1]
    in_doubt = _doubtful(tree, table, shapes.least, shapes.most)
    hours = np.arange(days * HOURS).reshape(days, HOURS)[in_doubt].ravel()
    steps = np.arange(shapes.rows.shape[1]).reshape(days * HOURS, -1)[hours]
    cut = shapes.rows[:, steps]
    found: Ints = steps[_doubtful(tree, table, cut.min(axis=2), cut.max(axis=2))].ravel()
    return found


def _doubtful(tree: Tree, table: Arrays, least: Floats, most: Floats) -> Bools:
    """
    Return which blocks are not cleared, given the ends of every profile in every block [rows, blocks].
    """
    from tongdian.engines.grid._flow import bounds

    kernels: Any = bounds  # numba's dispatchers have no types
    found = np.zeros(least.shape[1], dtype=np.bool_)
    constant = np.ones((1, len(found)))  # the last row of the table of powers
    ends = np.concatenate([least, constant]), np.concatenate([most, constant])
    nodes = len(tree.parent)
    box = np.stack([np.full(nodes, float(tree.low.max()) * DEEPEST), np.full(nodes, tree.source_v * HIGHEST)])
    limits = np.stack([tree.low + SLACK, tree.high - SLACK, (tree.rating * (1 - SLACK)) ** 2])
    kernels.reach_blocks(tree.columns(), table, ends, ends, box, limits, *kernels.NOTHING_KEPT, found)
    return found
