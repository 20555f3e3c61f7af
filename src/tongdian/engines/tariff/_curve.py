"""
Reading a load curve, strictly: a gap, a double or a wrong unit would make every figure after it wrong, so it is refused by row.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tongdian.engines.tariff._tables import rule
from tongdian.engines.tariff._values import Said
from tongdian.kit.refused import N_, Refused
from tongdian.kit.sheets import Sheet

HEADINGS = {
    "time": ("time", "timestamp", "datetime", "时间", "日期时间", "时刻"),
    "kw": ("kw", "p_kw", "load_kw", "有功功率(kw)", "有功功率（kw）", "负荷(kw)", "负荷（kw）", "功率(kw)"),
    "kwh": ("kwh", "电量(kwh)", "电量（kwh）"),
    "kvar": ("kvar", "q_kvar", "无功功率(kvar)", "无功功率（kvar）"),
}
OTHER_UNITS = ("w", "mw", "p_w", "p_mw", "a", "kva", "mwh", "wh")
STEPS = (15, 30, 60)
SHORTEST_DAYS = 1
MOST_FAULTS = 20
MOST_KW = 1e7
HOUR = 60
FORMATS = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y年%m月%d日 %H:%M")


class UnusableCurve(Refused):
    """
    The table is no load curve. ``faults`` are (row as the user sees it, sentence), the first twenty.
    """

    def __init__(self, text: str, *, faults: Sequence[tuple[int, Said]] = (), **values: object) -> None:
        super().__init__(text, **values)
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCurve:
    """
    Average powers of equal intervals. ``kw`` and ``kvar`` (None if not measured) have one value for each interval, which begins at
    ``start + i · step_minutes``, in the meter's own clock.
    """

    start: datetime
    step_minutes: int
    kw: NDArray[np.float64]
    kvar: NDArray[np.float64] | None

    @property
    def hours(self) -> float:
        """
        The length of an interval in hours.
        """
        return self.step_minutes / HOUR

    @property
    def days(self) -> float:
        """
        How many days the curve covers.
        """
        return len(self.kw) * self.hours / 24

    @property
    def kwh(self) -> float:
        """
        Its energy in kWh.
        """
        return float(self.kw.sum()) * self.hours

    def moment(self, at: int) -> datetime:
        """
        Return when an interval begins.
        """
        return self.start + timedelta(minutes=self.step_minutes * at)

    def minutes_of_day(self) -> NDArray[np.int64]:
        """
        Return for each interval the minute of its day at which it begins.
        """
        first = self.start.hour * HOUR + self.start.minute
        minutes: NDArray[np.int64] = (first + self.step_minutes * np.arange(len(self.kw), dtype=np.int64)) % (24 * HOUR)
        return minutes

    def months(self) -> list[tuple[int, int, slice]]:
        """
        Return (year, month, intervals) for each calendar month that the curve touches.
        """
        found: list[tuple[int, int, slice]] = []
        begin = 0
        while begin < len(self.kw):
            moment = self.moment(begin)
            following = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1)  # noqa: DTZ001 - the meter's clock
            end = min(len(self.kw), math.ceil((following - self.start) / timedelta(minutes=self.step_minutes)))
            found.append((moment.year, moment.month, slice(begin, end)))
            begin = end
        return found


def read_curve(sheet: Sheet, *, contract_kva: float | None = None) -> LoadCurve:
    """
    Return the load curve of a table: a column of moments, and one of average kW (``kw``) or of energy (``kwh``), optionally ``kvar``.

    Rows may stand in any order. Equal steps of 15, 30 or 60 minutes, without gap, for at least one day.

    :param contract_kva: refuses a peak far beyond it: then the values are in another unit
    :raises UnusableCurve: with the rows that are no reading
    """
    columns = _find_columns(sheet.header)
    faults: list[tuple[int, Said]] = []
    readings = [
        reading
        for number, cells in enumerate(sheet.rows, start=sheet.first_row)
        if any(cell.strip() for cell in cells) and (reading := _read_row(cells, columns, number, faults)) is not None
    ]
    _check_faults(faults)
    readings.sort(key=lambda reading: reading[0])
    step = _step(readings, faults)
    _check_faults(faults)
    if len(readings) * step < SHORTEST_DAYS * 24 * HOUR:
        raise UnusableCurve(N_("The load curve covers less than one day: send at least 24 hours, better a whole year."))
    values = np.array([reading[1] for reading in readings])
    curve = LoadCurve(
        start=readings[0][0],
        step_minutes=step,
        kw=values * (HOUR / step) if "kw" not in columns else values,
        kvar=np.array([reading[2] for reading in readings]) if "kvar" in columns else None,
    )
    peak = float(curve.kw.max())
    if peak <= 0:
        raise UnusableCurve(N_("The load curve is zero throughout: there is nothing to advise on."))
    if contract_kva is not None and peak > float(rule("plausible_peak")) * contract_kva:
        raise UnusableCurve(
            N_("The peak of %(peak)s kW is far beyond the contract's %(kva)s kVA: are the values in watt, or of another customer?"),
            peak=round(peak, 1),
            kva=contract_kva,
        )
    return curve


def _find_columns(header: Sequence[str]) -> dict[str, int]:
    lowered = [name.strip().lower().replace(" ", "") for name in header]
    found = {name: lowered.index(heading) for name, headings in HEADINGS.items() for heading in headings if heading in lowered}
    if "time" not in found:
        raise UnusableCurve(
            N_("The load curve has no column “%(column)s”. Its columns are: %(columns)s."), column="time", columns=", ".join(header)
        )
    if "kw" not in found and "kwh" not in found:
        wrong = next((name for name in lowered if name in OTHER_UNITS), "")
        if wrong:
            raise UnusableCurve(N_("The column “%(column)s” is in another unit: convert it to kW (or kWh) and name it so."), column=wrong)
        raise UnusableCurve(
            N_("The load curve has no column “%(column)s”. Its columns are: %(columns)s."), column="kw", columns=", ".join(header)
        )
    return found


def _read_row(
    cells: Sequence[str], columns: dict[str, int], number: int, faults: list[tuple[int, Said]]
) -> tuple[datetime, float, float, int] | None:
    """
    Return (moment, power or energy, kvar, row); a row that is none adds to the faults.
    """
    moment = _read_moment(cells[columns["time"]].strip())
    if moment is None:
        faults.append(
            (number, Said(text=N_("“%(given)s” is no moment: write YYYY-MM-DD HH:MM."), values={"given": cells[columns["time"]]}))
        )
        return None
    name = "kw" if "kw" in columns else "kwh"
    power = _read_number(cells[columns[name]], number, name, faults)
    kvar = _read_number(cells[columns["kvar"]], number, "kvar", faults, signed=True) if "kvar" in columns else 0.0
    return None if power is None or kvar is None else (moment, power, kvar, number)


def _read_number(text: str, number: int, column: str, faults: list[tuple[int, Said]], *, signed: bool = False) -> float | None:
    values = {"given": text.strip(), "column": column}
    try:
        value = float(text.strip())
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        faults.append((number, Said(text=N_("“%(given)s” under “%(column)s” is no number."), values=values)))
        return None
    if value < 0 and not signed:
        text = N_("%(given)s under “%(column)s” is negative: leave feed-in out, send consumption only.")
        faults.append((number, Said(text=text, values=values)))
        return None
    if abs(value) > MOST_KW:
        faults.append((number, Said(text=N_("%(given)s under “%(column)s” is beyond any customer: check its unit."), values=values)))
        return None
    return value


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    for form in FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the meter's own clock
        except ValueError:
            continue
    return None


def _step(readings: Sequence[tuple[datetime, float, float, int]], faults: list[tuple[int, Said]]) -> int:
    """
    Return the step in minutes; doubles, gaps and other steps add to the faults.
    """
    if len(readings) < 2:  # noqa: PLR2004 - a step lies between two
        raise UnusableCurve(N_("The load curve covers less than one day: send at least 24 hours, better a whole year."))
    apart = [round((later[0] - earlier[0]).total_seconds() / 60, 3) for earlier, later in pairwise(readings)]
    positive = [minutes for minutes in apart if minutes > 0]
    step = min(positive, default=0)
    if step not in STEPS:
        raise UnusableCurve(N_("The readings are %(minutes)s minutes apart; send 15, 30 or 60 minute values."), minutes=f"{step:g}")
    for minutes, (earlier, later) in zip(apart, pairwise(readings), strict=True):
        if minutes == 0:
            faults.append((later[3], Said(text=N_("the moment %(moment)s stands in row %(row)s already"), values=_where(later, earlier))))
        elif minutes % step:
            faults.append(
                (
                    later[3],
                    Said(text=N_("the moment %(moment)s does not follow row %(row)s by a whole step"), values=_where(later, earlier)),
                )
            )
        elif minutes > step:
            values = {"count": int(minutes // step) - 1, **_where(later, earlier)}
            text = N_("before %(moment)s %(count)s readings are missing (after row %(row)s)")
            faults.append((later[3], Said(text=text, values=values)))
    return int(step)


def _where(later: tuple[datetime, float, float, int], earlier: tuple[datetime, float, float, int]) -> dict[str, object]:
    return {"moment": f"{later[0]:%Y-%m-%d %H:%M}", "row": earlier[3]}


def _check_faults(faults: Sequence[tuple[int, Said]]) -> None:
    if faults:
        raise UnusableCurve(
            N_("The load curve has %(count)s faults, the first in row %(row)s. Correct them and send it again."),
            faults=sorted(faults, key=lambda fault: fault[0])[:MOST_FAULTS],
            count=len(faults),
            row=min(fault[0] for fault in faults),
        )
