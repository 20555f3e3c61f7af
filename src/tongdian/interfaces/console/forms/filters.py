"""
The filters of lists; they stand in the address.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.apps.cases.queries import list_procedures
from tongdian.apps.demands.queries import Category, list_categories
from tongdian.interfaces.console.codes import PARTY_NAMES
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
    urgency = forms.ChoiceField(
        label=_("Urgency"), required=False, choices=[("", _("all")), ("danger", _("danger to life")), ("urgent", _("urgent"))]
    )
    visited = forms.ChoiceField(
        label=_("Raised at a visit to"),
        required=False,
        choices=[
            ("", _("all")),
            ("households", _("Households")),
            ("enterprises", _("Enterprises")),
            ("community", _("Communities and departments")),
        ],
    )

    def __init__(self, data: Any, *, cities: Sequence[str]) -> None:  # noqa: ANN401 - Django's QueryDict
        super().__init__(data, auto_id="filter-%s")
        self.fields["category"].choices = list_category_choices(empty=str(_("all")))  # type: ignore[attr-defined]
        self.fields["city"].choices = [("", _("all")), *((city, city) for city in cities)]  # type: ignore[attr-defined]


class TopicFilter(forms.Form):
    """
    The filters of the list of topics; they stand in the address.
    """

    q = forms.CharField(label=_("Words, place or number"), required=False, max_length=100)
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
            ("closed", _("closed")),
            ("withdrawn", _("withdrawn")),
            ("rejected", _("rejected")),
        ],
    )
    procedure = forms.ChoiceField(label=_("Procedure"), required=False)
    role = forms.ChoiceField(label=_("Ball with"), required=False)
    party = forms.ChoiceField(required=False, choices=[("", ""), *((code, code) for code in PARTY_NAMES)], widget=forms.HiddenInput)
    customer_class = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    late = forms.ChoiceField(label=_("Due date"), required=False, choices=[("", _("all")), ("late", _("late"))])

    def __init__(self, data: Any) -> None:  # noqa: ANN401 - Django's QueryDict
        super().__init__(data, auto_id="filter-%s")
        self.fields["procedure"].choices = [  # type: ignore[attr-defined]
            ("", _("all")),
            *((procedure.code, say_name(procedure)) for procedure in list_procedures()),
        ]
        self.fields["role"].choices = [("", _("everybody")), *((role, say_code(role)) for role in BALL_ROLES)]  # type: ignore[attr-defined]
