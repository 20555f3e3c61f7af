"""
What every page shows around its content: the installation, the places one can go, and who is there.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from tongdian.apps.notices.queries import count_unread
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import ROLE_NAMES, Role, may
from tongdian.interfaces.console import words

# page, icon, permission that opens it
PLACES = (
    ("day", "home", ""),
    ("demands", "message-2", "view_demands"),
    ("cases", "list-check", ""),
    ("rounds", "calendar-event", "view_rounds"),
    ("capacity", "bolt", "view_capacity"),
    ("insight", "chart-bar", "view_cases"),
    ("topics", "flame", "view_demands"),
    ("outreach", "map-pin", "view_demands"),
    ("care", "heart", "view_care_list"),
    ("needs", "bolt", "view_cases"),
    ("rules", "scale", "view_cases"),
    ("people", "users", "view_people"),
    ("journal", "history", "view_journal"),
)


def installation(request: HttpRequest) -> dict[str, Any]:
    """
    Return what the frame of a page needs; this is the only thing a page does not get from its view.
    """
    shown = people.get_installation(now=timezone.now())
    words.set_today(timezone.localtime(shown.today).date())
    context: dict[str, Any] = {"installation": shown, "today": shown.today}
    user: Any = getattr(request, "user", None)  # absent where a request is refused before anybody asked who it is
    if user is not None and user.is_authenticated:
        context |= {
            "actor_name": user.display_name,
            "actor_initial": user.display_name[:1],
            "actor_roles": gettext(ROLE_NAMES[Role(user.role)]),
            "places": _places(request, user.role),
            "unread": count_unread(actor=user.as_actor()),
            "may_search": may(user.role, "view_cases"),
        }
    return context


def _places(request: HttpRequest, role: str) -> list[dict[str, Any]]:
    names = {
        "day": (gettext("My day"), pgettext("tab bar", "Today")),
        "demands": (gettext("Demands"), pgettext("tab bar", "Demands")),
        "cases": (gettext("Cases"), pgettext("tab bar", "Cases")),
        "capacity": (gettext("Capacity"), pgettext("tab bar", "Capacity")),
        "insight": (gettext("Figures"), pgettext("tab bar", "Figures")),
        "rounds": (gettext("Rounds"), pgettext("tab bar", "Rounds")),
        "topics": (gettext("Topics"), pgettext("tab bar", "Topics")),
        "outreach": (gettext("Outreach"), pgettext("tab bar", "Outreach")),
        "care": (gettext("Welfare list"), pgettext("tab bar", "Welfare")),
        "needs": (gettext("Coming needs"), pgettext("tab bar", "Needs")),
        "rules": (gettext("Rules"), pgettext("tab bar", "Rules")),
        "people": (gettext("People"), pgettext("tab bar", "People")),
        "journal": (gettext("Journal"), pgettext("tab bar", "Journal")),
    }
    match = request.resolver_match
    here = SECTIONS.get(match.url_name or "", "") if match else ""
    return [
        {"link": reverse(f"console:{code}"), "icon": icon, "name": names[code][0], "short": names[code][1], "is_current": code == here}
        for code, icon, permission in PLACES
        if not permission or may(role, permission)
    ]


# which place a page belongs to, by the name of its address
SECTIONS = {
    "day": "day",
    "demands": "demands",
    "export_demands": "demands",
    "export_cases": "cases",
    "demand": "demands",
    "confirm_category": "demands",
    "close_demand": "demands",
    "take_demand": "demands",
    "versions": "demands",
    "learn": "demands",
    "use_version": "demands",
    "topics": "topics",
    "topic": "topics",
    "sort_topics": "topics",
    "merge_topics": "topics",
    "renovate_topic": "topics",
    "split_topic": "topics",
    "undo_topic": "topics",
    "open_case": "demands",
    "reveal_contact": "demands",
    "cases": "cases",
    "case": "cases",
    "complete_milestone": "cases",
    "plan_visit": "cases",
    "report_visit": "cases",
    "withdraw_case": "cases",
    "reject_case": "cases",
    "propose_plan": "cases",
    "reopen_case": "cases",
    "draw_up_agreement": "cases",
    "sign_agreement": "cases",
    "stop_clock": "cases",
    "resume_clock": "cases",
    "grant_mandate": "cases",
    "revoke_mandate": "cases",
    "note_hazard": "cases",
    "settle_hazard": "cases",
    "record_settlement": "cases",
    "issue_certificate": "cases",
    "revoke_certificate": "cases",
    "check_bills": "cases",
    "record_comparison": "cases",
    "needs": "needs",
    "record_need": "needs",
    "import_needs": "needs",
    "close_need": "needs",
    "plan": "cases",
    "approve_plan": "cases",
    "accept_option": "cases",
    "joint_place": "cases",
    "propose_joint": "cases",
    "cancel_joint": "cases",
    "joint_plan": "cases",
    "approve_joint": "cases",
    "accept_joint": "cases",
    "capacity": "capacity",
    "compute_capacity": "capacity",
    "imports": "demands",
    "import_table": "demands",
    "cancel_job": "demands",
    "returned": "demands",
    "insight": "insight",
    "search": "",
    "rounds": "rounds",
    "plan_rounds": "rounds",
    "form_crew": "rounds",
    "outreach": "outreach",
    "record_visit": "outreach",
    "form_team": "outreach",
    "care": "care",
    "add_care": "care",
    "reveal_care": "care",
    "end_care": "care",
    "people": "people",
    "register_user": "people",
    "switch_user": "people",
    "rules": "rules",
    "set_house_limit": "rules",
    "journal": "journal",
    "notices": "",
    "set_mail": "",
}
