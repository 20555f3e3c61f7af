"""
A crew's day as a bar: hours across, the ways between and the visits on it, in per cent of the day that is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from django.utils import timezone

from tongdian.apps.works.queries import CrewDay, WorkOrderLine

MINUTES_OF_HOUR = 60
MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR
TICK_HOURS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """
    One visit on the bar: where its way begins, where its work begins and how wide both are, in per cent.
    """

    visit: WorkOrderLine
    way_x: float
    way_width: float
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """
    A full hour under the bars.
    """

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewBar:
    """
    A crew with its bar; ``x`` and ``width`` are its hours.
    """

    crew: CrewDay
    x: float
    width: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """
    All crews of a day on one scale of hours.
    """

    crews: tuple[CrewBar, ...]
    ticks: tuple[Tick, ...]


def draw_bars(crews: Iterable[CrewDay]) -> Bars:
    """
    Put every crew's hours, ways and visits on one scale from the first full hour to the last.
    """
    shown = list(crews)
    moments = [minute_of(crew.starts) for crew in shown] + [minute_of(crew.ends) for crew in shown]
    for crew in shown:
        for visit in crew.visits:
            begins = _begins(visit)
            if begins is not None:
                moments += [begins, min(begins + visit.minutes, MINUTES_OF_DAY)]
    first = min(moments, default=8 * MINUTES_OF_HOUR) // MINUTES_OF_HOUR * MINUTES_OF_HOUR
    last = -(-max(moments, default=18 * MINUTES_OF_HOUR) // MINUTES_OF_HOUR) * MINUTES_OF_HOUR
    span = max(last - first, MINUTES_OF_HOUR)

    def percent(minutes: float) -> float:
        return round(100 * minutes / span, 2)

    return Bars(
        crews=tuple(
            CrewBar(
                crew=crew,
                x=percent(minute_of(crew.starts) - first),
                width=percent(minute_of(crew.ends) - minute_of(crew.starts)),
                pieces=tuple(
                    Piece(
                        visit=visit,
                        way_x=percent(begins - first - (visit.travel_minutes or 0)),
                        way_width=percent(visit.travel_minutes or 0),
                        x=percent(begins - first),
                        width=percent(visit.minutes),
                    )
                    for visit in crew.visits
                    if (begins := _begins(visit)) is not None
                ),
            )
            for crew in shown
        ),
        ticks=tuple(
            Tick(x=percent(minute - first), label=f"{minute // MINUTES_OF_HOUR}:00")
            for minute in range(first, last, TICK_HOURS * MINUTES_OF_HOUR)
        ),
    )


def minute_of(clock: time) -> int:
    """
    Return the minute of the day.
    """
    return clock.hour * MINUTES_OF_HOUR + clock.minute


def _begins(visit: WorkOrderLine) -> int | None:
    moment = visit.begins_at or visit.done_at
    return minute_of(timezone.localtime(moment).time()) if moment else None
