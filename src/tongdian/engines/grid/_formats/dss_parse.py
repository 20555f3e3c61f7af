"""
OpenDSS scripts as objects: a subset of the language, everything else refused with file and line.

Read: ``New``, ``Edit``, ``BatchEdit``, ``~`` and ``More``, ``Redirect`` and ``Compile``, ``BusCoords``, ``Set``, and, passed over, what
solves, shows or exports. Properties are written ``name=value`` and may be shortened as long as one property is meant.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.kit.refused import N_

DEEPEST = 20  # redirects inside redirects
PASSED_OVER = frozenset(
    {"clear", "clearall", "solve", "calcvoltagebases", "calcv", "show", "plot", "export", "closedi", "visualize", "interpolate", "sample",
     "resetmeters", "reset", "summary", "makebuslist", "buildy", "init", "zonemap", "doscmd", "cd", "rem", "var", "formedit", "?", "help"}
)  # fmt: skip
OBSERVERS = frozenset({"monitor", "energymeter", "spectrum", "growthshape", "tcc_curve"})
PROPERTIES = {
    "circuit": (), "vsource": ("bus1", "basekv", "pu", "angle", "frequency", "phases", "mvasc3", "mvasc1", "x1r1", "x0r0", "isc3", "isc1",
                               "r1", "x1", "r0", "x0", "basemva", "enabled", "basefreq", "bus2"),
    "linecode": ("nphases", "r1", "x1", "r0", "x0", "c1", "c0", "units", "basefreq", "normamps", "emergamps", "faultrate", "pctperm",
                 "repair", "kron", "rg", "xg", "rho"),
    "line": ("bus1", "bus2", "linecode", "length", "phases", "r1", "x1", "r0", "x0", "c1", "c0", "units", "switch", "normamps", "emergamps",
             "enabled", "basefreq", "faultrate", "pctperm", "repair", "rg", "xg", "rho"),
    "transformer": ("phases", "windings", "wdg", "bus", "conn", "kv", "kva", "tap", "%r", "buses", "conns", "kvs", "kvas", "taps", "%rs",
                    "xhl", "%loadloss", "%noloadloss", "%imag", "leadlag", "sub", "subname", "normhkva", "emerghkva", "maxtap", "mintap",
                    "numtaps", "thermal", "n", "m", "flrise", "hsrise", "ppm_antifloat", "enabled", "basefreq"),
    "load": ("phases", "bus1", "kv", "kw", "pf", "kvar", "kva", "model", "conn", "yearly", "daily", "duty", "status", "class", "vminpu",
             "vmaxpu", "vminnorm", "vminemerg", "numcust", "spectrum", "enabled", "basefreq", "vlowpu", "%mean", "%stddev", "growth"),
    "generator": ("phases", "bus1", "kv", "kw", "pf", "kvar", "model", "conn", "yearly", "daily", "duty", "status", "vminpu", "vmaxpu",
                  "kva", "mva", "class", "spectrum", "enabled", "basefreq", "maxkvar", "minkvar", "xd", "xdp", "xdpp", "h", "d"),
    "capacitor": ("phases", "bus1", "kvar", "kv", "conn", "numsteps", "states", "enabled", "basefreq", "normamps", "emergamps"),
    "reactor": ("phases", "bus1", "kvar", "kv", "conn", "enabled", "basefreq", "normamps", "emergamps"),
    "loadshape": ("npts", "interval", "minterval", "sinterval", "mult", "pmult", "qmult", "useactual", "hour", "mean", "stddev", "action"),
}  # fmt: skip
TOKEN = re.compile(
    r"""\s*,?\s*(?:(?P<name>[%\w.]+)\s*=\s*)?(?P<value>"[^"]*"|'[^']*'|\([^)]*\)|\[[^\]]*\]|\{[^}]*\}|[^\s,="'(\[{]+)""", re.VERBOSE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where something stands in the scripts.
    """

    file: str
    line: int
    folder: Path | None = None

    def refuse(self, text: str, **values: object) -> UnreadableNetwork:
        """
        Return a refusal that names file and line.
        """
        return UnreadableNetwork(text, file=self.file, line=self.line, **values)


@dataclass(slots=True, kw_only=True)
class Item:
    """
    One object: its properties as they were written, in order, names in full and small letters.
    """

    kind: str
    name: str
    place: Place
    given: list[tuple[str, str]] = field(default_factory=list)

    def last(self, name: str, default: str = "") -> str:
        """
        Return the last value of a property.
        """
        return next((value for key, value in reversed(self.given) if key == name), default)

    def number(self, name: str, default: float) -> float:
        """
        Return a property as a number.

        :raises UnreadableNetwork: if it is none
        """
        text = self.last(name)
        try:
            return float(text) if text else default
        except ValueError as error:
            raise self.unusable(name) from error

    def flag(self, name: str, *, default: bool) -> bool:
        """
        Return a property as yes or no.
        """
        text = self.last(name).lower()
        return default if not text else text[0] in "yt1"

    def unusable(self, name: str) -> UnreadableNetwork:
        """
        Return the refusal of one property.
        """
        text = N_("%(file)s, line %(line)s: %(kind)s %(name)s has no usable “%(property)s”: %(value)s.")
        return self.place.refuse(text, kind=self.kind, name=self.name, property=name, value=self.last(name))


@dataclass(slots=True, kw_only=True)
class Script:
    """
    What scripts say: objects by kind and name, settings, coordinates of buses.
    """

    items: dict[str, dict[str, Item]] = field(default_factory=lambda: {kind: {} for kind in PROPERTIES})
    settings: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    folder: Path | None = None
    current: Item | None = None

    def run(self, text: str, name: str, depth: int = 0) -> None:
        """
        Take in one script.

        :raises UnreadableNetwork: at the first line that says something else than the subset
        """
        for number, line in _lines(text):
            self._command(line, Place(file=name, line=number, folder=self.folder), depth)

    def content_of(self, named: str, place: Place) -> str:
        """
        Return the text of a file that a script names.
        """
        if place.folder is None:
            raise place.refuse(N_("%(file)s, line %(line)s: other files are only read when the script is one. Give its path."))
        path = place.folder / named.replace("\\", "/")
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            text = N_("%(file)s, line %(line)s: the file %(other)s cannot be read (%(reason)s).")
            raise place.refuse(text, other=named, reason=error.strerror or str(error)) from error

    def _command(self, line: str, place: Place, depth: int) -> None:
        word, _, rest = line.partition(" ")
        word, rest = word.lower().strip(), rest.strip()
        if line.startswith("~") or word in ("more", "m"):
            self._more(line[1:] if line.startswith("~") else rest, place)
        elif word == "new":
            self._new(rest, place)
        elif word in ("edit", "batchedit"):
            self._edit(rest, place, many=word == "batchedit")
        elif word in ("redirect", "compile"):
            self._redirect(rest.strip("\"'()[]"), place, depth)
        elif word == "set":
            self.settings |= {key.lower(): value for key, value in _pairs(rest, place) if key}
        elif word in ("buscoords", "latlongcoords"):
            self._coordinates(rest.strip("\"'()[]"), place)
        elif word not in PASSED_OVER:
            raise place.refuse(N_("%(file)s, line %(line)s: the command “%(command)s” is not supported."), command=word)

    def _redirect(self, named: str, place: Place, depth: int) -> None:
        if depth >= DEEPEST:
            raise place.refuse(N_("%(file)s, line %(line)s: scripts call each other without end."))
        text, folder = self.content_of(named, place), self.folder
        assert folder is not None
        inner = folder / named.replace("\\", "/")
        self.folder = inner.parent
        self.run(text, inner.name, depth + 1)
        if "compile" not in named.lower():
            self.folder = folder

    def _new(self, rest: str, place: Place) -> None:
        pairs = list(_pairs(rest, place))
        if not pairs:
            raise place.refuse(N_("%(file)s, line %(line)s: nothing is named after “%(command)s”."), command="New")
        kind, _, name = pairs[0][1].partition(".")
        kind, name = kind.lower(), name.lower()
        if kind in OBSERVERS:
            self.current = Item(kind=kind, name=name, place=place)
            return
        if kind == "circuit":
            kind, name = "vsource", "source"
        if kind not in self.items:
            raise place.refuse(N_("%(file)s, line %(line)s: objects of the kind “%(kind)s” are not supported."), kind=kind)
        self.current = Item(kind=kind, name=name, place=place)
        self.items[kind][name] = self.current
        self._take(pairs[1:], place)

    def _edit(self, rest: str, place: Place, *, many: bool) -> None:
        pairs = list(_pairs(rest, place))
        kind, _, name = pairs[0][1].lower().partition(".") if pairs else ("", "", "")
        if kind in OBSERVERS:
            return
        known = self.items.get(kind, {})
        try:
            chosen = [item for item in known.values() if (re.match(name, item.name) if many else item.name == name)]
        except re.error:
            chosen = []
        if not chosen:
            raise place.refuse(N_("%(file)s, line %(line)s: there is no “%(name)s” to edit."), name=pairs[0][1] if pairs else "")
        for item in chosen:
            self.current = item
            self._take(pairs[1:], place)

    def _more(self, rest: str, place: Place) -> None:
        if self.current is None:
            raise place.refuse(N_("%(file)s, line %(line)s: there is nothing to continue."))
        if self.current.kind not in OBSERVERS:
            self._take(list(_pairs(rest, place)), place)

    def _take(self, pairs: Sequence[tuple[str, str]], place: Place) -> None:
        item = self.current
        assert item is not None
        known = PROPERTIES[item.kind]
        for key, value in pairs:
            small = key.lower()
            meant = [small] if small in known else [one for one in known if small and one.startswith(small)]
            if len(meant) != 1:
                text = N_("%(file)s, line %(line)s: the property “%(property)s” of a %(kind)s is not supported.")
                raise place.refuse(text, property=key or value, kind=item.kind)
            item.given.append((meant[0], value))

    def _coordinates(self, named: str, place: Place) -> None:
        for line in self.content_of(named, place).splitlines():
            cells = re.split(r"[\s,]+", line.split("!")[0].strip().strip(","))
            try:
                self.places[cells[0].lower()] = (float(cells[1]), float(cells[2]))
            except (IndexError, ValueError):
                continue  # a heading, or a bus without a place


def _lines(text: str) -> Iterator[tuple[int, str]]:
    text = re.sub(r"/\*.*?(\*/|\Z)", lambda found: "\n" * found.group().count("\n"), text.removeprefix("\ufeff"), flags=re.DOTALL)
    for number, line in enumerate(text.splitlines(), start=1):
        plain = re.split(r"!|//", line, maxsplit=1)[0].strip()
        if plain:
            yield number, plain


def _pairs(text: str, place: Place) -> Iterator[tuple[str, str]]:
    """
    Yield the properties of a line; the first, and only it, may have no name.
    """
    at = 0
    while at < len(text) and text[at:].strip(" ,\t"):
        found = TOKEN.match(text, at)
        if found is None:
            raise place.refuse(N_("%(file)s, line %(line)s cannot be understood from “%(rest)s” on."), rest=text[at:].strip()[:40])
        value = found["value"]
        name = found["name"] or ""
        if value[0] in "\"'([{":
            value = value[1:-1]
        yield ("" if name.lower() == "object" else name), value.strip()
        at = found.end()


def items_of(text: str) -> list[str]:
    """
    Return the members of a list as OpenDSS writes them.
    """
    return [one for one in re.split(r"[\s,|]+", text.strip()) if one]
