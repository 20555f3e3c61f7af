"""
What closes a tree: loops and further sources as break-points (Shirmohammadi et al. 1988, here for powers and squared voltages).

A break-point takes a power at one node and gives it at another, so that the voltages there agree: V(take) = turn · V(give).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongdian.engines.grid._values import Ints
from tongdian.kit.refused import N_, Refused

Complexes = npt.NDArray[np.complex128]


class NotRadial(Refused):
    """
    Sources contradict each other, a loop has no impedance, or an island is meshed so densely that a tree with break-points does not fit it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """
    Power is taken at ``take`` and given at ``give``; ``turn`` is the complex ratio of their voltages.
    """

    take: int
    give: int
    turn: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """
    Break-points as columns [loops]. ``path[start[2k]:start[2k + 1]]``: nodes from ``take`` up to the common ancestor of both ends, itself
    left out; then those from ``give``. ``admittance`` [loops, loops]: inverse of the impedances that currents at break-points see.
    """

    take: Ints
    give: Ints
    start: Ints
    path: Ints
    turn: Complexes
    admittance: Complexes

    def columns(self) -> tuple[object, ...]:
        """
        Return the columns as the kernels read them, in real numbers.
        """
        y = self.admittance
        parts = (np.ascontiguousarray(part) for part in (self.turn.real, self.turn.imag, y.real, y.imag))
        return (self.take, self.give, self.start, self.path, *parts)

    def __len__(self) -> int:
        return len(self.take)


def loops_of(parent: Sequence[int], z: Complexes, breaks: Sequence[Break]) -> Loops:
    """
    Return the break-points of a tree with series impedances ``z`` [nodes].

    :raises NotRadial: if the impedances of the loops are singular
    """
    ways = {node: _way(parent, node) for each in breaks for node in (each.take, each.give)}
    start, path = [0], []
    for each in breaks:
        for one, other in ((each.take, each.give), (each.give, each.take)):
            path += [node for node in ways[one] if node not in set(ways[other])]
            start.append(len(path))
    count = len(breaks)
    seen = np.zeros((count, count), np.complex128)
    for k, first in enumerate(breaks):
        for m, second in enumerate(breaks):
            for here, sign in ((first.take, 1.0), (first.give, -first.turn)):
                for there, back in ((second.take, 1.0), (second.give, -np.conj(second.turn))):
                    seen[k, m] += sign * back * sum(z[node] for node in ways[here] if node in ways[there])
    if count and np.linalg.cond(seen) > 1e12:  # noqa: PLR2004 - beyond it nothing of a double is left
        raise NotRadial(N_("A closed loop has no impedance. Give its lines a length, or open a switch in it."))
    return Loops(
        take=np.array([each.take for each in breaks], dtype=np.int64),
        give=np.array([each.give for each in breaks], dtype=np.int64),
        start=np.array(start, dtype=np.int64),
        path=np.array(path, dtype=np.int64),
        turn=np.array([each.turn for each in breaks], dtype=np.complex128),
        admittance=np.linalg.inv(seen).astype(np.complex128),
    )


def _way(parent: Sequence[int], node: int) -> dict[int, None]:
    """
    Return the nodes from a node up to the root, itself included and the root left out.
    """
    way: dict[int, None] = {}
    while node > 0:
        way[node] = None
        node = parent[node]
    return way
