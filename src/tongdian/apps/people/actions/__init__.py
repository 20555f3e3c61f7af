"""
What changes people, teams, mandates, tokens and the installation.
"""

from tongdian.apps.people.actions.mandates import UnusableMandate, grant_mandate, revoke_mandate
from tongdian.apps.people.actions.register import (
    OwnLogin,
    UnknownRole,
    UnknownTeam,
    UnknownUser,
    form_team,
    register_customer,
    register_user,
    set_installation,
    switch_user,
)
from tongdian.apps.people.actions.tokens import Grant, UnusableToken, issue_token, revoke_token, use_token

__all__ = [
    "Grant",
    "OwnLogin",
    "UnknownRole",
    "UnknownTeam",
    "UnknownUser",
    "UnusableMandate",
    "UnusableToken",
    "form_team",
    "grant_mandate",
    "issue_token",
    "register_customer",
    "register_user",
    "revoke_mandate",
    "revoke_token",
    "set_installation",
    "switch_user",
    "use_token",
]
