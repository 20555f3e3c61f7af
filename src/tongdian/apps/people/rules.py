"""
Roles and permissions in one place, and how personal data is masked.
"""

from enum import StrEnum

from tongdian.kit.refused import N_


class Role(StrEnum):
    """
    What somebody does at the utility, or that he is its customer.
    """

    SERVICE_TEAM = "service_team"
    CELL_MANAGER = "cell_manager"
    COMMISSIONER = "commissioner"
    PLANNER = "planner"
    DISPATCHER = "dispatcher"
    CREW = "crew"
    PROGRAMME_MANAGER = "programme_manager"
    LEADER = "leader"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    CUSTOMER = "customer"
    PUBLIC = "public"
    SYSTEM = "system"


ROLE_NAMES = {
    Role.SERVICE_TEAM: N_("Service team"),
    Role.CELL_MANAGER: N_("Cell manager"),
    Role.COMMISSIONER: N_("Power commissioner"),
    Role.PLANNER: N_("Planner"),
    Role.DISPATCHER: N_("Dispatcher"),
    Role.CREW: N_("Crew"),
    Role.PROGRAMME_MANAGER: N_("Programme manager"),
    Role.LEADER: N_("Leader"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.CUSTOMER: N_("Customer"),
    Role.PUBLIC: N_("The public"),
    Role.SYSTEM: N_("System"),
}

STAFF = frozenset(Role) - {Role.CUSTOMER, Role.PUBLIC, Role.SYSTEM}
FIELD = frozenset({Role.SERVICE_TEAM, Role.CELL_MANAGER, Role.COMMISSIONER})
CARE = frozenset({Role.CELL_MANAGER, Role.COMMISSIONER})

RESPONSIBLE = frozenset({Role.PROGRAMME_MANAGER, Role.LEADER})  # for the whole thread, also where the ball is with others

# action -> who may do it. ``CUSTOMER`` means: the customer of that very case.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "view_demands": STAFF,
    "view_cases": STAFF,
    "view_case": STAFF | {Role.CUSTOMER},
    "view_plan": STAFF | {Role.CUSTOMER},
    "view_journal": frozenset({Role.AUDITOR, Role.LEADER, Role.ADMINISTRATOR}),
    "submit_demand": frozenset({Role.PUBLIC}),
    "track_demand": frozenset({Role.PUBLIC}),
    "receive_demands": FIELD | {Role.ADMINISTRATOR, Role.SYSTEM},
    "confirm_category": FIELD | {Role.PROGRAMME_MANAGER},
    "sort_topics": FIELD | {Role.PROGRAMME_MANAGER},
    "find_topics": FIELD | {Role.PROGRAMME_MANAGER, Role.SYSTEM},
    "close_demand": FIELD | {Role.PROGRAMME_MANAGER},
    "train_model": frozenset({Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR, Role.SYSTEM}),
    "use_model": frozenset({Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}),
    "place_demand": FIELD | {Role.ADMINISTRATOR},
    "record_visit": FIELD | {Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR, Role.SYSTEM},
    "view_care_list": frozenset({Role.SERVICE_TEAM, Role.CELL_MANAGER, Role.PROGRAMME_MANAGER}),
    "keep_care_list": frozenset({Role.CELL_MANAGER, Role.PROGRAMME_MANAGER}),
    "reveal_contact": FIELD | {Role.CREW},
    "open_case": CARE,
    "complete_milestone": STAFF | {Role.CUSTOMER},
    "withdraw_case": CARE | {Role.CUSTOMER},
    "reject_case": CARE,
    "reopen_case": CARE,
    "stop_clock": CARE,
    "draw_up_agreement": CARE,
    "propose_plan": frozenset({Role.PLANNER, Role.COMMISSIONER}),
    "view_capacity": STAFF,
    "compute_capacity": frozenset({Role.PLANNER, Role.COMMISSIONER, Role.ADMINISTRATOR, Role.SYSTEM}),
    "approve_plan": frozenset({Role.PLANNER, Role.PROGRAMME_MANAGER}),
    "accept_option": frozenset({Role.CUSTOMER}),
    "issue_certificate": FIELD | {Role.PLANNER},
    "revoke_certificate": CARE | {Role.PLANNER, Role.PROGRAMME_MANAGER},
    "record_need": CARE | {Role.PLANNER},
    "check_bills": CARE,
    "bind_reservation": CARE | {Role.CREW},
    "expire_plans": frozenset({Role.PLANNER, Role.ADMINISTRATOR, Role.SYSTEM}),
    "plan_visits": frozenset({Role.DISPATCHER, Role.CELL_MANAGER}),
    "view_rounds": frozenset({Role.DISPATCHER, Role.CREW, Role.CELL_MANAGER, Role.PROGRAMME_MANAGER, Role.LEADER, Role.AUDITOR}),
    "plan_rounds": frozenset({Role.DISPATCHER, Role.SYSTEM}),
    "form_crew": frozenset({Role.DISPATCHER, Role.ADMINISTRATOR, Role.SYSTEM}),
    "report_visit": frozenset({Role.CREW, Role.CELL_MANAGER}),
    "note_hazard": frozenset({Role.SERVICE_TEAM, Role.CELL_MANAGER, Role.CREW}),
    "record_settlement": CARE | {Role.PROGRAMME_MANAGER},
    "import_network": frozenset({Role.PLANNER, Role.ADMINISTRATOR}),
    "import_areas": frozenset({Role.ADMINISTRATOR, Role.PLANNER}),
    "register_building": FIELD | {Role.ADMINISTRATOR},
    "register_customer": FIELD | {Role.ADMINISTRATOR},
    "view_people": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    "form_team": FIELD | {Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR, Role.SYSTEM},
    "grant_mandate": CARE | {Role.SERVICE_TEAM},
    "register_user": frozenset({Role.ADMINISTRATOR, Role.SYSTEM}),
    "issue_token": frozenset({Role.ADMINISTRATOR, Role.SYSTEM}),
    "set_house_limit": frozenset({Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}),
    "set_installation": frozenset({Role.ADMINISTRATOR, Role.SYSTEM}),
}


# what somebody may do for a customer who asked him to, in writing
MANDATABLE = ("accept_option", "complete_milestone", "withdraw_case")


# what a token may be used for; the permissions of its user hold besides
SCOPES = (
    "demands:read",
    "demands:write",
    "cases:read",
    "cases:write",
    "plans:read",
    "plans:write",
    "tasks:read",
    "tasks:write",
)


def may(role: str, action: str, *, is_own: bool = False) -> bool:
    """
    Return whether a role may do an action; a customer only to what is his own.
    """
    allowed = PERMISSIONS[action]
    if role == Role.CUSTOMER:
        return Role.CUSTOMER in allowed and is_own
    return role in allowed


def mask_phone(phone: str) -> str:
    """
    Return a phone number with its middle hidden: 138****2207.
    """
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****" if phone else ""  # noqa: PLR2004


def mask_name(name: str) -> str:
    """
    Return a person's name with everything after the first character hidden: 周**.
    """
    return name[:1] + "*" * max(1, min(len(name) - 1, 2)) if name else ""
