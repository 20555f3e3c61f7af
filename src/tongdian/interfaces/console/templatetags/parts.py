"""
The signature parts as template tags. Each draws one partial of ``console/parts``; geometry comes from ``console.parts``.
"""

from typing import Any

from django import forms, template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from tongdian.interfaces.console import parts

register = template.Library()

# character and name of each party; the texture of its bars is parts/textures.html
PARTIES = {
    "utility": (pgettext_lazy("one letter for a party", "U"), gettext_lazy("utility")),
    "customer": (pgettext_lazy("one letter for a party", "C"), gettext_lazy("customer")),
    "authority": (pgettext_lazy("one letter for a party", "A"), gettext_lazy("authority")),
    "property_manager": (pgettext_lazy("one letter for a party", "P"), gettext_lazy("property manager")),
    "contractor": (pgettext_lazy("one letter for a party", "B"), gettext_lazy("contractor")),
    "supplier": (pgettext_lazy("one letter for a party", "S"), gettext_lazy("supplier")),
}
TEXTURES = {
    "authority": "url(#tex-authority)",
    "property_manager": "url(#tex-property)",
    "contractor": "url(#tex-builder)",
    "supplier": "url(#tex-builder)",
}
STANDINGS = {
    "verified": ("circle-check", gettext_lazy("verified")),
    "from memory": ("help-circle", gettext_lazy("from memory, to be checked")),
    "example": ("help-circle", gettext_lazy("example")),
    "practice": ("help-circle", gettext_lazy("practice, no rule")),
    "safe side": ("shield-check", gettext_lazy("on the safe side")),
    "measured": ("circle-check", gettext_lazy("from the bill")),
    "not found": ("x", gettext_lazy("no source found")),
}
STATUS_ICONS = {"": "minus", "ok": "check", "warn": "clock", "bad": "alert-triangle", "on": "bolt"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """
    Return one icon of the sprite, hidden from screen readers: words stand beside it.
    """
    return format_html('<svg class="td-i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("console/dist/icons.svg"), name)


@register.inclusion_tag("console/parts/ball.html")
def ball(party: str, size: str = "") -> dict[str, Any]:
    """
    Show who must act: one character, filled only for the utility itself.
    """
    letter, name = PARTIES[party]
    return {"letter": letter, "name": name, "is_ours": party == "utility", "size": size}


@register.filter
def party_name(party: str) -> str:
    """
    Return the name of a party in the language of the page.
    """
    return str(PARTIES[party][1]) if party in PARTIES else party


@register.inclusion_tag("console/parts/status.html")
def status(text: str, tone: str = "", icon_name: str = "") -> dict[str, Any]:
    """
    Show a state as icon, word and colour; ``tone`` is empty, ``ok``, ``warn``, ``bad`` or ``on``.
    """
    return {"text": text, "tone": tone, "icon_name": icon_name or STATUS_ICONS[tone]}


@register.inclusion_tag("console/parts/standing.html")
def standing(code: str, source: str = "") -> dict[str, Any]:
    """
    Show how sure we are of a limit, and where it comes from.
    """
    known = code.lower().replace("_", " ")
    icon_name, word = STANDINGS.get(known, STANDINGS["not found"])
    return {"icon_name": icon_name, "word": word, "source": source, "is_sure": known == "verified"}


@register.simple_tag
def bar_fill(party: str, *, is_expected: bool = False) -> SafeString:
    """
    Return the class, or the fill, that draws a party's texture.
    """
    if is_expected:
        return format_html('class="{}"', "t-n")
    if party in TEXTURES:
        return format_html('fill="{}"', TEXTURES[party])
    return format_html('class="{}"', "t-u" if party == "utility" else "t-c")


@register.inclusion_tag("console/parts/key.html")
def key(party: str, *, is_expected: bool = False) -> dict[str, Any]:
    """
    Show one entry of a legend: texture and name.
    """
    return {"party": party, "is_expected": is_expected, "name": gettext("expected") if is_expected else party_name(party)}


@register.inclusion_tag("console/parts/clock.html")
def clock(value: parts.Clock) -> dict[str, Any]:
    """
    Show the two totals of a case on one ruler of working days.
    """
    length = float(len(value.days))
    bars = [
        {
            "title": title,
            "subtitle": subtitle,
            "bar": bar,
            "drawn": parts.draw_segments(bar.segments, length=length),
            "limit_x": None if bar.limit_days is None else parts.percent(bar.limit_days, length),
            "flag_x": _flag_x(bar, length),
            "said": say_bar(title, bar),
        }
        for title, subtitle, bar in (
            (gettext("Whole process"), gettext("what the customer feels"), value.whole),
            (gettext("Utility only"), gettext("what is ours"), value.utility),
        )
    ]
    return {"ticks": parts.draw_ruler(value), "bars": bars}


def _flag_x(bar: parts.Bar, length: float) -> float:
    """
    Return where the words of the limit stand: behind the limit and behind the bar, never on it.
    """
    return parts.percent(max(bar.limit_days or 0, sum(segment.days for segment in bar.segments)), length)


@register.inclusion_tag("console/parts/clock_keys.html")
def clock_keys(value: parts.Clock) -> dict[str, Any]:
    """
    Show the legend of a clock: the parties that appear in it.
    """
    segments = value.whole.segments + value.utility.segments
    shown = {segment.party for segment in segments if not segment.is_expected}
    return {
        "parties": [party for party in PARTIES if party in shown],
        "has_expected": any(segment.is_expected for segment in segments),
    }


@register.inclusion_tag("console/parts/mini.html")
def mini(segments: tuple[parts.Segment, ...]) -> dict[str, Any]:
    """
    Show the intervals of a case so far as one short bar.
    """
    length = sum(segment.days for segment in segments)
    return {"drawn": parts.draw_segments(segments, length=length), "said": say_segments(segments)}


@register.inclusion_tag("console/parts/meter.html")
def meter(value: float, limit: float, label: str) -> dict[str, Any]:
    """
    Show use against a limit; the tick is the limit, ``label`` says both in words.
    """
    top = max(value, limit) * 1.005
    return {"x": parts.percent(value, top), "limit_x": parts.percent(limit, top), "is_over": value > limit, "label": label}


@register.inclusion_tag("console/parts/share.html")
def share(utility_yuan: float, customer_yuan: float) -> dict[str, Any]:
    """
    Show who pays: a bar and, always, two numbers below.
    """
    total = float(utility_yuan) + float(customer_yuan)
    return {
        "utility": utility_yuan,
        "customer": customer_yuan,
        "x": parts.percent(float(utility_yuan), total),
        "rest": parts.percent(float(customer_yuan), total),
    }


@register.inclusion_tag("console/parts/one_line.html")
def one_line(option: Any, applied_kw: float, *, small: bool = False) -> dict[str, Any]:  # noqa: ANN401 - an OptionShown
    """
    Show the one-line diagram of an option: what exists in ink, what is new in blue and thicker.
    """
    return {"option": option, "feed": option.feed, "document": option.document, "applied_kw": applied_kw, "small": small}


@register.inclusion_tag("console/parts/field.html")
def field(bound: forms.BoundField) -> dict[str, Any]:
    """
    Show a field with its label, its help and what is wrong with it.
    """
    names = [f"{bound.auto_id}-{suffix}" for suffix, there in (("help", bound.help_text), ("error", bound.errors)) if there]
    attributes: dict[str, Any] = {"class": "td-field"}
    if names:
        attributes["aria-describedby"] = " ".join(names)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"bound": bound, "widget": bound.as_widget(attrs=attributes)}


@register.inclusion_tag("console/parts/error_summary.html")
def error_summary(form: forms.BaseForm | None) -> dict[str, Any]:
    """
    Show, above a form, everything that is wrong with it; each line leads to its field.
    """
    wrong = [] if form is None else [(bound, error) for bound in form for error in bound.errors]
    general = [] if form is None else list(form.non_field_errors())
    return {"wrong": wrong, "general": general, "count": len(wrong) + len(general)}


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, **changes: object) -> str:
    """
    Return the query of this page with some parameters changed, so that filters stay in the address.
    """
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"


def say_segments(segments: tuple[parts.Segment, ...]) -> str:
    """
    Return the totals of the parties in words.
    """
    totals: dict[str, float] = {}
    for segment in segments:
        name = gettext("expected") if segment.is_expected else party_name(segment.party)
        totals[name] = totals.get(name, 0.0) + segment.days
    return pgettext("between items of a list", ", ").join(
        gettext("%(party)s %(days)s") % {"party": name, "days": f"{days:g}"} for name, days in totals.items()
    )


def say_bar(title: str, bar: parts.Bar) -> str:
    """
    Return what a bar of the clock shows, in words.
    """
    said = gettext("%(title)s, %(days)s working days: %(parties)s") % {
        "title": title,
        "days": f"{bar.used_days:g}",
        "parties": say_segments(bar.segments),
    }
    if bar.limit_days is None:
        return said
    return said + gettext("; limit %(days)s working days") % {"days": f"{bar.limit_days:g}"}
