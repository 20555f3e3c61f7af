"""
The one-line diagram of an option as SVG: from the source over what exists (ink) to what is new (blue, thicker) and the load.

It needs no style sheet of a page: its own one follows the reader's light or dark screen. ``title`` and ``desc`` say the same in words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tongdian.engines.grid import Network
from tongdian.engines.supply._values import Cable, FeedElement, Option, SupplyPlan

WIDE, ROW = 960, 170
WORDS = {
    "title": ("一次接线图", "One-line diagram"),
    "existing": ("现有 {m} m，{n} 段", "existing {m} m in {n}"),
    "direct": ("自母线直接引出", "straight from the busbar"),
    "new": ("新建 {parallel}{code}，{m} m", "new {parallel}{code}, {m} m"),
    "current": ("{a} A / 载流量 {limit} A", "{a} A of {limit} A"),
    "example": ("示例价格", "example prices"),
    "legend": ("蓝色粗线为新建，黑色为现有", "blue and thick: new; ink: existing"),
    "second": ("第二电源", "second supply"),
    "infeasible": ("不可行，仅供说明", "not feasible, shown to explain"),
    "desc": (
        "{transformer}（{kva} kVA，最大负载率 {before}% → {after}%），经接电点 {bus}，新建电缆 {code} {m} m，供 {kw} kW。",
        "{transformer} ({kva} kVA, greatest loading {before} % to {after} %), connection point {bus}, new cable {code}, {m} m, to {kw} kW.",
    ),
}
STYLE = (
    ":root{color-scheme:light dark}"
    ".bg{fill:#fff}.w{stroke:#161c27;stroke-width:2;fill:none}.k{fill:#161c27}"
    ".n{stroke:#1f55d6;stroke-width:4;fill:none}.nf{stroke:#1f55d6;stroke-width:3;fill:#fff}"
    "text{font:13px 'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei',sans-serif;fill:#161c27}"
    "text.s{font-size:12px;fill:#465062}text.nt{fill:#1d51cc;font-weight:600}"
    "@media(prefers-color-scheme:dark){.bg{fill:#141922}.w{stroke:#e9edf3}.k{fill:#e9edf3}.n{stroke:#8fb1ff}"
    ".nf{stroke:#8fb1ff;fill:#141922}text{fill:#e9edf3}text.s{fill:#b3bcc9}text.nt{fill:#8fb1ff}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """
    Draws in one language on one row, whose middle is ``y``.
    """

    chinese: bool
    y: int

    def say(self, key: str, **values: object) -> str:
        """
        Return a phrase in the pen's language.
        """
        return WORDS[key][0 if self.chinese else 1].format(**values)

    def text(self, x: float, dy: int, said: str, kind: str = "", anchor: str = "middle") -> str:
        """
        Return a text.
        """
        kind = f' class="{kind}"' if kind else ""
        return f'<text{kind} x="{x:g}" y="{self.y + dy}" text-anchor="{anchor}">{escape(said)}</text>'

    def line(self, x: float, to_x: float, kind: str = "w", dash: str = "") -> str:
        """
        Return a conductor.
        """
        dash = f' stroke-dasharray="{dash}"' if dash else ""
        return f'<line class="{kind}" x1="{x:g}" y1="{self.y}" x2="{to_x:g}" y2="{self.y}"{dash}/>'

    def bar(self, x: float, half: int = 45) -> str:
        """
        Return a busbar.
        """
        return f'<line class="w" style="stroke-width:5" x1="{x:g}" y1="{self.y - half}" x2="{x:g}" y2="{self.y + half}"/>'


def _percent(value: float) -> str:
    return f"{100 * value:.0f}"


def _above(network: Network | None, option: Option) -> str:
    """
    Return the nominal voltage above the option's transformer, empty where it is not known.
    """
    known = network.transformers.id.tolist() if network is not None else []
    if network is None or option.transformer_id not in known:
        return ""
    return f"{network.buses.nominal_kv[network.transformers.hv_bus[known.index(option.transformer_id)]]:g} kV"


def _feed(pen: _Pen, plan: SupplyPlan, option: Option, above: str) -> Iterator[str]:
    """
    Yield what exists: the source, the transformer, its busbar, the lines to the connection point.
    """
    transformer = next((element for element in option.feed if element.kind == "transformer"), None)
    lines = [element for element in option.feed if element.kind == "line"]
    yield pen.bar(30, 35)
    yield pen.text(30, -45, above)
    yield pen.line(30, 78)
    yield f'<circle class="w" cx="96" cy="{pen.y}" r="18"/><circle class="w" cx="118" cy="{pen.y}" r="18"/>'
    yield pen.line(136, 200)
    yield pen.text(107, 45, f"{option.transformer_name} {option.transformer_kva:g} kVA")
    if transformer is not None:
        yield pen.text(107, 62, f"{_percent(transformer.loading_before)}% → {_percent(transformer.loading_after)}%", "s")
    yield pen.bar(200)
    yield pen.text(200, -55, f"{plan.nominal_kv:g} kV")
    if lines:
        yield pen.line(200, 400)
        yield pen.text(300, -14, pen.say("existing", m=f"{sum(line.length_m for line in lines):.0f}", n=len(lines)), "s")
        yield pen.text(300, 24, _loading(lines), "s")
        yield f'<circle class="k" cx="400" cy="{pen.y}" r="5"/>'
    else:
        yield pen.text(300, -30, pen.say("direct"), "s")


def _loading(lines: list[FeedElement]) -> str:
    before, after = max(line.loading_before for line in lines), max(line.loading_after for line in lines)
    return f"{_percent(before)}% → {_percent(after)}%"


def _new(pen: _Pen, option: Option, cable: Cable, bus_name: str) -> Iterator[str]:
    """
    Yield what is new: the cable and the breaker.
    """
    begin = 400 if any(element.kind == "line" for element in option.feed) else 200
    yield pen.text(max(begin, 400), 62, bus_name)
    yield pen.line(begin, 700, "n")
    parallel = f"{cable.parallel}× " if cable.parallel > 1 else ""
    yield pen.text(550, -14, pen.say("new", parallel=parallel, code=cable.code, m=f"{cable.length_m:.0f}"), "nt")
    current, limit = f"{cable.design_current_a:.0f}", f"{cable.ampacity_a * cable.parallel:.0f}"
    yield pen.text(550, 24, pen.say("current", a=current, limit=limit), "s")


def _customer(pen: _Pen, plan: SupplyPlan, option: Option) -> Iterator[str]:
    """
    Yield the customer's breaker or station, the meter and the load.
    """
    yield f'<rect class="nf" x="700" y="{pen.y - 15}" width="30" height="30" rx="4"/>'
    station = option.station
    yield pen.text(
        715,
        -28 if option.second else 45,
        f"{station.count} × {station.rated_kva:g} kVA" if station else f"{option.cable.breaker_a:g} A",
        "nt",
    )
    yield pen.line(730, 782, "n")
    yield f'<circle class="nf" cx="800" cy="{pen.y}" r="18"/>'
    yield pen.text(800, 4, "kWh", "s")
    yield pen.line(818, 870, "w", "5 4")
    yield pen.text(910, -4, f"{plan.applied_kw:g} kW")
    volts = 1000 * plan.nominal_kv * option.after.point_voltage_min_pu
    yield pen.text(910, 14, f"{volts:.0f} V" if plan.nominal_kv < 1 else f"{volts / 1000:.2f} kV", "s")


def one_line(plan: SupplyPlan, option: Option, *, network: Network | None = None, language: str = "zh") -> str:
    """
    Return the one-line diagram of an option as an SVG document.

    :param network: the one that was planned on; it tells the voltage above the transformer
    :param language: ``zh`` or ``en``
    """
    pen = _Pen(chinese=language != "en", y=90)
    height = ROW + 30 + (ROW if option.second else 0)
    transformer = next((element for element in option.feed if element.kind == "transformer"), None)
    told = pen.say(
        "desc",
        transformer=option.transformer_name,
        kva=f"{option.transformer_kva:g}",
        before=_percent(transformer.loading_before) if transformer else "–",
        after=_percent(transformer.loading_after) if transformer else "–",
        bus=option.bus_name,
        code=option.cable.code,
        m=f"{option.cable.length_m:.0f}",
        kw=f"{plan.applied_kw:g}",
    )
    parts = [
        *_feed(pen, plan, option, _above(network, option)),
        *_new(pen, option, option.cable, option.bus_name),
        *_customer(pen, plan, option),
    ]
    if option.second is not None:
        below = _Pen(chinese=pen.chinese, y=pen.y + ROW)
        second = option.second
        parts += [below.bar(200), below.text(200, -55, f"{second.transformer_name}"), *_new_second(below, second.cable, second.bus_name)]
        parts.append(f'<line class="n" x1="715" y1="{below.y}" x2="715" y2="{pen.y + 15}"/>')
        parts.append(below.text(715, 24, pen.say("second"), "nt"))
    foot = " · ".join(
        said
        for said in (
            pen.say("legend"),
            "" if option.feasible else pen.say("infeasible"),
            pen.say("example") if option.cost.price_standing == "example" else "",
        )
        if said
    )
    parts.append(f'<text class="s" x="20" y="{height - 14}">{escape(foot)}</text>')
    title = f"{pen.say('title')} {plan.application.reference}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" width="{WIDE}" height="{height}" role="img" '
        f'aria-labelledby="one-line-title one-line-desc" lang="{"zh" if pen.chinese else "en"}">'
        f'<title id="one-line-title">{escape(title)}</title><desc id="one-line-desc">{escape(told)}</desc><style>{STYLE}</style>'
        f'<rect class="bg" width="{WIDE}" height="{height}"/>' + "".join(parts) + "</svg>\n"
    )


def _new_second(pen: _Pen, cable: Cable, bus_name: str) -> Iterator[str]:
    yield pen.line(200, 400)
    yield f'<circle class="k" cx="400" cy="{pen.y}" r="5"/>'
    yield pen.text(400, 45, bus_name)
    yield pen.line(400, 715, "n")
    yield pen.text(550, -14, pen.say("new", parallel="", code=cable.code, m=f"{cable.length_m:.0f}"), "nt")
