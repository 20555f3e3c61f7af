"""
Groups connected one after another; a group that is no cheaper than its members alone falls into two halves, and these again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from tongdian.engines.supply._joint.groups import Members, Near, pool
from tongdian.engines.supply._joint.in_turn import Ground, Made, Told, Turn, answer_one
from tongdian.engines.supply._joint.values import Group


@dataclass(slots=True, kw_only=True)
class Placed:
    """
    What stands after some groups were connected.
    """

    turn: Turn
    told: Told
    groups: list[Group] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """
        How many applications are answered.
        """
        return sum(len(group.members) for group in self.groups) + len(self.turn.unserved)


def place_groups(groups: Sequence[Members], near: Near, ground: Ground, alone: Mapping[str, Decimal], told: Told) -> Placed:
    """
    Return groups connected in turn, the largest first.

    :param alone: what each application costs by the single answers, with the changes made for it
    """
    placed = Placed(turn=Turn(network=ground.network, held=list(ground.held)), told=told)
    for members in sorted(groups, key=lambda group: (-len(group), group)):
        _place(members, near, ground, alone, placed)
    return placed


def _place(members: Members, near: Near, ground: Ground, alone: Mapping[str, Decimal], placed: Placed) -> None:
    turn = placed.turn
    placed.told(placed.answered)
    names = tuple(near.applications[at].reference for at in members)
    unit = pool(near, members)
    kept = (turn.network, len(turn.held), len(turn.made))
    found = answer_one(unit, turn, ground)
    if found is not None:
        group = near.group(members, *found)
        for at in range(kept[2], len(turn.made)):
            turn.made[at] = _wanted(turn.made[at], names)
        costs = group.total_yuan + sum((one.total_yuan for one in turn.made[kept[2] :]), Decimal(0))
        limit = sum((alone[name] for name in names if name in alone), Decimal(0))
        if len(members) == 1 or costs < limit or not all(name in alone for name in names):
            placed.groups.append(group)
            return
        turn.network = kept[0]
        del turn.held[kept[1] :], turn.made[kept[2] :]
    if len(members) == 1:
        turn.unserved.append(names[0])
        return
    for half in _halves(members, near):
        _place(half, near, ground, alone, placed)


def _wanted(made: Made, names: tuple[str, ...]) -> Made:
    return Made(change=made.change, wanted_by=names, materials=made.materials, total_yuan=made.total_yuan)


def _halves(members: Members, near: Near) -> tuple[Members, Members]:
    """
    Return two halves of a group: cut across the line between the two members that are farthest apart.
    """
    apart = near.distance_m[np.ix_(members, members)]
    one, other = np.unravel_index(int(np.argmax(apart)), apart.shape)
    order = sorted(range(len(members)), key=lambda at: (float(apart[at, one] - apart[at, other]), at))
    middle = len(members) // 2
    first, second = order[:middle], order[middle:]
    return tuple(sorted(members[at] for at in first)), tuple(sorted(members[at] for at in second))
