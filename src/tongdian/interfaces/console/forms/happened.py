"""
What was done, when, and what proves it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongdian.interfaces.console.words import say_name


class ReasonForm(forms.Form):
    """
    Why a case ends early.
    """

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The customer and the auditor will read it."),
        error_messages={"required": _("write why")},
    )


class HappenedForm(forms.Form):
    """
    Something that was done, when, and what proves it.
    """

    occurred_at = forms.DateTimeField(
        label=_("When was it?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"required": _("say when it was"), "invalid": _("write it as 2021-04-30 09:10")},
    )

    def __init__(self, data: Any = None, files: Any = None, *, now: datetime, initial: dict[str, Any] | None = None) -> None:  # noqa: ANN401
        super().__init__(data, files, initial={"occurred_at": timezone.localtime(now)} | (initial or {}))
        self.now = now

    def clean_occurred_at(self) -> datetime:
        """
        Refuse what has not happened yet.
        """
        occurred_at: datetime = self.cleaned_data["occurred_at"]
        if occurred_at > self.now:
            raise forms.ValidationError(_("this moment has not come yet"))
        return occurred_at

    def read_evidence(self, asked: Sequence[Any], *, prefix: str) -> dict[str, Any]:
        """
        Return the evidence by code: a text, a number, or a file's name and content.
        """
        given = {spec.code: self.cleaned_data.get(f"{prefix}-{spec.code}") for spec in asked}
        kept = {code: value for code, value in given.items() if value not in (None, "")}
        return {code: (value.name, value.read()) if hasattr(value, "read") else value for code, value in kept.items()}


class MilestoneForm(HappenedForm):
    """
    A milestone and its evidence; which evidence is asked for stands in the procedure.
    """

    def __init__(self, data: Any = None, files: Any = None, *, asked: Sequence[Any], now: datetime) -> None:  # noqa: ANN401
        super().__init__(data, files, now=now)
        self.asked = tuple(asked)
        for spec in self.asked:
            self.fields[f"evidence-{spec.code}"] = _evidence_field(spec)

    def get_evidence(self) -> dict[str, Any]:
        """
        Return the evidence by code.
        """
        return self.read_evidence(self.asked, prefix="evidence")


class VisitForm(HappenedForm):
    """
    A whole visit: the evidence of every milestone that shares it. ``key`` is made with the page, so that sending twice counts once.
    """

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, steps: Sequence[Any], now: datetime) -> None:  # noqa: ANN401
        super().__init__(data, files, now=now, initial={"key": str(uuid4())})
        self.steps = tuple(steps)
        for milestone in self.steps:
            for spec in milestone.wanted_evidence:
                self.fields[f"{milestone.code}-{spec.code}"] = _evidence_field(spec)

    def get_groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """
        Return each milestone with the fields of its evidence.
        """
        return [(one, [self[f"{one.code}-{spec.code}"] for spec in one.wanted_evidence]) for one in self.steps]

    def get_evidence_by_milestone(self) -> dict[str, dict[str, Any]]:
        """
        Return the evidence by milestone and code.
        """
        return {milestone.code: self.read_evidence(milestone.wanted_evidence, prefix=milestone.code) for milestone in self.steps}


class VisitDayForm(forms.Form):
    """
    The day of a visit.
    """

    day = forms.DateField(
        label=_("Day of the visit"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("choose a day")},
    )


def _evidence_field(spec: Any) -> forms.Field:  # noqa: ANN401 - a piece of evidence as the procedure asks for it
    label = say_name(spec)
    unit = getattr(spec, "unit", "")
    label = f"{label} ({unit})" if unit else label
    required = {"required": _("this is asked for")}
    if spec.kind == "number":
        return forms.FloatField(label=label, required=spec.required, error_messages=required | {"invalid": _("write a number")})
    if spec.kind == "file":
        return forms.FileField(label=label, required=spec.required, error_messages=required)
    return forms.CharField(label=label, required=spec.required, max_length=300, error_messages=required)
