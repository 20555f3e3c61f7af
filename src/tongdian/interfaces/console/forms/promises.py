"""
Agreements, stops of the clock, mandates.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.apps.cases.actions import DutyTerms
from tongdian.interfaces.console.codes import PARTY_NAMES
from tongdian.interfaces.console.forms.happened import HappenedForm
from tongdian.interfaces.console.words import say_code, say_name

MATTERS = ("accept_option", "complete_milestone", "withdraw_case")


class DayField(forms.DateField):
    """
    A day, chosen from a calendar.
    """

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class StopForm(HappenedForm):
    """
    Why and since when the clock stands still.
    """

    ground = forms.ChoiceField(label=_("Ground"), error_messages={"required": _("choose the ground")})
    note = forms.CharField(label=_("In words (optional)"), required=False, max_length=300)
    file = forms.FileField(label=_("What proves it (optional)"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, grounds: Sequence[Any], now: Any) -> None:  # noqa: ANN401
        super().__init__(data, files, now=now)
        self.auto_id = "stop-%s"
        self.fields["ground"].choices = [(ground.code, say_name(ground)) for ground in grounds]  # type: ignore[attr-defined]


class AgreementForm(forms.Form):
    """
    Who agrees, and for each open milestone the task and the day; a milestone without a day is not agreed.
    """

    def __init__(self, data: Any = None, *, steps: Sequence[Any], initial: dict[str, Any] | None = None) -> None:  # noqa: ANN401
        super().__init__(data, initial=initial, auto_id="agree-%s")
        self.steps = tuple(steps)
        self.parties = tuple(dict.fromkeys(["utility", *(step.party for step in self.steps)]))
        for party in self.parties:
            self.fields[f"party-{party}"] = forms.CharField(label=gettext(PARTY_NAMES[party]), required=False, max_length=120)
        for step in self.steps:
            self.fields[f"task-{step.code}"] = forms.CharField(label=gettext("What has to be done"), required=False, max_length=200)
            self.fields[f"day-{step.code}"] = DayField(label=gettext("By which day"), required=False)

    def get_parties(self) -> dict[str, str]:
        """
        Return party -> name of those that are named.
        """
        return {party: name for party in self.parties if (name := self.cleaned_data[f"party-{party}"])}

    def get_duties(self) -> list[DutyTerms]:
        """
        Return the duties that have a day.
        """
        return [
            DutyTerms(milestone=step.code, task=self.cleaned_data[f"task-{step.code}"] or say_name(step), due_date=day)
            for step in self.steps
            if (day := self.cleaned_data[f"day-{step.code}"])
        ]

    def get_party_fields(self) -> list[forms.BoundField]:
        """
        Return the fields of the parties' names.
        """
        return [self[f"party-{party}"] for party in self.parties]

    def get_rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """
        Return each milestone with the fields of its task and day.
        """
        return [(step, self[f"task-{step.code}"], self[f"day-{step.code}"]) for step in self.steps]


class SignForm(HappenedForm):
    """
    A signature: whose, by whom, and the signed copy.
    """

    party = forms.ChoiceField(label=_("Who signs"))
    signer = forms.CharField(label=_("Name of the person who signed"), max_length=64, error_messages={"required": _("say who signed")})
    file = forms.FileField(label=_("Signed copy"), error_messages={"required": _("this is asked for")})

    def __init__(self, data: Any = None, files: Any = None, *, parties: Sequence[Any], now: Any) -> None:  # noqa: ANN401
        super().__init__(data, files, now=now)
        self.auto_id = "sign-%s"
        self.fields["party"].choices = [(one.party, one.name) for one in parties]  # type: ignore[attr-defined]


class MandateForm(forms.Form):
    """
    Who may act for the customer, in what, until when.
    """

    agent = forms.CharField(label=_("Login name of who may act"), max_length=150, error_messages={"required": _("say who may act")})
    matters = forms.MultipleChoiceField(
        label=_("In what"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("choose at least one")}
    )
    valid_until = DayField(label=_("Until which day"), error_messages={"required": _("choose a day")})
    consent = forms.FileField(label=_("The customer's consent"), error_messages={"required": _("this is asked for")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "mandate-%s"
        self.fields["matters"].choices = [(matter, say_code(matter)) for matter in MATTERS]  # type: ignore[attr-defined]
