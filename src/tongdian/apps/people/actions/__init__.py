"""
What changes people, teams, mandates and the installation.
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

__all__ = [
    "OwnLogin",
    "UnknownRole",
    "UnknownTeam",
    "UnknownUser",
    "UnusableMandate",
    "form_team",
    "grant_mandate",
    "register_customer",
    "register_user",
    "revoke_mandate",
    "set_installation",
    "switch_user",
]
