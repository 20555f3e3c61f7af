"""
Bills to check, certificates to revoke, needs before an application.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.apps.plans.rules import NEED_SOURCES
from tongdian.interfaces.console.words import say_code

LONGEST_REASON = 300


class BillsForm(forms.Form):
    """
    A table of bills, and how losses and shared use count.
    """

    bills = forms.FileField(
        label=_("Bills (xlsx, csv, tsv)"),
        help_text=_("Columns: place, party (master, tenant, shared, own), tenant, month, kwh, yuan; Chinese headings are known."),
        error_messages={"required": _("choose the table of bills"), "empty": _("the file is empty")},
    )
    method = forms.ChoiceField(
        label=_("Losses and shared use"),
        choices=[("price", _("not in the price per kWh")), ("share", _("shared by the tenants' meters"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "bills-%s"


class RevokeForm(forms.Form):
    """
    Why a certificate is revoked.
    """

    reason = forms.CharField(label=_("Why is it revoked?"), max_length=LONGEST_REASON, error_messages={"required": _("say why")})


class NeedForm(forms.Form):
    """
    A need before anybody applies.
    """

    name = forms.CharField(label=_("Project"), max_length=200, error_messages={"required": _("name the project")})
    place = forms.CharField(label=_("Place"), max_length=200, error_messages={"required": _("say where it is")})
    kw = forms.FloatField(
        label=_("Power, kW"),
        min_value=0.001,
        max_value=1_000_000,
        error_messages={"required": _("write a number"), "invalid": _("write a number"), "min_value": _("write a power above zero")},
    )
    wanted_on = forms.DateField(
        label=_("Wanted on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("choose a day"), "invalid": _("choose a day")},
    )
    probability = forms.IntegerField(
        label=_("How likely, %"),
        min_value=1,
        max_value=100,
        initial=50,
        error_messages={"required": _("write a number"), "invalid": _("write a number")},
    )
    source = forms.ChoiceField(label=_("Known from"))
    key = forms.CharField(label=_("Its number there (optional)"), required=False, max_length=64)
    lon = forms.FloatField(label=_("Longitude, degrees (optional)"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude, degrees (optional)"), required=False, min_value=-90, max_value=90)
    note = forms.CharField(label=_("Note (optional)"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "need-%s"
        self.fields["source"].choices = [(code, say_code(code)) for code in NEED_SOURCES]  # type: ignore[attr-defined]


class NeedTableForm(forms.Form):
    """
    A list of needs.
    """

    table = forms.FileField(
        label=_("List of needs (xlsx, csv, tsv)"),
        help_text=_("Columns: name, place, kw, wanted_on, probability; optional source, key, lon, lat, note. Chinese headings are known."),
        error_messages={"required": _("choose a table"), "empty": _("the file is empty")},
    )


class CloseNeedForm(forms.Form):
    """
    The case that a need became, or why it came to nothing.
    """

    case_number = forms.CharField(label=_("Number of the case it became"), required=False, max_length=20)
    reason = forms.CharField(label=_("Or why it came to nothing"), required=False, max_length=LONGEST_REASON)
