"""
What follows from a network alone, kept for the next plan on the same one: how it hangs together, its lines' courses, its islands.
"""

from collections import OrderedDict
from functools import cached_property

from tongdian.engines import grid
from tongdian.engines.grid import Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._plane import Courses, find_courses

REMEMBERED_NETWORKS = 3  # each with its year, which is large


class Known:
    """
    One network with what follows from it.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.fingerprint = network.fingerprint()
        self.areas = find_areas(network)
        self._islands: dict[int, Network] = {}

    @cached_property
    def courses(self) -> Courses:
        """
        The courses of its lines.
        """
        return find_courses(self.network)

    def island(self, key: int) -> Network:
        """
        Return the network of an island, given by its label in the areas; always the same value, so that its tree is grown once.
        """
        if key not in self._islands:
            self._islands[key] = grid.take_buses(self.network, self.areas.island == key)
        return self._islands[key]


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
