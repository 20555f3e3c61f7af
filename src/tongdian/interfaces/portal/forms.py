"""
What people type at the public door: at most seven fields.
"""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.apps.demands.actions import Submission

LONGEST_TEXT = 10_000


class SayForm(forms.Form):
    """
    What somebody needs, where, and how to reach him.
    """

    text = forms.CharField(
        label=_("In your own words"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("write a sentence or two"), "max_length": _("write at most 10,000 characters")},
    )
    city = forms.CharField(label=_("City"), max_length=64, error_messages={"required": _("write the city")})
    county = forms.CharField(label=_("County or district"), required=False, max_length=64)
    place = forms.CharField(
        label=_("Community, building, entrance"),
        max_length=200,
        error_messages={"required": _("write where it is"), "max_length": _("write it shorter")},
    )
    contact_name = forms.CharField(label=_("What may we call you?"), required=False, max_length=64)
    contact_phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text=_("We call this number. Its last four digits are your key to follow the request."),
        error_messages={"required": _("write a phone number")},
    )
    consent = forms.BooleanField(
        label=_("You may use name and phone for this request only"), error_messages={"required": _("without this we cannot call you back")}
    )
    key = forms.CharField(max_length=36, widget=forms.HiddenInput)
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)  # sent although somebody said it before

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **{"initial": {"key": str(uuid4())}, **kwargs})
        self.fields["city"].widget.attrs["list"] = "cities"
        self.fields["county"].widget.attrs["list"] = "counties"

    def get_submission(self, scene: str) -> Submission:
        """
        Return what was said.
        """
        names = ("key", "text", "city", "county", "place", "contact_name", "contact_phone")
        return Submission(scene=scene, **{name: self.cleaned_data[name] for name in names})


class TrackForm(forms.Form):
    """
    The number and the four digits.
    """

    number = forms.CharField(
        label=_("Tracking number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("write the number you were given")},
    )
    digits = forms.CharField(
        label=_("Last four digits of the phone"),
        max_length=4,
        min_length=4,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("write four digits"), "min_length": _("write four digits"), "max_length": _("write four digits")},
    )
