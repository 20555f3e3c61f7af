"""
The few parts of the public door's pages.
"""

from datetime import date, datetime
from typing import Any

from django import forms, template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy

register = template.Library()
PARTIES = {
    "utility": (pgettext_lazy("one letter for a party", "U"), gettext_lazy("the utility")),
    "customer": (pgettext_lazy("one letter for a party", "C"), gettext_lazy("you")),
    "authority": (pgettext_lazy("one letter for a party", "A"), gettext_lazy("the authority")),
    "property_manager": (pgettext_lazy("one letter for a party", "P"), gettext_lazy("the property manager")),
    "contractor": (pgettext_lazy("one letter for a party", "B"), gettext_lazy("the contractor")),
    "supplier": (pgettext_lazy("one letter for a party", "S"), gettext_lazy("the supplier")),
}


@register.simple_tag
def ball(party: str, size: str = "") -> SafeString:
    """
    Show who must act: one character, filled only for the utility.
    """
    letter, name = PARTIES[party]
    kind = f"td-ball {'u' if party == 'utility' else ''} {size}".strip()
    return format_html('<span class="{}" role="img" aria-label="{}">{}</span>', kind, name, letter)


@register.filter
def party(code: str) -> str:
    """
    Return the name of a party as one says it to the public.
    """
    return str(PARTIES[code][1])


@register.filter
def day(value: date | datetime | None) -> str:
    """
    Return ``6月30日`` or ``30 June``; another year than this one is named.
    """
    if value is None:
        return ""
    found = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return date_format(
        found, pgettext("date format", "j F Y") if found.year != timezone.localdate().year else pgettext("date format", "j F")
    )


@register.filter
def named(thing: Any, name: str = "name") -> str:  # noqa: ANN401 - whatever has a name in both languages
    """
    Return the name of a thing in the language of the page.
    """
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return str(getattr(thing, f"{name}_{language}"))


@register.simple_tag
def icon(name: str) -> SafeString:
    """
    Return one icon of the sprite, hidden from screen readers: words stand beside it.
    """
    return format_html('<svg class="td-i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("console/dist/icons.svg"), name)


@register.inclusion_tag("portal/parts/field.html")
def field(bound: forms.BoundField) -> dict[str, Any]:
    """
    Show a field with its label, its help and what is wrong with it.
    """
    names = [f"{bound.auto_id}-{suffix}" for suffix, there in (("help", bound.help_text), ("error", bound.errors)) if there]
    is_box = isinstance(bound.field, forms.BooleanField)
    attributes: dict[str, Any] = {"class": "td-check" if is_box else "td-field"}
    if names:
        attributes["aria-describedby"] = " ".join(names)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"bound": bound, "widget": bound.as_widget(attrs=attributes), "is_box": is_box}
