"""
What changes people, teams, mandates and the installation.
"""

from tongdian.apps.people.actions.mandates import UnusableMandate, grant_mandate, revoke_mandate
from tongdian.apps.people.actions.register import (
    UnknownRole,
    UnknownTeam,
    form_team,
    register_customer,
    register_user,
    set_installation,
)

__all__ = [
    "UnknownRole",
    "UnknownTeam",
    "UnusableMandate",
    "form_team",
    "grant_mandate",
    "register_customer",
    "register_user",
    "revoke_mandate",
    "set_installation",
]
