"""
What a demand is about, and what is promised for it.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.apps.demands.rules import CHANNELS
from tongdian.interfaces.console.forms.filters import list_category_choices
from tongdian.interfaces.console.words import say_code, say_name

LARGEST_KW = 100_000
MOST_DEVICES = 2000


class CategoryForm(forms.Form):
    """
    What a demand is about, decided by a person.
    """

    category = forms.ChoiceField(label=_("What is it about?"), error_messages={"required": _("choose what it is about")})
    second_category = forms.ChoiceField(label=_("And also about (optional)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = list_category_choices(empty="—")  # type: ignore[attr-defined]
        self.fields["second_category"].choices = list_category_choices(empty="—")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """
        Refuse the same category twice.
        """
        values = super().clean() or {}
        if values.get("category") and values.get("category") == values.get("second_category"):
            self.add_error("second_category", str(_("choose another one than the first, or none")))
        return values


class ReplyForm(forms.Form):
    """
    The reply that closes a demand, and why it is enough if the check finds something missing.
    """

    reply = forms.CharField(
        label=_("The reply, as they will read it"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("write the reply")},
    )
    because = forms.CharField(label=_("Why it is enough all the same"), max_length=300, required=False)


class TakeForm(forms.Form):
    """
    What somebody says on the phone or at the counter.
    """

    text = forms.CharField(
        label=_("What they say, in their words"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("write what they say")},
    )
    channel = forms.ChoiceField(label=_("How it came"))
    city = forms.CharField(label=_("City"), max_length=64, error_messages={"required": _("say where it is")})
    county = forms.CharField(label=_("County or district"), max_length=64, error_messages={"required": _("say where it is")})
    place = forms.CharField(label=_("Community, street, house"), max_length=200, required=False)
    contact_name = forms.CharField(label=_("Name (optional)"), max_length=64, required=False)
    contact_phone = forms.CharField(label=_("Phone (optional)"), max_length=64, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [(code, say_code(code)) for code in CHANNELS]  # type: ignore[attr-defined]


class OpenCaseForm(forms.Form):
    """
    What is applied for, where, following which procedure. Devices are asked for only where the procedure connects some.
    """

    procedure = forms.ChoiceField(label=_("Procedure"))
    building = forms.CharField(label=_("Building or entrance"), max_length=120, error_messages={"required": _("name the building")})
    lon = forms.FloatField(
        label=_("Longitude, degrees"),
        min_value=-180,
        max_value=180,
        error_messages={"required": _("say where it is"), "invalid": _("write a number")},
    )
    lat = forms.FloatField(
        label=_("Latitude, degrees"),
        min_value=-90,
        max_value=90,
        error_messages={"required": _("say where it is"), "invalid": _("write a number")},
    )
    kw = forms.FloatField(
        label=_("Power of one device, kW"),
        required=False,
        min_value=0.1,
        max_value=LARGEST_KW,
        error_messages={
            "invalid": _("write a number"),
            "min_value": _("write at least 0.1"),
            "max_value": _("write at most 100,000"),
        },
    )
    count = forms.IntegerField(
        label=_("How many"),
        required=False,
        min_value=1,
        max_value=MOST_DEVICES,
        error_messages={"invalid": _("write a number"), "min_value": _("write at least 1"), "max_value": _("write at most 2,000")},
    )
    phases = forms.ChoiceField(label=_("Phases"), required=False, choices=[("3", _("three-phase")), ("1", _("single-phase"))])
    wanted_date = forms.DateField(
        label=_("Wanted by (optional)"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, procedures: Sequence[Any], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["procedure"].choices = [(procedure.code, say_name(procedure)) for procedure in procedures]  # type: ignore[attr-defined]
        self.procedures = {procedure.code: procedure for procedure in procedures}
        self.connects = any(procedure.device for procedure in procedures)

    def clean(self) -> dict[str, Any]:
        """
        Ask for the power where the procedure connects a device.
        """
        values = super().clean() or {}
        procedure = self.procedures.get(values.get("procedure", ""))
        if procedure is not None and procedure.device and not values.get("kw") and "kw" not in self.errors:
            self.add_error("kw", str(_("say how many kilowatts are to be connected")))
        return values

    def get_application(self) -> dict[str, Any]:
        """
        Return the application as a case keeps it: its devices, the class of the customer, and the day it is wanted by.
        """
        procedure = self.procedures[self.cleaned_data["procedure"]]
        wanted = self.cleaned_data["wanted_date"]
        device = {
            "kind": procedure.device,
            "kw": self.cleaned_data["kw"],
            "phases": int(self.cleaned_data["phases"] or 3),
            "count": self.cleaned_data["count"] or 1,
        }
        return {
            **({"devices": [device]} if procedure.device else {}),
            "customer_class": procedure.customer_class,
            **({"wanted_date": wanted.isoformat()} if wanted else {}),
        }


class TableForm(forms.Form):
    """
    A table to bring in.
    """

    table = forms.FileField(
        label=_("Table (xlsx, csv, tsv)"), error_messages={"required": _("choose a file"), "empty": _("the file is empty")}
    )
    holds = forms.ChoiceField(label=_("It holds"), choices=[("demands", _("demands")), ("visits", _("visits with what was raised"))])
