"""
Things of CIM by their identifiers, and what can be asked of them; every missing or unusable answer is refused by name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tongdian.engines.grid._formats.frames import LARGEST, NO, YES, UnreadableNetwork
from tongdian.kit.refused import N_

THREE_PHASES = frozenset({"", "ABC", "ABCN"})
OPENDSS = "OpenDSSLocalBusCoordinates"  # how files that OpenDSS wrote name their coordinates


@dataclass(slots=True, kw_only=True)
class Thing:
    """
    One instance: ``values`` holds texts and the last words of enumerations, ``links`` the identifiers of other things, by property.
    """

    kind: str
    id: str
    values: dict[str, str] = field(default_factory=dict)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """
        Its name, or else its identifier.
        """
        return self.values.get("IdentifiedObject.name") or self.id

    def has(self, name: str) -> bool:
        """
        Whether the property is there at all.
        """
        return name in self.values or name in self.links

    def number(self, name: str, default: float | None = None) -> float:
        """
        Return a number; where it is missing, ``default``.

        :raises UnreadableNetwork: if it is no number, or is missing without a default
        """
        text = self.values.get(name, "").strip()
        try:
            value = float(text or "nan")
        except ValueError as error:
            raise self.unusable(name) from error
        if math.isnan(value):
            if default is None or text:
                raise self.lacking(name)
            return default
        if abs(value) > LARGEST:
            raise self.unusable(name)
        return value

    def positive(self, name: str) -> float:
        """
        Return a number above zero.

        :raises UnreadableNetwork: if it is none
        """
        if (value := self.number(name)) <= 0:
            raise self.unusable(name)
        return value

    def whole(self, name: str, default: float | None = None) -> int:
        """
        Return a whole number.

        :raises UnreadableNetwork: if it is none
        """
        value = self.number(name, default)
        if value != round(value):
            raise self.unusable(name)
        return round(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """
        Return a flag; where it is missing, ``default``.

        :raises UnreadableNetwork: if it is neither true nor false
        """
        text = self.values.get(name, "").strip().lower()
        if not text:
            return default
        if text not in YES | NO:
            raise self.unusable(name)
        return text in YES

    def unusable(self, name: str) -> UnreadableNetwork:
        """
        Return the refusal of a property.
        """
        value = self.values.get(name) or ", ".join(self.links.get(name, ()))
        text = N_("The %(kind)s %(id)s has no usable “%(column)s”: %(value)s.")
        return UnreadableNetwork(text, kind=self.kind, id=self.name, column=name, value=value)

    def lacking(self, name: str) -> UnreadableNetwork:
        """
        Return the refusal of a thing without a property.
        """
        return UnreadableNetwork(N_("The %(kind)s %(id)s lacks “%(column)s”."), kind=self.kind, id=self.name, column=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """
    A terminal: the position of its bus, and whether it is connected there.
    """

    terminal: Thing
    bus: int
    connected: bool


class Model:
    """
    All things of a model, in the order in which they were told.
    """

    def __init__(self, things: dict[str, Thing]) -> None:
        self.things = things
        self.by_kind: dict[str, list[Thing]] = {}
        for thing in things.values():
            self.by_kind.setdefault(thing.kind, []).append(thing)
        self._pointing: dict[tuple[str, str], list[Thing]] = {}
        for thing in things.values():
            for name, targets in thing.links.items():
                for target in targets:
                    self._pointing.setdefault((name, target), []).append(thing)
        self.position = {node.id: at for at, node in enumerate(self.of("ConnectivityNode"))}

    @cached_property
    def by_opendss(self) -> bool:
        """
        Whether OpenDSS wrote it, which deviates from CIM in some things (docs/engines/grid.md lists them).
        """
        return any(one.values.get("CoordinateSystem.crsUrn") == OPENDSS for one in self.of("CoordinateSystem"))

    def of(self, *kinds: str) -> list[Thing]:
        """
        Return the things of some kinds.
        """
        return [thing for kind in kinds for thing in self.by_kind.get(kind, ())]

    def target(self, thing: Thing, name: str) -> Thing | None:
        """
        Return what a property refers to; None where it is missing.

        :raises UnreadableNetwork: if there is no such thing
        """
        ids = thing.links.get(name, ())
        if not ids:
            return None
        found = self.things.get(ids[0])
        if found is None:
            raise UnreadableNetwork(
                N_("The %(kind)s %(id)s refers by “%(column)s” to %(target)s, which is not in the file. Give all files of the model."),
                kind=thing.kind,
                id=thing.name,
                column=name,
                target=ids[0],
            )
        return found

    def needed(self, thing: Thing, name: str) -> Thing:
        """
        Return what a property refers to.

        :raises UnreadableNetwork: as :meth:`target`, and if the property is missing
        """
        found = self.target(thing, name)
        if found is None:
            raise thing.lacking(name)
        return found

    def pointing(self, name: str, thing: Thing) -> Sequence[Thing]:
        """
        Return the things whose property refers to a thing.
        """
        return self._pointing.get((name, thing.id), ())

    def ends(self, thing: Thing, count: int) -> list[End]:
        """
        Return the terminals of equipment in their order.

        :raises UnreadableNetwork: if they are not ``count``, not of all three phases, or at no bus
        """
        terminals = self.pointing("Terminal.ConductingEquipment", thing)
        if len(terminals) != count:
            raise UnreadableNetwork(
                N_("The %(kind)s %(id)s has %(found)s terminals, not %(count)s."),
                kind=thing.kind,
                id=thing.name,
                found=len(terminals),
                count=count,
            )
        return [self.end(one) for one in sorted(terminals, key=_sequence)]

    def end(self, terminal: Thing, phases: frozenset[str] = THREE_PHASES) -> End:
        """
        Return where a terminal is.

        :raises UnreadableNetwork: if it is of other phases, or at no bus
        """
        if terminal.values.get("Terminal.phases", "") not in phases:
            raise terminal.unusable("Terminal.phases")
        node = self.needed(terminal, "Terminal.ConnectivityNode")
        if node.id not in self.position:
            raise terminal.unusable("Terminal.ConnectivityNode")
        connected = terminal.flag("ACDCTerminal.connected", default=terminal.flag("Terminal.connected", default=True))
        return End(terminal=terminal, bus=self.position[node.id], connected=connected)


def in_service(thing: Thing) -> bool:
    """
    Whether equipment is in service.
    """
    return thing.flag("Equipment.inService", default=thing.flag("Equipment.normallyInService", default=True))


def _sequence(terminal: Thing) -> float:
    return terminal.number("ACDCTerminal.sequenceNumber", terminal.number("Terminal.sequenceNumber", 0.0))
