"""
Options against each other: cheapest, fastest, strongest; what is beaten is dropped; what would change the ranking.

An option is beaten by another that is nowhere worse in cost, expected days and room, and somewhere better. Beaten ones are dropped as
long as three others
remain; one that stays, as the only other connection there is, says by which it is beaten.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._facts import Compared, Turn
from tongdian.engines.supply._values import Option

ROOM = 1e-6  # differences of room below this are rounding
DAY = 0.05
ENOUGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    The options that remain, by cost, with their labels; one row each; what would change the ranking.
    """

    options: tuple[Option, ...]
    rows: tuple[Compared, ...]
    turns: tuple[Turn, ...]


def compare(options: tuple[Option, ...], catalogue: Catalogue) -> Comparison:
    """
    Return feasible options compared; an infeasible one stays alone, as it is.
    """
    feasible = [option for option in options if option.feasible]
    if not feasible:
        return Comparison(options=options, rows=(), turns=())
    beaten = [option for option in feasible if _beaten_by(option, feasible)]
    while beaten and len(feasible) > ENOUGH:
        feasible.remove(beaten.pop())
    ranked = sorted(feasible, key=lambda option: (option.cost.total_yuan, option.rank))
    kept = tuple(replace(option, rank=rank, labels=_labels(option, feasible)) for rank, option in enumerate(ranked, start=1))
    first = kept[0]
    rows = tuple(_row(option, kept, first) for option in kept)
    return Comparison(options=kept, rows=rows, turns=tuple(_turns(kept, catalogue)))


def _days(option: Option) -> float:
    return option.days.median if option.days else 0.0


def _room(option: Option) -> float:
    return option.margin if option.margin is not None else option.binding.margin


def _beaten_by(option: Option, others: "list[Option] | tuple[Option, ...]") -> int:
    for other in others:
        nowhere_worse = (
            other.cost.total_yuan <= option.cost.total_yuan and _days(other) <= _days(option) + DAY and _room(other) >= _room(option) - ROOM
        )
        better = other.cost.total_yuan < option.cost.total_yuan or _days(other) < _days(option) - DAY or _room(other) > _room(option) + ROOM
        if other is not option and nowhere_worse and better:
            return other.rank
    return 0


def _labels(option: Option, options: list[Option]) -> tuple[str, ...]:
    found = []
    if option is min(options, key=lambda one: (one.cost.total_yuan, one.rank)):
        found.append("cheapest")
    if option is min(options, key=lambda one: (_days(one), one.cost.total_yuan, one.rank)):
        found.append("fastest")
    if option is min(options, key=lambda one: (-round(_room(one), 6), one.cost.total_yuan, one.rank)):
        found.append("strongest")
    return tuple(found) or ("alternative",)


def _row(option: Option, options: tuple[Option, ...], first: Option) -> Compared:
    return Compared(
        rank=option.rank,
        labels=option.labels,
        cost_yuan=option.cost.total_yuan,
        dearer_yuan=option.cost.total_yuan - first.cost.total_yuan,
        median_days=_days(option),
        slower_days=round(_days(option) - _days(first), 1),
        margin=_room(option),
        added_losses_kwh=option.losses_added_kwh or 0.0,
        beaten_by=_beaten_by(option, options),
    )


def _turns(options: tuple[Option, ...], catalogue: Catalogue) -> list[Turn]:
    """
    Return what would change the ranking: the gap in cost, the days saved by the fastest, the losses that pay a dearer one back.
    """
    first, found = options[0], []
    for other in options[1:]:
        gap = other.cost.total_yuan - first.cost.total_yuan
        found.append(Turn(kind="cost", rank=other.rank, value=float(gap), unit="CNY"))
        if _days(other) < _days(first) - DAY:
            found.append(Turn(kind="days", rank=other.rank, value=round(_days(first) - _days(other), 1), unit="d"))
        saved = Decimal(str(round((first.losses_added_kwh or 0.0) - (other.losses_added_kwh or 0.0), 3)))
        price = Decimal(str(catalogue.rules.get("loss_price_yuan_per_kwh", 0.0)))
        if saved > 0 and price > 0 and gap > 0:
            found.append(Turn(kind="losses", rank=other.rank, value=round(float(gap / (saved * price)), 1), unit="a"))
    return found
