"""
The day as a picture: its average and its highest values over 24 hours, the time-of-use windows behind them, the capacity as a line.
"""

from html import escape

import numpy as np
from numpy.typing import NDArray

from tongdian.engines.tariff._report import Translate
from tongdian.engines.tariff._study import Advice
from tongdian.kit.refused import N_

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 40
BANDS = {"peak": "#f8d9d6", "flat": "#f4f5f7", "valley": "#d7ecdf"}
NAMES = {"peak": N_("peak hours"), "flat": N_("flat hours"), "valley": N_("valley hours")}
INK, ACCENT, GREY = "#161c27", "#1d51cc", "#596374"
FONT = 'font-family="Noto Sans CJK SC, sans-serif" font-size="12"'
DAY = 24 * 60


def draw_day(advice: Advice, translate: Translate) -> str:
    """
    Return an SVG picture of the day, readable without colour: windows carry their names, lines their labels.
    """
    curve = advice.curve
    minutes = curve.minutes_of_day()
    slots = np.unique(minutes)
    mean = np.array([curve.kw[minutes == slot].mean() for slot in slots])
    high = np.array([curve.kw[minutes == slot].max() for slot in slots])
    top = _round_up(float(high.max()) * 1.05)
    key = translate(N_("solid: average day; dashed: highest value at each time"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {FONT}>',
        f"<title>{escape(translate(N_('Load over the day, kW')))}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_bands(advice, slots, minutes, translate),
        *_axes(top),
        _line(slots, high, curve.step_minutes, top, stroke=GREY, extra=' stroke-dasharray="5 3"'),
        _line(slots, mean, curve.step_minutes, top, stroke=ACCENT, extra=""),
        f'<text x="{LEFT}" y="16" fill="{INK}">kW · {escape(key)}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def _bands(advice: Advice, slots: NDArray[np.int64], minutes: NDArray[np.int64], translate: Translate) -> list[str]:
    if advice.periods is None:
        return []
    of_slot = [str(advice.periods[int((minutes == slot).argmax())]) for slot in slots]
    found: list[str] = []
    begin = 0
    for at in range(1, len(of_slot) + 1):
        if at < len(of_slot) and of_slot[at] == of_slot[begin]:
            continue
        left, right = _x(int(slots[begin])), _x(int(slots[at]) if at < len(slots) else DAY)
        name = escape(translate(NAMES[of_slot[begin]]))
        box = f'x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM}"'
        found.append(f'<rect {box} fill="{BANDS[of_slot[begin]]}"/>')
        found.append(f'<text x="{(left + right) / 2:.1f}" y="{TOP + 14}" fill="{INK}" text-anchor="middle">{name}</text>')
        begin = at
    return found


def _axes(top: float) -> list[str]:
    found = []
    for part in range(5):
        value = top * part / 4
        y = _y(value, top)
        found.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c9ced6" stroke-width="1"/>')
        found.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" fill="{INK}" text-anchor="end">{value:g}</text>')
    found.extend(
        f'<text x="{_x(60 * hour):.1f}" y="{HEIGHT - BOTTOM + 18}" fill="{INK}" text-anchor="middle">{hour:02}:00</text>'
        for hour in range(0, 25, 4)
    )
    return found


def _line(slots: NDArray[np.int64], values: NDArray[np.float64], step: int, top: float, *, stroke: str, extra: str) -> str:
    points = []
    for slot, value in zip(slots, values, strict=True):
        y = _y(float(value), top)
        points += [f"{_x(int(slot)):.1f},{y:.1f}", f"{_x(min(DAY, int(slot) + step)):.1f},{y:.1f}"]
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{stroke}" stroke-width="2"{extra}/>'


def _x(minute: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * minute / DAY


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _round_up(value: float) -> float:
    size = 10.0 ** np.floor(np.log10(value))
    return float(next(step for step in (1, 2, 4, 8, 10) if step * size >= value) * size)
