from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.interfaces.console.words import speaks_chinese

MOST_DAYS = 365


class HouseLimitForm(forms.Form):
    """
    A limit that the utility sets itself; without days it ends.
    """

    milestone = forms.ChoiceField(label=_("Milestone"), error_messages={"required": _("choose the milestone")})
    days = forms.IntegerField(
        label=_("Days (empty: the shipped limit again)"),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        error_messages={"invalid": _("write a number")},
    )
    valid_from = forms.DateField(
        label=_("For cases that open from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("choose a day"), "invalid": _("choose a day")},
    )
    why = forms.CharField(label=_("Why"), max_length=300, error_messages={"required": _("say why")})

    def __init__(self, data: Any = None, *, today: date, limits: Sequence[tuple[Any, Sequence[Any]]]) -> None:  # noqa: ANN401
        super().__init__(data, initial={"valid_from": today})
        self.auto_id = "limit-%s"
        suffix = "zh" if speaks_chinese() else "en"
        self.fields["milestone"].choices = [  # type: ignore[attr-defined]
            (
                getattr(procedure, f"name_{suffix}"),
                [(f"{procedure.code}/{step.code}", f"{getattr(step, f'name_{suffix}')} ({step.limit.value})") for step in steps],
            )
            for procedure, steps in limits
        ]

    def get_limit(self) -> dict[str, Any]:
        """
        Return what was typed as the action takes it.
        """
        procedure, milestone = self.cleaned_data["milestone"].split("/")
        return {
            "procedure": procedure,
            "milestone": milestone,
            **{name: self.cleaned_data[name] for name in ("days", "valid_from", "why")},
        }
