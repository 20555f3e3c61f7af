"""
What follows from a network alone, kept for the next plan on the same one: how it hangs together, its lines' courses, its islands.
"""

from collections import OrderedDict
from functools import cached_property

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Bools, Ints, Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._way.plane import Courses, find_courses

REMEMBERED_NETWORKS = 6  # each with its year, which is large; changed ones share it
GLIMPSED, LEAST_GLIMPSED = 24, 4


class Known:
    """
    One network with what follows from it.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.fingerprint = network.fingerprint()
        self.areas = find_areas(network)
        self._islands: dict[int, Network] = {}
        self._extremes: dict[int, Ints] = {}

    @cached_property
    def courses(self) -> Courses:
        """
        The courses of its lines.
        """
        return find_courses(self.network)

    @cached_property
    def position(self) -> dict[int, int]:
        """
        Where each bus stands, by its identifier.
        """
        return {identifier: at for at, identifier in enumerate(self.network.buses.id.tolist())}

    def extreme_steps(self, key: int) -> Ints:
        """
        Return the steps in which the customers of an island together take most and least.
        """
        if key not in self._extremes:
            self._extremes[key] = _extreme_steps(self.network, self.areas.island == key)
        return self._extremes[key]

    def island(self, key: int) -> Network:
        """
        Return the network of an island, given by its label in the areas; always the same value, so that its tree is grown once.
        """
        if key not in self._islands:
            self._islands[key] = grid.take_buses(self.network, self.areas.island == key)
        return self._islands[key]


def _extreme_steps(network: Network, inside: Bools) -> Ints:
    """
    Return the steps in which the customers within a mask together take most (the first of :data:`GLIMPSED`) and least (a few).
    """
    profiles = network.profiles
    assert profiles is not None
    weight = np.zeros(len(profiles.name) + 1)
    for table, sign in ((network.loads, 1.0), (network.generators, -1.0)):
        here = table.in_service & inside[table.bus]
        np.add.at(weight, table.profile[here], sign * table.p_kw[here])
    order = np.argsort(weight[:-1] @ profiles.p, kind="stable")
    return np.unique(np.concatenate([order[:LEAST_GLIMPSED], order[-GLIMPSED:]])).astype(np.int64)


_known: OrderedDict[int, Known] = OrderedDict()


def know(network: Network) -> Known:
    """
    Return what is known of a network. Networks do not change, so the value itself is the key; the least recently used is forgotten.
    """
    # the network is kept with the answer, so that no other takes the place in memory that stands for it
    found = _known.pop(id(network), None) or Known(network)
    _known[id(network)] = found
    while len(_known) > REMEMBERED_NETWORKS:
        _known.popitem(last=False)
    return found
