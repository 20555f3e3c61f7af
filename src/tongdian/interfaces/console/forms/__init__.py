"""
What people type, read into values. Whether it may be done is decided by actions.
"""

from tongdian.interfaces.console.forms.account import LoginForm, MailForm
from tongdian.interfaces.console.forms.demands import CategoryForm, OpenCaseForm, ReplyForm, TableForm, TakeForm
from tongdian.interfaces.console.forms.filters import CaseFilter, DemandFilter, TopicFilter, find_category, list_category_choices
from tongdian.interfaces.console.forms.happened import HappenedForm, MilestoneForm, ReasonForm, VisitDayForm, VisitForm
from tongdian.interfaces.console.forms.papers import BillsForm, CloseNeedForm, NeedForm, NeedTableForm, RevokeForm
from tongdian.interfaces.console.forms.promises import AgreementForm, MandateForm, SignForm, StopForm
from tongdian.interfaces.console.forms.rules import HouseLimitForm
from tongdian.interfaces.console.forms.works import (
    CareForm,
    CrewForm,
    HazardForm,
    OutreachForm,
    SettleHazardForm,
    SettlementForm,
    TeamForm,
    UserForm,
)

__all__ = [
    "AgreementForm",
    "BillsForm",
    "CareForm",
    "CaseFilter",
    "CategoryForm",
    "CloseNeedForm",
    "CrewForm",
    "DemandFilter",
    "HappenedForm",
    "HazardForm",
    "HouseLimitForm",
    "LoginForm",
    "MailForm",
    "MandateForm",
    "MilestoneForm",
    "NeedForm",
    "NeedTableForm",
    "OpenCaseForm",
    "OutreachForm",
    "ReasonForm",
    "ReplyForm",
    "RevokeForm",
    "SettleHazardForm",
    "SettlementForm",
    "SignForm",
    "StopForm",
    "TableForm",
    "TakeForm",
    "TeamForm",
    "TopicFilter",
    "UserForm",
    "VisitDayForm",
    "VisitForm",
    "find_category",
    "list_category_choices",
]
