"""
An explanation as pictures: SVG texts with a title and a description for those who do not see them, their words passed in.

Every shape has a class (``ex-before``, ``ex-after``, ``ex-limit``, ``ex-grid``), so that a page can give it its own colours; the attributes
hold where there is no style sheet.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

import numpy as np

from tongdian.engines.grid._explain.explain import Explanation
from tongdian.engines.grid._flow.path import PathNode

WIDTH, HEIGHT = 320.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 58.0, 14.0, 26.0
BLOCK = 16.0  # width of the transformer in the picture of loadings
TICKS = 4
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
COLOURS = {"before": "#6b7686", "after": "#1f55d6", "limit": "#161c27", "grid": "#d5dae2", "text": "#161c27"}

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """
    The words of the pictures in the reader's language. ``says_*``: what a picture shows, as a sentence.
    """

    voltages: str
    loadings: str
    days: str
    says_voltages: str
    says_loadings: str
    says_days: str
    now: str
    added: str
    limit: str
    transformer: str


class _Frame:
    """
    The axes of one picture: values to places.
    """

    def __init__(self, x: tuple[float, float], values: Iterable[float]) -> None:
        found = [value for value in values if math.isfinite(value)]
        low, high = min(found), max(found)
        span = max(high - low, abs(high) * 1e-3, 1e-9)
        self.step = _nice(span / (TICKS - 1))
        self.low = math.floor((low - 0.04 * span) / self.step) * self.step
        self.high = math.ceil((high + 0.04 * span) / self.step) * self.step
        self.x0, self.x1 = x[0], max(x[1], x[0] + 1e-9)

    def x(self, value: float) -> float:
        return LEFT + (value - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[float]:
        return [self.low + at * self.step for at in range(round((self.high - self.low) / self.step) + 1)]


def draw_voltages(explanation: Explanation, words: Words) -> str:
    """
    Return the voltages along the way in the binding step, from the last transformer on, without and with the addition.
    """
    return _wrap(_voltages(explanation, words), words.voltages, words.says_voltages)


def draw_loadings(explanation: Explanation, words: Words) -> str:
    """
    Return the loading of every element of the way in the binding step, without and with the addition.
    """
    return _wrap(_loadings(explanation, words), words.loadings, words.says_loadings)


def draw_days(explanation: Explanation, words: Words, *, start: str = "") -> str:
    """
    Return the binding element's worst of every day.

    :param start: ISO moment at which the year begins; without it days are counted
    """
    return _wrap(_days(explanation, words, start), words.days, words.says_days) if len(explanation.days_before) else ""


def draw_explanation(explanation: Explanation, words: Words, *, start: str = "") -> str:
    """
    Return all pictures as one document.
    """
    parts = [(words.voltages, _voltages(explanation, words)), (words.loadings, _loadings(explanation, words))]
    if len(explanation.days_before):
        parts.append((words.days, _days(explanation, words, start)))
    body = []
    for at, (title, part) in enumerate(parts):
        body.append(f'<g transform="translate(0 {at * (HEIGHT + 24):g})">{_text(8, 14, title, weight=600)}')
        body.append(f'<g transform="translate(0 20)">{part}</g></g>')
    height = len(parts) * (HEIGHT + 24)
    said = f"{words.says_voltages} {words.says_loadings}"
    ground = f'<rect width="{WIDTH:g}" height="{height:g}" fill="#ffffff"/>'
    return _wrap(ground + "".join(body), explanation.bus_name or str(explanation.bus_id), said, height=height)


def _voltages(explanation: Explanation, words: Words) -> str:
    last = explanation.nodes[-1]
    nodes = [node for node in explanation.nodes if node.nominal_kv == last.nominal_kv]

    def volts(per_unit: float) -> float:
        return per_unit * last.nominal_kv * 1000

    def course(name: str) -> list[tuple[float, float]]:
        return [(node.metres, volts(_value(node, name))) for node in nodes]

    before, after = course("before_pu"), course("after_pu")
    low, high = volts(explanation.limits.voltage_min_pu), volts(explanation.limits.voltage_max_pu)
    values = [value for _, value in before + after]
    reach = max(values) - min(values)
    shown = [limit for limit in (low, high) if min(values) - 2 * reach - 4 <= limit <= max(values) + 2 * reach + 4]
    frame = _Frame((0.0, nodes[-1].metres), [*values, *shown])
    lines = "".join(_limit(frame, limit, f"{words.limit} {limit:.0f} V") for limit in shown)
    ends = _ends(frame, ((before[-1][1], words.now, "before"), (after[-1][1], words.added, "after")))
    return _axes(frame, "V", _metres(nodes[-1].metres)) + _line(frame, before, "before") + _line(frame, after, "after") + lines + ends


def _value(node: PathNode, name: str) -> float:
    return node.before_pu if name == "before_pu" else node.after_pu


def _loadings(explanation: Explanation, words: Words) -> str:
    lines = [element for element in explanation.elements if element.kind == "line"]
    blocks = [element for element in explanation.elements if element.kind == "transformer"][-1:]
    length = sum(element.length_m for element in lines) or 1.0
    start = -length * BLOCK / (WIDTH - LEFT - RIGHT - BLOCK) * 1.2 if blocks else 0.0
    limit = 100 * explanation.limits.line_loading
    frame = _Frame((start, length), [0.0, 100.0, *(100 * element.after for element in explanation.elements)])
    out, at = [], 0.0
    for element in blocks:
        out += _bar(frame, start, start * 0.2, 100 * element.before, 100 * element.after)
        out.append(_text((frame.x(start) + frame.x(start * 0.2)) / 2, HEIGHT - BOTTOM + 14, words.transformer, anchor="middle"))
    for element in lines:
        out += _bar(frame, at, at + element.length_m, 100 * element.before, 100 * element.after)
        at += element.length_m
    return _axes(frame, "%", _metres(length)) + "".join(out) + _limit(frame, limit, f"{words.limit} {limit:.0f} %")


def _bar(frame: _Frame, one: float, other: float, before: float, after: float) -> list[str]:
    x, width = frame.x(one), max(frame.x(other) - frame.x(one), 0.8)
    return [
        f'<rect class="ex-{name}" x="{x:.1f}" y="{frame.y(value):.1f}" width="{width:.2f}" '
        f'height="{max(frame.y(0) - frame.y(value), 0):.1f}" fill="{COLOURS[name]}"/>'
        for name, value in (("after", max(after, before)), ("before", min(after, before)))
    ]


def _days(explanation: Explanation, words: Words, start: str) -> str:
    is_voltage = explanation.element_kind == "bus"
    kv = next((node.nominal_kv for node in explanation.nodes if node.bus_id == explanation.element_id), explanation.nodes[-1].nominal_kv)
    factor, unit = (1000 * kv, "V") if is_voltage else (100.0, "%")
    before, after, limit = explanation.days_before * factor, explanation.days_after * factor, explanation.threshold * factor
    count = len(before)
    frame = _Frame((0.0, max(count - 1, 1)), [*before.tolist(), *after.tolist(), limit])
    courses = [[(float(at), float(value)) for at, value in enumerate(values)] for values in (before, after)]
    ends = _ends(frame, ((float(np.median(before[-7:])), words.now, "before"), (float(np.median(after[-7:])), words.added, "after")))
    drawn = _line(frame, courses[0], "before", width=1.2) + _line(frame, courses[1], "after", width=1.2)
    return _axes(frame, unit, _months(count, start)) + drawn + _limit(frame, limit, f"{words.limit} {limit:.0f} {unit}") + ends


def _months(count: int, start: str) -> list[tuple[float, str]]:
    if not start or count < 60:  # noqa: PLR2004 - too short for months
        return [(0.0, "1"), (count - 1.0, str(count))]
    first = datetime.fromisoformat(start).date()
    days = ((at, first + timedelta(days=at)) for at in range(count))
    return [(float(at), _short(day)) for at, day in days if day.day == 1 and day.month % 3 == 1]


def _short(day: date) -> str:
    return f"{day.year}-{day.month:02}" if day.month == 1 else f"-{day.month:02}"


def _metres(length: float) -> list[tuple[float, str]]:
    step = _nice(length / 3)
    ticks = [at * step for at in range(int(length / step) + 1)]
    return [(at, f"{at:.0f} m" if at == ticks[-1] else f"{at:.0f}") for at in ticks]


def _nice(least: float) -> float:
    size = 10.0 ** math.floor(math.log10(max(least, 1e-9)))
    return next(times * size for times in NICE if times * size >= least * (1 - 1e-9))


def _axes(frame: _Frame, unit: str, marks: Sequence[tuple[float, str]]) -> str:
    ticks = frame.ticks()
    digits = 0 if frame.step >= 1 else 1
    out = []
    for value in ticks:
        y = frame.y(value)
        out.append(f'<path class="ex-grid" d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}" stroke="{COLOURS["grid"]}" fill="none"/>')
        words = f"{value:.{digits}f}" + (f" {unit}" if value == ticks[-1] else "")
        out.append(_text(LEFT - 6, y + 4, words, anchor="end"))
    out += [_text(frame.x(at), HEIGHT - BOTTOM + 14, words, anchor="middle") for at, words in marks]
    return "".join(out)


def _line(frame: _Frame, points: Points, name: str, *, width: float = 2.4) -> str:
    course = "L".join(f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in points)
    return f'<path class="ex-{name}" d="M{course}" fill="none" stroke="{COLOURS[name]}" stroke-width="{width:g}" stroke-linejoin="round"/>'


def _limit(frame: _Frame, value: float, words: str) -> str:
    y = frame.y(value)
    line = f'<path class="ex-limit" d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}" fill="none" stroke="{COLOURS["limit"]}" stroke-width="1.4"/>'
    return line + _text(LEFT + 4, y - 5, words)


def _ends(frame: _Frame, labels: Sequence[tuple[float, str, str]]) -> str:
    """
    Return the words at the ends of the lines, kept apart.
    """
    places = sorted((frame.y(value) + 4, words, name) for value, words, name in labels)
    out, last = [], -math.inf
    for y, words, name in places:
        last = max(y, last + 15)
        out.append(_text(WIDTH - RIGHT + 5, last, words, name=f"ex-word-{name}"))
    return "".join(out)


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: int = 400, name: str = "ex-word") -> str:
    style = f' font-weight="{weight}"' if weight != 400 else ""  # noqa: PLR2004 - the usual weight
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{COLOURS["text"]}"{style}>{escape(words)}</text>'


def _wrap(body: str, title: str, said: str, *, height: float = HEIGHT) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ex" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" aria-label="{escape(said)}">'
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>{body}</svg>"
    )
