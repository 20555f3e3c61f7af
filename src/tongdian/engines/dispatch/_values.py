"""
Jobs, crews, and the rounds made of them. Times are minutes after midnight of one day, places WGS84 degrees.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """
    Work at a place that takes ``minutes`` and begins between ``earliest`` and ``latest``; a higher ``priority`` is left out last.
    """

    id: str
    lon: float
    lat: float
    minutes: int
    skill: str = ""
    earliest: int = 0
    latest: int = 24 * 60
    priority: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """
    Who leaves a place at ``starts`` at the earliest and is back by ``ends``, with what it can do.
    """

    id: str
    lon: float
    lat: float
    starts: int
    ends: int
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """
    How long a way takes: great circle times ``detour`` at ``speed_kmh``, and a few minutes to park and walk.

    The figures are practice in a town, to be replaced by an installation's own.
    """

    speed_kmh: float = 25.0
    detour: float = 1.35
    stop_minutes: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """
    One job in a round: when the work begins and ends, and the way to it.
    """

    job: str
    begins: int
    ends: int
    travel_minutes: int
    distance_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """
    One crew's day.
    """

    crew: str
    stops: tuple[Stop, ...]
    starts: int
    ends: int
    distance_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """
    A job that nobody does. ``reason``: ``no_skill``, ``no_hours`` (it does not fit into any crew's day even alone) or ``no_time``.
    """

    job: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    The rounds of a day and what found no place in them.
    """

    rounds: tuple[Round, ...]
    unassigned: tuple[Unassigned, ...]
