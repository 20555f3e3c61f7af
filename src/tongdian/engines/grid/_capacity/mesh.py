"""
A tree with break-points as one matrix: what a current drawn anywhere does to every voltage and every branch, and bounds of what an added
power does.

Method and proof: docs/engines/grid.md, "Loops and several sources".
"""

from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid._flow.loops import Complexes
from tongdian.engines.grid._flow.radial import Tree
from tongdian.engines.grid._values import Floats, Ints

MOST_NODES = 2500  # of a dense matrix
DIPS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35)  # of the least voltage: how far voltages may move, in turn, until an assumption holds itself
STEEPEST = 0.9  # largest sum of a row: beyond it, losses might feed themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """
    A unit of current drawn at node b lowers the voltage at node i by ``z[i, b]`` and raises the series current of the branch above i by
    ``c[i, b]``; ``rest`` [nodes]: voltages without any load. Constant admittances and break-points are in it.
    """

    z: Complexes
    c: Complexes
    rest: Complexes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hats:
    """
    Extremes of the base year [nodes]: least and greatest voltage, greatest power drawn, greatest current at either end of the branch
    above, and most used of it (the same current, a transformer's power).
    """

    least_v: Floats
    most_v: Floats
    most_s: Floats
    most_i: Floats
    most_used: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """
    What additions up to x do at most, in every step of the year [nodes, asked]; ``held`` [asked]: whether that is proven.

    ``d_v``, ``d_i``: how far voltages and series currents move. ``bend_v``, ``bend_i``: how far they lie from the straight line between
    both ends of [0, x], over s(1 − s). ``current`` [asked]: the greatest current added. ``push`` [asked]: by how much the rest of the
    voltage at the node adds to what is drawn there. ``weight`` [nodes, asked]: current that a node draws more, over its power.
    """

    held: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    d_v: Floats
    d_i: Floats
    bend_v: Floats
    bend_i: Floats
    current: Floats
    push: Floats
    weight: Floats

    def of(self, column: int) -> "Reach":
        """
        Return what one of the asked does.
        """
        return Reach(**{name: getattr(self, name)[..., column] for name in self.__slots__})


def mesh_of(tree: Tree) -> Mesh | None:
    """
    Return the matrices of a tree with break-points, or None where it is too large, or singular.

    V = V₀ − Z_t·(I + Y·V + B·J) and Aᵀ·V = 0 (J: currents at the break-points, taken at one node and given at another) are solved for V
    and J; the branch above a node carries what its subtree draws.
    """
    count, loops = len(tree.parent), tree.loops
    if count > MOST_NODES:
        return None
    z_tree = np.zeros((count, count), np.complex128)
    for i in range(1, count):
        z_tree[i, :i] = z_tree[:i, i] = z_tree[tree.parent[i], :i]
        z_tree[i, i] = z_tree[tree.parent[i], tree.parent[i]] + tree.r[i] + 1j * tree.x[i]
    y = tree.g + 1j * tree.b
    number = np.arange(len(loops))
    agree, drawn = np.zeros((count, len(loops)), np.complex128), np.zeros((count, len(loops)), np.complex128)
    np.add.at(agree, (loops.take, number), 1.0)
    np.add.at(agree, (loops.give, number), -loops.turn)
    np.add.at(drawn, (loops.take, number), 1.0)
    np.add.at(drawn, (loops.give, number), -np.conj(loops.turn))
    left = np.block([[np.eye(count) + z_tree * y, z_tree @ drawn], [agree.T, np.zeros((len(loops), len(loops)))]])
    right = np.zeros((count + len(loops), count + 1), np.complex128)
    right[:count, :count], right[:count, count] = -z_tree, np.sqrt(tree.source_v)
    try:
        found = np.linalg.solve(left, right)
    except np.linalg.LinAlgError:
        return None
    z = -found[:count, :count]
    c = np.eye(count) - y[:, None] * z + drawn @ found[count:, :count]
    for i in range(count - 1, 0, -1):
        c[tree.parent[i]] += c[i]
    return Mesh(z=z.astype(np.complex128), c=c.astype(np.complex128), rest=found[:count, count].astype(np.complex128))


class Bounds:
    """
    Bounds of what additions do, from the year's extremes. Nothing in them asks for a direction or a form of the network.
    """

    def __init__(self, mesh: Mesh, hats: Hats, size: float) -> None:
        self.mesh, self.hats, self.size = mesh, hats, size
        self.z, self.c = np.abs(mesh.z), np.abs(mesh.c)
        self._known: dict[float, Floats | None] = {}

    def reach(self, nodes: Ints, x: Floats) -> Reach:
        """
        Return what additions up to ``x`` MW at ``nodes`` do at most.
        """
        count = len(self.z)
        wide = {name: np.full((count, len(nodes)), np.inf) for name in ("d_v", "d_i", "bend_v", "bend_i", "weight")}
        thin = {name: np.full(len(nodes), np.inf) for name in ("current", "push")}
        held = np.zeros(len(nodes), np.bool_)
        for dip in DIPS:
            todo = np.flatnonzero(~held)
            if not len(todo):
                break
            good, parts = self._within(nodes[todo], x[todo], dip)
            held[todo[good]] = True
            for name, part in parts.items():
                (wide if name in wide else thin)[name][..., todo[good]] = part
        return Reach(held=held, **wide, **thin)

    def _answer(self, dip: float) -> Floats | None:
        """
        Return how voltages answer to a unit of current anywhere at most, losses of all loads included, or None where no bound is found.
        """
        if dip not in self._known:
            slope = self._slope(dip)
            own = self.z * slope
            held = own.sum(axis=1).max() < STEEPEST
            self._known[dip] = np.linalg.solve(np.eye(len(own)) - own, self.z).astype(np.float64) if held else None
        return self._known[dip]

    def _slope(self, dip: float) -> Floats:
        slope: Floats = self.hats.most_s / (self.hats.least_v * (1 - dip)) ** 2
        return slope

    def _within(self, nodes: Ints, x: Floats, dip: float) -> tuple["np.ndarray[tuple[int], np.dtype[np.bool_]]", dict[str, Floats]]:
        """
        Return which additions keep every voltage within ``dip`` of its least, and their bounds.
        """
        least, answer, asked = self.hats.least_v, self._answer(dip), np.arange(len(nodes))
        if answer is None:
            return np.zeros(len(nodes), np.bool_), {}
        slope, own = self._slope(dip), answer[nodes, nodes]
        lowest = least[nodes] * (1 - dip)
        room = 1 - own * self.size * x / lowest**2
        d_v = answer[:, nodes] * (x * self.size / lowest)
        good = (room > 1 - STEEPEST) & (d_v < dip * least[:, None]).all(axis=0)
        nodes, x, own, asked = nodes[good], x[good], own[good], np.arange(int(good.sum()))
        lowest = least[nodes] - d_v[nodes, np.flatnonzero(good)]  # the box is proven, so what follows may use it
        rate, steep = self.size / lowest, self.size * x / lowest**2
        room = 1 - own * steep
        column = answer[:, nodes]
        d_v = column * (x * rate)
        pace = column * (rate / room)
        bent = 2 * slope[:, None] * pace**2 / (least[:, None] * (1 - dip))
        bent[nodes, asked] += 2 * rate / lowest * pace[nodes, asked] + 2 * steep * pace[nodes, asked] ** 2 / lowest
        second = answer @ bent
        second += column * (steep * second[nodes, asked] / room)
        bent += slope[:, None] * second
        bent[nodes, asked] += steep * second[nodes, asked]
        drawn = slope[:, None] * d_v
        drawn[nodes, asked] += rate * x
        push = steep / (1 - self.z[nodes, nodes] * steep)
        weight = d_v / (least[:, None] * (least[:, None] - d_v))
        parts = {"d_v": d_v, "d_i": self.c @ drawn, "bend_v": x**2 / 2 * second, "bend_i": x**2 / 2 * (self.c @ bent)}
        return good, {**parts, "current": rate * x, "push": push, "weight": weight}
