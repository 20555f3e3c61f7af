"""
What people type, read into values. Whether it may be done is decided by actions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongdian.apps.demands.queries import Category, list_categories
from tongdian.interfaces.console.words import say_code, say_name

GROUPS = {
    "connection": _("Connection"),
    "community": _("Communities"),
    "quality": _("Supply quality"),
    "assets": _("Lines and equipment"),
    "safety": _("Safety"),
    "tariff": _("Prices and bills"),
    "metering": _("Metering"),
    "service": _("Service"),
}
LARGEST_MOTOR_KW = 1000
BALL_ROLES = ("cell_manager", "commissioner", "planner", "dispatcher", "crew", "customer")


def list_category_choices(*, empty: str) -> list[tuple[str, Any]]:
    """
    Return all categories by group, after an empty choice.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for category in list_categories():
        groups.setdefault(category.group, []).append((category.code, say_name(category)))
    return [("", empty), *((str(GROUPS.get(group, group)), choices) for group, choices in groups.items())]


def find_category(code: str) -> Category | None:
    """
    Return a category by its code, None if there is none.
    """
    return next((category for category in list_categories() if category.code == code), None)


class DemandFilter(forms.Form):
    """
    The filters of the list of demands; they stand in the address.
    """

    q = forms.CharField(label=_("Words, place or number"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("all")), ("new", _("to be confirmed")), ("confirmed", _("confirmed"))]
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    city = forms.ChoiceField(label=_("City"), required=False)

    def __init__(self, data: Any, *, cities: Sequence[str]) -> None:  # noqa: ANN401 - Django's QueryDict
        super().__init__(data, auto_id="filter-%s")
        self.fields["category"].choices = list_category_choices(empty=str(_("all")))  # type: ignore[attr-defined]
        self.fields["city"].choices = [("", _("all")), *((city, city) for city in cities)]  # type: ignore[attr-defined]


class CaseFilter(forms.Form):
    """
    The filters of the list of cases; they stand in the address.
    """

    q = forms.CharField(label=_("Place or number"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all")),
            ("open", _("open")),
            ("closed", _("power on, closed")),
            ("withdrawn", _("withdrawn")),
            ("rejected", _("rejected")),
        ],
    )
    role = forms.ChoiceField(label=_("Ball with"), required=False)
    late = forms.ChoiceField(label=_("Due date"), required=False, choices=[("", _("all")), ("late", _("late"))])

    def __init__(self, data: Any) -> None:  # noqa: ANN401 - Django's QueryDict
        super().__init__(data, auto_id="filter-%s")
        self.fields["role"].choices = [("", _("everybody")), *((role, say_code(role)) for role in BALL_ROLES)]  # type: ignore[attr-defined]


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


class OpenCaseForm(forms.Form):
    """
    What is applied for, where, following which procedure.
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
        label=_("Power of the motor, kW"),
        min_value=0.1,
        max_value=LARGEST_MOTOR_KW,
        error_messages={"required": _("write a number"), "invalid": _("write a number")},
    )
    wanted_date = forms.DateField(
        label=_("Wanted by (optional)"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, procedures: Sequence[Any], **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["procedure"].choices = [(procedure.code, say_name(procedure)) for procedure in procedures]  # type: ignore[attr-defined]
        self.customer_classes = {procedure.code: procedure.customer_class for procedure in procedures}

    def get_application(self) -> dict[str, Any]:
        """
        Return the application as a case keeps it: one elevator of this power, and the day it is wanted by.
        """
        wanted = self.cleaned_data["wanted_date"]
        return {
            "devices": [{"kind": "elevator", "kw": self.cleaned_data["kw"], "phases": 3, "count": 1}],
            "customer_class": self.customer_classes[self.cleaned_data["procedure"]],
            **({"wanted_date": wanted.isoformat()} if wanted else {}),
        }


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
