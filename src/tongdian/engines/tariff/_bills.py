"""
Reading bills as people send them: each row becomes a bill or comes back with its reason.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from tongdian.engines.tariff._tables import classes, regions, voltages
from tongdian.engines.tariff._values import Bill, Party
from tongdian.kit.refused import N_, Refused
from tongdian.kit.sheets import Sheet

# column -> headings under which it is found
HEADINGS = {
    "place": ("place", "地点", "转供电主体", "园区"),
    "party": ("party", "kind", "类型", "表类型"),
    "name": ("name", "tenant", "名称", "用户", "租户"),
    "month": ("month", "月份", "账单月份"),
    "first_day": ("first_day", "from", "起", "起始日期"),
    "last_day": ("last_day", "until", "止", "截止日期"),
    "kwh": ("kwh", "电量", "电量(kwh)", "电量（kwh）", "电量(千瓦时)"),
    "yuan": ("yuan", "amount", "电费", "金额", "电费(元)", "电费（元）"),
    "region": ("region", "地区", "省份"),
    "customer_class": ("customer_class", "class", "用电类别", "电价类别"),
    "voltage": ("voltage", "电压", "电压等级"),
}
NEEDED = ("kwh", "yuan")
PARTIES = {
    **{party.value: party for party in Party},
    "总表": Party.MASTER,
    "总户": Party.MASTER,
    "租户": Party.TENANT,
    "终端用户": Party.TENANT,
    "分表": Party.TENANT,
    "公用": Party.SHARED,
    "公共": Party.SHARED,
    "自用": Party.OWN,
}
MOST_KWH, MOST_YUAN = Decimal(10) ** 9, Decimal(10) ** 9
MONTH = re.compile(r"([12]\d{3})[-/.年](0?[1-9]|1[0-2])(?!\d)")  # 2021-09, 2021年9月, or a day of it


class UnreadableBills(Refused):
    """
    The table holds no bills: a column is missing.
    """


class UnusableBill(Refused):
    """
    One row cannot be a bill.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedBill:
    """
    A row that came back: its number as the user sees it, its cells, and why.
    """

    row: int
    cells: tuple[str, ...]
    reason: Refused


def read_bills(sheet: Sheet) -> tuple[tuple[Bill, ...], tuple[ReturnedBill, ...]]:
    """
    Return the bills of a table and the rows that are none. One bad row never stops the others; empty rows are passed over.

    Columns (Chinese headings are known too): ``kwh`` and ``yuan``; ``month`` (YYYY-MM) or ``first_day`` and ``last_day``; ``party``
    (master, tenant, shared, own; tenant if empty); ``name``; ``place``; ``region`` (Jiangsu if empty); ``customer_class`` (general if
    empty); ``voltage`` (lt1kv if empty).

    :raises UnreadableBills: if a column that is needed is not there
    """
    columns = _find_columns(sheet.header)
    bills: list[Bill] = []
    returned: list[ReturnedBill] = []
    known: dict[tuple[object, ...], int] = {}
    for number, cells in enumerate(sheet.rows, start=sheet.first_row):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            bill = _read_bill({name: cells[at].strip() for name, at in columns.items()}, number)
            _check_new(bill, known)
        except Refused as reason:
            returned.append(ReturnedBill(row=number, cells=cells, reason=reason))
        else:
            bills.append(bill)
    return tuple(bills), tuple(returned)


def _find_columns(header: Sequence[str]) -> dict[str, int]:
    lowered = [name.strip().lower() for name in header]
    found = {
        column: next(lowered.index(heading) for heading in headings if heading in lowered)
        for column, headings in HEADINGS.items()
        if any(heading in lowered for heading in headings)
    }
    for column in NEEDED:
        if column not in found:
            raise UnreadableBills(
                N_("The bills have no column “%(column)s”. Their columns are: %(columns)s."), column=column, columns=", ".join(header)
            )
    if "month" not in found and not {"first_day", "last_day"} <= set(found):
        raise UnreadableBills(
            N_("The bills have no column “%(column)s”. Their columns are: %(columns)s."), column="month", columns=", ".join(header)
        )
    return found


def _read_bill(row: dict[str, str], number: int) -> Bill:
    said = row.get("party", "").lower() or Party.TENANT.value
    if said not in PARTIES:
        raise UnusableBill(N_("The kind of meter “%(given)s” is unknown. Write: %(known)s."), given=said, known=", ".join(Party))
    party = PARTIES[said]
    name = row.get("name", "")
    if party is Party.TENANT and not name:
        raise UnusableBill(N_("A tenant's bill needs the tenant's name."))
    first, last = _period(row)
    return Bill(
        row=number,
        place=row.get("place", ""),
        party=party,
        name=name,
        first_day=first,
        last_day=last,
        kwh=_amount(row["kwh"], "kwh", most=MOST_KWH, positive=party in {Party.MASTER, Party.TENANT}),
        yuan=_amount(row["yuan"], "yuan", most=MOST_YUAN, positive=party is Party.MASTER, empty=party in {Party.SHARED, Party.OWN}),
        region=_code(row.get("region", ""), regions(), default="jiangsu"),
        customer_class=_code(row.get("customer_class", ""), classes(), default="general"),
        voltage=_code(row.get("voltage", ""), voltages(), default="lt1kv"),
    )


def _code(said: str, names: dict[str, str], *, default: str) -> str:
    """
    Return the code of a name; a name that no shipped table knows stays as it is: a table of the user's own may know it.
    """
    return names.get(said.lower(), said.lower()) if said else default


def _amount(text: str, column: str, *, most: Decimal, positive: bool, empty: bool = False) -> Decimal:
    bare = text.replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥").removesuffix("元").strip()
    if not bare and empty:
        return Decimal(0)
    try:
        value = Decimal(bare)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UnusableBill(N_("“%(given)s” under “%(column)s” is no number."), given=text, column=column)
    if value < 0 or (positive and value == 0):
        raise UnusableBill(N_("“%(given)s” under “%(column)s” must be above 0."), given=text, column=column)
    if value > most:
        raise UnusableBill(N_("“%(given)s” under “%(column)s” is beyond any bill: check its unit."), given=text, column=column)
    return value


def _period(row: dict[str, str]) -> tuple[date, date]:
    if row.get("first_day") and row.get("last_day"):
        first, last = _day(row["first_day"]), _day(row["last_day"])
        if last < first:
            raise UnusableBill(N_("The bill ends on %(last)s before it begins on %(first)s."), first=first, last=last)
        return first, last
    said = row.get("month", "")
    parts = MONTH.match(said)
    if parts is None:
        raise UnusableBill(N_("“%(given)s” is no month: write YYYY-MM."), given=said)
    year, month = int(parts[1]), int(parts[2])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-")[:10])
    except ValueError:
        raise UnusableBill(N_("“%(given)s” is no day: write YYYY-MM-DD."), given=text) from None


def _check_new(bill: Bill, known: dict[tuple[object, ...], int]) -> None:
    """
    Refuse a bill that stands in the table already: it would count twice.
    """
    key = (bill.place, bill.party, bill.name, bill.first_day, bill.last_day)
    if key in known:
        raise UnusableBill(N_("The same meter and period stand in row %(row)s already."), row=known[key])
    known[key] = bill.row
