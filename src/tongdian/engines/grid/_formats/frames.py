"""
Tables as they come from files: columns of anything, turned into columns of numbers, flags and words, with every fault named.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongdian.engines.grid._values import ALL_PHASES, Bools, Floats, Ints, Names, Network
from tongdian.kit.refused import N_, Refused

YES, NO = frozenset({"true", "yes", "1", "1.0", "是", "合"}), frozenset({"false", "no", "0", "0.0", "否", "分"})
LARGEST_WHOLE = 2**53
LARGEST = 1e30  # no quantity of a network is larger; more would overflow on the way


class UnreadableNetwork(Refused):
    """
    The document is no network that can be calculated; the text names the element and the cure.
    """


class UnwritableNetwork(Refused):
    """
    The network has something that a format cannot hold; the text names it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """
    One table: ``kind`` names its elements in refusals, ``ids`` [rows] and ``columns`` [rows each] hold what the file holds.
    """

    kind: str
    ids: Sequence[Any]
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.ids)

    def has(self, name: str) -> bool:
        """
        Whether the column is there at all.
        """
        return name in self.columns

    def cells(self, name: str) -> Sequence[Any]:
        """
        Return a column as it came; one that is not there is empty in every row.
        """
        return self.columns.get(name) or (None,) * len(self)

    def numbers(self, name: str, default: float | None = None, *, infinite: bool = False) -> Floats:
        """
        Return a column of numbers; empty cells and NaN hold ``default``.

        :raises UnreadableNetwork: if a cell is no number, or is empty without a default
        """
        cells = self.cells(name)
        try:
            values = np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64).reshape(len(self))
        except (ValueError, TypeError, OverflowError):
            values = np.array([self._number(name, at) for at in range(len(self))], dtype=np.float64)
        missing = np.isnan(values)
        if missing.any():
            if default is None:
                at = int(np.flatnonzero(missing)[0])
                raise UnreadableNetwork(N_("The %(kind)s %(id)s lacks “%(column)s”."), kind=self.kind, id=str(self.ids[at]), column=name)
            values[missing] = default
        beyond = np.abs(values) > LARGEST
        if infinite or default == math.inf:
            beyond &= ~np.isinf(values)
        if beyond.any():
            raise self.unusable(name, int(np.flatnonzero(beyond)[0]))
        return values

    def whole(self, name: str, default: float | None = None) -> Ints:
        """
        Return a column of whole numbers.

        :raises UnreadableNetwork: as :meth:`numbers`, and if a number is not whole
        """
        values = self.numbers(name, default)
        wrong = (values != np.rint(values)) | (np.abs(values) > LARGEST_WHOLE)
        if wrong.any():
            raise self.unusable(name, int(np.flatnonzero(wrong)[0]))
        return values.astype(np.int64)

    def flags(self, name: str, *, default: bool = True) -> Bools:
        """
        Return a column of flags; empty cells hold ``default``.
        """
        found = []
        for at, cell in enumerate(self.cells(name)):
            text = "" if cell is None or cell != cell else str(cell).strip().lower()  # noqa: PLR0124 - NaN
            if not text:
                found.append(default)
            elif text in YES or text in NO:
                found.append(text in YES)
            else:
                raise self.unusable(name, at)
        return np.array(found, dtype=np.bool_)

    def words(self, name: str, default: str = "") -> Names:
        """
        Return a column of words; empty cells hold ``default``, in which ``%(id)s`` is the element's identifier.
        """
        texts = ("" if cell is None or cell != cell else str(cell) for cell in self.cells(name))  # noqa: PLR0124 - NaN
        return tuple(text or default % {"id": self.ids[at]} for at, text in enumerate(texts))

    def names(self) -> Names:
        """
        Return the elements' names, made of kind and identifier where they have none.
        """
        return self.words("name", f"{self.kind} %(id)s")

    def identifiers(self) -> Ints:
        """
        Return the identifiers as whole numbers.

        :raises UnreadableNetwork: if one is something else, or stands twice
        """
        seen = set()
        for one in self.ids:
            if isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) <= LARGEST_WHOLE or one != int(one):
                raise UnreadableNetwork(N_("The %(kind)s “%(id)s” is not numbered: use whole numbers."), kind=self.kind, id=str(one))
            if one in seen:
                raise UnreadableNetwork(N_("The %(kind)s %(id)s stands twice in its table. Number it anew."), kind=self.kind, id=str(one))
            seen.add(one)
        return np.array(self.ids, dtype=np.int64).reshape(len(self))

    def places(self, name: str, position: Mapping[Any, int]) -> Ints:
        """
        Return the positions of the buses that a column names.

        :raises UnreadableNetwork: if there is no such bus
        """
        cells = self.cells(name)
        for at, cell in enumerate(cells):
            if isinstance(cell, list | dict) or cell not in position:
                raise UnreadableNetwork(
                    N_("The %(kind)s %(id)s stands at bus %(bus)s, which does not exist."),
                    kind=self.kind,
                    id=str(self.ids[at]),
                    bus=str(cell),
                )
        return np.array([position[cell] for cell in cells], dtype=np.int64)

    def unusable(self, name: str, at: int) -> UnreadableNetwork:
        """
        Return the refusal of one cell.
        """
        return UnreadableNetwork(
            N_("The %(kind)s %(id)s has no usable “%(column)s”: %(value)s."),
            kind=self.kind,
            id=str(self.ids[at]),
            column=name,
            value=str(self.cells(name)[at]),
        )

    def _number(self, name: str, at: int) -> float:
        cell = self.cells(name)[at]
        if cell is None:
            return math.nan
        if isinstance(cell, int | float):
            try:
                return float(cell)
            except OverflowError as error:
                raise self.unusable(name, at) from error
        raise self.unusable(name, at)


def refuse_phases(network: Network, form: str) -> None:
    """
    Refuse a network with fewer than three phases somewhere, for a format that cannot say so.

    :raises UnwritableNetwork: if there is such an element
    """
    for kind, table in (("line", network.lines), ("load", network.loads), ("generator", network.generators)):
        for at, phases in enumerate(table.phases):
            if phases != ALL_PHASES:
                raise UnwritableNetwork(
                    N_("The %(kind)s %(id)s has the phases %(phases)s, which %(form)s cannot hold here. Write another format."),
                    kind=kind,
                    id=int(table.id[at]),
                    phases=phases,
                    form=form,
                )
