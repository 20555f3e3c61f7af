"""
What changes people, teams, mandates, tokens and the installation.
"""

from tongdian.apps.people.actions.attempts import count_failure, forget_failures, hash_key, is_locked
from tongdian.apps.people.actions.mandates import UnusableMandate, grant_mandate, revoke_mandate
from tongdian.apps.people.actions.register import (
    NoMailAddress,
    OwnLogin,
    UnknownRole,
    UnknownTeam,
    UnknownUser,
    form_team,
    register_customer,
    register_user,
    set_installation,
    set_mail,
    switch_user,
)
from tongdian.apps.people.actions.tokens import Grant, UnusableToken, issue_token, revoke_token, use_token

__all__ = [
    "Grant",
    "NoMailAddress",
    "OwnLogin",
    "UnknownRole",
    "UnknownTeam",
    "UnknownUser",
    "UnusableMandate",
    "UnusableToken",
    "count_failure",
    "forget_failures",
    "form_team",
    "grant_mandate",
    "hash_key",
    "is_locked",
    "issue_token",
    "register_customer",
    "register_user",
    "revoke_mandate",
    "revoke_token",
    "set_installation",
    "set_mail",
    "switch_user",
    "use_token",
]
