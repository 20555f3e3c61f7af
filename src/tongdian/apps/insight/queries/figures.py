"""
The half-year in figures: counted from the database in a few queries, each with the filter that opens it down to its cases.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.demands import queries as demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.engines import measure

HIGH_VOLTAGE = frozenset({"hv_single", "hv_dual"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    The cases of one procedure, class or month: accepted, closed, ended early, and both clocks of the closed ones in working days.

    ``key`` is the filter's value that lists them.
    """

    key: str
    name_zh: str
    name_en: str
    accepted: int
    closed: int
    ended_early: int
    open: int
    whole: measure.Summary
    utility: measure.Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """
    How many open cases wait for a party, and how many of these are late.
    """

    party: str
    waiting: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    The same days of two years: mean working days of the cases closed in them, and by how many percent it became shorter.
    """

    what: str
    since: date
    until: date
    now: measure.Summary
    before: measure.Summary
    shorter_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """
    Everything the insight page shows.
    """

    total: Row
    by_procedure: tuple[Row, ...]
    by_class: tuple[Row, ...]
    by_month: tuple[Row, ...]
    achieved: tuple[cases.Achieved, ...]
    late: tuple[Late, ...]
    comparisons: tuple[Comparison, ...]
    outreach: demands.VisitCounts
    categories: tuple[tuple[demands.Category, int], ...]
    demands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """
    What is read of one case.
    """

    procedure: str
    state: str
    opened: date
    ended: date | None
    whole: int | None
    utility: int | None


def get_figures(*, actor: Actor, now: datetime) -> Figures:
    """
    Count the thread.
    """
    people.require(actor, "view_cases")
    rows = _read()
    procedures = {procedure.code: procedure for procedure in cases.list_procedures()}
    said = Counter(Demand.objects.exclude(category="").values_list("category", flat=True))
    return Figures(
        total=_row(rows, key="", zh="全部", en="all"),
        by_procedure=_group(rows, lambda one: one.procedure, lambda key: (procedures[key].name_zh, procedures[key].name_en)),
        by_class=_group(rows, lambda one: procedures[one.procedure].customer_class, lambda key: (key, key)),
        by_month=_months(rows),
        achieved=cases.list_achieved(now=now),
        late=_late(actor, now),
        comparisons=tuple(
            _compare(rows, what, of, timezone.localdate(now)) for what, of in (("all", None), ("high_voltage", HIGH_VOLTAGE))
        ),
        outreach=demands.count_outreach(),
        categories=tuple((demands.get_category(code=code), count) for code, count in said.most_common()),
        demands=demands.count_demands()["total"],
    )


def _read() -> list[_Counted]:
    columns = ("procedure__code", "state", "opened_at", "ended_at", "whole_working_days", "utility_working_days")
    return [
        _Counted(
            procedure=procedure,
            state=state,
            opened=timezone.localdate(opened_at),
            ended=timezone.localdate(ended_at) if ended_at else None,
            whole=whole,
            utility=utility,
        )
        for procedure, state, opened_at, ended_at, whole, utility in Case.objects.order_by().values_list(*columns)
    ]


def _row(rows: Sequence[_Counted], *, key: str, zh: str, en: str, ended_in: str = "") -> Row:
    closed = [one for one in rows if one.state == Case.State.CLOSED and (not ended_in or f"{one.ended:%Y-%m}" == ended_in)]
    return Row(
        key=key,
        name_zh=zh,
        name_en=en,
        accepted=sum(not ended_in or f"{one.opened:%Y-%m}" == ended_in for one in rows),
        closed=len(closed),
        ended_early=sum(
            one.state in {Case.State.WITHDRAWN, Case.State.REJECTED} and (not ended_in or f"{one.ended:%Y-%m}" == ended_in) for one in rows
        ),
        open=sum(one.state == Case.State.OPEN and (not ended_in or f"{one.opened:%Y-%m}" == ended_in) for one in rows),
        whole=measure.summarise([one.whole for one in closed if one.whole is not None]),
        utility=measure.summarise([one.utility for one in closed if one.utility is not None]),
    )


def _group(rows: Sequence[_Counted], of: Callable[[_Counted], str], names: Callable[[str], tuple[str, str]]) -> tuple[Row, ...]:
    groups: dict[str, list[_Counted]] = defaultdict(list)
    for one in rows:
        groups[of(one)].append(one)
    found = []
    for key, members in groups.items():
        zh, en = names(key)
        found.append(_row(members, key=key, zh=zh, en=en))
    return tuple(sorted(found, key=lambda row: (-row.accepted, row.key)))


def _months(rows: Sequence[_Counted]) -> tuple[Row, ...]:
    months = {f"{day:%Y-%m}" for one in rows for day in (one.opened, one.ended) if day}
    return tuple(_row(rows, key=month, zh=month, en=month, ended_in=month) for month in sorted(months))


def _late(actor: Actor, now: datetime) -> tuple[Late, ...]:
    waiting, late = Counter[str](), Counter[str]()
    for line in cases.list_cases(actor=actor, state=Case.State.OPEN, now=now):
        waiting[line.party] += 1
        late[line.party] += line.late_days > 0
    return tuple(Late(party=party, waiting=count, late=late[party]) for party, count in waiting.most_common())


def _compare(rows: Sequence[_Counted], what: str, procedures: frozenset[str] | None, today: date) -> Comparison:
    """
    Compare the cases closed from January to today with those closed in the same days of the year before.
    """
    since = today.replace(month=1, day=1)

    def closed(years_back: int) -> measure.Summary:
        first = since.replace(year=since.year - years_back)
        last = (today.month, today.day)
        return measure.summarise(
            [
                one.whole
                for one in rows
                if one.state == Case.State.CLOSED
                and one.ended is not None
                and one.whole is not None
                and one.ended.year == first.year
                and (one.ended.month, one.ended.day) <= last
                and (procedures is None or one.procedure in procedures)
            ]
        )

    now, before = closed(0), closed(1)
    return Comparison(what=what, since=since, until=today, now=now, before=before, shorter_percent=measure.shorter_percent(before, now))
