"""
Hazards, crews, what works cost, outreach visits, the welfare list.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.apps.people.rules import STAFF
from tongdian.apps.works.rules import HAZARDS, SKILLS
from tongdian.interfaces.console.codes import CARE_NEEDS, OUTREACH_KINDS, TEAM_KINDS
from tongdian.interfaces.console.forms.happened import HappenedForm
from tongdian.interfaces.console.words import say_code

MOST_PERSONS = 500
MOST_VISITED = 99_999


def _choices(codes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - code -> name
    return [(code, say_code(code)) for code in codes]


class HazardForm(forms.Form):
    """
    What is dangerous, and where.
    """

    kind = forms.ChoiceField(label=_("What is dangerous"))
    where = forms.CharField(label=_("Where"), max_length=80, error_messages={"required": _("say where it is")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "hazard-%s"
        self.fields["kind"].choices = _choices(HAZARDS)  # type: ignore[attr-defined]


class SettleHazardForm(forms.Form):
    """
    What was done about a hazard.
    """

    remedy = forms.CharField(label=_("What was done"), max_length=200, error_messages={"required": _("say what was done")})
    photo = forms.FileField(label=_("Photo (optional)"), required=False)


class SettlementForm(forms.Form):
    """
    What the works cost.
    """

    amount_yuan = forms.DecimalField(
        label=_("Amount, yuan"),
        min_value=0.01,
        max_digits=14,
        decimal_places=2,
        error_messages={"required": _("write a number"), "invalid": _("write a number"), "min_value": _("write an amount above zero")},
    )
    settled_on = forms.DateField(
        label=_("Settled on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("choose a day")},
    )
    file = forms.FileField(label=_("Settlement document (optional)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "cost-%s"


class OutreachForm(HappenedForm):
    """
    One visit of a team with what was raised: one opinion a line.
    """

    team = forms.ChoiceField(label=_("Team"))
    kind = forms.ChoiceField(label=_("Who was visited"))
    count = forms.IntegerField(label=_("How many of them"), min_value=1, max_value=MOST_VISITED, initial=1)
    person_times = forms.IntegerField(label=_("How many of us went"), min_value=1, max_value=MOST_PERSONS, initial=2)
    city = forms.CharField(label=_("City"), required=False, max_length=64)
    county = forms.CharField(label=_("County"), required=False, max_length=64)
    place = forms.CharField(label=_("Place"), required=False, max_length=200)
    opinions = forms.CharField(
        label=_("What was raised, one opinion a line, in their own words"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    note = forms.CharField(label=_("Note (optional)"), required=False, max_length=300)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, teams: Any, now: Any, initial: dict[str, Any] | None = None) -> None:  # noqa: ANN401
        super().__init__(data, now=now, initial=initial)
        self.fields["team"].choices = [(team.name, team.name) for team in teams]  # type: ignore[attr-defined]
        self.fields["kind"].choices = _choices(OUTREACH_KINDS)  # type: ignore[attr-defined]


def split_names(text: str) -> list[str]:
    """
    Return the names in a text that separates them by commas, Western or Chinese.
    """
    return [name.strip() for name in text.replace("，", ",").split(",") if name.strip()]


class CrewForm(forms.Form):
    """
    A crew: what it can do, when it works, where its day begins and ends.
    """

    title = forms.CharField(label=_("Name of the crew"), max_length=40, error_messages={"required": _("name the crew")})
    skills = forms.MultipleChoiceField(label=_("What it can do"), error_messages={"required": _("choose at least one")})
    starts = forms.TimeField(label=_("From"), initial="08:30", error_messages={"required": _("write a time"), "invalid": _("write a time")})
    ends = forms.TimeField(label=_("To"), initial="17:30", error_messages={"required": _("write a time"), "invalid": _("write a time")})
    lon = forms.FloatField(
        label=_("Longitude of its base, degrees"), error_messages={"required": _("write a number"), "invalid": _("write a number")}
    )
    lat = forms.FloatField(
        label=_("Latitude of its base, degrees"), error_messages={"required": _("write a number"), "invalid": _("write a number")}
    )
    members = forms.CharField(label=_("Login names, separated by commas"), required=False, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "crew-%s"
        self.fields["skills"].choices = _choices(SKILLS)  # type: ignore[attr-defined]
        for name in ("starts", "ends"):
            self.fields[name].widget.input_type = "time"

    def get_members(self) -> list[str]:
        """
        Return the login names.
        """
        return split_names(self.cleaned_data["members"])


class TeamForm(forms.Form):
    """
    A team and who belongs to it.
    """

    title = forms.CharField(label=_("Name of the team"), max_length=80, error_messages={"required": _("name the team")})
    kind = forms.ChoiceField(label=_("Kind"))
    members = forms.CharField(label=_("Login names, separated by commas"), required=False, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.auto_id = "team-%s"
        self.fields["kind"].choices = _choices(TEAM_KINDS)  # type: ignore[attr-defined]

    def get_members(self) -> list[str]:
        """
        Return the login names.
        """
        return split_names(self.cleaned_data["members"])


class CareForm(forms.Form):
    """
    A household that needs care.
    """

    building_id = forms.TypedChoiceField(label=_("Building"), coerce=int, error_messages={"required": _("choose the building")})
    door = forms.CharField(label=_("Door"), required=False, max_length=40)
    name = forms.CharField(label=_("Who lives there"), max_length=64, error_messages={"required": _("say who lives there")})
    phone = forms.CharField(label=_("Phone"), required=False, max_length=32)
    need = forms.ChoiceField(label=_("What care is needed"))
    team = forms.ChoiceField(label=_("Team that takes care (optional)"), required=False)
    note = forms.CharField(label=_("Note (optional)"), required=False, max_length=300)

    def __init__(self, *args: Any, buildings: Any, teams: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["building_id"].choices = buildings  # type: ignore[attr-defined]
        self.fields["need"].choices = _choices(CARE_NEEDS)  # type: ignore[attr-defined]
        self.fields["team"].choices = [("", "—"), *((team.name, team.name) for team in teams)]  # type: ignore[attr-defined]


class UserForm(forms.Form):
    """
    Somebody who logs in.
    """

    username = forms.CharField(label=_("Login name"), max_length=150, error_messages={"required": _("write a login name")})
    display_name = forms.CharField(label=_("Name as pages show it"), max_length=80, error_messages={"required": _("write the name")})
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = _choices(sorted(STAFF))  # type: ignore[attr-defined]
