"""
Prospective needs: recorded one by one or from a list, closed when they became an application or came to nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from tongdian.apps.cases.models import Case
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import queries as people
from tongdian.apps.people.models import User
from tongdian.apps.plans import events, queries
from tongdian.apps.plans.models import ProspectiveNeed
from tongdian.apps.plans.rules import NEED_SOURCES, NeedState
from tongdian.kit.refused import N_, Refused
from tongdian.kit.sheets import Sheet

MOST_KW = 1_000_000.0
HEADINGS = {
    "source": ("source", "来源"),
    "key": ("key", "编号", "项目编号"),
    "name": ("name", "项目", "项目名称"),
    "place": ("place", "地点", "建设地点"),
    "lon": ("lon", "经度"),
    "lat": ("lat", "纬度"),
    "kw": ("kw", "容量(kw)", "容量（kw）", "预计容量"),
    "wanted_on": ("wanted_on", "用电日期", "预计用电日期"),
    "probability": ("probability", "可能性", "可能性(%)", "可能性（%）"),
    "note": ("note", "备注"),
}
NEEDED = ("name", "place", "kw", "wanted_on", "probability")
SOURCE_WORDS = {"项目清单": "project_list", "走访": "visit", "咨询": "enquiry", "规划": "plan"}


class UnusableNeed(Refused):
    """
    What was said cannot be a need; ``field`` in the values names where.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedNeed:
    """
    A row that came back, with its number and why.
    """

    row: int
    cells: tuple[str, ...]
    reason: Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedReport:
    """
    What became of a list: how many are new, how many were known, which rows came back.
    """

    landed: int
    known: int
    returned: tuple[ReturnedNeed, ...]


@transaction.atomic
def record_need(*, actor: Actor, given: Mapping[str, Any], now: datetime) -> tuple[ProspectiveNeed, bool]:
    """
    Record a need before anybody applies, and return it and whether it is new; the same number of the same source changes nothing.

    :param given: ``source`` (of ``NEED_SOURCES``), ``key`` (its number there; empty: none), ``name``, ``place``, ``lon`` and ``lat``
        (degrees, or empty), ``kw``, ``wanted_on`` (a day, not past), ``probability`` (1 to 100 per cent), ``note``; texts or values
    :raises UnusableNeed: if something of it cannot be
    """
    people.require(actor, "record_need")
    values = _check(given, today=timezone.localdate(now))
    known = ProspectiveNeed.objects.filter(source=values["source"], key=values["key"]).first() if values["key"] else None
    if known is not None:
        return known, False
    values["key"] = values["key"] or uuid4().hex
    need = ProspectiveNeed.objects.create(**values, recorded_by=User.objects.get(pk=actor.id), recorded_at=now)
    noted = {"kw": need.kw, "wanted_on": need.wanted_on.isoformat(), "probability": need.probability, "source": need.source}
    journal.record(actor=actor, kind=events.NEED_RECORDED, subject=need, now=now, values=noted)
    return need, True


@transaction.atomic
def close_need(*, actor: Actor, need_id: UUID | str, case_number: str = "", reason: str = "", now: datetime) -> ProspectiveNeed:
    """
    Close a need: it became the case ``case_number``, or came to nothing for a reason. From then on nothing counts it.

    :raises UnusableNeed: if it is closed already, or neither a case nor a reason is given
    """
    people.require(actor, "record_need")
    need = queries.find_need(need_id=need_id)
    if need.state != NeedState.OPEN:
        raise UnusableNeed(N_("This need is closed already: it is %(state)s."), state=need.state, field="reason")
    if case_number.strip():
        case = Case.objects.filter(number=case_number.strip()).first()
        if case is None:
            raise UnusableNeed(N_("There is no case %(number)s."), number=case_number.strip(), field="case_number")
        need.case, need.state = case, NeedState.APPLIED
    elif reason.strip():
        need.state, need.reason = NeedState.DROPPED, reason.strip()[:300]
    else:
        raise UnusableNeed(N_("Name the case it became, or say why it came to nothing."), field="reason")
    need.save(update_fields=["case", "state", "reason"])
    journal.record(actor=actor, kind=events.NEED_CLOSED, subject=need, now=now, values={"state": need.state})
    return need


def receive_needs(*, actor: Actor, sheet: Sheet, now: datetime) -> NeedReport:
    """
    Take in a list of needs (the departments' project list); rows that cannot land come back with number and reason.

    :raises UnusableNeed: if a column that is needed is not there
    """
    people.require(actor, "record_need")
    columns = _columns(sheet.header)
    landed = known = 0
    returned: list[ReturnedNeed] = []
    for number, cells in enumerate(sheet.rows, start=sheet.first_row):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            _, is_new = record_need(actor=actor, given={name: cells[at] for name, at in columns.items()}, now=now)
        except UnusableNeed as reason:
            returned.append(ReturnedNeed(row=number, cells=cells, reason=reason))
        else:
            landed, known = landed + is_new, known + (not is_new)
    return NeedReport(landed=landed, known=known, returned=tuple(returned))


def _columns(header: tuple[str, ...]) -> dict[str, int]:
    lowered = [name.strip().lower() for name in header]
    found = {name: lowered.index(heading) for name, headings in HEADINGS.items() for heading in headings if heading in lowered}
    for name in NEEDED:
        if name not in found:
            raise UnusableNeed(
                N_("The list has no column “%(field)s”. Its columns are: %(columns)s."), field=name, columns=", ".join(header)
            )
    return found


def _check(given: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    source = str(given.get("source") or "project_list").strip()
    source = SOURCE_WORDS.get(source, source)
    if source not in NEED_SOURCES:
        raise UnusableNeed(
            N_("The source “%(given)s” is unknown. Write: %(known)s."), given=source, known=", ".join(NEED_SOURCES), field="source"
        )
    texts = {name: str(given.get(name) or "").strip() for name in ("key", "name", "place", "note")}
    for name in ("name", "place"):
        if not texts[name]:
            raise UnusableNeed(N_("“%(field)s” is empty."), field=name)
    lon, lat = _degrees(given)
    return {
        "source": source,
        "key": texts["key"][:64],
        "name": texts["name"][:200],
        "place": texts["place"][:200],
        "note": texts["note"][:300],
        "lon": lon,
        "lat": lat,
        "kw": _number(given.get("kw"), "kw", least=0.001, most=MOST_KW),
        "wanted_on": _day(given.get("wanted_on"), today),
        "probability": round(_number(str(given.get("probability") or "").rstrip("%％ "), "probability", least=1, most=100)),
    }


def _degrees(given: Mapping[str, Any]) -> tuple[float | None, float | None]:
    if given.get("lon") in (None, "") and given.get("lat") in (None, ""):
        return None, None
    return _number(given.get("lon"), "lon", least=-180, most=180), _number(given.get("lat"), "lat", least=-90, most=90)


def _number(said: Any, field: str, *, least: float, most: float) -> float:  # noqa: ANN401 - a text or a number
    try:
        value = float(str(said).strip())
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        text = N_("“%(given)s” under “%(field)s” must be a number from %(least)s to %(most)s.")
        raise UnusableNeed(text, given=said, field=field, least=f"{least:g}", most=f"{most:g}")
    return value


def _day(said: Any, today: date) -> date:  # noqa: ANN401 - a text or a day
    try:
        day = said if isinstance(said, date) else date.fromisoformat(str(said).strip()[:10].replace("/", "-"))
    except ValueError:
        raise UnusableNeed(N_("“%(given)s” under “%(field)s” is no day: write YYYY-MM-DD."), given=said, field="wanted_on") from None
    if day < today:
        raise UnusableNeed(N_("The day %(given)s under “%(field)s” has passed."), given=day.isoformat(), field="wanted_on")
    return day
